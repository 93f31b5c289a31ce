/*
 * test_copyio.c - guest memory: strings over page ends, holes, vectors.
 *
 * copyin() and the like work on the current thread's space; here that is a
 * bare one, of a thread that exists only as far as copyio.c looks.
 */
#include "unit.h"

#include <sys/mman.h>
#include <sys/uio.h>

#include "vksup/proc.h"

#define A	0x100000UL	/* two pages, then a hole */
#define HOLE	(A + 2 * PAGE_SIZE)
#define RO	(A + 4 * PAGE_SIZE)	/* one page, read-only */

static struct proc proc;
static struct thread thread;
static struct vm_map *vm;

static void
order_map(uint64_t at, uint64_t len, int prot)
{
	struct vmorder o = { .op = VMO_MMAP, .addr = at, .len = len, .prot = (uint64_t)prot,
		.flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, .fd = HFD_NONE };
	int failed;

	ck_assert_int_eq(vmthread_orders(thread.vt, &o, 1, &failed), 0);
}

static void
setup(void)
{
	thread.vt = fake_space();
	vm = vm_map_new(vmthread_space(thread.vt));
	proc.vm = vm;
	thread.proc = &proc;
	curthread = &thread;
	order_map(A, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE);
	order_map(RO, PAGE_SIZE, PROT_READ);
}

static void
teardown(void)
{
	vmthread_exit(thread.vt);
	vm_map_unref(vm);
	curthread = NULL;
	ck_assert_int_eq(fake_spaces(), 0);
}

START_TEST(plain)
{
	static const struct { uint64_t at; size_t n; int in, out; } t[] = {
		{ A, 8, 0, 0 },
		{ A + PAGE_SIZE - 4, 8, 0, 0 },
		{ A, 2 * PAGE_SIZE, 0, 0 },
		{ A, 2 * PAGE_SIZE + 1, -EFAULT, -EFAULT },
		{ HOLE - 1, 1, 0, 0 },
		{ HOLE - 1, 2, -EFAULT, -EFAULT },
		{ HOLE, 1, -EFAULT, -EFAULT },
		{ HOLE, 0, 0, 0 },
		{ A - 1, 2, -EFAULT, -EFAULT },
		{ RO, 8, 0, -EFAULT },
		{ 0, 1, -EFAULT, -EFAULT },
		{ GUEST_TOP - 1, 2, -EFAULT, -EFAULT },
		{ GUEST_TOP, 1, -EFAULT, -EFAULT },
		{ UINT64_MAX, 1, -EFAULT, -EFAULT },
		{ UINT64_MAX - 4, 16, -EFAULT, -EFAULT },
		{ 1UL << 63, 8, -EFAULT, -EFAULT },
	};
	static uint8_t buf[3 * PAGE_SIZE];
	size_t i;

	setup();
	for (i = 0; i < nitems(t); i++) {
		ck_assert_msg(copyin(buf, ga(t[i].at), t[i].n) == t[i].in, "row %zu in", i);
		ck_assert_msg(copyout(ga(t[i].at), buf, t[i].n) == t[i].out, "row %zu out", i);
	}
	teardown();
}
END_TEST

START_TEST(values)
{
	uint64_t v;
	uint32_t w;

	setup();
	ck_assert_int_eq(copyout_u64(ga(A + PAGE_SIZE - 4), 0x1122334455667788), 0);
	ck_assert_int_eq(copyin_u64(ga(A + PAGE_SIZE - 4), &v), 0);
	ck_assert_uint_eq(v, 0x1122334455667788);
	ck_assert_int_eq(copyin_u32(ga(A + PAGE_SIZE), &w), 0);
	ck_assert_uint_eq(w, 0x11223344);
	ck_assert_int_eq(copyout_zero(ga(A), 2 * PAGE_SIZE), 0);
	ck_assert_int_eq(copyin_u64(ga(A + PAGE_SIZE - 4), &v), 0);
	ck_assert_uint_eq(v, 0);
	ck_assert_int_eq(copyout_zero(ga(A), 2 * PAGE_SIZE + 1), -EFAULT);
	teardown();
}
END_TEST

