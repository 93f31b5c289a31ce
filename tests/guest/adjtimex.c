/* adjtimex: reading is for all, changing for the administrator. */
#include "vkproc.h"
#include <sys/timex.h>

int main(void)
{
	struct timex t;
	memset(&t, 0, sizeof t);
	long r = syscall(SYS_adjtimex, &t);
	CHECK(r >= 0 && r <= 5);
	CHECK(t.tick > 8000 && t.tick < 12000 && t.precision >= 1);
	CHECK(labs(t.time.tv_sec - time(NULL)) <= 2);
	SHOW(syscall(SYS_adjtimex, BADP));
	IN_CHILD("ordinary user") {
		p_ordinary();
		static const unsigned modes[] = {ADJ_OFFSET, ADJ_FREQUENCY, ADJ_TICK, ADJ_STATUS, ADJ_SETOFFSET};
		for (size_t i = 0; i < T_COUNT(modes); i++) {
			memset(&t, 0, sizeof t);
			t.modes = modes[i];
			t.tick = 10000;
			SHOW_AS(syscall(SYS_adjtimex, &t), "mode 0x%x", modes[i]);
		}
	}
	return 0;
}
