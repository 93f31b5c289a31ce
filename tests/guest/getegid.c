/* getegid: the effective group; new files belong to it. */
#include "vkproc.h"

int main(void)
{
	CHECK((gid_t)syscall(SYS_getegid) == getegid());
	CHECK(getegid() == getauxval(AT_EGID));
	struct stat st;
	t_write_file("f", "");
	stat("f", &st);
	CHECK(st.st_gid == getegid());
	if (geteuid() != 0)
		return 0;
	MUST(syscall(SYS_setresgid, 21, 22, 23));
	SHOW(getegid());
	t_write_file("g", "");
	stat("g", &st);
	SHOW(st.st_gid);
	IN_CHILD("exec")
		execl("/usr/bin/id", "id", "-g", NULL);
	return 0;
}
