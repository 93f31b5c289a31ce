/*
 * sys_time_timer.c - the calls for itimers and POSIX timers; proc_timers.c
 * makes them run.
 *
 * Locks: vk->proc_lock around the timers' fields.
 */
#include <string.h>
#include <sys/time.h>

#include "abi/abi.h"
#include "vkern/sys_impl.h"

/* --- itimers --- */

static int64_t
tv_ns(const struct timeval *tv)
{
	struct timespec ts = { tv->tv_sec, tv->tv_usec * 1000 };

	return ts_ns(&ts);
}

static struct timeval
ns_tv(int64_t ns)
{
	return (struct timeval){ ns / NSEC_PER_SEC, ns % NSEC_PER_SEC / 1000 };
}

static bool
tv_valid(const struct timeval *tv)
{
	return tv->tv_sec >= 0 && tv->tv_usec >= 0 && tv->tv_usec < 1000000;
}

static int64_t
cpu_time(struct proc *p, int which) REQUIRES(vk->proc_lock)
{
	int64_t ut, st;

	proc_times(p, &ut, &st);
	return which == ITIMER_VIRTUAL ? ut : ut + st;
}

/* now + rel, NEVER when that is too far. */
static int64_t
after(int64_t now, int64_t rel)
{
	int64_t r;

	return __builtin_add_overflow(now, rel, &r) ? NEVER : r;
}

static void
itimer_read(struct proc_timers *ts, int which, struct itimerval *v) REQUIRES(vk->proc_lock)
{
	int64_t expires, interval, now;

	if (which == ITIMER_REAL) {
		expires = ts->real_expires;
		interval = ts->real_interval;
		now = ktime_now();
	} else {
		expires = ts->cpu[which - 1].expires;
		interval = ts->cpu[which - 1].interval;
		now = cpu_time(ts->proc, which);
	}
	v->it_interval = ns_tv(interval);
	/* One that is due has a microsecond left, not none: none means unset. */
	v->it_value = ns_tv(expires == 0 ? 0 : max_of(expires - now, (int64_t)1000));
}

static void
itimer_write(struct proc_timers *ts, int which, int64_t value, int64_t interval)
    REQUIRES(vk->proc_lock)
{
	struct cpu_itimer *it;

	if (which == ITIMER_REAL) {
		ts->real_expires = value == 0 ? 0 : ktime_after(value);
		ts->real_interval = value == 0 ? 0 : interval;
		ktimer_set(&ts->real, value == 0 ? NEVER : ts->real_expires);
		return;
	}
	it = &ts->cpu[which - 1];
	it->expires = value == 0 ? 0 : after(cpu_time(ts->proc, which), value);
	it->interval = interval;
	if (value != 0)
		proc_timers_poll(ts->proc);
}

long
sys_getitimer(struct thread *t, struct getitimer_args *a)
{
	struct proc_timers *ts;

	memset(a->curr_value, 0, sizeof(*a->curr_value));
	if (a->which < ITIMER_REAL || a->which > ITIMER_PROF)
		return -EINVAL;
	ts = t->proc->timers;
	if (ts == NULL)
		return 0;
	mutex_lock(&vk->proc_lock);
	itimer_read(ts, a->which, a->curr_value);
	mutex_unlock(&vk->proc_lock);
	return 0;
}

static int
itimer_swap(struct proc *p, int which, int64_t value, int64_t interval, struct itimerval *old)
{
	struct proc_timers *ts = proc_timers_get(p);

	if (ts == NULL)
		return -ENOMEM;
	mutex_lock(&vk->proc_lock);
	itimer_read(ts, which, old);
	itimer_write(ts, which, value, interval);
	mutex_unlock(&vk->proc_lock);
	return 0;
}

