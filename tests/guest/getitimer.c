/* getitimer: off, running, with an interval; each timer its own; errors. */
#include "vkproc.h"

static long gi(int w, void *v) { return syscall(SYS_getitimer, w, v); }

int main(void)
{
	struct itimerval it;
	alarm(0);
	for (int w = 0; w < 3; w++) {
		memset(&it, 0x5a, sizeof it);
		SHOW(gi(w, &it));
		printf("%ld %ld %ld %ld\n", (long)it.it_value.tv_sec, (long)it.it_value.tv_usec, (long)it.it_interval.tv_sec, (long)it.it_interval.tv_usec);
	}
	for (int w = 0; w < 3; w++) {
		it = (struct itimerval){{w + 1, w + 7000}, {1000 * (w + 1), 0}};
		MUST(setitimer(w, &it, NULL));
	}
	for (int w = 0; w < 3; w++) {
		SHOW(gi(w, &it));
		CHECK(it.it_value.tv_sec <= 1000 * (w + 1) && it.it_value.tv_sec > 1000 * (w + 1) - 10);
		CHECK(it.it_interval.tv_sec == w + 1 && it.it_interval.tv_usec / 1000 == 7);
	}
	SHOW(gi(3, &it));
	SHOW(gi(-1, &it));
	SHOW(gi(0, BADP));
	SHOW(gi(3, BADP));
	SHOW(gi(0, t_edge(sizeof it)));
	SHOW(gi(0, t_edge(sizeof it - 1)));
	return 0;
}
