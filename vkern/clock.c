/*
 * clock.c - the kernel's clock and its timers.
 *
 * Time comes from the host and from nowhere else (host_clock).  Timers wait
 * in a tree by expiry; one thread per kernel, started with the first timer,
 * runs them one after the other.  It ends with timers_fini().
 *
 * timer_lock is not held while a timer's function runs, so that the function
 * may lock, set its timer again, or free it: after the call the timer is
 * known only by the address that cancel compares with.
 */
#include "vksup/host.h"
#include "vksup/wait.h"
#include "vksup/vkern.h"

RB_HEAD(ktimer_tree, ktimer);

struct timer_state {
	struct ktimer_tree tree;	/* [timer_lock] */
	uint64_t	seq;		/* [timer_lock] of the next timer set */
	struct ktimer	*running;	/* [timer_lock] compared, not followed */
	bool		started, stop, ended; /* [timer_lock] */
	struct host_parker parker;
	struct waitq	done;		/* a function returned, or the thread ended */
};

/* The timers of the kernel whose timer thread this is. */
static __thread struct timer_state *my_timers;

static int
ktimer_cmp(struct ktimer *a, struct ktimer *b)
{
	if (a->when != b->when)
		return a->when < b->when ? -1 : 1;
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

RB_GENERATE_INTERNAL(ktimer_tree, ktimer, node, ktimer_cmp, __attribute__((unused)) static)

ktime_t
ktime_now(void)
{
	return host_clock(CLOCK_MONOTONIC);
}

ktime_t
ktime_after(int64_t rel)
{
	ktime_t t;

	if (rel < 0)
		rel = 0;
	if (__builtin_add_overflow(ktime_now(), rel, &t))
		return NEVER;
	return t;
}

static void
ktimer_dequeue(struct timer_state *ts, struct ktimer *kt)
{
	if (kt->queued)
		RB_REMOVE(ktimer_tree, &ts->tree, kt);
	kt->queued = false;
	kt->when = NEVER;
}

static void
timers_run_one(struct vkern *k, struct timer_state *ts, struct ktimer *kt) REQUIRES(k->timer_lock)
{
	ktimer_dequeue(ts, kt);
	ts->running = kt;
	mutex_unlock(&k->timer_lock);
	kt->fn(kt);
	mutex_lock(&k->timer_lock);
	ts->running = NULL;
	waitq_wake_all(&ts->done, 0);
}

static void
timers_thread(void *arg)
{
	struct vkern *k = arg;
	struct timer_state *ts = k->timers;
	struct ktimer *kt;
	ktime_t until;

	vk = k;
	my_timers = ts;
	mutex_lock(&k->timer_lock);
	while (!ts->stop) {
		kt = RB_MIN(ktimer_tree, &ts->tree);
		if (kt != NULL && kt->when <= ktime_now()) {
			timers_run_one(k, ts, kt);
			continue;
		}
		until = kt != NULL ? kt->when : NEVER;
		mutex_unlock(&k->timer_lock);
		host_park(&ts->parker, until);
		mutex_lock(&k->timer_lock);
	}
	ts->ended = true;
	/* After this unlock timers_fini() may free everything. */
	waitq_wake_all(&ts->done, 0);
	mutex_unlock(&k->timer_lock);
}

int
timers_init(struct vkern *k)
{
	struct timer_state *ts;

	ts = kalloc(sizeof(*ts));
	if (ts == NULL)
		return -ENOMEM;
	RB_INIT(&ts->tree);
	waitq_init(&ts->done);
	mutex_init(&k->timer_lock, RANK_TIMER);
	k->timers = ts;
	return 0;
}

void
timers_fini(struct vkern *k)
{
	struct timer_state *ts = k->timers;

	if (ts == NULL)
		return;
	mutex_lock(&k->timer_lock);
	ts->stop = true;
	host_unpark(&ts->parker);
	while (ts->started && !ts->ended)
		(void)!waitq_wait_nointr(&ts->done, &k->timer_lock, NEVER);
	mutex_unlock(&k->timer_lock);
	waitq_destroy(&ts->done);
	mutex_destroy(&k->timer_lock);
	k->timers = NULL;
	kfree(ts);
}

void
ktimer_init(struct ktimer *kt, void (*fn)(struct ktimer *))
{
	*kt = (struct ktimer){ .when = NEVER, .fn = fn };
}

/* Without a thread the timers stay in the tree, and the next set tries again. */
static void
timers_start(struct vkern *k, struct timer_state *ts) REQUIRES(k->timer_lock)
{
	int err;

	if (ts->started || ts->stop)
		return;
	err = host_thread(timers_thread, k, "vk-timer");
	if (err != 0)
		host_log("no thread for timers: error %d", -err);
	else
		ts->started = true;
}

void
ktimer_set(struct ktimer *kt, ktime_t when)
{
	struct timer_state *ts = vk->timers;
	bool first = false;

	mutex_lock(&vk->timer_lock);
	ktimer_dequeue(ts, kt);
	if (when != NEVER && kt->cancelling == 0) {
		kt->when = when;
		kt->queued = true;
		kt->seq = ts->seq++;
		RB_INSERT(ktimer_tree, &ts->tree, kt);
		first = RB_MIN(ktimer_tree, &ts->tree) == kt;
		timers_start(vk, ts);
	}
	mutex_unlock(&vk->timer_lock);
	/* The timer thread looks at the tree before it parks again. */
	if (first && my_timers != ts)
		host_unpark(&ts->parker);
}

void
ktimer_cancel(struct ktimer *kt)
{
	struct timer_state *ts = vk->timers;

	mutex_lock(&vk->timer_lock);
	ktimer_dequeue(ts, kt);
	/* Or a function that sets itself again could run for ever. */
	kt->cancelling++;
	while (ts->running == kt && my_timers != ts)
		(void)!waitq_wait_nointr(&ts->done, &vk->timer_lock, NEVER);
	kt->cancelling--;
	mutex_unlock(&vk->timer_lock);
}

ktime_t
ktimer_remaining(struct ktimer *kt)
{
	ktime_t when, now;

	mutex_lock(&vk->timer_lock);
	when = kt->when;
	mutex_unlock(&vk->timer_lock);
	if (when == NEVER)
		return NEVER;
	now = ktime_now();
	return when > now ? when - now : 0;
}
