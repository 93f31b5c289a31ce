/*
 * test_futex.c - futex(2), futex_waitv(2), robust lists.
 */
#include "unit.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/mman.h>

#define NR_FUTEX_WAITV	449
#define PRIV		FUTEX_PRIVATE_FLAG
#define ALL		0xffffffffU

static struct guest *g, *t[4];

/* The first guest and n threads of it. */
static void
boot_threads(int n)
{
	int i;

	g = fake_boot();
	for (i = 0; i < n; i++)
		t[i] = guest_thread(g, 0, NULL);
}

static uint64_t
word(uint32_t v)
{
	return guest_buf(g, &v, 4);
}

static uint64_t
timespec(int64_t sec, int64_t ns)
{
	int64_t ts[2] = { sec, ns };

	return guest_buf(g, ts, 16);
}

static void
start_wait(struct guest *w, uint64_t at, uint32_t val, int op, uint32_t bitset)
{
	guest_post(w, SYS_futex, at, op, val, 0, 0, bitset);
	ck_assert(guest_waits(w));
}

START_TEST(wait_and_wake)
{
	uint64_t w;

	boot_threads(2);
	w = word(7);
	expect(guest_call(g, SYS_futex, w, FUTEX_WAIT | PRIV, 8, 0), -EAGAIN);
	expect(guest_call(g, SYS_futex, w, FUTEX_WAKE | PRIV, 1), 0);
	start_wait(t[0], w, 7, FUTEX_WAIT | PRIV, 0);
	start_wait(t[1], w, 7, FUTEX_WAIT | PRIV, 0);
	expect(guest_call(g, SYS_futex, w, FUTEX_WAKE | PRIV, 1), 1);
	expect(guest_result(t[0]), 0);
	ck_assert(guest_waits(t[1]));
	/* Another word does not wake it. */
	expect(guest_call(g, SYS_futex, w + 4, FUTEX_WAKE | PRIV, 9), 0);
	ck_assert(guest_waits(t[1]));
	expect(guest_call(g, SYS_futex, w, FUTEX_WAKE | PRIV, INT32_MAX), 1);
	expect(guest_result(t[1]), 0);
}
END_TEST

START_TEST(errors)
{
	uint64_t w;

	boot_threads(0);
	w = word(0);
	expect(guest_call(g, SYS_futex, w + 1, FUTEX_WAIT, 0, 0), -EINVAL);
	expect(guest_call(g, SYS_futex, 16, FUTEX_WAIT, 0, 0), -EFAULT);
	expect(guest_call(g, SYS_futex, GUEST_TOP, FUTEX_WAIT, 0, 0), -EFAULT);
	expect(guest_call(g, SYS_futex, w, FUTEX_WAIT, 0, 16), -EFAULT);
	expect(guest_call(g, SYS_futex, w, FUTEX_WAIT, 0, timespec(-1, 0)), -EINVAL);
	expect(guest_call(g, SYS_futex, w, FUTEX_WAIT, 0, timespec(0, NSEC_PER_SEC)), -EINVAL);
	expect(guest_call(g, SYS_futex, w, FUTEX_WAIT_BITSET, 0, 0, 0, 0), -EINVAL);
	expect(guest_call(g, SYS_futex, w, FUTEX_WAKE_BITSET, 1, 0, 0, 0), -EINVAL);
	expect(guest_call(g, SYS_futex, w, 99, 0, 0), -ENOSYS);
}
END_TEST

START_TEST(timeouts)
{
	uint64_t w;

	boot_threads(1);
	w = word(0);
	guest_post(t[0], SYS_futex, w, FUTEX_WAIT, 0, timespec(2, 0));
	ck_assert(guest_waits(t[0]));
	fake_clock_advance(2 * NSEC_PER_SEC - 1);
	ck_assert(guest_waits(t[0]));
	fake_clock_advance(1);
	expect(guest_result(t[0]), -ETIMEDOUT);
	/* BITSET's is absolute: it is 1002 s by now. */
	expect(guest_call(t[0], SYS_futex, w, FUTEX_WAIT_BITSET, 0, timespec(1001, 0), 0, ALL), -ETIMEDOUT);
	guest_post(t[0], SYS_futex, w, FUTEX_WAIT_BITSET, 0, timespec(1003, 0), 0, ALL);
	ck_assert(guest_waits(t[0]));
	fake_clock_advance(NSEC_PER_SEC);
	expect(guest_result(t[0]), -ETIMEDOUT);
	/* The other clock. */
	guest_post(t[0], SYS_futex, w, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0,
	    timespec(host_clock(CLOCK_REALTIME) / NSEC_PER_SEC + 5, 0), 0, ALL);
	ck_assert(guest_waits(t[0]));
	fake_clock_advance(6 * NSEC_PER_SEC);
	expect(guest_result(t[0]), -ETIMEDOUT);
}
END_TEST

