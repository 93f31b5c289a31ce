/* preadv and pwritev: vectors at a place. */
#include "vktest.h"

int main(void)
{
	char a[4], b[8];
	int p[2];
	int fd = MUST(open("file", O_RDWR | O_CREAT, 0644));
	struct iovec w[] = {{"abc", 3}, {"", 0}, {"defgh", 5}}, r[] = {{a, 2}, {b, 8}};

	SHOW(pwritev(fd, w, 3, 0));
	SHOW(pwritev(fd, w, 1, 10));
	t_cat("file");
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(preadv(fd, r, 2, 1));
	t_quote("a", a, 2);
	t_quote("b", b, 8);
	SHOW(preadv(fd, r, 2, 12));
	SHOW(preadv(fd, r, 2, 13));
	SHOW(lseek(fd, 0, SEEK_CUR));

	SECTION("errors");
	SHOW(preadv(fd, r, 2, -1));
	SHOW(pwritev(fd, w, 2, -1));
	SHOW(preadv(fd, BADP, 2, 0));
	SHOW(preadv(fd, BADP, 2, -1));
	SHOW(preadv(fd, r, 1025, 0));
	SHOW(preadv(fd, r, -1, 0));
	SHOW(preadv(fd, r, -1, -1));
	SHOW(preadv(-1, r, 2, -1));
	SHOW(preadv(-1, BADP, 2, 0));
	SHOW(preadv(MUST(open("file", O_WRONLY)), r, 2, 0));
	SHOW(pwritev(MUST(open("file", O_RDONLY)), w, 2, 0));
	MUST(pipe(p));
	SHOW(preadv(p[0], r, 2, 0));
	SHOW(pwritev(p[1], w, 2, 0));
	SHOW(preadv(fd, r, 0, 0));
	return 0;
}
