/* setresgid: any of the three to any of the three, or -1. Raw calls. */
#include "vkproc.h"
#define setresgid(a, b, c) syscall(SYS_setresgid, a, b, c)

int main(void)
{
	gid_t g = getgid();
	SHOW(setresgid(g, -1, g));
	SHOW(setresgid(-1, -1, -1));
	if (geteuid() != 0) {
		SHOW(setresgid(0, 0, 0));
		SHOW(setresgid(-1, g + 1, -1));
		return 0;
	}
	SHOW_IDS(setresgid(1, 2, 3));
	SHOW_IDS(setresgid(-1, 4, -1));
	IN_CHILD("ordinary user") {
		MUST(setresgid(1, 2, 3));
		MUST(syscall(SYS_setresuid, 7, 7, 7));
		SHOW_IDS(setresgid(2, 3, 1));
		SHOW_IDS(setresgid(-1, 9, -1));
		SHOW_IDS(setresgid(1, 1, 9));
		SHOW_IDS(setresgid(1, 1, 1));
		SHOW_IDS(setresgid(2, -1, -1));
	}
	return 0;
}
