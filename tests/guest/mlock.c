/* mlock: whole pages, counted once and not in a child, the limit, holes; errors in their order. */
#include "vkproc.h"

static long lck(void)
{
	char b[4096], *p;
	t_read_file("/proc/self/status", b, sizeof b);
	p = strstr(b, "\nVmLck:");
	return p ? strtol(p + 7, NULL, 10) : -1;
}

static void limit(long kb)
{
	struct rlimit rl = {kb * 1024, kb * 1024};
	MUST(setrlimit(RLIMIT_MEMLOCK, &rl));
}

int main(void)
{
	p_ordinary();
	limit(64);
	char *p = mmap(NULL, 64 * T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char in[4] = {0};
	SHOW(lck());
	SHOW(mlock(p, 4 * T_PAGE));
	SHOW(lck());
	/* It is there, then. */
	MUST(mincore(p, 4 * T_PAGE, in));
	printf("%d %d %d %d\n", in[0] & 1, in[1] & 1, in[2] & 1, in[3] & 1);
	SHOW(mlock(p + 100, 1));
	SHOW(mlock(p + 4 * T_PAGE - 1, 2));
	SHOW(lck());
	SHOW(mlock(p, 0));
	IN_CHILD("child")
		SHOW(lck());
	/* What is locked already does not count twice. */
	SHOW(mlock(p, 16 * T_PAGE));
	SHOW(lck());
	SHOW(mlock(p + T_PAGE, 16 * T_PAGE));
	SHOW(mlock(p + 20 * T_PAGE, 1));
	SHOW(madvise(p, T_PAGE, MADV_DONTNEED));
	SHOW(munmap(p + 8 * T_PAGE, 8 * T_PAGE));
	SHOW(lck());
	/* Up to the hole it is locked. */
	SHOW(mlock(p + 6 * T_PAGE, 6 * T_PAGE));
	SHOW(mlock(p + 8 * T_PAGE, T_PAGE));
	SHOW(lck());
	SHOW(mlock(BADP, 1));
	SHOW(mlock(p, -1UL));
	SHOW(mlock((void *)-T_PAGE, 2 * T_PAGE));
	SHOW(mlock(p, 1UL << 50));
	SHOW(munlock(p, 8 * T_PAGE));
	SHOW(lck());
	limit(0);
	SHOW(mlock(p, 1));
	SHOW(mlock(p, 0));
	SHOW(munlock(p, 1));
	return 0;
}
