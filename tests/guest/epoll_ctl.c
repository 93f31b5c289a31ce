/* epoll_create, epoll_create1, epoll_ctl: adding, changing, removing, and each refusal. */
#include "vktest.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

static int ctl(int ep, int op, int fd, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.fd = fd};
	return epoll_ctl(ep, op, fd, &e);
}

int main(void)
{
	int p[2];
	struct epoll_event ev[8];
	SECTION("creation");
	SHOW_OK(syscall(SYS_epoll_create, 1));
	SHOW_OK(syscall(SYS_epoll_create, 0));
	SHOW_OK(syscall(SYS_epoll_create, -1));
	int ep = SHOW_OK(epoll_create1(0));
	SHOW(fcntl(ep, F_GETFD));
	SHOW(fcntl(SHOW_OK(epoll_create1(EPOLL_CLOEXEC)), F_GETFD));
	SHOW_OK(epoll_create1(1));
	SHOW_X(fcntl(ep, F_GETFL));

	SECTION("add, modify, delete");
	MUST(pipe(p));
	SHOW(ctl(ep, EPOLL_CTL_ADD, p[0], EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_ADD, p[0], EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_MOD, p[1], EPOLLOUT));
	SHOW(ctl(ep, EPOLL_CTL_ADD, p[1], EPOLLOUT));
	SHOW(epoll_wait(ep, ev, 8, 0));
	CHECK(ev[0].data.fd == p[1] && ev[0].events == EPOLLOUT);
	SHOW(ctl(ep, EPOLL_CTL_MOD, p[1], 0));
	SHOW(epoll_wait(ep, ev, 8, 0));
	SHOW(ctl(ep, EPOLL_CTL_DEL, p[1], 0));
	SHOW(ctl(ep, EPOLL_CTL_DEL, p[1], 0));
	SHOW(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], NULL));

	SECTION("what can be watched");
	t_write_file("f", "x");
	SHOW(ctl(ep, EPOLL_CTL_ADD, MUST(open("f", O_RDONLY)), EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_ADD, MUST(open(".", O_RDONLY)), EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_ADD, MUST(open("/dev/null", O_RDONLY)), EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_ADD, MUST(open("f", O_PATH)), EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_ADD, ep, EPOLLIN));
	int ep2 = MUST(epoll_create1(0));
	SHOW(ctl(ep, EPOLL_CTL_ADD, ep2, EPOLLIN));
	SHOW(ctl(ep2, EPOLL_CTL_ADD, ep, EPOLLIN));

	SECTION("errors");
	SHOW(ctl(-1, EPOLL_CTL_ADD, p[0], EPOLLIN));
	SHOW(ctl(p[0], EPOLL_CTL_ADD, p[1], EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_ADD, -1, EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_ADD, 999, EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_DEL, 999, EPOLLIN));
	SHOW(ctl(ep, 77, p[0], EPOLLIN));
	SHOW(ctl(ep, 77, 999, EPOLLIN));
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], BADP));
	SHOW(epoll_ctl(-1, EPOLL_CTL_ADD, -1, BADP));
	SHOW(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], BADP));

	SECTION("EPOLLEXCLUSIVE");
	SHOW(ctl(ep, EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLEXCLUSIVE));
	SHOW(ctl(ep, EPOLL_CTL_MOD, p[0], EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_DEL, p[0], 0));
	SHOW(ctl(ep, EPOLL_CTL_ADD, p[0], EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLEXCLUSIVE));
	SHOW(ctl(ep, EPOLL_CTL_DEL, p[0], 0));
	SHOW(ctl(ep, EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT));
	SHOW(ctl(ep, EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLEXCLUSIVE | EPOLLRDHUP));
	SHOW(ctl(ep, EPOLL_CTL_ADD, MUST(epoll_create1(0)), EPOLLIN | EPOLLEXCLUSIVE));

	SECTION("the description, not the number, is watched");
	int q[2];
	MUST(pipe(q));
	int d = MUST(dup(q[0]));
	int ep3 = MUST(epoll_create1(0));
	SHOW(ctl(ep3, EPOLL_CTL_ADD, q[0], EPOLLIN));
	SHOW(ctl(ep3, EPOLL_CTL_ADD, d, EPOLLIN));
	MUST(write(q[1], "x", 1));
	SHOW(epoll_wait(ep3, ev, 8, 0));
	close(d);
	SHOW(epoll_wait(ep3, ev, 8, 0));
	close(q[0]);
	SHOW(epoll_wait(ep3, ev, 8, 0));
	return 0;
}
