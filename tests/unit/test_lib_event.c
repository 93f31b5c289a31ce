/*
 * test_lib_event.c - waiting for events: poll, select, epoll, and the
 * descriptors made for it, in library mode.
 */
#include "lib_unit.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static int e[2];

/* poll(2) of one descriptor; -1000 - error, or revents. */
static long
poll_one(struct vk_proc *who, int fd, int events, int timeout)
{
	struct pollfd pf = { fd, (short)events, 0 };
	gaddr_t at = vk_put(who, &pf, sizeof(pf));
	long r = vk_sys_poll(who, at, 1, timeout);

	expect(vk_get(who, at, &pf, sizeof(pf)), 0);
	return r < 0 ? r - 1000 : pf.revents;
}

CASE(poll_pipe)
{
	pipe_of(p, e, 0);
	expect(poll_one(p, e[0], POLLIN, 0), 0);
	expect(poll_one(p, e[1], POLLOUT, 0), POLLOUT);
	expect(vk_sys_write(p, e[1], "x", 1), 1);
	expect(poll_one(p, e[0], POLLIN | POLLOUT, -1), POLLIN);
	expect(vk_sys_close(p, e[1]), 0);
	expect(poll_one(p, e[0], POLLIN, 0), POLLIN | POLLHUP);
}
CASE(poll_no_reader)
{
	pipe_of(p, e, 0);
	expect(vk_sys_close(p, e[0]), 0);
	expect(poll_one(p, e[1], POLLOUT, 0), POLLOUT | POLLERR);
}
ONE(poll_closed, poll_one(p, 55, POLLIN, -1), POLLNVAL)
ONE(poll_negative_is_ignored, poll_one(p, -1, POLLIN, 0), 0)
ONE(poll_bad_address, vk_sys_poll(p, ga(16), 1, 0), -EFAULT)
ONE(poll_too_many, vk_sys_poll(p, ga(16), 100000, 0), -EINVAL)
CASE(poll_waits_and_is_woken)
{
	struct pollfd pf = { .events = POLLIN };
	struct vk_proc *c;
	gaddr_t at;

	pipe_of(p, e, 0);
	c = forked(p);
	pf.fd = e[0];
	at = put(pf);
	vk_start(p, SYS_poll, at.v, 1, (uint64_t)-1);
	ck_assert(vk_waits(p));
	expect(vk_sys_write(c, e[1], "x", 1), 1);
	expect(vk_end(p), 1);
}
CASE(poll_interrupted)
{
	struct vk_proc *c = forked(p);

	expect(vk_handle(p, SIGUSR1, NULL, SA_RESTART, 0), 0);
	vk_start(p, SYS_poll, 0, 0, (uint64_t)-1);
	ck_assert(vk_waits(p));
	expect(vk_sys_kill(c, (int)vk_sys_getppid(c), SIGUSR1), 0);
	expect(vk_end(p), VK_HANDLER);
	expect(vk_sigreturn(p), -EINTR);
}
CASE(select_sets)
{
	fd_set in, out;
	gaddr_t a, b;

	pipe_of(p, e, 0);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(e[0], &in);
	FD_SET(e[1], &out);
	a = put(in);
	b = put(out);
	expect(vk_sys_select(p, e[1] + 1, a, b, ga(0), ga(0)), 1);
	get(a, in);
	get(b, out);
	ck_assert(!FD_ISSET(e[0], &in) && FD_ISSET(e[1], &out));
	expect(vk_sys_select(p, -1, a, b, ga(0), ga(0)), -EINVAL);
}
CASE(select_bad_fd)
{
	fd_set in;

	FD_ZERO(&in);
	FD_SET(9, &in);
	expect(vk_sys_select(p, 10, put(in), ga(0), ga(0), ga(0)), -EBADF);
}

/* --- epoll --- */

static int ep;
static gaddr_t evs;

static long
ctl(int op, int fd, unsigned events)
{
	struct epoll_event ev = { .events = events, .data.u64 = 1000 + (uint64_t)fd };

	return vk_sys_epoll_ctl(p, ep, op, fd, put(ev));
}

/* The number of events; *ev is the first. */
static long
ready(struct epoll_event *ev)
{
	long n = vk_sys_epoll_wait(p, ep, evs, 8, 0);

	if (n > 0)
		expect(vk_get(p, evs, ev, sizeof(*ev)), 0);
	return n;
}

static void
epoll_setup(void)
{
	ep = (int)must(vk_sys_epoll_create1(p, 0));
	evs = vk_alloc(p, 8 * sizeof(struct epoll_event));
	pipe_of(p, e, 0);
}

