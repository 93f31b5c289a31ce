/* setreuid: real and effective, and when the saved one follows. Raw calls. */
#include "vkproc.h"
#define setreuid(a, b) syscall(SYS_setreuid, a, b)

int main(void)
{
	uid_t u = getuid();
	SHOW(setreuid(u, u));
	SHOW(setreuid(-1, -1));
	SHOW(setreuid(-1, u));
	if (geteuid() != 0) {
		SHOW(setreuid(u, u + 1));
		SHOW(setreuid(u + 1, u));
		SHOW(setreuid(0, -1));
		return 0;
	}
	IN_CHILD("step by step") {
		SHOW_IDS(setreuid(10, -1));
		SHOW_IDS(setreuid(-1, 20));
		SHOW_IDS(setreuid(20, 10));
		SHOW_IDS(setreuid(10, 0));
		SHOW_IDS(setreuid(-1, 20));
		SHOW_IDS(setreuid(20, 20));
	}
	IN_CHILD("saved only") {
		MUST(syscall(SYS_setresuid, 10, 20, 30));
		SHOW_IDS(setreuid(30, -1));
		SHOW_IDS(setreuid(-1, 30));
		SHOW_IDS(setreuid(10, -1));
		SHOW_IDS(setreuid(-1, 20));
	}
	return 0;
}
