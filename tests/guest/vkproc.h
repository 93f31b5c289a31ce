/*
 * vkproc.h - what the tests of programs, processes, signals, memory, time and threads share, on top of vktest.h.
 *
 *   p_say(fmt, ...)             one write(1) of the text and a newline: from handlers and threads
 *   IN_CHILD("name") { ... }    runs the block in a forked child (t_exit(n) to leave), waits, prints "name: exited 0"
 *   p_wait("name", pid)         waits and prints how it ended
 *   p_siginfo("name", si, pid)  prints a siginfo; pid is who it should be from
 *   p_sigaction(sig, fn, flags) sigaction with an empty mask; p_handler() gives a plain one
 *   p_set(sig, ..., 0)          a signal set
 *   p_self()                    a path by which this program can be executed again
 *   p_asleep(pid, tid)          waits until that thread sleeps in a call (at most about a second, on any host)
 *   p_ordinary()                from root to an ordinary user
 *   SHOW_IDS(call)              the result, and all uids and gids after it
 *   p_thread / p_join           pthread_create and join that must work
 */
#ifndef VKPROC_H
#define VKPROC_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

#ifndef __GLIBC__
/* musl has neither. */
static inline const char *strerrorname_np(int e)
{
#define E_(x) case x: return #x;
	switch (e) {
	E_(EPERM) E_(ENOENT) E_(ESRCH) E_(EINTR) E_(EIO) E_(E2BIG) E_(ENOEXEC) E_(EBADF) E_(ECHILD) E_(EAGAIN)
	E_(ENOMEM) E_(EACCES) E_(EFAULT) E_(EBUSY) E_(EEXIST) E_(ENODEV) E_(ENOTDIR) E_(EISDIR) E_(EINVAL)
	E_(EMFILE) E_(ETXTBSY) E_(EFBIG) E_(ENOSPC) E_(ESPIPE) E_(EPIPE) E_(ERANGE) E_(EDEADLK) E_(ENAMETOOLONG)
	E_(ENOSYS) E_(ELOOP) E_(EOVERFLOW) E_(EOPNOTSUPP) E_(ETIMEDOUT)
	default: return "E?";
	}
#undef E_
}
static inline const char *sigabbrev_np(int s)
{
	static const char n[32][8] = {"", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1",
		"SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU",
		"URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "POLL", "PWR", "SYS"};
	return s > 0 && s < 32 ? n[s] : NULL;
}
#endif

#include "vktest.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <ucontext.h>

#ifndef SYS_clone3
#define SYS_clone3 435
#endif

static T_UNUSED __attribute__((format(printf, 1, 2))) void p_say(const char *fmt, ...)
{
	char b[512];
	int e = errno;
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(b, sizeof b - 1, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof b - 2)
		n = sizeof b - 2;
	b[n++] = '\n';
	if (write(1, b, n) != n)
		_exit(97);
	errno = e;
}

/* --- signals ---------------------------------------------------------------------------------------------------- */

static T_UNUSED const char *p_code(int sig, int code)
{
	static const char *const chld[] = {"", "CLD_EXITED", "CLD_KILLED", "CLD_DUMPED", "CLD_TRAPPED", "CLD_STOPPED",
					   "CLD_CONTINUED"};
	static const char *const segv[] = {"", "SEGV_MAPERR", "SEGV_ACCERR"};
	static const char *const bus[] = {"", "BUS_ADRALN", "BUS_ADRERR", "BUS_OBJERR"};
	static const char *const fpe[] = {"", "FPE_INTDIV", "FPE_INTOVF", "FPE_FLTDIV", "FPE_FLTOVF", "FPE_FLTUND",
					  "FPE_FLTRES", "FPE_FLTINV", "FPE_FLTSUB"};
	static const char *const ill[] = {"", "ILL_ILLOPC", "ILL_ILLOPN", "ILL_ILLADR", "ILL_ILLTRP", "ILL_PRVOPC",
					  "ILL_PRVREG", "ILL_COPROC", "ILL_BADSTK"};
	static const char *const trap[] = {"", "TRAP_BRKPT", "TRAP_TRACE", "TRAP_BRANCH", "TRAP_HWBKPT"};
	static const char *const poll[] = {"", "POLL_IN", "POLL_OUT", "POLL_MSG", "POLL_ERR", "POLL_PRI", "POLL_HUP"};
	switch (code) {
	case 0: return "SI_USER";
	case 0x80: return "SI_KERNEL";
	case -1: return "SI_QUEUE";
	case -2: return "SI_TIMER";
	case -3: return "SI_MESGQ";
	case -4: return "SI_ASYNCIO";
	case -5: return "SI_SIGIO";
	case -6: return "SI_TKILL";
	}
#define PICK_(a) (code > 0 && code < (int)T_COUNT(a) ? a[code] : "code?")
	switch (sig) {
	case SIGCHLD: return PICK_(chld);
	case SIGSEGV: return PICK_(segv);
	case SIGBUS: return PICK_(bus);
	case SIGFPE: return PICK_(fpe);
	case SIGILL: return PICK_(ill);
	case SIGTRAP: return PICK_(trap);
	case SIGPOLL: return PICK_(poll);
	}
#undef PICK_
	return "code?";
}

/* "SIGCHLD CLD_EXITED pid ok uid ok status 3": pid is who sent it, as far as the fields for this code exist. */
static T_UNUSED void p_siginfo(const char *name, const siginfo_t *si, pid_t pid)
{
	char b[200];
	int n = snprintf(b, sizeof b, "%s %s errno %d", t_signame(si->si_signo), p_code(si->si_signo, si->si_code),
			 si->si_errno);
	if (si->si_code <= 0 && si->si_code != SI_TIMER)
		n += snprintf(b + n, sizeof b - n, " pid %s uid %s", si->si_pid == pid ? "ok" : si->si_pid ? "WRONG" : "0",
			      si->si_uid == getuid() ? "ok" : "WRONG");
	if (si->si_code == SI_QUEUE || si->si_code == SI_TIMER)
		n += snprintf(b + n, sizeof b - n, " value %d", si->si_value.sival_int);
	if (si->si_signo == SIGCHLD && si->si_code > 0 && si->si_code <= CLD_CONTINUED) {
		n += snprintf(b + n, sizeof b - n, " pid %s uid %s", si->si_pid == pid ? "ok" : si->si_pid ? "WRONG" : "0",
			      si->si_uid == getuid() ? "ok" : "WRONG");
		if (si->si_code == CLD_EXITED)
			n += snprintf(b + n, sizeof b - n, " status %d", si->si_status);
		else
			n += snprintf(b + n, sizeof b - n, " status %s", t_signame(si->si_status));
	}
	p_say("%s: %s", name, b);
}

static T_UNUSED void p_sigaction(int sig, void (*fn)(int, siginfo_t *, void *), int flags)
{
	struct sigaction sa = {.sa_sigaction = fn, .sa_flags = flags | SA_SIGINFO};
	sigemptyset(&sa.sa_mask);
	MUST(sigaction(sig, &sa, NULL));
}

static T_UNUSED void p_handler(int sig, void (*fn)(int), int flags)
{
	struct sigaction sa = {.sa_handler = fn, .sa_flags = flags};
	sigemptyset(&sa.sa_mask);
	MUST(sigaction(sig, &sa, NULL));
}

/* A set of the signals named, the last argument being 0. */
static T_UNUSED sigset_t p_set(int sig, ...)
{
	sigset_t s;
	va_list ap;
	sigemptyset(&s);
	va_start(ap, sig);
	for (; sig; sig = va_arg(ap, int))
		sigaddset(&s, sig);
	va_end(ap);
	return s;
}

static T_UNUSED void p_block(int sig)
{
	sigset_t s = p_set(sig, 0);
	MUST(sigprocmask(SIG_BLOCK, &s, NULL));
}

static T_UNUSED void p_unblock(int sig)
{
	sigset_t s = p_set(sig, 0);
	MUST(sigprocmask(SIG_UNBLOCK, &s, NULL));
}

/* The signals of a set by name, in one line. */
static T_UNUSED void p_showset(const char *name, const sigset_t *s)
{
	char b[500] = "";
	int n = 0;
	for (int i = 1; i <= 64 && n < 400; i++)
		if (sigismember(s, i) == 1)
			n += snprintf(b + n, sizeof b - n, " %s", t_signame(i));
	p_say("%s:%s", name, n ? b : " none");
}

static T_UNUSED void p_showmask(const char *name)
{
	sigset_t s;
	MUST(sigprocmask(SIG_SETMASK, NULL, &s));
	p_showset(name, &s);
}

static T_UNUSED void p_showpending(const char *name)
{
	sigset_t s;
	MUST(sigpending(&s));
	p_showset(name, &s);
}

/* --- processes -------------------------------------------------------------------------------------------------- */

static T_UNUSED int p_wait(const char *name, pid_t pid)
{
	int st = t_waitpid(pid);
	printf("%s: %s\n", name, t_status(st));
	return st;
}

#define IN_CHILD(name)                                                                                                 \
	for (pid_t in_child_ = t_fork(), once_ = 1; once_; once_ = 0, (void)p_wait(name, in_child_))                   \
		if (in_child_ == 0)                                                                                    \
			for (;; t_exit(0))

static T_UNUSED const char *p_self(void)
{
	static char path[PATH_MAX];
	if (!path[0]) {
		ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
		if (n > 0)
			path[n] = 0;
		else
			snprintf(path, sizeof path, "%s", (const char *)getauxval(AT_EXECFN));
	}
	return path;
}

/* One letter: the state in /proc/PID/task/TID/stat; 0 when there is none. */
static T_UNUSED char p_state(pid_t pid, pid_t tid)
{
	char path[80], b[512];
	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)pid, (int)tid);
	if (t_read_file(path, b, sizeof b) <= 0)
		return 0;
	char *p = strrchr(b, ')');
	return p && p[1] ? p[2] : 0;
}

