/* epoll_pwait and epoll_pwait2: masks and timeouts. */
#include "vktest.h"
#include <sys/epoll.h>

static volatile sig_atomic_t got;
static void on(int s)
{
	got = s;
}
#define PW2(ep, ev, n, t, m, sz) syscall(SYS_epoll_pwait2, ep, ev, n, t, m, sz)

int main(void)
{
	int p[2], ep = MUST(epoll_create1(0));
	sigset_t none, block;
	struct epoll_event ev[4], e = {.events = EPOLLIN};
	struct sigaction sa = {.sa_handler = on};
	sigaction(SIGUSR1, &sa, NULL);
	sigemptyset(&none);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, NULL);
	MUST(pipe(p));
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e));

	SECTION("epoll_pwait");
	raise(SIGUSR1);
	SHOW(epoll_pwait(ep, ev, 4, 10, NULL));
	SHOW(got);
	SHOW(epoll_pwait(ep, ev, 4, -1, &none));
	SHOW(got);
	SHOW(syscall(SYS_epoll_pwait, ep, ev, 4, 0, &none, 4L));
	SHOW(syscall(SYS_epoll_pwait, ep, ev, 4, 0, BADP, 8L));
	SHOW(syscall(SYS_epoll_pwait, -1, ev, 4, 0, BADP, 8L));
	SHOW(syscall(SYS_epoll_pwait, ep, ev, 4, 0, NULL, 4L));

	SECTION("epoll_pwait2");
	got = 0;
	struct timespec t = {0, 20000000}, neg = {-1, 0}, big = {0, 1000000000};
	long t0 = t_now_ms();
	SHOW(PW2(ep, ev, 4, &t, NULL, 8L));
	CHECK(t_now_ms() - t0 >= 19);
	CHECK(t.tv_nsec == 20000000);
	raise(SIGUSR1);
	SHOW(PW2(ep, ev, 4, NULL, &none, 8L));
	SHOW(got);
	MUST(write(p[1], "x", 1));
	SHOW(PW2(ep, ev, 4, NULL, NULL, 8L));
	SHOW(PW2(ep, ev, 4, &neg, NULL, 8L));
	SHOW(PW2(ep, ev, 4, &big, NULL, 8L));
	SHOW(PW2(ep, ev, 4, BADP, NULL, 8L));
	SHOW(PW2(ep, ev, 0, &t, NULL, 8L));
	SHOW(PW2(-1, ev, 4, &t, NULL, 8L));
	SHOW(PW2(ep, ev, 4, &t, &none, 4L));
	SHOW(PW2(-1, ev, 0, &neg, &none, 4L));
	return 0;
}
