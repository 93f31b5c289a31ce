/*
 * sys_time_sleep.c - nanosleep(2) and clock_nanosleep(2).
 *
 * A sleep for a time keeps its end in the thread when a signal ends it early,
 * so that the restart after a stop sleeps for the rest only; a sleep until a
 * time is simply done again.  Sleeping on a CPU clock looks at it, no earlier
 * than all CPUs together could have used up the rest.
 */
#include "abi/abi.h"
#include "vkern/sys_impl.h"

#define LOOK_MIN	1000000LL
#define LOOK_MAX	100000000LL

/* 0 at the deadline (CLOCK_MONOTONIC), or -ERESTARTSYS. */
static int
sleep_until(ktime_t deadline)
{
	int err;

	do {
		err = thread_park(deadline);
	} while (err == 0);
	return err == -ETIMEDOUT ? 0 : err;
}

/* A signal came `left` ns before the end, which is kept. */
static long
sleep_cut(struct thread *t, int64_t end, int64_t left, gaddr_t rem)
{
	struct timespec ts = ns_ts(left);
	int err;

	if (left <= 0)
		return 0;
	if (!ga_null(rem)) {
		err = copyout(rem, &ts, sizeof(ts));
		if (err != 0)
			return err;
	}
	t->restart_deadline = end;
	return -ERESTART_RESTARTBLOCK;
}

static long
sleep_rel(struct thread *t, const struct timespec *req, gaddr_t rem)
{
	ktime_t end = t->restarting ? t->restart_deadline : ktime_after(ts_ns(req));

	if (sleep_until(end) == 0)
		return 0;
	return sleep_cut(t, end, end - ktime_now(), rem);
}

static long
sleep_abs(int clock, const struct timespec *req)
{
	int64_t when = ts_ns(req);

	/* The realtime clock may have been set back in the meantime. */
	while (host_clock(clock) < when)
		if (sleep_until(clock_to_mono(clock, when)) != 0)
			return -ERESTARTNOHAND;
	return 0;
}

long
sys_nanosleep(struct thread *t, struct nanosleep_args *a)
{
	if (!ts_valid(a->req))
		return -EINVAL;
	return sleep_rel(t, a->req, a->rem);
}

/* --- CPU clocks --- */

static int64_t
cpu_now(struct thread *t, int clock)
{
	int64_t ns;

	mutex_lock(&vk->proc_lock);
	ns = cpu_clock_read(t->proc, clock);
	mutex_unlock(&vk->proc_lock);
	return ns;
}

/* Until `clock` shows `end`.  0, -ERESTARTSYS; 0 too if its owner is gone. */
static int
sleep_cpu_until(struct thread *t, int clock, int64_t end)
{
	int64_t now, last = -1, period = LOOK_MIN;

	for (;;) {
		now = cpu_now(t, clock);
		if (now < 0 || now >= end)
			return 0;
		period = now == last ? min_of(period * 2, LOOK_MAX) : LOOK_MIN;
		last = now;
		if (sleep_until(ktime_after(max_of(period, (end - now) / machine_ncpu()))) != 0)
			return -ERESTARTSYS;
	}
}

static long
sleep_cpu(struct thread *t, int clock, bool absolute, const struct timespec *req, gaddr_t rem)
{
	int64_t now, end;

	now = cpu_now(t, clock);
	if (now < 0)
		return -EINVAL;
	end = ts_ns(req);
	if (!absolute && __builtin_add_overflow(now, end, &end))
		end = NEVER;
	if (t->restarting && !absolute)
		end = t->restart_deadline;
	if (sleep_cpu_until(t, clock, end) == 0)
		return 0;
	if (absolute)
		return -ERESTARTNOHAND;
	return sleep_cut(t, end, end - cpu_now(t, clock), rem);
}

/* Can one sleep on it?  0, -EINVAL: no such clock, -EOPNOTSUPP. */
static int
sleep_clock(struct thread *t, int clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_TAI:
	case CLOCK_PROCESS_CPUTIME_ID:
		return 0;
	case CLOCK_THREAD_CPUTIME_ID:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		return -EOPNOTSUPP;
	default:
		if (clock >= 0)
			return -EINVAL;
		/* One's own thread cannot use up time while it sleeps. */
		if ((clock & 4) && (~(clock >> 3) == 0 || ~(clock >> 3) == t->tid))
			return -EINVAL;
		return (clock & 3) == 3 ? -EOPNOTSUPP : 0;
	}
}

long
sys_clock_nanosleep(struct thread *t, struct clock_nanosleep_args *a)
{
	bool absolute = (a->flags & TIMER_ABSTIME) != 0;
	struct timespec req;
	int err;

	err = sleep_clock(t, a->clockid);
	/* Linux looks into the request before it asks a CPU clock. */
	if (err != 0 && (a->clockid >= 0 || err == -EOPNOTSUPP))
		return err;
	if (copyin(&req, a->request, sizeof(req)) != 0)
		return -EFAULT;
	if (!ts_valid(&req) || err != 0)
		return -EINVAL;
	if (clock_is_cpu(a->clockid))
		return sleep_cpu(t, a->clockid, absolute, &req, a->remain);
	if (absolute)
		return sleep_abs(a->clockid, &req);
	return sleep_rel(t, &req, a->remain);
}
