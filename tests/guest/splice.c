/* splice: file to pipe, pipe to file, pipe to pipe. */
#include "vktest.h"

int main(void)
{
	char b[64];
	loff_t off;
	int p[2], q[2];
	MUST(pipe(p));
	MUST(pipe(q));
	t_write_file("in", "0123456789abcdefghij");
	int in = MUST(open("in", O_RDONLY)), out = MUST(open("out", O_RDWR | O_CREAT, 0644));

	SECTION("file to pipe");
	SHOW(splice(in, NULL, p[1], NULL, 5, 0));
	SHOW(lseek(in, 0, SEEK_CUR));
	off = 10;
	SHOW(splice(in, &off, p[1], NULL, 3, SPLICE_F_MOVE));
	SHOW(off);
	SHOW(lseek(in, 0, SEEK_CUR));

	SECTION("pipe to file");
	SHOW(splice(p[0], NULL, out, NULL, 4, 0));
	off = 6;
	SHOW(splice(p[0], NULL, out, &off, 4, 0));
	SHOW(off);
	SHOW(lseek(out, 0, SEEK_CUR));
	t_cat("out");

	SECTION("pipe to pipe");
	SHOW(write(p[1], "pipe to pipe", 12));
	SHOW(splice(p[0], NULL, q[1], NULL, 4, 0));
	SHOW(read(q[0], b, sizeof b));
	t_quote("b", b, 4);
	SHOW(read(p[0], b, sizeof b));
	t_quote("b", b, 8);

	SECTION("ends");
	SHOW(splice(in, &(loff_t){20}, p[1], NULL, 5, 0));
	SHOW(splice(in, NULL, p[1], NULL, 0, 0));
	SHOW(splice(p[0], NULL, out, NULL, 5, SPLICE_F_NONBLOCK));
	MUST(close(q[1]));
	SHOW(splice(q[0], NULL, out, NULL, 5, 0));

	SECTION("errors");
	SHOW(splice(in, NULL, out, NULL, 5, 0));
	SHOW(splice(in, NULL, p[1], &off, 5, 0));
	SHOW(splice(p[0], &off, out, NULL, 5, 0));
	SHOW(splice(p[0], NULL, p[1], NULL, 5, 0));
	SHOW(splice(-1, NULL, p[1], NULL, 5, 0));
	SHOW(splice(in, NULL, -1, NULL, 5, 0));
	SHOW(splice(in, BADP, p[1], NULL, 5, 0));
	SHOW(splice(in, NULL, p[1], NULL, 5, 0x100));
	SHOW(splice(-1, NULL, -1, NULL, 0, 0));
	SHOW(splice(p[1], NULL, out, NULL, 5, 0));
	SHOW(splice(in, NULL, p[0], NULL, 5, 0));
	MUST(write(p[1], "xx", 2));
	SHOW(splice(p[0], NULL, MUST(open("out", O_WRONLY | O_APPEND)), NULL, 2, 0));
	SHOW(splice(p[0], NULL, MUST(open("out", O_RDONLY)), NULL, 2, 0));
	signal(SIGPIPE, SIG_IGN);
	MUST(close(p[0]));
	SHOW(splice(in, &(loff_t){0}, p[1], NULL, 2, 0));
	return 0;
}