START_TEST(bitsets)
{
	uint64_t w;

	boot_threads(3);
	w = word(0);
	start_wait(t[0], w, 0, FUTEX_WAIT_BITSET, 1);
	start_wait(t[1], w, 0, FUTEX_WAIT_BITSET, 2);
	start_wait(t[2], w, 0, FUTEX_WAIT, 0);
	expect(guest_call(g, SYS_futex, w, FUTEX_WAKE_BITSET, 9, 0, 0, 4), 1);
	expect(guest_result(t[2]), 0);
	expect(guest_call(g, SYS_futex, w, FUTEX_WAKE_BITSET, 9, 0, 0, 2), 1);
	expect(guest_result(t[1]), 0);
	expect(guest_call(g, SYS_futex, w, FUTEX_WAKE, 9), 1);
	expect(guest_result(t[0]), 0);
}
END_TEST

START_TEST(requeue)
{
	uint64_t a, b;
	int i;

	boot_threads(4);
	a = word(5);
	b = word(0);
	for (i = 0; i < 4; i++)
		start_wait(t[i], a, 5, FUTEX_WAIT, 0);
	expect(guest_call(g, SYS_futex, a, FUTEX_CMP_REQUEUE, 1, 2, b, 6), -EAGAIN);
	/* One is woken, two move; both are counted. */
	expect(guest_call(g, SYS_futex, a, FUTEX_CMP_REQUEUE, 1, 2, b, 5), 3);
	expect(guest_result(t[0]), 0);
	expect(guest_call(g, SYS_futex, a, FUTEX_WAKE, 9), 1);
	expect(guest_result(t[3]), 0);
	ck_assert(guest_waits(t[1]));
	expect(guest_call(g, SYS_futex, b, FUTEX_WAKE, 1), 1);
	expect(guest_result(t[1]), 0);
	/* One that moved can still time out, or be interrupted. */
	expect(guest_call(g, SYS_futex, b, FUTEX_REQUEUE, 0, 9, a), 1);
	expect(guest_call(g, SYS_futex, a, FUTEX_WAKE, 1), 1);
	expect(guest_result(t[2]), 0);
	expect(guest_call(g, SYS_futex, a, FUTEX_CMP_REQUEUE, -1, 2, b, 5), -EINVAL);
}
END_TEST

START_TEST(requeued_times_out)
{
	uint64_t a, b;

	boot_threads(1);
	a = word(5);
	b = word(0);
	guest_post(t[0], SYS_futex, a, FUTEX_WAIT, 5, timespec(1, 0));
	ck_assert(guest_waits(t[0]));
	expect(guest_call(g, SYS_futex, a, FUTEX_CMP_REQUEUE, 0, 1, b, 5), 1);
	fake_clock_advance(NSEC_PER_SEC);
	expect(guest_result(t[0]), -ETIMEDOUT);
	expect(guest_call(g, SYS_futex, b, FUTEX_WAKE, 9), 0);
}
END_TEST

static uint32_t
op_word(int op, int arg, int cmp, int cmparg)
{
	return (uint32_t)op << 28 | (uint32_t)cmp << 24 | ((uint32_t)arg & 0xfff) << 12 |
	    ((uint32_t)cmparg & 0xfff);
}

/* Operation, operand, comparison, operand; the word before and after; is the
 * second queue woken? */
