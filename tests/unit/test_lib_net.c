/*
 * test_lib_net.c - sockets inside one kernel, in library mode.
 */
#include "lib_unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static void
pair_of(int type, int fd[2])
{
	gaddr_t at = vk_alloc(p, 8);

	expect(vk_sys_socketpair(p, AF_UNIX, (unsigned long)type, 0, at), 0);
	expect(vk_get(p, at, fd, 8), 0);
}

static gaddr_t
local(uint16_t port, uint32_t ip)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(ip) };

	return put(sin);
}

static gaddr_t
unix_name(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	strcpy(sun.sun_path, path);
	return put(sun);
}

static int
sock(int family, int type)
{
	return (int)must(vk_sys_socket(p, family, (unsigned long)type, 0));
}

static long
send_text(int fd, const char *text)
{
	return vk_sys_sendto(p, fd, text, strlen(text), MSG_NOSIGNAL, ga(0), 0);
}

static long
recv_some(int fd, char *buf, size_t n, int flags)
{
	memset(buf, 0, n);
	return vk_sys_recvfrom(p, fd, buf, n, (unsigned long)(flags | MSG_DONTWAIT), ga(0), ga(0));
}

static char buf[64];
static int s[2];

/* --- making --- */

ONE(socket_bad_family, vk_sys_socket(p, 77, SOCK_STREAM, 0), -EAFNOSUPPORT)
ONE(socket_bad_type, vk_sys_socket(p, AF_UNIX, 15, 0), -EINVAL)
ONE(socket_bad_protocol, vk_sys_socket(p, AF_UNIX, SOCK_STREAM, 77), -EPROTONOSUPPORT)
ONE(not_a_socket_fd, vk_sys_listen(p, 3, 1), -EBADF)
CASE(not_a_socket)
{
	mkfile("/f", "");
	expect(vk_sys_open(p, "/f", O_RDWR, 0), 0);
	expect(vk_sys_listen(p, 0, 1), -ENOTSOCK);
	expect(vk_sys_sendto(p, 0, "x", 1, 0, ga(0), 0), -ENOTSOCK);
}
CASE(socket_flags)
{
	int fd = sock(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK);

	expect(vk_sys_fcntl(p, fd, F_GETFD, 0), FD_CLOEXEC);
	expect(vk_sys_fcntl(p, fd, F_GETFL, 0), O_RDWR | O_NONBLOCK);
}

/* --- pairs --- */

CASE(stream_pair)
{
	pair_of(SOCK_STREAM, s);
	expect(send_text(s[0], "abc"), 3);
	expect(send_text(s[0], "def"), 3);
	expect(recv_some(s[1], buf, 63, 0), 6);
	ck_assert_str_eq(buf, "abcdef");
	expect(recv_some(s[1], buf, 63, 0), -EAGAIN);
}
CASE(datagram_pair_keeps_bounds)
{
	pair_of(SOCK_DGRAM, s);
	expect(send_text(s[0], "abc"), 3);
	expect(send_text(s[0], "def"), 3);
	expect(recv_some(s[1], buf, 2, 0), 2);
	expect(recv_some(s[1], buf, 63, 0), 3);
	ck_assert_str_eq(buf, "def");
}
CASE(seqpacket_pair)
{
	pair_of(SOCK_SEQPACKET, s);
	expect(send_text(s[0], "abc"), 3);
	expect(recv_some(s[1], buf, 2, MSG_TRUNC), 3);
	expect(vk_sys_close(p, s[0]), 0);
	expect(recv_some(s[1], buf, 2, 0), 0);
}
CASE(peek_leaves)
{
	pair_of(SOCK_STREAM, s);
	expect(send_text(s[0], "abc"), 3);
	expect(recv_some(s[1], buf, 2, MSG_PEEK), 2);
	expect(recv_some(s[1], buf, 63, 0), 3);
}
CASE(stream_shutdown)
{
	pair_of(SOCK_STREAM, s);
	expect(vk_sys_shutdown(p, s[0], SHUT_WR), 0);
	expect(recv_some(s[1], buf, 1, 0), 0);
	expect(send_text(s[0], "x"), -EPIPE);
	expect(send_text(s[1], "x"), 1);
	expect(vk_sys_shutdown(p, s[0], 5), -EINVAL);
}
CASE(stream_peer_gone)
{
	pair_of(SOCK_STREAM, s);
	expect(vk_sys_close(p, s[1]), 0);
	expect(send_text(s[0], "x"), -EPIPE);
	expect(recv_some(s[0], buf, 1, 0), 0);
}
CASE(read_waits_for_the_peer)
{
	gaddr_t b = vk_alloc(p, 8);
	struct vk_proc *c;

	pair_of(SOCK_STREAM, s);
	c = forked(p);
	vk_start(p, SYS_read, (uint64_t)s[0], b.v, 8);
	ck_assert(vk_waits(p));
	expect(vk_sys_write(c, s[1], "abc", 3), 3);
	expect(vk_end(p), 3);
}
CASE(descriptors_travel)
{
	struct {
		struct msghdr mh;
		struct iovec iov;
		char data[8];
		char control[CMSG_SPACE(sizeof(int))];
	} m = { .data = "x" };
	struct cmsghdr *c = (void *)m.control;
	gaddr_t at = put(m);
	int fd, got;

	pair_of(SOCK_STREAM, s);
	mkfile("/f", "passed");
	fd = (int)must(vk_sys_open(p, "/f", O_RDONLY, 0));
	c->cmsg_len = CMSG_LEN(sizeof(int));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	m.iov = (struct iovec){ (void *)(at.v + offsetof(typeof(m), data)), 1 };
	m.mh.msg_iov = (void *)(at.v + offsetof(typeof(m), iov));
	m.mh.msg_iovlen = 1;
	m.mh.msg_control = (void *)(at.v + offsetof(typeof(m), control));
	m.mh.msg_controllen = sizeof(m.control);
	expect(vk_poke(p, at, &m, sizeof(m)), 0);
	expect(vk_sys_sendmsg(p, s[0], at, 0), 1);
	expect(vk_sys_close(p, fd), 0);
	expect(vk_sys_recvmsg(p, s[1], at, 0), 1);
	get(at, m);
	memcpy(&got, CMSG_DATA(c), sizeof(got));
	expect(vk_sys_read(p, got, buf, 63), 6);
	ck_assert_int_eq(memcmp(buf, "passed", 6), 0);
}

