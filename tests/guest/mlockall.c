/* mlockall: what there is, what comes, the limit, not over fork or exec; flags and errors in their order. */
#include "vkproc.h"

#ifndef MCL_ONFAULT
#define MCL_ONFAULT 4
#endif

static long lck(void)
{
	char b[4096], *p;
	t_read_file("/proc/self/status", b, sizeof b);
	p = strstr(b, "\nVmLck:");
	return p ? strtol(p + 7, NULL, 10) : -1;
}

static void limit(long kb)
{
	struct rlimit rl;
	MUST(getrlimit(RLIMIT_MEMLOCK, &rl));
	rl.rlim_cur = kb * 1024;
	if (rl.rlim_cur > rl.rlim_max) {
		puts("the limit of locked memory is too low");
		t_exit(77);
	}
	MUST(setrlimit(RLIMIT_MEMLOCK, &rl));
}

static char *map(int pages)
{
	return mmap(NULL, pages * T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		SHOW(lck());
		return 0;
	}
	p_ordinary();
	SHOW(mlockall(0));
	SHOW(mlockall(MCL_ONFAULT));
	SHOW(mlockall(8));
	SHOW(mlockall(-1));
	limit(7000);
	SHOW(mlockall(MCL_CURRENT | MCL_FUTURE));
	CHECK(lck() > 100);
	long before = lck();
	char *p = map(8);
	SHOW(lck() - before);
	unsigned char in[8] = {0};
	MUST(mincore(p, 8 * T_PAGE, in));
	printf("%d %d\n", in[0] & 1, in[7] & 1);
	IN_CHILD("child") {
		SHOW(lck());
		map(8);
		SHOW(lck());
	}
	IN_CHILD("exec")
		execl(p_self(), "x", "y", NULL);
	/* Past the limit there is no more memory. */
	limit(lck() + 64);
	CHECK(map(16) != MAP_FAILED);
	SHOW(map(1) == MAP_FAILED ? errno == EAGAIN : 2);
	munmap(p, 8 * T_PAGE);
	CHECK(map(8) != MAP_FAILED);
	limit(8000);
	/* The new flags replace the old: nothing for the future now. */
	SHOW(mlockall(MCL_CURRENT));
	before = lck();
	CHECK(map(8) != MAP_FAILED);
	SHOW(lck() - before);
	SHOW(munlockall());
	SHOW(lck());
	limit(64);
	SHOW(mlockall(MCL_CURRENT));
	SHOW(mlockall(MCL_FUTURE | MCL_ONFAULT));
	SHOW(lck());
	p = map(4);
	SHOW(lck());
	memset(in, 0, sizeof in);
	MUST(mincore(p, 4 * T_PAGE, in));
	printf("%d %d\n", in[0] & 1, in[3] & 1);
	SHOW(munlockall());
	limit(0);
	SHOW(mlockall(MCL_FUTURE));
	SHOW(mlockall(8));
	return 0;
}
