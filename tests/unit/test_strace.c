/*
 * test_strace.c - lines of strace(1), from the table and a piece of memory.
 *
 * The expected lines are what strace 6.1 writes for the same calls.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "vksup/strace.h"

#define BASE	0x10000u
#define SIZE	0x4000u

static char memory[SIZE];
static char line[STRACE_LINE_MAX];

static bool
mapped(gaddr_t a, size_t n)
{
	return a.v >= BASE && n <= SIZE && a.v - BASE <= SIZE - n;
}

static int
fake_copyin(void *ctx, void *dst, gaddr_t src, size_t n)
{
	(void)ctx;
	if (!mapped(src, n))
		return -EFAULT;
	memcpy(dst, memory + (src.v - BASE), n);
	return 0;
}

static long
fake_copyinstr(void *ctx, char *dst, gaddr_t src, size_t max)
{
	(void)ctx;
	for (size_t i = 0; i < max; i++) {
		if (!mapped(ga_add(src, i), 1))
			return -EFAULT;
		dst[i] = memory[src.v + i - BASE];
		if (dst[i] == '\0')
			return (long)i;
	}
	return (long)max;
}

static const struct abi_mem mem = {
	.copyin = fake_copyin,
	.copyinstr = fake_copyinstr,
};

static uint64_t
put(unsigned at, const void *p, size_t n)
{
	memcpy(memory + at, p, n);
	return BASE + at;
}

static uint64_t
put_str(unsigned at, const char *s)
{
	return put(at, s, strlen(s) + 1);
}

/* The line of a call; without the blanks before the result. */
static void
expect_line(const char *name, const uint64_t raw[6], long ret,
    const char *want)
{
	const struct abi_row *row = abi_row_by_name(name);
	char *p, *q;
	size_t n;

	ck_assert_ptr_nonnull(row);
	n = strace_format_exit(line, sizeof(line), row, raw, &mem, ret);
	ck_assert_uint_eq(n, strlen(line));
	p = strstr(line, ") ");
	for (char *next = p; next != NULL; next = strstr(next + 1, ") "))
		if (strspn(next + 1, " ") + next + 1 == strstr(next + 1, "= "))
			p = next;
	ck_assert_ptr_nonnull(p);
	q = p + 1 + strspn(p + 1, " ");
	ck_assert(q - line >= 40 || q - p == 2);
	memmove(p + 2, q, strlen(q) + 1);
	ck_assert_str_eq(line, want);
}

static void
expect_enter(const char *name, const uint64_t raw[6], const char *want)
{
	size_t n = strace_format_enter(line, sizeof(line),
	    abi_row_by_name(name), raw, &mem);

	ck_assert_str_eq(line, want);
	ck_assert_uint_eq(n, strlen(want));
}

#define RAW(...)	(const uint64_t[6]){ __VA_ARGS__ }
#define U(x)		((uint64_t)(int64_t)(x))

static void
setup(void)
{
	memset(memory, 0, sizeof(memory));
}

/* ---- lines -------------------------------------------------------------------- */

START_TEST(opening)
{
	uint64_t path = put_str(0, "/etc/passwd");

	expect_enter("openat", RAW(U(-100), path, O_CLOEXEC),
	    "openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY|O_CLOEXEC");
	expect_line("openat", RAW(U(-100), path, O_CLOEXEC), 3,
	    "openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY|O_CLOEXEC) = 3");
	expect_line("openat", RAW(U(-100), path, O_CLOEXEC), -ENOENT,
	    "openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY|O_CLOEXEC) = -1 ENOENT"
	    " (No such file or directory)");
	expect_line("open", RAW(path, O_RDWR | O_CREAT | O_TRUNC, 0644), 5,
	    "open(\"/etc/passwd\", O_RDWR|O_CREAT|O_TRUNC, 0644) = 5");
	expect_line("openat", RAW(77, path, 0x40000003 | 010000000), -EBADF,
	    "openat(77, \"/etc/passwd\", O_ACCMODE|O_PATH|0x40000000) ="
	    " -1 EBADF (Bad file descriptor)");
	expect_line("openat", RAW(U(-100), 8, O_WRONLY), -EFAULT,
	    "openat(AT_FDCWD, 0x8, O_WRONLY) = -1 EFAULT (Bad address)");
	expect_line("openat", RAW(U(-100), path, 020200002, 0600), 4,
	    "openat(AT_FDCWD, \"/etc/passwd\", O_RDWR|O_TMPFILE, 0600) = 4");
}
END_TEST

