/*
 * test_net.c - unix sockets: pairs, names, messages, descriptors in flight,
 * closing and waiting.
 */
#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct guest *g, *t;
static int a, b;
static uint64_t buf;

static void
boot(int type)
{
	uint64_t at;

	g = fake_boot();
	t = guest_thread(g, 0, NULL);
	buf = guest_alloc(g, 1 << 18);
	at = guest_alloc(g, 8);
	expect(guest_call(g, SYS_socketpair, AF_UNIX, type, 0, at), 0);
	a = (int)guest_u32(g, at);
	b = (int)guest_u32(g, at + 4);
	expect(guest_signal(g, SIGPIPE, 1), 0);
}

static long
put(int fd, const char *text)
{
	return guest_call(g, SYS_write, fd, guest_str(g, text), strlen(text));
}

static const char *
take(int fd, size_t max)
{
	static char text[256];
	long n = guest_call(g, SYS_recvfrom, fd, buf, max, MSG_DONTWAIT, 0, 0);

	if (n < 0)
		return n == -EAGAIN ? "(none)" : "(error)";
	guest_get(g, buf, text, (size_t)n);
	text[n] = '\0';
	return text;
}

/* An address in guest memory; '@' begins an abstract name. */
static uint64_t
name_at(const char *path, uint64_t *len)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	strcpy(un.sun_path, path);
	*len = offsetof(struct sockaddr_un, sun_path) + strlen(path) + (path[0] != '@');
	if (path[0] == '@')
		un.sun_path[0] = '\0';
	return guest_buf(g, &un, sizeof(un));
}

static long
do_bind(int fd, const char *path)
{
	uint64_t len, at = name_at(path, &len);

	return guest_call(g, SYS_bind, fd, at, len);
}

static long
do_connect(int fd, const char *path)
{
	uint64_t len, at = name_at(path, &len);

	return guest_call(g, SYS_connect, fd, at, len);
}

static int
sock(int type)
{
	return (int)must(guest_call(g, SYS_socket, AF_UNIX, type, 0));
}

START_TEST(streams)
{
	boot(SOCK_STREAM);
	expect(put(a, "hello "), 6);
	expect(put(a, "world"), 5);
	ck_assert_str_eq(take(b, 8), "hello wo");
	ck_assert_str_eq(take(b, 100), "rld");
	ck_assert_str_eq(take(b, 100), "(none)");
	expect(put(b, "back"), 4);
	ck_assert_str_eq(take(a, 100), "back");
	/* Looking ahead. */
	expect(put(a, "xyz"), 3);
	expect(guest_call(g, SYS_recvfrom, b, buf, 2, MSG_PEEK, 0, 0), 2);
	ck_assert_str_eq(take(b, 100), "xyz");
}
END_TEST

START_TEST(datagrams)
{
	boot(SOCK_DGRAM);
	expect(put(a, "one"), 3);
	expect(put(a, ""), 0);
	expect(put(a, "three"), 5);
	ck_assert_str_eq(take(b, 2), "on");	/* the rest is lost */
	ck_assert_str_eq(take(b, 100), "");
	expect(guest_call(g, SYS_recvfrom, b, buf, 2, MSG_TRUNC | MSG_DONTWAIT, 0, 0), 5);
	ck_assert_str_eq(take(b, 100), "(none)");
}
END_TEST

START_TEST(packets)
{
	boot(SOCK_SEQPACKET);
	expect(put(a, "one"), 3);
	expect(put(a, "two"), 3);
	ck_assert_str_eq(take(b, 100), "one");
	expect(guest_call(g, SYS_close, a), 0);
	ck_assert_str_eq(take(b, 100), "two");
	ck_assert_str_eq(take(b, 100), "");
}
END_TEST

START_TEST(closing)
{
	struct pollfd p;

	boot(SOCK_STREAM);
	expect(put(a, "last"), 4);
	expect(guest_call(g, SYS_shutdown, a, SHUT_WR), 0);
	expect(put(a, "x"), -EPIPE);
	ck_assert_str_eq(take(b, 100), "last");
	ck_assert_str_eq(take(b, 100), "");
	expect(put(b, "still"), 5);
	ck_assert_str_eq(take(a, 100), "still");
	p = (struct pollfd){ b, POLLIN | POLLOUT | POLLRDHUP, 0 };
	expect(guest_call(g, SYS_poll, guest_buf(g, &p, 8), 1, 0), 1);
	expect(guest_call(g, SYS_close, a), 0);
	expect(put(b, "x"), -EPIPE);
	expect(guest_call(g, SYS_shutdown, b, 7), -EINVAL);
}
END_TEST

