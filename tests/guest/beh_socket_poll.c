/* poll and epoll on sockets: listeners, connections being made, full buffers, ends; TCP, UDP and AF_UNIX. */
#include "vktest.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#define ALL (POLLIN | POLLPRI | POLLOUT | POLLRDHUP)
static void show(const char *what, int s, int want, int ms)
{
	struct pollfd p = {s, ALL, 0};
	long end = t_now_ms() + ms;
	do /* over loopback things take a moment */
		poll(&p, 1, 0);
	while (p.revents != want && t_now_ms() < end && (t_sleep_ms(2), 1));
	printf("%s: 0x%x\n", what, p.revents);
}

static void stream(int domain, struct sockaddr *a, socklen_t l)
{
	static char big[100000];
	int s = MUST(socket(domain, SOCK_STREAM, 0));
	show("fresh", s, POLLOUT | POLLHUP, 0);
	MUST(bind(s, a, l));
	MUST(getsockname(s, a, &l));
	MUST(listen(s, 5));
	show("listening", s, 0, 0);
	int c = MUST(socket(domain, SOCK_STREAM, 0));
	MUST(connect(c, a, l));
	show("a connection waits", s, POLLIN, 1000);
	show("connected", c, POLLOUT, 1000);
	int t = MUST(accept(s, NULL, NULL));
	show("accepted", s, 0, 0);
	show("server side", t, POLLOUT, 0);
	MUST(write(c, "x", 1));
	show("data", t, POLLIN | POLLOUT, 1000);
	MUST(read(t, big, 10));
	show("taken", t, POLLOUT, 0);
	MUST(fcntl(c, F_SETFL, O_NONBLOCK));
	for (int idle = 0; idle < 50;) {
		ssize_t n = write(c, big, sizeof big);
		if (n > 0)
			idle = 0;
		else
			idle++, t_sleep_ms(2);
	}
	show("full", c, 0, 0);
	MUST(fcntl(t, F_SETFL, O_NONBLOCK));
	for (int idle = 0; idle < 50;) {
		ssize_t n = read(t, big, sizeof big);
		if (n > 0)
			idle = 0;
		else
			idle++, t_sleep_ms(2);
	}
	show("emptied", c, POLLOUT, 1000);
	MUST(shutdown(c, SHUT_WR));
	show("other side shut its writing", t, POLLIN | POLLOUT | POLLRDHUP, 1000);
	show("this side", c, POLLOUT, 0);
	MUST(shutdown(t, SHUT_WR));
	show("both", t, POLLIN | POLLOUT | POLLRDHUP | POLLHUP, 1000);
	show("both", c, POLLIN | POLLOUT | POLLRDHUP | POLLHUP, 1000);
	close(t);
	show("closed", c, POLLIN | POLLOUT | POLLRDHUP | POLLHUP, 1000);
	close(c);
	close(s);
}

int main(void)
{
	SECTION("AF_UNIX");
	struct sockaddr_un ux = {.sun_family = AF_UNIX, .sun_path = "sock"};
	stream(AF_UNIX, (struct sockaddr *)&ux, sizeof ux);

	SECTION("TCP");
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	stream(AF_INET, (struct sockaddr *)&in, sizeof in);

	SECTION("UDP");
	in.sin_port = 0;
	socklen_t l = sizeof in;
	int u = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	show("fresh", u, POLLOUT, 0);
	MUST(bind(u, (void *)&in, sizeof in));
	MUST(getsockname(u, (void *)&in, &l));
	MUST(sendto(u, "self", 4, 0, (void *)&in, sizeof in));
	show("data", u, POLLIN | POLLOUT, 1000);

	SECTION("epoll: a server of three clients");
	int s = MUST(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)), ep = MUST(epoll_create1(0));
	strcpy(ux.sun_path, "server");
	MUST(bind(s, (void *)&ux, sizeof ux));
	MUST(listen(s, 5));
	struct epoll_event e = {.events = EPOLLIN, .data.fd = s}, ev[8];
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, s, &e));
	for (int k = 0; k < 3; k++)
		if (t_fork() == 0) {
			char b[16];
			int c = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
			MUST(connect(c, (void *)&ux, sizeof ux));
			for (int i = 0; i < 10; i++)
				if (write(c, "ping", 4) != 4 || read(c, b, 16) != 4)
					_exit(1);
			_exit(0);
		}
	int accepted = 0, served = 0, ended = 0;
	while (ended < 3) {
		int n = epoll_wait(ep, ev, 8, 5000);
		if (n <= 0)
			break;
		for (int i = 0; i < n; i++) {
			char b[16];
			if (ev[i].data.fd == s) {
				int c;
				while ((c = accept4(s, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
					e = (struct epoll_event){.events = EPOLLIN | EPOLLET, .data.fd = c};
					MUST(epoll_ctl(ep, EPOLL_CTL_ADD, c, &e));
					accepted++;
				}
				continue;
			}
			ssize_t r;
			while ((r = read(ev[i].data.fd, b, 16)) > 0)
				served += write(ev[i].data.fd, b, r) == r;
			if (r == 0) {
				close(ev[i].data.fd);
				ended++;
			}
		}
	}
	int st, bad = 0;
	while (wait(&st) > 0)
		bad += st != 0;
	printf("accepted %d served %d ended %d bad %d\n", accepted, served, ended, bad);
	return 0;
}
