/* setsockopt: that options do what they say: timeouts, buffers, reuse, low-water and peeking; short and bad values. */
#include "vktest.h"
#include <netinet/in.h>
#include <sys/socket.h>

static int set(int s, int opt, int v)
{
	return setsockopt(s, SOL_SOCKET, opt, &v, sizeof v);
}

int main(void)
{
	static char big[100000];
	int s[2], v;
	socklen_t n = sizeof v;
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));

	SECTION("SO_RCVTIMEO and SO_SNDTIMEO");
	struct timeval tv = {0, 40000};
	SHOW(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
	long t0 = t_now_ms();
	SHOW(read(s[0], big, 1));
	t0 = t_now_ms() - t0;
	CHECK(t0 >= 39 && t0 < 5000);
	SHOW(setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv));
	long total = 0;
	ssize_t r;
	while ((r = write(s[0], big, sizeof big)) == (ssize_t)sizeof big)
		total += r;
	CHECK(total > 0 || r > 0 || errno == EAGAIN);
	SHOW(write(s[0], big, 1));
	tv = (struct timeval){0, 0};
	SHOW(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
	SHOW(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, 4));

	SECTION("a smaller SO_SNDBUF holds less");
	int a[2], b[2];
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, a));
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, b));
	SHOW(set(b[0], SO_SNDBUF, 8192));
	long in_a = 0, in_b = 0;
	while ((r = write(a[0], big, 1000)) > 0)
		in_a += r;
	while ((r = write(b[0], big, 1000)) > 0)
		in_b += r;
	CHECK(in_b < in_a && in_b >= 1000);

	SECTION("SO_REUSEADDR and SO_REUSEPORT: two sockets, one port");
	struct sockaddr_in i = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int x = MUST(socket(AF_INET, SOCK_DGRAM, 0)), y = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	MUST(bind(x, (void *)&i, sizeof i));
	n = sizeof i;
	MUST(getsockname(x, (void *)&i, &n));
	SHOW(bind(y, (void *)&i, sizeof i));
	SHOW(set(x, SO_REUSEPORT, 1));
	SHOW(set(y, SO_REUSEPORT, 1));
	SHOW(bind(y, (void *)&i, sizeof i));

	SECTION("SO_PRIORITY");
	v = 4;
	SHOW(setsockopt(y, SOL_SOCKET, SO_PRIORITY, &v, sizeof v));
	n = sizeof v;
	SHOW(getsockopt(y, SOL_SOCKET, SO_PRIORITY, &v, &n));
	SHOW(v);

	SECTION("errors");
	SHOW(set(-1, SO_KEEPALIVE, 1));
	SHOW(set(s[0], 9999, 1));
	SHOW(set(s[0], SO_TYPE, 1));
	SHOW(set(s[0], SO_PEERCRED, 1));
	SHOW(setsockopt(s[0], SOL_SOCKET, SO_KEEPALIVE, &v, 0));
	SHOW(setsockopt(s[0], SOL_SOCKET, SO_KEEPALIVE, &v, -1));
	SHOW(setsockopt(s[0], SOL_SOCKET, SO_KEEPALIVE, BADP, 4));
	SHOW(setsockopt(s[0], SOL_SOCKET, SO_LINGER, &v, 4));
	SHOW(setsockopt(-1, SOL_SOCKET, SO_KEEPALIVE, BADP, -1));
	SHOW(setsockopt(s[0], 77, 1, &v, 4));
	return 0;
}
