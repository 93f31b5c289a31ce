/* sched_getscheduler: own, others', threads', none. */
#include "vkproc.h"

static void *thread(void *a)
{
	struct sched_param sp = {0};
	SHOW(sched_setscheduler(0, SCHED_BATCH, &sp));
	SHOW(sched_getscheduler(0));
	SHOW(sched_getscheduler(getpid()));
	return a;
}

int main(void)
{
	SHOW(sched_getscheduler(0));
	SHOW(sched_getscheduler(getpid()));
	SHOW(sched_getscheduler(getppid()));
	p_join(p_thread(thread, NULL));
	SHOW(sched_getscheduler(0));
	SHOW(sched_getscheduler(-1));
	SHOW(sched_getscheduler(INT_MAX));
	return 0;
}
