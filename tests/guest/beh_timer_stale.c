// A timer that is deleted or set anew: its signal that waits stays pending, but is not delivered.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static int got;

static void
handler(int sig, siginfo_t *si, void *u)
{
	(void)u;
	got++;
	printf("handler %d code %d value %d\n", sig == SIGUSR1, si->si_code, si->si_value.sival_int);
}

/* Older kernels deliver it. */
static void
need_kernel(void)
{
	struct utsname u;
	int major, minor;

	uname(&u);
	if (sscanf(u.release, "%d.%d", &major, &minor) == 2 && major * 100 + minor < 613) {
		printf("Linux %d.%d still delivers signals of deleted timers\n", major, minor);
		exit(77);
	}
}

static int
is_pending(int sig)
{
	sigset_t p;

	sigpending(&p);
	return sigismember(&p, sig);
}

/* An expired timer whose signal is blocked and pending. */
static timer_t
pending_timer(int sig)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = sig, .sigev_value.sival_int = 7 };
	struct itimerspec it = { .it_value.tv_nsec = 1000000 };
	timer_t t;

	timer_create(CLOCK_MONOTONIC, &ev, &t);
	timer_settime(t, 0, &it, NULL);
	while (!is_pending(sig))
		usleep(1000);
	return t;
}

static void
one(int sig, int how)
{
	const struct itimerspec far = { .it_value.tv_sec = 100 }, off = { 0 };
	const struct timespec zero = { 0 };
	siginfo_t si;
	sigset_t s;
	timer_t t;

	sigemptyset(&s);
	sigaddset(&s, sig);
	sigprocmask(SIG_BLOCK, &s, NULL);
	t = pending_timer(sig);
	switch (how) {
	case 0: timer_delete(t); break;
	case 1: timer_settime(t, 0, &far, NULL); break;
	case 2: timer_settime(t, 0, &off, NULL); break;
	case 3: timer_delete(t); printf("taken %d\n", sigtimedwait(&s, &si, &zero) > 0); break;
	case 4: timer_delete(t); raise(sig); break;
	}
	printf("%d/%d pending %d\n", sig == SIGUSR1, how, is_pending(sig));
	got = 0;
	sigprocmask(SIG_UNBLOCK, &s, NULL);
	printf("delivered %d, pending %d\n", got, is_pending(sig));
	if (how == 1 || how == 2 || how == 5)
		timer_delete(t);
}

int
main(void)
{
	const int sigs[] = { SIGUSR1, SIGRTMIN };
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	int i, how;

	need_kernel();
	for (i = 0; i < 2; i++) {
		sigaction(sigs[i], &sa, NULL);
		for (how = 0; how <= 5; how++)
			one(sigs[i], how);
	}
	return 0;
}