/* Closed with data unread: the other side is told. */
START_TEST(reset)
{
	boot(SOCK_STREAM);
	expect(put(a, "unread"), 6);
	expect(guest_call(g, SYS_close, b), 0);
	expect(guest_call(g, SYS_read, a, buf, 10), -ECONNRESET);
	expect(guest_call(g, SYS_read, a, buf, 10), 0);
}
END_TEST

START_TEST(waiting)
{
	long n;

	boot(SOCK_STREAM);
	guest_post(t, SYS_read, b, buf, 10);
	ck_assert(guest_waits(t));
	expect(put(a, "abc"), 3);
	expect(guest_result(t), 3);
	/* A full queue. */
	expect(guest_call(g, SYS_fcntl, a, F_SETFL, O_NONBLOCK), 0);
	while ((n = guest_call(g, SYS_write, a, buf, 65536)) > 0)
		;
	expect(n, -EAGAIN);
	expect(guest_call(g, SYS_fcntl, a, F_SETFL, 0), 0);
	guest_post(t, SYS_write, a, buf, 1000);
	ck_assert(guest_waits(t));
	while (guest_waits(t))
		ck_assert_int_gt((int)guest_call(g, SYS_recvfrom, b, buf, 65536, MSG_DONTWAIT, 0, 0), 0);
	expect(guest_result(t), 1000);
}
END_TEST

START_TEST(names)
{
	static const char *const path[] = { "/tmp/sock", "@abstract" };
	int i, l, c, s;

	boot(SOCK_STREAM);
	for (i = 0; i < 2; i++) {
		l = sock(SOCK_STREAM);
		c = sock(SOCK_STREAM);
		expect(do_connect(c, path[i]), i == 0 ? -ENOENT : -ECONNREFUSED);
		expect(do_bind(l, path[i]), 0);
		expect(do_bind(l, i == 0 ? "/tmp/other" : "@other"), -EINVAL);
		expect(do_bind(sock(SOCK_STREAM), path[i]), -EADDRINUSE);
		expect(do_connect(c, path[i]), -ECONNREFUSED);
		expect(guest_call(g, SYS_listen, l, 5), 0);
		/* Abstract names are of one type each. */
		expect(do_connect(sock(SOCK_DGRAM), path[i]), i == 0 ? -EPROTOTYPE : -ECONNREFUSED);
		guest_post(t, SYS_accept, l, 0, 0);
		ck_assert(guest_waits(t));
		expect(do_connect(c, path[i]), 0);
		s = (int)must(guest_result(t));
		expect(put(c, "hi"), 2);
		ck_assert_str_eq(take(s, 10), "hi");
		expect(do_connect(c, path[i]), -EISCONN);
		expect(guest_call(g, SYS_close, l), 0);
		expect(do_connect(sock(SOCK_STREAM), path[i]), -ECONNREFUSED);
	}
	expect(do_connect(sock(SOCK_STREAM), "/etc/passwd"), -ECONNREFUSED);
	expect(guest_call(g, SYS_accept, a, 0, 0), -EINVAL);
	expect(guest_call(g, SYS_listen, 0, 5), -ENOTSOCK);
}
END_TEST

START_TEST(backlog)
{
	int l, i;

	boot(SOCK_STREAM);
	l = sock(SOCK_STREAM);
	expect(do_bind(l, "@q"), 0);
	expect(guest_call(g, SYS_listen, l, 1), 0);
	for (i = 0; i < 2; i++)
		expect(do_connect(sock(SOCK_STREAM), "@q"), 0);
	expect(do_connect(sock(SOCK_STREAM | SOCK_NONBLOCK), "@q"), -EAGAIN);
	must(guest_call(g, SYS_accept, l, 0, 0));
	expect(do_connect(sock(SOCK_STREAM | SOCK_NONBLOCK), "@q"), 0);
}
END_TEST

START_TEST(datagram_names)
{
	uint64_t len, at;
	int s, r;

	boot(SOCK_DGRAM);
	s = sock(SOCK_DGRAM);
	r = sock(SOCK_DGRAM);
	expect(do_bind(r, "@r"), 0);
	at = name_at("@r", &len);
	expect(guest_call(g, SYS_sendto, s, guest_str(g, "msg"), 3, 0, at, len), 3);
	ck_assert_str_eq(take(r, 100), "msg");
	expect(put(s, "x"), -ENOTCONN);
	expect(do_connect(s, "@r"), 0);
	expect(put(s, "y"), 1);
	ck_assert_str_eq(take(r, 100), "y");
	expect(guest_call(g, SYS_close, r), 0);
	expect(put(s, "z"), -ECONNREFUSED);
}
END_TEST

