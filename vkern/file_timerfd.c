/*
 * file_timerfd.c - timers as files.
 *
 * The kernel's timers run on CLOCK_MONOTONIC; an absolute time of another
 * clock is turned into that when it is set.  (The host's realtime clock may
 * be set meanwhile; nobody in here can set it, so TFD_TIMER_CANCEL_ON_SET has
 * nothing to cancel for.)
 *
 * A periodic timer fires once and is set again by whoever looks at it: read
 * and gettime add the periods that passed.
 */
#include <stdio.h>

#include "vkern/file_event.h"

#define K_TFD_ABSTIME	1u

struct timerfd {
	struct mutex	lock;		/* RANK_OBJ */
	int		clockid;	/* [I] */
	struct ktimer	kt;
	ktime_t		when;		/* [m] next expiry; NEVER: not set */
	int64_t		interval;	/* [m] ns; 0: once */
	bool		expired;	/* [m] `when` has passed and was counted */
	uint64_t	ticks;		/* [m] not read yet */
	unsigned	set_flags;	/* [m] of the last settime, for fdinfo */
	struct waitq	wq;
};

static const struct file_ops timerfd_ops;

/* On the timer thread.  A timer that was set anew meanwhile is not due. */
static void
timerfd_fire(struct ktimer *kt)
{
	struct timerfd *t = container_of(kt, struct timerfd, kt);

	mutex_lock(&t->lock);
	if (!t->expired && t->when != NEVER && t->when <= ktime_now()) {
		t->expired = true;
		t->ticks++;
		waitq_wake_all(&t->wq, EPOLLIN);
	}
	mutex_unlock(&t->lock);
}

/* A periodic timer has fired: count what passed since, and set it again. */
static void
timerfd_forward(struct timerfd *t) REQUIRES(t->lock)
{
	int64_t late, periods;

	if (!t->expired || t->interval == 0)
		return;
	late = ktime_now() - t->when;
	periods = late / t->interval;
	t->ticks += (uint64_t)periods;
	if (__builtin_add_overflow(t->when, (periods + 1) * t->interval, &t->when))
		t->when = NEVER;
	t->expired = false;
	ktimer_set(&t->kt, t->when);
}

static ssize_t
timerfd_read(struct file *f, struct uio *u, int64_t *pos)
{
	struct timerfd *t = f->priv;
	uint64_t ticks;
	int err = 0;

	(void)pos;
	if (u->resid < sizeof(ticks))
		return -EINVAL;
	mutex_lock(&t->lock);
	while (t->ticks == 0 && err == 0)
		err = file_nowait(f, u) ? -EAGAIN : waitq_wait(&t->wq, &t->lock, NEVER);
	if (t->ticks != 0)
		timerfd_forward(t);
	ticks = t->ticks;
	t->ticks = 0;
	mutex_unlock(&t->lock);
	return ticks == 0 ? err : uio_put(u, &ticks, sizeof(ticks));
}

static unsigned
timerfd_poll(struct file *f, struct poll_table *pt)
{
	struct timerfd *t = f->priv;
	unsigned ev;

	mutex_lock(&t->lock);
	poll_wait(pt, f, &t->wq);
	ev = t->ticks > 0 ? EPOLLIN : 0;
	mutex_unlock(&t->lock);
	return ev;
}

static struct timespec
ns_timespec(int64_t ns)
{
	return (struct timespec){ ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };
}

static int64_t
timespec_ns(const struct timespec *ts)
{
	int64_t ns;

	if (__builtin_mul_overflow(ts->tv_sec, NSEC_PER_SEC, &ns) ||
	    __builtin_add_overflow(ns, ts->tv_nsec, &ns))
		return INT64_MAX;
	return ns;
}

