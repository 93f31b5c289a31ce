/*
 * vktest.h - what every guest test shares.
 *
 * A guest test is one C program that prints deterministic text. It runs natively and under vksup, each time in a fresh
 * empty directory, and both runs must give the same stdout, stderr and status: the host kernel is the oracle.
 *
 * So nothing printed may depend on pids, inode numbers, times, addresses, the uid, or directory order.
 *
 *   SHOW(call)          prints "call = VALUE", or "call = -1 ENOENT"; gives the value
 *   SHOW_OK(call)       the same, but any value >= 0 is printed as "ok" (descriptors, pids, ids)
 *   SHOW_AS(call, ...)  as SHOW, with a printf-style name of its own
 *   SHOW_STR(expr)      prints "expr = "text"" (or NULL)
 *   SHOW_X(expr)        prints "expr = 0x2a" (flags, modes)
 *   SHOW_O(expr)        prints "expr = 0644" (octal)
 *   CHECK(cond)         prints "cond: yes" or "cond: NO"; gives the condition
 *   MUST(call)          ends the program with status 99 when the call gives -1: for setting up, not for checking
 *   SECTION("name")     prints a heading
 *
 * A constructor sets umask 022, closes inherited descriptors from 3 up, makes stdout line-buffered and starts alarm(20).
 * Define VK_NO_ALARM, VK_KEEP_FDS before the #include to leave out one of these.
 */
#ifndef VKTEST_H
#define VKTEST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Bad arguments are what these programs are for. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wnonnull"
#pragma GCC diagnostic ignored "-Wstringop-overflow"
#pragma GCC diagnostic ignored "-Wstringop-overread"
#pragma GCC diagnostic ignored "-Warray-bounds"
#pragma GCC diagnostic ignored "-Wformat-truncation"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#endif

/* Numbers that the headers of Debian 12 do not have yet. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

#define T_UNUSED __attribute__((unused))
#define T_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define T_PAGE 4096UL

/* --- names ------------------------------------------------------------------------------------------------------ */

static T_UNUSED const char *t_errname(int e)
{
	const char *n = strerrorname_np(e);
	return n ? n : "E?";
}

/* "SIGPIPE", "SIGRTMIN+3"; two results may be in use at once. */
static T_UNUSED const char *t_signame(int sig)
{
	static char buf[2][32];
	static int turn;
	char *b = buf[turn ^= 1];
	const char *n = sig > 0 && sig < 32 ? sigabbrev_np(sig) : NULL;
	if (n)
		snprintf(b, 32, "SIG%s", n);
	else if (sig >= 34 && sig <= 64)
		snprintf(b, 32, "SIGRTMIN+%d", sig - 34);
	else
		snprintf(b, 32, "SIG#%d", sig);
	return b;
}

/* A wait status as text: "exited 3", "killed SIGPIPE", "stopped SIGTSTP", "continued". The core bit is not shown. */
static T_UNUSED const char *t_status(int st)
{
	static char buf[2][64];
	static int turn;
	char *b = buf[turn ^= 1];
	if (WIFEXITED(st))
		snprintf(b, 64, "exited %d", WEXITSTATUS(st));
	else if (WIFSIGNALED(st))
		snprintf(b, 64, "killed %s", t_signame(WTERMSIG(st)));
	else if (WIFSTOPPED(st))
		snprintf(b, 64, "stopped %s", t_signame(WSTOPSIG(st)));
	else if (WIFCONTINUED(st))
		snprintf(b, 64, "continued");
	else
		snprintf(b, 64, "status 0x%x", (unsigned)st);
	return b;
}

/* A mode as ls prints it: "drwxr-sr-t". */
static T_UNUSED const char *t_mode(mode_t m)
{
	static char buf[2][16];
	static int turn;
	char *b = buf[turn ^= 1];
	b[0] = S_ISREG(m) ? '-' : S_ISDIR(m) ? 'd' : S_ISLNK(m) ? 'l' : S_ISFIFO(m) ? 'p' : S_ISSOCK(m) ? 's' :
	       S_ISCHR(m) ? 'c' : S_ISBLK(m) ? 'b' : '?';
	for (int i = 0; i < 9; i++)
		b[1 + i] = (m & (0400u >> i)) ? "rwx"[i % 3] : '-';
	if (m & S_ISUID)
		b[3] = (m & 0100) ? 's' : 'S';
	if (m & S_ISGID)
		b[6] = (m & 0010) ? 's' : 'S';
	if (m & S_ISVTX)
		b[9] = (m & 0001) ? 't' : 'T';
	b[10] = 0;
	return b;
}

