/* ioprio_set: best effort and idle, of process, group; inheritance; errors. */
#include "vkproc.h"

static long is(int which, int who, int prio) { return syscall(SYS_ioprio_set, which, who, prio); }
static long ig(int which, int who) { return syscall(SYS_ioprio_get, which, who); }

int main(void)
{
	p_ordinary();
	SHOW(is(1, 0, 2 << 13 | 6));
	SHOW_X(ig(1, 0));
	SHOW_X(ig(1, getpid()));
	IN_CHILD("child")
		SHOW_X(ig(1, 0));
	IN_CHILD("group") {
		setpgid(0, 0);
		SHOW(is(2, getpid(), 2 << 13 | 7));
		SHOW_X(ig(1, 0));
	}
	SHOW(is(1, 0, 3 << 13));
	SHOW_X(ig(1, 0));
	SHOW(is(9, 0, 2 << 13));
	SHOW(is(1, INT_MAX, 2 << 13));
	SHOW(is(1, 0, 7 << 13));
	SHOW(is(1, 0, 1));
	SHOW(is(1, 0, 1 << 13 | 4));
	SHOW(is(9, INT_MAX, 7 << 13));
	return 0;
}
