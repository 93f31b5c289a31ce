/*
 * diff_calls.c - random system calls, told one a line: run natively and under
 * vksup the lines must be the same.
 *
 *	diff_calls FIRST LAST CALLS	for each seed a child and a directory ./dSEED
 *
 * The grammar is safe to be run natively by an ordinary user: files in its own
 * directory, descriptors it opened, its own memory at fixed addresses, signals
 * to itself.  Nothing waits (everything is O_NONBLOCK), and what is told depends
 * on neither time, nor addresses, nor pids, nor on the file system below.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define REGION		((char *)0x20000000)
#define PAGES		16
#define FD_MAX		20

static uint64_t state;
static unsigned seed, at;
static volatile sig_atomic_t handled;
static char buf[8192];

static unsigned
rnd(unsigned below)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(state >> 33) % below;
}
#define PICK(...) ({ const long pick_[] = { __VA_ARGS__ }; pick_[rnd(sizeof(pick_) / sizeof(*pick_))]; })
#define SOME(...) ({ const long some_[] = { __VA_ARGS__ }; long v_ = 0; size_t k_; \
	for (k_ = 0; k_ < sizeof(some_) / sizeof(*some_); k_++) \
		if (rnd(4) == 0) v_ |= some_[k_]; \
	v_; })

static const char *
path(void)
{
	static const char *const names[] = { "a", "b", "c", "d", "d/a", "d/b", "l", "d/..", "d/../a", ".", "e/", "f/.", "fifo",
		"nothing/a", "a/b", "", "loop", "./d//a" };

	return names[rnd(sizeof(names) / sizeof(*names))];
}

static int
fd(void)
{
	return rnd(24) == 0 ? (int)PICK(-1, 99, 1000000, AT_FDCWD) : 3 + (int)rnd(FD_MAX - 3);
}

static size_t
len(void)
{
	return (size_t)PICK(0, 1, 2, 7, 16, 100, 511, 512, 4095, 4096, 4097, 8192);
}

static int64_t
off(void)
{
	return rnd(12) == 0 ? PICK(-1, INT64_MAX, -4096, INT64_MIN) : PICK(0, 1, 5, 100, 4095, 4096, 4097, 10000, 65536);
}

static uint32_t
sum(const void *p, size_t n)
{
	const unsigned char *c = p;
	uint32_t s = 5381;

	while (n-- > 0)
		s = s * 33 + *c++;
	return s;
}

/* What a call said, with what matters of its results in `more`. */
static void
tell(const char *name, long r, const char *more, ...)
{
	char text[512];
	int e = errno;
	va_list ap;

	va_start(ap, more);
	vsnprintf(text, sizeof(text), more, ap);
	va_end(ap);
	if (r < 0)
		printf("%u.%u %s = %s\t%s\n", seed, at, name, strerrorname_np(e), text);
	else
		printf("%u.%u %s = %ld\t%s\n", seed, at, name, r, text);
}
#define CALL(nr, ...)	({ errno = 0; syscall(SYS_##nr, ##__VA_ARGS__); })

static char *
page(void)
{
	return REGION + 4096 * rnd(PAGES) + (rnd(6) == 0 ? PICK(1, 2048, -4096, 4095) : 0);
}

/* --- files --- */

static void
tell_stat(const char *name, long r, const struct stat *st, const char *what)
{
	if (r < 0)
		tell(name, r, "%s", what);
	else if (S_ISDIR(st->st_mode))
		tell(name, r, "%s %o", what, st->st_mode);
	else
		tell(name, r, "%s %o %lu %ld", what, st->st_mode, (long)st->st_nlink, (long)st->st_size);
}

static void
do_open(void)
{
	const char *p = path();
	long flags = PICK(O_RDONLY, O_WRONLY, O_RDWR, O_RDWR, O_ACCMODE) |
	    SOME(O_CREAT, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_NOFOLLOW, O_PATH, O_CLOEXEC, O_NOATIME) |
	    O_NONBLOCK;
	long mode = PICK(0644, 0600, 0, 0777, 04755, 0444);
	int dir = rnd(8) == 0 ? fd() : AT_FDCWD;
	long r = CALL(openat, dir, p, flags, mode);

	if (r >= FD_MAX)
		close((int)r);
	tell("openat", r, "%d %s %lo %lo", dir, p, flags, mode);
}

