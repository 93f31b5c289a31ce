/*
 * test_poll.c - poll, select, epoll, eventfd, timerfd.
 */
#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/timerfd.h>

static struct guest *g, *t;
static int rd, wr;
static uint64_t buf;

static void
boot(void)
{
	uint64_t fds;

	g = fake_boot();
	t = guest_thread(g, 0, NULL);
	buf = guest_alloc(g, 4096);
	fds = guest_alloc(g, 8);
	expect(guest_call(g, SYS_pipe2, fds, O_NONBLOCK), 0);
	rd = (int)guest_u32(g, fds);
	wr = (int)guest_u32(g, fds + 4);
	expect(guest_signal(g, SIGPIPE, 1), 0);
}

static void
put(int n)
{
	expect(guest_call(g, SYS_write, wr, buf, n), n);
}

static void
take(void)
{
	must(guest_call(g, SYS_read, rd, buf, 4096));
}

/* --- poll --- */

/* Poll one descriptor now: its revents, or the call's error. */
static long
poll_one(int fd, short events)
{
	struct pollfd p = { fd, events, 0x55 };
	uint64_t at = guest_buf(g, &p, sizeof(p));
	long r = guest_call(g, SYS_poll, at, 1, 0);

	guest_get(g, at, &p, sizeof(p));
	if (r >= 0)
		ck_assert_int_eq((int)r, p.revents != 0);
	return r < 0 ? r : p.revents;
}

START_TEST(poll_states)
{
	boot();
	expect(poll_one(rd, POLLIN), 0);
	expect(poll_one(wr, POLLOUT | POLLIN), POLLOUT);
	put(1);
	expect(poll_one(rd, POLLIN | POLLRDNORM), POLLIN | POLLRDNORM);
	expect(poll_one(rd, 0), 0);
	expect(poll_one(999, POLLIN), POLLNVAL);
	expect(poll_one(-1, POLLIN), 0);
	expect(guest_call(g, SYS_close, wr), 0);
	expect(poll_one(rd, POLLIN), POLLIN | POLLHUP);
	take();
	expect(poll_one(rd, POLLIN), POLLHUP);
	expect(guest_call(g, SYS_poll, 16, 1, 0), -EFAULT);
	expect(guest_call(g, SYS_poll, 0, 100000, 0), -EINVAL);
}
END_TEST

START_TEST(poll_waits)
{
	struct pollfd p[2];

	boot();
	p[0] = (struct pollfd){ rd, POLLIN, 0 };
	p[1] = (struct pollfd){ 0, POLLIN, 0 };
	guest_post(t, SYS_poll, guest_buf(g, p, sizeof(p)), 2, -1);
	ck_assert(guest_waits(t));
	put(1);
	expect(guest_result(t), 1);
	take();
	guest_post(t, SYS_poll, guest_buf(g, p, sizeof(p)), 2, 100);
	ck_assert(guest_waits(t));
	fake_stdin("x");
	expect(guest_result(t), 1);
	guest_post(t, SYS_poll, guest_buf(g, p, sizeof(p[0])), 1, 100);
	ck_assert(guest_waits(t));
	fake_clock_advance(99 * 1000000);
	ck_assert(guest_waits(t));
	fake_clock_advance(2 * 1000000);
	expect(guest_result(t), 0);
}
END_TEST

/* ppoll's mask holds for the call; the handler sees the old one behind it. */
START_TEST(poll_with_mask)
{
	uint64_t set = 1UL << (SIGUSR1 - 1), none = 0;

	boot();
	expect(guest_sigaction(t, SIGUSR1, NULL, 0, 0), 0);
	expect(guest_call(t, SYS_rt_sigprocmask, SIG_BLOCK, guest_buf(g, &set, 8), 0, 8), 0);
	expect(guest_call(g, SYS_tgkill, 2, 3, SIGUSR1), 0);
	guest_post(t, SYS_ppoll, 0, 0, 0, guest_buf(g, &none, 8), 8);
	fake_settle();
	expect(guest_result(t), GUEST_HANDLER);
	expect(guest_sigreturn(t), -EINTR);
	expect(guest_call(t, SYS_rt_sigprocmask, SIG_BLOCK, 0, buf, 8), 0);
	guest_get(g, buf, &none, 8);
	ck_assert_uint_eq(none, set);
}
END_TEST

