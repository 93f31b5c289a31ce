/* gettimeofday: vDSO and call, with and without time zone, never backwards; errors. */
#include "vkproc.h"

static long g(void *tv, void *tz) { return syscall(SYS_gettimeofday, tv, tz); }
static long us(struct timeval t) { return t.tv_sec * 1000000 + t.tv_usec; }

int main(void)
{
	struct timeval a, b, c;
	struct timezone tz = {77, 77};
	SHOW(gettimeofday(&a, NULL));
	SHOW(g(&b, &tz));
	SHOW(gettimeofday(&c, NULL));
	CHECK(us(a) <= us(b) && us(b) <= us(c) && us(c) - us(a) < 5000000);
	CHECK(a.tv_usec >= 0 && a.tv_usec < 1000000);
	printf("%d %d\n", tz.tz_minuteswest, tz.tz_dsttime);
	SHOW(g(NULL, &tz));
	SHOW(g(NULL, NULL));
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	CHECK(ts.tv_sec - c.tv_sec >= 0 && ts.tv_sec - c.tv_sec < 5);
	int back = 0;
	for (int i = 0; i < 1000; i++) {
		a = b;
		if (i % 4)
			gettimeofday(&b, NULL);
		else
			g(&b, NULL);
		back += i && us(b) < us(a);
	}
	SHOW(back);
	SHOW(g(BADP, NULL));
	SHOW(g(NULL, BADP));
	SHOW(g(BADP, BADP));
	return 0;
}
