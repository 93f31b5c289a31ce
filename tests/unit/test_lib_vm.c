/*
 * test_lib_vm.c - memory of processes, and futexes in it, in library mode.
 */
#include "lib_unit.h"

#include <linux/futex.h>
#include <sys/mman.h>

#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)
#define P	4096UL

static long
map(uint64_t at, size_t len, int prot, int flags)
{
	return vk_sys_mmap(p, ga(at), len, (unsigned long)prot, (unsigned long)flags, -1, 0);
}

static bool
may(long at, size_t n, int prot)
{
	return vk_may(p, ga((uint64_t)at), n, prot);
}

ONE(map_nothing, map(0, 0, RW, ANON), -EINVAL)
ONE(map_unaligned_fixed, map(0x100001, P, RW, ANON | MAP_FIXED), -EINVAL)
ONE(map_without_kind, map(0, P, RW, MAP_ANONYMOUS), -EINVAL)
ONE(map_too_much, map(0, 1UL << 47, RW, ANON), -ENOMEM)
ONE(map_bad_fd, vk_sys_mmap(p, ga(0), P, RW, MAP_PRIVATE, 9, 0), -EBADF)
ONE(map_above_the_top, map(0x7fffffff0000, P, RW, ANON | MAP_FIXED), -ENOMEM)
CASE(map_is_zero_and_rounded)
{
	long at = must(map(0x20000000, 5, RW, ANON));
	char b = 1;

	get(ga((uint64_t)at + 4095), b);
	expect(b, 0);
	ck_assert(may(at, P, RW) && !may(at, P + 1, PROT_READ));
}
CASE(map_fixed_replaces)
{
	long at = must(map(0, 2 * P, RW, ANON));
	char b = 'x';

	expect(vk_poke(p, ga((uint64_t)at), &b, 1), 0);
	expect(map((uint64_t)at, P, PROT_READ, ANON | MAP_FIXED), at);
	get(ga((uint64_t)at), b);
	expect(b, 0);
	ck_assert(!may(at, P, PROT_WRITE) && may(at + 4096, P, PROT_WRITE));
}
CASE(map_noreplace)
{
	long at = must(map(0, P, RW, ANON));

	expect(map((uint64_t)at, P, RW, ANON | MAP_FIXED_NOREPLACE), -EEXIST);
}
CASE(map_hint_is_followed)
{
	expect(map(0x10000000, P, RW, ANON), 0x10000000);
	ck_assert_int_ne(map(0x10000000, P, RW, ANON), 0x10000000);
}
CASE(unmap_in_the_middle)
{
	long at = must(map(0, 3 * P, RW, ANON));

	expect(vk_sys_munmap(p, ga((uint64_t)at + P), P), 0);
	ck_assert(may(at, P, RW) && !may(at + 4096, 1, PROT_READ) && may(at + 8192, P, RW));
	expect(vk_sys_munmap(p, ga((uint64_t)at + 1), P), -EINVAL);
	expect(vk_sys_munmap(p, ga((uint64_t)at), 0), -EINVAL);
	expect(vk_sys_munmap(p, ga((uint64_t)at + P), P), 0);
}
CASE(protect)
{
	long at = must(map(0x20000000, 2 * P, RW, ANON));

	expect(vk_sys_mprotect(p, ga((uint64_t)at), P, PROT_READ), 0);
	ck_assert(!may(at, 1, PROT_WRITE) && may(at + 4096, 1, PROT_WRITE));
	expect(vk_sys_mprotect(p, ga((uint64_t)at), P, PROT_NONE), 0);
	ck_assert(!may(at, 1, PROT_READ));
	expect(vk_sys_mprotect(p, ga((uint64_t)at + 1), P, RW), -EINVAL);
	expect(vk_sys_mprotect(p, ga((uint64_t)at), 9 * P, RW), -ENOMEM);
}
CASE(calls_obey_protection)
{
	long at = must(map(0, P, PROT_READ, ANON));

	mkfile("/f", "abc");
	expect(vk_sys_open(p, "/f", O_RDWR, 0), 0);
	expect(vk_raw(p, SYS_read, 0, (uint64_t)at, 3), -EFAULT);
	expect(vk_raw(p, SYS_write, 0, (uint64_t)at, 3), 3);
}
CASE(shared_file_mapping)
{
	char b = 'X';
	long at;

	mkfile("/f", "abc");
	expect(vk_sys_open(p, "/f", O_RDWR, 0), 0);
	at = must(vk_sys_mmap(p, ga(0), P, RW, MAP_SHARED, 0, 0));
	expect(vk_poke(p, ga((uint64_t)at), &b, 1), 0);
	ck_assert_str_eq(text_of("/f"), "Xbc");
	expect(vk_sys_write(p, 0, "YZ", 2), 2);
	get(ga((uint64_t)at + 1), b);
	expect(b, 'Z');
}
CASE(private_file_mapping)
{
	char b = 'X';
	long at;

	mkfile("/f", "abc");
	expect(vk_sys_open(p, "/f", O_RDONLY, 0), 0);
	expect(vk_sys_mmap(p, ga(0), P, RW, MAP_SHARED, 0, 0), -EACCES);
	at = must(vk_sys_mmap(p, ga(0), P, RW, MAP_PRIVATE, 0, 0));
	expect(vk_poke(p, ga((uint64_t)at), &b, 1), 0);
	ck_assert_str_eq(text_of("/f"), "abc");
	expect(vk_sys_mmap(p, ga(0), P, RW, MAP_PRIVATE, 0, 1), -EINVAL);
}
CASE(shared_memory_over_fork)
{
	long at = must(map(0, P, RW, MAP_SHARED | MAP_ANONYMOUS));
	struct vk_proc *c = forked(p);
	char b = 'S';

	expect(vk_poke(c, ga((uint64_t)at), &b, 1), 0);
	b = 0;
	get(ga((uint64_t)at), b);
	expect(b, 'S');
}
CASE(remap_grows_and_moves)
{
	long at = must(map(0, 2 * P, RW, ANON)), to;
	char b = 'm';

	expect(vk_poke(p, ga((uint64_t)at), &b, 1), 0);
	expect(vk_sys_mremap(p, ga((uint64_t)at), 2 * P, P, 0, ga(0)), at);
	ck_assert(!may(at + 4096, 1, PROT_READ));
	to = must(vk_sys_mremap(p, ga((uint64_t)at), P, 64 * P, MREMAP_MAYMOVE, ga(0)));
	b = 0;
	get(ga((uint64_t)to), b);
	expect(b, 'm');
	ck_assert(may(to, 64 * P, RW));
}
CASE(remap_errors)
{
	long at = must(map(0, P, RW, ANON));

	expect(vk_sys_mremap(p, ga((uint64_t)at + 1), P, P, 0, ga(0)), -EINVAL);
	expect(vk_sys_mremap(p, ga((uint64_t)at), P, 0, 0, ga(0)), -EINVAL);
	expect(vk_sys_mremap(p, ga(0x30000000), P, 2 * P, 0, ga(0)), -EFAULT);
	expect(vk_sys_mremap(p, ga((uint64_t)at), P, P, MREMAP_FIXED, ga(0)), -EINVAL);
	expect(vk_sys_mremap(p, ga((uint64_t)at), P, P, 64, ga(0)), -EINVAL);
}
CASE(brk_moves)
{
	long at = must(vk_sys_brk(p, ga(0)));

	expect(vk_sys_brk(p, ga((uint64_t)at + 5000)), at + 5000);
	ck_assert(may(at, 8192, RW));
	expect(vk_sys_brk(p, ga((uint64_t)at)), at);
	ck_assert(!may(at, 1, PROT_READ));
	expect(vk_sys_brk(p, ga((uint64_t)at - 1)), at);
}
CASE(data_limit)
{
	struct rlimit rl = { 1 << 20, 1 << 20 };

	expect(vk_sys_prlimit64(p, 0, RLIMIT_AS, &rl, NULL), 0);
	expect(map(0, 16 << 20, RW, ANON), -ENOMEM);
}
CASE(advice)
{
	long at = must(map(0, P, RW, ANON));
	char b = 'x';

	expect(vk_poke(p, ga((uint64_t)at), &b, 1), 0);
	expect(vk_sys_madvise(p, ga((uint64_t)at), P, MADV_DONTNEED), 0);
	get(ga((uint64_t)at), b);
	expect(b, 0);
	expect(vk_sys_madvise(p, ga((uint64_t)at), P, 9999), -EINVAL);
	expect(vk_sys_madvise(p, ga((uint64_t)at + 1), P, MADV_NORMAL), -EINVAL);
	expect(vk_sys_madvise(p, ga(0x30000000), P, MADV_NORMAL), -ENOMEM);
}
CASE(dontfork_and_wipe)
{
	long a = must(map(0, P, RW, ANON)), b = must(map(0, P, RW, ANON));
	struct vk_proc *c;
	char x = 'x';

	expect(vk_poke(p, ga((uint64_t)b), &x, 1), 0);
	expect(vk_sys_madvise(p, ga((uint64_t)a), P, MADV_DONTFORK), 0);
	expect(vk_sys_madvise(p, ga((uint64_t)b), P, MADV_WIPEONFORK), 0);
	c = forked(p);
	ck_assert(!vk_may(c, ga((uint64_t)a), 1, PROT_READ));
	expect(vk_get(c, ga((uint64_t)b), &x, 1), 0);
	expect(x, 0);
}
CASE(maps_file_tells)
{
	char want[64];
	long at = must(map(0x20000000, 3 * P, PROT_READ, ANON));

	snprintf(want, sizeof(want), "%08lx-%08lx r--p", at, at + 3 * (long)P);
	ck_assert_ptr_nonnull(strstr(text_of("/proc/self/maps"), want));
}
CASE(mem_file)
{
	long at = must(map(0, P, RW, ANON));
	char b[3] = "";

	expect(vk_sys_open(p, "/proc/self/mem", O_RDWR, 0), 0);
	expect(vk_sys_pwrite64(p, 0, "hi", 2, at), 2);
	get(ga((uint64_t)at), b);
	ck_assert_int_eq(memcmp(b, "hi", 2), 0);
	expect(vk_sys_pread64(p, 0, b, 1, 0x30000000), -EIO);
}
CASE(peek_at_a_child)
{
	long at = must(map(0, P, RW, ANON));
	struct vk_proc *c = forked(p);
	gaddr_t here = vk_alloc(p, 4);
	struct iovec l = { (void *)here.v, 4 }, r = { (void *)at, 4 };
	int v = 77;

	expect(vk_poke(c, ga((uint64_t)at), &v, 4), 0);
	expect(vk_sys_process_vm_readv(p, (int)vk_sys_getpid(c), put(l), 1, put(r), 1, 0), 4);
	v = 0;
	get(here, v);
	expect(v, 77);
	expect(vk_sys_process_vm_readv(p, 9999, put(l), 1, put(r), 1, 0), -ESRCH);
}
CASE(lock_limit)
{
	struct rlimit rl = { 0, 0 };
	long at = must(map(0, P, RW, ANON));

	expect(vk_sys_mlock(p, ga((uint64_t)at), P), 0);
	expect(vk_sys_munlock(p, ga((uint64_t)at), P), 0);
	expect(vk_sys_prlimit64(p, 0, RLIMIT_MEMLOCK, &rl, NULL), 0);
	as_user(p);
	expect(vk_sys_mlock(p, ga((uint64_t)at), P), -EPERM);
	expect(vk_sys_mlockall(p, 0), -EINVAL);
}