START_TEST(select_sets)
{
	fd_set in, out;
	uint64_t pin, pout;
	int64_t tv[2] = { 0, 0 };

	boot();
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(rd, &in);
	FD_SET(wr, &out);
	pin = guest_buf(g, &in, sizeof(in));
	pout = guest_buf(g, &out, sizeof(out));
	expect(guest_call(g, SYS_select, wr + 1, pin, pout, 0, guest_buf(g, tv, 16)), 1);
	guest_get(g, pin, &in, sizeof(in));
	guest_get(g, pout, &out, sizeof(out));
	ck_assert(!FD_ISSET(rd, &in));
	ck_assert(FD_ISSET(wr, &out));
	FD_SET(40, &in);
	pin = guest_buf(g, &in, sizeof(in));
	expect(guest_call(g, SYS_select, 41, pin, 0, 0, guest_buf(g, tv, 16)), -EBADF);
	expect(guest_call(g, SYS_select, -1, 0, 0, 0, 0), -EINVAL);
	FD_ZERO(&in);
	FD_SET(rd, &in);
	guest_post(t, SYS_select, rd + 1, guest_buf(g, &in, sizeof(in)), 0, 0, 0);
	ck_assert(guest_waits(t));
	put(1);
	expect(guest_result(t), 1);
}
END_TEST

/* --- epoll --- */

static int ep;

static long
ctl(int op, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event ev = { .events = events, .data.u64 = data };

	return guest_call(g, SYS_epoll_ctl, ep, op, fd, guest_buf(g, &ev, sizeof(ev)));
}

/* Events of one ready item now, its data in *data; 0 when none is ready. */
static uint32_t
ready(uint64_t *data)
{
	struct epoll_event ev = { 0 };
	long n = must(guest_call(g, SYS_epoll_wait, ep, buf, 8, 0));

	if (n > 0)
		guest_get(g, buf, &ev, sizeof(ev));
	if (data != NULL)
		*data = ev.data.u64;
	return n > 0 ? ev.events : 0;
}

START_TEST(epoll_level)
{
	uint64_t data;

	boot();
	ep = (int)must(guest_call(g, SYS_epoll_create1, 0));
	expect(ctl(EPOLL_CTL_ADD, rd, EPOLLIN, 77), 0);
	expect(ctl(EPOLL_CTL_ADD, rd, EPOLLIN, 77), -EEXIST);
	expect(ctl(EPOLL_CTL_MOD, wr, EPOLLIN, 0), -ENOENT);
	expect(ctl(EPOLL_CTL_DEL, wr, 0, 0), -ENOENT);
	expect(ctl(EPOLL_CTL_ADD, 999, EPOLLIN, 0), -EBADF);
	expect(ctl(EPOLL_CTL_ADD, ep, EPOLLIN, 0), -EINVAL);
	expect(ctl(9, rd, EPOLLIN, 0), -EINVAL);
	expect(ready(NULL), 0);
	put(2);
	expect(ready(&data), EPOLLIN);
	ck_assert_uint_eq(data, 77);
	expect(ready(NULL), EPOLLIN);
	take();
	expect(ready(NULL), 0);
	expect(ctl(EPOLL_CTL_MOD, rd, EPOLLOUT, 1), 0);
	put(1);
	expect(ready(NULL), 0);
	expect(ctl(EPOLL_CTL_MOD, rd, EPOLLIN, 1), 0);
	expect(ready(NULL), EPOLLIN);
	expect(ctl(EPOLL_CTL_DEL, rd, 0, 0), 0);
	expect(ready(NULL), 0);
	expect(guest_call(g, SYS_epoll_wait, ep, buf, 0, 0), -EINVAL);
	expect(guest_call(g, SYS_epoll_wait, rd, buf, 1, 0), -EINVAL);
}
END_TEST

