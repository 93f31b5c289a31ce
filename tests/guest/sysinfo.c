/* sysinfo: values that make sense and agree with each other; a bad pointer. */
#include "vkproc.h"
#include <sys/sysinfo.h>

int main(void)
{
	struct sysinfo si;
	struct timespec a, b;
	memset(&si, 0x55, sizeof si);
	clock_gettime(CLOCK_BOOTTIME, &a);
	SHOW(syscall(SYS_sysinfo, &si));
	clock_gettime(CLOCK_BOOTTIME, &b);
	/* Rounded up. */
	CHECK(si.uptime >= a.tv_sec && si.uptime <= b.tv_sec + 1);
	SHOW(si.mem_unit);
	CHECK(si.totalram > 1 << 20);
	CHECK(si.freeram <= si.totalram && si.sharedram <= si.totalram && si.bufferram <= si.totalram);
	CHECK(si.freeswap <= si.totalswap);
	SHOW(si.totalhigh);
	SHOW(si.freehigh);
	CHECK(si.procs >= 1);
	CHECK(si.loads[0] < 1000UL << SI_LOAD_SHIFT);
	char b2[4096], *total;
	long kb = -1;
	if (t_read_file("/proc/meminfo", b2, sizeof b2) > 0 && (total = strstr(b2, "MemTotal:")))
		kb = strtol(total + 9, NULL, 10);
	CHECK(kb == (long)(si.totalram * si.mem_unit / 1024));
	SHOW(syscall(SYS_sysinfo, NULL));
	SHOW(syscall(SYS_sysinfo, BADP));
	SHOW(syscall(SYS_sysinfo, t_readonly(NULL, sizeof si)));
	SHOW(syscall(SYS_sysinfo, t_edge(sizeof si)));
	SHOW(syscall(SYS_sysinfo, (char *)t_edge(sizeof si) + 8));
	return 0;
}
