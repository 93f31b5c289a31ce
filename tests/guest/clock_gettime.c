// build: static musl-static
/* Clocks: vDSO and system call agree, monotone, resolution, CPU clocks, other processes' clocks, errors. */
#include "vkproc.h"

static long raw(clockid_t c, struct timespec *ts)
{
	return syscall(SYS_clock_gettime, c, ts);
}
static long long ns(struct timespec t)
{
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(void)
{
	static const struct {
		clockid_t c;
		const char *name;
	} clocks[] = {{CLOCK_REALTIME, "REALTIME"}, {CLOCK_MONOTONIC, "MONOTONIC"}, {CLOCK_PROCESS_CPUTIME_ID, "PROCESS_CPUTIME"},
		      {CLOCK_THREAD_CPUTIME_ID, "THREAD_CPUTIME"}, {CLOCK_MONOTONIC_RAW, "MONOTONIC_RAW"},
		      {CLOCK_REALTIME_COARSE, "REALTIME_COARSE"}, {CLOCK_MONOTONIC_COARSE, "MONOTONIC_COARSE"},
		      {CLOCK_BOOTTIME, "BOOTTIME"}, {CLOCK_REALTIME_ALARM, "REALTIME_ALARM"}, {CLOCK_BOOTTIME_ALARM, "BOOTTIME_ALARM"},
		      {CLOCK_TAI, "TAI"}};
	for (size_t i = 0; i < T_COUNT(clocks); i++) {
		struct timespec a, b, c, r = {0};
		if (i == 8 || i == 9)
			continue; /* Only where there is a clock chip. */
		long e1 = clock_gettime(clocks[i].c, &a), e2 = raw(clocks[i].c, &b), e3 = clock_gettime(clocks[i].c, &c);
		long e4 = clock_getres(clocks[i].c, &r), e5 = syscall(SYS_clock_getres, clocks[i].c, NULL);
		/* The coarse ones lag by a tick at most, vDSO and call alike. */
		printf("%s: %ld %ld %ld, res %ld %ld, ordered %d, near %d, res %s\n", clocks[i].name, e1, e2, e3, e4, e5,
		       ns(a) <= ns(b) && ns(b) <= ns(c), ns(c) - ns(a) < 5000000000LL, ns(r) == 1 ? "1 ns" : ns(r) < 20000000 ? "a tick" : "?");
	}
	/* Never backwards, mixing both ways of asking. */
	long long last = 0, back = 0;
	for (int i = 0; i < 2000; i++) {
		struct timespec t;
		if (i % 5)
			clock_gettime(CLOCK_MONOTONIC, &t);
		else
			raw(CLOCK_MONOTONIC, &t);
		back += ns(t) < last;
		last = ns(t);
	}
	SHOW(back);
	/* gettimeofday and time agree with CLOCK_REALTIME. */
	struct timespec t, u;
	struct timeval tv, tv2;
	time_t s = 0, s2;
	clock_gettime(CLOCK_REALTIME, &t);
	SHOW(gettimeofday(&tv, NULL));
	SHOW(syscall(SYS_gettimeofday, &tv2, NULL));
	CHECK(tv.tv_sec - t.tv_sec <= 5 && tv.tv_sec >= t.tv_sec && tv.tv_usec >= 0 && tv.tv_usec < 1000000);
	CHECK(tv2.tv_sec * 1000000LL + tv2.tv_usec >= tv.tv_sec * 1000000LL + tv.tv_usec);
	s2 = time(&s);
	CHECK(s == s2 && s - t.tv_sec <= 5 && s >= t.tv_sec - 1);
	CHECK(syscall(SYS_time, NULL) - s <= 5);
	struct timezone tz = {77, 77};
	SHOW(syscall(SYS_gettimeofday, NULL, &tz));
	printf("%d %d\n", tz.tz_minuteswest, tz.tz_dsttime);
	SHOW(syscall(SYS_gettimeofday, NULL, NULL));

	SECTION("CPU clocks");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	for (volatile int i = 0; i < 3000000; i++)
		;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &u);
	CHECK(ns(u) - ns(t) > 100000);
	t_sleep_ms(30);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	CHECK(ns(t) - ns(u) < 25000000);
	clockid_t own, parent;
	SHOW(clock_getcpuclockid(0, &own));
	SHOW(clock_gettime(own, &t));
	SHOW(clock_getcpuclockid(getppid(), &parent));
	SHOW(clock_gettime(parent, &t));
	SHOW_E(pthread_getcpuclockid(pthread_self(), &own));
	SHOW(clock_gettime(own, &t));

	SECTION("errors");
	SHOW(raw(12, &t));
	SHOW(raw(100, &t));
	SHOW(raw(-1, &t));
	SHOW(raw(CLOCK_REALTIME, BADP));
	SHOW(raw(100, BADP));
	SHOW(syscall(SYS_clock_getres, 100, &t));
	SHOW(syscall(SYS_clock_getres, CLOCK_REALTIME, BADP));
	SHOW(syscall(SYS_clock_getres, 100, BADP));
	SHOW(syscall(SYS_gettimeofday, BADP, NULL));
	SHOW(syscall(SYS_gettimeofday, NULL, BADP));
	SHOW(syscall(SYS_time, BADP));
	struct timespec bad = {0, 1000000000};
	SHOW(syscall(SYS_clock_settime, CLOCK_REALTIME, &bad));
	SHOW(syscall(SYS_clock_settime, CLOCK_REALTIME, BADP));
	SHOW(syscall(SYS_clock_settime, CLOCK_MONOTONIC, &bad));
	SHOW(syscall(SYS_clock_settime, 100, &bad));
	return 0;
}
