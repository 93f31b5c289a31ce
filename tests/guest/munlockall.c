/* munlockall: undoes mlock and mlockall, for what is there and what comes; always 0. */
#include "vkproc.h"

static long lck(void)
{
	char b[4096], *p;
	t_read_file("/proc/self/status", b, sizeof b);
	p = strstr(b, "\nVmLck:");
	return p ? strtol(p + 7, NULL, 10) : -1;
}

int main(void)
{
	char *p = mmap(NULL, 8 * T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	SHOW(munlockall());
	MUST(mlock(p, T_PAGE));
	MUST(mlock(p + 4 * T_PAGE, T_PAGE));
	SHOW(lck());
	SHOW(madvise(p, T_PAGE, MADV_DONTNEED));
	SHOW(munlockall());
	SHOW(lck());
	SHOW(madvise(p, T_PAGE, MADV_DONTNEED));
	SHOW(syscall(SYS_munlockall));
	p_ordinary();
	MUST(mlockall(MCL_FUTURE));
	mmap(NULL, 2 * T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	SHOW(lck());
	SHOW(munlockall());
	SHOW(lck());
	mmap(NULL, 2 * T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	SHOW(lck());
	return 0;
}