START_TEST(epoll_edge)
{
	boot();
	ep = (int)must(guest_call(g, SYS_epoll_create1, 0));
	expect(ctl(EPOLL_CTL_ADD, rd, EPOLLIN | EPOLLET, 0), 0);
	put(1);
	expect(ready(NULL), EPOLLIN);
	expect(ready(NULL), 0);
	put(1);
	expect(ready(NULL), EPOLLIN);
	take();
	expect(ready(NULL), 0);
	/* One shot: armed again by MOD. */
	expect(ctl(EPOLL_CTL_MOD, rd, EPOLLIN | EPOLLONESHOT, 0), 0);
	put(1);
	expect(ready(NULL), EPOLLIN);
	put(1);
	expect(ready(NULL), 0);
	expect(ctl(EPOLL_CTL_MOD, rd, EPOLLIN | EPOLLONESHOT, 0), 0);
	expect(ready(NULL), EPOLLIN);
}
END_TEST

START_TEST(epoll_waits)
{
	boot();
	ep = (int)must(guest_call(g, SYS_epoll_create1, 0));
	expect(ctl(EPOLL_CTL_ADD, rd, EPOLLIN, 0), 0);
	guest_post(t, SYS_epoll_wait, ep, buf, 8, -1);
	ck_assert(guest_waits(t));
	put(1);
	expect(guest_result(t), 1);
	take();
	guest_post(t, SYS_epoll_wait, ep, buf, 8, 10);
	ck_assert(guest_waits(t));
	fake_clock_advance(11 * 1000000);
	expect(guest_result(t), 0);
	/* Added while it sleeps. */
	expect(ctl(EPOLL_CTL_DEL, rd, 0, 0), 0);
	guest_post(t, SYS_epoll_wait, ep, buf, 8, -1);
	ck_assert(guest_waits(t));
	expect(ctl(EPOLL_CTL_ADD, wr, EPOLLOUT, 0), 0);
	expect(guest_result(t), 1);
}
END_TEST

START_TEST(epoll_of_epoll)
{
	int outer, i, top;

	boot();
	ep = (int)must(guest_call(g, SYS_epoll_create1, 0));
	expect(ctl(EPOLL_CTL_ADD, rd, EPOLLIN, 0), 0);
	outer = ep;
	ep = (int)must(guest_call(g, SYS_epoll_create1, 0));
	expect(ctl(EPOLL_CTL_ADD, outer, EPOLLIN, 0), 0);
	expect(ready(NULL), 0);
	put(1);
	expect(ready(NULL), EPOLLIN);
	expect(poll_one(ep, POLLIN), POLLIN);
	/* No loops, and not too deep. */
	top = ep;
	ep = outer;
	expect(ctl(EPOLL_CTL_ADD, top, EPOLLIN, 0), -ELOOP);
	for (i = 0; i < 8; i++) {
		outer = top;
		top = ep = (int)must(guest_call(g, SYS_epoll_create1, 0));
		if (ctl(EPOLL_CTL_ADD, outer, EPOLLIN, 0) != 0)
			break;
	}
	ck_assert_int_lt(i, 8);
}
END_TEST

/* A closed file leaves the list when its last descriptor goes. */
START_TEST(epoll_and_close)
{
	int copy;

	boot();
	ep = (int)must(guest_call(g, SYS_epoll_create1, 0));
	expect(ctl(EPOLL_CTL_ADD, rd, EPOLLIN, 0), 0);
	put(1);
	copy = (int)must(guest_call(g, SYS_dup, rd));
	expect(guest_call(g, SYS_close, rd), 0);
	expect(ready(NULL), EPOLLIN);
	expect(guest_call(g, SYS_close, copy), 0);
	expect(ready(NULL), 0);
	expect(guest_call(g, SYS_close, ep), 0);
}
END_TEST

/* --- eventfd, timerfd --- */

