/* sched_getparam: 0 for the ordinary policy; own, others', none. */
#include "vkproc.h"

int main(void)
{
	struct sched_param sp = {77};
	SHOW(sched_getparam(0, &sp));
	SHOW(sp.sched_priority);
	SHOW(sched_getparam(getpid(), &sp));
	SHOW(sched_getparam(getppid(), &sp));
	SHOW(sched_getparam(-1, &sp));
	SHOW(sched_getparam(INT_MAX, &sp));
	SHOW(syscall(SYS_sched_getparam, 0, NULL));
	SHOW(syscall(SYS_sched_getparam, 0, BADP));
	SHOW(syscall(SYS_sched_getparam, INT_MAX, BADP));
	SHOW(syscall(SYS_sched_getparam, -1, NULL));
	return 0;
}
