/* setfsuid: gives the old one and no error; files belong to it and are opened with it; the effective id takes it along. */
#include "vkproc.h"
#define setfsuid(a) syscall(SYS_setfsuid, a)

int main(void)
{
	long u = getuid();
	CHECK(setfsuid(-1) == u);
	CHECK(setfsuid(u) == u);
	if (geteuid() != 0) {
		CHECK(setfsuid(0) == u);
		CHECK(setfsuid(-1) == u);
		return 0;
	}
	MUST(chmod(".", 0777));
	SHOW_IDS(setfsuid(50));
	SHOW_IDS(setfsuid(-1));
	struct stat st;
	t_write_file("f", "x");
	stat("f", &st);
	SHOW(st.st_uid);
	SHOW_IDS(setfsuid(0));
	t_write_file("root", "x");
	chmod("root", 0600);
	setfsuid(50);
	SHOW(open("root", O_RDONLY));
	SHOW_IDS(syscall(SYS_setresuid, -1, 60, -1));
	SHOW_IDS(setfsuid(0));
	SHOW_IDS(setfsuid(77));
	return 0;
}