/* --- names in the tree --- */

CASE(unix_listen_connect)
{
	int srv = sock(AF_UNIX, SOCK_STREAM), cl = sock(AF_UNIX, SOCK_STREAM), got;

	expect(vk_sys_bind(p, srv, unix_name("/sock"), sizeof(struct sockaddr_un)), 0);
	expect(vk_sys_connect(p, cl, unix_name("/sock"), sizeof(struct sockaddr_un)), -ECONNREFUSED);
	expect(vk_sys_listen(p, srv, 5), 0);
	expect(vk_sys_connect(p, cl, unix_name("/sock"), sizeof(struct sockaddr_un)), 0);
	got = (int)must(vk_sys_accept4(p, srv, ga(0), ga(0), 0));
	expect(send_text(cl, "hi"), 2);
	expect(recv_some(got, buf, 63, 0), 2);
}
CASE(unix_name_taken)
{
	int a = sock(AF_UNIX, SOCK_STREAM), b = sock(AF_UNIX, SOCK_STREAM);

	expect(vk_sys_bind(p, a, unix_name("/sock"), sizeof(struct sockaddr_un)), 0);
	expect(vk_sys_bind(p, b, unix_name("/sock"), sizeof(struct sockaddr_un)), -EADDRINUSE);
	expect(vk_sys_bind(p, a, unix_name("/other"), sizeof(struct sockaddr_un)), -EINVAL);
	expect(vk_sys_open(p, "/sock", O_RDWR, 0), -ENXIO);
}
CASE(unix_connect_missing)
{
	expect(vk_sys_connect(p, sock(AF_UNIX, SOCK_STREAM), unix_name("/no"), sizeof(struct sockaddr_un)), -ENOENT);
}
CASE(unix_datagram_by_name)
{
	int a = sock(AF_UNIX, SOCK_DGRAM), b = sock(AF_UNIX, SOCK_DGRAM);
	gaddr_t name = unix_name("/d");

	expect(vk_sys_bind(p, a, name, sizeof(struct sockaddr_un)), 0);
	expect(vk_sys_sendto(p, b, "hey", 3, 0, name, sizeof(struct sockaddr_un)), 3);
	expect(recv_some(a, buf, 63, 0), 3);
	expect(send_text(b, "x"), -ENOTCONN);
}
CASE(unix_peer_credentials)
{
	struct ucred uc = { 0 };
	unsigned len = sizeof(uc);
	gaddr_t at = put(uc), l = put(len);

	pair_of(SOCK_STREAM, s);
	expect(vk_sys_getsockopt(p, s[0], SOL_SOCKET, SO_PEERCRED, at, l), 0);
	get(at, uc);
	expect(uc.pid, vk_sys_getpid(p));
}

/* --- the loopback --- */