static void
timerfd_get_locked(struct timerfd *t, struct k_itimerspec *it) REQUIRES(t->lock)
{
	int64_t left = 0;

	timerfd_forward(t);
	if (!t->expired && t->when != NEVER) {
		/* Due but not fired yet still runs. */
		left = max_of(t->when - ktime_now(), (int64_t)1);
	}
	it->it_value = ns_timespec(left);
	it->it_interval = ns_timespec(t->interval);
}

/* The time v of t's clock, on ours. */
static ktime_t
timerfd_deadline(struct timerfd *t, const struct timespec *v, bool absolute)
{
	int64_t ns = timespec_ns(v), now;

	if (ns == INT64_MAX)
		return NEVER - 1;
	if (!absolute)
		return ktime_after(ns);
	switch (t->clockid) {
	case CLOCK_MONOTONIC:
		return ns;
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		now = host_clock(CLOCK_BOOTTIME);
		break;
	default:
		now = host_clock(CLOCK_REALTIME);
		break;
	}
	/* What is past counts from then: a period of it has passed already. */
	return __builtin_add_overflow(ktime_now(), ns - now, &ns) ? NEVER - 1 : ns;
}

static void
timerfd_set_locked(struct timerfd *t, unsigned flags, const struct k_itimerspec *new)
    REQUIRES(t->lock)
{
	bool on = new->it_value.tv_sec != 0 || new->it_value.tv_nsec != 0;

	t->expired = false;
	t->ticks = 0;
	t->interval = timespec_ns(&new->it_interval);
	t->set_flags = flags;
	t->when = on ? timerfd_deadline(t, &new->it_value, (flags & K_TFD_ABSTIME) != 0) : NEVER;
	ktimer_set(&t->kt, t->when);
}

int
timerfd_set(struct file *f, unsigned flags, const struct k_itimerspec *new,
    struct k_itimerspec *old)
{
	struct timerfd *t = f->priv;

	if (f->ops != &timerfd_ops)
		return -EINVAL;
	mutex_lock(&t->lock);
	if (old != NULL)
		timerfd_get_locked(t, old);
	if (new != NULL)
		timerfd_set_locked(t, flags, new);
	mutex_unlock(&t->lock);
	return 0;
}

static size_t
timerfd_fdinfo(struct file *f, char *buf, size_t n)
{
	struct timerfd *t = f->priv;
	struct k_itimerspec it;
	uint64_t ticks;
	unsigned flags;
	int k;

	mutex_lock(&t->lock);
	timerfd_get_locked(t, &it);
	ticks = t->ticks;
	flags = t->set_flags;
	mutex_unlock(&t->lock);
	k = snprintf(buf, n, "clockid: %d\nticks: %llu\nsettime flags: 0%o\n"
	    "it_value: (%lld, %lld)\nit_interval: (%lld, %lld)\n",
	    t->clockid, (unsigned long long)ticks, flags,
	    (long long)it.it_value.tv_sec, (long long)it.it_value.tv_nsec,
	    (long long)it.it_interval.tv_sec, (long long)it.it_interval.tv_nsec);
	return k < 0 ? 0 : min_of((size_t)k, n);
}

static void
timerfd_release(struct file *f)
{
	struct timerfd *t = f->priv;

	ktimer_cancel(&t->kt);
	waitq_destroy(&t->wq);
	mutex_destroy(&t->lock);
	kfree(t);
}

static const struct file_ops timerfd_ops = {
	.name = "timerfd",
	.read = timerfd_read,
	.poll = timerfd_poll,
	.lseek = file_lseek_none,
	.release = timerfd_release,
	.fdinfo = timerfd_fdinfo,
};

struct file *
timerfd_new(int clockid, unsigned flags)
{
	struct timerfd *t;

	t = xcalloc(1, sizeof(*t));
	mutex_init(&t->lock, RANK_OBJ);
	waitq_init(&t->wq);
	ktimer_init(&t->kt, timerfd_fire);
	t->clockid = clockid;
	t->when = NEVER;
	return anon_file(&timerfd_ops, "anon_inode:[timerfd]", t, O_RDWR | flags);
}