/* A string of every length that ends at, before and after a page's end. */
START_TEST(strings)
{
	char buf[64];
	int before, len;

	setup();
	for (before = 0; before < 20; before++) {
		for (len = 0; len < 20; len++) {
			uint64_t at = A + PAGE_SIZE - (uint64_t)before;

			ck_assert_int_eq(copyout(ga(at), "xxxxxxxxxxxxxxxxxxxx", (size_t)len), 0);
			ck_assert_int_eq(copyout_zero(ga(at + (uint64_t)len), 1), 0);
			ck_assert_int_eq(copyinstr(buf, ga(at), sizeof(buf)), len);
			ck_assert_int_eq(buf[len], '\0');
			ck_assert_int_eq(copyinstr(buf, ga(at), (size_t)len + 1), len);
			ck_assert_int_eq(copyinstr(buf, ga(at), (size_t)len), -ENAMETOOLONG);
		}
	}
	teardown();
}
END_TEST

START_TEST(strings_at_holes)
{
	char buf[64];

	setup();
	ck_assert_int_eq(copyout(ga(HOLE - 4), "abc", 4), 0);
	ck_assert_int_eq(copyinstr(buf, ga(HOLE - 4), sizeof(buf)), 3);
	ck_assert_str_eq(buf, "abc");
	ck_assert_int_eq(copyout(ga(HOLE - 4), "abcd", 4), 0);
	ck_assert_int_eq(copyinstr(buf, ga(HOLE - 4), sizeof(buf)), -EFAULT);
	ck_assert_int_eq(copyinstr(buf, ga(HOLE - 4), 4), -ENAMETOOLONG);
	ck_assert_int_eq(copyinstr(buf, ga(HOLE), sizeof(buf)), -EFAULT);
	ck_assert_int_eq(copyinstr(buf, ga(0), sizeof(buf)), -EFAULT);
	ck_assert_int_eq(copyinstr(buf, ga(GUEST_TOP), sizeof(buf)), -EFAULT);
	ck_assert_int_eq(copyinstr(buf, ga(UINT64_MAX), sizeof(buf)), -EFAULT);
	teardown();
}
END_TEST

/* --- vectors --- */

static long
vector(struct uio *u, const struct iovec *iov, uint64_t n)
{
	ck_assert_int_eq(copyout(ga(A), iov, min_of(n, (uint64_t)8) * sizeof(*iov)), 0);
	return uio_from_iovec(u, ga(A), n);
}

#define IOV(at, len)	{ (void *)(at), (len) }

START_TEST(vectors)
{
	struct iovec iov[4] = { IOV(A + 100, 3), IOV(HOLE, 0), IOV(A + PAGE_SIZE - 2, 4), IOV(A + 200, 1) };
	char buf[16];
	struct uio u;

	setup();
	expect(vector(&u, iov, 4), 0);
	ck_assert_uint_eq(u.resid, 8);
	expect(uio_put(&u, "abcdefghij", 5), 5);
	ck_assert_uint_eq(u.resid, 3);
	expect(uio_put(&u, "fghij", 5), 3);
	expect(uio_put(&u, "x", 1), 0);
	uio_free(&u);
	expect(copyin(buf, ga(A + 100), 3), 0);
	ck_assert_mem_eq(buf, "abc", 3);
	expect(copyin(buf, ga(A + PAGE_SIZE - 2), 4), 0);
	ck_assert_mem_eq(buf, "defg", 4);
	expect(vector(&u, iov, 4), 0);
	expect(uio_get(&u, buf, sizeof(buf)), 8);
	ck_assert_mem_eq(buf, "abcdefgh", 8);
	uio_free(&u);
	expect(vector(&u, iov, 0), 0);
	expect(uio_put(&u, "x", 1), 0);
	uio_free(&u);
	teardown();
}
END_TEST

