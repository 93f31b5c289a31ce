/* setgid: with the privilege all three, else real or saved. Raw calls. */
#include "vkproc.h"
#define setgid(a) syscall(SYS_setgid, a)

int main(void)
{
	gid_t g = getgid();
	SHOW(setgid(g));
	SHOW(setgid(-1));
	if (geteuid() != 0) {
		SHOW(setgid(g + 1));
		SHOW(setgid(0));
		return 0;
	}
	IN_CHILD("of root") {
		SHOW_IDS(setgid(9));
		SHOW_IDS(setgid(10));
		SHOW_IDS(setgid(0));
	}
	IN_CHILD("of another") {
		MUST(syscall(SYS_setresgid, 1, 2, 3));
		MUST(syscall(SYS_setresuid, 7, 7, 7));
		SHOW_IDS(setgid(1));
		SHOW_IDS(setgid(3));
		SHOW_IDS(setgid(2));
		SHOW_IDS(setgid(0));
	}
	return 0;
}
