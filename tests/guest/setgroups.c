/* setgroups: for the privileged only; order, count, limits; what it opens. */
#include "vkproc.h"

static long sg(int n, const void *l) { return syscall(SYS_setgroups, n, l); }

int main(void)
{
	gid_t g[3] = {70, 7, 700};
	if (geteuid() != 0) {
		SHOW(sg(0, NULL));
		SHOW(sg(3, g));
		SHOW(sg(1, BADP));
		return 0;
	}
	SHOW(sg(3, g));
	t_write_file("f", "x");
	MUST(chown("f", 0, 700));
	MUST(chmod("f", 0040));
	MUST(chmod(".", 0755));
	IN_CHILD("in the group") {
		MUST(syscall(SYS_setresuid, 5, 5, 5));
		SHOW_OK(open("f", O_RDONLY));
		SHOW(sg(0, NULL));
	}
	IN_CHILD("no longer") {
		SHOW(sg(2, g));
		MUST(syscall(SYS_setresuid, 5, 5, 5));
		SHOW(open("f", O_RDONLY));
	}
	SHOW(sg(-1, g));
	SHOW(sg(65537, g));
	SHOW(sg(1, BADP));
	SHOW(syscall(SYS_getgroups, 0, NULL));
	SHOW(sg(0, BADP));
	return 0;
}
