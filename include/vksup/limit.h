/*
 * limit.h - what a whole run may use, all its guests together.
 *
 * They hold without cgroups and without root, because the kernel that counts
 * is ours.  Crossing one gives the errno that Linux gives for the like of it;
 * where no call is there to fail, the run ends (docs/architecture.md).
 *
 *	memory		bytes: private writable memory of all guests, but stacks,
 *			and contents of files in memory: ENOMEM, ENOSPC.  What they
 *			have resident is looked at as well, and ends the run.
 *	processes, threads	in all, zombies too: EAGAIN
 *	files		descriptors of one process: EMFILE
 *	fsize		bytes of one file: SIGXFSZ, EFBIG
 *	written		bytes written to files, once more what is overwritten: EDQUOT
 *	output		bytes to the run's own descriptors: the run ends
 *	cpu		ns of CPU time: SIGXCPU to all, a second later the run ends
 *	signals		queued for one user: EAGAIN
 *
 * Locks: max is immutable; counts are atomic.
 */
#ifndef VKSUP_LIMIT_H
#define VKSUP_LIMIT_H

#include "vksup/base.h"

#define LIMIT_LIST(X) \
	X(MEMORY, "memory") X(PROCESSES, "processes") X(THREADS, "threads") \
	X(FILES, "files") X(FSIZE, "fsize") X(WRITTEN, "written") \
	X(OUTPUT, "output") X(CPU, "cpu") X(SIGNALS, "signals")
#define LIMIT_ENUM(e, name)	LIMIT_##e,
enum limit_kind { LIMIT_LIST(LIMIT_ENUM) LIMIT_KINDS };
#define LIMIT_NONE	UINT64_MAX

/* "memory"... */
const char *limit_name(enum limit_kind kind);

/* What is used: vk->limits.  Counted whether there are limits or not. */
struct limits {
	uint64_t	max[LIMIT_KINDS];	/* [I] LIMIT_NONE: none */
	bool		any;			/* [I] */
	_Atomic int64_t	committed;	/* bytes of private writable memory */
	_Atomic uint64_t memory_peak;	/* of committed and files in memory */
	_Atomic uint64_t written, output;	/* bytes */
	int64_t		cpu_gone;	/* [p] ns, of processes that have ended */
	_Atomic unsigned crossed;	/* bit per kind */
	_Atomic int	ended_by;	/* the kind that ended the run, or -1 */
};

/* At boot, once there is a clock; max NULL: no limits. */
void limits_init(const uint64_t *max);
void limits_fini(void);

/* Is `now` too much?  Then it is noted: a line on standard error the first
 * time, and a denial of the current thread with this errno.  Any lock. */
bool limit_over(enum limit_kind kind, uint64_t now, int err);
/* The same, when some other check found it. */
void limit_cross(enum limit_kind kind, int err);
/* One resource limit (RLIMIT_*) may not be above what the run may use. */
uint64_t limit_rlimit(int resource, uint64_t cur);
/* The current thread met its limit: was it the run's? */
void limit_rlimit_cross(int resource, int err);

/* May n more bytes of memory be promised?  Atomic only as a whole: guests that
 * ask at the same moment may both get a little more. */
bool limit_memory(int64_t n, int err);
/* Bytes that were promised, or given back. */
void limit_commit(int64_t n);
/* How much memory files may have beside the guests' own. */
int64_t limit_memory_left(void);

/* limit_clone() and what is about CPU time is in proc.h. */

/* How many of n bytes may be written to a file: 0 is EDQUOT. */
size_t limit_write(size_t n);
void limit_written(size_t n);
/* The same to the run's own descriptors; at 0 the run is ending. */
size_t limit_output(size_t n);
void limit_output_done(size_t n);

#endif
