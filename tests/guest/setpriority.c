/* setpriority: clamped, upwards only for an ordinary user, of process, group and user; errors and their order. */
#include "vkproc.h"

int main(void)
{
	p_ordinary();
	SHOW(setpriority(PRIO_PROCESS, 0, 1));
	SHOW(setpriority(PRIO_PROCESS, getpid(), 1));
	SHOW(getpriority(PRIO_PROCESS, 0));
	SHOW(setpriority(PRIO_PROCESS, 0, 0));
	SHOW(setpriority(PRIO_PROCESS, 0, -100));
	IN_CHILD("child") {
		setpgid(0, 0);
		SHOW(setpriority(PRIO_PGRP, 0, 7));
		SHOW(getpriority(PRIO_PROCESS, 0));
		SHOW(setpriority(PRIO_PGRP, getpid(), 1000000));
		SHOW(getpriority(PRIO_PROCESS, 0));
	}
	SHOW(getpriority(PRIO_PROCESS, 0));
	SHOW(setpriority(3, 0, 0));
	SHOW(setpriority(-1, INT_MAX, 0));
	SHOW(setpriority(PRIO_PROCESS, INT_MAX, 5));
	SHOW(setpriority(PRIO_PGRP, INT_MAX, 5));
	SHOW(setpriority(PRIO_USER, 54329, 5));
	return 0;
}