static void
do_names(void)
{
	const char *p = path(), *q = path();
	long v;

	switch (rnd(14)) {
	case 0: tell("mkdir", CALL(mkdir, p, 0755), "%s", p); break;
	case 1: tell("rmdir", CALL(rmdir, p), "%s", p); break;
	case 2: tell("unlink", CALL(unlink, p), "%s", p); break;
	case 3: tell("rename", CALL(rename, p, q), "%s %s", p, q); break;
	case 4: v = PICK(0, 1, 2, 3, 8);
		tell("renameat2", CALL(renameat2, AT_FDCWD, p, AT_FDCWD, q, v), "%s %s %ld", p, q, v); break;
	case 5: tell("link", CALL(link, p, q), "%s %s", p, q); break;
	case 6: tell("symlink", CALL(symlink, p, q), "%s %s", p, q); break;
	case 7: memset(buf, 0, 64); v = CALL(readlink, p, buf, PICK(0, 1, 64)); tell("readlink", v, "%s %.64s", p, v > 0 ? buf : ""); break;
	case 8: v = PICK(0, 0600, 0644, 0777, 01777, 06755);
		tell("chmod", CALL(chmod, p, v), "%s %lo", p, v); break;
	case 9: v = PICK(0, 1, 2, 4, 7, 8); tell("access", CALL(access, p, v), "%s %ld", p, v); break;
	case 10: v = off() % 100000; tell("truncate", CALL(truncate, p, v), "%s %ld", p, v); break;
	case 11: v = PICK(S_IFREG | 0644, S_IFIFO | 0600, S_IFDIR | 0700, S_IFSOCK | 0600, 0, 0170000);
		tell("mknod", CALL(mknod, p, v, 0L), "%s %lo", p, v); break;
	case 12: v = PICK(0, 022, 077, 0777); tell("umask", CALL(umask, v), "%lo", v); break;
	case 13: v = PICK(0, AT_REMOVEDIR, 1); tell("unlinkat", CALL(unlinkat, AT_FDCWD, p, v), "%s %lx", p, v); break;
	}
}

static void
do_stat(void)
{
	const char *p = path();
	struct stat st = { 0 };
	int f = fd();
	long v;

	switch (rnd(4)) {
	case 0: tell_stat("stat", CALL(stat, p, &st), &st, p); break;
	case 1: tell_stat("lstat", CALL(lstat, p, &st), &st, p); break;
	case 2: v = CALL(fstat, f, &st);
		if (v == 0 && !S_ISREG(st.st_mode))
			st.st_size = 0;
		tell_stat("fstat", v, &st, ""); break;
	case 3: v = PICK(0, AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, 1, 0x10000);
		tell_stat("newfstatat", CALL(newfstatat, AT_FDCWD, p, &st, v), &st, p); break;
	}
}

static void
do_io(void)
{
	int f = fd();
	size_t n = len();
	int64_t o = off();
	struct iovec v[3] = { { buf, n / 2 }, { NULL, 0 }, { buf + n / 2, n - n / 2 } };
	long r, w;

	memset(buf, 'a' + (int)rnd(26), sizeof(buf));
	switch (rnd(10)) {
	case 0: case 1: r = CALL(read, f, buf, n); tell("read", r, "%d %zu %u", f, n, r > 0 ? sum(buf, (size_t)r) : 0); break;
	case 2: case 3: tell("write", CALL(write, f, buf, n), "%d %zu", f, n); break;
	case 4: r = CALL(pread64, f, buf, n, o); tell("pread", r, "%d %zu %ld %u", f, n, (long)o, r > 0 ? sum(buf, (size_t)r) : 0); break;
	case 5: tell("pwrite", CALL(pwrite64, f, buf, n, o & 0xffffff), "%d %zu %ld", f, n, (long)o & 0xffffff); break;
	case 6: r = CALL(readv, f, v, rnd(5) == 0 ? -1L : 3L); tell("readv", r, "%d %zu %u", f, n, r > 0 ? sum(buf, (size_t)r) : 0); break;
	case 7: w = PICK(0, 1, 3, 3); tell("writev", CALL(writev, f, v, w), "%d %zu %ld", f, n, w); break;
	case 8: o %= 1 << 24; w = PICK(0, 1, 2, 5, -1); tell("lseek", CALL(lseek, f, o, w), "%d %ld %ld", f, (long)o, w); break;
	case 9: r = CALL(read, f, page(), n); tell("read to a page", r, "%d %zu", f, n); break;
	}
}

