/* personality: asking, setting, all 32 bits kept, over fork and exec, the names it changes. */
#include "vkproc.h"
#include <sys/personality.h>
#include <sys/utsname.h>

static void show(const char *what)
{
	printf("%s: 0x%lx\n", what, syscall(SYS_personality, 0xffffffff));
}

int main(int argc, char **argv)
{
	struct utsname u;
	(void)argv;
	if (argc > 1) {
		show("after exec");
		return 0;
	}
	IN_CHILD("child") {
		syscall(SYS_personality, 0);
		show("at first");
		SHOW_X(syscall(SYS_personality, ADDR_NO_RANDOMIZE));
		show("set");
		SHOW_X(syscall(SYS_personality, 0x1ffffffffUL));
		IN_CHILD("its child")
			show("inherited");
		IN_CHILD("exec")
			execl(p_self(), "x", "y", NULL);
		SHOW_X(syscall(SYS_personality, PER_LINUX | STICKY_TIMEOUTS | SHORT_INODE));
		show("flags");
		SHOW_X(personality(UNAME26));
		MUST(uname(&u));
		printf("%.4s\n", u.release);
		SHOW_X(personality(PER_LINUX32));
		MUST(uname(&u));
		SHOW_STR(u.machine);
		SHOW_X(personality(PER_LINUX));
		MUST(uname(&u));
		SHOW_STR(u.machine);
		CHECK(strncmp(u.release, "2.6.", 4) != 0);
		show("at last");
	}
	return 0;
}
