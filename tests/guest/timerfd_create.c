/* timerfd_create: clocks, flags, and a timer that was never set. */
#include "vktest.h"
#include <sys/timerfd.h>

int main(void)
{
	uint64_t v;
	for (int c = -1; c < 12; c++)
		if (c != CLOCK_REALTIME_ALARM && c != CLOCK_BOOTTIME_ALARM) /* need a capability and a clock that wakes */
			SHOW_AS(timerfd_create(c, 0) >= 0 ? 0 : -1, "clock %d", c);
	int t = SHOW_OK(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
	SHOW(fcntl(t, F_GETFD));
	SHOW_X(fcntl(t, F_GETFL));
	SHOW(read(t, &v, 8));
	SHOW(read(t, &v, 4));
	struct pollfd p = {t, POLLIN | POLLOUT, 0};
	SHOW(poll(&p, 1, 0));
	SHOW_OK(timerfd_create(CLOCK_MONOTONIC, 1));
	SHOW_OK(timerfd_create(99, 1));
	return 0;
}