START_TEST(reading)
{
	static const char data[] =
	    "hello\n\0\1\0022\377 this is longer than thirty-two";
	uint64_t buf = put(0, data, sizeof(data));

	expect_enter("read", RAW(3, buf, 832), "read(3, ");
	expect_enter("write", RAW(3, buf, 40),
	    "write(3, \"hello\\n\\0\\1\\0022\\377 this is longer than \"..."
	    ", 40");
	expect_line("read", RAW(3, buf, 832), 40,
	    "read(3, \"hello\\n\\0\\1\\0022\\377 this is longer than \"..."
	    ", 832) = 40");
	expect_line("read", RAW(3, buf, 832), 5, "read(3, \"hello\", 832) = 5");
	expect_line("read", RAW(3, buf, 832), 0, "read(3, \"\", 832) = 0");
	expect_line("read", RAW(3, buf, 832), -EAGAIN,
	    "read(3, 0x10000, 832) = -1 EAGAIN"
	    " (Resource temporarily unavailable)");
	expect_line("read", RAW(3, 0, 1), -EFAULT,
	    "read(3, NULL, 1) = -1 EFAULT (Bad address)");
	expect_line("getrandom", RAW(buf, 2, 1), 2,
	    "getrandom(\"\\x68\\x65\", 2, GRND_NONBLOCK) = 2");
}
END_TEST

START_TEST(vectors)
{
	struct k_iovec v[2] = { { BASE, 3 }, { BASE + 3, 90 } };
	uint64_t iov;

	put_str(0, "hello world");
	iov = put(256, v, sizeof(v));
	expect_line("writev", RAW(1, iov, 1), 3,
	    "writev(1, [{iov_base=\"hel\", iov_len=3}], 1) = 3");
	expect_line("readv", RAW(1, iov, 2), 5,
	    "readv(1, [{iov_base=\"hel\", iov_len=3}, {iov_base=\"lo\","
	    " iov_len=90}], 2) = 5");
	expect_line("readv", RAW(1, iov, 2), -EBADF,
	    "readv(1, 0x10100, 2) = -1 EBADF (Bad file descriptor)");
	expect_line("writev", RAW(1, 8, 2), -EFAULT,
	    "writev(1, 0x8, 2) = -1 EFAULT (Bad address)");
	expect_line("writev", RAW(1, iov, 0), 0, "writev(1, [], 0) = 0");
}
END_TEST

START_TEST(executing)
{
	uint64_t argv[] = { put_str(0, "ls"), put_str(16, "-l"),
		put_str(32, "a word that is longer than thirty-two"), 0 };
	uint64_t envp[] = { put_str(96, "A=b"), 0 };
	uint64_t path = put_str(112, "/bin/ls");
	uint64_t a = put(256, argv, sizeof(argv));
	uint64_t e = put(512, envp, sizeof(envp));

	expect_line("execve", RAW(path, a, e), 0,
	    "execve(\"/bin/ls\", [\"ls\", \"-l\","
	    " \"a word that is longer than thirt\"...], 0x10200 /* 1 var */)"
	    " = 0");
	expect_line("execve", RAW(path, a, a), -ENOENT,
	    "execve(\"/bin/ls\", [\"ls\", \"-l\","
	    " \"a word that is longer than thirt\"...],"
	    " 0x10100 /* 3 vars */) = -1 ENOENT (No such file or directory)");
	expect_line("execve", RAW(path, 0, 0), -EFAULT,
	    "execve(\"/bin/ls\", NULL, NULL) = -1 EFAULT (Bad address)");
}
END_TEST

/* After an execve the strings are gone, but the line at entry has them. */
START_TEST(resuming)
{
	const struct abi_row *row = abi_row_by_name("execve");
	uint64_t argv[] = { put_str(0, "ls"), 0 };
	uint64_t raw[6] = { put_str(112, "/bin/ls"),
		put(256, argv, sizeof(argv)), 0 };
	size_t n = strace_format_enter(line, sizeof(line), row, raw, &mem);

	setup();
	n = strace_format_resume(line, sizeof(line), n, row, raw, &mem, 0);
	ck_assert_str_eq(line, "execve(\"/bin/ls\", [\"ls\"], NULL)         = 0");
	ck_assert_uint_eq(n, strlen(line));
	strcpy(line, "<... read resumed>");
	row = abi_row_by_name("read");
	strace_format_resume(line, sizeof(line), strlen(line), row,
	    RAW(3, BASE + 112, 9), &mem, 0);
	ck_assert_str_eq(line, "<... read resumed>\"\", 9)"
	    "                = 0");
}
END_TEST

