/*
 * test_wait.c - wait queues, parking, timers, the order of locks.
 */
#include "unit.h"

#include "vksup/lock.h"
#include "vksup/proc.h"
#include "vksup/wait.h"

#define NTIMERS		10000

/* --- queues --- */

static int woken[4];
static unsigned woken_events;

struct note { struct waiter w; int i; };

static void
note_wake(struct waiter *w, unsigned events)
{
	woken[container_of(w, struct note, w)->i]++;
	woken_events = events;
}

START_TEST(queue_wakes)
{
	struct note n[4] = { { .i = 0 }, { .i = 1 }, { .i = 2 }, { .i = 3 } };
	struct waitq wq;
	int i;

	memset(woken, 0, sizeof(woken));
	waitq_init(&wq);
	for (i = 0; i < 4; i++) {
		n[i].w.fn = note_wake;
		n[i].w.exclusive = i >= 2;
		waitq_add(&wq, &n[i].w);
	}
	waitq_wake_one(&wq, 5);
	ck_assert_int_eq(woken[0] + woken[1], 2);
	ck_assert_int_eq(woken[2], 1);
	ck_assert_int_eq(woken[3], 0);
	ck_assert_uint_eq(woken_events, 5);
	waitq_wake_all(&wq, 0);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(woken[i], i == 2 ? 2 : i == 3 ? 1 : 2);
	for (i = 0; i < 4; i++)
		waitq_remove(&n[i].w);
	waitq_remove(&n[0].w);
	waitq_destroy(&wq);
}
END_TEST

/* --- sleeping in the kernel, without guests --- */

struct sleep {
	struct mutex	lock;
	struct waitq	wq;
	bool		ready;
	ktime_t		deadline;
	int		result;
	struct host_parker done;
};

static void
sleep_main(void *arg)
{
	struct sleep *s = arg;
	int err = 0;

	mutex_lock(&s->lock);
	while (!s->ready && err == 0)
		err = waitq_wait(&s->wq, &s->lock, s->deadline);
	s->result = err;
	mutex_unlock(&s->lock);
	host_unpark(&s->done);
}

static void
sleep_start(struct sleep *s, ktime_t deadline)
{
	memset(s, 0, sizeof(*s));
	mutex_init(&s->lock, RANK_OBJ);
	waitq_init(&s->wq);
	s->deadline = deadline;
	s->result = 1;
	ck_assert_int_eq(host_thread(sleep_main, s, "sleep"), 0);
	fake_settle();
}

START_TEST(sleeping)
{
	struct sleep s;

	fake_boot_kernel();
	sleep_start(&s, NEVER);
	waitq_wake_all(&s.wq, 0);	/* spurious: it looks and sleeps again */
	fake_settle();
	ck_assert_int_eq(s.result, 1);
	mutex_lock(&s.lock);
	s.ready = true;
	waitq_wake_one(&s.wq, 0);
	mutex_unlock(&s.lock);
	ck_assert_int_eq(host_park(&s.done, NEVER), 0);
	ck_assert_int_eq(s.result, 0);
	sleep_start(&s, ktime_after(NSEC_PER_SEC));
	fake_clock_advance(NSEC_PER_SEC - 1);
	ck_assert_int_eq(s.result, 1);
	fake_clock_advance(1);
	ck_assert_int_eq(s.result, -ETIMEDOUT);
	/* A deadline that has passed. */
	sleep_start(&s, 5);
	ck_assert_int_eq(s.result, -ETIMEDOUT);
}
END_TEST

START_TEST(deadlines)
{
	ck_assert_int_eq(ktime_after(0), ktime_now());
	ck_assert_int_eq(ktime_after(-5), ktime_now());
	ck_assert_int_eq(ktime_after(7), ktime_now() + 7);
	ck_assert(ktime_after(INT64_MAX) == NEVER);
	ck_assert(ktime_after(NEVER - 5) == NEVER);
}
END_TEST

/* --- timers --- */

static struct { struct ktimer kt; int fired; } timers[NTIMERS];
static ktime_t last_fired;
static int order_errors, nfired;

