/*
 * sys_impl.h - what sys_cred.c, sys_sched.c, sys_sys.c, sys_proc_*.c,
 * sys_time*.c, proc_timers.c and fs_proc*.c share among each other.  The rest
 * of the kernel sees proc.h only.
 */
#ifndef VKSUP_SYS_IMPL_H
#define VKSUP_SYS_IMPL_H

#include <stdio.h>

#include "vksup/proc.h"

/* --- sys_cred.c --- */
/*
 * Put new in place of t's credentials (consumed).  As in Linux, a change of
 * the effective ids or a gain of capabilities makes the process not dumpable
 * and forgets its parent-death signal.
 */
void cred_commit(struct thread *t, struct cred *new);
static inline bool
cred_has_cap(const struct cred *c, int cap)
{
	return (c->cap_effective >> cap & 1) != 0;
}
#define CAP_LAST	40		/* CAP_CHECKPOINT_RESTORE */
#define CAP_ALL		((1ULL << (CAP_LAST + 1)) - 1)

/* --- sys_proc_ctl.c --- */
void proc_set_dumpable(struct proc *p, bool on) REQUIRES(vk->proc_lock);

/* --- sys_proc_limits.c --- */
/* CPU time of one thread so far.  t is current, or proc_lock is held. */
void thread_times(struct thread *t, int64_t *ut, int64_t *st);

/* --- sys_sched.c --- */
/* The thread a call names, 0 is the caller; NULL: none. */
struct thread *sched_target(int tid) REQUIRES(vk->proc_lock);
/* The same and its process, which pid 1 has though it has no thread. */
struct proc *sched_target_proc(int tid, struct thread **t) REQUIRES(vk->proc_lock);
/* Scheduling of a thread, or of a process without one (t NULL). */
void sched_read(const struct proc *p, const struct thread *t, struct sched_own *s)
    REQUIRES(vk->proc_lock);
void sched_write(struct proc *p, struct thread *t, const struct sched_own *s)
    REQUIRES(vk->proc_lock);
/* CPUs of the machine as guests see it: 1 to 64, and their mask. */
int machine_ncpu(void);
/* How many the files of the machine name: also those that we may not use. */
int machine_ncpu_online(void);
uint64_t machine_cpus(void);
uint64_t thread_cpus(const struct thread *t);

/* --- sys_sys.c --- */
/* The host's load averages, fixed point with LOAD_SHIFT bits of fraction. */
#define LOAD_SHIFT	11
void host_loads(unsigned long load[3]);

/* --- proc_timers.c --- */

/* One POSIX timer; the process's proc_timers has it.  All of it is [p]. */
struct ktimer_posix {
	RB_ENTRY(ktimer_posix) node;
	struct proc	*proc;		/* [I] */
	struct ktimer	kt;
	int		id;		/* [I] */
	int		clock;		/* [I] clockid; CPU clocks name their owner */
	int		notify, signo, tid; /* [I] SIGEV_*, and whom */
	union sigval	value;		/* [I] */
	int64_t		interval;	/* ns; 0: once */
	int64_t		expires;	/* CPU clocks: on it; else CLOCK_MONOTONIC; 0: not armed */
	int64_t		overrun_last;	/* of the last signal taken */
	int64_t		backoff;	/* ns until a queued signal is looked for */
	bool		queued;		/* a signal was sent and is not known to be taken */
};

struct cpu_itimer { int64_t expires, interval; };

RB_HEAD(posix_timer_tree, ktimer_posix);
struct proc_timers {
	struct proc	*proc;		/* [I] */
	struct ktimer	real;		/* ITIMER_REAL */
	int64_t		real_interval;	/* [p] */
	ktime_t		real_expires;	/* [p] 0: not armed */
	struct cpu_itimer cpu[2];	/* [p] ITIMER_VIRTUAL, ITIMER_PROF */
	struct ktimer	poll;		/* looks at CPU times */
	int64_t		poll_cpu;	/* [p] CPU time at the last look */
	int64_t		poll_period;	/* [p] */
	struct posix_timer_tree posix;	/* [p] by id */
	int		nposix, next_id; /* [p] */
};

/* p's timers, made when first asked for.  NULL: no memory, or p is exiting. */
struct proc_timers *proc_timers_get(struct proc *p) must_check;
/* Look at p's CPU time soon: a CPU timer or RLIMIT_CPU was set. */
void proc_timers_poll(struct proc *p) REQUIRES(vk->proc_lock);
/* The timer of that number; NULL. */
struct ktimer_posix *posix_timer_find(struct proc *p, int id) REQUIRES(vk->proc_lock);
/* The one of the smallest number >= id; NULL. */
struct ktimer_posix *posix_timer_next(struct proc *p, int id) REQUIRES(vk->proc_lock);
/* Into p's table: its number, or -EAGAIN.  value_id: sigval is the number. */
int posix_timer_add(struct proc *p, struct ktimer_posix *pt, bool value_id) must_check;
/* Out of the table, for the caller to free; NULL: no such timer. */
struct ktimer_posix *posix_timer_take(struct proc *p, int id) REQUIRES(vk->proc_lock);
/* Called with no lock. */
void posix_timer_free(struct ktimer_posix *pt);
/* ns of the timer's clock now; < 0 when a CPU clock's owner is gone. */
int64_t posix_timer_now(struct ktimer_posix *pt) REQUIRES(vk->proc_lock);
/* Make it expire at pt->expires; 0 disarms. */
void posix_timer_arm(struct ktimer_posix *pt) REQUIRES(vk->proc_lock);
void posix_timer_stale(struct ktimer_posix *pt) REQUIRES(vk->proc_lock);

/* --- sys_time.c --- */
/* Clocks of the machine (not of a process) that can be read. */
bool clock_is_wall(int clock);
/* A clock that measures CPU time: PROCESS_, THREAD_CPUTIME_ID or encoded. */
bool clock_is_cpu(int clock);
/* ns of a CPU clock as p sees it; -EINVAL when there is no such clock. */
int64_t cpu_clock_read(struct proc *p, int clock) REQUIRES(vk->proc_lock);
/* The same clock by the number of its owner, good in any thread; 0: none. */
int cpu_clock_name(int clock) REQUIRES(vk->proc_lock);
/* When a moment of a wall clock is, on CLOCK_MONOTONIC. */
ktime_t clock_to_mono(int clock, int64_t when);

static inline int64_t
ts_ns(const struct timespec *ts)
{
	int64_t ns;

	/* What does not fit is as good as never. */
	if (__builtin_mul_overflow((int64_t)ts->tv_sec, NSEC_PER_SEC, &ns) ||
	    __builtin_add_overflow(ns, ts->tv_nsec, &ns))
		return NEVER;
	return ns;
}

static inline struct timespec
ns_ts(int64_t ns)
{
	return (struct timespec){ ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };
}

static inline bool
ts_valid(const struct timespec *ts)
{
	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 && ts->tv_nsec < NSEC_PER_SEC;
}

#endif
