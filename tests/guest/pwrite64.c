/* pwrite64: writes at a place, leaves the offset; with O_APPEND Linux appends whatever the place. */
#include "vktest.h"

int main(void)
{
	int p[2];
	int fd = MUST(open("file", O_RDWR | O_CREAT, 0644));
	SHOW(pwrite(fd, "abcdef", 6, 0));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(pwrite(fd, "XY", 2, 2));
	t_cat("file");
	SHOW(pwrite(fd, "Z", 1, 9));
	t_cat("file");
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(pwrite(fd, "", 0, 100));
	t_stat("file");

	SECTION("O_APPEND");
	int a = MUST(open("file", O_WRONLY | O_APPEND));
	SHOW(pwrite(a, "++", 2, 0));
	t_cat("file");
	SHOW(lseek(a, 0, SEEK_CUR));

	SECTION("errors");
	SHOW(pwrite(fd, "x", 1, -1));
	SHOW(pwrite(fd, BADP, 1, 0));
	SHOW(pwrite(fd, BADP, 1, -1));
	SHOW(pwrite(fd, "x", 1, INT64_MAX));
	SHOW(pwrite(-1, "x", 1, 0));
	SHOW(pwrite(-1, "x", 1, -1));
	SHOW(pwrite(MUST(open("file", O_RDONLY)), "x", 1, 0));
	MUST(pipe(p));
	SHOW(pwrite(p[1], "x", 1, 0));
	SHOW(pwrite(p[0], "x", 1, 0));
	t_stat("file");
	return 0;
}
