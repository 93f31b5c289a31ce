/* futex: REQUEUE, CMP_REQUEUE, WAKE_OP with each of its operations and comparisons, and errors. */
#include "vkproc.h"
#include <linux/futex.h>

static long fx(void *u, int op, unsigned val, unsigned long val2, void *u2, unsigned val3)
{
	return syscall(SYS_futex, u, op, val, val2, u2, val3);
}

static int a, b, slept[8];
static volatile int up, down;

static void *waiter(void *w)
{
	int i = __atomic_fetch_add(&up, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&slept[i], p_gettid(), __ATOMIC_SEQ_CST);
	long r = fx(w, FUTEX_WAIT, 0, 0, NULL, 0);
	__atomic_fetch_add(&down, 1, __ATOMIC_SEQ_CST);
	return (void *)r;
}

static pthread_t t[8];
static void start(int n, int *w)
{
	up = down = 0;
	memset(slept, 0, sizeof slept);
	for (int i = 0; i < n; i++)
		t[i] = p_thread(waiter, w);
	for (int i = 0; i < n; i++) {
		while (!__atomic_load_n(&slept[i], __ATOMIC_SEQ_CST))
			sched_yield();
		p_asleep(getpid(), slept[i]);
	}
}

static void finish(int n)
{
	while (down < n) {
		fx(&a, FUTEX_WAKE, 9, 0, NULL, 0);
		fx(&b, FUTEX_WAKE, 9, 0, NULL, 0);
		t_sleep_ms(1);
	}
	for (int i = 0; i < n; i++)
		p_join(t[i]);
}

static void op(const char *what, int oper, int oparg, int cmp, int cmparg, int start_value)
{
	b = start_value;
	long r = fx(&a, FUTEX_WAKE_OP, 1, 1, &b, FUTEX_OP(oper, oparg, cmp, cmparg));
	printf("%s: %s, word %d\n", what, r < 0 ? t_errname(errno) : "ok", b);
	b = 0;
}

int main(void)
{
	SECTION("REQUEUE");
	start(5, &a);
	/* Wakes 1, moves 2. */
	SHOW(fx(&a, FUTEX_REQUEUE, 1, 2, &b, 0));
	CHECK(p_until(&down, 1));
	SHOW(fx(&b, FUTEX_WAKE, 9, 0, NULL, 0));
	CHECK(p_until(&down, 3));
	SHOW(fx(&a, FUTEX_WAKE, 9, 0, NULL, 0));
	finish(5);
	SECTION("CMP_REQUEUE");
	start(4, &a);
	SHOW(fx(&a, FUTEX_CMP_REQUEUE, 1, 2, &b, 7));
	SHOW(fx(&a, FUTEX_CMP_REQUEUE, 1, 2, &b, 0));
	CHECK(p_until(&down, 1));
	SHOW(fx(&a, FUTEX_CMP_REQUEUE, 0, INT_MAX, &b, 0));
	SHOW(fx(&b, FUTEX_WAKE, 9, 0, NULL, 0));
	finish(4);
	SECTION("WAKE_OP");
	start(2, &a);
	b = 5;
	SHOW(fx(&a, FUTEX_WAKE_OP, 1, 1, &b, FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 5)));
	SHOW(b);
	SHOW(fx(&a, FUTEX_WAKE, 9, 0, NULL, 0));
	b = 0;
	finish(2);
	op("set", FUTEX_OP_SET, 9, FUTEX_OP_CMP_EQ, 0, 0);
	op("add", FUTEX_OP_ADD, -2, FUTEX_OP_CMP_NE, 0, 10);
	op("or", FUTEX_OP_OR, 6, FUTEX_OP_CMP_LT, 0, 1);
	op("andn", FUTEX_OP_ANDN, 6, FUTEX_OP_CMP_LE, 0, 7);
	op("xor", FUTEX_OP_XOR, 6, FUTEX_OP_CMP_GT, 0, 5);
	op("shifted argument", FUTEX_OP_SET | FUTEX_OP_OPARG_SHIFT, 4, FUTEX_OP_CMP_GE, 0, 5);
	op("bad operation", 6, 1, FUTEX_OP_CMP_EQ, 0, 5);
	op("bad comparison", FUTEX_OP_SET, 1, 6, 0, 5);

	SECTION("both woken by one operation");
	start(1, &a);
	pthread_t other;
	up = 1;
	other = p_thread(waiter, &b);
	while (!slept[1])
		sched_yield();
	p_asleep(getpid(), slept[1]);
	SHOW(fx(&a, FUTEX_WAKE_OP, 1, 1, &b, FUTEX_OP(FUTEX_OP_SET, 0, FUTEX_OP_CMP_EQ, 0)));
	p_join(other);
	finish(1);

	SECTION("errors");
	SHOW(fx(&a, FUTEX_REQUEUE, -1, 1, &b, 0));
	SHOW(fx(&a, FUTEX_REQUEUE, 1, -1, &b, 0));
	SHOW(fx(&a, FUTEX_CMP_REQUEUE, 1, 1, &b, 1));
	SHOW(fx(&a, FUTEX_REQUEUE, 1, 1, BADP, 0));
	SHOW(fx(BADP, FUTEX_REQUEUE, 1, 1, &b, 0));
	SHOW(fx(&a, FUTEX_CMP_REQUEUE, 1, 1, (char *)&b + 1, 0));
	SHOW(fx(&a, FUTEX_WAKE_OP, 1, 1, BADP, 0));
	SHOW(fx(&a, FUTEX_WAKE_OP, 1, 1, (char *)&b + 2, 0));
	int *ro = t_readonly(NULL, 4);
	SHOW(fx(&a, FUTEX_WAKE_OP, 1, 1, ro, FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_EQ, 0)));
	SHOW(fx(&a, FUTEX_CMP_REQUEUE, 1, 1, ro, 0));
	return 0;
}
