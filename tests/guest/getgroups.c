/* getgroups and setgroups: counts, order, too small, limits, inheritance, errors. */
#include "vkproc.h"

static long gg(int n, void *l) { return syscall(SYS_getgroups, n, l); }
static long sg(int n, const void *l) { return syscall(SYS_setgroups, n, l); }

int main(void)
{
	gid_t g[70000] = {0};
	long n = gg(0, NULL);
	CHECK(n >= 0 && gg(70000, g) == n);
	CHECK(gg(0, BADP) == n);
	SHOW(gg(-1, g));
	SHOW(gg(-1, BADP));
	SHOW(sg(-1, g) == -1 ? -1 : 0);
	if (geteuid() != 0) {
		SHOW(sg(0, NULL));
		SHOW(sg(1, g));
		SHOW(sg(1, BADP));
		SHOW(sg(70000, BADP));
		return 0;
	}
	gid_t some[] = {50, 7, 0xfffffffe, 7, 100};
	SHOW(sg(5, some));
	SHOW(gg(0, NULL));
	SHOW(gg(5, g));
	printf("%u %u %u %u %u\n", g[0], g[1], g[2], g[3], g[4]);
	SHOW(gg(4, g));
	SHOW(gg(5, BADP));
	SHOW(gg(1, BADP));
	SHOW(sg(1, BADP));
	SHOW(sg(65537, g));
	SHOW(sg(65537, BADP));
	for (int i = 0; i < 65536; i++)
		g[i] = i;
	SHOW(sg(65536, g));
	SHOW(gg(70000, g));
	SHOW(sg(0, NULL));
	SHOW(gg(0, NULL));
	SHOW(sg(2, some));
	gid_t minus[] = {-1};
	SHOW(sg(1, minus));
	IN_CHILD("child") {
		SHOW(gg(5, g));
		MUST(syscall(SYS_setresuid, 10, 10, 10));
		SHOW(gg(5, g));
		SHOW(sg(0, NULL));
		execl("/usr/bin/id", "id", "-G", NULL);
	}
	return 0;
}