CASE(epoll_level)
{
	struct epoll_event ev;

	epoll_setup();
	expect(ctl(EPOLL_CTL_ADD, e[0], EPOLLIN), 0);
	expect(ready(&ev), 0);
	expect(vk_sys_write(p, e[1], "x", 1), 1);
	expect(ready(&ev), 1);
	expect(ready(&ev), 1);
	expect(ev.events, EPOLLIN);
	expect(ev.data.u64, 1000 + e[0]);
}
CASE(epoll_edge)
{
	struct epoll_event ev;

	epoll_setup();
	expect(ctl(EPOLL_CTL_ADD, e[0], EPOLLIN | EPOLLET), 0);
	expect(vk_sys_write(p, e[1], "x", 1), 1);
	expect(ready(&ev), 1);
	expect(ready(&ev), 0);
	expect(vk_sys_write(p, e[1], "x", 1), 1);
	expect(ready(&ev), 1);
}
CASE(epoll_oneshot)
{
	struct epoll_event ev;

	epoll_setup();
	expect(ctl(EPOLL_CTL_ADD, e[0], EPOLLIN | EPOLLONESHOT), 0);
	expect(vk_sys_write(p, e[1], "x", 1), 1);
	expect(ready(&ev), 1);
	expect(vk_sys_write(p, e[1], "x", 1), 1);
	expect(ready(&ev), 0);
	expect(ctl(EPOLL_CTL_MOD, e[0], EPOLLIN), 0);
	expect(ready(&ev), 1);
}
CASE(epoll_ctl_errors)
{
	epoll_setup();
	expect(ctl(EPOLL_CTL_MOD, e[0], EPOLLIN), -ENOENT);
	expect(ctl(EPOLL_CTL_DEL, e[0], 0), -ENOENT);
	expect(ctl(EPOLL_CTL_ADD, e[0], EPOLLIN), 0);
	expect(ctl(EPOLL_CTL_ADD, e[0], EPOLLIN), -EEXIST);
	expect(ctl(EPOLL_CTL_ADD, 77, EPOLLIN), -EBADF);
	expect(ctl(EPOLL_CTL_ADD, ep, EPOLLIN), -EINVAL);
	expect(ctl(9, e[1], EPOLLIN), -EINVAL);
}
CASE(epoll_of_a_file)
{
	epoll_setup();
	mkfile("/f", "");
	expect(ctl(EPOLL_CTL_ADD, (int)must(vk_sys_open(p, "/f", O_RDWR, 0)), EPOLLIN), -EPERM);
}
CASE(epoll_forgets_the_closed)
{
	struct epoll_event ev;

	epoll_setup();
	expect(ctl(EPOLL_CTL_ADD, e[0], EPOLLIN), 0);
	expect(vk_sys_write(p, e[1], "x", 1), 1);
	expect(vk_sys_close(p, e[0]), 0);
	expect(ready(&ev), 0);
}
CASE(epoll_in_epoll)
{
	int inner, outer;
	struct epoll_event ev;

	epoll_setup();
	inner = ep;
	expect(ctl(EPOLL_CTL_ADD, e[0], EPOLLIN), 0);
	outer = ep = (int)must(vk_sys_epoll_create1(p, 0));
	expect(ctl(EPOLL_CTL_ADD, inner, EPOLLIN), 0);
	expect(vk_sys_write(p, e[1], "x", 1), 1);
	expect(ready(&ev), 1);
	ep = inner;
	expect(ctl(EPOLL_CTL_ADD, outer, EPOLLIN), -ELOOP);
}
CASE(epoll_wait_sizes)
{
	epoll_setup();
	expect(vk_sys_epoll_wait(p, ep, evs, 0, 0), -EINVAL);
	expect(vk_sys_epoll_wait(p, ep, evs, -1, 0), -EINVAL);
	expect(vk_sys_epoll_wait(p, e[0], evs, 1, 0), -EINVAL);
	expect(vk_sys_epoll_create(p, 0), -EINVAL);
}
CASE(epoll_waits)
{
	struct vk_proc *c;

	epoll_setup();
	expect(ctl(EPOLL_CTL_ADD, e[0], EPOLLIN), 0);
	c = forked(p);
	vk_start(p, SYS_epoll_wait, (uint64_t)ep, evs.v, 8, (uint64_t)-1);
	ck_assert(vk_waits(p));
	expect(vk_sys_write(c, e[1], "x", 1), 1);
	expect(vk_end(p), 1);
}

/* --- eventfd, timerfd, signalfd --- */