START_TEST(files)
{
	struct stat st = { .st_mode = S_IFREG | 0644, .st_size = 24453 };
	uint64_t buf = put(256, &st, sizeof(st)), path = put_str(0, "f");

	expect_line("newfstatat", RAW(3, path, buf, 0x1000), 0,
	    "newfstatat(3, \"f\", {st_mode=S_IFREG|0644, st_size=24453, ...},"
	    " AT_EMPTY_PATH) = 0");
	st.st_mode = S_IFDIR | 01777;
	st.st_size = 4096;
	put(256, &st, sizeof(st));
	expect_line("fstat", RAW(3, buf), 0,
	    "fstat(3, {st_mode=S_IFDIR|S_ISVTX|0777, st_size=4096, ...}) = 0");
	st.st_mode = S_IFCHR | 0666;
	st.st_rdev = 0x103;
	put(256, &st, sizeof(st));
	expect_line("lstat", RAW(path, buf), 0,
	    "lstat(\"f\", {st_mode=S_IFCHR|0666, st_rdev=makedev(0x1, 0x3),"
	    " ...}) = 0");
	expect_line("lstat", RAW(path, buf), -ENOENT, "lstat(\"f\", 0x10100) ="
	    " -1 ENOENT (No such file or directory)");
	expect_line("umask", RAW(022), 0, "umask(022) = 000");
	expect_line("chown", RAW(path, U(-1), 0), 0, "chown(\"f\", -1, 0) = 0");
	expect_line("access", RAW(path, 0), 0, "access(\"f\", F_OK) = 0");
	expect_line("access", RAW(path, 3), 0, "access(\"f\", W_OK|X_OK) = 0");
	expect_line("lseek", RAW(1, U(-1), 99), -EINVAL, "lseek(1, -1,"
	    " 0x63 /* SEEK_??? */) = -1 EINVAL (Invalid argument)");
	expect_line("mknod", RAW(path, S_IFIFO | 0644, 5), 0,
	    "mknod(\"f\", S_IFIFO|0644) = 0");
	expect_line("mknod", RAW(path, S_IFCHR | 0644, 0x103), 0,
	    "mknod(\"f\", S_IFCHR|0644, makedev(0x1, 0x3)) = 0");
	expect_line("dup2", RAW(3, 1), 1, "dup2(3, 1) = 1");
}
END_TEST

START_TEST(more_files)
{
	static const int fd[2] = { 3, 4 };
	static const char entries[] = {
		1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 24, 0, 4, '.',
		0, 0, 0, 0,
	};
	uint64_t a = put(0, fd, sizeof(fd));

	put(256, entries, sizeof(entries));
	put(256 + sizeof(entries), entries, sizeof(entries));
	expect_enter("pipe2", RAW(a, O_CLOEXEC), "pipe2(");
	expect_line("pipe2", RAW(a, O_CLOEXEC), 0, "pipe2([3, 4], O_CLOEXEC)"
	    " = 0");
	expect_line("pipe", RAW(a), -EMFILE, "pipe(0x10000) = -1 EMFILE"
	    " (Too many open files)");
	expect_line("getdents64", RAW(3, BASE + 256, 100), 48,
	    "getdents64(3, 0x10100 /* 2 entries */, 100) = 48");
	put_str(0, "/tmp");
	expect_line("getcwd", RAW(BASE, 100), 5, "getcwd(\"/tmp\", 100) = 5");
	put_str(100, "/proc/self/exe");
	expect_line("readlink", RAW(BASE + 100, BASE, 2), 2,
	    "readlink(\"/proc/self/exe\", \"/t\", 2) = 2");
}
END_TEST

START_TEST(fcntls)
{
	struct flock fl = { .l_type = F_WRLCK };
	uint64_t p = put(0, &fl, sizeof(fl));

	expect_line("fcntl", RAW(3, F_GETFL), 0,
	    "fcntl(3, F_GETFL) = 0 (flags O_RDONLY)");
	expect_line("fcntl", RAW(3, F_GETFD), 1,
	    "fcntl(3, F_GETFD) = 0x1 (flags FD_CLOEXEC)");
	expect_line("fcntl", RAW(3, F_GETFD), 0, "fcntl(3, F_GETFD) = 0");
	expect_line("fcntl", RAW(3, F_SETFD, 1), 0,
	    "fcntl(3, F_SETFD, FD_CLOEXEC) = 0");
	expect_line("fcntl", RAW(3, F_SETFL, O_NONBLOCK), 0,
	    "fcntl(3, F_SETFL, O_RDONLY|O_NONBLOCK) = 0");
	expect_line("fcntl", RAW(3, F_DUPFD, 10), 10,
	    "fcntl(3, F_DUPFD, 10) = 10");
	expect_line("fcntl", RAW(3, F_SETLK, p), 0,
	    "fcntl(3, F_SETLK, {l_type=F_WRLCK, l_whence=SEEK_SET,"
	    " l_start=0, l_len=0}) = 0");
	expect_enter("fcntl", RAW(3, F_GETLK, p), "fcntl(3, F_GETLK, ");
}
END_TEST

