/* SEEK_DATA and SEEK_HOLE over files with holes of whole blocks. */
#include "vktest.h"

#define K 1024L
static void walk(int fd)
{
	off_t end = lseek(fd, 0, SEEK_END), at = 0;
	printf("size %ld:", (long)end);
	while (at < end) {
		off_t d = lseek(fd, at, SEEK_DATA);
		if (d < 0) {
			printf(" hole %ld-%ld", (long)at, (long)end);
			break;
		}
		if (d > at)
			printf(" hole %ld-%ld", (long)at, (long)d);
		at = lseek(fd, d, SEEK_HOLE);
		printf(" data %ld-%ld", (long)d, (long)at);
	}
	putchar('\n');
}

int main(void)
{
	static char block[64 * K];
	memset(block, 'd', sizeof block);
	int fd = MUST(open("f", O_RDWR | O_CREAT, 0644));

	SECTION("empty and full files");
	SHOW(lseek(fd, 0, SEEK_DATA));
	SHOW(lseek(fd, 0, SEEK_HOLE));
	SHOW(write(fd, "12345", 5));
	SHOW(lseek(fd, 0, SEEK_DATA));
	SHOW(lseek(fd, 3, SEEK_DATA));
	SHOW(lseek(fd, 0, SEEK_HOLE));
	SHOW(lseek(fd, 4, SEEK_HOLE));
	SHOW(lseek(fd, 5, SEEK_DATA));
	SHOW(lseek(fd, 5, SEEK_HOLE));
	SHOW(lseek(fd, 100, SEEK_HOLE));
	SHOW(lseek(fd, -1, SEEK_DATA));
	SHOW(lseek(fd, -1, SEEK_HOLE));

	SECTION("a hole at the end, the start, between");
	MUST(ftruncate(fd, 0));
	MUST(ftruncate(fd, 256 * K));
	walk(fd);
	MUST(pwrite(fd, block, 64 * K, 64 * K));
	walk(fd);
	SHOW(lseek(fd, 100 * K, SEEK_DATA));
	SHOW(lseek(fd, 200 * K, SEEK_DATA));
	SHOW(lseek(fd, 200 * K, SEEK_HOLE));
	MUST(pwrite(fd, block, 64 * K, 192 * K));
	walk(fd);
	MUST(pwrite(fd, block, 64 * K, 0));
	walk(fd);
	MUST(ftruncate(fd, 96 * K));
	walk(fd);
	MUST(ftruncate(fd, 0));
	walk(fd);

	SECTION("what has none");
	int p[2];
	MUST(pipe(p));
	SHOW(lseek(p[0], 0, SEEK_DATA));
	SHOW(lseek(-1, 0, SEEK_HOLE));
	return 0;
}
