/* getuid: the real id, whatever the effective and saved ones; libc's and the raw call; as AT_UID says. */
#include "vkproc.h"

int main(void)
{
	CHECK((uid_t)syscall(SYS_getuid) == getuid());
	CHECK(getuid() == getauxval(AT_UID));
	uid_t r, e, s;
	MUST(syscall(SYS_getresuid, &r, &e, &s));
	CHECK(getuid() == r);
	if (geteuid() != 0)
		return 0;
	MUST(syscall(SYS_setresuid, 11, 0, 13));
	SHOW(getuid());
	IN_CHILD("child")
		SHOW(getuid());
	IN_CHILD("exec")
		execl("/usr/bin/id", "id", "-ru", NULL);
	return 0;
}