static T_UNUSED const char *t_dtype(unsigned char t)
{
	switch (t) {
	case DT_REG: return "reg";
	case DT_DIR: return "dir";
	case DT_LNK: return "lnk";
	case DT_FIFO: return "fifo";
	case DT_SOCK: return "sock";
	case DT_CHR: return "chr";
	case DT_BLK: return "blk";
	default: return "unknown";
	}
}

/* --- showing ---------------------------------------------------------------------------------------------------- */

static T_UNUSED long t_show_(const char *what, long r, bool hide)
{
	int e = errno;
	if (r == -1 && e != 0)
		printf("%s = -1 %s\n", what, t_errname(e));
	else if (hide && r >= 0)
		printf("%s = ok\n", what);
	else
		printf("%s = %ld\n", what, r);
	errno = e;
	return r;
}

static T_UNUSED __attribute__((format(printf, 2, 3))) long t_show_as_(long r, const char *fmt, ...)
{
	int e = errno;
	char name[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(name, sizeof name, fmt, ap);
	va_end(ap);
	errno = e;
	return t_show_(name, r, false);
}

static T_UNUSED const char *t_show_str_(const char *what, const char *s)
{
	if (s)
		printf("%s = \"%s\"\n", what, s);
	else
		printf("%s = NULL\n", what);
	return s;
}

static T_UNUSED unsigned long t_show_num_(const char *what, const char *fmt, unsigned long v)
{
	char b[64];
	snprintf(b, sizeof b, fmt[0] == 'o' ? "0%lo" : "0x%lx", v);
	printf("%s = %s\n", what, b);
	return v;
}

static T_UNUSED bool t_check_(const char *what, bool ok)
{
	int e = errno;
	printf("%s: %s\n", what, ok ? "yes" : "NO");
	errno = e;
	return ok;
}

static T_UNUSED long t_must_(const char *file, int line, const char *what, long r)
{
	if (r == -1) {
		printf("FATAL %s:%d: %s = -1 %s\n", file, line, what, t_errname(errno));
		fflush(stdout);
		_exit(99);
	}
	return r;
}

#define SHOW(e) t_show_(#e, (errno = 0, (long)(e)), false)
#define SHOW_OK(e) t_show_(#e, (errno = 0, (long)(e)), true)
#define SHOW_AS(e, ...) t_show_as_((errno = 0, (long)(e)), __VA_ARGS__)
#define SHOW_STR(e) t_show_str_(#e, (e))
#define SHOW_X(e) t_show_num_(#e, "x", (unsigned long)(e))
#define SHOW_O(e) t_show_num_(#e, "o", (unsigned long)(e))
#define CHECK(e) t_check_(#e, (e))
#define MUST(e) t_must_(__FILE_NAME__, __LINE__, #e, (errno = 0, (long)(e)))
#define SECTION(s) printf("-- %s\n", s)

/* Printable bytes as they are, others as \n \t \\ or \xHH, in double quotes, with a newline after. */
static T_UNUSED void t_quote(const char *name, const void *data, size_t n)
{
	const unsigned char *p = data;
	printf("%s[%zu] = \"", name, n);
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n')
			fputs("\\n", stdout);
		else if (p[i] == '\t')
			fputs("\\t", stdout);
		else if (p[i] == '\r')
			fputs("\\r", stdout);
		else if (p[i] == '\\' || p[i] == '"')
			printf("\\%c", p[i]);
		else if (p[i] < 32 || p[i] >= 127)
			printf("\\x%02x", p[i]);
		else
			putchar(p[i]);
	}
	puts("\"");
}

static T_UNUSED void t_hexdump(const void *data, size_t n)
{
	const unsigned char *p = data;
	for (size_t i = 0; i < n; i += 16) {
		printf("%04zx ", i);
		for (size_t j = i; j < i + 16 && j < n; j++)
			printf(" %02x", p[j]);
		putchar('\n');
	}
}

/* --- memory ----------------------------------------------------------------------------------------------------- */

/* A pointer to nothing that the compiler does not see through. */
static void *volatile t_badp T_UNUSED = (void *)0x10;
#define BADP (t_badp)
/* NULL that the compiler does not see through (for arguments declared nonnull). */
static void *volatile t_nullp T_UNUSED = NULL;
#define NULLP (t_nullp)

