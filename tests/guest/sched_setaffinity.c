/* sched_setaffinity: to one CPU and back; the calls that tell the CPU agree; children inherit; errors. */
#include "vkproc.h"

static long sa(pid_t p, unsigned n, const void *s) { return syscall(SYS_sched_setaffinity, p, n, s); }

int main(void)
{
	cpu_set_t all, one;
	MUST(sched_getaffinity(0, sizeof all, &all));
	for (int c = 0, n = 0; c < CPU_SETSIZE && n < 2; c++) {
		if (!CPU_ISSET(c, &all))
			continue;
		n++;
		CPU_ZERO(&one);
		CPU_SET(c, &one);
		MUST(sched_setaffinity(0, sizeof one, &one));
		MUST(sched_getaffinity(0, sizeof one, &one));
		unsigned cpu = 99999;
		syscall(SYS_getcpu, &cpu, NULL, NULL);
		if (CPU_COUNT(&one) != 1 || !CPU_ISSET(c, &one) || (int)cpu != c || sched_getcpu() != c)
			printf("not on the CPU asked for\n");
	}
	IN_CHILD("child") {
		MUST(sched_getaffinity(0, sizeof one, &one));
		SHOW(CPU_COUNT(&one));
		IN_CHILD("exec")
			execl("/bin/sh", "sh", "-c", "nproc", NULL);
	}
	/* What is not there is left out of the set, as long as something remains. */
	CPU_OR(&one, &one, &all);
	CPU_SET(1023, &one);
	SHOW(sched_setaffinity(0, sizeof one, &one));
	MUST(sched_getaffinity(0, sizeof one, &one));
	CHECK(CPU_EQUAL(&one, &all));
	pid_t p = t_fork();
	if (p == 0)
		for (;;)
			pause();
	CPU_ZERO(&one);
	for (int c = 0; c < CPU_SETSIZE && CPU_COUNT(&one) == 0; c++)
		if (CPU_ISSET(c, &all))
			CPU_SET(c, &one);
	SHOW(sched_setaffinity(p, sizeof one, &one));
	cpu_set_t now;
	MUST(sched_getaffinity(p, sizeof now, &now));
	CHECK(CPU_EQUAL(&now, &one));
	kill(p, SIGKILL);
	p_wait("child", p);
	SECTION("errors");
	CPU_ZERO(&one);
	SHOW(sa(0, sizeof one, &one));
	CPU_SET(1023, &one);
	SHOW(sa(0, sizeof one, &one));
	SHOW(sa(0, 0, &all));
	SHOW(sa(0, 128, BADP));
	SHOW(sa(INT_MAX, 128, &all));
	SHOW(sa(-1, 128, &all));
	SHOW(sa(INT_MAX, 128, BADP));
	return 0;
}
