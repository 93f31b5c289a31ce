/*
 * sys_time.c - reading clocks, and not setting them.
 *
 * The machine's clocks are the host's: the vDSO shows them to guests without
 * a call, so the calls must agree with it, and nothing here can be set.  There
 * is no real-time clock chip, so the two ALARM clocks exist only by name, as
 * in Linux on such a machine.  CPU clocks are ours.
 *
 * A CPU clock's number is ~pid << 3 | THREAD? 4 | kind (0 user and system,
 * 1 user, 2 as scheduled), with pid 0 for the caller.
 */
#include <linux/capability.h>
#include <string.h>
#include <sys/timex.h>

#include "abi/abi.h"
#include "vkern/sys_impl.h"

#define CPUCLOCK_SELF	(-8)	/* pid 0 */
#define CPUCLOCK_THREAD	4
#define CPUCLOCK_KIND	3
#define CPUCLOCK_USER	1
#define CPUCLOCK_SCHED	2
#define CPUCLOCK_FD	3	/* a character device's clock: there are none */

#define TICK_NSEC	4000000	/* of the COARSE clocks: 250 Hz, as Debian's kernels */
#define MINUTESWEST_MAX	(15 * 60)

bool
clock_is_wall(int clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
	case CLOCK_TAI:
		return true;
	default:
		return false;
	}
}

bool
clock_is_cpu(int clock)
{
	return clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID;
}

/* To the encoded form; 0 if there is no such clock. */
static int
cpu_clock_encode(int clock, int *pid)
{
	if (clock == CLOCK_PROCESS_CPUTIME_ID)
		clock = CPUCLOCK_SELF | CPUCLOCK_SCHED;
	else if (clock == CLOCK_THREAD_CPUTIME_ID)
		clock = CPUCLOCK_SELF | CPUCLOCK_THREAD | CPUCLOCK_SCHED;
	if ((clock & CPUCLOCK_KIND) == CPUCLOCK_FD)
		return 0;
	*pid = ~(clock >> 3);
	return clock;
}

static int64_t
cpu_clock_kind(int clock, int64_t ut, int64_t st)
{
	return (clock & CPUCLOCK_KIND) == CPUCLOCK_USER ? ut : ut + st;
}

int64_t
cpu_clock_read(struct proc *p, int clock)
{
	int64_t ut, st;
	struct thread *t;
	struct proc *q;
	int pid = 0;

	clock = cpu_clock_encode(clock, &pid);
	if (clock == 0)
		return -EINVAL;
	if (clock & CPUCLOCK_THREAD) {
		t = sched_target(pid);
		if (t == NULL || t->proc != p)
			return -EINVAL;
		thread_times(t, &ut, &st);
	} else {
		q = pid == 0 || pid == p->pid ? p : proc_find(pid);
		/* A thread may read its process's clock by its own number. */
		if (q == NULL && curthread != NULL && pid == curthread->tid)
			q = curthread->proc;
		if (q == NULL)
			return -EINVAL;
		proc_times(q, &ut, &st);
	}
	return cpu_clock_kind(clock, ut, st);
}

int
cpu_clock_name(int clock)
{
	struct thread *t;
	int pid = 0;

	clock = cpu_clock_encode(clock, &pid);
	if (clock == 0)
		return 0;
	if (clock & CPUCLOCK_THREAD) {
		t = sched_target(pid);
		if (t == NULL || t->proc != curthread->proc)
			return 0;
		pid = t->tid;
	} else {
		if (pid != 0 && proc_find(pid) == NULL)
			return 0;
		pid = pid != 0 ? pid : curthread->proc->pid;
	}
	return (int)((unsigned)~pid << 3) | (clock & 7);
}

ktime_t
clock_to_mono(int clock, int64_t when)
{
	int64_t ahead, mono;

	if (when == NEVER || __builtin_sub_overflow(when, host_clock(clock), &ahead) ||
	    __builtin_add_overflow(ktime_now(), ahead, &mono))
		return NEVER;
	return max_of(mono, (int64_t)1);
}

static int64_t
cpu_clock_now(int clock)
{
	int64_t ns;

	mutex_lock(&vk->proc_lock);
	ns = cpu_clock_read(curthread->proc, clock);
	mutex_unlock(&vk->proc_lock);
	return ns;
}

long
sys_clock_gettime(struct thread *t, struct clock_gettime_args *a)
{
	int64_t ns;

	(void)t;
	if (clock_is_wall(a->clockid)) {
		*a->tp = ns_ts(host_clock(a->clockid));
		return 0;
	}
	if (!clock_is_cpu(a->clockid))
		return -EINVAL;
	ns = cpu_clock_now(a->clockid);
	if (ns < 0)
		return ns;
	*a->tp = ns_ts(ns);
	return 0;
}

