/* getcpu: CPU and node, one of them, none; the vDSO's answer; a bad address. */
#include "vkproc.h"

int main(void)
{
	unsigned cpu = 99999, node = 99999;
	cpu_set_t s;
	MUST(sched_getaffinity(0, sizeof s, &s));
	SHOW(syscall(SYS_getcpu, &cpu, &node, NULL));
	CHECK(cpu < CPU_SETSIZE && CPU_ISSET(cpu, &s) && node < 1024);
	int c = sched_getcpu();
	CHECK(c >= 0 && CPU_ISSET(c, &s));
	SHOW(syscall(SYS_getcpu, &cpu, NULL, NULL));
	SHOW(syscall(SYS_getcpu, NULL, &node, NULL));
	SHOW(syscall(SYS_getcpu, NULL, NULL, NULL));
	SHOW(syscall(SYS_getcpu, NULL, NULL, BADP));
	SHOW(syscall(SYS_getcpu, BADP, NULL, NULL));
	SHOW(syscall(SYS_getcpu, NULL, BADP, NULL));
	return 0;
}
