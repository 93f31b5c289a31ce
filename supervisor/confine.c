/*
 * confine.c - the vkernel's own cage (confine.h).
 *
 * The filter is libseccomp's, an allow-list: what is not on it is a bug or an
 * attack, so it does not fail but ends the run, and says what it was.  Threads
 * may be made, processes not (clone3 hides its flags in memory, so it is
 * ENOSYS and the C library falls back to clone).
 *
 * seccomp(2), landlock(7), capabilities(7).
 */
#include "confine.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "abi/abi.h"
#include "crash.h"
#include "feature.h"
#include "supervisor.h"
#include "vksup/host.h"

#define NEEDS_MAX	256

/* Flags of open(2) that change the host; O_TMPFILE without its O_DIRECTORY. */
#define OPEN_CHANGES	(O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))

/* linux/landlock.h of Debian 12 ends at version 2 (landlock(7) has them all). */
#define LL_CREATE	444
#define LL_ADD_RULE	445
#define LL_RESTRICT	446
#define LL_VERSION	1U
#define LL_PATH_BENEATH	1
#define LL_EXECUTE	(1UL << 0)
#define LL_WRITE_FILE	(1UL << 1)
#define LL_REMOVE_DIR	(1UL << 4)
#define LL_REMOVE_FILE	(1UL << 5)
#define LL_MAKE_ALL	(0x7fUL << 6)	/* char, dir, reg, sock, fifo, block, sym */
#define LL_MAKE_REG	(1UL << 8)
#define LL_REFER	(1UL << 13)	/* from version 2 */
#define LL_TRUNCATE	(1UL << 14)	/* 3 */
#define LL_IOCTL_DEV	(1UL << 15)	/* 5 */
#define LL_NET_TCP	3UL		/* bind, connect: 4 */
#define LL_SCOPE_UNIX	1UL		/* abstract names: 6 */

struct ll_ruleset {
	uint64_t	fs, net, scoped;
};

struct ll_path {
	uint64_t	access;
	int32_t		fd;
} __attribute__((packed));

static const char *writable[NEEDS_MAX], *calls[NEEDS_MAX], *growing[NEEDS_MAX], *shrinking[NEEDS_MAX];
static int nwritable, ncalls, ngrowing, nshrinking, caps[NEEDS_MAX], ncaps;
static bool need_net, need_proc_mem, off, full;

/* --- what others need --- */

static void
need_full(int n)
{
	if (n == NEEDS_MAX)
		fail("more is asked for than the kernel's confinement has room for; --no-confine does "
		    "without", 0);
}

void
confine_need_write(const char *path)
{
	need_full(nwritable);
	writable[nwritable++] = path;
}

void
confine_need_new_files(const char *dir)
{
	need_full(ngrowing);
	growing[ngrowing++] = dir;
}

void
confine_need_remove(const char *dir)
{
	need_full(nshrinking);
	shrinking[nshrinking++] = dir;
	confine_need_call("unlink");
}

void
confine_need_call(const char *name)
{
	need_full(ncalls);
	calls[ncalls++] = name;
}

void
confine_need_net(void)
{
	need_net = true;
}

void
confine_need_cap(int cap)
{
	need_full(ncaps);
	caps[ncaps++] = cap;
}

/* --- rights --- */

/*
 * To read what the user may read, as root what root may; the rest goes.  With
 * ptrace_scope 2 (Yama) only CAP_SYS_PTRACE opens the memory of carriers.
 */
static void
caps_drop(void)
{
	static const int always[] = { CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE };
	bool keep[64] = { false };
	size_t i;
	int c;

	if (capng_get_caps_process() != 0)
		fail("cannot read the capabilities", 0);
	for (i = 0; i < nitems(always); i++)
		keep[always[i]] = capng_have_capability(CAPNG_PERMITTED, (unsigned)always[i]);
	for (c = 0; c < ncaps; c++)
		keep[caps[c] & 63] = capng_have_capability(CAPNG_PERMITTED, (unsigned)caps[c]);
	capng_clear(CAPNG_SELECT_CAPS);
	for (c = 0; c < 64; c++)
		if (keep[c])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, (unsigned)c);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		fail("cannot drop capabilities", 0);
}

/* --- Landlock --- */

int
landlock_abi(void)
{
	long v = syscall(LL_CREATE, NULL, 0, LL_VERSION);

	return v > 0 ? (int)v : 0;
}

