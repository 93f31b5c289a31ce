/* time: the result and what is stored are one; agrees with the other clocks; errors. */
#include "vkproc.h"

int main(void)
{
	time_t a = -1, b = syscall(SYS_time, &a);
	CHECK(a == b && a > 1700000000);
	time_t c = time(NULL), d = syscall(SYS_time, NULL);
	CHECK(c - a >= 0 && c - a < 5 && d - c >= 0 && d - c < 5);
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME_COARSE, &ts);
	CHECK(ts.tv_sec - d >= 0 && ts.tv_sec - d < 5);
	SHOW(syscall(SYS_time, BADP));
	SHOW(syscall(SYS_time, t_readonly(NULL, 8)));
	return 0;
}