long
sys_setitimer(struct thread *t, struct setitimer_args *a)
{
	const struct itimerval none = { 0 };
	const struct itimerval *v = a->new_value != NULL ? a->new_value : &none;
	struct itimerval old;
	int err;

	if (!tv_valid(&v->it_value) || !tv_valid(&v->it_interval))
		return -EINVAL;
	if (a->which < ITIMER_REAL || a->which > ITIMER_PROF)
		return -EINVAL;
	err = itimer_swap(t->proc, a->which, tv_ns(&v->it_value), tv_ns(&v->it_interval), &old);
	if (err == 0 && a->old_value != NULL)
		*a->old_value = old;
	return err;
}

long
sys_alarm(struct thread *t, struct alarm_args *a)
{
	struct itimerval old = { 0 };
	long left;

	if (itimer_swap(t->proc, ITIMER_REAL, a->seconds * NSEC_PER_SEC, 0, &old) != 0)
		return 0;
	/* Rounded, but an alarm that is set never reads as none. */
	left = old.it_value.tv_sec;
	if ((left == 0 && old.it_value.tv_usec != 0) || old.it_value.tv_usec >= 500000)
		left++;
	return left;
}

/* --- POSIX timers --- */

/* glibc's sigevent hides the thread; this is the kernel's. */
struct k_sigevent {
	union sigval	value;
	int32_t		signo;
	int32_t		notify;
	int32_t		tid;
	int32_t		pad[11];
};
_Static_assert(sizeof(struct k_sigevent) == 64, "struct sigevent has the kernel's size");

static int
timer_clock(int clock, int *out)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_TAI:
		*out = clock;
		return 0;
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		return -EOPNOTSUPP;
	default:
		if (!clock_is_cpu(clock))
			return -EINVAL;
		/* A character device's clock has no timers. */
		return clock < 0 && (clock & 3) == 3 ? -EOPNOTSUPP : 1;
	}
}

static bool
sigevent_good(struct thread *t, const struct k_sigevent *ev) REQUIRES(vk->proc_lock)
{
	struct thread *who;

	switch (ev->notify) {
	case SIGEV_NONE:
		return true;
	case SIGEV_THREAD_ID:
		who = thread_find(ev->tid);
		if (who == NULL || who->proc != t->proc)
			return false;
		break;
	case SIGEV_SIGNAL:
	case SIGEV_THREAD:
		break;
	default:
		return false;
	}
	return ev->signo > 0 && ev->signo <= NSIG_MAX;
}

/* Checks in Linux's order: clock, event, then whose CPU clock. */
static int
timer_check(struct thread *t, int clock, const struct k_sigevent *ev, int *name)
{
	int err;

	err = timer_clock(clock, name);
	if (err < 0)
		return err;
	mutex_lock(&vk->proc_lock);
	if (ev != NULL && !sigevent_good(t, ev)) {
		err = -EINVAL;
	} else if (err == 1) {
		*name = cpu_clock_name(clock);
		err = *name == 0 ? -EINVAL : 0;
	}
	mutex_unlock(&vk->proc_lock);
	return err;
}

/* Out of its process's table; the caller frees it. */
static int
timer_remove(struct proc *p, int id)
{
	struct ktimer_posix *pt;

	mutex_lock(&vk->proc_lock);
	pt = posix_timer_take(p, id);
	mutex_unlock(&vk->proc_lock);
	if (pt == NULL)
		return -EINVAL;
	posix_timer_free(pt);
	return 0;
}