static void
do_files(void)
{
	int f = fd(), g = fd();
	size_t n = len();
	loff_t o1 = off() & 0xffff, o2 = off() & 0xffff;
	struct flock fl = { .l_type = (short)PICK(F_RDLCK, F_WRLCK, F_UNLCK, 9), .l_start = off(), .l_len = off() };
	long v, r;

	switch (rnd(12)) {
	case 0: v = off() % 100000; tell("ftruncate", CALL(ftruncate, f, v), "%d %ld", f, v); break;
	case 1: v = PICK(0, 1, 3, 0x10, 2); tell("fallocate", CALL(fallocate, f, v, o1, (long)n), "%d %ld %ld %zu", f, v, (long)o1, n); break;
	case 2: r = CALL(sendfile, f, g, rnd(2) ? &o1 : NULL, n + 1);
		/* With nothing to send Linux does not look at the other side. */
		tell("sendfile", r < 0 && errno == EINVAL ? 0 : r, "%d %d %zu", f, g, n + 1); break;
	case 3: tell("copy_file_range", CALL(copy_file_range, f, &o1, g, &o2, n, 0L), "%d %d %zu %ld %ld", f, g, n, (long)o1, (long)o2); break;
	case 4: tell("splice", CALL(splice, f, NULL, g, NULL, n, (long)SPLICE_F_NONBLOCK), "%d %d %zu", f, g, n); break;
	case 5: tell("tee", CALL(tee, f, g, n, (long)SPLICE_F_NONBLOCK), "%d %d %zu", f, g, n); break;
	case 6: v = PICK(LOCK_SH, LOCK_EX, LOCK_UN, 0) | LOCK_NB; tell("flock", CALL(flock, f, v), "%d %ld", f, v); break;
	case 7: r = CALL(fcntl, f, PICK(F_SETLK, F_GETLK, F_OFD_SETLK), &fl); tell("fcntl lock", r, "%d %d", f, fl.l_type); break;
	case 8: v = PICK(0, 0600, 0755); tell("fchmod", CALL(fchmod, f, v), "%d %lo", f, v); break;
	case 9: tell("fsync", CALL(fsync, f), "%d", f); break;
	case 10: tell("fdatasync", CALL(fdatasync, f), "%d", f); break;
	case 11: tell("fchdir", CALL(fchdir, f), "%d", f); break;
	}
}