static T_UNUSED void p_asleep(pid_t pid, pid_t tid)
{
	int seen = 0;
	for (int i = 0; i < 400 && seen < 4; i++) {
		char c = p_state(pid, tid);
		if (c == 0) {
			t_sleep_ms(150);
			return;
		}
		seen = c == 'S' ? seen + 1 : 0;
		t_sleep_ms(2);
	}
	t_sleep_ms(10);
}

/* Waits for a byte of shared memory or a flag to become v; false after ten seconds. */
static T_UNUSED bool p_until(volatile int *flag, int v)
{
	long end = t_now_ms() + 10000;
	while (__atomic_load_n(flag, __ATOMIC_SEQ_CST) != v) {
		if (t_now_ms() > end)
			return false;
		t_sleep_ms(1);
	}
	return true;
}

static T_UNUSED void p_no_core(void)
{
	struct rlimit rl = {0, 0};
	setrlimit(RLIMIT_CORE, &rl);
}

static T_UNUSED pid_t p_gettid(void)
{
	return syscall(SYS_gettid);
}

/* From root to an ordinary user, for what differs between the two; an ordinary user stays who he is. */
static T_UNUSED void p_ordinary(void)
{
	if (geteuid() != 0)
		return;
	MUST(syscall(SYS_setgroups, 0L, NULL));
	MUST(syscall(SYS_setresgid, 65534L, 65534L, 65534L));
	MUST(syscall(SYS_setresuid, 65534L, 65534L, 65534L));
}

