/* acct: not for an ordinary user, before anything is looked at. */
#include "vkproc.h"

static long ac(const char *name) { return syscall(SYS_acct, name); }

int main(void)
{
	p_ordinary();
	SHOW(ac(NULL));
	SHOW(ac("nothing"));
	SHOW(ac("/"));
	SHOW(ac(""));
	SHOW(ac(BADP));
	SHOW(access("nothing", F_OK));
	return 0;
}
