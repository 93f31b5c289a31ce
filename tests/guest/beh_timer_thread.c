/* SIGEV_THREAD timers and CPU-time limits of threads as libc makes them; alarm in one thread, sigwait in another. */
#include "vkproc.h"

static volatile int calls, value, in_main;
static pthread_t main_thread;
static void notify(union sigval v)
{
	value = v.sival_int;
	in_main |= pthread_equal(pthread_self(), main_thread);
	calls++;
}

static void *waiter(void *arg)
{
	sigset_t s = p_set(SIGALRM, 0);
	for (int i = 0; i < 3; i++) {
		int sig = 0;
		sigwait(&s, &sig);
		if (sig != SIGALRM)
			return NULL;
	}
	return arg;
}

int main(void)
{
	main_thread = pthread_self();
	struct sigevent ev = {.sigev_notify = SIGEV_THREAD, .sigev_value.sival_int = 42, .sigev_notify_function = notify};
	timer_t t;
	SHOW(timer_create(CLOCK_MONOTONIC, &ev, &t));
	struct itimerspec it = {{0, 3000000}, {0, 3000000}};
	SHOW(timer_settime(t, 0, &it, NULL));
	while (calls < 5)
		t_sleep_ms(1);
	SHOW(timer_delete(t));
	SHOW(value);
	SHOW(in_main);
	p_block(SIGALRM);
	pthread_t w = p_thread(waiter, &main_thread);
	struct itimerval iv = {{0, 3000}, {0, 3000}}, off = {0};
	setitimer(ITIMER_REAL, &iv, NULL);
	CHECK(p_join(w) == &main_thread);
	setitimer(ITIMER_REAL, &off, NULL);
	return 0;
}