long
sys_timer_create(struct thread *t, struct timer_create_args *a)
{
	struct k_sigevent ev;
	bool given = !ga_null(a->sevp);
	struct ktimer_posix *pt;
	int err, name = 0;

	if (given && copyin(&ev, a->sevp, sizeof(ev)) != 0)
		return -EFAULT;
	err = timer_check(t, a->clockid, given ? &ev : NULL, &name);
	if (err != 0)
		return err;
	pt = kalloc(sizeof(*pt));
	if (pt == NULL)
		return -EAGAIN;
	pt->clock = name;
	pt->notify = given ? ev.notify : SIGEV_SIGNAL;
	pt->signo = given ? ev.signo : SIGALRM;
	pt->tid = given ? ev.tid : 0;
	if (given)
		pt->value = ev.value;
	err = posix_timer_add(t->proc, pt, !given);
	if (err < 0) {
		kfree(pt);
		return err;
	}
	/* From here on another thread may delete it: pt is not ours any more. */
	name = err;
	err = copyout(a->timerid, &name, sizeof(name));
	if (err != 0)
		(void)timer_remove(t->proc, name);
	return err;
}

static void
timer_read(struct ktimer_posix *pt, struct k_itimerspec *v) REQUIRES(vk->proc_lock)
{
	int64_t now, left;

	memset(v, 0, sizeof(*v));
	v->it_interval = ns_ts(pt->interval);
	if (pt->expires == 0)
		return;
	now = max_of(posix_timer_now(pt), (int64_t)0);
	left = pt->expires - now;
	if (left <= 0 && pt->interval != 0 && (pt->queued || pt->notify == SIGEV_NONE))
		left = pt->interval - (now - pt->expires) % pt->interval;
	if (left <= 0)
		left = pt->notify == SIGEV_NONE ? 0 : 1;
	v->it_value = ns_ts(left);
}

static void
timer_write(struct ktimer_posix *pt, const struct k_itimerspec *v, bool absolute)
    REQUIRES(vk->proc_lock)
{
	int64_t value = ts_ns(&v->it_value);

	posix_timer_stale(pt);
	pt->queued = false;
	pt->overrun_last = 0;
	pt->interval = 0;
	pt->expires = 0;
	if (value != 0) {
		pt->interval = ts_ns(&v->it_interval);
		if (clock_is_cpu(pt->clock))
			pt->expires = absolute ? value :
			    after(max_of(posix_timer_now(pt), (int64_t)0), value);
		else
			pt->expires = absolute ? clock_to_mono(pt->clock, value) : ktime_after(value);
	}
	posix_timer_arm(pt);
}

long
sys_timer_settime(struct thread *t, struct timer_settime_args *a)
{
	struct k_itimerspec v;
	struct ktimer_posix *pt;

	if (ga_null(a->new_value))
		return -EINVAL;
	if (copyin(&v, a->new_value, sizeof(v)) != 0)
		return -EFAULT;
	if (!ts_valid(&v.it_value) || !ts_valid(&v.it_interval))
		return -EINVAL;
	mutex_lock(&vk->proc_lock);
	pt = posix_timer_find(t->proc, a->timerid);
	if (pt != NULL) {
		if (a->old_value != NULL)
			timer_read(pt, a->old_value);
		timer_write(pt, &v, (a->flags & TIMER_ABSTIME) != 0);
	}
	mutex_unlock(&vk->proc_lock);
	return pt != NULL ? 0 : -EINVAL;
}

long
sys_timer_gettime(struct thread *t, struct timer_gettime_args *a)
{
	struct ktimer_posix *pt;

	mutex_lock(&vk->proc_lock);
	pt = posix_timer_find(t->proc, a->timerid);
	if (pt != NULL)
		timer_read(pt, a->curr_value);
	mutex_unlock(&vk->proc_lock);
	return pt != NULL ? 0 : -EINVAL;
}

long
sys_timer_getoverrun(struct thread *t, struct timer_getoverrun_args *a)
{
	struct ktimer_posix *pt;
	long r = -EINVAL;

	mutex_lock(&vk->proc_lock);
	pt = posix_timer_find(t->proc, a->timerid);
	if (pt != NULL)
		r = (long)pt->overrun_last;
	mutex_unlock(&vk->proc_lock);
	return r;
}

long
sys_timer_delete(struct thread *t, struct timer_delete_args *a)
{
	return timer_remove(t->proc, a->timerid);
}
