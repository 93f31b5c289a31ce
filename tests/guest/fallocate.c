/* fallocate: growing, keeping the size, punching holes, zeroing; and posix_fallocate. */
#include "vktest.h"

#define PUNCH (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

static void show(int fd)
{
	static char b[65536];
	struct stat st;
	MUST(fstat(fd, &st));
	ssize_t n = MUST(pread(fd, b, sizeof b, 0));
	printf("   size %ld:", (long)st.st_size);
	for (ssize_t i = 0, j; i < n; i = j) {
		for (j = i; j < n && b[j] == b[i]; j++)
			;
		printf(" %zd*%s", j - i, b[i] ? (char[]){b[i], 0} : "0");
	}
	putchar('\n');
}

int main(void)
{
	static char block[16384];
	int p[2];
	memset(block, 'd', sizeof block);
	int fd = MUST(open("f", O_RDWR | O_CREAT, 0644));

	SECTION("growing");
	SHOW(fallocate(fd, 0, 0, 100));
	show(fd);
	SHOW(pwrite(fd, block, 50, 0));
	SHOW(fallocate(fd, 0, 20, 10));
	show(fd);
	SHOW(fallocate(fd, 0, 150, 50));
	show(fd);
	SHOW(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 100000));
	show(fd);
	SHOW(posix_fallocate(fd, 0, 300));
	show(fd);

	SECTION("punching a hole");
	SHOW(ftruncate(fd, 0));
	SHOW(pwrite(fd, block, sizeof block, 0));
	SHOW(fallocate(fd, PUNCH, 4096, 4096));
	show(fd);
	SHOW(fallocate(fd, PUNCH, 10000, 100));
	show(fd);
	SHOW(fallocate(fd, PUNCH, 16000, 100000));
	show(fd);
	SHOW(fallocate(fd, PUNCH, 200000, 4096));
	show(fd);

	SECTION("zeroing");
	SHOW(ftruncate(fd, 0));
	SHOW(pwrite(fd, block, 8192, 0));
	SHOW(fallocate(fd, FALLOC_FL_ZERO_RANGE, 100, 200));
	show(fd);
	SHOW(fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 8000, 1000));
	show(fd);
	SHOW(fallocate(fd, FALLOC_FL_ZERO_RANGE, 8000, 1000));
	show(fd);

	SECTION("errors");
	MUST(pipe(p));
	SHOW(fallocate(fd, 0, -1, 10));
	SHOW(fallocate(fd, 0, 0, 0));
	SHOW(fallocate(fd, 0, 0, -1));
	SHOW(fallocate(fd, 0, INT64_MAX, 10));
	SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 10));
	SHOW(fallocate(fd, PUNCH | FALLOC_FL_ZERO_RANGE, 0, 10));
	SHOW(fallocate(fd, 0x1000, 0, 10));
	SHOW(fallocate(fd, 0x1000, -1, 10));
	SHOW(fallocate(-1, 0, 0, 10));
	SHOW(fallocate(-1, 0, -1, 10));
	SHOW(fallocate(MUST(open("f", O_RDONLY)), 0, 0, 10));
	SHOW(fallocate(MUST(open(".", O_RDONLY)), 0, 0, 10));
	SHOW(fallocate(p[1], 0, 0, 10));
	SHOW(fallocate(MUST(open("/dev/null", O_RDWR)), 0, 0, 10));
	SHOW(fallocate(MUST(open("f", O_RDWR | O_APPEND)), PUNCH, 0, 10));
	return 0;
}
