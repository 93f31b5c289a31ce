/* clock_getres: each clock, NULL, clocks of processes and threads, errors. */
#include "vkproc.h"

static long cr(clockid_t c, void *ts) { return syscall(SYS_clock_getres, c, ts); }

int main(void)
{
	static const clockid_t fine[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
					 CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME, CLOCK_TAI};
	struct timespec ts, v;
	for (size_t i = 0; i < T_COUNT(fine); i++) {
		ts = v = (struct timespec){7, 7};
		long r = cr(fine[i], &ts), s = clock_getres(fine[i], &v);
		printf("clock %d: %ld %ld, %ld.%09ld, libc the same %d\n", fine[i], r, s, (long)ts.tv_sec, ts.tv_nsec,
		       ts.tv_sec == v.tv_sec && ts.tv_nsec == v.tv_nsec);
	}
	SHOW(cr(CLOCK_REALTIME_COARSE, &ts));
	CHECK(ts.tv_sec == 0 && ts.tv_nsec >= 1000000 && ts.tv_nsec <= 10000000);
	SHOW(cr(CLOCK_MONOTONIC_COARSE, &v));
	CHECK(v.tv_nsec == ts.tv_nsec);
	clockid_t c;
	MUST(clock_getcpuclockid(getpid(), &c));
	SHOW(cr(c, &ts));
	SHOW(cr(CLOCK_MONOTONIC, NULL));
	SHOW(cr(12, NULL));
	SHOW(cr(100, &ts));
	SHOW(cr(CLOCK_MONOTONIC, BADP));
	SHOW(cr(100, BADP));
	return 0;
}
