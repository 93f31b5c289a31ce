/*
 * test_lib_kernel.c - library mode itself: options, many kernels, threads, what
 * a kernel costs, terminals and /proc inside it.
 */
#include "lib_unit.h"

#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <termios.h>
#include <time.h>

static struct vk_proc *
other(const struct vk_options *opt, struct vk **out)
{
	struct vk_proc *q;

	expect(vk_boot(opt, out), 0);
	expect(vk_proc_new(*out, &q), 0);
	return q;
}

/* --- options --- */

CASE(root_is_a_host_directory)
{
	struct vk_options opt = { .root = "/etc" };
	struct stat st;
	struct vk *o;
	struct vk_proc *q = other(&opt, &o);

	expect(vk_sys_stat(q, "/passwd", &st), 0);
	expect(vk_sys_stat(q, "/etc/passwd", &st), -ENOENT);
	vk_shutdown(o);
}
CASE(root_stays_as_it_is)
{
	char dir[] = "/tmp/vk-unit.XXXXXX", path[64];
	struct vk_options opt = { .root = dir };
	struct vk *o;
	struct vk_proc *q;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	q = other(&opt, &o);
	must(vk_sys_open(q, "/new", O_CREAT | O_WRONLY, 0644));
	snprintf(path, sizeof(path), "%s/new", dir);
	vk_shutdown(o);
	expect(access(path, F_OK), -1);
	expect(rmdir(dir), 0);
}
CASE(root_is_missing)
{
	struct vk_options opt = { .root = "/no/such/directory" };
	struct vk *o = NULL;

	expect(vk_boot(&opt, &o), -ENOENT);
	ck_assert_ptr_null(o);
}
CASE(user_and_machine)
{
	struct vk_options opt = { .hostname = "unit", .uid = 77, .gid = 78, .ncpu = 3,
		.memory = 64UL << 20 };
	struct sysinfo si;
	struct utsname u;
	struct vk *o;
	struct vk_proc *q = other(&opt, &o);

	expect(vk_sys_getuid(q), 77);
	expect(vk_sys_getegid(q), 78);
	expect(vk_sys_chroot(q, "/"), -EPERM);
	expect(vk_sys_sysinfo(q, &si), 0);
	expect(si.totalram * si.mem_unit, 64UL << 20);
	expect(vk_sys_uname(q, &u), 0);
	ck_assert_str_eq(u.nodename, "unit");
	vk_shutdown(o);
}
CASE(descriptors_of_the_caller)
{
	char b[4] = "";
	int e[2];

	ck_assert_int_eq(pipe(e), 0);
	struct vk_options opt = { .stdio = (int[3]){ -1, e[1], -1 } };
	struct vk *o;
	struct vk_proc *q = other(&opt, &o);

	expect(vk_sys_write(q, 0, "x", 1), -EBADF);
	expect(vk_sys_write(q, 1, "abc", 3), 3);
	expect(vk_sys_write(q, 2, "x", 1), -EBADF);
	vk_shutdown(o);
	close(e[1]);
	expect(read(e[0], b, 4), 3);
	expect(read(e[0], b, 4), 0);
	close(e[0]);
}
ONE(no_descriptors_otherwise, vk_sys_write(p, 1, "x", 1), -EBADF)

/* --- many --- */

CASE(kernels_know_nothing_of_each_other)
{
	struct vk *o;
	struct vk_proc *q = other(NULL, &o);
	struct stat st;

	mkfile("/only-here", "");
	expect(vk_sys_stat(q, "/only-here", &st), -ENOENT);
	expect(vk_sys_getpid(q), vk_sys_getpid(p));
	expect(vk_sys_sethostname(q, "o", 1), 0);
	vk_shutdown(o);
	expect(vk_sys_stat(p, "/only-here", &st), 0);
}
CASE(thirty_kernels_at_once)
{
	struct vk *o[30];
	struct vk_proc *q[30];
	int i;

	for (i = 0; i < 30; i++)
		q[i] = other(NULL, &o[i]);
	for (i = 0; i < 30; i++)
		expect(vk_sys_mkdir(q[i], "/d", 0755), 0);
	for (i = 0; i < 30; i++)
		vk_shutdown(o[29 - i]);
}

