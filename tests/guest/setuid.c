/* setuid: root gives all ids away for good, others choose between real and saved. Raw calls. */
#include "vkproc.h"
#define setuid(a) syscall(SYS_setuid, a)

int main(void)
{
	uid_t u = getuid();
	SHOW(setuid(u));
	SHOW(setuid(-1));
	if (geteuid() != 0) {
		SHOW(setuid(u + 1));
		SHOW(setuid(0));
		return 0;
	}
	IN_CHILD("of root") {
		SHOW_IDS(setuid(10));
		SHOW_IDS(setuid(0));
		SHOW_IDS(setuid(10));
		SHOW_IDS(setuid(11));
	}
	IN_CHILD("of a set-uid program") {
		MUST(syscall(SYS_setresuid, 10, 20, 20));
		SHOW_IDS(setuid(10));
		SHOW_IDS(setuid(20));
		SHOW_IDS(setuid(0));
		SHOW_IDS(setuid(30));
	}
	IN_CHILD("to a set-uid root program's user and back") {
		MUST(syscall(SYS_setresuid, 10, 0, 0));
		MUST(syscall(SYS_setresuid, -1, 10, -1));
		SHOW_IDS(setuid(0));
		SHOW_IDS(setuid(10));
		SHOW_IDS(setuid(0));
	}
	return 0;
}