static void
do_fds(void)
{
	int f = fd(), g = 3 + (int)rnd(FD_MAX - 3), p[2] = { -1, -1 };
	sigset_t set;
	long v, w, r = -1;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	switch (rnd(16)) {
	case 0: case 1: tell("close", CALL(close, f > 2 ? f : 99), "%d", f); return;
	case 2: r = CALL(dup, f); tell("dup", r, "%d", f); break;
	case 3: tell("dup2", CALL(dup2, f, g), "%d %d", f, g); return;
	case 4: v = PICK(0, O_CLOEXEC, 1); tell("dup3", CALL(dup3, f, g, v), "%d %d %ld", f, g, v); return;
	case 5: v = PICK(O_NONBLOCK, O_NONBLOCK | O_CLOEXEC, O_NONBLOCK | O_DIRECT, 1);
		r = CALL(pipe2, p, v); tell("pipe2", r, "%d %d %lo", p[0], p[1], v);
		if (p[1] >= FD_MAX) close(p[1]);
		if (p[0] >= FD_MAX) close(p[0]);
		return;
	case 6: v = PICK(SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, 9); r = CALL(socketpair, PICK(AF_UNIX, AF_UNIX, AF_INET), v | SOCK_NONBLOCK, 0L, p);
		tell("socketpair", r, "%ld %d %d", v, r == 0 ? p[0] : 0, r == 0 ? p[1] : 0);
		if (p[1] >= FD_MAX) close(p[1]);
		if (p[0] >= FD_MAX) close(p[0]);
		return;
	case 7: r = CALL(eventfd2, PICK(0, 1, 5), PICK(EFD_NONBLOCK, EFD_NONBLOCK | EFD_SEMAPHORE)); tell("eventfd2", r, ""); break;
	case 8: r = CALL(epoll_create1, PICK(0, EPOLL_CLOEXEC, 1)); tell("epoll_create1", r, ""); break;
	case 9: r = CALL(inotify_init1, (long)IN_NONBLOCK); tell("inotify_init1", r, ""); break;
	case 10: r = CALL(signalfd4, -1L, &set, 8L, (long)SFD_NONBLOCK); tell("signalfd4", r, ""); break;
	case 11: r = CALL(memfd_create, "m", PICK(0, 1, 2, 0x100)); tell("memfd_create", r, ""); break;
	case 12: r = CALL(timerfd_create, PICK(0, 1, 99), (long)TFD_NONBLOCK); tell("timerfd_create", r, ""); break;
	case 13: v = PICK(F_GETFD, F_GETFL, F_SETFD, F_GETOWN, F_GETSIG, F_GET_SEALS, 9999); w = PICK(0, 1);
		r = CALL(fcntl, f, v, w); tell("fcntl", r, "%d %ld %ld", f, v, w); return;
	case 14: v = O_NONBLOCK | SOME(O_APPEND, O_RDWR, O_CREAT); tell("F_SETFL", CALL(fcntl, f, (long)F_SETFL, v), "%d %lo", f, v); return;
	case 15: v = PICK(0, 5, 10); r = CALL(fcntl, f, (long)F_DUPFD, v); tell("F_DUPFD", r, "%d %ld", f, v); break;
	}
	if (r >= FD_MAX)
		close((int)r);
}

static void
do_events(void)
{
	int f = fd(), g = fd(), i, n;
	struct epoll_event e = { .events = (uint32_t)SOME(EPOLLIN, EPOLLOUT, EPOLLET, EPOLLONESHOT, EPOLLHUP), .data.u32 = rnd(9) };
	struct epoll_event out[8];
	struct pollfd p[4];
	uint32_t s = 0;
	long v, r;

	switch (rnd(5)) {
	case 0: case 1: v = PICK(1, 2, 3, 4); tell("epoll_ctl", CALL(epoll_ctl, f, v, g, &e), "%d %ld %d %x", f, v, g, e.events); break;
	case 2: memset(out, 0, sizeof(out)); v = PICK(0, 1, 8); r = CALL(epoll_wait, f, out, v, 0L);
		for (i = 0; i < r; i++)
			s += out[i].events * 31 + out[i].data.u32;
		tell("epoll_wait", r, "%d %ld %x", f, v, s); break;
	case 3: n = (int)rnd(5);
		for (i = 0; i < n; i++)
			p[i] = (struct pollfd){ .fd = fd(), .events = (short)PICK(0, POLLIN, POLLOUT, POLLIN | POLLOUT | POLLRDHUP) };
		r = CALL(poll, p, (long)n, 0L);
		for (i = 0; i < n; i++)
			s = s * 31 + (uint32_t)p[i].revents;
		tell("poll", r, "%d %x", n, s); break;
	case 4: v = SOME(IN_CREATE, IN_DELETE, IN_MODIFY, IN_OPEN); tell("inotify_add_watch", CALL(inotify_add_watch, f, path(), v), "%d %lx", f, v); break;
	}
}

/* --- sockets --- */