START_TEST(wake_op)
{
	static const struct { int op, arg, cmp, cmparg; uint32_t old, now; int woken; } row[] = {
		{ FUTEX_OP_SET, 5, FUTEX_OP_CMP_EQ, 1, 1, 5, 1 },
		{ FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 2, 1, 4, 0 },
		{ FUTEX_OP_OR, 6, FUTEX_OP_CMP_NE, 2, 1, 7, 1 },
		{ FUTEX_OP_ANDN, 1, FUTEX_OP_CMP_LT, 8, 7, 6, 1 },
		{ FUTEX_OP_XOR, 3, FUTEX_OP_CMP_GE, 8, 7, 4, 0 },
		{ FUTEX_OP_ADD, -1, FUTEX_OP_CMP_LE, 7, 7, 6, 1 },
		{ FUTEX_OP_SET, 0, FUTEX_OP_CMP_GT, -1, 0, 0, 1 },
		{ FUTEX_OP_SET | FUTEX_OP_OPARG_SHIFT, 4, FUTEX_OP_CMP_EQ, 0, 0, 16, 1 },
	};
	uint64_t a, b;
	size_t i;
	int r;

	boot_threads(2);
	a = word(0);
	b = word(0);
	for (i = 0; i < nitems(row); i++) {
		start_wait(t[0], a, 0, FUTEX_WAIT, 0);
		guest_put_u32(g, b, row[i].old);
		start_wait(t[1], b, row[i].old, FUTEX_WAIT, 0);
		r = (int)guest_call(g, SYS_futex, a, FUTEX_WAKE_OP, 1, 1, b,
		    op_word(row[i].op, row[i].arg, row[i].cmp, row[i].cmparg));
		ck_assert_msg(r == 1 + row[i].woken, "row %zu: %d", i, r);
		ck_assert_msg(guest_u32(g, b) == row[i].now, "row %zu: word", i);
		expect(guest_result(t[0]), 0);
		if (!row[i].woken)
			expect(guest_call(g, SYS_futex, b, FUTEX_WAKE, 1), 1);
		expect(guest_result(t[1]), 0);
	}
	expect(guest_call(g, SYS_futex, a, FUTEX_WAKE_OP, 1, 1, 16, 0), -EFAULT);
	expect(guest_call(g, SYS_futex, a, FUTEX_WAKE_OP, 1, 1, b, 0x60000000), -ENOSYS);
}
END_TEST

