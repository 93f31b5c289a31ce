/* AF_UNIX datagrams: sendto and recvfrom, connected and not, sender's names, full queues, vanished receivers. */
#include "vktest.h"
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un addr(const char *p)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	strcpy(a.sun_path, p);
	return a;
}
static int bound(const char *p)
{
	int s = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	struct sockaddr_un a = addr(p);
	MUST(bind(s, (void *)&a, sizeof a));
	return s;
}
static void receive(int s)
{
	char b[64];
	struct sockaddr_un from;
	socklen_t l = sizeof from;
	memset(&from, 0, sizeof from);
	ssize_t n = recvfrom(s, b, sizeof b, MSG_DONTWAIT, (void *)&from, &l);
	if (n < 0)
		printf("   %s\n", t_errname(errno));
	else {
		printf("   from \"%s\" (length %u) ", from.sun_path, l);
		t_quote("", b, n);
	}
}

int main(void)
{
	int a = bound("a"), b = bound("b"), n = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	struct sockaddr_un to_a = addr("a"), to_b = addr("b"), to_c = addr("c");

	SECTION("sendto");
	SHOW(sendto(a, "a to b", 6, 0, (void *)&to_b, sizeof to_b));
	receive(b);
	SHOW(sendto(n, "nameless", 8, 0, (void *)&to_b, sizeof to_b));
	receive(b);
	receive(b);
	SHOW(sendto(a, "", 0, 0, (void *)&to_b, sizeof to_b));
	receive(b);
	SHOW(sendto(a, "x", 1, 0, (void *)&to_c, sizeof to_c));
	SHOW(sendto(a, "x", 1, 0, NULL, 0));

	SECTION("connect sets the receiver, and who may send");
	SHOW(connect(a, (void *)&to_b, sizeof to_b));
	SHOW(send(a, "connected", 9, 0));
	receive(b);
	SHOW(sendto(n, "stranger", 8, 0, (void *)&to_a, sizeof to_a));
	SHOW(sendto(b, "partner", 7, 0, (void *)&to_a, sizeof to_a));
	receive(a);
	SHOW(sendto(a, "to itself", 9, 0, (void *)&to_a, sizeof to_a));
	struct sockaddr_un x;
	socklen_t l = sizeof x;
	SHOW(getpeername(a, (void *)&x, &l));
	SHOW_STR(x.sun_path);
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	SHOW(connect(a, &none, sizeof none));
	SHOW(send(a, "x", 1, 0));
	SHOW(getpeername(a, (void *)&x, &l));

	SECTION("the receiver goes");
	MUST(connect(a, (void *)&to_b, sizeof to_b));
	close(b);
	SHOW(send(a, "x", 1, MSG_NOSIGNAL));
	SHOW(sendto(n, "x", 1, 0, (void *)&to_b, sizeof to_b));
	MUST(unlink("b"));
	SHOW(sendto(n, "x", 1, 0, (void *)&to_b, sizeof to_b));
	b = bound("b");
	SHOW(connect(a, (void *)&to_b, sizeof to_b));

	SECTION("a full queue");
	int count = 0;
	while (send(a, "q", 1, MSG_DONTWAIT) == 1 && count < 100000)
		count++;
	SHOW_AS(send(a, "q", 1, MSG_DONTWAIT), "send");
	CHECK(count >= 1);
	struct pollfd p = {a, POLLOUT, 0};
	SHOW(poll(&p, 1, 0));
	int got = 0;
	char c[8];
	while (recv(b, c, 8, MSG_DONTWAIT) == 1)
		got++;
	CHECK(got == count);
	SHOW(poll(&p, 1, 0));

	SECTION("too long, truncated, peeked");
	static char big[1 << 20];
	SHOW(send(a, big, sizeof big, 0));
	SHOW(send(a, "0123456789", 10, 0));
	SHOW(recv(b, c, 4, MSG_PEEK));
	SHOW(recv(b, c, 4, MSG_PEEK | MSG_TRUNC));
	SHOW(recv(b, c, 4, MSG_TRUNC));
	SHOW(recv(b, c, 4, MSG_DONTWAIT));

	SECTION("shutdown");
	SHOW(shutdown(b, SHUT_RD));
	SHOW(send(a, "x", 1, MSG_NOSIGNAL));
	SHOW(recv(b, c, 4, 0));
	SHOW(shutdown(a, SHUT_WR));
	SHOW(send(a, "x", 1, MSG_NOSIGNAL));
	return 0;
}
