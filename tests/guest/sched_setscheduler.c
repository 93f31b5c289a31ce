/* sched_setscheduler: the policies an ordinary user may have, priorities out of range, and who is meant. */
#include "vkproc.h"

static long ss(pid_t p, int policy, int prio)
{
	struct sched_param sp = {prio};
	return syscall(SYS_sched_setscheduler, p, policy, &sp);
}

int main(void)
{
	p_ordinary();
	SHOW(ss(0, SCHED_OTHER, 0));
	SHOW(ss(0, SCHED_BATCH, 0));
	SHOW(sched_getscheduler(getpid()));
	SHOW(ss(getpid(), SCHED_OTHER, 0));
	SHOW(ss(0, SCHED_FIFO, 5));
	SHOW(ss(0, SCHED_RR, 5));
	SHOW(ss(0, SCHED_BATCH | SCHED_RESET_ON_FORK, 0));
	SHOW_X(sched_getscheduler(0));
	IN_CHILD("child")
		SHOW_X(sched_getscheduler(0));
	IN_CHILD("idle") {
		SHOW(ss(0, SCHED_IDLE, 0));
		SHOW(sched_getscheduler(0) & 7);
		IN_CHILD("grandchild")
			SHOW(sched_getscheduler(0));
	}
	SECTION("errors");
	SHOW(ss(0, 99, 0));
	SHOW(ss(0, -1, 0));
	SHOW(ss(0, 4, 0));
	SHOW(ss(-1, SCHED_OTHER, 0));
	SHOW(ss(INT_MAX, SCHED_OTHER, 0));
	SHOW(ss(0, SCHED_FIFO, 0));
	SHOW(ss(0, SCHED_FIFO, 100));
	SHOW(ss(0, SCHED_OTHER, 1));
	SHOW(ss(INT_MAX, SCHED_OTHER, 1));
	SHOW(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, NULL));
	SHOW(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, BADP));
	SHOW(syscall(SYS_sched_setscheduler, INT_MAX, SCHED_OTHER, BADP));
	return 0;
}