static void
do_sockets(void)
{
	int f = fd(), val = (int)PICK(0, 1, 4096);
	socklen_t l = (socklen_t)PICK(4, 0, 2);
	size_t n = (size_t)PICK(0, 1, 100, 4096);
	long v, r, name;

	memset(buf, 'a' + (int)rnd(26), sizeof(buf));
	switch (rnd(5)) {
	case 0: v = PICK(0, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_OOB) | MSG_NOSIGNAL; tell("sendto", CALL(sendto, f, buf, n, v, NULL, 0L), "%d %zu %lx", f, n, v); break;
	case 1: v = PICK(0, MSG_PEEK, MSG_TRUNC) | MSG_DONTWAIT; r = CALL(recvfrom, f, buf, n, v, NULL, NULL);
		tell("recvfrom", r, "%d %zu %lx %u", f, n, v, r > 0 ? sum(buf, (size_t)r < n ? (size_t)r : n) : 0); break;
	case 2: v = PICK(0, 1, 2, 3); tell("shutdown", CALL(shutdown, f, v), "%d %ld", f, v); break;
	case 3: name = PICK(SO_TYPE, SO_ERROR, SO_DOMAIN, SO_PASSCRED, 9999); r = CALL(getsockopt, f, (long)SOL_SOCKET, name, &val, &l);
		tell("getsockopt", r, "%d %ld %d %u", f, name, r == 0 && l == 4 ? val : 0, r == 0 ? l : 0); break;
	case 4: tell("listen", CALL(listen, f, 1L), "%d", f); break;
	}
}

/* --- memory --- */

static void
do_memory(void)
{
	char *p = page(), *q = page();
	size_t n = (size_t)PICK(0, 1, 4096, 4096, 8192, 12288, 5000);
	long prot = SOME(PROT_READ, PROT_READ, PROT_WRITE, PROT_WRITE, PROT_EXEC), v, r;
	unsigned char vec[PAGES] = { 0 };
	int f = rnd(3) != 0 ? -1 : fd();

	/* Whether what may not be read can be is the machine's. */
	if (prot != 0)
		prot |= PROT_READ;
	/* Nothing beyond the region is touched. */
	if (p < REGION || p + n > REGION + 4096 * PAGES)
		p = REGION;
	if (q < REGION || q + 16384 > REGION + 4096 * PAGES)
		q = REGION;
	switch (rnd(9)) {
	case 0: case 1: v = PICK(MAP_PRIVATE, MAP_PRIVATE, MAP_SHARED, 0) | MAP_FIXED | (f < 0 ? MAP_ANONYMOUS : 0);
		r = CALL(mmap, p, n, prot, v, (long)f, PICK(0, 0, 4096, 1));
		tell("mmap", r, "%p %zu %lx %lx %d", (void *)p, n, prot, v, f);
		/* A socket says no when what was there has gone (mm/vma.c). */
		if (r < 0)
			munmap(p, n);
		break;
	case 2: tell("munmap", CALL(munmap, p, n), "%p %zu", (void *)p, n); break;
	case 3: case 4: tell("mprotect", CALL(mprotect, p, n, prot), "%p %zu %lx", (void *)p, n, prot); break;
	case 5: v = PICK(MADV_NORMAL, MADV_DONTNEED, MADV_WILLNEED, 1234); tell("madvise", CALL(madvise, p, n, v), "%p %zu %ld", (void *)p, n, v); break;
	case 6: v = PICK(MS_SYNC, MS_ASYNC, 0, MS_SYNC | MS_ASYNC, 64); tell("msync", CALL(msync, p, n, v), "%p %zu %ld", (void *)p, n, v); break;
	case 7: /* Not larger: of shared memory Linux has no more then, we have. */
		v = (long)PICK(4096, 4096, 0); n = 4096; tell("mremap", CALL(mremap, p, n, v, (long)(MREMAP_MAYMOVE | MREMAP_FIXED), q), "%p %zu %ld %p", (void *)p, n, v, (void *)q); break;
	case 8: r = CALL(mincore, p, n, vec); tell("mincore", r, "%p %zu", (void *)p, n); break;
	}
}