static void *
one_kernel(void *arg)
{
	struct vk *o;
	struct vk_proc *q, *c;
	char b[8];
	int e[2], i;
	gaddr_t at;

	if (vk_boot(NULL, &o) != 0 || vk_proc_new(o, &q) != 0)
		return arg;
	at = vk_alloc(q, 8);
	if (vk_sys_pipe(q, at) != 0 || vk_get(q, at, e, 8) != 0 || vk_proc_fork(q, &c) != 0)
		return arg;
	for (i = 0; i < 100; i++)
		if (vk_sys_write(c, e[1], "12345678", 8) != 8 || vk_sys_read(q, e[0], b, 8) != 8)
			return arg;
	vk_shutdown(o);
	return NULL;
}
CASE(a_kernel_in_each_thread)
{
	pthread_t th[6];
	void *bad;
	int i;

	for (i = 0; i < 6; i++)
		ck_assert_int_eq(pthread_create(&th[i], NULL, one_kernel, &th), 0);
	for (i = 0; i < 6; i++) {
		pthread_join(th[i], &bad);
		ck_assert_ptr_null(bad);
	}
}

static int ends[2];

static void *
writer(void *arg)
{
	struct vk_proc *who = arg;
	int i;

	for (i = 0; i < 500; i++)
		if (vk_sys_write(who, ends[1], "x", 1) != 1)
			return arg;
	return NULL;
}
CASE(threads_with_a_process_each)
{
	struct vk_proc *c[3];
	pthread_t th[3];
	char b[256];
	long n, got = 0;
	void *bad;
	int i;

	pipe_of(p, ends, 0);
	for (i = 0; i < 3; i++)
		c[i] = forked(p);
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&th[i], NULL, writer, c[i]), 0);
	while (got < 1500 && (n = must(vk_sys_read(p, ends[0], b, sizeof(b)))) > 0)
		got += n;
	expect(got, 1500);
	for (i = 0; i < 3; i++) {
		pthread_join(th[i], &bad);
		ck_assert_ptr_null(bad);
	}
}
CASE(shutdown_with_sleepers)
{
	struct vk *o;
	struct vk_proc *q = other(NULL, &o);

	vk_start(q, SYS_pause);
	ck_assert(vk_waits(q));
	vk_shutdown(o);
}
ONE(shutdown_of_nothing, (vk_shutdown(NULL), 0), 0)

/* --- what it costs --- */

static int64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static long
rss(void)
{
	long pages = 0, all;
	FILE *f = fopen("/proc/self/statm", "r");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%ld %ld", &all, &pages), 2);
	fclose(f);
	return pages * 4096;
}
/* Sanitizers cost several times that; the real bounds are tests/cli/library.sh's. */
CASE(boot_is_quick)
{
	int64_t t = now();
	struct vk *o;

	expect(vk_boot(NULL, &o), 0);
	t = now() - t;
	vk_shutdown(o);
	ck_assert_msg(t < 50000000, "booting took %lld ns of CPU time", (long long)t);
}
CASE(kernels_leave_nothing)
{
	struct vk *o;
	long before;
	int i;

	for (i = 0; i < 40; i++) {
		other(NULL, &o);
		vk_shutdown(o);
		if (i == 20)
			before = rss();
	}
	ck_assert_int_lt(rss() - before, 16 << 20);
}

/* --- memory of the caller --- */

CASE(raw_calls_take_addresses)
{
	gaddr_t name = vk_put(p, "/d", 3);

	expect(vk_raw(p, SYS_mkdir, name.v, 0755), 0);
	expect(vk_raw(p, SYS_mkdir, 8, 0755), -EFAULT);
	expect(vk_raw(p, 9999), -ENOSYS);
}
CASE(calls_without_a_handler)
{
	expect(vk_raw(p, SYS_shmget, 1, 1, 1), -ENOSYS);
}
CASE(memory_that_is_not_there)
{
	char b;

	expect(vk_get(p, ga(8), &b, 1), -EFAULT);
	expect(vk_poke(p, ga(8), "x", 1), -EFAULT);
	expect(vk_get(p, ga(UINT64_MAX), &b, 1), -EFAULT);
	expect(vk_get(p, ga(0x7fffc0000000), &b, 1), -EFAULT);
	ck_assert(!vk_may(p, ga(8), 1, PROT_READ));
}
CASE(alloc_is_apart)
{
	gaddr_t a = vk_alloc(p, 100), b = vk_alloc(p, 100), big = vk_alloc(p, 5 << 20);

	ck_assert(b.v >= a.v + 100 && a.v % 16 == 0);
	ck_assert(vk_may(p, big, 5 << 20, PROT_READ | PROT_WRITE));
	expect(vk_alloc(p, (size_t)1 << 50).v, 0);
}
CASE(alloc_when_memory_ends)
{
	struct rlimit rl = { 1 << 20, 1 << 20 };

	expect(vk_sys_prlimit64(p, 0, RLIMIT_AS, &rl, NULL), 0);
	expect(vk_alloc(p, 4 << 20).v, 0);
}

/* --- terminals, /proc --- */

static int master, slave;

