/* timerfd_create, timerfd_settime, timerfd_gettime: one-shot, interval, absolute, disarm, reading. */
#include "vktest.h"
#include <sys/timerfd.h>

static long rd(int f)
{
	uint64_t v = 0;
	ssize_t n = read(f, &v, 8);
	return n == 8 ? (long)v : n;
}
static struct itimerspec ms(long value, long interval)
{
	return (struct itimerspec){{interval / 1000, interval % 1000 * 1000000}, {value / 1000, value % 1000 * 1000000}};
}

int main(void)
{
	char b[16];
	struct itimerspec it, old;
	SECTION("creation");
	int t = SHOW_OK(timerfd_create(CLOCK_MONOTONIC, 0));
	int n = SHOW_OK(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC));
	SHOW(fcntl(n, F_GETFD));
	SHOW_X(fcntl(n, F_GETFL));
	SHOW_OK(timerfd_create(CLOCK_BOOTTIME, 0));
	SHOW_OK(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
	SHOW_OK(timerfd_create(CLOCK_MONOTONIC_RAW, 0));
	SHOW_OK(timerfd_create(99, 0));
	SHOW_OK(timerfd_create(CLOCK_MONOTONIC, 1));

	SECTION("one shot");
	SHOW(timerfd_gettime(t, &it));
	CHECK(it.it_value.tv_sec == 0 && it.it_value.tv_nsec == 0);
	it = ms(40, 0);
	long t0 = t_now_ms();
	SHOW(timerfd_settime(t, 0, &it, &old));
	CHECK(old.it_value.tv_sec == 0 && old.it_value.tv_nsec == 0 && old.it_interval.tv_nsec == 0);
	SHOW(timerfd_gettime(t, &it));
	CHECK(it.it_value.tv_sec == 0 && it.it_value.tv_nsec > 0 && it.it_value.tv_nsec <= 40000000);
	SHOW(rd(t));
	CHECK(t_now_ms() - t0 >= 39);
	SHOW(timerfd_gettime(t, &it));
	CHECK(it.it_value.tv_sec == 0 && it.it_value.tv_nsec == 0);

	SECTION("interval");
	it = ms(10, 10);
	SHOW(timerfd_settime(t, 0, &it, NULL));
	t_sleep_ms(55);
	CHECK(rd(t) >= 5);
	CHECK(rd(t) >= 1);
	SHOW(timerfd_gettime(t, &it));
	CHECK(it.it_interval.tv_nsec == 10000000 && it.it_value.tv_nsec <= 10000000);

	SECTION("disarm");
	it = ms(0, 0);
	SHOW(timerfd_settime(t, 0, &it, &old));
	CHECK(old.it_interval.tv_nsec == 10000000);
	fcntl(t, F_SETFL, O_NONBLOCK);
	t_sleep_ms(15);
	SHOW(rd(t));
	it = ms(1, 0);
	SHOW(timerfd_settime(t, 0, &it, NULL));
	t_sleep_ms(10);
	it = ms(0, 0);
	SHOW(timerfd_settime(t, 0, &it, NULL));
	SHOW(rd(t));

	SECTION("absolute; in the past it is due at once");
	clock_gettime(CLOCK_REALTIME, &it.it_value);
	it.it_value.tv_sec -= 10;
	it.it_interval = (struct timespec){0, 0};
	SHOW(timerfd_settime(n, TFD_TIMER_ABSTIME, &it, NULL));
	struct pollfd p = {n, POLLIN, 0};
	SHOW(poll(&p, 1, 1000));
	SHOW(rd(n));
	SHOW(rd(n));
	clock_gettime(CLOCK_REALTIME, &it.it_value);
	it.it_value.tv_sec -= 10;
	it.it_interval = (struct timespec){1, 0};
	SHOW(timerfd_settime(n, TFD_TIMER_ABSTIME, &it, NULL));
	CHECK(poll(&p, 1, 1000) == 1 && (t0 = rd(n)) >= 10 && t0 <= 12);
	it = ms(1, 0);
	SHOW(timerfd_settime(n, TFD_TIMER_CANCEL_ON_SET, &it, NULL));

	SECTION("errors");
	it = ms(1, 0);
	SHOW(timerfd_settime(-1, 0, &it, NULL));
	SHOW(timerfd_settime(0, 0, &it, NULL));
	SHOW(timerfd_settime(t, 0x100, &it, NULL));
	SHOW(timerfd_settime(t, 0, BADP, NULL));
	SHOW(timerfd_settime(t, 0, &it, BADP));
	SHOW(timerfd_settime(-1, 0x100, BADP, NULL));
	it.it_value.tv_nsec = 1000000000;
	SHOW(timerfd_settime(t, 0, &it, NULL));
	it = ms(1, 0);
	it.it_value.tv_sec = -1;
	SHOW(timerfd_settime(t, 0, &it, NULL));
	it = ms(1, 0);
	it.it_interval.tv_nsec = -1;
	SHOW(timerfd_settime(-1, 0, &it, NULL));
	SHOW(timerfd_gettime(-1, &it));
	SHOW(timerfd_gettime(0, &it));
	SHOW(timerfd_gettime(t, BADP));
	SHOW(read(t, b, 7));
	SHOW(write(t, b, 8));
	SHOW(lseek(t, 0, SEEK_SET));
	return 0;
}