START_TEST(ioctls)
{
	expect_line("ioctl", RAW(0, 0x5401, BASE), -ENOTTY,
	    "ioctl(0, TCGETS, 0x10000) = -1 ENOTTY"
	    " (Inappropriate ioctl for device)");
	expect_line("ioctl", RAW(0, 0x541b, BASE), 0,
	    "ioctl(0, FIONREAD, [0]) = 0");
	expect_line("ioctl", RAW(5, 0x5450), 0, "ioctl(5, FIONCLEX) = 0");
	expect_line("ioctl", RAW(0, 0x80085499, BASE), -ENOTTY,
	    "ioctl(0, _IOC(_IOC_READ, 0x54, 0x99, 0x8), 0x10000) = -1 ENOTTY"
	    " (Inappropriate ioctl for device)");
}
END_TEST

START_TEST(memory_calls)
{
	expect_line("mmap", RAW(0, 8192, 3, 0x22, U(-1), 0), 0x7ff33b7f9000,
	    "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS,"
	    " -1, 0) = 0x7ff33b7f9000");
	expect_line("mmap", RAW(0x7000, 4096, 5, 0x812, 3, 0x26000), 0x7000,
	    "mmap(0x7000, 4096, PROT_READ|PROT_EXEC,"
	    " MAP_PRIVATE|MAP_FIXED|MAP_DENYWRITE, 3, 0x26000) = 0x7000");
	expect_line("mprotect", RAW(0x7000, 1, 0x81), 0,
	    "mprotect(0x7000, 1, PROT_READ|0x80) = 0");
	expect_line("mprotect", RAW(0x7000, 1, 0), 0,
	    "mprotect(0x7000, 1, PROT_NONE) = 0");
	expect_line("brk", RAW(0), 0x55e6f7743000,
	    "brk(NULL) = 0x55e6f7743000");
	expect_line("madvise", RAW(0, 0, 99), -EINVAL, "madvise(NULL, 0,"
	    " 0x63 /* MADV_??? */) = -1 EINVAL (Invalid argument)");
}
END_TEST

START_TEST(waiting)
{
	int status = 0;
	uint64_t p = put(0, &status, sizeof(status));

	expect_enter("wait4", RAW(U(-1), p), "wait4(-1, ");
	expect_line("wait4", RAW(U(-1), p), 7,
	    "wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 7");
	status = 9;
	put(0, &status, sizeof(status));
	expect_line("wait4", RAW(U(-1), p, 2), 7,
	    "wait4(-1, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], WSTOPPED,"
	    " NULL) = 7");
	status = 0x137f;
	put(0, &status, sizeof(status));
	expect_line("wait4", RAW(U(-1), p), 7,
	    "wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], 0, NULL)"
	    " = 7");
	status = 11 | 0x80;
	put(0, &status, sizeof(status));
	expect_line("wait4", RAW(U(-1), p), 7, "wait4(-1, [{WIFSIGNALED(s) &&"
	    " WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}], 0, NULL) = 7");
	expect_line("wait4", RAW(U(-1), p, 1), 0,
	    "wait4(-1, 0x10000, WNOHANG, NULL) = 0");
	expect_line("exit_group", RAW(3), 0, "exit_group(3) = ?");
	expect_line("wait4", RAW(U(-1), 0), -ERESTARTSYS,
	    "wait4(-1, NULL, 0, NULL) = ? ERESTARTSYS"
	    " (To be restarted if SA_RESTART is set)");
}
END_TEST