/* What is there: through a pipe, which says EFAULT where a touch would be a fault. */
static void
look_at_memory(void)
{
	int p[2], i;
	uint32_t s;
	ssize_t r;

	if (pipe(p) != 0)
		return;
	for (i = 0; i < PAGES; i++) {
		r = write(p[1], REGION + 4096 * i, 4096);
		s = r > 0 && read(p[0], buf, 4096) > 0 ? sum(buf, 4096) : 0;
		tell("page", r, "%d %u", i, s);
	}
	close(p[0]);
	close(p[1]);
}

/* --- signals --- */

static void
on_signal(int sig)
{
	handled = handled * 3 + sig;
}

static void
do_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = (int)SOME(SA_RESTART, SA_NODEFER, SA_RESETHAND) };
	int sig = (int)PICK(SIGUSR1, SIGUSR2, SIGCHLD, SIGURG, SIGRTMIN, SIGRTMIN + 1, SIGWINCH);
	struct timespec zero = { 0 };
	siginfo_t si = { 0 };
	sigset_t set;
	uint64_t pending = 0;
	long v;

	sigemptyset(&set);
	sigaddset(&set, sig);
	switch (rnd(7)) {
	case 0: if (rnd(3) == 0)
			sa.sa_handler = SIG_IGN;
		tell("sigaction", sigaction(rnd(8) == 0 ? SIGKILL : sig, &sa, NULL), "%d %x", sig, sa.sa_flags); break;
	case 1: v = PICK(SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK, 9);
		tell("rt_sigprocmask", CALL(rt_sigprocmask, v, &set, NULL, 8L), "%ld %d", v, sig); break;
	case 2: case 3:
		/* With a handler, so that it is no end. */
		if (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler == SIG_DFL) {
			sa.sa_handler = on_signal;
			sigaction(sig, &sa, NULL);
		}
		tell("kill", CALL(kill, (long)getpid(), (long)sig), "%d", sig); break;
	case 4: tell("rt_sigpending", CALL(rt_sigpending, &pending, 8L), "%lx", (long)pending); break;
	case 5: v = CALL(rt_sigtimedwait, &set, &si, &zero, 8L); tell("rt_sigtimedwait", v, "%d %d", sig, si.si_code); break;
	case 6: v = PICK(0, -1, 65, 1000); tell("kill", CALL(kill, (long)getpid(), v), "%ld", v); break;
	}
	printf("%u.%u handled %d\n", seed, at, (int)handled);
}

/* --- one seed --- */

static void
prepare(void)
{
	char dir[32];

	snprintf(dir, sizeof(dir), "d%u", seed);
	if (mkdir(dir, 0755) != 0 || chdir(dir) != 0)
		_exit(9);
	umask(022);
	mkdir("d", 0755);
	symlink("d/a", "l");
	symlink("loop", "loop");
	mkfifo("fifo", 0600);
	close_range(3, ~0U, 0);
	mmap(REGION, 4096 * PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	signal(SIGPIPE, on_signal);
	signal(SIGXFSZ, on_signal);
	signal(SIGIO, on_signal);
}

static void
sequence(unsigned calls)
{
	static void (*const doers[])(void) = { do_open, do_open, do_names, do_names, do_stat, do_io, do_io, do_io,
		do_files, do_fds, do_fds, do_events, do_sockets, do_memory, do_memory, do_signals };

	state = seed;
	prepare();
	for (at = 0; at < calls; at++)
		doers[rnd(sizeof(doers) / sizeof(*doers))]();
	look_at_memory();
	fflush(stdout);
	_exit(0);
}

int
main(int argc, char **argv)
{
	unsigned last, calls;
	int status = 0;
	pid_t pid;

	if (argc != 4)
		return 2;
	seed = (unsigned)strtoul(argv[1], NULL, 10);
	last = (unsigned)strtoul(argv[2], NULL, 10);
	calls = (unsigned)strtoul(argv[3], NULL, 10);
	for (; seed <= last; seed++) {
		fflush(stdout);
		pid = fork();
		if (pid == 0)
			sequence(calls);
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return 2;
		printf("%u ends %x\n", seed, status);
	}
	return 0;
}
