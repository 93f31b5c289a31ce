/* sched_getattr: policy, nice value, size told and taken; errors. */
#include "vkproc.h"

struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t prio;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

static long ga(pid_t p, void *a, unsigned size, unsigned flags) { return syscall(SYS_sched_getattr, p, a, size, flags); }

int main(void)
{
	struct attr at;
	setpriority(PRIO_PROCESS, 0, 3);
	memset(&at, 0x5a, sizeof at);
	SHOW(ga(0, &at, 48, 0));
	printf("size %u policy %u flags %lu nice %d prio %u\n", at.size, at.policy, (unsigned long)at.flags, at.nice, at.prio);
	SHOW(at.util_min == 0x5a5a5a5a);
	SHOW(ga(getpid(), &at, 48, 0));
	SHOW(ga(getppid(), &at, 48, 0));
	SHOW(ga(0, &at, 10, 0));
	SHOW(ga(0, &at, 47, 0));
	SHOW(ga(0, &at, 4097, 0));
	SHOW(ga(0, &at, 48, 1));
	SHOW(ga(-1, &at, 48, 0));
	SHOW(ga(INT_MAX, &at, 48, 0));
	SHOW(ga(0, NULL, 48, 0));
	SHOW(ga(0, BADP, 48, 0));
	SHOW(ga(INT_MAX, BADP, 1, 1));
	return 0;
}
