/* uname, sysinfo, personality, sethostname and their like: sane contents, agreement with /proc, errors. */
#include "vkproc.h"
#include <sys/personality.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

int main(void)
{
	struct utsname u;
	char b[4096];
	SHOW(uname(&u));
	SHOW_STR(u.sysname);
	SHOW_STR(u.machine);
	int major = 0, minor = -1;
	sscanf(u.release, "%d.%d", &major, &minor);
	CHECK(major >= 5 && minor >= 0);
	CHECK(u.nodename[0] && u.version[0] && u.domainname[0]);
	CHECK(gethostname(b, sizeof b) == 0 && strcmp(b, u.nodename) == 0);
	t_read_file("/proc/sys/kernel/osrelease", b, sizeof b);
	b[strcspn(b, "\n")] = 0;
	CHECK(strcmp(b, u.release) == 0);
	t_read_file("/proc/sys/kernel/hostname", b, sizeof b);
	b[strcspn(b, "\n")] = 0;
	CHECK(strcmp(b, u.nodename) == 0);
	SHOW(uname(BADP));

	SECTION("sysinfo");
	struct sysinfo s;
	memset(&s, 0xff, sizeof s);
	SHOW(sysinfo(&s));
	CHECK(s.uptime >= 0 && s.totalram > 0 && s.freeram <= s.totalram && s.procs > 0 && s.mem_unit > 0);
	CHECK(s.totalswap >= s.freeswap);
	unsigned long total = 0;
	t_read_file("/proc/meminfo", b, sizeof b);
	sscanf(b, "MemTotal: %lu", &total);
	CHECK(total == s.totalram * (unsigned long)s.mem_unit / 1024);
	double up = -1;
	t_read_file("/proc/uptime", b, sizeof b);
	sscanf(b, "%lf", &up);
	CHECK(up - s.uptime >= -1 && up - s.uptime < 10);
	CHECK(get_nprocs() >= 1 && get_nprocs() <= get_nprocs_conf());
	CHECK(sysconf(_SC_NPROCESSORS_ONLN) == get_nprocs());
	CHECK(sysconf(_SC_PHYS_PAGES) > 1000);
	SHOW(sysinfo(BADP));

	SECTION("personality");
	SHOW_X(personality(0xffffffff));
	SHOW_X(personality(PER_LINUX | ADDR_NO_RANDOMIZE));
	SHOW_X(personality(0xffffffff));
	IN_CHILD("child") {
		SHOW_X(personality(0xffffffff));
		SHOW_X(personality(PER_LINUX));
	}
	SHOW_X(personality(PER_LINUX));
	IN_CHILD("UNAME26") {
		personality(UNAME26);
		uname(&u);
		printf("%.4s\n", u.release);
	}
	/* Over exec it is kept. */
	personality(ADDR_NO_RANDOMIZE);
	fflush(stdout);
	IN_CHILD("cat")
		execl("/bin/cat", "cat", "/proc/self/personality", NULL);
	SECTION("for the administrator only");
	IN_CHILD("ordinary user") {
		if (geteuid() == 0)
			MUST(syscall(SYS_setresuid, 65534L, 65534L, 65534L));
		SHOW(sethostname("x", 1));
		SHOW(setdomainname("x", 1));
		SHOW(syscall(SYS_sethostname, BADP, 1));
		struct timeval tv = {0};
		SHOW(settimeofday(&tv, NULL));
	}
	return 0;
}
