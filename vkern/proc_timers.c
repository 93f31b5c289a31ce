/*
 * proc_timers.c - the timers of a process: itimers, POSIX timers, RLIMIT_CPU.
 *
 * Timers on wall clocks are ktimers.  CPU time cannot wake anybody: one ktimer
 * per process looks at it, no earlier than all CPUs together could have used
 * up what is missing, and ever more rarely while the process does not run.
 *
 * A periodic POSIX timer has at most one signal on its way.  It is armed again
 * when that is taken (posix_timer_delivered), and what expired meanwhile is
 * the overrun: a period of one nanosecond costs no more than the signals that
 * the program takes.  Signals may also vanish (SIG_IGN), so a timer with a
 * signal on its way looks for it now and then.
 *
 * Locks: vk->proc_lock covers everything; it is taken by the ktimers'
 * functions, so ktimer_cancel() is called without it.
 */
#include <limits.h>
#include <string.h>

#include "vkern/sys_impl.h"

/* No timer fires more often: one can neither want that nor afford it. */
#define PERIOD_MIN	100000LL
#define POLL_MIN	1000000LL
#define POLL_IDLE_MAX	100000000LL
#define LOOK_MIN	10000000LL
#define LOOK_MAX	NSEC_PER_SEC
#define POSIX_MAX	32768

/* In place of the timers of a process that is on its way out. */
static struct proc_timers timers_gone;

