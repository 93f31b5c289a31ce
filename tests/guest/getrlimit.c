/* getrlimit: every resource, the same as prlimit64 says, what a child has; errors in their order. */
#include "vkproc.h"

static long g(unsigned res, void *rl) { return syscall(SYS_getrlimit, res, rl); }

int main(void)
{
	struct rlimit a, b;
	for (unsigned i = 0; i < 18; i++) {
		memset(&a, 0x55, sizeof a);
		long r = SHOW_AS(g(i, &a), "getrlimit(%u)", i);
		if (r == 0) {
			MUST(syscall(SYS_prlimit64, 0, i, NULL, &b));
			CHECK(a.rlim_cur == b.rlim_cur && a.rlim_max == b.rlim_max && a.rlim_cur <= a.rlim_max);
		} else
			CHECK(a.rlim_cur == 0x5555555555555555);
	}
	IN_CHILD("child") {
		a = (struct rlimit){33, 44};
		MUST(setrlimit(RLIMIT_NOFILE, &a));
		IN_CHILD("its child") {
			MUST(g(RLIMIT_NOFILE, &a));
			printf("%lu %lu\n", a.rlim_cur, a.rlim_max);
		}
	}
	SHOW(g(-1, &a));
	SHOW(g(RLIMIT_CORE, NULL));
	SHOW(g(RLIMIT_CORE, BADP));
	SHOW(g(16, BADP));
	SHOW(g(RLIMIT_CORE, t_readonly(NULL, 16)));
	SHOW(g(RLIMIT_CORE, (char *)t_edge(16) + 1));
	SHOW(g(RLIMIT_CORE, t_edge(16)));
	/* The upper half of the register does not count. */
	SHOW(syscall(SYS_getrlimit, 0x100000000 + RLIMIT_CORE, &a));
	return 0;
}