START_TEST(cloning)
{
	struct k_clone3 c = { .flags = 0x3d0f00, .child_tid = 0x9990,
		.parent_tid = 0x9990, .stack = 0x9000, .stack_size = 0x7fff80,
		.tls = 0x96c0 };

	expect_line("clone", RAW(0x1200000 | 17, 0, 0, 0x7ff33a10, 0), 1016,
	    "clone(child_stack=NULL,"
	    " flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD,"
	    " child_tidptr=0x7ff33a10) = 1016");
	expect_line("clone", RAW(17), 5,
	    "clone(child_stack=NULL, flags=SIGCHLD) = 5");
	expect_line("clone3", RAW(put(0, &c, sizeof(c)), 88), 7,
	    "clone3({flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|"
	    "CLONE_THREAD|CLONE_SYSVSEM|CLONE_SETTLS|CLONE_PARENT_SETTID|"
	    "CLONE_CHILD_CLEARTID, child_tid=0x9990, parent_tid=0x9990,"
	    " exit_signal=0, stack=0x9000, stack_size=0x7fff80, tls=0x96c0},"
	    " 88) = 7");
}
END_TEST

START_TEST(limits)
{
	struct rlimit r = { 8192 * 1024, RLIM_INFINITY };
	uint64_t p = put(0, &r, sizeof(r));

	expect_enter("prlimit64", RAW(0, 3, 0, p),
	    "prlimit64(0, RLIMIT_STACK, NULL, ");
	expect_line("prlimit64", RAW(0, 3, 0, p), 0,
	    "prlimit64(0, RLIMIT_STACK, NULL, {rlim_cur=8192*1024,"
	    " rlim_max=RLIM64_INFINITY}) = 0");
}
END_TEST

START_TEST(signals)
{
	struct k_sigaction sa = { 0x7739, 0x14000004, 0x9050, 2 };
	uint64_t set = ~0x180000000ULL;
	uint64_t p = put(0, &sa, sizeof(sa)), q = put(64, &set, sizeof(set));

	expect_line("rt_sigaction", RAW(10, p, 0, 8), 0,
	    "rt_sigaction(SIGUSR1, {sa_handler=0x7739, sa_mask=[INT],"
	    " sa_flags=SA_RESTORER|SA_RESTART|SA_SIGINFO, sa_restorer=0x9050},"
	    " NULL, 8) = 0");
	setup();
	expect_line("rt_sigaction", RAW(35, 0, p, 8), 0,
	    "rt_sigaction(SIGRT_3, NULL, {sa_handler=SIG_DFL, sa_mask=[],"
	    " sa_flags=0}, 8) = 0");
	put(64, &set, sizeof(set));
	expect_enter("rt_sigprocmask", RAW(0, q, p, 8),
	    "rt_sigprocmask(SIG_BLOCK, ~[RTMIN RT_1], ");
	set = 0x10002;
	put(64, &set, sizeof(set));
	expect_line("rt_sigprocmask", RAW(2, q, p, 8), 0,
	    "rt_sigprocmask(SIG_SETMASK, [INT CHLD], [], 8) = 0");
	expect_line("kill", RAW(5, 15), 0, "kill(5, SIGTERM) = 0");
	expect_line("kill", RAW(0, 0), 0, "kill(0, 0) = 0");
	expect_line("tgkill", RAW(1, 2, 99), -EINVAL,
	    "tgkill(1, 2, 99) = -1 EINVAL (Invalid argument)");
}
END_TEST

START_TEST(signal_lines)
{
	siginfo_t si;

	memset(&si, 0, sizeof(si));
	si.si_signo = SIGCHLD;
	si.si_code = CLD_EXITED;
	si.si_pid = 1015;
	si.si_status = 3;
	strace_format_signal(line, sizeof(line), &si);
	ck_assert_str_eq(line, "--- SIGCHLD {si_signo=SIGCHLD,"
	    " si_code=CLD_EXITED, si_pid=1015, si_uid=0, si_status=3,"
	    " si_utime=0, si_stime=0} ---");
	memset(&si, 0, sizeof(si));
	si.si_signo = SIGSTOP;
	si.si_code = SI_TKILL;
	si.si_pid = 1017;
	strace_format_signal(line, sizeof(line), &si);
	ck_assert_str_eq(line, "--- SIGSTOP {si_signo=SIGSTOP,"
	    " si_code=SI_TKILL, si_pid=1017, si_uid=0} ---");
}
END_TEST

