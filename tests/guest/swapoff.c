/* swapoff: not for an ordinary user, before the path is looked at. */
#include "vkproc.h"

static long sw(const char *path) { return syscall(SYS_swapoff, path); }

int main(void)
{
	p_ordinary();
	SHOW(sw("nothing"));
	SHOW(sw("/dev/null"));
	SHOW(sw(""));
	SHOW(sw(BADP));
	SHOW(sw(NULL));
	return 0;
}