static uint64_t
landlock_rights(int abi)
{
	uint64_t r = LL_EXECUTE | LL_WRITE_FILE | LL_REMOVE_DIR | LL_REMOVE_FILE | LL_MAKE_ALL;

	if (abi >= 2)
		r |= LL_REFER;
	if (abi >= 3)
		r |= LL_TRUNCATE;
	if (abi >= 5)
		r |= LL_IOCTL_DEV;
	return r;
}

/* Allow `rights` below path; of a file only those that files know. */
static int
landlock_allow(int rules, const char *path, uint64_t rights)
{
	struct ll_path p = { rights, open(path, O_PATH | O_CLOEXEC) };
	struct stat st;
	int err;

	if (p.fd < 0)
		return -errno;
	if (fstat(p.fd, &st) == 0 && !S_ISDIR(st.st_mode))
		p.access &= LL_WRITE_FILE | LL_TRUNCATE | LL_IOCTL_DEV;
	err = syscall(LL_ADD_RULE, rules, LL_PATH_BENEATH, &p, 0) == 0 ? 0 : -errno;
	close(p.fd);
	return err;
}

static int
landlock_allow_written(int rules, const char *path, uint64_t rights)
{
	char *copy;
	int err = landlock_allow(rules, path, rights & ~LL_EXECUTE);

	if (err != -ENOENT)
		return err;
	copy = strdup(path);
	if (copy == NULL)
		return -ENOMEM;
	err = landlock_allow(rules, dirname(copy), rights & (LL_WRITE_FILE | LL_MAKE_REG | LL_TRUNCATE));
	free(copy);
	return err;
}

/* Where process_vm_readv() is refused, carriers are written through /proc/PID/mem. */
static bool
process_vm_works(void)
{
	char from = 1, to = 0;
	struct iovec a = { &to, 1 }, b = { &from, 1 };

	return process_vm_readv(getpid(), &a, 1, &b, 1, 0) == 1;
}

static int
landlock_enter(int abi)
{
	struct ll_ruleset set = { .fs = landlock_rights(abi) };
	int i, rules, err = 0;

	if (!need_net)
		set.net = abi >= 4 ? LL_NET_TCP : 0;
	if (!need_net)
		set.scoped = abi >= 6 ? LL_SCOPE_UNIX : 0;
	rules = (int)syscall(LL_CREATE, &set, abi >= 6 ? sizeof(set) : abi >= 4 ? 16 : 8, 0);
	if (rules < 0)
		return -errno;
	for (i = 0; i < nwritable && err == 0; i++)
		err = landlock_allow_written(rules, writable[i], set.fs);
	for (i = 0; i < ngrowing && err == 0; i++) {
		err = landlock_allow(rules, growing[i], LL_MAKE_REG | LL_WRITE_FILE);
		err = err == -ENOENT ? 0 : err;
	}
	for (i = 0; i < nshrinking && err == 0; i++)
		err = landlock_allow(rules, shrinking[i], LL_REMOVE_FILE);
	if (err == 0 && need_proc_mem)
		err = landlock_allow(rules, "/proc", LL_WRITE_FILE);
	if (err == 0 && syscall(LL_RESTRICT, rules, 0) != 0)
		err = -errno;
	close(rules);
	return err;
}

void
confine_begin(void)
{
	int abi, err;

	if (off) {
		host_log("--no-confine: the kernel runs unconfined on the host");
		return;
	}
	need_proc_mem = !process_vm_works();
	caps_drop();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		fail("cannot set no_new_privs", -errno);
	abi = landlock_abi();
	if (abi == 0) {
		if (full)
			fail("--full-confine: this host has no Landlock", 0);
		return;
	}
	err = landlock_enter(abi);
	if (err)
		fail("cannot confine the kernel (Landlock); --no-confine does without", err);
}

/* --- the filter --- */

