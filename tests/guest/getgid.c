/* getgid: the real group, by the raw call and libc's, in children and programs. */
#include "vkproc.h"

int main(void)
{
	CHECK((gid_t)syscall(SYS_getgid) == getgid());
	CHECK(getgid() == getauxval(AT_GID));
	if (geteuid() != 0)
		return 0;
	MUST(syscall(SYS_setresgid, 21, 22, 23));
	SHOW(getgid());
	IN_CHILD("child")
		SHOW(getgid());
	IN_CHILD("exec")
		execl("/usr/bin/id", "id", "-rg", NULL);
	return 0;
}
