/* getresuid: all three ids; each address can be bad. */
#include "vkproc.h"

static long g(void *a, void *b, void *c) { return syscall(SYS_getresuid, a, b, c); }

int main(void)
{
	uid_t r = 1234567, e = 1234567, s = 1234567;
	SHOW(g(&r, &e, &s));
	CHECK(r == getuid() && e == geteuid() && s == geteuid());
	SHOW(g(BADP, &e, &s));
	SHOW(g(&r, BADP, &s));
	SHOW(g(&r, &e, BADP));
	SHOW(g(NULL, NULL, NULL));
	r = 99;
	SHOW(g(&r, BADP, BADP));
	CHECK(r == getuid());
	SHOW(g(t_edge(4), t_edge(4), t_edge(4)));
	SHOW(g(t_edge(3), &e, &s));
	if (geteuid() != 0)
		return 0;
	MUST(syscall(SYS_setresuid, 1, 0, 3));
	SHOW(g(&r, &e, &s));
	printf("%u %u %u\n", r, e, s);
	return 0;
}