/* n bytes, zeroed, of which the last is the last before an unmapped page: one byte more is EFAULT. */
static T_UNUSED void *t_edge(size_t n)
{
	size_t len = (n + T_PAGE - 1) / T_PAGE * T_PAGE;
	char *p = mmap(NULL, len + T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST((long)p);
	MUST(mprotect(p + len, T_PAGE, PROT_NONE));
	return p + len - n;
}

/* n bytes that hold a copy of data and cannot be written: a kernel store there is EFAULT. */
static T_UNUSED void *t_readonly(const void *data, size_t n)
{
	size_t len = (n + T_PAGE - 1) / T_PAGE * T_PAGE;
	char *p = mmap(NULL, len ? len : T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST((long)p);
	if (data)
		memcpy(p, data, n);
	MUST(mprotect(p, len ? len : T_PAGE, PROT_READ));
	return p;
}

/* n zeroed bytes that fork()ed children share. */
static T_UNUSED void *t_shared(size_t n)
{
	void *p = mmap(NULL, (n + T_PAGE - 1) / T_PAGE * T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	MUST((long)p);
	return p;
}

/* --- files ------------------------------------------------------------------------------------------------------ */

static T_UNUSED void t_write_bytes(const char *path, const void *data, size_t n)
{
	int fd = MUST(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
	for (size_t done = 0; done < n;)
		done += MUST(write(fd, (const char *)data + done, n - done));
	close(fd);
}

static T_UNUSED void t_write_file(const char *path, const char *text)
{
	t_write_bytes(path, text, strlen(text));
}

/* Reads at most cap-1 bytes, ends them with 0; the length, or -1. */
static T_UNUSED ssize_t t_read_file(const char *path, char *buf, size_t cap)
{
	size_t n = 0;
	int fd = open(path, O_RDONLY);
	buf[0] = 0;
	if (fd < 0)
		return -1;
	while (n + 1 < cap) {
		ssize_t r = read(fd, buf + n, cap - 1 - n);
		if (r < 0) {
			int e = errno;
			close(fd);
			errno = e;
			return -1;
		}
		if (r == 0)
			break;
		n += r;
	}
	buf[n] = 0;
	close(fd);
	return n;
}

/* Prints what a (small) file holds: cat name[3] = "abc", or the error. */
static T_UNUSED void t_cat(const char *path)
{
	static char buf[65536];
	ssize_t n = t_read_file(path, buf, sizeof buf);
	if (n < 0)
		printf("cat %s = -1 %s\n", path, t_errname(errno));
	else {
		printf("cat ");
		t_quote(path, buf, n);
	}
}

/* One line of lstat: type and mode, links, and for regular files and symlinks the size. */
static T_UNUSED void t_stat(const char *path)
{
	struct stat st;
	if (lstat(path, &st) < 0)
		printf("stat %s: %s\n", path, t_errname(errno));
	else if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
		printf("stat %s: %s nlink %lu size %ld\n", path, t_mode(st.st_mode), (unsigned long)st.st_nlink,
		       (long)st.st_size);
	else
		printf("stat %s: %s nlink %lu\n", path, t_mode(st.st_mode), (unsigned long)st.st_nlink);
}

static T_UNUSED int t_strcmp_(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in a directory, sorted, without . and .. */
static T_UNUSED void t_ls(const char *path)
{
	static char *names[4096];
	size_t n = 0;
	DIR *d = opendir(path);
	if (!d) {
		printf("ls %s: %s\n", path, t_errname(errno));
		return;
	}
	for (struct dirent *e; n < T_COUNT(names) && (e = readdir(d));)
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			names[n++] = strdup(e->d_name);
	closedir(d);
	qsort(names, n, sizeof names[0], t_strcmp_);
	printf("ls %s:", path);
	for (size_t i = 0; i < n; i++) {
		printf(" %s", names[i]);
		free(names[i]);
	}
	putchar('\n');
}

/* Do both names lead to one file? (Follows symlinks.) */
static T_UNUSED bool t_same_file(const char *a, const char *b)
{
	struct stat x, y;
	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static T_UNUSED int t_tscmp(struct timespec a, struct timespec b)
{
	if (a.tv_sec != b.tv_sec)
		return a.tv_sec < b.tv_sec ? -1 : 1;
	return a.tv_nsec < b.tv_nsec ? -1 : a.tv_nsec > b.tv_nsec;
}

/* --- time ------------------------------------------------------------------------------------------------------- */

static T_UNUSED void t_sleep_ms(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};
	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

static T_UNUSED long t_now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* --- processes -------------------------------------------------------------------------------------------------- */

/* fork with nothing left in stdout's buffer; the child has its own alarm. */
static T_UNUSED pid_t t_fork(void)
{
	fflush(stdout);
	fflush(stderr);
	pid_t p = MUST(fork());
#ifndef VK_NO_ALARM
	if (p == 0)
		alarm(20);
#endif
	return p;
}

static T_UNUSED void t_exit(int st)
{
	fflush(stdout);
	_exit(st);
}

/* Waits for a child whatever signals come; the wait status. */
static T_UNUSED int t_waitpid(pid_t pid)
{
	int st = 0;
	while (waitpid(pid, &st, 0) < 0)
		if (errno != EINTR)
			return -1;
	return st;
}

/* Runs fn in a child and waits; the wait status. */
static T_UNUSED int t_child(int (*fn)(void))
{
	pid_t p = t_fork();
	if (p == 0)
		t_exit(fn());
	return t_waitpid(p);
}

/* The same with nothing left of root: as uid and gid 65534 when we are root, else as we are. Prints how it ended. */
static T_UNUSED void t_unprivileged(const char *name, int (*fn)(void))
{
	pid_t p = t_fork();
	if (p == 0) {
		if (geteuid() == 0) {
			MUST(syscall(SYS_setgroups, 0L, NULL));
			MUST(syscall(SYS_setresgid, 65534L, 65534L, 65534L));
			MUST(syscall(SYS_setresuid, 65534L, 65534L, 65534L));
		}
		t_exit(fn());
	}
	printf("%s: %s\n", name, t_status(t_waitpid(p)));
}

/*
 * Waits until a child sleeps in a call (state S in /proc), two seconds at most: for "the other one waits by now".
 * Write tests so that they print the same if it does not sleep yet: this only makes it likely.
 */
static T_UNUSED void t_wait_asleep(pid_t pid)
{
	char path[64], b[512], *c;
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	for (int i = 0, seen = 0; i < 400 && seen < 3; i++) {
		t_sleep_ms(5);
		seen = t_read_file(path, b, sizeof b) > 0 && (c = strrchr(b, ')')) && c[2] == 'S' ? seen + 1 : 0;
	}
}

/* A gate between processes or threads: t_gate_pass() waits for one t_gate_open(). */
struct t_gate {
	int fd[2];
};
static T_UNUSED struct t_gate t_gate(void)
{
	struct t_gate g;
	MUST(pipe2(g.fd, O_CLOEXEC));
	return g;
}
static T_UNUSED void t_gate_open(struct t_gate *g)
{
	MUST(write(g->fd[1], "g", 1));
}
static T_UNUSED void t_gate_pass(struct t_gate *g)
{
	char c;
	ssize_t r;
	while ((r = read(g->fd[0], &c, 1)) < 0 && errno == EINTR)
		;
	if (r != 1) {
		printf("FATAL gate: read gave %zd\n", r);
		t_exit(98);
	}
}

/*
 * t_interrupt(ms, SA_RESTART or 0): SIGALRM comes every ms until t_interrupt_stop(), so that a call that waits is interrupted.
 * It replaces the alarm of the start (one timer serves both), and ends the program itself after ten seconds.
 */
static volatile sig_atomic_t t_interrupts_ T_UNUSED;
static long t_interrupt_max_ T_UNUSED;
static T_UNUSED void t_on_interrupt_(int sig)
{
	(void)sig;
	if (++t_interrupts_ > t_interrupt_max_)
		_exit(97);
}
static T_UNUSED void t_interrupt(long ms, int flags)
{
	struct sigaction sa = {.sa_handler = t_on_interrupt_, .sa_flags = flags};
	struct itimerval it = {{ms / 1000, ms % 1000 * 1000}, {ms / 1000, ms % 1000 * 1000}};
	t_interrupts_ = 0;
	t_interrupt_max_ = 10000 / ms;
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
}
static T_UNUSED void t_interrupt_stop(void)
{
	struct itimerval off = {{0, 0}, {0, 0}};
	setitimer(ITIMER_REAL, &off, NULL);
	signal(SIGALRM, SIG_DFL);
#ifndef VK_NO_ALARM
	alarm(20);
#endif
}

/* --- start ------------------------------------------------------------------------------------------------------ */

static __attribute__((constructor)) void t_init_(void)
{
	umask(022);
#ifndef VK_KEEP_FDS
	syscall(SYS_close_range, 3UL, ~0U, 0UL);
#endif
	setvbuf(stdout, NULL, _IOLBF, 8192);
#ifndef VK_NO_ALARM
	alarm(20);
#endif
}

#endif
