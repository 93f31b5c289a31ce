/* munlock: part of what is locked, what is not locked, holes; no limit; errors. */
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
	char *p = mmap(NULL, 16 * T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	SHOW(munlock(p, 16 * T_PAGE));
	MUST(mlock(p, 12 * T_PAGE));
	SHOW(lck());
	SHOW(munlock(p + 4 * T_PAGE, 1));
	SHOW(lck());
	SHOW(munlock(p + 5 * T_PAGE - 1, 2));
	SHOW(lck());
	SHOW(munlock(p, 0));
	SHOW(lck());
	SHOW(munlock(p + 10 * T_PAGE, 6 * T_PAGE));
	SHOW(lck());
	SHOW(madvise(p + 4 * T_PAGE, T_PAGE, MADV_DONTNEED));
	SHOW(madvise(p, T_PAGE, MADV_DONTNEED));
	MUST(munmap(p + 2 * T_PAGE, T_PAGE));
	SHOW(lck());
	SHOW(munlock(p, 10 * T_PAGE));
	SHOW(lck());
	SHOW(munlock(p + 2 * T_PAGE, T_PAGE));
	SHOW(munlock(p + 3 * T_PAGE, 13 * T_PAGE));
	SHOW(lck());
	SHOW(munlock(BADP, 1));
	SHOW(munlock(p, -1UL));
	SHOW(munlock((void *)-T_PAGE, 2 * T_PAGE));
	return 0;
}
