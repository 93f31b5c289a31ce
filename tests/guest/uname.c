/* uname: sane contents, agreement with /proc and gethostname; errors. */
#include "vkproc.h"
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

	SHOW(uname(NULL));
	SHOW(uname(t_edge(sizeof u)));
	SHOW(uname(t_edge(sizeof u - 1)));
	SHOW_STR(u.machine);
	IN_CHILD("uname -sm")
		execl("/bin/uname", "uname", "-sm", NULL);
	CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1 && sysconf(_SC_NPROCESSORS_ONLN) <= sysconf(_SC_NPROCESSORS_CONF));
	CHECK(sysconf(_SC_PHYS_PAGES) > 1000 && sysconf(_SC_AVPHYS_PAGES) > 0);
	return 0;
}
