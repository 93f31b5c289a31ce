/* setfsgid: gives the old one and no error; new files belong to it. */
#include "vkproc.h"
#define setfsgid(a) syscall(SYS_setfsgid, a)

int main(void)
{
	long g = getgid();
	CHECK(setfsgid(-1) == g);
	CHECK(setfsgid(g) == g);
	if (geteuid() != 0) {
		CHECK(setfsgid(0) == g);
		CHECK(setfsgid(-1) == g);
		return 0;
	}
	SHOW_IDS(setfsgid(51));
	SHOW_IDS(setfsgid(-1));
	struct stat st;
	t_write_file("f", "x");
	stat("f", &st);
	SHOW(st.st_gid);
	SHOW_IDS(syscall(SYS_setresgid, -1, 60, -1));
	return 0;
}
