/* clock_settime: not for an ordinary user, not for clocks that cannot be set; errors in their order. */
#include "vkproc.h"

static long cs(clockid_t c, const void *ts) { return syscall(SYS_clock_settime, c, ts); }

int main(void)
{
	p_ordinary();
	struct timespec ts = {1700000000, 0}, bad = {0, 1000000000}, neg = {-1, 0};
	SHOW(cs(CLOCK_REALTIME, &ts));
	SHOW(cs(CLOCK_REALTIME, &bad));
	SHOW(cs(CLOCK_REALTIME, &neg));
	SHOW(cs(CLOCK_REALTIME, BADP));
	SHOW(cs(CLOCK_MONOTONIC, &ts));
	SHOW(cs(CLOCK_BOOTTIME, &ts));
	SHOW(cs(CLOCK_TAI, &ts));
	SHOW(cs(CLOCK_MONOTONIC, BADP));
	SHOW(cs(CLOCK_PROCESS_CPUTIME_ID, &ts));
	SHOW(cs(CLOCK_THREAD_CPUTIME_ID, &ts));
	SHOW(cs(100, &ts));
	SHOW(cs(100, BADP));
	return 0;
}
