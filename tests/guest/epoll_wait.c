/* epoll_wait: level, edge and one-shot, maxevents and fairness, hang-ups, timeouts. */
#include "vktest.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

static int ep;
static void add(int fd, uint32_t events, uint64_t data)
{
	struct epoll_event e = {.events = events, .data.u64 = data};
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
}
static void wait_show(void)
{
	struct epoll_event ev[16];
	int n = epoll_wait(ep, ev, 16, 0);
	printf("   %d:", n);
	for (uint64_t d = 0; d < 100; d++) /* in the order of their data */
		for (int i = 0; i < n; i++)
			if (ev[i].data.u64 == d)
				printf(" [%lu]=0x%x", (unsigned long)d, ev[i].events);
	putchar('\n');
}

int main(void)
{
	char b[100];
	int p[2], s[2];
	struct epoll_event ev[16];
	ep = MUST(epoll_create1(0));

	SECTION("level");
	MUST(pipe(p));
	add(p[0], EPOLLIN, 1);
	wait_show();
	MUST(write(p[1], "abc", 3));
	wait_show();
	MUST(read(p[0], b, 1));
	wait_show();
	MUST(read(p[0], b, 10));
	wait_show();

	SECTION("edge: again only when something new comes");
	struct epoll_event e = {.events = EPOLLIN | EPOLLET, .data.u64 = 2};
	MUST(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &e));
	MUST(write(p[1], "abc", 3));
	wait_show();
	wait_show();
	MUST(read(p[0], b, 1));
	wait_show();
	MUST(write(p[1], "d", 1));
	wait_show();
	wait_show();
	MUST(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &e));
	wait_show();
	MUST(read(p[0], b, 10));
	wait_show();

	SECTION("one shot");
	e.events = EPOLLIN | EPOLLONESHOT;
	MUST(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &e));
	MUST(write(p[1], "abc", 3));
	wait_show();
	wait_show();
	MUST(write(p[1], "abc", 3));
	wait_show();
	MUST(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &e));
	wait_show();
	MUST(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], NULL));

	SECTION("hang-up and error come unasked");
	MUST(pipe(p));
	add(p[0], 0, 3);
	add(p[1], 0, 4);
	wait_show();
	close(p[1]);
	wait_show();
	MUST(pipe(s));
	add(s[1], EPOLLOUT, 5);
	wait_show();
	close(s[0]);
	wait_show();
	MUST(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], NULL));
	MUST(epoll_ctl(ep, EPOLL_CTL_DEL, s[1], NULL));

	SECTION("sockets and EPOLLRDHUP");
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	add(s[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, 6);
	wait_show();
	wait_show();
	MUST(write(s[1], "x", 1));
	wait_show();
	MUST(shutdown(s[1], SHUT_WR));
	wait_show();
	close(s[1]);
	wait_show();
	MUST(epoll_ctl(ep, EPOLL_CTL_DEL, s[0], NULL));

	SECTION("maxevents: the others have their turn");
	int fds[6];
	for (int i = 0; i < 6; i++) {
		fds[i] = MUST(eventfd(1, 0));
		add(fds[i], EPOLLIN, 10 + i);
	}
	int seen = 0;
	for (int k = 0; k < 3; k++) {
		int n = epoll_wait(ep, ev, 2, 0);
		for (int i = 0; i < n; i++)
			seen |= 1 << (ev[i].data.u64 - 10);
	}
	SHOW_X(seen);

	SECTION("timeouts, errors");
	int empty = MUST(epoll_create1(0));
	long t0 = t_now_ms();
	SHOW(epoll_wait(empty, ev, 16, 30));
	CHECK(t_now_ms() - t0 >= 29);
	SHOW(epoll_wait(ep, ev, 0, 0));
	SHOW(epoll_wait(ep, ev, -1, 0));
	SHOW(epoll_wait(-1, ev, 1, 0));
	SHOW(epoll_wait(fds[0], ev, 1, 0));
	SHOW(epoll_wait(ep, BADP, 1, 0));
	SHOW(epoll_wait(empty, BADP, 1, 0));
	SHOW(epoll_wait(-1, ev, 0, 0));
	SHOW(epoll_wait(ep, ev, 1 << 30, 0));
	t_interrupt(30, SA_RESTART);
	SHOW(epoll_wait(empty, ev, 1, -1));
	t_interrupt_stop();
	return 0;
}
