/* timer_settime: relative, absolute, interval, off, the old value; errors in their order. */
#include "vkproc.h"

static int create(clockid_t c, int sig)
{
	int id = -1;
	struct sigevent ev = {.sigev_notify = sig ? SIGEV_SIGNAL : SIGEV_NONE, .sigev_signo = sig};
	MUST(syscall(SYS_timer_create, c, &ev, &id));
	return id;
}

static long st(int id, int flags, const void *new, void *old) { return syscall(SYS_timer_settime, id, flags, new, old); }

static volatile int n;
static void handler(int s)
{
	(void)s;
	n++;
}

int main(void)
{
	p_handler(SIGUSR1, handler, 0);
	int id = create(CLOCK_MONOTONIC, SIGUSR1);
	struct itimerspec it = {{5, 6}, {500, 7}}, old = {{9, 9}, {9, 9}};
	SHOW(st(id, 0, &it, &old));
	printf("%ld %ld %ld %ld\n", (long)old.it_value.tv_sec, old.it_value.tv_nsec, (long)old.it_interval.tv_sec, old.it_interval.tv_nsec);
	it = (struct itimerspec){{0, 0}, {0, 1}};
	SHOW(st(id, 0, &it, &old));
	CHECK(old.it_value.tv_sec <= 500 && old.it_value.tv_sec > 490 && old.it_interval.tv_sec == 5);
	SHOW(p_until(&n, 1));
	clock_gettime(CLOCK_MONOTONIC, &it.it_value);
	it.it_value.tv_nsec += 10000000;
	if (it.it_value.tv_nsec >= 1000000000)
		it.it_value.tv_sec++, it.it_value.tv_nsec -= 1000000000;
	SHOW(st(id, TIMER_ABSTIME, &it, NULL));
	SHOW(p_until(&n, 2));
	/* Set again before it has gone off: only the last counts. */
	it = (struct itimerspec){{0, 0}, {0, 50000000}};
	SHOW(st(id, 0, &it, NULL));
	it.it_value = (struct timespec){100, 0};
	SHOW(st(id, 0, &it, NULL));
	it.it_value = (struct timespec){0, 0};
	SHOW(st(id, 0, &it, &old));
	CHECK(old.it_value.tv_sec > 90);
	t_sleep_ms(60);
	SHOW(n);
	SECTION("errors");
	it = (struct itimerspec){{0, 0}, {0, 1000000000}};
	SHOW(st(id, 0, &it, NULL));
	it = (struct itimerspec){{0, -1}, {1, 0}};
	SHOW(st(id, 0, &it, NULL));
	it = (struct itimerspec){{0, 0}, {-1, 0}};
	SHOW(st(id, 0, &it, NULL));
	it = (struct itimerspec){0};
	SHOW(st(9999, 0, &it, NULL));
	SHOW(st(id, 0, NULL, NULL));
	SHOW(st(id, 0, BADP, NULL));
	SHOW(st(9999, 0, BADP, NULL));
	SHOW(st(id, 0, &it, BADP));
	SHOW(st(id, 0xf0, &it, NULL));
	return 0;
}
