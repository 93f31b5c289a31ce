/* clock_nanosleep: clocks, relative and absolute, the past, rest when interrupted (relative only), errors in their order. */
#include "vkproc.h"

static long cn(clockid_t c, int flags, const void *req, void *rem) { return syscall(SYS_clock_nanosleep, c, flags, req, rem); }
static void handler(int s) { (void)s; }

int main(void)
{
	struct timespec ms20 = {0, 20000000}, past = {1, 0}, zero = {0}, bad = {0, 1000000000}, neg = {-1, 0}, ten = {10, 0}, rem = {7, 7}, at;
	long t0 = t_now_ms();
	SHOW(cn(CLOCK_MONOTONIC, 0, &ms20, &rem));
	CHECK(t_now_ms() - t0 >= 20);
	SHOW(rem.tv_sec);
	SHOW(cn(CLOCK_REALTIME, TIMER_ABSTIME, &past, &rem));
	SHOW(cn(CLOCK_MONOTONIC, 0, &zero, NULL));
	clock_gettime(CLOCK_REALTIME, &at);
	at.tv_nsec += 20000000;
	if (at.tv_nsec >= 1000000000)
		at.tv_sec++, at.tv_nsec -= 1000000000;
	SHOW(cn(CLOCK_REALTIME, TIMER_ABSTIME, &at, NULL));
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	CHECK(now.tv_sec > at.tv_sec || (now.tv_sec == at.tv_sec && now.tv_nsec >= at.tv_nsec));
	/* On one's own CPU time: another thread's work ends it. */
	SHOW(cn(CLOCK_PROCESS_CPUTIME_ID, TIMER_ABSTIME, &zero, NULL));
	p_handler(SIGALRM, handler, SA_RESTART);
	struct itimerval it = {{0, 5000}, {0, 5000}}, off = {0};
	setitimer(ITIMER_REAL, &it, NULL);
	SHOW(cn(CLOCK_BOOTTIME, 0, &ten, &rem));
	CHECK(rem.tv_sec >= 5 && rem.tv_sec < 10);
	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += 10;
	rem.tv_sec = 7;
	SHOW(cn(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, &rem));
	SHOW(rem.tv_sec);
	SHOW(cn(CLOCK_MONOTONIC, 0, &ten, NULL));
	SHOW(cn(CLOCK_MONOTONIC, 0, &ten, BADP));
	/* libc gives the error as the result. */
	SHOW_E(clock_nanosleep(CLOCK_MONOTONIC, 0, &ten, &rem));
	setitimer(ITIMER_REAL, &off, NULL);
	SECTION("errors");
	SHOW(cn(CLOCK_MONOTONIC, 0, &bad, NULL));
	SHOW(cn(CLOCK_MONOTONIC, 0, &neg, NULL));
	SHOW(cn(CLOCK_MONOTONIC, TIMER_ABSTIME, &neg, NULL));
	SHOW(cn(CLOCK_MONOTONIC, 0, BADP, NULL));
	SHOW(cn(100, 0, &zero, NULL));
	SHOW(cn(100, 0, BADP, NULL));
	SHOW(cn(-1, 0, &zero, NULL));
	SHOW(cn(CLOCK_THREAD_CPUTIME_ID, 0, &zero, NULL));
	SHOW(cn(CLOCK_MONOTONIC_RAW, 0, &zero, NULL));
	SHOW(cn(CLOCK_REALTIME_COARSE, 0, BADP, NULL));
	return 0;
}