static void
timer_fires(struct ktimer *kt)
{
	int i = (int)(((char *)kt - (char *)timers) / (ptrdiff_t)sizeof(timers[0]));
	ktime_t now = ktime_now();

	timers[i].fired++;
	nfired++;
	if (now < last_fired)
		order_errors++;
	last_fired = now;
}

static void
timers_start(void)
{
	int i;

	memset(timers, 0, sizeof(timers));
	nfired = order_errors = 0;
	last_fired = 0;
	for (i = 0; i < NTIMERS; i++)
		ktimer_init(&timers[i].kt, timer_fires);
}

START_TEST(many_timers)
{
	uint32_t seed = 3;
	int i, cancelled = 0;

	fake_boot_kernel();
	timers_start();
	for (i = 0; i < NTIMERS; i++)
		ktimer_set(&timers[i].kt, ktime_after(1 + unit_random(&seed) % 1000));
	for (i = 0; i < NTIMERS; i += 7) {
		ktimer_cancel(&timers[i].kt);
		cancelled++;
	}
	for (i = 1; i < NTIMERS; i += 7)	/* moved behind all others */
		ktimer_set(&timers[i].kt, ktime_after(2000));
	for (i = 0; i < 1000; i += 50)
		fake_clock_advance(50);
	for (i = 0; i < NTIMERS; i++)
		ck_assert_int_eq(timers[i].fired, i % 7 > 1);
	fake_clock_advance(1000);
	ck_assert_int_eq(nfired, NTIMERS - cancelled);
	ck_assert_int_eq(order_errors, 0);
}
END_TEST

START_TEST(timer_times)
{
	fake_boot_kernel();
	timers_start();
	ck_assert(ktimer_remaining(&timers[0].kt) == NEVER);
	ktimer_set(&timers[0].kt, ktime_after(100));
	ck_assert_int_eq(ktimer_remaining(&timers[0].kt), 100);
	fake_clock_advance(40);
	ck_assert_int_eq(ktimer_remaining(&timers[0].kt), 60);
	ck_assert_int_eq(timers[0].fired, 0);
	fake_clock_advance(60);
	ck_assert_int_eq(timers[0].fired, 1);
	ck_assert(ktimer_remaining(&timers[0].kt) == NEVER);
	/* In the past: at once.  NEVER: not at all. */
	ktimer_set(&timers[0].kt, 1);
	fake_settle();
	ck_assert_int_eq(timers[0].fired, 2);
	ktimer_set(&timers[0].kt, ktime_after(5));
	ktimer_set(&timers[0].kt, NEVER);
	fake_clock_advance(10);
	ck_assert_int_eq(timers[0].fired, 2);
}
END_TEST

static int again_left;

static void
again_fires(struct ktimer *kt)
{
	if (--again_left > 0)
		ktimer_set(kt, ktime_after(10));
	else
		free(kt);		/* allowed: it is not touched any more */
}

START_TEST(timer_sets_itself)
{
	struct ktimer *kt = malloc(sizeof(*kt));
	int i;

	fake_boot_kernel();
	again_left = 5;
	ktimer_init(kt, again_fires);
	ktimer_set(kt, ktime_after(10));
	for (i = 4; i >= 0; i--) {
		fake_clock_advance(10);
		ck_assert_int_eq(again_left, i);
	}
}
END_TEST

static struct host_parker slow_go;
static _Atomic int slow_state;

static void
slow_fires(struct ktimer *kt)
{
	(void)kt;
	slow_state = 1;
	host_park(&slow_go, NEVER);
	slow_state = 2;
}

static void
slow_cancel(void *arg)
{
	ktimer_cancel(arg);
	ck_assert_int_eq(slow_state, 2);
	slow_state = 3;
}

static void
slow_thread(void *arg)
{
	vk = ((void **)arg)[1];
	slow_cancel(((void **)arg)[0]);
}