static void
pty(void)
{
	char name[32];
	int n = -1, zero = 0;
	gaddr_t at = put(n), unlock = put(zero);

	master = (int)must(vk_sys_open(p, "/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK, 0));
	expect(vk_sys_ioctl(p, master, TIOCGPTN, at.v), 0);
	get(at, n);
	expect(vk_sys_ioctl(p, master, TIOCSPTLCK, unlock.v), 0);
	snprintf(name, sizeof(name), "/dev/pts/%d", n);
	slave = (int)must(vk_sys_open(p, name, O_RDWR | O_NOCTTY | O_NONBLOCK, 0));
}
CASE(pty_line)
{
	char b[16] = "";

	pty();
	expect(vk_sys_write(p, master, "ab", 2), 2);
	expect(vk_sys_read(p, slave, b, 16), -EAGAIN);
	expect(vk_sys_write(p, master, "\n", 1), 1);
	expect(vk_sys_read(p, slave, b, 16), 3);
	ck_assert_str_eq(b, "ab\n");
}
CASE(pty_erase_and_echo)
{
	char b[32] = "";

	pty();
	expect(vk_sys_write(p, master, "ab\177c\n", 5), 5);
	expect(vk_sys_read(p, slave, b, 16), 3);
	ck_assert_int_eq(memcmp(b, "ac\n", 3), 0);
	memset(b, 0, sizeof(b));
	must(vk_sys_read(p, master, b, 31));
	ck_assert_str_eq(b, "ab\b \bc\r\n");
}
CASE(pty_output)
{
	char b[16] = "";

	pty();
	expect(vk_sys_write(p, slave, "x\n", 2), 2);
	expect(vk_sys_read(p, master, b, 16), 3);
	ck_assert_str_eq(b, "x\r\n");
}
CASE(pty_size)
{
	struct winsize ws = { 25, 80, 0, 0 }, got = { 0 };
	gaddr_t at = put(got);

	pty();
	expect(vk_sys_ioctl(p, slave, TIOCGWINSZ, at.v), 0);
	get(at, got);
	expect(got.ws_row, 0);
	expect(vk_sys_ioctl(p, master, TIOCSWINSZ, put(ws).v), 0);
	expect(vk_sys_ioctl(p, slave, TIOCGWINSZ, at.v), 0);
	get(at, got);
	expect(got.ws_col, 80);
}
CASE(pty_hangs_up)
{
	char b;

	pty();
	expect(vk_sys_close(p, master), 0);
	expect(vk_sys_read(p, slave, &b, 1), 0);
	expect(vk_sys_write(p, slave, "x", 1), -EIO);
}
CASE(pty_signal_to_the_foreground)
{
	struct vk_proc *c;
	int status = 0;

	pty();
	c = forked(p);
	must(vk_sys_setsid(c));
	expect(vk_sys_ioctl(c, slave, TIOCSCTTY, 0), 0);
	expect(vk_sys_write(p, master, "\003", 1), 1);
	must(vk_sys_wait4(p, -1, &status, 0, NULL));
	expect(status, SIGINT);
}
CASE(tty_ioctl_of_a_file)
{
	mkfile("/f", "");
	expect(vk_sys_open(p, "/f", O_RDWR, 0), 0);
	expect(vk_sys_ioctl(p, 0, TCGETS, vk_alloc(p, 64).v), -ENOTTY);
}
CASE(proc_status)
{
	const char *t = text_of("/proc/self/status");

	ck_assert_ptr_nonnull(strstr(t, "Name:\t"));
	ck_assert_ptr_nonnull(strstr(t, "\nPPid:\t2\n"));
	ck_assert_ptr_nonnull(strstr(t, "\nThreads:\t1\n"));
}
CASE(proc_self_is_who_asks)
{
	char b[16] = "", want[16];

	snprintf(want, sizeof(want), "%ld", vk_sys_getpid(p));
	must(vk_sys_readlink(p, "/proc/self", b, 15));
	ck_assert_str_eq(b, want);
}
CASE(proc_fd_names)
{
	char b[16] = "";

	mkfile("/f", "");
	expect(vk_sys_open(p, "/f", O_RDWR, 0), 0);
	must(vk_sys_readlink(p, "/proc/self/fd/0", b, 15));
	ck_assert_str_eq(b, "/f");
	expect(vk_sys_readlink(p, "/proc/self/fd/7", b, 15), -ENOENT);
}
CASE(proc_is_not_writable)
{
	expect(vk_sys_mkdir(p, "/proc/x", 0755), -ENOENT);
	expect(vk_sys_open(p, "/proc/version", O_WRONLY, 0), 0);
	ck_assert_int_lt(vk_sys_write(p, 0, "x", 1), 0);
	expect(vk_sys_unlink(p, "/proc/version"), -EPERM);
}

LIB_MAIN("lib_kernel")