/* The result of a call and the four uids and gids that the kernel has after it. */
static T_UNUSED void p_ids(const char *what, long r)
{
	int e = errno;
	char b[4096], *u, *g;
	unsigned x[8] = {0};
	t_read_file("/proc/thread-self/status", b, sizeof b);
	u = strstr(b, "\nUid:"), g = strstr(b, "\nGid:");
	if (u)
		sscanf(u, "\nUid: %u %u %u %u", &x[0], &x[1], &x[2], &x[3]);
	if (g)
		sscanf(g, "\nGid: %u %u %u %u", &x[4], &x[5], &x[6], &x[7]);
	printf("%s: %ld%s%s  %u %u %u %u  %u %u %u %u\n", what, r, r == -1 ? " " : "", r == -1 ? t_errname(e) : "", x[0], x[1], x[2], x[3], x[4],
	       x[5], x[6], x[7]);
}
#define SHOW_IDS(call) p_ids(#call, (errno = 0, (long)(call)))

/* --- threads ---------------------------------------------------------------------------------------------------- */

static T_UNUSED pthread_t p_thread(void *(*fn)(void *), void *arg)
{
	pthread_t t;
	int e = pthread_create(&t, NULL, fn, arg);
	if (e) {
		printf("FATAL pthread_create: %s\n", t_errname(e));
		t_exit(99);
	}
	return t;
}

static T_UNUSED void *p_join(pthread_t t)
{
	void *r = NULL;
	int e = pthread_join(t, &r);
	if (e)
		printf("pthread_join: %s\n", t_errname(e));
	return r;
}

/* For calls that return the error instead of setting errno: prints "call = 0" or "call = EBUSY". */
#define SHOW_E(e)                                                                                                      \
	do {                                                                                                           \
		int e_ = (e);                                                                                          \
		printf("%s = %s\n", #e, e_ ? t_errname(e_) : "0");                                                     \
	} while (0)

#endif