CASE(eventfd_counts)
{
	uint64_t v = 5;

	expect(vk_sys_eventfd2(p, 3, EFD_NONBLOCK), 0);
	expect(vk_sys_write(p, 0, &v, 8), 8);
	expect(vk_sys_read(p, 0, &v, 8), 8);
	expect(v, 8);
	expect(vk_sys_read(p, 0, &v, 8), -EAGAIN);
	expect(vk_sys_read(p, 0, &v, 4), -EINVAL);
	v = UINT64_MAX;
	expect(vk_sys_write(p, 0, &v, 8), -EINVAL);
}
CASE(eventfd_semaphore)
{
	uint64_t v;

	expect(vk_sys_eventfd2(p, 2, EFD_SEMAPHORE | EFD_NONBLOCK), 0);
	expect(vk_sys_read(p, 0, &v, 8), 8);
	expect(v, 1);
	expect(vk_sys_read(p, 0, &v, 8), 8);
	expect(vk_sys_read(p, 0, &v, 8), -EAGAIN);
}
CASE(eventfd_overflow)
{
	uint64_t v = UINT64_MAX - 1;

	expect(vk_sys_eventfd2(p, 0, EFD_NONBLOCK), 0);
	expect(vk_sys_write(p, 0, &v, 8), 8);
	v = 1;
	expect(vk_sys_write(p, 0, &v, 8), -EAGAIN);
	expect(poll_one(p, 0, POLLIN | POLLOUT, 0), POLLIN);
}
ONE(eventfd_bad_flags, vk_sys_eventfd2(p, 0, 2), -EINVAL)
CASE(timerfd_expires)
{
	struct k_itimerspec its = { { 0, 0 }, { 0, 1000000 } };
	uint64_t n = 0;

	expect(vk_sys_timerfd_create(p, CLOCK_MONOTONIC, 0), 0);
	expect(vk_sys_timerfd_settime(p, 0, 0, &its, NULL), 0);
	expect(vk_sys_read(p, 0, &n, 8), 8);
	expect(n, 1);
	expect(vk_sys_timerfd_gettime(p, 0, &its), 0);
	expect(its.it_value.tv_sec + its.it_value.tv_nsec, 0);
}
CASE(timerfd_errors)
{
	struct k_itimerspec its = { { 0, 0 }, { 0, 1000000000 } };

	expect(vk_sys_timerfd_create(p, 77, 0), -EINVAL);
	expect(vk_sys_timerfd_create(p, CLOCK_MONOTONIC, 1), -EINVAL);
	expect(vk_sys_timerfd_create(p, CLOCK_MONOTONIC, TFD_NONBLOCK), 0);
	expect(vk_sys_timerfd_settime(p, 0, 0, &its, NULL), -EINVAL);
	expect(vk_sys_read(p, 0, (char[8]){ 0 }, 8), -EAGAIN);
}
CASE(signalfd_reads)
{
	uint64_t set = 1UL << (SIGUSR1 - 1);
	struct signalfd_siginfo si;

	expect(vk_sys_rt_sigprocmask(p, SIG_BLOCK, &set, NULL, 8), 0);
	expect(vk_sys_signalfd4(p, -1, &set, 8, SFD_NONBLOCK), 0);
	expect(vk_sys_read(p, 0, &si, sizeof(si)), -EAGAIN);
	expect(vk_sys_kill(p, (int)vk_sys_getpid(p), SIGUSR1), 0);
	expect(poll_one(p, 0, POLLIN, 0), POLLIN);
	expect(vk_sys_read(p, 0, &si, sizeof(si)), sizeof(si));
	expect(si.ssi_signo, SIGUSR1);
	expect(si.ssi_pid, vk_sys_getpid(p));
}

/* --- inotify --- */

static long
watch(int fd, const char *path, uint32_t mask)
{
	return vk_sys_inotify_add_watch(p, fd, vk_put(p, path, strlen(path) + 1), mask);
}

static uint32_t
next_event(int fd)
{
	union {
		struct inotify_event ev;
		char bytes[512];
	} u;
	long n = vk_sys_read(p, fd, &u, sizeof(u));

	return n < 0 ? (uint32_t)n : u.ev.mask;
}

CASE(inotify_create_and_delete)
{
	int fd = (int)must(vk_sys_inotify_init1(p, IN_NONBLOCK));

	expect(vk_sys_mkdir(p, "/d", 0755), 0);
	expect(watch(fd, "/d", IN_CREATE), 1);
	mkfile("/d/f", "x");
	expect(next_event(fd), IN_CREATE);
	expect(next_event(fd), (uint32_t)-EAGAIN);
	expect(vk_sys_inotify_rm_watch(p, fd, 1), 0);
	expect(next_event(fd), IN_IGNORED);
	expect(vk_sys_inotify_rm_watch(p, fd, 1), -EINVAL);
}
CASE(inotify_modify)
{
	int fd = (int)must(vk_sys_inotify_init1(p, IN_NONBLOCK)), f;

	mkfile("/f", "x");
	expect(watch(fd, "/f", IN_MODIFY), 1);
	f = (int)must(vk_sys_open(p, "/f", O_WRONLY, 0));
	expect(vk_sys_write(p, f, "y", 1), 1);
	expect(next_event(fd), IN_MODIFY);
}
CASE(inotify_errors)
{
	int fd = (int)must(vk_sys_inotify_init1(p, 0));

	expect(vk_sys_inotify_init1(p, 1), -EINVAL);
	expect(watch(fd, "/no", IN_CREATE), -ENOENT);
	expect(watch(fd, "/", 0), -EINVAL);
	expect(watch(9, "/", IN_CREATE), -EBADF);
}

LIB_MAIN("lib_event")
