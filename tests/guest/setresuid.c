/* setresuid: any of the three to any of the three, or -1; the fs id follows the effective; of one thread only. Raw calls. */
#include "vkproc.h"
#define setresuid(a, b, c) syscall(SYS_setresuid, a, b, c)

static void *drops(void *arg)
{
	setresuid(10, 10, 10);
	CHECK(syscall(SYS_geteuid) == 10);
	SHOW_IDS(setresuid(0, 0, 0));
	return arg;
}

int main(void)
{
	uid_t u = getuid();
	SHOW(setresuid(u, u, u));
	SHOW(setresuid(-1, u, -1));
	SHOW(setresuid(-1, -1, -1));
	if (geteuid() != 0) {
		SHOW(setresuid(u, u, u + 1));
		SHOW(setresuid(u + 1, -1, 0));
		return 0;
	}
	IN_CHILD("seteuid to and fro") {
		SHOW_IDS(setresuid(-1, 10, -1));
		SHOW_IDS(setresuid(-1, 0, -1));
		SHOW_IDS(setresuid(1, 2, 3));
		SHOW_IDS(setresuid(2, 3, 1));
		SHOW_IDS(setresuid(-1, 4, -1));
		SHOW_IDS(setresuid(3, 1, 4));
		SHOW_IDS(setresuid(1, 1, 1));
		SHOW_IDS(setresuid(2, -1, -1));
	}
	IN_CHILD("threads have ids of their own: the raw call changes one's") {
		p_join(p_thread(drops, NULL));
		CHECK(syscall(SYS_geteuid) == 0);
	}
	/* libc's changes all threads'. */
	IN_CHILD("libc") {
		SHOW(seteuid(44));
		SHOW(geteuid());
		SHOW(seteuid(0));
		SHOW_IDS(setresuid(1, 2, 3));
	}
	return 0;
}
