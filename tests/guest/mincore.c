/* mincore and the mlock family: residency of touched and untouched pages, locking, limits, errors. */
#include "vkproc.h"

#ifndef MLOCK_ONFAULT
#define MLOCK_ONFAULT 1
#endif
#define RW (PROT_READ | PROT_WRITE)

static void core(const char *what, char *p, int n)
{
	unsigned char v[32];
	memset(v, 0xee, sizeof v);
	long r = mincore(p, n * T_PAGE, v);
	printf("%s: %ld ", what, r);
	for (int i = 0; i < n; i++)
		printf("%d", v[i] & 1);
	printf("%s\n", v[n] == 0xee ? "" : " too much written");
}

int main(void)
{
	char *p = mmap(NULL, 8 * T_PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(p, 8 * T_PAGE, MADV_NOHUGEPAGE);
	core("untouched", p, 8);
	p[T_PAGE] = 1, p[5 * T_PAGE] = 1;
	core("two touched", p, 8);
	SHOW(madvise(p + T_PAGE, T_PAGE, MADV_DONTNEED));
	core("one given up", p, 8);
	SHOW(mlock(p + 2 * T_PAGE, 2 * T_PAGE));
	core("two locked", p, 8);
	SHOW(munlock(p + 2 * T_PAGE, 2 * T_PAGE));
	core("unlocked", p, 8);
	SHOW(mlock(p + 6 * T_PAGE + 100, 10));
	core("a few bytes locked", p, 8);
	SHOW(syscall(SYS_mlock2, p, T_PAGE, MLOCK_ONFAULT));
	core("locked on fault", p, 8);
	p[0] = 1;
	core("faulted", p, 8);
	SHOW(madvise(p + 6 * T_PAGE, T_PAGE, MADV_DONTNEED));
	SHOW(munlock(p, 8 * T_PAGE));
	char *q = mmap(NULL, 2 * T_PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	core("MAP_POPULATE", q, 2);
	q = mmap(NULL, 2 * T_PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
	core("MAP_LOCKED", q, 2);
	munmap(q, 2 * T_PAGE);

	SECTION("mlockall");
	SHOW(mlockall(MCL_FUTURE));
	q = mmap(NULL, 2 * T_PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	core("MCL_FUTURE", q, 2);
	SHOW(munlockall());
	q = mmap(NULL, 2 * T_PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	core("munlockall", q, 2);

	SECTION("errors");
	SHOW(mlock(p, 0));
	SHOW(mlockall(0));
	SHOW(mlockall(8));
	SHOW(mlockall(MCL_ONFAULT));
	SHOW(syscall(SYS_mlock2, p, T_PAGE, 2));
	SHOW(syscall(SYS_mlock2, p, 0, 0));
	SHOW(syscall(SYS_mlock, p, -1UL));
	SHOW(munlock((void *)0x10000, T_PAGE));
	munmap(p + 3 * T_PAGE, T_PAGE);
	SHOW(mlock(p, 8 * T_PAGE));
	SHOW(munlock(p, 8 * T_PAGE));
	IN_CHILD("RLIMIT_MEMLOCK") {
		struct rlimit rl = {4 * T_PAGE, 4 * T_PAGE};
		MUST(setrlimit(RLIMIT_MEMLOCK, &rl));
		if (geteuid() == 0)
			MUST(syscall(SYS_setresuid, 65534L, 65534L, 65534L));
		munlockall();
		char *r = mmap(NULL, 16 * T_PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		SHOW(mlock(r, 3 * T_PAGE));
		SHOW(mlock(r, 8 * T_PAGE));
		SHOW(mlock(r, 4 * T_PAGE));
		SHOW(mlock(r + 4 * T_PAGE, 1));
		SHOW(mlockall(MCL_CURRENT));
		SHOW((long)mmap(NULL, 8 * T_PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0));
		munlock(r, 16 * T_PAGE);
		rl.rlim_cur = rl.rlim_max = 0;
		MUST(setrlimit(RLIMIT_MEMLOCK, &rl));
		SHOW(mlock(r, 1));
		SHOW(mlockall(MCL_FUTURE));
	}
	return 0;
}
