/* vhangup: not for an ordinary user, with a terminal or without. */
#include "vkproc.h"

int main(void)
{
	p_ordinary();
	SHOW(syscall(SYS_vhangup));
	IN_CHILD("session without a terminal") {
		MUST(setsid());
		SHOW(vhangup());
	}
	/* Nor for a user who owns the terminal. */
	IN_CHILD("own terminal") {
		MUST(setsid());
		int m = MUST(posix_openpt(O_RDWR));
		MUST(grantpt(m));
		MUST(unlockpt(m));
		int s = MUST(open(ptsname(m), O_RDWR));
		SHOW(ioctl(s, TIOCSCTTY, 0));
		SHOW(vhangup());
		MUST(write(s, "x", 1));
		char c;
		SHOW(read(m, &c, 1));
	}
	return 0;
}
