/* futex: WAIT and WAKE, counts, values, timeouts, BITSET, misaligned and bad addresses, unknown operations. */
#include "vkproc.h"
#include <linux/futex.h>

static long fx(const void *u, int op, unsigned val, const void *ts, const void *u2, unsigned val3)
{
	return syscall(SYS_futex, u, op, val, ts, u2, val3);
}

static int word, slept[8];
static volatile int up, down;

struct arg {
	int *word, op;
	unsigned mask;
};

static void *waiter(void *a)
{
	struct arg *x = a;
	int i = __atomic_fetch_add(&up, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&slept[i], p_gettid(), __ATOMIC_SEQ_CST);
	long r = fx(x->word, x->op, 0, NULL, NULL, x->mask);
	__atomic_fetch_add(&down, 1, __ATOMIC_SEQ_CST);
	return (void *)r;
}

/* Starts n waiters and lets them fall asleep. */
static void start(int n, struct arg *x, pthread_t *t)
{
	up = down = 0;
	memset(slept, 0, sizeof slept);
	for (int i = 0; i < n; i++)
		t[i] = p_thread(waiter, x);
	for (int i = 0; i < n; i++) {
		while (!__atomic_load_n(&slept[i], __ATOMIC_SEQ_CST))
			sched_yield();
		p_asleep(getpid(), slept[i]);
	}
}

int main(void)
{
	struct timespec ms10 = {0, 10000000}, bad = {0, 2000000000}, neg = {-1, 0}, past = {1, 0};
	pthread_t t[8];
	SECTION("no waiting");
	SHOW(fx(&word, FUTEX_WAIT, 1, NULL, NULL, 0));
	SHOW(fx(&word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0));
	SHOW(fx(&word, FUTEX_WAKE, 1, NULL, NULL, 0));
	SHOW(fx(&word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0));
	SHOW(fx(&word, FUTEX_WAIT, 0, &(struct timespec){0, 0}, NULL, 0));

	SECTION("timeouts");
	long t0 = t_now_ms();
	SHOW(fx(&word, FUTEX_WAIT, 0, &ms10, NULL, 0));
	CHECK(t_now_ms() - t0 >= 10);
	SHOW(fx(&word, FUTEX_WAIT_BITSET, 0, &past, NULL, FUTEX_BITSET_MATCH_ANY));
	SHOW(fx(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &past, NULL, FUTEX_BITSET_MATCH_ANY));
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_nsec += 20000000;
	if (at.tv_nsec >= 1000000000)
		at.tv_sec++, at.tv_nsec -= 1000000000;
	t0 = t_now_ms();
	SHOW(fx(&word, FUTEX_WAIT_BITSET, 0, &at, NULL, 1));
	CHECK(t_now_ms() - t0 >= 19);
	SHOW(fx(&word, FUTEX_WAIT, 0, &bad, NULL, 0));
	SHOW(fx(&word, FUTEX_WAIT, 0, &neg, NULL, 0));
	SHOW(fx(&word, FUTEX_WAIT, 0, BADP, NULL, 0));
	SHOW(fx(&word, FUTEX_WAIT, 1, &bad, NULL, 0));

	SECTION("wake counts");
	struct arg x = {&word, FUTEX_WAIT, 0};
	start(5, &x, t);
	SHOW(fx(&word, FUTEX_WAKE, 2, NULL, NULL, 0));
	CHECK(p_until(&down, 2));
	SHOW(fx(&word, FUTEX_WAKE, 1, NULL, NULL, 0));
	CHECK(p_until(&down, 3));
	/* Private and shared are two different things, the address alike. */
	SHOW(fx(&word, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0));
	/* 0 wakes one. */
	SHOW(fx(&word, FUTEX_WAKE, 0, NULL, NULL, 0));
	SHOW(fx(&word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0));
	for (int i = 0; i < 5; i++)
		if (p_join(t[i]))
			printf("a waiter was not woken as it should\n");
	x.op = FUTEX_WAIT_PRIVATE;
	start(2, &x, t);
	SHOW(fx(&word, FUTEX_WAKE, 9, NULL, NULL, 0));
	SHOW(fx(&word + 1, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0));
	SHOW(fx(&word, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0));
	for (int i = 0; i < 2; i++)
		p_join(t[i]);

	SECTION("bitsets");
	struct arg b[3] = {{&word, FUTEX_WAIT_BITSET, 1}, {&word, FUTEX_WAIT_BITSET, 2}, {&word, FUTEX_WAIT_BITSET, 4}};
	up = down = 0;
	memset(slept, 0, sizeof slept);
	for (int i = 0; i < 3; i++)
		t[i] = p_thread(waiter, &b[i]);
	t_sleep_ms(30);
	SHOW(fx(&word, FUTEX_WAKE_BITSET, 9, NULL, NULL, 8));
	while (fx(&word, FUTEX_WAKE_BITSET, 9, NULL, NULL, 2) == 0)
		t_sleep_ms(5);
	p_join(t[1]);
	while (down < 3)
		fx(&word, FUTEX_WAKE, 9, NULL, NULL, 0), t_sleep_ms(1);
	p_join(t[0]), p_join(t[2]);
	SHOW(fx(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
	SHOW(fx(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0));

	SECTION("addresses and operations");
	SHOW(fx((char *)&word + 1, FUTEX_WAIT, 0, NULL, NULL, 0));
	SHOW(fx((char *)&word + 2, FUTEX_WAKE, 1, NULL, NULL, 0));
	SHOW(fx(BADP, FUTEX_WAIT, 0, NULL, NULL, 0));
	SHOW(fx(BADP, FUTEX_WAKE, 1, NULL, NULL, 0));
	SHOW(fx(BADP, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
	SHOW(fx((void *)0x11, FUTEX_WAIT, 0, NULL, NULL, 0));
	SHOW(fx(NULL, FUTEX_WAIT, 0, &ms10, NULL, 0));
	SHOW(fx((void *)(1UL << 63), FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
	int *ro = t_readonly(NULL, 4);
	SHOW(fx(ro, FUTEX_WAIT, 0, &ms10, NULL, 0));
	SHOW(fx(&word, 2 /* FUTEX_FD */, 0, NULL, NULL, 0));
	SHOW(fx(&word, 99, 0, NULL, NULL, 0));
	SHOW(fx(&word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 0, NULL, NULL, 0));
	SHOW(fx(&word, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 0));
	SHOW(fx(BADP, 99, 0, NULL, NULL, 0));
	return 0;
}
