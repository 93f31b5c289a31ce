/*
 * file_poll.h - waiting for many files at once: poll and select (file_poll.c).
 */
#ifndef VKSUP_FILE_POLL_H
#define VKSUP_FILE_POLL_H

#include "vkern/file_impl.h"

/* What can be read and written at any time: files without a poll operation. */
#define POLL_ALWAYS	(EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM)

#define POLLER_INLINE	8
#define POLLER_CHUNK	64

struct poller_chunk {
	struct poller_chunk *next;
	struct waiter	w[POLLER_CHUNK];
};

/*
 * The waiters of one call, of the current thread.  The caller holds references
 * to the files until poller_fini().  Polling with &p.pt registers; once enough
 * is known, poll with NULL.
 */
struct poller {
	struct poll_table pt;
	unsigned	n;		/* waiters in use */
	bool		failed;		/* no memory for one */
	struct waiter	w[POLLER_INLINE];
	struct poller_chunk *chunks;	/* newest first */
};

void poller_init(struct poller *p);
void poller_fini(struct poller *p);

/* EPOLL* bits that are true of f now. */
static inline unsigned
file_poll(struct file *f, struct poll_table *pt)
{
	return f->ops->poll != NULL ? f->ops->poll(f, pt) : POLL_ALWAYS;
}

/*
 * Scan until something was found, a signal came or the deadline is over.
 * scan(arg, pt) looks at all files once and counts hits; with pt it registers
 * until the first hit.  Hits, 0, -ERESTARTNOHAND, -ENOMEM.
 */
long poll_loop(long (*scan)(void *arg, struct poll_table *pt), void *arg, ktime_t deadline);

/* --- deadlines of calls that wait --- */
/* From a relative time: 0, or -EINVAL if it is not one.  The deadline is 0 for
 * no time at all. */
int deadline_timespec(const struct timespec *ts, ktime_t *deadline) must_check;
ktime_t deadline_msec(int ms);		/* negative: NEVER */
/* What is left of it, never negative. */
struct timespec deadline_left(ktime_t deadline);

/* The mask of ppoll() and the like: given back at once unless a signal ended
 * the call; then it stays until the handler has been set up. */
void temp_mask_begin(struct thread *t, const uint64_t *mask);
void temp_mask_end(struct thread *t, bool interrupted);

#endif
