/* setitimer, getitimer, alarm: REAL, VIRTUAL, PROF; intervals, remaining time, replacement, fork; errors. */
#include "vkproc.h"

static volatile int n[65];
static void handler(int s) { n[s]++; }

static void set(int which, long us, long interval)
{
	struct itimerval it = {{interval / 1000000, interval % 1000000}, {us / 1000000, us % 1000000}};
	MUST(setitimer(which, &it, NULL));
}

static void spin_until(volatile int *v, int want)
{
	while (*v < want)
		;
}

int main(void)
{
	struct itimerval it, old;
	p_handler(SIGALRM, handler, 0);
	p_handler(SIGVTALRM, handler, 0);
	p_handler(SIGPROF, handler, 0);
	alarm(0);
	for (int w = 0; w < 3; w++) {
		SHOW(getitimer(w, &it));
		printf("%ld %ld %ld %ld\n", (long)it.it_value.tv_sec, (long)it.it_value.tv_usec, (long)it.it_interval.tv_sec, (long)it.it_interval.tv_usec);
	}
	SECTION("REAL");
	set(ITIMER_REAL, 20000, 0);
	while (!n[SIGALRM])
		t_sleep_ms(1);
	getitimer(ITIMER_REAL, &it);
	printf("once: %d, %ld left\n", n[SIGALRM], (long)it.it_value.tv_sec + it.it_value.tv_usec);
	set(ITIMER_REAL, 5000, 5000);
	while (n[SIGALRM] < 6)
		t_sleep_ms(1);
	getitimer(ITIMER_REAL, &it);
	printf("interval %ld\n", (long)it.it_interval.tv_usec);
	CHECK(it.it_value.tv_sec == 0 && it.it_value.tv_usec > 0 && it.it_value.tv_usec <= 5000);
	set(ITIMER_REAL, 100000000, 3000000);
	getitimer(ITIMER_REAL, &it);
	CHECK(it.it_value.tv_sec <= 100 && it.it_value.tv_sec >= 95);
	IN_CHILD("not in a child") {
		getitimer(ITIMER_REAL, &it);
		/* t_fork set an alarm of its own. */
		printf("interval %ld\n", (long)it.it_interval.tv_sec);
	}
	it = (struct itimerval){{0, 0}, {50, 0}};
	SHOW(setitimer(ITIMER_REAL, &it, &old));
	CHECK(old.it_value.tv_sec >= 95 && old.it_interval.tv_sec == 3);
	/* alarm is the same timer. */
	CHECK(alarm(30) >= 45);
	getitimer(ITIMER_REAL, &it);
	CHECK(it.it_value.tv_sec <= 30 && it.it_value.tv_sec >= 25);
	SHOW(alarm(0) >= 25);
	SHOW(alarm(0));
	/* A value of 0 stops it, whatever the interval; NULL does too. */
	set(ITIMER_REAL, 10000000, 10000);
	set(ITIMER_REAL, 0, 10000);
	getitimer(ITIMER_REAL, &it);
	printf("%ld %ld\n", (long)it.it_value.tv_sec, (long)it.it_interval.tv_usec);
	set(ITIMER_REAL, 10000000, 10000);
	SHOW(syscall(SYS_setitimer, ITIMER_REAL, NULL, &old));
	CHECK(old.it_value.tv_sec >= 5);
	getitimer(ITIMER_REAL, &it);
	SHOW(it.it_value.tv_sec);

	SECTION("VIRTUAL and PROF: they count work, not waiting");
	set(ITIMER_VIRTUAL, 20000, 20000);
	set(ITIMER_PROF, 20000, 20000);
	t_sleep_ms(100);
	CHECK(n[SIGVTALRM] == 0 && n[SIGPROF] <= 1);
	spin_until(&n[SIGVTALRM], 2);
	spin_until(&n[SIGPROF], 2);
	set(ITIMER_VIRTUAL, 0, 0);
	set(ITIMER_PROF, 0, 0);
	printf("both came\n");

	SECTION("errors");
	SHOW(syscall(SYS_getitimer, 3, &it));
	SHOW(syscall(SYS_getitimer, -1, &it));
	SHOW(syscall(SYS_getitimer, 0, BADP));
	SHOW(syscall(SYS_getitimer, 9, BADP));
	it = (struct itimerval){{0, 0}, {0, 1000000}};
	SHOW(syscall(SYS_setitimer, 0, &it, NULL));
	it = (struct itimerval){{0, -1}, {0, 0}};
	SHOW(syscall(SYS_setitimer, 0, &it, NULL));
	it = (struct itimerval){{0, 0}, {-1, 0}};
	SHOW(syscall(SYS_setitimer, 0, &it, NULL));
	it = (struct itimerval){0};
	SHOW(syscall(SYS_setitimer, 3, &it, NULL));
	SHOW(syscall(SYS_setitimer, 3, BADP, NULL));
	SHOW(syscall(SYS_setitimer, 0, &it, BADP));
	return 0;
}
