/* syslog: not for an ordinary user, whatever the arguments; what is for all may be kept from them too. */
#include "vkproc.h"

static long s(int type, void *buf, int len) { return syscall(SYS_syslog, type, buf, len); }

int main(void)
{
	char buf[16];
	p_ordinary();
	for (int type = -1; type < 13; type++)
		if (type != 3 && type != 10)
			SHOW_AS(s(type, buf, sizeof buf), "syslog(%d)", type);
	SHOW(s(2, NULL, 10));
	SHOW(s(2, buf, -1));
	SHOW(s(2, BADP, 10));
	SHOW(s(8, NULL, 99));
	/* READ_ALL and SIZE_BUFFER depend on kernel.dmesg_restrict. */
	long r = s(3, NULL, -1);
	CHECK(r == -1 && (errno == EPERM || errno == EINVAL));
	r = s(10, NULL, 0);
	CHECK(r >= 0 || errno == EPERM);
	return 0;
}
