/* setregid: real and effective group, and when the saved one follows. Raw calls. */
#include "vkproc.h"
#define setregid(a, b) syscall(SYS_setregid, a, b)

int main(void)
{
	gid_t g = getgid();
	SHOW(setregid(g, g));
	SHOW(setregid(-1, -1));
	if (geteuid() != 0) {
		SHOW(setregid(g, g + 1));
		SHOW(setregid(g + 1, -1));
		return 0;
	}
	SHOW_IDS(setregid(5, 6));
	SHOW_IDS(setregid(-1, 7));
	SHOW_IDS(setregid(8, -1));
	IN_CHILD("ordinary user") {
		MUST(syscall(SYS_setresgid, 1, 2, 3));
		MUST(syscall(SYS_setresuid, 7, 7, 7));
		SHOW_IDS(setregid(3, 1));
		SHOW_IDS(setregid(2, 1));
		SHOW_IDS(setregid(1, 9));
		SHOW_IDS(setregid(-1, 3));
	}
	return 0;
}
