/* sched_setparam: priority 0 is all that the ordinary policy knows. */
#include "vkproc.h"

int main(void)
{
	p_ordinary();
	struct sched_param sp = {0};
	SHOW(sched_setparam(0, &sp));
	SHOW(sched_setparam(getpid(), &sp));
	SHOW(sched_getscheduler(0));
	sp.sched_priority = 1;
	SHOW(sched_setparam(0, &sp));
	sp.sched_priority = -1;
	SHOW(sched_setparam(0, &sp));
	sp.sched_priority = 0;
	SHOW(sched_setparam(-1, &sp));
	SHOW(sched_setparam(INT_MAX, &sp));
	SHOW(syscall(SYS_sched_setparam, 0, NULL));
	SHOW(syscall(SYS_sched_setparam, 0, BADP));
	SHOW(syscall(SYS_sched_setparam, INT_MAX, BADP));
	return 0;
}
