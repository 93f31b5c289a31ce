/* sched_getaffinity: the set, the raw call's count of bytes, small and odd sizes, others' sets, errors. */
#include "vkproc.h"

static long ga(pid_t p, unsigned n, void *s) { return syscall(SYS_sched_getaffinity, p, n, s); }

static void *thread(void *a)
{
	cpu_set_t s;
	SHOW(sched_getaffinity(0, sizeof s, &s));
	CHECK(CPU_EQUAL(&s, (cpu_set_t *)a));
	return a;
}

int main(void)
{
	cpu_set_t set, other;
	memset(&set, 0xff, sizeof set);
	SHOW(sched_getaffinity(0, sizeof set, &set));
	CHECK(CPU_COUNT(&set) >= 1 && CPU_COUNT(&set) <= sysconf(_SC_NPROCESSORS_CONF));
	CHECK(sched_getaffinity(getpid(), sizeof other, &other) == 0 && CPU_EQUAL(&set, &other));
	p_join(p_thread(thread, &set));
	IN_CHILD("child") {
		CHECK(sched_getaffinity(getppid(), sizeof other, &other) == 0 && CPU_EQUAL(&set, &other));
	}
	/* The raw call tells how many bytes it has written, and writes no more. */
	unsigned char b[256];
	memset(b, 0x5a, sizeof b);
	long n = ga(0, sizeof b, b);
	CHECK(n >= 8 && n <= 256 && n % 8 == 0);
	CHECK(n == 256 || b[n] == 0x5a);
	CHECK(memcmp(b, &set, n < 128 ? n : 128) == 0);
	SECTION("errors");
	SHOW(ga(0, 4, &set));
	SHOW(ga(0, 0, &set));
	SHOW(ga(0, 12, &set));
	SHOW(ga(0, 128, BADP));
	SHOW(ga(INT_MAX, 128, &set));
	SHOW(ga(-1, 128, &set));
	SHOW(ga(INT_MAX, 3, BADP));
	return 0;
}