/* --- descriptors in messages --- */

static uint64_t
message(const int *fds, int n, uint64_t *control)
{
	struct { struct cmsghdr h; int fd[4]; } c = { .h = { CMSG_LEN((size_t)n * 4), SOL_SOCKET, SCM_RIGHTS } };
	struct msghdr m = { 0 };
	struct iovec iov = { (void *)guest_str(g, "x"), 1 };

	memcpy(c.fd, fds, (size_t)n * 4);
	*control = guest_buf(g, &c, sizeof(c));
	m.msg_iov = (struct iovec *)guest_buf(g, &iov, sizeof(iov));
	m.msg_iovlen = 1;
	m.msg_control = (void *)*control;
	m.msg_controllen = CMSG_SPACE((size_t)n * 4);
	return guest_buf(g, &m, sizeof(m));
}

START_TEST(rights)
{
	uint64_t msg, control;
	int fd, none[2] = { 0, 0 };

	boot(SOCK_STREAM);
	fd = (int)must(guest_call(g, SYS_open, guest_str(g, "/etc/passwd"), O_RDONLY));
	must(guest_call(g, SYS_lseek, fd, 5, SEEK_SET));
	msg = message(&fd, 1, &control);
	expect(guest_call(g, SYS_sendmsg, a, msg, 0), 1);
	expect(guest_call(g, SYS_close, fd), 0);
	msg = message(none, 1, &control);
	expect(guest_call(g, SYS_recvmsg, b, msg, MSG_CMSG_CLOEXEC), 1);
	fd = (int)guest_u32(g, control + 16);
	expect(guest_call(g, SYS_lseek, fd, 0, SEEK_CUR), 5);
	expect(guest_call(g, SYS_fcntl, fd, F_GETFD), FD_CLOEXEC);
	/* One that is not open. */
	fd = 999;
	expect(guest_call(g, SYS_sendmsg, a, message(&fd, 1, &control), 0), -EBADF);
}
END_TEST

/* Sockets that hold only each other are found and closed. */
START_TEST(rights_in_circles)
{
	uint64_t control, at;
	int i;

	boot(SOCK_STREAM);
	at = guest_alloc(g, 8);
	for (i = 0; i < 50; i++) {
		expect(guest_call(g, SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, at), 0);
		a = (int)guest_u32(g, at);
		b = (int)guest_u32(g, at + 4);
		expect(guest_call(g, SYS_sendmsg, a, message(&b, 1, &control), 0), 1);
		expect(guest_call(g, SYS_sendmsg, b, message(&a, 1, &control), 0), 1);
		expect(guest_call(g, SYS_close, a), 0);
		expect(guest_call(g, SYS_close, b), 0);
	}
}
END_TEST

START_TEST(options_and_errors)
{
	uint64_t at, len;

	boot(SOCK_STREAM);
	at = guest_alloc(g, 16);
	len = guest_alloc(g, 4);
	guest_put_u32(g, len, 4);
	expect(guest_call(g, SYS_getsockopt, a, SOL_SOCKET, SO_TYPE, at, len), 0);
	ck_assert_uint_eq(guest_u32(g, at), SOCK_STREAM);
	guest_put_u32(g, len, 12);
	expect(guest_call(g, SYS_getsockopt, a, SOL_SOCKET, SO_PEERCRED, at, len), 0);
	ck_assert_uint_eq(guest_u32(g, at), 2);
	expect(guest_call(g, SYS_getsockopt, a, SOL_SOCKET, 999, at, len), -ENOPROTOOPT);
	expect(guest_call(g, SYS_socket, AF_UNIX, 77, 0), -EINVAL);
	expect(guest_call(g, SYS_socket, 99, SOCK_STREAM, 0), -EAFNOSUPPORT);
	expect(guest_call(g, SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, 16), -EFAULT);
	expect(guest_call(g, SYS_sendto, a, 16, 4, 0, 0, 0), -EFAULT);
	expect(guest_call(g, SYS_lseek, a, 0, SEEK_SET), -ESPIPE);
	expect(put(a, "12345"), 5);
	expect(guest_call(g, SYS_ioctl, b, FIONREAD, at), 0);
	ck_assert_uint_eq(guest_u32(g, at), 5);
}
END_TEST

UNIT_MAIN("net", streams, datagrams, packets, closing, reset, waiting, names, backlog, datagram_names,
    rights, rights_in_circles, options_and_errors)
