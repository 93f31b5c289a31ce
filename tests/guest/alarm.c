/* alarm: what was left, rounding, replacement by setitimer's value, no inheritance, the signal; raw call. */
#include "vkproc.h"

static volatile int n;
static void handler(int s)
{
	(void)s;
	n++;
}

int main(void)
{
	alarm(0);
	SHOW(syscall(SYS_alarm, 0));
	SHOW(syscall(SYS_alarm, 100));
	unsigned left = alarm(200);
	CHECK(left > 95 && left <= 100);
	IN_CHILD("child") {
		/* t_fork has set one of 20 seconds. */
		left = alarm(0);
		CHECK(left <= 20);
		SHOW(alarm(0));
	}
	left = alarm(0);
	CHECK(left > 195 && left <= 200);
	/* Less than a second is told as one, never as none. */
	struct itimerval it = {{0, 0}, {0, 300000}};
	setitimer(ITIMER_REAL, &it, NULL);
	SHOW(alarm(0));
	p_handler(SIGALRM, handler, 0);
	it.it_value.tv_usec = 1000;
	setitimer(ITIMER_REAL, &it, NULL);
	p_until(&n, 1);
	SHOW(alarm(0));
	SHOW(n);
	long t0 = t_now_ms();
	SHOW(alarm(1));
	SHOW(p_until(&n, 2));
	CHECK(t_now_ms() - t0 >= 999);
	/* More than 2^31 is cut. */
	SHOW(alarm(-1U));
	CHECK(alarm(0) > 2000000000);
	return 0;
}
