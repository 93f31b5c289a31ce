/* nanosleep and clock_nanosleep: relative and absolute, past times, the rest after a signal, errors. */
#include "vkproc.h"

static volatile int n;
static void handler(int s) { (void)s, n++; }

static long ns_(const void *req, void *rem) { return syscall(SYS_nanosleep, req, rem); }
static long cn(clockid_t c, int flags, const void *req, void *rem) { return syscall(SYS_clock_nanosleep, c, flags, req, rem); }

int main(void)
{
	struct timespec zero = {0, 0}, ms30 = {0, 30000000}, rem = {55, 55}, at, past = {1, 0}, big = {0, 1000000000}, neg = {-1, 0}, negns = {0, -1};
	long t0 = t_now_ms();
	SHOW(ns_(&ms30, &rem));
	CHECK(t_now_ms() - t0 >= 30);
	printf("rest untouched: %ld %ld\n", (long)rem.tv_sec, rem.tv_nsec);
	SHOW(ns_(&zero, NULL));
	static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI};
	for (size_t i = 0; i < T_COUNT(clocks); i++) {
		t0 = t_now_ms();
		SHOW(cn(clocks[i], 0, &ms30, NULL));
		CHECK(t_now_ms() - t0 >= 30);
		SHOW(cn(clocks[i], TIMER_ABSTIME, &past, NULL));
		clock_gettime(clocks[i], &at);
		at.tv_nsec += 30000000;
		if (at.tv_nsec >= 1000000000)
			at.tv_sec++, at.tv_nsec -= 1000000000;
		t0 = t_now_ms();
		SHOW(cn(clocks[i], TIMER_ABSTIME, &at, &rem));
		CHECK(t_now_ms() - t0 >= 29);
	}
	/* On one's own CPU time: sleeps until it has been used, so only what has already been is of use. */
	SHOW(cn(CLOCK_PROCESS_CPUTIME_ID, TIMER_ABSTIME, &zero, NULL));

	SECTION("interrupted");
	p_handler(SIGALRM, handler, 0);
	struct timespec ten = {10, 0};
	struct itimerval it = {{0, 10000}, {0, 10000}}, off = {0};
	setitimer(ITIMER_REAL, &it, NULL);
	SHOW(ns_(&ten, &rem));
	CHECK(rem.tv_sec < 10 && rem.tv_sec >= 4 && rem.tv_nsec >= 0 && rem.tv_nsec < 1000000000);
	SHOW(cn(CLOCK_MONOTONIC, 0, &ten, &rem));
	CHECK(rem.tv_sec < 10 && rem.tv_sec >= 4);
	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += 10;
	rem.tv_sec = 77;
	SHOW(cn(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, &rem));
	SHOW(rem.tv_sec);
	/* The rest again and again, until it is over: not much longer than asked for. */
	struct timespec left = {0, 100000000};
	t0 = t_now_ms();
	int rounds = 0;
	while (ns_(&left, &left) < 0)
		rounds++;
	CHECK(rounds >= 1);
	CHECK(t_now_ms() - t0 >= 99);
	setitimer(ITIMER_REAL, &off, NULL);
	CHECK(n >= 4);

	SECTION("errors");
	SHOW(ns_(&big, NULL));
	SHOW(ns_(&neg, NULL));
	SHOW(ns_(&negns, NULL));
	SHOW(ns_(BADP, NULL));
	SHOW(ns_(NULL, NULL));
	SHOW(ns_(&zero, BADP));
	SHOW(cn(CLOCK_MONOTONIC, 0, &big, NULL));
	SHOW(cn(CLOCK_MONOTONIC, 0, BADP, NULL));
	SHOW(cn(100, 0, &zero, NULL));
	SHOW(cn(100, 0, BADP, NULL));
	SHOW(cn(CLOCK_THREAD_CPUTIME_ID, 0, &zero, NULL));
	SHOW(cn(CLOCK_MONOTONIC_RAW, 0, &zero, NULL));
	SHOW(cn(CLOCK_MONOTONIC_COARSE, 0, &zero, NULL));
	SHOW(cn(CLOCK_MONOTONIC, 2, &zero, NULL));
	SHOW(cn(CLOCK_MONOTONIC, TIMER_ABSTIME, &neg, NULL));
	return 0;
}
