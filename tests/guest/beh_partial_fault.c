/* Buffers that end in the middle: how much is read or written before the bad page counts. */
#include "vktest.h"

int main(void)
{
	int p[2];
	t_write_file("file", "0123456789abcdefghij");
	int fd = MUST(open("file", O_RDWR));

	SECTION("a file");
	char *e = t_edge(8);
	SHOW(read(fd, e, 20));
	t_quote("edge", e, 8);
	SHOW(lseek(fd, 0, SEEK_CUR));
	memcpy(e, "ABCDEFGH", 8);
	SHOW(pwrite(fd, e, 12, 0));
	SHOW(pwrite(fd, e, 4, 16));
	t_cat("file");
	char ok[4];
	struct iovec rv[] = {{ok, 4}, {BADP, 4}}, wv[] = {{"wv", 2}, {BADP, 4}};
	SHOW(preadv(fd, rv, 2, 0));
	t_quote("ok", ok, 4);
	SHOW(pwritev(fd, wv, 2, 0));
	t_cat("file");

	SECTION("a pipe");
	MUST(pipe(p));
	SHOW(write(p[1], "0123456789", 10));
	SHOW(read(p[0], BADP, 4));
	SHOW(ioctl(p[0], FIONREAD, ok) == 0 ? *(int *)ok : -1);
	return 0;
}