START_TEST(polling)
{
	struct pollfd p[2] = { { 3, POLLIN, POLLIN }, { 4, POLLOUT, 0 } };
	uint64_t a = put(0, p, sizeof(p));
	uint64_t set = 8;
	struct timeval tv = { 1, 0 };

	expect_enter("poll", RAW(a, 2, 0),
	    "poll([{fd=3, events=POLLIN}, {fd=4, events=POLLOUT}], 2, 0");
	expect_line("poll", RAW(a, 1, U(-1)), 1,
	    "poll([{fd=3, events=POLLIN}], 1, -1) = 1"
	    " ([{fd=3, revents=POLLIN}])");
	expect_line("poll", RAW(a, 1, 0), 0,
	    "poll([{fd=3, events=POLLIN}], 1, 0) = 0 (Timeout)");
	expect_line("select", RAW(4, put(64, &set, 8), 0, 0,
	    put(128, &tv, sizeof(tv))), 1,
	    "select(4, [3], NULL, NULL, {tv_sec=1, tv_usec=0}) = 1"
	    " (in [3], left {tv_sec=1, tv_usec=0})");
}
END_TEST

START_TEST(epolls)
{
	struct epoll_event ev = { 1 | 0x80000000, { .u64 = 3 } };
	uint64_t p = put(0, &ev, sizeof(ev));

	expect_line("epoll_ctl", RAW(6, 1, 3, p), 0,
	    "epoll_ctl(6, EPOLL_CTL_ADD, 3, {events=EPOLLIN|EPOLLET,"
	    " data={u32=3, u64=3}}) = 0");
	expect_line("epoll_wait", RAW(6, p, 5, 0), 1,
	    "epoll_wait(6, [{events=EPOLLIN|EPOLLET, data={u32=3, u64=3}}],"
	    " 5, 0) = 1");
	expect_line("epoll_wait", RAW(6, p, 5, 0), 0,
	    "epoll_wait(6, [], 5, 0) = 0");
}
END_TEST

START_TEST(sockets)
{
	struct sockaddr_un un = { AF_UNIX, "/nope" };
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(80), .sin_addr = { htonl(0x7f000001) } };
	uint64_t u = put(0, &un, sizeof(un)), i = put(256, &in, sizeof(in));
	int len = sizeof(in);
	uint64_t l = put(512, &len, sizeof(len));

	expect_line("socket", RAW(1, 1 | 02000000, 0), 7,
	    "socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 7");
	expect_line("socket", RAW(2, 1, 0), 8,
	    "socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 8");
	expect_line("connect", RAW(7, u, 110), -ENOENT,
	    "connect(7, {sa_family=AF_UNIX, sun_path=\"/nope\"}, 110) ="
	    " -1 ENOENT (No such file or directory)");
	expect_line("connect", RAW(9, i, 16), 0,
	    "connect(9, {sa_family=AF_INET, sin_port=htons(80),"
	    " sin_addr=inet_addr(\"127.0.0.1\")}, 16) = 0");
	expect_line("accept", RAW(9, i, l), 4,
	    "accept(9, {sa_family=AF_INET, sin_port=htons(80),"
	    " sin_addr=inet_addr(\"127.0.0.1\")}, [16]) = 4");
	memcpy(un.sun_path, "\0abstr", 6);
	put(0, &un, sizeof(un));
	expect_line("bind", RAW(7, u, 8), 0,
	    "bind(7, {sa_family=AF_UNIX, sun_path=@\"abstr\"}, 8) = 0");
	expect_line("setsockopt", RAW(9, 1, 2, l, 4), 0,
	    "setsockopt(9, SOL_SOCKET, SO_REUSEADDR, [16], 4) = 0");
	expect_line("sendto", RAW(12, put_str(600, "abc"), 3, 0x4000), 3,
	    "sendto(12, \"abc\", 3, MSG_NOSIGNAL, NULL, 0) = 3");
}
END_TEST

START_TEST(futexes)
{
	struct timespec ts = { 1, 1 };
	uint64_t t = put(0, &ts, sizeof(ts));

	expect_line("futex", RAW(0x9000, 129, 1), 0,
	    "futex(0x9000, FUTEX_WAKE_PRIVATE, 1) = 0");
	expect_line("futex", RAW(0x9000, 0x189, 1, t, 0, U(-1)), -EAGAIN,
	    "futex(0x9000, FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME, 1,"
	    " {tv_sec=1, tv_nsec=1}, FUTEX_BITSET_MATCH_ANY) = -1 EAGAIN"
	    " (Resource temporarily unavailable)");
	expect_line("futex", RAW(0x9000, 132, 1, 2, 0x9008, 7), 0,
	    "futex(0x9000, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2, 0x9008, 7) = 0");
	expect_line("futex", RAW(0x9000, 5, 1, 2, 0x9008, 7), 0,
	    "futex(0x9000, FUTEX_WAKE_OP, 1, 2, 0x9008,"
	    " FUTEX_OP_SET<<28|0<<12|FUTEX_OP_CMP_EQ<<24|0x7) = 0");
}
END_TEST

