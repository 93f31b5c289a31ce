/* clock_adjtime: as adjtimex for CLOCK_REALTIME; other clocks cannot be changed; errors. */
#include "vkproc.h"
#include <sys/timex.h>

int main(void)
{
	struct timex t;
	memset(&t, 0, sizeof t);
	CHECK(syscall(SYS_clock_adjtime, CLOCK_REALTIME, &t) >= 0);
	CHECK(t.tick > 8000 && t.tick < 12000);
	SHOW(syscall(SYS_clock_adjtime, CLOCK_MONOTONIC, &t));
	SHOW(syscall(SYS_clock_adjtime, 100, &t));
	SHOW(syscall(SYS_clock_adjtime, CLOCK_REALTIME, BADP));
	SHOW(syscall(SYS_clock_adjtime, 100, BADP));
	IN_CHILD("ordinary user") {
		p_ordinary();
		memset(&t, 0, sizeof t);
		t.modes = ADJ_FREQUENCY;
		SHOW(syscall(SYS_clock_adjtime, CLOCK_REALTIME, &t));
	}
	return 0;
}
