/* rt_sigtimedwait: pending ones at once, in order, with siginfo; waiting, timeout, EINTR; errors. */
#include "vkproc.h"

static long tw(const void *set, void *si, const void *ts, size_t size)
{
	return syscall(SYS_rt_sigtimedwait, set, si, ts, size);
}

static volatile int n;
static void handler(int s)
{
	(void)s;
	n++;
}

int main(void)
{
	struct timespec zero = {0, 0}, ms20 = {0, 20000000}, bad = {0, 1000000000}, neg = {-1, 0}, longer = {10, 0};
	sigset_t set = p_set(SIGUSR1, SIGUSR2, 40, 41, 0);
	siginfo_t si;
	pid_t me = getpid();
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));

	SECTION("nothing there");
	SHOW(tw(&set, &si, &zero, 8));
	long t0 = t_now_ms();
	SHOW(tw(&set, &si, &ms20, 8));
	CHECK(t_now_ms() - t0 >= 20);

	SECTION("pending: the lowest first, real-time in order");
	union sigval v = {.sival_int = 1};
	sigqueue(me, 41, v);
	for (v.sival_int = 2; v.sival_int < 5; v.sival_int++)
		sigqueue(me, 40, v);
	kill(me, SIGUSR2);
	kill(me, SIGUSR2);
	raise(SIGUSR1);
	while (tw(&set, &si, &zero, 8) > 0)
		p_siginfo("got", &si, me);
	SHOW(tw(&set, NULL, &zero, 8));
	kill(me, SIGUSR2);
	SHOW(tw(&set, NULL, NULL, 8));

	SECTION("only what is asked for");
	sigset_t one = p_set(41, 0);
	kill(me, 40);
	SHOW(tw(&one, &si, &zero, 8));
	SHOW(tw(&set, &si, &zero, 8));

	SECTION("waiting");
	pid_t p = t_fork();
	if (p == 0) {
		p_asleep(me, me);
		v.sival_int = 99;
		sigqueue(me, 41, v);
		t_exit(0);
	}
	SHOW(tw(&set, &si, &longer, 8));
	p_siginfo("waited", &si, p);
	p_wait("sender", p);

	SECTION("a handler of another signal: EINTR, SA_RESTART or not");
	for (int i = 0; i < 2; i++) {
		p_handler(SIGHUP, handler, i ? SA_RESTART : 0);
		p = t_fork();
		if (p == 0) {
			p_asleep(me, me);
			kill(me, SIGHUP);
			t_exit(0);
		}
		SHOW(tw(&set, &si, &longer, 8));
		p_wait("sender", p);
	}
	SHOW(n);

	SECTION("a signal that is not blocked, nor handled");
	sigset_t chld = p_set(SIGCHLD, 0);
	p = t_fork();
	if (p == 0)
		t_exit(0);
	/* Ignored by default and not blocked: it may come or have gone; blocked it comes. */
	p_wait("child", p);
	p_block(SIGCHLD);
	p = t_fork();
	if (p == 0)
		t_exit(5);
	SHOW(tw(&chld, &si, &longer, 8));
	p_siginfo("child", &si, p);
	p_wait("child", p);

	SECTION("errors");
	SHOW(tw(&set, &si, &bad, 8));
	SHOW(tw(&set, &si, &neg, 8));
	SHOW(tw(&set, &si, BADP, 8));
	SHOW(tw(BADP, &si, &zero, 8));
	SHOW(tw(&set, &si, &zero, 4));
	SHOW(tw(BADP, &si, BADP, 9));
	SHOW(tw(BADP, &si, BADP, 8));
	kill(me, SIGUSR1);
	/* The signal is taken even when its information cannot be stored. */
	SHOW(tw(&set, BADP, &zero, 8));
	SHOW(tw(&set, &si, &zero, 8));
	sigset_t kills = p_set(SIGKILL, SIGSTOP, 0);
	SHOW(tw(&kills, &si, &zero, 8));
	return 0;
}
