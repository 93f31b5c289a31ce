/* sendfile: file to file, file to pipe, with and without an offset of its own. */
#include "vktest.h"
#include <sys/sendfile.h>

int main(void)
{
	char b[64];
	off_t off;
	int p[2];
	t_write_file("in", "0123456789abcdefghij");
	int in = MUST(open("in", O_RDONLY)), out = MUST(open("out", O_RDWR | O_CREAT, 0644));

	SECTION("both offsets move");
	SHOW(sendfile(out, in, NULL, 5));
	SHOW(lseek(in, 0, SEEK_CUR));
	SHOW(lseek(out, 0, SEEK_CUR));
	SHOW(sendfile(out, in, NULL, 100));
	SHOW(sendfile(out, in, NULL, 100));
	t_cat("out");

	SECTION("with an offset");
	off = 10;
	SHOW(sendfile(out, in, &off, 3));
	SHOW(off);
	SHOW(lseek(in, 0, SEEK_CUR));
	off = 100;
	SHOW(sendfile(out, in, &off, 3));
	SHOW(off);
	SHOW(sendfile(out, in, &off, 0));
	t_cat("out");

	SECTION("to a pipe and a socket");
	MUST(pipe(p));
	off = 2;
	SHOW(sendfile(p[1], in, &off, 4));
	SHOW(read(p[0], b, sizeof b));
	t_quote("b", b, 4);

	SECTION("a whole old file of the system");
	int pw = MUST(open("/usr/include/stdio.h", O_RDONLY));
	struct stat st;
	MUST(fstat(pw, &st));
	int copy = MUST(open("copy", O_RDWR | O_CREAT, 0644));
	CHECK(sendfile(copy, pw, NULL, 1 << 20) == st.st_size);
	SHOW(system("cmp copy /usr/include/stdio.h"));

	SECTION("errors");
	off = -1;
	SHOW(sendfile(out, in, &off, 3));
	SHOW(sendfile(out, in, BADP, 3));
	SHOW(sendfile(-1, in, NULL, 3));
	SHOW(sendfile(out, -1, NULL, 3));
	SHOW(sendfile(-1, in, BADP, 3));
	off = 0;
	SHOW(sendfile(out, MUST(open("in", O_WRONLY)), NULL, 3));
	SHOW(sendfile(MUST(open("out", O_RDONLY)), in, NULL, 3));
	SHOW(sendfile(MUST(open("out", O_WRONLY | O_APPEND)), in, &off, 3));
	SHOW(sendfile(out, p[0], &off, 3));
	SHOW(sendfile(out, MUST(open(".", O_RDONLY)), NULL, 3));
	return 0;
}
