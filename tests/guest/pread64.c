/* pread64: reads at a place, leaves the offset. */
#include "vktest.h"

int main(void)
{
	char b[32];
	int p[2];
	t_write_file("file", "0123456789");
	int fd = MUST(open("file", O_RDWR));
	SHOW(lseek(fd, 3, SEEK_SET));
	SHOW(pread(fd, b, 4, 0));
	t_quote("b", b, 4);
	SHOW(pread(fd, b, 4, 8));
	t_quote("b", b, 2);
	SHOW(pread(fd, b, 4, 10));
	SHOW(pread(fd, b, 4, 1000));
	SHOW(pread(fd, b, 4, 1L << 40));
	SHOW(pread(fd, b, 0, 0));
	SHOW(lseek(fd, 0, SEEK_CUR));

	SECTION("errors");
	SHOW(pread(fd, b, 4, -1));
	SHOW(pread(fd, b, 0, -1));
	SHOW(pread(fd, BADP, 4, 0));
	SHOW(pread(fd, BADP, 4, -1));
	SHOW(pread(fd, BADP, 4, 10));
	SHOW(pread(fd, b, 4, INT64_MAX));
	SHOW(pread(fd, b, 4, INT64_MAX - 2));
	SHOW(pread(-1, b, 4, 0));
	SHOW(pread(-1, b, 4, -1));
	SHOW(pread(MUST(open("file", O_WRONLY)), b, 4, 0));
	SHOW(pread(MUST(open(".", O_RDONLY)), b, 4, 0));
	MUST(pipe(p));
	SHOW(pread(p[0], b, 4, 0));
	SHOW(pread(p[1], b, 4, 0));
	SHOW(pread(p[0], b, 4, -1));

	SECTION("an old file of the system");
	SHOW(pread(MUST(open("/etc/passwd", O_RDONLY)), b, 4, 1));
	t_quote("b", b, 4);
	return 0;
}
