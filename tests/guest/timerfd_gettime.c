/* timerfd_gettime: what is left, the interval, after expiry, absolute timers show the time that is left, too. */
#include "vktest.h"
#include <sys/timerfd.h>

static void show(const char *what, int t, long max_ms)
{
	struct itimerspec i = {{9, 9}, {9, 9}};
	if (timerfd_gettime(t, &i) < 0) {
		printf("%s: %s\n", what, t_errname(errno));
		return;
	}
	long ms = i.it_value.tv_sec * 1000 + i.it_value.tv_nsec / 1000000;
	printf("%s: %s, interval %ld.%09ld\n", what,
	       i.it_value.tv_sec == 0 && i.it_value.tv_nsec == 0 ? "disarmed" : ms <= max_ms && ms > max_ms - 2000 ? "running" : "?",
	       i.it_interval.tv_sec, i.it_interval.tv_nsec);
}

int main(void)
{
	int t = MUST(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
	struct itimerspec i = {{0, 0}, {10, 0}};
	show("never set", t, 0);
	MUST(timerfd_settime(t, 0, &i, NULL));
	show("ten seconds", t, 10000);
	i.it_interval.tv_sec = 3;
	MUST(timerfd_settime(t, 0, &i, NULL));
	show("with an interval", t, 10000);
	clock_gettime(CLOCK_MONOTONIC, &i.it_value);
	i.it_value.tv_sec += 20;
	MUST(timerfd_settime(t, TFD_TIMER_ABSTIME, &i, NULL));
	show("absolute", t, 20000);
	i = (struct itimerspec){{0, 0}, {0, 1}};
	MUST(timerfd_settime(t, 0, &i, NULL));
	t_sleep_ms(5);
	show("over, not read", t, 0);
	uint64_t v;
	SHOW(read(t, &v, 8));
	show("over, read", t, 0);
	i = (struct itimerspec){{5, 0}, {0, 1}};
	MUST(timerfd_settime(t, 0, &i, NULL));
	t_sleep_ms(5);
	show("over once, not read", t, 5000);
	SHOW(read(t, &v, 8));
	show("over once, read", t, 5000);
	SHOW(timerfd_gettime(t, BADP));
	SHOW(timerfd_gettime(-1, &i));
	SHOW(timerfd_gettime(MUST(open(".", O_RDONLY)), &i));
	SHOW(timerfd_gettime(-1, BADP));
	return 0;
}