static const char *const allowed[] = {
	/* its own memory and threads */
	"mmap", "munmap", "mprotect", "mremap", "madvise", "brk", "mincore", "msync", "futex",
	"set_robust_list", "rseq", "rt_sigprocmask", "rt_sigaction", "rt_sigreturn", "sigaltstack",
	"rt_sigpending", "rt_sigtimedwait", "rt_sigsuspend", "gettid", "getpid", "getppid", "getpgid",
	"getpgrp", "getsid", "getuid", "geteuid", "getgid", "getegid", "sched_yield",
	"sched_setaffinity", "sched_getaffinity", "getcpu", "exit", "exit_group", "restart_syscall",
	"nanosleep", "clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday", "time",
	"getrandom", "membarrier", "pause", "uname", "sysinfo", "getrusage", "times", "getrlimit",
	"getpriority", "umask", "alarm", "setitimer", "getcwd", "sched_getparam", "sched_getscheduler", "getitimer",
	/* reading the host's files */
	"close", "close_range", "read", "readv", "pread64", "preadv", "preadv2", "lseek", "fstat",
	"newfstatat", "stat", "lstat", "statx", "readlink", "readlinkat", "access", "faccessat",
	"faccessat2", "getdents64", "statfs", "fstatfs", "fadvise64", "readahead", "getxattr",
	"lgetxattr", "fgetxattr", "listxattr", "llistxattr", "flistxattr", "fcntl", "flock",
	"dup", "dup2", "dup3",
	/* memory files, pipes, and what was opened for writing before */
	"memfd_create", "ftruncate", "fallocate", "write", "writev", "pwrite64", "pwritev",
	"pwritev2", "copy_file_range", "sendfile", "splice", "tee", "vmsplice", "pipe2", "pipe",
	"fsync", "fdatasync",
	/* waiting */
	"poll", "ppoll", "select", "pselect6", "epoll_create1", "epoll_ctl", "epoll_wait",
	"epoll_pwait", "eventfd2", "signalfd4", "timerfd_create", "timerfd_settime",
	"timerfd_gettime",
	/* talking to carriers, and to a standard descriptor that is a socket */
	"sendto", "sendmsg", "recvfrom", "recvmsg", "getsockopt", "getsockname", "getpeername",
	"shutdown",
	/* carriers */
	"tgkill", "wait4", "waitid", "pidfd_open", "pidfd_send_signal", "process_vm_readv",
	"process_vm_writev",
};

/* With confine_need_write(). */
static const char *const writing[] = {
	"openat2", "mkdir", "mkdirat", "mknodat", "unlink", "unlinkat", "rmdir", "rename",
	"renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "fchmod", "fchmodat",
	"chmod", "chown", "lchown", "fchown", "fchownat", "utimensat", "utimes", "truncate", "setxattr", "lsetxattr", "fsetxattr",
	"removexattr", "lremovexattr", "fremovexattr", "syncfs", "sync_file_range",
};

/* With confine_need_net(). */
static const char *const net[] = {
	"socket", "socketpair", "bind", "connect", "listen", "accept", "accept4", "setsockopt",
};

static void
filter_names(scmp_filter_ctx f, const char *const *names, size_t n)
{
	size_t i;
	int nr, err;

	for (i = 0; i < n; i++) {
		nr = seccomp_syscall_resolve_name(names[i]);
		err = nr == __NR_SCMP_ERROR ? -EINVAL : seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 0);
		if (err)
			host_panic("%s cannot be put into the filter", names[i]);
	}
}

#define RULE(f, name, n, ...) do { \
	if (seccomp_rule_add((f), SCMP_ACT_ALLOW, SCMP_SYS(name), (n), __VA_ARGS__) != 0) \
		host_panic(#name " cannot be put into the filter"); \
} while (0)

/* Requests that are about the terminal of the run; none that types for the user (TIOCSTI). */
static void
filter_ioctl(scmp_filter_ctx f)
{
	static const unsigned long requests[] = { TCGETS, TCSETS, TCSETSW, TCSETSF, 0x802c542aUL,
		0x402c542bUL, 0x402c542cUL, 0x402c542dUL, TIOCGWINSZ, TIOCSWINSZ, TIOCGPGRP, TIOCSPGRP,
		TIOCGSID, TIOCOUTQ, FIONREAD, TCFLSH, TCSBRK, TCXONC, FIONBIO, FIOCLEX, FIONCLEX };
	size_t i;

	for (i = 0; i < nitems(requests); i++)
		RULE(f, ioctl, 1, SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffUL, requests[i]));
}

