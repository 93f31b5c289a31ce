/* Files beyond 2 and 4 GiB: sparse, offsets, sizes, RLIMIT, O_LARGEFILE is always on. */
#include "vktest.h"

int main(void)
{
	struct stat st;
	char b[8];
	int fd = MUST(open("big", O_RDWR | O_CREAT, 0600));
	static const off_t at[] = {(1L << 31) - 1, 1L << 31, (1L << 32) - 1, 1L << 32, 5L << 32, 1L << 40};
	for (size_t i = 0; i < T_COUNT(at); i++) {
		SHOW_AS(pwrite(fd, "mark", 4, at[i]), "pwrite at %ld", (long)at[i]);
		MUST(fstat(fd, &st));
		SHOW(st.st_size);
	}
	/* each mark, but the second of a pair overlaps the first */
	for (size_t i = 0; i < T_COUNT(at); i++) {
		memset(b, 0, sizeof b);
		SHOW_AS(pread(fd, b, 4, at[i]), "pread at %ld", (long)at[i]);
		t_quote("b", b, 4);
	}
	SHOW(lseek(fd, 0, SEEK_END));
	SHOW(write(fd, "end", 3));
	SHOW(lseek(fd, -3, SEEK_END));
	SHOW(read(fd, b, 8));
	SHOW(pread(fd, b, 4, 3L << 32));
	t_quote("hole", b, 4);
	CHECK(st.st_blocks < 10000);
	char *m = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 1L << 40);
	MUST((long)m);
	t_quote("mapped", m, 4);
	SHOW(ftruncate(fd, 3L << 30));
	MUST(fstat(fd, &st));
	SHOW(st.st_size);
	SHOW(truncate("big", 0));
	SHOW(lseek(fd, 1L << 33, SEEK_SET));
	SHOW(read(fd, b, 1));
	return 0;
}
