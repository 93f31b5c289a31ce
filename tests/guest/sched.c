/* sched_*: affinity as seen and set, policies and parameters, priorities' bounds, yield, getcpu, rr interval; errors. */
#include "vkproc.h"

struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t prio;
	uint64_t runtime, deadline, period;
};

int main(void)
{
	cpu_set_t set, one;
	if (geteuid() == 0)
		MUST(syscall(SYS_setresuid, 65534L, 65534L, 65534L));
	SECTION("affinity");
	SHOW(sched_getaffinity(0, sizeof set, &set));
	int n = CPU_COUNT(&set), first = 0;
	CHECK(n >= 1);
	while (!CPU_ISSET(first, &set))
		first++;
	/* The raw call tells how many bytes it has written. */
	long bytes = syscall(SYS_sched_getaffinity, 0, sizeof set, &set);
	CHECK(bytes >= 8 && bytes <= 128 && bytes % 8 == 0);
	CPU_ZERO(&one);
	CPU_SET(first, &one);
	SHOW(sched_setaffinity(0, sizeof one, &one));
	SHOW(sched_getaffinity(0, sizeof one, &one));
	CHECK(CPU_COUNT(&one) == 1 && CPU_ISSET(first, &one));
	CHECK(sched_getcpu() == first);
	unsigned cpu = 99, node = 99;
	SHOW(syscall(SYS_getcpu, &cpu, &node, NULL));
	CHECK((int)cpu == first && node < 99);
	SHOW(syscall(SYS_getcpu, NULL, NULL, NULL));
	IN_CHILD("child") {
		sched_getaffinity(0, sizeof one, &one);
		SHOW(CPU_COUNT(&one));
	}
	SHOW(sched_setaffinity(getpid(), sizeof set, &set));
	sched_getaffinity(0, sizeof one, &one);
	CHECK(CPU_EQUAL(&one, &set));
	SHOW(syscall(SYS_sched_getaffinity, 0, 4, &set));
	SHOW(syscall(SYS_sched_getaffinity, 0, 0, &set));
	SHOW(syscall(SYS_sched_getaffinity, 0, 12, &set));
	SHOW(syscall(SYS_sched_getaffinity, 0, 128, BADP));
	SHOW(syscall(SYS_sched_getaffinity, INT_MAX, 128, &set));
	SHOW(syscall(SYS_sched_getaffinity, -1, 128, &set));
	CPU_ZERO(&one);
	SHOW(sched_setaffinity(0, sizeof one, &one));
	CPU_SET(1023, &one);
	SHOW(sched_setaffinity(0, sizeof one, &one));
	SHOW(syscall(SYS_sched_setaffinity, 0, 128, BADP));
	SHOW(syscall(SYS_sched_setaffinity, INT_MAX, 128, &set));
	SHOW(syscall(SYS_sched_setaffinity, 0, 0, &set));
	SHOW(syscall(SYS_getcpu, BADP, NULL, NULL));

	SECTION("policy");
	struct sched_param sp = {77};
	SHOW(sched_getscheduler(0));
	SHOW(sched_getparam(0, &sp));
	SHOW(sp.sched_priority);
	sp.sched_priority = 0;
	SHOW(sched_setscheduler(0, SCHED_BATCH, &sp));
	SHOW(sched_getscheduler(getpid()));
	SHOW(sched_setscheduler(0, SCHED_IDLE, &sp));
	SHOW(sched_setscheduler(0, SCHED_OTHER, &sp));
	SHOW(sched_getscheduler(0));
	SHOW(sched_setparam(0, &sp));
	for (int p = -1; p <= 7; p++)
		printf("policy %d: %d to %d\n", p, sched_get_priority_min(p), sched_get_priority_max(p));
	SHOW(sched_yield());
	struct timespec ts = {-1, -1};
	SHOW(sched_rr_get_interval(0, &ts));
	CHECK(ts.tv_sec == 0 && ts.tv_nsec >= 0);
	sp.sched_priority = 5;
	SHOW(sched_setscheduler(0, SCHED_FIFO, &sp));
	SHOW(sched_setscheduler(0, SCHED_RR, &sp));
	SECTION("attr");
	struct attr at = {0};
	SHOW(syscall(SYS_sched_getattr, 0, &at, sizeof at, 0));
	printf("size %u policy %u nice %d prio %u\n", at.size, at.policy, at.nice, at.prio);
	at.nice = 4;
	SHOW(syscall(SYS_sched_setattr, 0, &at, 0));
	SHOW(getpriority(PRIO_PROCESS, 0));
	SHOW(syscall(SYS_sched_getattr, 0, &at, 10, 0));
	SHOW(syscall(SYS_sched_getattr, 0, BADP, sizeof at, 0));
	SHOW(syscall(SYS_sched_getattr, 0, &at, sizeof at, 1));
	SHOW(syscall(SYS_sched_setattr, 0, BADP, 0));
	at.size = 4;
	SHOW(syscall(SYS_sched_setattr, 0, &at, 0));
	SECTION("errors");
	sp.sched_priority = 0;
	SHOW(sched_setscheduler(0, 99, &sp));
	SHOW(sched_setscheduler(0, -1, &sp));
	SHOW(sched_setscheduler(-1, SCHED_OTHER, &sp));
	SHOW(sched_setscheduler(INT_MAX, SCHED_OTHER, &sp));
	SHOW(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, NULL));
	SHOW(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, BADP));
	SHOW(sched_setscheduler(0, SCHED_FIFO, &sp));
	sp.sched_priority = 1;
	SHOW(sched_setscheduler(0, SCHED_OTHER, &sp));
	sp.sched_priority = 100;
	SHOW(sched_setscheduler(0, SCHED_FIFO, &sp));
	SHOW(sched_getscheduler(-1));
	SHOW(sched_getscheduler(INT_MAX));
	SHOW(syscall(SYS_sched_getparam, 0, NULL));
	SHOW(syscall(SYS_sched_getparam, 0, BADP));
	SHOW(syscall(SYS_sched_getparam, INT_MAX, &sp));
	SHOW(syscall(SYS_sched_rr_get_interval, -1, &ts));
	SHOW(syscall(SYS_sched_rr_get_interval, 0, BADP));
	return 0;
}