/* --- futexes --- */

static long
futex(struct vk_proc *who, gaddr_t at, int op, unsigned val, gaddr_t more, unsigned val3)
{
	return vk_sys_futex(who, at, op, val, ga(0), more, val3);
}

CASE(futex_value_differs)
{
	unsigned v = 5;

	expect(futex(p, put(v), FUTEX_WAIT, 6, ga(0), 0), -EAGAIN);
}
ONE(futex_unaligned, futex(p, ga(0x100001), FUTEX_WAIT, 0, ga(0), 0), -EINVAL)
ONE(futex_unmapped, futex(p, ga(0x30000000), FUTEX_WAIT, 0, ga(0), 0), -EFAULT)
ONE(futex_bad_op, futex(p, vk_alloc(p, 4), 99, 0, ga(0), 0), -ENOSYS)
ONE(futex_wake_nobody, futex(p, vk_alloc(p, 4), FUTEX_WAKE, 1, ga(0), 0), 0)
CASE(futex_wait_and_wake)
{
	unsigned v = 5;
	gaddr_t at = put(v);
	struct vk_proc *t;

	expect(vk_proc_thread(p, 0, &t), 0);
	vk_start(t, SYS_futex, at.v, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 5, 0);
	ck_assert(vk_waits(t));
	expect(futex(p, at, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 9, ga(0), 0), 1);
	expect(vk_end(t), 0);
}
CASE(futex_timeout)
{
	struct timespec ts = { 0, 1000000 };
	unsigned v = 5;

	expect(vk_sys_futex(p, put(v), FUTEX_WAIT, 5, put(ts), ga(0), 0), -ETIMEDOUT);
	ts.tv_nsec = -1;
	expect(vk_sys_futex(p, put(v), FUTEX_WAIT, 5, put(ts), ga(0), 0), -EINVAL);
}
CASE(futex_requeue)
{
	unsigned v = 5;
	gaddr_t a = put(v), b = put(v);
	struct vk_proc *t, *u;

	expect(vk_proc_thread(p, 0, &t), 0);
	expect(vk_proc_thread(p, 0, &u), 0);
	vk_start(t, SYS_futex, a.v, FUTEX_WAIT, 5, 0);
	vk_start(u, SYS_futex, a.v, FUTEX_WAIT, 5, 0);
	ck_assert(vk_waits(t) && vk_waits(u));
	expect(vk_raw(p, SYS_futex, a.v, FUTEX_CMP_REQUEUE, 0, 9, b.v, 5), 2);
	expect(futex(p, a, FUTEX_WAKE, 9, ga(0), 0), 0);
	expect(futex(p, b, FUTEX_WAKE, 9, ga(0), 0), 2);
	expect(vk_end(t), 0);
	expect(vk_end(u), 0);
}
CASE(futex_bitset)
{
	unsigned v = 5;
	gaddr_t at = put(v);
	struct vk_proc *t;

	expect(vk_proc_thread(p, 0, &t), 0);
	vk_start(t, SYS_futex, at.v, FUTEX_WAIT_BITSET, 5, 0, 0, 4);
	ck_assert(vk_waits(t));
	expect(futex(p, at, FUTEX_WAKE_BITSET, 9, ga(0), 2), 0);
	expect(futex(p, at, FUTEX_WAKE_BITSET, 9, ga(0), 6), 1);
	expect(vk_end(t), 0);
	expect(futex(p, at, FUTEX_WAKE_BITSET, 9, ga(0), 0), -EINVAL);
}
CASE(futex_between_processes)
{
	unsigned v = 5;
	gaddr_t at = ga((uint64_t)must(map(0, P, RW, MAP_SHARED | MAP_ANONYMOUS)));
	struct vk_proc *c;

	expect(vk_poke(p, at, &v, 4), 0);
	c = forked(p);
	vk_start(c, SYS_futex, at.v, FUTEX_WAIT, 5, 0);
	ck_assert(vk_waits(c));
	expect(futex(p, at, FUTEX_WAKE, 1, ga(0), 0), 1);
	expect(vk_end(c), 0);
}
CASE(futex_pi_owner)
{
	unsigned v = 0;
	gaddr_t at = put(v);

	expect(futex(p, at, FUTEX_LOCK_PI, 0, ga(0), 0), 0);
	get(at, v);
	expect(v & 0x3fffffff, vk_sys_gettid(p));
	expect(futex(p, at, FUTEX_LOCK_PI, 0, ga(0), 0), -EDEADLK);
	expect(futex(p, at, FUTEX_UNLOCK_PI, 0, ga(0), 0), 0);
	get(at, v);
	expect(v, 0);
	expect(futex(p, at, FUTEX_UNLOCK_PI, 0, ga(0), 0), -EPERM);
}
CASE(clear_tid_on_exit)
{
	unsigned v = 7;
	gaddr_t at = put(v);
	struct vk_proc *t;

	expect(vk_proc_thread(p, 0, &t), 0);
	must(vk_sys_set_tid_address(t, at));
	expect(vk_sys_exit(t, 0), VK_GONE);
	get(at, v);
	expect(v, 0);
}

LIB_MAIN("lib_vm")
