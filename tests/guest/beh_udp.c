/* UDP over loopback: sendto, recvfrom, connected sockets, sizes, refusal, peek and truncation. */
#include "vktest.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static int sock(struct sockaddr_in *a)
{
	socklen_t l = sizeof *a;
	int s = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	*a = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	MUST(bind(s, (void *)a, sizeof *a));
	MUST(getsockname(s, (void *)a, &l));
	return s;
}
static void wait_in(int s)
{
	struct pollfd p = {s, POLLIN, 0};
	poll(&p, 1, 2000);
}

int main(void)
{
	static char big[70000], b[70000];
	struct sockaddr_in a, c, from;
	socklen_t l = sizeof from;
	int s = sock(&a), t = sock(&c);

	SECTION("sendto, recvfrom");
	SHOW(sendto(s, "hello", 5, 0, (void *)&c, sizeof c));
	wait_in(t);
	SHOW(ioctl(t, FIONREAD, b) ? -1 : *(int *)b);
	SHOW(recvfrom(t, b, sizeof b, 0, (void *)&from, &l));
	CHECK(l == sizeof from && from.sin_port == a.sin_port && from.sin_addr.s_addr == a.sin_addr.s_addr);
	SHOW(recv(t, b, 10, MSG_DONTWAIT));

	SECTION("messages keep their borders; nothing is a message, too");
	SHOW(sendto(s, "one", 3, 0, (void *)&c, sizeof c));
	SHOW(sendto(s, "", 0, 0, (void *)&c, sizeof c));
	SHOW(sendto(s, "third", 5, 0, (void *)&c, sizeof c));
	wait_in(t);
	SHOW(recv(t, b, 2, MSG_PEEK | MSG_TRUNC));
	SHOW(recv(t, b, 2, 0));
	SHOW(recv(t, b, sizeof b, 0));
	SHOW(recv(t, b, sizeof b, 0));

	SECTION("sizes");
	SHOW(sendto(s, big, 60000, 0, (void *)&c, sizeof c));
	wait_in(t);
	SHOW(recv(t, b, sizeof b, 0));
	SHOW(sendto(s, big, 65508, 0, (void *)&c, sizeof c));
	SHOW(sendto(s, big, 65507, 0, (void *)&c, sizeof c));
	wait_in(t);
	SHOW(recv(t, b, sizeof b, 0));

	SECTION("connected");
	SHOW(connect(s, (void *)&c, sizeof c));
	SHOW(send(s, "direct", 6, 0));
	wait_in(t);
	SHOW(recv(t, b, sizeof b, 0));
	struct sockaddr_in d;
	int u = sock(&d);
	SHOW(sendto(u, "stranger", 8, 0, (void *)&a, sizeof a));
	t_sleep_ms(30);
	SHOW(recv(s, b, sizeof b, MSG_DONTWAIT));
	SHOW(sendto(t, "partner", 7, 0, (void *)&a, sizeof a));
	wait_in(s);
	SHOW(recv(s, b, sizeof b, 0));
	l = sizeof from;
	SHOW(getpeername(s, (void *)&from, &l));
	CHECK(from.sin_port == c.sin_port);

	SECTION("the partner goes: the next call says so");
	close(t);
	SHOW(send(s, "x", 1, 0));
	t_sleep_ms(30);
	SHOW(send(s, "x", 1, 0));
	t_sleep_ms(30);
	SHOW(recv(s, b, 10, MSG_DONTWAIT));
	SHOW(recv(s, b, 10, MSG_DONTWAIT));
	SHOW(connect(s, &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr)));
	SHOW(send(s, "x", 1, 0));

	SECTION("a child answers");
	pid_t p = t_fork();
	if (p == 0) {
		l = sizeof from;
		ssize_t n = recvfrom(u, b, sizeof b, 0, (void *)&from, &l);
		_exit(sendto(u, b, n, 0, (void *)&from, l) != n);
	}
	int v = sock(&a);
	SHOW(sendto(v, "ping", 4, 0, (void *)&d, sizeof d));
	SHOW(recv(v, b, sizeof b, 0));
	t_waitpid(p);

	SECTION("errors");
	SHOW(sendto(v, "x", 1, 0, (void *)&d, 4));
	SHOW(sendto(v, "x", 1, 0, BADP, sizeof d));
	SHOW(sendto(v, BADP, 10, 0, (void *)&d, sizeof d));
	SHOW(sendto(v, "x", 1, 0, NULL, 0));
	d.sin_family = AF_UNIX;
	SHOW(sendto(v, "x", 1, 0, (void *)&d, sizeof d));
	d.sin_family = AF_INET, d.sin_port = 0;
	SHOW(sendto(v, "x", 1, 0, (void *)&d, sizeof d));
	SHOW(bind(v, (void *)&a, sizeof a));
	return 0;
}
