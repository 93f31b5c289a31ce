/* mlock2: as mlock, or without bringing in what is not there yet; flags and other errors in their order. */
#include "vkproc.h"

static long ml(void *p, size_t n, int flags) { return syscall(SYS_mlock2, p, n, flags); }
static long lck(void)
{
	char b[4096], *p;
	t_read_file("/proc/self/status", b, sizeof b);
	p = strstr(b, "\nVmLck:");
	return p ? strtol(p + 7, NULL, 10) : -1;
}

static int present(char *p, int n)
{
	unsigned char in[8] = {0};
	int sum = 0;
	MUST(mincore(p, n * T_PAGE, in));
	for (int i = 0; i < n; i++)
		sum += in[i] & 1;
	return sum;
}

int main(void)
{
	p_ordinary();
	struct rlimit rl = {65536, 65536};
	MUST(setrlimit(RLIMIT_MEMLOCK, &rl));
	char *p = mmap(NULL, 32 * T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	SHOW(ml(p, 4 * T_PAGE, MLOCK_ONFAULT));
	SHOW(lck());
	SHOW(present(p, 4));
	p[T_PAGE] = 1;
	SHOW(present(p, 4));
	SHOW(madvise(p, T_PAGE, MADV_DONTNEED));
	SHOW(ml(p, 4 * T_PAGE, 0));
	SHOW(lck());
	SHOW(present(p, 4));
	SHOW(ml(p + 4 * T_PAGE, 13 * T_PAGE, MLOCK_ONFAULT));
	SHOW(ml(p + 4 * T_PAGE, 12 * T_PAGE, MLOCK_ONFAULT));
	SHOW(lck());
	SHOW(munlock(p, 32 * T_PAGE));
	SHOW(lck());
	SHOW(ml(p, T_PAGE, 2));
	SHOW(ml(p, T_PAGE, 3));
	SHOW(ml(p, T_PAGE, -1));
	SHOW(ml(BADP, -1UL, 2));
	SHOW(ml(BADP, 1, MLOCK_ONFAULT));
	SHOW(ml(p, -1UL, MLOCK_ONFAULT));
	SHOW(ml(p, 0, MLOCK_ONFAULT));
	SHOW(lck());
	rl.rlim_cur = rl.rlim_max = 0;
	MUST(setrlimit(RLIMIT_MEMLOCK, &rl));
	SHOW(ml(p, T_PAGE, 0));
	SHOW(ml(p, T_PAGE, 2));
	return 0;
}