START_TEST(sleeping)
{
	struct timespec ts = { 1, 5 };
	uint64_t t = put(0, &ts, sizeof(ts));

	expect_line("nanosleep", RAW(t, t), 0,
	    "nanosleep({tv_sec=1, tv_nsec=5}, 0x10000) = 0");
	expect_line("nanosleep", RAW(t, t), -EINTR,
	    "nanosleep({tv_sec=1, tv_nsec=5}, {tv_sec=1, tv_nsec=5}) ="
	    " -1 EINTR (Interrupted system call)");
	expect_line("clock_nanosleep", RAW(1, 1, t, 0), 0,
	    "clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, {tv_sec=1,"
	    " tv_nsec=5}, NULL) = 0");
}
END_TEST

START_TEST(others)
{
	expect_line("prctl", RAW(15, put_str(0, "foo")), 0,
	    "prctl(PR_SET_NAME, \"foo\") = 0");
	expect_line("prctl", RAW(38, 1), 0,
	    "prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) = 0");
	expect_line("arch_prctl", RAW(0x1002, 0x7740), 0,
	    "arch_prctl(ARCH_SET_FS, 0x7740) = 0");
	expect_line("rseq", RAW(0x9060, 0x20, 0, 0x53053053), -ENOSYS,
	    "rseq(0x9060, 0x20, 0, 0x53053053) = -1 ENOSYS"
	    " (Function not implemented)");
	strace_format_unknown(line, sizeof(line), 999, RAW(1, 2, 3), -ENOSYS);
	ck_assert_str_eq(line, "syscall_0x3e7(0x1, 0x2, 0x3, 0, 0, 0)   = -1"
	    " ENOSYS (Function not implemented)");
	strace_format_set(line, sizeof(line), &abi_set_prot, 0);
	ck_assert_str_eq(line, "PROT_NONE");
	strace_format_set(line, sizeof(line), &abi_set_dup3, 1);
	ck_assert_str_eq(line, "0x1 /* O_??? */");
}
END_TEST

START_TEST(short_buffers)
{
	uint64_t path = put_str(0, "/etc/passwd");
	char tiny[16];

	for (size_t len = 1; len <= sizeof(tiny); len++) {
		size_t n = strace_format_exit(tiny, len, abi_row(257),
		    RAW(U(-100), path, 0), &mem, -ENOENT);

		ck_assert_uint_eq(n, len - 1);
		ck_assert_uint_eq(strlen(tiny), n);
		ck_assert(strncmp(tiny, "openat(AT_FDCWD", n) == 0);
	}
}
END_TEST

/* Whatever the registers and the memory hold, a line comes of it. */
START_TEST(anything_goes)
{
	static const uint64_t value[] = {
		0, 1, 3, BASE, BASE + SIZE - 9, UINT32_MAX, UINT64_MAX, 5,
	};
	static const long result[] = { 0, 1, 100, -EFAULT, INT64_MAX };

	for (size_t i = 0; i < SIZE; i++)
		memory[i] = (char)(i * 37 ^ i >> 7);
	for (unsigned nr = 0; nr < ABI_NR_LIMIT; nr++) {
		if (abi_row(nr) == NULL)
			continue;
		for (unsigned k = 0; k < 64; k++) {
			uint64_t raw[6];

			for (unsigned i = 0; i < 6; i++)
				raw[i] = value[(k * 2654435761u >> i * 4) & 7];
			strace_format_exit(line, sizeof(line), abi_row(nr),
			    raw, &mem, result[k % 5]);
			ck_assert(strlen(line) < sizeof(line));
		}
	}
}
END_TEST

/* ---- filters --------------------------------------------------------------------- */

static struct strace_filter filter;
static char err[128];

static bool
traced(const char *expr, const char *name)
{
	ck_assert_int_eq(strace_filter_parse(&filter, expr, err, sizeof(err)),
	    0);
	return strace_filter_match(&filter, abi_row_by_name(name)->nr);
}

START_TEST(filter_names)
{
	ck_assert(traced("trace=openat,read", "read"));
	ck_assert(traced("trace=openat,read", "openat"));
	ck_assert(!traced("trace=openat,read", "write"));
	ck_assert(traced("read", "read"));
	ck_assert(!traced("!read,write", "read"));
	ck_assert(traced("trace=!read,write", "openat"));
	ck_assert(traced("all", "bpf"));
	ck_assert(!traced("none", "read"));
	ck_assert(traced("!none", "read"));
	ck_assert(!traced("!all", "read"));
	ck_assert(traced("?nope,read", "read"));
	ck_assert(!strace_filter_match(&filter, 10000));
}
END_TEST

