/* epoll_pwait: the mask while waiting, EINTR, readiness first. */
#include "vktest.h"
#include <sys/epoll.h>

static volatile sig_atomic_t got;
static void on(int s)
{
	got = s;
}
#define PW(ep, ev, n, t, m, sz) syscall(SYS_epoll_pwait, ep, ev, n, t, m, sz)

int main(void)
{
	int p[2], ep = MUST(epoll_create1(0));
	sigset_t none, usr1;
	struct epoll_event ev[2], e = {.events = EPOLLIN, .data.u32 = 5};
	struct sigaction sa = {.sa_handler = on, .sa_flags = SA_RESTART};
	sigaction(SIGUSR1, &sa, NULL);
	sigemptyset(&none);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	MUST(pipe(p));
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e));
	SHOW(PW(ep, ev, 2, 10, &none, 8L));
	raise(SIGUSR1);
	SHOW(PW(ep, ev, 2, 10, &usr1, 8L));
	SHOW(got);
	SHOW(PW(ep, ev, 2, -1, &none, 8L));
	SHOW(got);
	got = 0;
	raise(SIGUSR1);
	MUST(write(p[1], "x", 1));
	SHOW(PW(ep, ev, 2, -1, &none, 8L));
	SHOW(ev[0].data.u32);
	SHOW(got);
	sigprocmask(SIG_SETMASK, NULL, &usr1);
	CHECK(sigismember(&usr1, SIGUSR1));

	SECTION("a signal from another process");
	char c;
	MUST(read(p[0], &c, 1));
	got = 0;
	PW(ep, ev, 2, 0, &none, 8L);
	got = 0;
	pid_t k = t_fork();
	if (k == 0) {
		t_sleep_ms(40);
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	SHOW(PW(ep, ev, 2, -1, &none, 8L));
	SHOW(got);
	t_waitpid(k);

	SECTION("errors");
	SHOW(PW(ep, ev, 2, 0, &none, 7L));
	SHOW(PW(ep, ev, 2, 0, &none, 128L));
	SHOW(PW(ep, ev, 2, 0, BADP, 8L));
	SHOW(PW(ep, ev, 0, 0, &none, 8L));
	SHOW(PW(-1, ev, 0, 0, BADP, 7L));
	return 0;
}