long
sys_clock_getres(struct thread *t, struct clock_getres_args *a)
{
	int64_t ns = 1;

	(void)t;
	if (a->clockid == CLOCK_REALTIME_COARSE || a->clockid == CLOCK_MONOTONIC_COARSE) {
		ns = TICK_NSEC;
	} else if (!clock_is_wall(a->clockid)) {
		if (!clock_is_cpu(a->clockid) || cpu_clock_now(a->clockid) < 0)
			return -EINVAL;
		if (a->clockid < 0 && (a->clockid & CPUCLOCK_KIND) != CPUCLOCK_SCHED)
			ns = TICK_NSEC;
	}
	if (a->res != NULL)
		*a->res = ns_ts(ns);
	return 0;
}

/* Only these can be set at all, and these only by those who may: nobody here. */
long
sys_clock_settime(struct thread *t, struct clock_settime_args *a)
{
	struct timespec ts;
	int err;

	(void)t;
	if (a->clockid != CLOCK_REALTIME && a->clockid >= 0)
		return -EINVAL;
	err = copyin(&ts, a->tp, sizeof(ts));
	if (err != 0)
		return err;
	if (a->clockid < 0)
		return cpu_clock_now(a->clockid) < 0 ? -EINVAL : -EPERM;
	return ts_valid(&ts) ? -EPERM : -EINVAL;
}

long
sys_gettimeofday(struct thread *t, struct gettimeofday_args *a)
{
	int64_t ns = host_clock(CLOCK_REALTIME);

	(void)t;
	if (a->tv != NULL)
		*a->tv = (struct timeval){ ns / NSEC_PER_SEC, ns % NSEC_PER_SEC / 1000 };
	if (a->tz != NULL)
		memset(a->tz, 0, sizeof(*a->tz));
	return 0;
}

long
sys_settimeofday(struct thread *t, struct settimeofday_args *a)
{
	struct timezone tz = { 0, 0 };
	int err;

	(void)t;
	/* The zone is looked at after the microseconds, before the seconds. */
	if (a->tv != NULL && (a->tv->tv_usec < 0 || a->tv->tv_usec >= 1000000))
		return -EINVAL;
	err = ga_null(a->tz) ? 0 : copyin(&tz, a->tz, sizeof(tz));
	if (err != 0)
		return err;
	if (a->tv != NULL && a->tv->tv_sec < 0)
		return -EINVAL;
	if (a->tv != NULL || !capable(CAP_SYS_TIME))
		return -EPERM;
	if (tz.tz_minuteswest > MINUTESWEST_MAX || tz.tz_minuteswest < -MINUTESWEST_MAX)
		return -EINVAL;
	return ga_null(a->tz) ? 0 : -EPERM;
}

long
sys_time(struct thread *t, struct time_args *a)
{
	int64_t s = host_clock(CLOCK_REALTIME_COARSE) / NSEC_PER_SEC;

	(void)t;
	if (a->tloc != NULL)
		*a->tloc = s;
	return s;
}

static long
ns_ticks(int64_t ns)
{
	return (long)(ns / (NSEC_PER_SEC / 100));
}

long
sys_times(struct thread *t, struct times_args *a)
{
	struct proc *p = t->proc;
	int64_t ut, st;

	if (a->buf != NULL) {
		mutex_lock(&vk->proc_lock);
		proc_times(p, &ut, &st);
		a->buf->tms_utime = ns_ticks(ut);
		a->buf->tms_stime = ns_ticks(st);
		a->buf->tms_cutime = ns_ticks(p->cutime);
		a->buf->tms_cstime = ns_ticks(p->cstime);
		mutex_unlock(&vk->proc_lock);
	}
	return ns_ticks(ktime_now());
}

/* --- adjtimex: what Linux says of a clock that nobody disciplines --- */

static long
timex_read(struct timex *tx)
{
	int64_t ns = host_clock(CLOCK_REALTIME);

	if (tx->modes & 0x8000) {	/* ADJ_ADJTIME */
		if (!(tx->modes & ADJ_OFFSET_SINGLESHOT & ~0x8000u))
			return -EINVAL;
		if (!(tx->modes & 0x2000))	/* ADJ_OFFSET_READONLY */
			return -EPERM;
	} else if (tx->modes != 0) {
		return -EPERM;
	}
	memset((char *)tx + sizeof(tx->modes), 0, sizeof(*tx) - sizeof(tx->modes));
	tx->maxerror = tx->esterror = 16000000;
	tx->status = STA_UNSYNC;
	tx->constant = 2;
	tx->precision = 1;
	tx->tolerance = 32768000;
	tx->tick = 10000;
	tx->time = (struct timeval){ ns / NSEC_PER_SEC, ns % NSEC_PER_SEC / 1000 };
	return TIME_ERROR;
}

long
sys_adjtimex(struct thread *t, struct adjtimex_args *a)
{
	(void)t;
	return timex_read(a->buf);
}

long
sys_clock_adjtime(struct thread *t, struct clock_adjtime_args *a)
{
	(void)t;
	if (a->clockid == CLOCK_REALTIME)
		return timex_read(a->buf);
	if (a->clockid < 0 && (a->clockid & CPUCLOCK_KIND) == CPUCLOCK_FD)
		return -EINVAL;
	if (a->clockid > CLOCK_TAI || a->clockid == 10)
		return -EINVAL;
	return -EOPNOTSUPP;
}