START_TEST(filter_classes)
{
	ck_assert(traced("%file", "openat"));
	ck_assert(traced("%file", "execve"));
	ck_assert(traced("%file", "getcwd"));
	ck_assert(traced("file", "readlinkat"));
	ck_assert(traced("%file", "symlink"));
	ck_assert(traced("%file", "openat2"));
	ck_assert(!traced("%file", "read"));
	ck_assert(!traced("%file", "memfd_create"));
	ck_assert(!traced("%file", "fsetxattr"));
	ck_assert(traced("%process", "clone3"));
	ck_assert(traced("%process", "exit_group"));
	ck_assert(!traced("%process", "getpid"));
	ck_assert(traced("%signal", "rt_sigaction"));
	ck_assert(traced("%memory", "brk"));
	ck_assert(traced("%desc", "read"));
	ck_assert(traced("%desc", "openat"));
	ck_assert(traced("%desc", "pipe2"));
	ck_assert(!traced("%desc", "getpid"));
	ck_assert(traced("%network", "connect"));
	ck_assert(traced("%net,%memory", "mmap"));
	ck_assert(!traced("%net,%memory", "read"));
	ck_assert(traced("%clock", "clock_gettime"));
	ck_assert(!traced("%clock", "timer_create"));
	ck_assert(traced("%creds", "setuid"));
	ck_assert(traced("%ipc", "shmget"));
	ck_assert(traced("%%vm", "mincore"));
}
END_TEST

START_TEST(filter_errors)
{
	static const char *const bad[] = {
		"", "trace=", "read,", ",read", "nope", "%nope", "%%nope",
		"read,nope", "!", "%", "%%",
	};

	for (size_t i = 0; i < nitems(bad); i++) {
		err[0] = '\0';
		ck_assert_msg(strace_filter_parse(&filter, bad[i], err,
		    sizeof(err)) == -EINVAL, "'%s' was taken", bad[i]);
		ck_assert_str_ne(err, "");
	}
	ck_assert_int_eq(strace_filter_parse(&filter, "read,nope,x", err,
	    sizeof(err)), -EINVAL);
	ck_assert_str_eq(err, "no system call or class 'nope'");
}
END_TEST

/* ---- counting -------------------------------------------------------------------- */

START_TEST(counting)
{
	static struct strace_count c[ABI_NR_LIMIT];
	static char buf[STRACE_COUNT_MAX];

	memset(c, 0, sizeof(c));
	strace_count_add(c, 0, 5, 1000000);
	strace_count_add(c, 0, -EAGAIN, 2000000);
	strace_count_add(c, 257, 3, 9000000);
	strace_count_add(c, 100000, 3, 9000000);
	ck_assert_uint_eq(strace_count_format(buf, sizeof(buf), c),
	    strlen(buf));
	ck_assert_str_eq(buf,
	    "% time     seconds  usecs/call     calls    errors syscall\n"
	    "------ ----------- ----------- --------- --------- "
	    "----------------\n"
	    " 75.00    0.009000        9000         1           openat\n"
	    " 25.00    0.003000        1500         2         1 read\n"
	    "------ ----------- ----------- --------- --------- "
	    "----------------\n"
	    "100.00    0.012000        4000         3         1 total\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("strace");
	TCase *tc = tcase_create("strace");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, opening);
	tcase_add_test(tc, reading);
	tcase_add_test(tc, vectors);
	tcase_add_test(tc, executing);
	tcase_add_test(tc, resuming);
	tcase_add_test(tc, files);
	tcase_add_test(tc, more_files);
	tcase_add_test(tc, fcntls);
	tcase_add_test(tc, ioctls);
	tcase_add_test(tc, memory_calls);
	tcase_add_test(tc, waiting);
	tcase_add_test(tc, cloning);
	tcase_add_test(tc, limits);
	tcase_add_test(tc, signals);
	tcase_add_test(tc, signal_lines);
	tcase_add_test(tc, polling);
	tcase_add_test(tc, epolls);
	tcase_add_test(tc, sockets);
	tcase_add_test(tc, futexes);
	tcase_add_test(tc, sleeping);
	tcase_add_test(tc, others);
	tcase_add_test(tc, short_buffers);
	tcase_add_test(tc, anything_goes);
	tcase_add_test(tc, filter_names);
	tcase_add_test(tc, filter_classes);
	tcase_add_test(tc, filter_errors);
	tcase_add_test(tc, counting);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