START_TEST(vectors_that_fail)
{
	struct iovec hole[2] = { IOV(A + 100, 4), IOV(HOLE - 2, 4) };
	struct iovec first[1] = { IOV(HOLE, 4) };
	struct iovec negative[1] = { IOV(A, (size_t)-1) };
	struct iovec high[1] = { IOV(GUEST_TOP, 1) };
	struct iovec huge[2] = { IOV(A, INT64_MAX), IOV(A, 1) };
	struct uio u;

	setup();
	/* What went before the bad address counts. */
	expect(vector(&u, hole, 2), 0);
	expect(uio_put(&u, "abcdefgh", 8), 6);
	uio_free(&u);
	expect(vector(&u, first, 1), 0);
	expect(uio_put(&u, "abcd", 4), -EFAULT);
	uio_free(&u);
	expect(vector(&u, negative, 1), -EINVAL);
	expect(vector(&u, high, 1), -EFAULT);
	expect(vector(&u, huge, 2), -EFAULT);
	expect(uio_from_iovec(&u, ga(A), 1025), -EINVAL);
	expect(uio_from_iovec(&u, ga(HOLE), 1), -EFAULT);
	expect(uio_from_iovec(&u, ga(HOLE - 16), 2), -EFAULT);
	expect(vector(&u, hole, 1), 0);
	uio_free(&u);
	teardown();
}
END_TEST

/* As Linux: no transfer of more than 2^31 - 4096 bytes. */
START_TEST(transfers_are_cut)
{
	struct iovec two[2] = { IOV(A, 1UL << 30), IOV(A, 1UL << 30) };
	struct uio u;

	setup();
	expect(vector(&u, two, 2), 0);
	ck_assert_uint_eq(u.resid, 0x7ffff000);
	uio_free(&u);
	uio_guest(&u, ga(A), SIZE_MAX);
	ck_assert_uint_eq(u.resid, 0x7ffff000);
	teardown();
}
END_TEST

START_TEST(kernel_buffers)
{
	char buf[8], out[8];
	struct uio u;

	uio_kernel(&u, buf, sizeof(buf));
	expect(uio_put(&u, "abc", 3), 3);
	expect(uio_put_zero(&u, 2), 2);
	expect(uio_put(&u, "defgh", 5), 3);
	ck_assert_mem_eq(buf, "abc\0\0def", 8);
	uio_kernel(&u, buf, sizeof(buf));
	expect(uio_get(&u, out, 100), 8);
	ck_assert_mem_eq(out, buf, 8);
}
END_TEST

/* Through calls: what a bad buffer means for read and write. */
START_TEST(calls_with_bad_buffers)
{
	struct guest *g;
	uint64_t fds;
	int rd, wr;

	g = fake_boot();
	fds = guest_alloc(g, 8);
	expect(guest_call(g, SYS_pipe2, fds, O_NONBLOCK), 0);
	rd = (int)guest_u32(g, fds);
	wr = (int)guest_u32(g, fds + 4);
	expect(guest_call(g, SYS_write, wr, 16, 4), -EFAULT);
	expect(guest_call(g, SYS_read, rd, 16, 4), -EAGAIN);
	expect(guest_call(g, SYS_write, wr, GUEST_ARENA_END - 2, 4), -EFAULT);
	expect(guest_call(g, SYS_write, wr, guest_str(g, "abcd"), 4), 4);
	expect(guest_call(g, SYS_read, rd, 16, 4), -EFAULT);
	expect(guest_call(g, SYS_open, GUEST_ARENA_END - 4096, 0), -ENOENT);
	expect(guest_call(g, SYS_open, 16, 0), -EFAULT);
	expect(guest_call(g, SYS_pipe2, 16, 0), -EFAULT);
}
END_TEST

UNIT_MAIN("copyio", plain, values, strings, strings_at_holes, vectors, vectors_that_fail,
    transfers_are_cut, kernel_buffers, calls_with_bad_buffers)
