/* pselect6: the raw call. Sets, the time left is written, the mask is a pair of pointer and size. */
#include "vktest.h"
#include <sys/select.h>

static volatile sig_atomic_t got;
static void on(int s)
{
	got = s;
}
#define PS(n, r, w, e, t, m) syscall(SYS_pselect6, n, r, w, e, t, m)

int main(void)
{
	int p[2];
	fd_set r, w;
	sigset_t none, usr1;
	struct {
		const void *set;
		size_t size;
	} m = {&none, 8};
	sigemptyset(&none);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	struct sigaction sa = {.sa_handler = on};
	sigaction(SIGUSR1, &sa, NULL);
	MUST(pipe(p));

	SECTION("ready");
	FD_ZERO(&r);
	FD_SET(p[0], &r);
	w = r;
	FD_SET(p[1], &w);
	struct timespec t = {5, 0};
	SHOW(PS(p[1] + 1, &r, &w, NULL, &t, NULL));
	CHECK(!FD_ISSET(p[0], &r) && !FD_ISSET(p[0], &w) && FD_ISSET(p[1], &w));
	CHECK(t.tv_sec == 4 || t.tv_sec == 5);

	SECTION("time runs out");
	FD_SET(p[0], &r);
	t = (struct timespec){0, 20000000};
	long t0 = t_now_ms();
	SHOW(PS(p[0] + 1, &r, NULL, NULL, &t, &m));
	CHECK(t_now_ms() - t0 >= 19);
	CHECK(t.tv_sec == 0 && t.tv_nsec == 0 && !FD_ISSET(p[0], &r));

	SECTION("a pending signal is let in; the sets stay; the mask comes back");
	raise(SIGUSR1);
	FD_SET(p[0], &r);
	t = (struct timespec){5, 0};
	SHOW(PS(p[0] + 1, &r, NULL, NULL, &t, &m));
	SHOW(got);
	CHECK(FD_ISSET(p[0], &r));
	CHECK(t.tv_sec == 4 || t.tv_sec == 5);
	sigprocmask(SIG_SETMASK, NULL, &none);
	CHECK(sigismember(&none, SIGUSR1));
	sigemptyset(&none);

	SECTION("errors");
	t = (struct timespec){0, 0};
	SHOW(PS(-1, NULL, NULL, NULL, &t, NULL));
	MUST(dup2(p[0], 300)); /* so that the table reaches that far: beyond it nothing is looked at */
	MUST(close(300));
	FD_ZERO(&r);
	FD_SET(299, &r);
	SHOW(PS(300, &r, NULL, NULL, &t, NULL));
	FD_ZERO(&r);
	FD_SET(p[1] + 1, &r);
	FD_SET(p[0], &r);
	SHOW(PS(p[1] + 2, &r, NULL, NULL, &t, NULL));
	SHOW(PS(p[0] + 1, BADP, NULL, NULL, &t, NULL));
	SHOW(PS(0, NULL, NULL, NULL, BADP, NULL));
	SHOW(PS(0, NULL, NULL, NULL, &t, BADP));
	m.size = 16;
	SHOW(PS(0, NULL, NULL, NULL, &t, &m));
	m.size = 8, m.set = BADP;
	SHOW(PS(0, NULL, NULL, NULL, &t, &m));
	t.tv_nsec = -1;
	SHOW(PS(-1, BADP, NULL, NULL, &t, BADP));
	return 0;
}
