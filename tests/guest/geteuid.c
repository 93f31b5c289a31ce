/* geteuid: the effective id, by the raw call and libc's, in children and programs. */
#include "vkproc.h"

int main(void)
{
	CHECK((uid_t)syscall(SYS_geteuid) == geteuid());
	CHECK(geteuid() == getauxval(AT_EUID));
	if (geteuid() != 0)
		return 0;
	MUST(syscall(SYS_setresuid, 11, 12, 0));
	SHOW(geteuid());
	IN_CHILD("child")
		SHOW(geteuid());
	IN_CHILD("exec")
		execl("/usr/bin/id", "id", "-u", NULL);
	MUST(syscall(SYS_setresuid, -1, 0, -1));
	SHOW(geteuid());
	return 0;
}