static void
filter_special(scmp_filter_ctx f)
{
	static const int signals[] = { 0, SIGKILL, SIGSTOP, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU,
		SIGABRT };
	size_t i;

	/* Threads, not processes. */
	RULE(f, clone, 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM));
	if (seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) != 0)
		host_panic("clone3 cannot be put into the filter");
	for (i = 0; i < nitems(signals); i++)
		RULE(f, kill, 1, SCMP_A1(SCMP_CMP_EQ, (unsigned)signals[i], 0));
	RULE(f, prctl, 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0));
	RULE(f, prctl, 1, SCMP_A0(SCMP_CMP_EQ, PR_GET_NAME, 0));
	/* PR_SET_VMA: names for the memory of malloc */
	RULE(f, prctl, 1, SCMP_A0(SCMP_CMP_EQ, 0x53564d41, 0));
	/* Limits are looked at, not set. */
	RULE(f, prlimit64, 1, SCMP_A2(SCMP_CMP_EQ, 0, 0));
	RULE(f, socketpair, 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
	filter_ioctl(f);
}

/* open(2) with these of the flags in mask. */
static void
open_rule(scmp_filter_ctx f, uint64_t mask, uint64_t flags)
{
	RULE(f, openat, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, mask, flags));
	RULE(f, open, 1, SCMP_A1(SCMP_CMP_MASKED_EQ, mask, flags));
}

static void
filter_open(scmp_filter_ctx f)
{
	if (nwritable > 0) {
		open_rule(f, 0, 0);
		return;
	}
	open_rule(f, O_ACCMODE | OPEN_CHANGES, O_RDONLY);
	if (need_proc_mem)
		open_rule(f, O_ACCMODE | OPEN_CHANGES, O_RDWR);
	if (ngrowing > 0)
		open_rule(f, O_CREAT | O_EXCL, O_CREAT | O_EXCL);
}

/* A host call that nobody asked for: a bug of ours, or somebody got into us. */
static void
call_refused(int sig, siginfo_t *si, void *uc)
{
	const struct abi_row *row = abi_row((unsigned)si->si_syscall);
	char msg[128];

	(void)sig;
	(void)uc;
	snprintf(msg, sizeof(msg), "the kernel made the host call %s (%d), which nothing asked for",
	    row != NULL ? row->name : "?", si->si_syscall);
	crash(msg);
}

void
confine_enter(void)
{
	struct sigaction sa = { .sa_sigaction = call_refused, .sa_flags = SA_SIGINFO };
	scmp_filter_ctx f;
	int err;

	if (off)
		return;
	sigaction(SIGSYS, &sa, NULL);
	f = seccomp_init(SCMP_ACT_TRAP);
	if (f == NULL)
		fail("cannot confine the kernel (seccomp)", -ENOMEM);
	filter_names(f, allowed, nitems(allowed));
	filter_names(f, calls, (size_t)ncalls);
	if (nwritable > 0)
		filter_names(f, writing, nitems(writing));
	if (need_net)
		filter_names(f, net, nitems(net));
	filter_special(f);
	filter_open(f);
	err = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
	if (err == 0)
		err = seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (err == 0)
		err = seccomp_attr_set(f, SCMP_FLTATR_CTL_SSB, 1);
	if (err == 0)
		err = seccomp_load(f);
	if (err)
		fail("cannot confine the kernel (seccomp); --no-confine does without", err);
	seccomp_release(f);
}

/* --- options --- */

static const struct feature_option options[] = {
	{ "no-confine", NULL, "do not confine the kernel itself (it says so)" },
	{ "full-confine", NULL, "stop if the host lacks a part of the confinement" },
	{ NULL, NULL, NULL },
};

static void
option(struct options *o, const char *name, const char *arg)
{
	(void)o;
	(void)arg;
	if (strcmp(name, "no-confine") == 0)
		off = true;
	else
		full = true;
}

static void
prepare(struct options *o, struct vkern_config *cfg)
{
	/* What a user who may do so does to files: root's --rw is written through as root's. */
	static const int owner[] = { CAP_CHOWN, CAP_FOWNER, CAP_FSETID, CAP_MKNOD, CAP_SETFCAP };
	bool rw = false;
	unsigned i;

	(void)cfg;
	if (off && full)
		bad_value("--full-confine", "--no-confine", "one of them at a time");
	for (i = 0; i < o->nrules; i++) {
		if (o->rules[i].kind != RULE_RW)
			continue;
		rw = true;
		confine_need_write(o->rules[i].src);
	}
	for (i = 0; rw && i < nitems(owner); i++)
		confine_need_cap(owner[i]);
}

const struct feature feature_confine = {
	.name = "confine",
	.options = options,
	.option = option,
	.prepare = prepare,
};
