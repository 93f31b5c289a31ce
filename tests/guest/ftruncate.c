/* ftruncate: the open file's length; offsets stay; mapped and unlinked files. */
#include "vktest.h"

int main(void)
{
	char b[16];
	struct stat st;
	int p[2];
	t_write_file("file", "0123456789");
	int fd = MUST(open("file", O_RDWR));
	SHOW(lseek(fd, 8, SEEK_SET));
	SHOW(ftruncate(fd, 4));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(read(fd, b, sizeof b));
	SHOW(write(fd, "W", 1));
	t_cat("file");

	SECTION("what was cut off comes back as zeros");
	SHOW(pwrite(fd, "abcdefghij", 10, 0));
	SHOW(ftruncate(fd, 3));
	SHOW(ftruncate(fd, 6));
	t_cat("file");
	char *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	MUST((long)m);
	t_quote("map", m, 8);
	m[4] = 'm';
	SHOW(ftruncate(fd, 5));
	t_cat("file");
	m[4] = 'n';
	m[5] = 'x'; /* past the end, in the last page */
	SHOW(ftruncate(fd, 8));
	t_cat("file");

	SECTION("an unlinked file");
	MUST(unlink("file"));
	SHOW(ftruncate(fd, 100));
	SHOW(fstat(fd, &st));
	SHOW(st.st_size);
	SHOW(st.st_nlink);

	SECTION("errors");
	MUST(pipe(p));
	t_write_file("file", "");
	SHOW(ftruncate(fd, -1));
	SHOW(ftruncate(-1, 0));
	SHOW(ftruncate(-1, -1));
	SHOW(ftruncate(999, 0));
	SHOW(ftruncate(MUST(open("file", O_RDONLY)), 0));
	SHOW(ftruncate(MUST(open("file", O_RDONLY)), -1));
	SHOW(ftruncate(MUST(open(".", O_RDONLY)), 0));
	SHOW(ftruncate(p[1], 0));
	SHOW(ftruncate(MUST(open("/dev/null", O_RDWR)), 0));
	SHOW(ftruncate(MUST(open("file", O_PATH)), 0));
	return 0;
}
