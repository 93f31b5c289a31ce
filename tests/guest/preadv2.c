/* preadv2 and pwritev2: place or current offset, and RWF_ flags. */
#include "vktest.h"

int main(void)
{
	char a[16];
	int p[2];
	int fd = MUST(open("file", O_RDWR | O_CREAT, 0644));
	struct iovec w[] = {{"abc", 3}, {"defgh", 5}}, r[] = {{a, 4}};

	SECTION("offset -1 is the current offset");
	SHOW(pwritev2(fd, w, 2, -1, 0));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(pwritev2(fd, w, 1, 2, 0));
	t_cat("file");
	SHOW(lseek(fd, 1, SEEK_SET));
	SHOW(preadv2(fd, r, 1, -1, 0));
	t_quote("a", a, 4);
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(preadv2(fd, r, 1, 6, 0));
	SHOW(lseek(fd, 0, SEEK_CUR));

	SECTION("flags");
	SHOW(pwritev2(fd, w, 1, 0, RWF_APPEND));
	t_cat("file");
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(pwritev2(fd, w, 1, -1, RWF_APPEND));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(pwritev2(fd, w, 1, 0, RWF_DSYNC));
	SHOW(pwritev2(fd, w, 1, 0, RWF_SYNC));
	SHOW(preadv2(fd, r, 1, 0, RWF_HIPRI));
	SHOW(preadv2(fd, r, 1, 0, RWF_NOWAIT));
	SHOW(preadv2(fd, r, 1, 0, 0x40000000));
	SHOW(preadv2(fd, r, 1, -1, 0x40000000));
	SHOW(pwritev2(fd, w, 1, 0, 0x40000000));

	SECTION("RWF_NOWAIT on a pipe");
	MUST(pipe(p));
	SHOW(preadv2(p[0], r, 1, -1, RWF_NOWAIT));
	SHOW(pwritev2(p[1], w, 1, -1, RWF_NOWAIT));
	SHOW(preadv2(p[0], r, 1, -1, RWF_NOWAIT));
	SHOW(preadv2(p[0], r, 1, 0, 0));

	SECTION("errors");
	SHOW(preadv2(fd, r, 1, -2, 0));
	SHOW(pwritev2(fd, w, 1, -2, 0));
	SHOW(preadv2(-1, r, 1, 0, 0x40000000));
	SHOW(preadv2(-1, r, 1, -2, 0));
	SHOW(preadv2(fd, BADP, 1, 0, 0));
	SHOW(preadv2(fd, BADP, 1, 0, 0x40000000));
	SHOW(preadv2(fd, r, 0, 0, 0x40000000));
	return 0;
}
