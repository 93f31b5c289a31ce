/* ppoll and pselect6: the signal mask while waiting, the time left, EINTR whatever SA_RESTART says. */
#include "vktest.h"
#include <sys/select.h>

static volatile sig_atomic_t got;
static void on(int s)
{
	got = s;
}
static bool blocked(int sig)
{
	sigset_t now;
	sigprocmask(SIG_SETMASK, NULL, &now);
	return sigismember(&now, sig);
}

int main(void)
{
	int p[2];
	sigset_t none, block;
	MUST(pipe(p));
	struct pollfd v = {p[0], POLLIN, 0};
	struct sigaction sa = {.sa_handler = on, .sa_flags = SA_RESTART};
	sigaction(SIGUSR1, &sa, NULL);
	sigemptyset(&none);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, NULL);

	SECTION("ppoll: a pending signal is let in by the mask");
	raise(SIGUSR1);
	struct timespec t = {0, 20000000}, forever = {10, 0};
	SHOW(ppoll(&v, 1, &t, NULL));
	SHOW(got);
	SHOW(ppoll(&v, 1, &forever, &none));
	SHOW(got);
	CHECK(blocked(SIGUSR1));

	SECTION("ready wins over pending");
	got = 0;
	MUST(write(p[1], "x", 1));
	raise(SIGUSR1);
	SHOW(ppoll(&v, 1, &forever, &none));
	SHOW(got);
	CHECK(blocked(SIGUSR1));
	char c;
	MUST(read(p[0], &c, 1));
	got = 0;
	ppoll(NULL, 0, &t, &none);

	SECTION("the raw call writes the time left");
	struct timespec left = {10, 0};
	raise(SIGUSR1);
	SHOW(syscall(SYS_ppoll, &v, 1, &left, &none, 8));
	CHECK(left.tv_sec == 9 || (left.tv_sec == 10 && left.tv_nsec == 0));
	left = (struct timespec){0, 10000000};
	SHOW(syscall(SYS_ppoll, &v, 1, &left, NULL, 8));
	CHECK(left.tv_sec == 0 && left.tv_nsec == 0);

	SECTION("ppoll errors");
	struct timespec neg = {-1, 0}, big = {0, 1000000000};
	SHOW(syscall(SYS_ppoll, &v, 1, &neg, NULL, 8));
	SHOW(syscall(SYS_ppoll, &v, 1, &big, NULL, 8));
	SHOW(syscall(SYS_ppoll, &v, 1, BADP, NULL, 8));
	SHOW(syscall(SYS_ppoll, &v, 1, NULL, &none, 4));
	SHOW(syscall(SYS_ppoll, &v, 1, &t, BADP, 8));
	SHOW(syscall(SYS_ppoll, BADP, 1, &neg, NULL, 8));
	SHOW(syscall(SYS_ppoll, BADP, 1, &t, NULL, 8));

	SECTION("pselect6: the same");
	fd_set r;
	FD_ZERO(&r);
	FD_SET(p[0], &r);
	got = 0;
	raise(SIGUSR1);
	SHOW(pselect(p[0] + 1, &r, NULL, NULL, &forever, &none));
	SHOW(got);
	CHECK(blocked(SIGUSR1));
	CHECK(FD_ISSET(p[0], &r));
	t = (struct timespec){0, 20000000};
	SHOW(pselect(p[0] + 1, &r, NULL, NULL, &t, &none));
	CHECK(!FD_ISSET(p[0], &r));
	struct {
		void *set;
		size_t size;
	} sm = {&none, 8};
	SHOW(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &neg, &sm));
	SHOW(syscall(SYS_pselect6, 0, NULL, NULL, NULL, BADP, &sm));
	SHOW(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &t, BADP));
	sm.size = 4;
	SHOW(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &t, &sm));
	sm.set = NULL;
	SHOW(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &t, &sm));
	return 0;
}
