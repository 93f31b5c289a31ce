/* epoll_create1: EPOLL_CLOEXEC; a fresh one polls as not ready; it is shared by dup and fork. */
#include "vktest.h"
#include <sys/epoll.h>

int main(void)
{
	int p[2];
	int ep = SHOW_OK(epoll_create1(0)), c = SHOW_OK(epoll_create1(EPOLL_CLOEXEC));
	SHOW(fcntl(ep, F_GETFD));
	SHOW(fcntl(c, F_GETFD));
	SHOW_OK(epoll_create1(1));
	SHOW_OK(epoll_create1(-1));
	SHOW_OK(epoll_create1(O_NONBLOCK));
	struct pollfd pf = {ep, POLLIN | POLLOUT, 0};
	SHOW(poll(&pf, 1, 0));
	MUST(pipe(p));
	MUST(write(p[1], "x", 1));
	int d = MUST(dup(ep));
	struct epoll_event e = {.events = EPOLLIN};
	SHOW(epoll_ctl(d, EPOLL_CTL_ADD, p[0], &e));
	SHOW(epoll_wait(ep, &e, 1, 0));
	pid_t k = t_fork();
	if (k == 0) {
		SHOW(epoll_wait(ep, &e, 1, 0));
		SHOW(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], NULL));
		t_exit(0);
	}
	t_waitpid(k);
	SHOW(epoll_wait(ep, &e, 1, 0));
	return 0;
}
