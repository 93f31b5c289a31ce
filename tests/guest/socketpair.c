/* socketpair: the three kinds of AF_UNIX, boundaries, ends, ancillary-free basics. */
#include "vktest.h"
#include <sys/socket.h>
#include <sys/un.h>

int main(void)
{
	char b[64];
	int s[2];
	SECTION("stream");
	SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	CHECK(s[1] == s[0] + 1);
	SHOW(write(s[0], "abc", 3));
	SHOW(write(s[0], "def", 3));
	SHOW(read(s[1], b, sizeof b));
	t_quote("b", b, 6);
	SHOW(write(s[1], "back", 4));
	SHOW(read(s[0], b, 2));
	SHOW(read(s[0], b, 10));
	SHOW(write(s[0], "", 0));
	SHOW(recv(s[1], b, 10, MSG_DONTWAIT));
	struct sockaddr_un a;
	socklen_t l = sizeof a;
	SHOW(getsockname(s[0], (void *)&a, &l));
	printf("family %d length %u\n", a.sun_family, l);
	l = sizeof a;
	SHOW(getpeername(s[0], (void *)&a, &l));
	printf("family %d length %u\n", a.sun_family, l);
	SHOW(close(s[1]));
	SHOW(read(s[0], b, 10));
	SHOW(send(s[0], "x", 1, MSG_NOSIGNAL));

	SECTION("unread data at close: ECONNRESET");
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	SHOW(write(s[0], "unread", 6));
	SHOW(close(s[1]));
	SHOW(read(s[0], b, 10));
	SHOW(read(s[0], b, 10));

	SECTION("dgram: messages, cut, zero length");
	SHOW(socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
	SHOW(write(s[0], "one", 3));
	SHOW(write(s[0], "second", 6));
	SHOW(write(s[0], "", 0));
	SHOW(read(s[1], b, sizeof b));
	SHOW(read(s[1], b, 3));
	SHOW(recv(s[1], b, sizeof b, 0));
	SHOW(recv(s[1], b, sizeof b, MSG_DONTWAIT));
	SHOW(close(s[1]));
	SHOW(send(s[0], "x", 1, MSG_NOSIGNAL));
	SHOW(recv(s[0], b, 1, MSG_DONTWAIT));

	SECTION("seqpacket: messages and an end");
	SHOW(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s));
	SHOW(write(s[0], "one", 3));
	SHOW(write(s[0], "second", 6));
	SHOW(read(s[1], b, 2));
	SHOW(read(s[1], b, sizeof b));
	SHOW(close(s[0]));
	SHOW(read(s[1], b, sizeof b));
	SHOW(send(s[1], "x", 1, MSG_NOSIGNAL));

	SECTION("flags and errors");
	SHOW(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, s));
	SHOW(fcntl(s[1], F_GETFD));
	SHOW_X(fcntl(s[1], F_GETFL));
	SHOW(read(s[0], b, 1));
	SHOW(socketpair(AF_INET, SOCK_STREAM, 0, s));
	SHOW(socketpair(AF_UNIX, 99, 0, s));
	SHOW(socketpair(12345, SOCK_STREAM, 0, s));
	SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, BADP));
	SHOW(socketpair(AF_UNIX, 99, 0, BADP));
	SHOW(socketpair(AF_UNIX, SOCK_STREAM | 0x10000, 0, s));

	SECTION("how much fits is the sender's buffer, and comes back");
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s));
	static char big[100000];
	long total = 0, back = 0;
	ssize_t n;
	while ((n = write(s[0], big, sizeof big)) > 0)
		total += n;
	SHOW_AS(write(s[0], big, 1), "full");
	CHECK(total > 65536);
	while ((n = read(s[1], big, sizeof big)) > 0)
		back += n;
	CHECK(back == total);
	SHOW(write(s[0], "again", 5));
	return 0;
}
