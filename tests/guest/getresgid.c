/* getresgid: all three groups; each address can be bad. */
#include "vkproc.h"

static long g(void *a, void *b, void *c) { return syscall(SYS_getresgid, a, b, c); }

int main(void)
{
	gid_t r = 1234567, e = 1234567, s = 1234567;
	SHOW(g(&r, &e, &s));
	CHECK(r == getgid() && e == getegid() && s == getegid());
	SHOW(g(BADP, &e, &s));
	SHOW(g(&r, BADP, &s));
	SHOW(g(&r, &e, BADP));
	SHOW(g(NULL, NULL, NULL));
	if (geteuid() != 0)
		return 0;
	MUST(syscall(SYS_setresgid, 1, 2, 3));
	SHOW(g(&r, &e, &s));
	printf("%u %u %u\n", r, e, s);
	return 0;
}