static uint64_t
read_u64(int fd)
{
	uint64_t v;

	expect(guest_call(g, SYS_read, fd, buf, 8), 8);
	guest_get(g, buf, &v, 8);
	return v;
}

static long
write_u64(int fd, uint64_t v)
{
	return guest_call(g, SYS_write, fd, guest_buf(g, &v, 8), 8);
}

START_TEST(event_counts)
{
	int fd;

	boot();
	fd = (int)must(guest_call(g, SYS_eventfd2, 3, EFD_NONBLOCK));
	ck_assert_uint_eq(read_u64(fd), 3);
	expect(guest_call(g, SYS_read, fd, buf, 8), -EAGAIN);
	expect(write_u64(fd, 5), 8);
	expect(write_u64(fd, 6), 8);
	expect(guest_call(g, SYS_read, fd, buf, 7), -EINVAL);
	ck_assert_uint_eq(read_u64(fd), 11);
	expect(write_u64(fd, UINT64_MAX), -EINVAL);
	expect(write_u64(fd, UINT64_MAX - 1), 8);
	expect(poll_one(fd, POLLIN | POLLOUT), POLLIN);
	expect(write_u64(fd, 1), -EAGAIN);
	fd = (int)must(guest_call(g, SYS_eventfd2, 2, EFD_SEMAPHORE));
	ck_assert_uint_eq(read_u64(fd), 1);
	ck_assert_uint_eq(read_u64(fd), 1);
	guest_post(t, SYS_read, fd, buf, 8);
	ck_assert(guest_waits(t));
	expect(write_u64(fd, 1), 8);
	expect(guest_result(t), 8);
	expect(guest_call(g, SYS_eventfd2, 0, 0x4000), -EINVAL);
}
END_TEST

START_TEST(timer_files)
{
	int64_t once[4] = { 0, 0, 1, 0 }, every[4] = { 1, 0, 2, 0 }, off[4] = { 0 }, cur[4];
	int fd;

	boot();
	fd = (int)must(guest_call(g, SYS_timerfd_create, CLOCK_MONOTONIC, 0));
	expect(guest_call(g, SYS_timerfd_settime, fd, 0, guest_buf(g, once, 32), 0), 0);
	expect(poll_one(fd, POLLIN), 0);
	guest_post(t, SYS_read, fd, buf, 8);
	ck_assert(guest_waits(t));
	fake_clock_advance(NSEC_PER_SEC);
	expect(guest_result(t), 8);
	expect(guest_call(g, SYS_timerfd_settime, fd, 0, guest_buf(g, every, 32), buf), 0);
	fake_clock_advance(NSEC_PER_SEC);
	expect(guest_call(g, SYS_timerfd_gettime, fd, buf), 0);
	guest_get(g, buf, cur, 32);
	ck_assert_int_eq(cur[0], 1);
	ck_assert_int_eq(cur[2], 1);
	fake_clock_advance(4 * NSEC_PER_SEC);
	expect(poll_one(fd, POLLIN), POLLIN);
	ck_assert_uint_eq(read_u64(fd), 4);
	expect(guest_call(g, SYS_timerfd_settime, fd, 0, guest_buf(g, off, 32), 0), 0);
	fake_clock_advance(10 * NSEC_PER_SEC);
	expect(poll_one(fd, POLLIN), 0);
	/* Absolute, in the past. */
	expect(guest_call(g, SYS_timerfd_settime, fd, 1, guest_buf(g, once, 32), 0), 0);
	fake_settle();
	ck_assert_uint_eq(read_u64(fd), 1);
	expect(guest_call(g, SYS_timerfd_create, 99, 0), -EINVAL);
	expect(guest_call(g, SYS_timerfd_settime, rd, 0, guest_buf(g, off, 32), 0), -EINVAL);
}
END_TEST

UNIT_MAIN("poll", poll_states, poll_waits, poll_with_mask, select_sets, epoll_level, epoll_edge,
    epoll_waits, epoll_of_epoll, epoll_and_close, event_counts, timer_files)