/* cancel comes back only when the function is not running. */
START_TEST(cancel_waits)
{
	struct ktimer kt;
	void *arg[2] = { &kt, fake_boot_kernel() };

	slow_state = 0;
	memset(&slow_go, 0, sizeof(slow_go));
	ktimer_init(&kt, slow_fires);
	ktimer_set(&kt, 1);
	fake_settle();
	ck_assert_int_eq(slow_state, 1);
	ck_assert_int_eq(host_thread(slow_thread, arg, "cancel"), 0);
	fake_settle();
	ck_assert_int_eq(slow_state, 1);
	host_unpark(&slow_go);
	fake_settle();
	ck_assert_int_eq(slow_state, 3);
}
END_TEST

/* --- the order of locks --- */

static struct mutex low, high, also_high;

static void
locks_init(void)
{
	mutex_init(&low, RANK_VM);
	mutex_init(&high, RANK_PROC);
	mutex_init(&also_high, RANK_PROC);
}

START_TEST(locks_in_order)
{
	locks_init();
	mutex_lock(&low);
	mutex_lock(&high);
	mutex_lock_same(&also_high);
	ck_assert_int_eq(locks_held(), 3);
	mutex_unlock(&low);
	mutex_unlock(&high);
	mutex_unlock(&also_high);
	ck_assert_int_eq(locks_held(), 0);
	locks_assert_none("test");
}
END_TEST

START_TEST(locks_out_of_order)
{
	locks_init();
	mutex_lock(&high);
	if (!fake_panics()) {
		mutex_lock(&low);
		ck_abort_msg("not noticed");
	}
	if (!fake_panics()) {
		mutex_lock(&also_high);
		ck_abort_msg("not noticed");
	}
	if (!fake_panics()) {
		locks_assert_none("test");
		ck_abort_msg("not noticed");
	}
	mutex_unlock(&high);
	if (!fake_panics()) {
		mutex_unlock(&high);
		ck_abort_msg("not noticed");
	}
	ck_assert_ptr_nonnull(strstr(fake_log(), "VM"));
	ck_assert_ptr_nonnull(strstr(fake_log(), "PROC"));
}
END_TEST

/* --- guests that sleep --- */

START_TEST(sleeps_of_guests)
{
	struct guest *g = fake_boot();
	int64_t ts[2] = { 0, 1000 }, bad[2] = { 0, NSEC_PER_SEC };

	guest_post(g, SYS_nanosleep, guest_buf(g, ts, 16), 0);
	ck_assert(guest_waits(g));
	fake_clock_advance(999);
	ck_assert(guest_waits(g));
	fake_clock_advance(60000);	/* timer slack may be added */
	expect(guest_result(g), 0);
	expect(guest_call(g, SYS_nanosleep, guest_buf(g, bad, 16), 0), -EINVAL);
	expect(guest_call(g, SYS_nanosleep, 16, 0), -EFAULT);
	expect(guest_call(g, SYS_clock_nanosleep, CLOCK_MONOTONIC, 1 /* ABSTIME */,
	    guest_buf(g, ts, 16), 0), 0);
}
END_TEST

START_TEST(interval_timer)
{
	struct guest *g = fake_boot();
	int64_t it[4] = { 1, 0, 1, 0 };

	expect(guest_sigaction(g, SIGALRM, NULL, 0, 0), 0);
	expect(guest_call(g, SYS_setitimer, 0, guest_buf(g, it, sizeof(it)), 0), 0);
	fake_clock_advance(NSEC_PER_SEC - 1);
	expect(guest_call(g, SYS_getpid), 2);
	fake_clock_advance(1);
	expect(guest_result(g), GUEST_HANDLER);
	guest_sigreturn(g);
	expect(guest_call(g, SYS_getpid), 2);
	fake_clock_advance(NSEC_PER_SEC);
	expect(guest_result(g), GUEST_HANDLER);
	guest_sigreturn(g);
	expect(guest_call(g, SYS_alarm, 5), 1);
	expect(guest_call(g, SYS_alarm, 0), 5);
}
END_TEST

UNIT_MAIN("wait", queue_wakes, sleeping, deadlines, many_timers, timer_times, timer_sets_itself,
    cancel_waits, locks_in_order, locks_out_of_order, sleeps_of_guests, interval_timer)
