/* lseek: whence, bounds, what cannot seek, directories and devices. */
#include "vktest.h"

int main(void)
{
	int p[2];
	char c;
	t_write_file("file", "0123456789");
	int fd = MUST(open("file", O_RDWR));

	SECTION("SET, CUR, END");
	SHOW(lseek(fd, 4, SEEK_SET));
	SHOW(lseek(fd, 3, SEEK_CUR));
	SHOW(lseek(fd, -2, SEEK_CUR));
	SHOW(lseek(fd, -1, SEEK_END));
	SHOW(read(fd, &c, 1));
	printf("c = %c\n", c);
	SHOW(lseek(fd, 5, SEEK_END));
	SHOW(lseek(fd, 0, SEEK_CUR));
	t_stat("file");

	SECTION("bounds: the offset stays where it was");
	SHOW(lseek(fd, 7, SEEK_SET));
	SHOW(lseek(fd, -1, SEEK_SET));
	SHOW(lseek(fd, -8, SEEK_CUR));
	SHOW(lseek(fd, -11, SEEK_END));
	SHOW(lseek(fd, INT64_MAX, SEEK_CUR));
	SHOW(lseek(fd, INT64_MIN, SEEK_SET));
	SHOW(lseek(fd, 0, 5));
	SHOW(lseek(fd, 0, -1));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(lseek(fd, 1L << 40, SEEK_SET));

	SECTION("what has no offset");
	MUST(pipe(p));
	SHOW(lseek(p[0], 0, SEEK_SET));
	SHOW(lseek(p[0], 0, 99));
	SHOW(lseek(-1, 0, SEEK_SET));
	SHOW(lseek(999, 0, 99));

	SECTION("devices and directories");
	int null = MUST(open("/dev/null", O_RDWR)), zero = MUST(open("/dev/zero", O_RDONLY));
	SHOW(lseek(null, 10, SEEK_SET));
	SHOW(lseek(null, 10, SEEK_END));
	SHOW(lseek(zero, 10, SEEK_SET));
	SHOW(read(zero, &c, 1));
	SHOW(lseek(zero, 0, SEEK_CUR));
	int d = MUST(open(".", O_RDONLY));
	SHOW(lseek(d, 0, SEEK_CUR));
	SHOW(lseek(d, 0, SEEK_SET));
	SHOW(lseek(d, -1, SEEK_SET));

	SECTION("shared by dup and fork");
	int q = MUST(dup(fd));
	SHOW(lseek(q, 2, SEEK_SET));
	SHOW(lseek(fd, 0, SEEK_CUR));
	pid_t pid = t_fork();
	if (pid == 0) {
		lseek(fd, 6, SEEK_SET);
		_exit(0);
	}
	t_waitpid(pid);
	SHOW(lseek(fd, 0, SEEK_CUR));
	return 0;
}
