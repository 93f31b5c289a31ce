/*
 * wait.h - sleeping, waking, and timers.
 *
 * An object that can be waited for has a waitq.  A sleeper is a waiter on one
 * or more of them; a wake marks the sleeping thread runnable (or calls the
 * waiter's own function: epoll).  Wakes may be spurious: always loop.  After a
 * sleep what was waited for counts first, then a signal, then the deadline; so
 * 0 may come with a signal pending, and the next wait reports it.
 *
 *	mutex_lock(&o->lock);
 *	while (!o->ready) {
 *		err = waitq_wait(&o->wq, &o->lock, deadline);
 *		if (err)
 *			break;		// -ERESTARTSYS or -ETIMEDOUT
 *	}
 *
 * Locks: waitq.lock (RANK_WAITQ) protects the list of waiters.
 */
#ifndef VKSUP_WAIT_H
#define VKSUP_WAIT_H

#include <bsd/sys/tree.h>
#include <sys/queue.h>

#include "vksup/lock.h"

struct thread;
struct waitq;

struct waiter {
	TAILQ_ENTRY(waiter) link;	/* [waitq.lock] */
	struct waitq	*wq;		/* the queue it is on, or NULL */
	struct thread	*thread;	/* whom to unpark, when fn is NULL */
	/*
	 * Called with wq->lock held.  events: EPOLL* bits that became true, or
	 * 0 for "something changed".  Must not sleep or lock below RANK_READY.
	 */
	void		(*fn)(struct waiter *w, unsigned events);
	bool		exclusive;	/* wake_one counts it */
	bool		woken;		/* set by a wake; for the sleeper */
};

struct waitq {
	struct mutex	lock;
	TAILQ_HEAD(waiters, waiter) waiters;
};

void waitq_init(struct waitq *wq);
void waitq_destroy(struct waitq *wq);
void waiter_init(struct waiter *w, struct thread *t);
void waitq_add(struct waitq *wq, struct waiter *w);
/* Harmless if w is on no queue. */
void waitq_remove(struct waiter *w);
void waitq_wake_all(struct waitq *wq, unsigned events);
/* All non-exclusive waiters and the first exclusive one. */
void waitq_wake_one(struct waitq *wq, unsigned events);

/*
 * Sleep on wq.  m is held on entry and on return and dropped in between.
 * deadline: CLOCK_MONOTONIC ns, NEVER for none.
 * 0 woken (look again); -ERESTARTSYS a signal is pending; -ETIMEDOUT.
 */
int waitq_wait(struct waitq *wq, struct mutex *m, ktime_t deadline) must_check;
/* The same, but only a fatal signal ends it (-ERESTARTSYS). */
int waitq_wait_killable(struct waitq *wq, struct mutex *m, ktime_t deadline) must_check;
/* The same, and no signal ends it: 0 or -ETIMEDOUT.  For what is sure to come. */
int waitq_wait_nointr(struct waitq *wq, struct mutex *m, ktime_t deadline) must_check;
/*
 * Sleep until unparked; for waiters put on queues by hand (poll, select).
 * Same results as waitq_wait().  A wake that came before is not lost.
 */
int thread_park(ktime_t deadline) must_check;
int thread_park_killable(ktime_t deadline) must_check;
/* With a lock held it is put off until the caller's last lock is dropped. */
void thread_unpark(struct thread *t);
/* Between lock.c and wait.c: the wakes that were put off. */
extern __thread int unparks_deferred;
void unparks_flush(void);

/* Now, CLOCK_MONOTONIC. */
ktime_t ktime_now(void);
/* now + rel, saturating at NEVER; rel < 0 counts as 0. */
ktime_t ktime_after(int64_t rel);

/*
 * Timers.  fn runs on the kernel's timer thread with no lock held; it may lock
 * and may set the timer again or free it.  ktimer_cancel() returns when fn is
 * not running; it may sleep for that, so it is called with no lock held.
 */
struct ktimer {
	RB_ENTRY(ktimer) node;		/* [timer_lock] by when, then seq */
	uint64_t	seq;		/* [timer_lock] equal times in order of setting */
	bool		queued;		/* [timer_lock] */
	int		cancelling;	/* [timer_lock] cancels in progress: may not be set */
	ktime_t		when;		/* [timer_lock] NEVER: not set */
	void		(*fn)(struct ktimer *kt);
};

void ktimer_init(struct ktimer *kt, void (*fn)(struct ktimer *));
void ktimer_set(struct ktimer *kt, ktime_t when);
void ktimer_cancel(struct ktimer *kt);
/* ns until it fires, 0 if it is due; NEVER when it is not set. */
ktime_t ktimer_remaining(struct ktimer *kt);
/* Boot and shutdown of a kernel's timers.  fini waits for the timer thread;
 * timers still set are forgotten. */
struct vkern;
int timers_init(struct vkern *k) must_check;
void timers_fini(struct vkern *k);

#endif
