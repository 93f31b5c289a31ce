/* swapon: not for an ordinary user; flags before that, the path after it. */
#include "vkproc.h"

static long sw(const char *path, int flags) { return syscall(SYS_swapon, path, flags); }

int main(void)
{
	p_ordinary();
	SHOW(sw("nothing", 0));
	SHOW(sw("/dev/null", 0));
	SHOW(sw("", 0x8000 | 5));
	SHOW(sw("nothing", 0x7ffff));
	SHOW(sw("nothing", 0x80000));
	SHOW(sw("nothing", -1));
	SHOW(sw(BADP, 0));
	SHOW(sw(NULL, 0));
	SHOW(sw(BADP, 0x80000));
	return 0;
}
