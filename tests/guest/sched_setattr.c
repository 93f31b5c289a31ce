/* sched_setattr: nice values and ordinary policies; what is refused; the size that is wanted comes back. */
#include "vkproc.h"

struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t prio;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

static long sa(pid_t p, void *a, unsigned flags) { return syscall(SYS_sched_setattr, p, a, flags); }

int main(void)
{
	p_ordinary();
	struct attr at = {.size = 48, .policy = SCHED_OTHER, .nice = 4};
	SHOW(sa(0, &at, 0));
	SHOW(getpriority(PRIO_PROCESS, 0));
	at.policy = SCHED_BATCH;
	at.nice = 6;
	SHOW(sa(getpid(), &at, 0));
	SHOW(sched_getscheduler(0));
	SHOW(getpriority(PRIO_PROCESS, 0));
	at.nice = 0;
	SHOW(sa(0, &at, 0));
	at.nice = 100;
	SHOW(sa(0, &at, 0));
	SHOW(getpriority(PRIO_PROCESS, 0));
	SECTION("errors");
	at.policy = SCHED_FIFO, at.prio = 1;
	SHOW(sa(0, &at, 0));
	at.prio = 0;
	SHOW(sa(0, &at, 0));
	at.policy = 77;
	SHOW(sa(0, &at, 0));
	at = (struct attr){.size = 48, .policy = SCHED_OTHER, .nice = 19};
	SHOW(sa(0, &at, 1));
	SHOW(sa(-1, &at, 0));
	SHOW(sa(INT_MAX, &at, 0));
	SHOW(sa(0, NULL, 0));
	SHOW(sa(0, BADP, 0));
	at.flags = 1UL << 60;
	SHOW(sa(0, &at, 0));
	at.flags = 0, at.size = 4;
	SHOW(sa(0, &at, 0));
	CHECK(at.size >= 48);
	at.size = 5000;
	SHOW(sa(0, &at, 0));
	return 0;
}
