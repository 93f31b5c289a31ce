/* sched_rr_get_interval: some interval, own and others'; errors. */
#include "vkproc.h"

static long rr(pid_t p, void *ts) { return syscall(SYS_sched_rr_get_interval, p, ts); }

int main(void)
{
	struct timespec ts = {-1, -1};
	SHOW(rr(0, &ts));
	CHECK(ts.tv_sec == 0 && ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000);
	SHOW(rr(getpid(), &ts));
	SHOW(rr(getppid(), &ts));
	SHOW(rr(-1, &ts));
	SHOW(rr(INT_MAX, &ts));
	SHOW(rr(0, BADP));
	SHOW(rr(INT_MAX, BADP));
	return 0;
}