/* Shared memory: one key in two processes at two addresses. */
START_TEST(shared_between_processes)
{
	uint64_t s, other;
	struct guest *c;

	boot_threads(0);
	s = (uint64_t)must(guest_call(g, SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	c = guest_fork(g, NULL);
	other = (uint64_t)must(guest_call(c, SYS_mremap, s, 4096, 4096,
	    MREMAP_MAYMOVE | MREMAP_FIXED, 0x20000000));
	guest_post(c, SYS_futex, other + 8, FUTEX_WAIT, 0, 0);
	ck_assert(guest_waits(c));
	expect(guest_call(g, SYS_futex, s + 8, FUTEX_WAKE | PRIV, 9), 0);
	expect(guest_call(g, SYS_futex, s + 8, FUTEX_WAKE, 9), 1);
	expect(guest_result(c), 0);
}
END_TEST

START_TEST(private_after_fork)
{
	uint64_t w;
	struct guest *c;

	boot_threads(0);
	w = word(0);
	c = guest_fork(g, NULL);
	guest_post(c, SYS_futex, w, FUTEX_WAIT, 0, 0);
	ck_assert(guest_waits(c));
	expect(guest_call(g, SYS_futex, w, FUTEX_WAKE, 9), 0);
	ck_assert(guest_waits(c));
}
END_TEST

START_TEST(waitv)
{
	struct { uint64_t val, addr; uint32_t flags, pad; } v[3] = { { 0 } };
	uint64_t at;
	int i;

	boot_threads(1);
	for (i = 0; i < 3; i++) {
		v[i].addr = word(0);
		v[i].flags = 2 | PRIV;	/* 32 bits */
	}
	at = guest_buf(g, v, sizeof(v));
	guest_post(t[0], NR_FUTEX_WAITV, at, 3, 0, 0, CLOCK_MONOTONIC);
	ck_assert(guest_waits(t[0]));
	expect(guest_call(g, SYS_futex, v[1].addr, FUTEX_WAKE | PRIV, 1), 1);
	expect(guest_result(t[0]), 1);
	/* It has left the others. */
	expect(guest_call(g, SYS_futex, v[0].addr, FUTEX_WAKE | PRIV, 1), 0);
	guest_put_u32(g, v[2].addr, 1);
	expect(guest_call(t[0], NR_FUTEX_WAITV, at, 3, 0, 0, CLOCK_MONOTONIC), -EAGAIN);
	expect(guest_call(t[0], NR_FUTEX_WAITV, at, 0, 0, 0, CLOCK_MONOTONIC), -EINVAL);
	expect(guest_call(t[0], NR_FUTEX_WAITV, at, 129, 0, 0, CLOCK_MONOTONIC), -EINVAL);
	expect(guest_call(t[0], NR_FUTEX_WAITV, at, 3, 1, 0, CLOCK_MONOTONIC), -EINVAL);
}
END_TEST

/* A thread dies holding mutexes: marked, and one waiter each is woken. */
START_TEST(robust)
{
	uint64_t head, node[3], next;
	int64_t off = 16;
	int i, tid;
	struct guest *dying;

	boot_threads(1);
	dying = guest_thread(g, 0, &tid);
	head = guest_alloc(g, 24);
	for (i = 0; i < 3; i++)
		node[i] = guest_alloc(g, 32);
	for (i = 0; i < 3; i++) {
		next = i < 2 ? node[i + 1] : head;
		guest_put(g, node[i], &next, 8);
		guest_put_u32(g, node[i] + 16, (uint32_t)tid | (i == 0 ? FUTEX_WAITERS : 0));
	}
	guest_put_u32(g, node[2] + 16, 12345);		/* somebody else's */
	guest_put(g, head, &node[0], 8);
	guest_put(g, head + 8, &off, 8);
	next = 0;
	guest_put(g, head + 16, &next, 8);
	expect(guest_call(dying, SYS_set_robust_list, head, 23), -EINVAL);
	expect(guest_call(dying, SYS_set_robust_list, head, 24), 0);
	start_wait(t[0], node[0] + 16, (uint32_t)tid | FUTEX_WAITERS, FUTEX_WAIT, 0);
	expect(guest_call(dying, SYS_exit, 0), GUEST_GONE);
	expect(guest_result(t[0]), 0);
	ck_assert_uint_eq(guest_u32(g, node[0] + 16), FUTEX_WAITERS | FUTEX_OWNER_DIED);
	ck_assert_uint_eq(guest_u32(g, node[1] + 16), FUTEX_OWNER_DIED);
	ck_assert_uint_eq(guest_u32(g, node[2] + 16), 12345);
}
END_TEST

/* A list that never ends, or leads nowhere, does not hold the thread up. */
START_TEST(robust_hostile)
{
	uint64_t head, node;
	struct guest *dying;

	boot_threads(0);
	dying = guest_thread(g, 0, NULL);
	head = guest_alloc(g, 24);
	node = guest_alloc(g, 32);
	guest_put(g, head, &node, 8);
	guest_put(g, node, &node, 8);
	expect(guest_call(dying, SYS_set_robust_list, head, 24), 0);
	expect(guest_call(dying, SYS_exit, 0), GUEST_GONE);
	dying = guest_thread(g, 0, NULL);
	node = 0xdead0000;
	guest_put(g, head, &node, 8);
	expect(guest_call(dying, SYS_set_robust_list, head, 24), 0);
	expect(guest_call(dying, SYS_exit, 0), GUEST_GONE);
}
END_TEST

START_TEST(killed_while_waiting)
{
	uint64_t w;
	struct guest *c;
	int pid;

	boot_threads(0);
	w = word(0);
	c = guest_fork(g, &pid);
	guest_post(c, SYS_futex, w, FUTEX_WAIT, 0, 0);
	ck_assert(guest_waits(c));
	expect(guest_call(g, SYS_kill, pid, SIGKILL), 0);
	ck_assert(guest_gone(c));
	expect(guest_call(g, SYS_wait4, pid, 0, 0, 0), pid);
}
END_TEST

UNIT_MAIN("futex", wait_and_wake, errors, timeouts, bitsets, requeue, requeued_times_out, wake_op,
    shared_between_processes, private_after_fork, waitv, robust, robust_hostile, killed_while_waiting)
