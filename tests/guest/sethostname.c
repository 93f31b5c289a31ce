/* sethostname: not for an ordinary user, before length and name are looked at; the name stays. */
#include "vkproc.h"
#include <sys/utsname.h>

static long sn(const void *name, int len) { return syscall(SYS_sethostname, name, len); }

int main(void)
{
	struct utsname a, b;
	char get[65] = "";
	p_ordinary();
	MUST(uname(&a));
	SHOW(sn("other", 5));
	SHOW(sn("", 0));
	SHOW(sn(a.nodename, strlen(a.nodename)));
	SHOW(sn("other", -1));
	SHOW(sn(a.version, 65));
	SHOW(sn(BADP, 5));
	SHOW(sn(BADP, -1));
	SHOW(sethostname("other", 5));
	MUST(uname(&b));
	CHECK(strcmp(a.nodename, b.nodename) == 0);
	MUST(gethostname(get, sizeof get));
	CHECK(strcmp(a.nodename, get) == 0);
	return 0;
}