static int
posix_cmp(struct ktimer_posix *a, struct ktimer_posix *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

RB_GENERATE_INTERNAL(posix_timer_tree, ktimer_posix, node, posix_cmp, __attribute__((unused)) static)

/* a + n * b, saturating. */
static int64_t
forward(int64_t a, int64_t n, int64_t b)
{
	int64_t r;

	if (__builtin_mul_overflow(n, b, &r) || __builtin_add_overflow(r, a, &r))
		return NEVER;
	return r;
}

static void
send_kernel(struct proc *p, int sig) REQUIRES(vk->proc_lock)
{
	siginfo_t si;

	siginfo_kernel(&si, sig);
	(void)!signal_proc(p, sig, &si);
}

/* --- ITIMER_REAL --- */

static void
real_expired(struct ktimer *kt)
{
	struct proc_timers *ts = container_of(kt, struct proc_timers, real);
	int64_t now = ktime_now(), n;

	mutex_lock(&vk->proc_lock);
	if (ts->real_expires != 0 && now >= ts->real_expires) {
		send_kernel(ts->proc, SIGALRM);
		if (ts->real_interval != 0) {
			n = (now - ts->real_expires) / ts->real_interval + 1;
			ts->real_expires = forward(ts->real_expires, n, ts->real_interval);
			ktimer_set(kt, max_of(ts->real_expires, now + PERIOD_MIN));
		} else {
			ts->real_expires = 0;
		}
	}
	mutex_unlock(&vk->proc_lock);
}

/* --- POSIX timers --- */

int64_t
posix_timer_now(struct ktimer_posix *pt)
{
	return clock_is_cpu(pt->clock) ? cpu_clock_read(pt->proc, pt->clock) : ktime_now();
}

void
posix_timer_arm(struct ktimer_posix *pt)
{
	pt->queued = false;
	pt->backoff = LOOK_MIN;
	if (clock_is_cpu(pt->clock)) {
		if (pt->expires != 0)
			proc_timers_poll(pt->proc);
	} else {
		/* Without a signal there is nothing to do in time. */
		ktimer_set(&pt->kt, pt->expires == 0 || pt->notify == SIGEV_NONE ? NEVER :
		    pt->expires);
	}
}

/* Where its signals go; NULL: the thread is gone. */
static struct sigpending *
posix_queue(struct ktimer_posix *pt, struct thread **t) REQUIRES(vk->proc_lock)
{
	*t = NULL;
	if (pt->notify != SIGEV_THREAD_ID)
		return &pt->proc->pending;
	*t = thread_find(pt->tid);
	return *t != NULL && (*t)->proc == pt->proc ? &(*t)->pending : NULL;
}

/* Its signal that waits on a queue, or NULL. */
static struct sigq *
posix_signal_waits(struct ktimer_posix *pt) REQUIRES(vk->proc_lock)
{
	struct thread *t;
	struct sigpending *sp = posix_queue(pt, &t);
	struct sigq *q;

	if (sp == NULL || (sp->set & SIGBIT(pt->signo)) == 0)
		return NULL;
	TAILQ_FOREACH(q, &sp->queue, link)
		if (q->info.si_signo == pt->signo && q->info.si_code == SI_TIMER &&
		    q->info.si_timerid == pt->id && !q->stale)
			return q;
	return NULL;
}

/*
 * The timer is deleted or set anew: its signal that nobody has taken yet stays
 * pending, but is not delivered any more (posixtimer_deliver_signal() of Linux
 * since 6.13).
 */
void
posix_timer_stale(struct ktimer_posix *pt)
{
	struct sigq *q = posix_signal_waits(pt);

	if (q != NULL)
		q->stale = true;
}

static void
posix_send(struct ktimer_posix *pt) REQUIRES(vk->proc_lock)
{
	struct thread *t;
	struct sigpending *sp = posix_queue(pt, &t);
	siginfo_t si;

	if (sp == NULL)
		return;
	memset(&si, 0, sizeof(si));
	si.si_signo = pt->signo;
	si.si_code = SI_TIMER;
	si.si_timerid = pt->id;
	si.si_value = pt->value;
	if (t != NULL)
		(void)!signal_thread(t, pt->signo, &si);
	else
		(void)!signal_proc(pt->proc, pt->signo, &si);
}

/*
 * The timer is due at `now` of its clock.  The moment to look again, on the
 * same clock; NEVER.  CPU clocks are looked at by the poll anyway.
 */
static int64_t
posix_due(struct ktimer_posix *pt, int64_t now) REQUIRES(vk->proc_lock)
{
	int64_t n;

	if (pt->queued && posix_signal_waits(pt) != NULL) {
		pt->backoff = min_of(pt->backoff * 2, (int64_t)LOOK_MAX);
		return now + pt->backoff;
	}
	if (pt->queued && pt->interval != 0) {
		/* The last signal vanished: on with the next period. */
		n = (now - pt->expires) / pt->interval;
		pt->expires = forward(pt->expires, max_of(n, (int64_t)1), pt->interval);
		pt->queued = false;
		if (now < pt->expires)
			return max_of(pt->expires, now + PERIOD_MIN);
	}
	if (pt->notify != SIGEV_NONE)
		posix_send(pt);
	if (pt->interval == 0) {
		pt->expires = 0;
		return NEVER;
	}
	pt->queued = true;
	pt->backoff = max_of((int64_t)LOOK_MIN, min_of(pt->interval, (int64_t)LOOK_MAX));
	return now + pt->backoff;
}

static void
posix_expired(struct ktimer *kt)
{
	struct ktimer_posix *pt = container_of(kt, struct ktimer_posix, kt);
	int64_t now = ktime_now();

	mutex_lock(&vk->proc_lock);
	/* It may have been set anew since the timer thread took it. */
	if (pt->expires != 0 && now >= pt->expires)
		ktimer_set(kt, posix_due(pt, now));
	mutex_unlock(&vk->proc_lock);
}

/*
 * A signal of si_code SI_TIMER was taken off a queue of the current process
 * (anybody may have sent it): put in the overrun and arm the timer again.
 * proc_lock is held: a queue is being worked on.
 */
NO_TSA void
posix_timer_delivered(siginfo_t *si)
{
	struct ktimer_posix *pt;
	int64_t now, n = 0;

	pt = posix_timer_find(curthread->proc, si->si_timerid);
	if (pt == NULL || !pt->queued || pt->signo != si->si_signo || pt->expires == 0)
		return;
	now = posix_timer_now(pt);
	if (now >= pt->expires)
		n = (now - pt->expires) / pt->interval;
	pt->overrun_last = min_of(n, (int64_t)INT_MAX);
	si->si_overrun = (int)pt->overrun_last;
	pt->expires = forward(pt->expires, n + 1, pt->interval);
	posix_timer_arm(pt);
}

struct ktimer_posix *
posix_timer_find(struct proc *p, int id)
{
	struct ktimer_posix key = { .id = id };

	if (p->timers == NULL || p->timers == &timers_gone)
		return NULL;
	return RB_FIND(posix_timer_tree, &p->timers->posix, &key);
}

struct ktimer_posix *
posix_timer_next(struct proc *p, int id)
{
	struct ktimer_posix key = { .id = id };

	if (p->timers == NULL || p->timers == &timers_gone)
		return NULL;
	return RB_NFIND(posix_timer_tree, &p->timers->posix, &key);
}

int
posix_timer_add(struct proc *p, struct ktimer_posix *pt, bool value_id)
{
	struct proc_timers *ts = proc_timers_get(p);
	int r = -EAGAIN;

	if (ts == NULL)
		return -EAGAIN;
	pt->proc = p;
	ktimer_init(&pt->kt, posix_expired);
	mutex_lock(&vk->proc_lock);
	if (ts->nposix < POSIX_MAX && (rlim_t)ts->nposix < p->rlim[RLIMIT_SIGPENDING].rlim_cur) {
		do {
			pt->id = ts->next_id;
			ts->next_id = ts->next_id == INT_MAX ? 0 : ts->next_id + 1;
		} while (RB_INSERT(posix_timer_tree, &ts->posix, pt) != NULL);
		ts->nposix++;
		r = pt->id;
		if (value_id)
			pt->value.sival_int = pt->id;
	}
	mutex_unlock(&vk->proc_lock);
	return r;
}

static void
posix_unlink(struct proc_timers *ts, struct ktimer_posix *pt) REQUIRES(vk->proc_lock)
{
	posix_timer_stale(pt);
	RB_REMOVE(posix_timer_tree, &ts->posix, pt);
	ts->nposix--;
	/* A posix_expired() that waits for the lock does nothing then. */
	pt->expires = 0;
}

struct ktimer_posix *
posix_timer_take(struct proc *p, int id)
{
	struct ktimer_posix *pt = posix_timer_find(p, id);

	if (pt != NULL)
		posix_unlink(p->timers, pt);
	return pt;
}

void
posix_timer_free(struct ktimer_posix *pt)
{
	ktimer_cancel(&pt->kt);
	kfree(pt);
}

/* --- CPU time --- */

/* Check one CPU itimer; what is missing until its next expiry, or NEVER. */
static int64_t
cpu_itimer_check(struct proc *p, struct cpu_itimer *it, int64_t now, int sig)
    REQUIRES(vk->proc_lock)
{
	if (it->expires == 0)
		return NEVER;
	if (now >= it->expires) {
		send_kernel(p, sig);
		if (it->interval == 0) {
			it->expires = 0;
			return NEVER;
		}
		it->expires = forward(it->expires, (now - it->expires) / it->interval + 1,
		    it->interval);
	}
	return it->expires - now;
}

static int64_t
cpu_limit_check(struct proc *p, int64_t now) REQUIRES(vk->proc_lock)
{
	struct rlimit *r = &p->rlim[RLIMIT_CPU];
	const rlim_t far = NEVER / NSEC_PER_SEC;

	if (r->rlim_cur >= far)
		return NEVER;
	if (r->rlim_max < far && now >= (int64_t)r->rlim_max * NSEC_PER_SEC) {
		send_kernel(p, SIGKILL);
		return NEVER;
	}
	if (now >= (int64_t)r->rlim_cur * NSEC_PER_SEC) {
		send_kernel(p, SIGXCPU);
		/* As Linux: the next warning comes a second of CPU time later. */
		r->rlim_cur++;
	}
	return max_of((int64_t)r->rlim_cur * NSEC_PER_SEC - now, (int64_t)1);
}

static int64_t
cpu_posix_check(struct proc_timers *ts) REQUIRES(vk->proc_lock)
{
	struct ktimer_posix *pt;
	int64_t left = NEVER, now, next;

	RB_FOREACH(pt, posix_timer_tree, &ts->posix) {
		if (!clock_is_cpu(pt->clock) || pt->expires == 0 || pt->notify == SIGEV_NONE)
			continue;
		now = posix_timer_now(pt);
		if (now < 0) {
			pt->expires = 0;
			continue;
		}
		next = pt->expires;
		if (now >= next)
			next = posix_due(pt, now);
		if (next != NEVER)
			left = min_of(left, max_of(next - now, (int64_t)1));
	}
	return left;
}

static void
cpu_poll(struct ktimer *kt)
{
	struct proc_timers *ts = container_of(kt, struct proc_timers, poll);
	struct proc *p = ts->proc;
	int64_t ut, st, left, period;

	mutex_lock(&vk->proc_lock);
	proc_times(p, &ut, &st);
	left = cpu_itimer_check(p, &ts->cpu[0], ut, SIGVTALRM);
	left = min_of(left, cpu_itimer_check(p, &ts->cpu[1], ut + st, SIGPROF));
	left = min_of(left, cpu_limit_check(p, ut + st));
	left = min_of(left, cpu_posix_check(ts));
	if (left != NEVER) {
		period = max_of(left / machine_ncpu(), (int64_t)POLL_MIN);
		if (ut + st == ts->poll_cpu)
			period = max_of(period, min_of(ts->poll_period * 2, (int64_t)POLL_IDLE_MAX));
		ts->poll_cpu = ut + st;
		ts->poll_period = period;
		ktimer_set(kt, ktime_after(period));
	}
	mutex_unlock(&vk->proc_lock);
}

void
proc_timers_poll(struct proc *p)
{
	struct proc_timers *ts = p->timers;

	if (ts == NULL || ts == &timers_gone)
		return;
	ts->poll_cpu = -1;
	ts->poll_period = 0;
	ktimer_set(&ts->poll, ktime_now());
}

/* --- life --- */

struct proc_timers *
proc_timers_get(struct proc *p)
{
	struct proc_timers *ts, *new;

	new = kalloc(sizeof(*new));
	if (new == NULL)
		return NULL;
	new->proc = p;
	RB_INIT(&new->posix);
	ktimer_init(&new->real, real_expired);
	ktimer_init(&new->poll, cpu_poll);
	mutex_lock(&vk->proc_lock);
	if (p->timers == NULL && p->state == PS_ALIVE) {
		p->timers = new;
		new = NULL;
	}
	ts = p->timers;
	mutex_unlock(&vk->proc_lock);
	kfree(new);
	return ts == &timers_gone ? NULL : ts;
}

static void
posix_del_all(struct proc_timers *ts)
{
	struct ktimer_posix *pt;

	for (;;) {
		mutex_lock(&vk->proc_lock);
		pt = RB_MIN(posix_timer_tree, &ts->posix);
		if (pt != NULL)
			posix_unlink(ts, pt);
		mutex_unlock(&vk->proc_lock);
		if (pt == NULL)
			return;
		posix_timer_free(pt);
	}
}

/* The process has one thread left, which calls this. */
void
proc_timers_exit(struct proc *p)
{
	struct proc_timers *ts;

	mutex_lock(&vk->proc_lock);
	ts = p->timers;
	p->timers = &timers_gone;
	mutex_unlock(&vk->proc_lock);
	if (ts == NULL || ts == &timers_gone)
		return;
	posix_del_all(ts);
	ktimer_cancel(&ts->real);
	ktimer_cancel(&ts->poll);
	kfree(ts);
}

void
proc_timers_exec(struct proc *p)
{
	if (p->timers != NULL && p->timers != &timers_gone)
		posix_del_all(p->timers);
	proc_timers_start(p);
}

void
proc_timers_start(struct proc *p)
{
	if (p->rlim[RLIMIT_CPU].rlim_cur == RLIM_INFINITY || proc_timers_get(p) == NULL)
		return;
	mutex_lock(&vk->proc_lock);
	proc_timers_poll(p);
	mutex_unlock(&vk->proc_lock);
}
