/* The global files of /proc that programs read: the form, and what must agree with system calls. */
#include "vktest.h"
#include <sched.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

static char b[1 << 20];
/* The first line of what was read. */
static const char *line(void)
{
	b[strcspn(b, "\n")] = 0;
	return b;
}
static long kb(const char *name)
{
	char *c = strstr(b, name);
	return c ? atol(c + strlen(name)) : -1;
}

int main(void)
{
	struct utsname u;
	struct sysinfo si;
	MUST(uname(&u));
	MUST(sysinfo(&si));

	SECTION("version, sys/kernel");
	t_read_file("/proc/version", b, sizeof b);
	CHECK(!strncmp(b, "Linux version ", 14) && !strncmp(b + 14, u.release, strlen(u.release)));
	t_read_file("/proc/sys/kernel/ostype", b, sizeof b);
	SHOW_STR(line());
	t_read_file("/proc/sys/kernel/osrelease", b, sizeof b);
	CHECK(!strcmp(line(), u.release));
	t_read_file("/proc/sys/kernel/hostname", b, sizeof b);
	CHECK(!strcmp(line(), u.nodename));
	t_read_file("/proc/sys/kernel/pid_max", b, sizeof b);
	CHECK(atol(b) >= 32768);
	t_read_file("/proc/sys/kernel/ngroups_max", b, sizeof b);
	SHOW_STR(line());
	t_read_file("/proc/sys/kernel/random/uuid", b, sizeof b);
	CHECK(strlen(b) == 37 && b[8] == '-' && b[13] == '-' && b[18] == '-' && b[23] == '-');
	t_read_file("/proc/sys/kernel/random/boot_id", b, sizeof b);
	CHECK(strlen(b) == 37);
	t_read_file("/proc/sys/kernel/cap_last_cap", b, sizeof b);
	CHECK(atoi(b) >= 37);
	t_read_file("/proc/sys/fs/pipe-max-size", b, sizeof b);
	CHECK(atol(b) >= 4096);
	t_read_file("/proc/sys/fs/file-max", b, sizeof b);
	CHECK(atol(b) != 0);
	t_read_file("/proc/sys/vm/overcommit_memory", b, sizeof b);
	CHECK(b[0] >= '0' && b[0] <= '2');

	SECTION("meminfo");
	t_read_file("/proc/meminfo", b, sizeof b);
	CHECK(kb("MemTotal:") > 0 && kb("MemFree:") > 0 && kb("MemAvailable:") > 0);
	CHECK(kb("MemFree:") <= kb("MemTotal:") && kb("MemAvailable:") <= kb("MemTotal:"));
	CHECK(kb("Buffers:") >= 0 && kb("Cached:") >= 0 && kb("SwapTotal:") >= 0 && kb("SwapFree:") >= 0);
	CHECK(kb("MemTotal:") == (long)(si.totalram * si.mem_unit / 1024));

	SECTION("stat and cpuinfo");
	t_read_file("/proc/stat", b, sizeof b);
	long v[10];
	SHOW(sscanf(b, "cpu %ld %ld %ld %ld %ld %ld %ld %ld %ld %ld", v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6, v + 7, v + 8,
		    v + 9));
	int cpus = 0;
	for (char *c = b; (c = strstr(c, "\ncpu")); c++)
		cpus++;
	CHECK(cpus >= 1 && cpus == sysconf(_SC_NPROCESSORS_ONLN));
	char *c = strstr(b, "btime ");
	CHECK(c && atol(c + 6) > 1600000000 && atol(c + 6) <= time(NULL));
	CHECK(strstr(b, "ctxt ") && strstr(b, "processes ") && strstr(b, "procs_running ") && strstr(b, "intr "));
	t_read_file("/proc/cpuinfo", b, sizeof b);
	int procs = 0;
	for (c = b; (c = strstr(c, "processor\t:")); c++)
		procs++;
	CHECK(procs == cpus);
	CHECK(strstr(b, "vendor_id\t:") && strstr(b, "model name\t:") && strstr(b, "flags\t\t:") && strstr(b, "cpu MHz"));

	SECTION("uptime, loadavg");
	double up = 0, idle = 0, l1, l2, l3;
	int run, all, last;
	t_read_file("/proc/uptime", b, sizeof b);
	SHOW(sscanf(b, "%lf %lf", &up, &idle));
	struct timespec bt;
	clock_gettime(CLOCK_BOOTTIME, &bt);
	CHECK(up > 0 && up <= bt.tv_sec + 2 && up >= bt.tv_sec - 2);
	t_read_file("/proc/loadavg", b, sizeof b);
	SHOW(sscanf(b, "%lf %lf %lf %d/%d %d", &l1, &l2, &l3, &run, &all, &last));
	CHECK(l1 >= 0 && run >= 1 && all >= run && last > 0);

	SECTION("filesystems");
	t_read_file("/proc/filesystems", b, sizeof b);
	CHECK(strstr(b, "nodev\tproc\n") && strstr(b, "nodev\ttmpfs\n"));
	SHOW_OK(open("/proc/missing", O_RDONLY));

	SECTION("this process is in the list");
	DIR *d = opendir("/proc");
	int me = 0, self = 0, numbers = 0;
	for (struct dirent *e; d && (e = readdir(d));) {
		me += atoi(e->d_name) == getpid();
		self += !strcmp(e->d_name, "self");
		numbers += e->d_name[0] > '0' && e->d_name[0] <= '9';
	}
	CHECK(numbers >= 1);
	SHOW(me);
	SHOW(self);
	return 0;
}
