/*
 * wait.c - sleeping and waking.
 *
 * A sleeper puts a waiter on a queue, drops its lock and parks.  A wake marks
 * the waiter and unparks its thread.  What was marked counts before a signal,
 * and a signal before the deadline, as in Linux's wait_event_interruptible():
 * a call that has what it waited for does not fail.
 *
 * A thread that is woken while its waker still holds locks would only run
 * into them (on one CPU: two switches for nothing).  So unparks made with a
 * lock held are put off until the waker's last lock is dropped; the list is
 * short and per thread, and holds references.
 */
#include "vksup/wait.h"

#include "vksup/proc.h"
#include "vksup/watch.h"

#define DEFER_MAX	16

__thread int unparks_deferred;
static __thread struct thread *deferred[DEFER_MAX];

enum wait_mode { WAIT_SIGNAL, WAIT_FATAL, WAIT_NOINTR };

/* A sleep that no signal ends, or of a kernel thread that serves no guest. */
struct bare_waiter {
	struct waiter	w;
	struct host_parker parker;
};

void
waitq_init(struct waitq *wq)
{
	mutex_init(&wq->lock, RANK_WAITQ);
	TAILQ_INIT(&wq->waiters);
}

void
waitq_destroy(struct waitq *wq)
{
	KASSERT(TAILQ_EMPTY(&wq->waiters));
	mutex_destroy(&wq->lock);
}

void
waiter_init(struct waiter *w, struct thread *t)
{
	*w = (struct waiter){ .thread = t };
}

void
waitq_add(struct waitq *wq, struct waiter *w)
{
	mutex_lock_same(&wq->lock);
	w->wq = wq;
	/* Exclusive ones last: wake_one need not look behind the first. */
	if (w->exclusive)
		TAILQ_INSERT_TAIL(&wq->waiters, w, link);
	else
		TAILQ_INSERT_HEAD(&wq->waiters, w, link);
	mutex_unlock(&wq->lock);
}

void
waitq_remove(struct waiter *w)
{
	struct waitq *wq = w->wq;

	if (wq == NULL)
		return;
	mutex_lock_same(&wq->lock);
	TAILQ_REMOVE(&wq->waiters, w, link);
	w->wq = NULL;
	mutex_unlock(&wq->lock);
}

static void
waiter_wake(struct waiter *w, unsigned events)
{
	__atomic_store_n(&w->woken, true, __ATOMIC_RELEASE);
	if (w->fn != NULL)
		w->fn(w, events);
	else if (w->thread != NULL)
		thread_unpark(w->thread);
}

static void
waitq_wake(struct waitq *wq, unsigned events, bool one)
{
	struct waiter *w, *next;

	mutex_lock_same(&wq->lock);
	for (w = TAILQ_FIRST(&wq->waiters); w != NULL; w = next) {
		next = TAILQ_NEXT(w, link);
		/* One that has its wake but has not run yet takes no second:
		 * it would be lost for those behind it. */
		if (one && w->exclusive && w->fn == NULL && w->woken)
			continue;
		waiter_wake(w, events);
		if (one && w->exclusive)
			break;
	}
	mutex_unlock(&wq->lock);
}

void
waitq_wake_all(struct waitq *wq, unsigned events)
{
	waitq_wake(wq, events, false);
}

void
waitq_wake_one(struct waitq *wq, unsigned events)
{
	waitq_wake(wq, events, true);
}

/* --- parking --- */

void
unparks_flush(void)
{
	struct thread *t;

	/* thread_put() may take locks and so come here again. */
	while (unparks_deferred > 0) {
		t = deferred[--unparks_deferred];
		host_unpark(&t->parker);
		thread_put(t);
	}
}

void
thread_unpark(struct thread *t)
{
	int i;

	WATCH(wake, t);
	if (locks_held() == 0 || unparks_deferred == DEFER_MAX) {
		host_unpark(&t->parker);
		return;
	}
	for (i = 0; i < unparks_deferred; i++)
		if (deferred[i] == t)
			return;
	deferred[unparks_deferred++] = thread_ref(t);
}

static bool
interrupted(struct thread *t, enum wait_mode mode)
{
	if (mode == WAIT_SIGNAL)
		return signal_pending(t);
	return fatal_signal_pending(t);
}

static int
park(ktime_t deadline, enum wait_mode mode)
{
	struct thread *t = curthread;
	int err;

	unparks_flush();
	locks_assert_none("thread_park");
	/* Whoever sends a signal unparks after marking it: not lost. */
	if (interrupted(t, mode))
		return -ERESTARTSYS;
	WATCH(sleep, t);
	t->parked = mode == WAIT_SIGNAL ? 'S' : 'D';
	if (t->vt != NULL)
		vmthread_blocked(t->vt, true);
	err = host_park(&t->parker, deadline);
	if (t->vt != NULL)
		vmthread_blocked(t->vt, false);
	t->parked = 0;
	t->nvcsw++;
	t->vk->switches++;
	WATCH(awake, t, err);
	return err;
}

int
thread_park(ktime_t deadline)
{
	return park(deadline, WAIT_SIGNAL);
}

int
thread_park_killable(ktime_t deadline)
{
	return park(deadline, WAIT_FATAL);
}

static void
bare_wake(struct waiter *w, unsigned events)
{
	struct bare_waiter *bw = container_of(w, struct bare_waiter, w);

	(void)events;
	/* The sleeper cannot leave before wq->lock is dropped. */
	host_unpark(&bw->parker);
}

static NO_TSA int
waitq_wait_bare(struct waitq *wq, struct mutex *m, ktime_t deadline)
{
	struct bare_waiter bw = { .w.fn = bare_wake };
	int err;

	waitq_add(wq, &bw.w);
	mutex_unlock(m);
	unparks_flush();
	err = host_park(&bw.parker, deadline);
	waitq_remove(&bw.w);
	mutex_lock(m);
	return bw.w.woken ? 0 : err;
}

static NO_TSA int
waitq_wait_mode(struct waitq *wq, struct mutex *m, ktime_t deadline, enum wait_mode mode)
{
	struct thread *t = curthread;
	struct waiter w;
	int err;

	if (t == NULL || mode == WAIT_NOINTR)
		return waitq_wait_bare(wq, m, deadline);
	waiter_init(&w, t);
	waitq_add(wq, &w);
	t->sleeping_on = wq;
	mutex_unlock(m);
	err = park(deadline, mode);
	waitq_remove(&w);
	t->sleeping_on = NULL;
	mutex_lock(m);
	return w.woken ? 0 : err;
}

int
waitq_wait(struct waitq *wq, struct mutex *m, ktime_t deadline)
{
	return waitq_wait_mode(wq, m, deadline, WAIT_SIGNAL);
}

int
waitq_wait_killable(struct waitq *wq, struct mutex *m, ktime_t deadline)
{
	return waitq_wait_mode(wq, m, deadline, WAIT_FATAL);
}

int
waitq_wait_nointr(struct waitq *wq, struct mutex *m, ktime_t deadline)
{
	return waitq_wait_mode(wq, m, deadline, WAIT_NOINTR);
}
