/* read: files, ends, offsets, pointers, and what cannot be read. */
#include "vktest.h"

int main(void)
{
	char b[64];
	t_write_file("file", "0123456789");
	MUST(mkdir("dir", 0755));
	int fd = MUST(open("file", O_RDONLY));

	SECTION("the offset moves by what was read");
	SHOW(read(fd, b, 4));
	t_quote("b", b, 4);
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(read(fd, b, 0));
	SHOW(read(fd, b, sizeof b));
	t_quote("b", b, 6);
	SHOW(read(fd, b, sizeof b));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(lseek(fd, 100, SEEK_SET));
	SHOW(read(fd, b, sizeof b));
	SHOW(lseek(fd, 0, SEEK_CUR));

	SECTION("two descriptors, one offset; two opens, two offsets");
	int d = MUST(dup(fd)), o = MUST(open("file", O_RDONLY));
	SHOW(lseek(fd, 2, SEEK_SET));
	SHOW(read(d, b, 1));
	t_quote("b", b, 1);
	SHOW(read(o, b, 1));
	t_quote("b", b, 1);
	SHOW(lseek(fd, 0, SEEK_CUR));

	SECTION("a file that grows under the reader");
	int w = MUST(open("file", O_WRONLY | O_APPEND));
	SHOW(lseek(fd, 0, SEEK_END));
	SHOW(read(fd, b, sizeof b));
	SHOW(write(w, "more", 4));
	SHOW(read(fd, b, sizeof b));
	t_quote("b", b, 4);

	SECTION("nothing is written beyond what was read");
	memset(b, '.', sizeof b);
	SHOW(lseek(fd, 10, SEEK_SET));
	SHOW(read(fd, b, 32));
	t_quote("b", b, 8);
	char *edge = t_edge(10);
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(read(fd, edge, 10));
	t_quote("edge", edge, 10);

	SECTION("errors");
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(read(fd, BADP, 4));
	SHOW(read(fd, NULLP, 4));
	SHOW(read(fd, t_readonly(NULL, 8), 4));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(read(fd, BADP, 0));
	SHOW(lseek(fd, 0, SEEK_END));
	SHOW(read(fd, BADP, 4));
	SHOW(syscall(SYS_read, fd, b, -1L));
	SHOW(syscall(SYS_read, fd, (void *)(1UL << 63), 4L));
	SHOW(syscall(SYS_read, fd, (void *)0x7ffffffff000UL, 4L));
	SHOW(read(-1, b, 4));
	SHOW(read(999, b, 4));
	SHOW(read(-1, BADP, 4));
	SHOW(read(w, b, 4));
	SHOW(read(w, BADP, 4));
	SHOW(read(MUST(open("dir", O_RDONLY)), b, 4));
	SHOW(read(MUST(open("dir", O_RDONLY)), BADP, 4));

	SECTION("an old file of the system");
	fd = MUST(open("/etc/passwd", O_RDONLY));
	SHOW(read(fd, b, 5));
	t_quote("b", b, 5);
	return 0;
}
