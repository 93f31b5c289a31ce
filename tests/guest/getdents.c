/* getdents, the old form: the type is the last byte of the record. */
#include "vktest.h"

struct old {
	unsigned long ino, off;
	unsigned short reclen;
	char name[];
};

int main(void)
{
	char buf[4096] __attribute__((aligned(8))), lines[20][80];
	int n = 0;
	MUST(mkdir("d", 0755));
	MUST(mkdir("d/sub", 0755));
	t_write_file("d/file", "x");
	MUST(symlink("file", "d/a_rather_long_name_of_a_link"));
	MUST(mkfifo("d/f", 0600));
	int fd = MUST(open("d", O_RDONLY));
	long r = MUST(syscall(SYS_getdents, fd, buf, sizeof buf));
	for (long at = 0; at < r;) {
		struct old *e = (void *)(buf + at);
		snprintf(lines[n++], 80, "%s %s reclen%%8=%d", e->name, t_dtype(((char *)e)[e->reclen - 1]), e->reclen % 8);
		at += e->reclen;
	}
	qsort(lines, n, 80, (int (*)(const void *, const void *))strcmp);
	for (int i = 0; i < n; i++)
		puts(lines[i]);
	SHOW(syscall(SYS_getdents, fd, buf, sizeof buf));
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(syscall(SYS_getdents, fd, buf, 8));
	SHOW(syscall(SYS_getdents, fd, BADP, 100));
	SHOW(syscall(SYS_getdents, -1, buf, sizeof buf));
	SHOW(syscall(SYS_getdents, MUST(open("d/file", O_RDONLY)), buf, sizeof buf));
	return 0;
}
