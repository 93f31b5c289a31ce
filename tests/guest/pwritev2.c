/* pwritev2: RWF_APPEND and RWF_NOAPPEND-less writing, the offset -1, flags on descriptors that cannot. */
#include "vktest.h"

int main(void)
{
	int p[2];
	int f = MUST(open("f", O_RDWR | O_CREAT, 0600));
	struct iovec v[] = {{"one", 3}, {"two", 3}}, bad[] = {{BADP, 3}};
	SHOW(pwritev2(f, v, 2, 2, 0));
	t_cat("f");
	SHOW(pwritev2(f, v, 1, -1, 0));
	SHOW(lseek(f, 0, SEEK_CUR));
	t_cat("f");
	SHOW(pwritev2(f, v + 1, 1, 0, RWF_APPEND));
	t_cat("f");
	SHOW(lseek(f, 0, SEEK_CUR));
	SHOW(pwritev2(f, v, 1, -1, RWF_APPEND | RWF_DSYNC));
	SHOW(lseek(f, 0, SEEK_CUR));
	SHOW(pwritev2(f, v, 0, 0, 0));

	SECTION("a pipe");
	MUST(pipe2(p, O_NONBLOCK));
	SHOW(pwritev2(p[1], v, 2, -1, 0));
	SHOW(pwritev2(p[1], v, 2, 0, 0));
	SHOW(pwritev2(p[1], v, 2, -1, RWF_NOWAIT));

	SECTION("errors");
	SHOW(pwritev2(f, v, 1, 0, 0x40000000));
	SHOW(pwritev2(f, v, 1, -2, 0));
	SHOW(pwritev2(f, v, 1, INT64_MIN, 0));
	SHOW(pwritev2(f, bad, 1, 0, 0));
	SHOW(pwritev2(f, BADP, 1, 0, 0));
	SHOW(pwritev2(f, v, 1025, 0, 0));
	SHOW(pwritev2(-1, BADP, 1, 0, 0x40000000));
	SHOW(pwritev2(MUST(open("f", O_RDONLY)), v, 1, 0, 0));
	t_cat("f");
	return 0;
}