CASE(tcp_talks)
{
	int srv = sock(AF_INET, SOCK_STREAM), cl = sock(AF_INET, SOCK_STREAM), got;

	expect(vk_sys_bind(p, srv, local(7000, INADDR_LOOPBACK), 16), 0);
	expect(vk_sys_listen(p, srv, 5), 0);
	expect(vk_sys_connect(p, cl, local(7000, INADDR_LOOPBACK), 16), 0);
	got = (int)must(vk_sys_accept4(p, srv, ga(0), ga(0), 0));
	expect(send_text(got, "hello"), 5);
	expect(vk_sys_recvfrom(p, cl, buf, 63, 0, ga(0), ga(0)), 5);
	expect(vk_sys_close(p, got), 0);
	expect(vk_sys_recvfrom(p, cl, buf, 63, 0, ga(0), ga(0)), 0);
}
CASE(tcp_refused)
{
	expect(vk_sys_connect(p, sock(AF_INET, SOCK_STREAM), local(7001, INADDR_LOOPBACK), 16), -ECONNREFUSED);
}
CASE(tcp_port_taken)
{
	int a = sock(AF_INET, SOCK_STREAM), b = sock(AF_INET, SOCK_STREAM);

	expect(vk_sys_bind(p, a, local(7002, INADDR_ANY), 16), 0);
	expect(vk_sys_bind(p, b, local(7002, INADDR_LOOPBACK), 16), -EADDRINUSE);
	expect(vk_sys_bind(p, b, local(7003, 0x08080808), 16), -EADDRNOTAVAIL);
	expect(vk_sys_bind(p, b, local(7003, INADDR_LOOPBACK), 8), -EINVAL);
}
CASE(tcp_nonblocking_accept)
{
	int srv = sock(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);

	expect(vk_sys_accept4(p, srv, ga(0), ga(0), 0), -EINVAL);
	expect(vk_sys_listen(p, srv, 5), 0);
	expect(vk_sys_accept4(p, srv, ga(0), ga(0), 0), -EAGAIN);
	expect(vk_sys_accept4(p, srv, ga(0), ga(0), 1), -EINVAL);
}
CASE(tcp_names)
{
	struct sockaddr_in sin = { 0 };
	unsigned len = sizeof(sin);
	int srv = sock(AF_INET, SOCK_STREAM);
	gaddr_t at = put(sin), l = put(len);

	expect(vk_sys_bind(p, srv, local(0, INADDR_LOOPBACK), 16), 0);
	expect(vk_sys_getsockname(p, srv, at, l), 0);
	get(at, sin);
	ck_assert_uint_ne(sin.sin_port, 0);
	expect(vk_sys_getpeername(p, srv, at, l), -ENOTCONN);
}
CASE(udp_talks)
{
	int a = sock(AF_INET, SOCK_DGRAM), b = sock(AF_INET, SOCK_DGRAM);

	expect(vk_sys_bind(p, a, local(7004, INADDR_LOOPBACK), 16), 0);
	expect(vk_sys_sendto(p, b, "abc", 3, 0, local(7004, INADDR_LOOPBACK), 16), 3);
	expect(recv_some(a, buf, 63, 0), 3);
	expect(send_text(b, "x"), -EDESTADDRREQ);
	expect(vk_sys_sendto(p, b, "x", 1, 0, local(0, INADDR_LOOPBACK), 16), -EINVAL);
}
CASE(udp_connected_refuses)
{
	int a = sock(AF_INET, SOCK_DGRAM);

	expect(vk_sys_connect(p, a, local(7005, INADDR_LOOPBACK), 16), 0);
	expect(send_text(a, "x"), 1);
	expect(recv_some(a, buf, 63, 0), -ECONNREFUSED);
}
CASE(options)
{
	int v = 1, fd = sock(AF_INET, SOCK_STREAM);
	unsigned len = sizeof(v);
	gaddr_t at = put(v), l = put(len);

	expect(vk_sys_setsockopt(p, fd, SOL_SOCKET, SO_REUSEADDR, at, 4), 0);
	expect(vk_sys_setsockopt(p, fd, SOL_SOCKET, SO_REUSEADDR, at, 2), -EINVAL);
	expect(vk_sys_setsockopt(p, fd, SOL_SOCKET, 9999, at, 4), -ENOPROTOOPT);
	expect(vk_sys_getsockopt(p, fd, SOL_SOCKET, SO_TYPE, at, l), 0);
	get(at, v);
	expect(v, SOCK_STREAM);
	expect(vk_sys_setsockopt(p, fd, IPPROTO_TCP, TCP_NODELAY, at, 4), 0);
}
CASE(poll_of_a_listener)
{
	struct pollfd pf = { .events = POLLIN };
	int srv = sock(AF_INET, SOCK_STREAM), cl = sock(AF_INET, SOCK_STREAM);

	pf.fd = srv;
	expect(vk_sys_bind(p, srv, local(7006, INADDR_LOOPBACK), 16), 0);
	expect(vk_sys_listen(p, srv, 5), 0);
	expect(vk_sys_poll(p, put(pf), 1, 0), 0);
	expect(vk_sys_connect(p, cl, local(7006, INADDR_LOOPBACK), 16), 0);
	expect(vk_sys_poll(p, put(pf), 1, -1), 1);
}

LIB_MAIN("lib_net")
