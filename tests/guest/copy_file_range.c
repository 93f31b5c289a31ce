/* copy_file_range: offsets, overlap, ends, errors. */
#include "vktest.h"

int main(void)
{
	loff_t i, o;
	int p[2];
	t_write_file("in", "0123456789abcdefghij");
	int in = MUST(open("in", O_RDWR)), out = MUST(open("out", O_RDWR | O_CREAT, 0644));

	SHOW(copy_file_range(in, NULL, out, NULL, 5, 0));
	SHOW(lseek(in, 0, SEEK_CUR));
	SHOW(lseek(out, 0, SEEK_CUR));
	i = 10, o = 7;
	SHOW(copy_file_range(in, &i, out, &o, 3, 0));
	SHOW(i);
	SHOW(o);
	SHOW(lseek(in, 0, SEEK_CUR));
	SHOW(lseek(out, 0, SEEK_CUR));
	t_cat("out");
	i = 18, o = 0;
	SHOW(copy_file_range(in, &i, out, &o, 100, 0));
	SHOW(copy_file_range(in, &i, out, &o, 100, 0));
	i = 1000;
	SHOW(copy_file_range(in, &i, out, &o, 100, 0));
	SHOW(copy_file_range(in, NULL, out, NULL, 0, 0));
	t_cat("out");

	SECTION("within one file");
	i = 0, o = 10;
	SHOW(copy_file_range(in, &i, in, &o, 5, 0));
	t_cat("in");
	i = 0, o = 3;
	SHOW(copy_file_range(in, &i, in, &o, 5, 0));
	i = 0, o = 0;
	SHOW(copy_file_range(in, &i, in, &o, 5, 0));

	SECTION("errors");
	SHOW(copy_file_range(in, NULL, out, NULL, 5, 1));
	SHOW(copy_file_range(-1, NULL, out, NULL, 5, 0));
	SHOW(copy_file_range(in, NULL, -1, NULL, 5, 0));
	SHOW(copy_file_range(in, BADP, out, NULL, 5, 0));
	SHOW(copy_file_range(in, NULL, out, BADP, 5, 0));
	SHOW(copy_file_range(-1, BADP, out, NULL, 5, 1));
	i = -1, o = 0;
	SHOW(copy_file_range(in, &i, out, &o, 5, 0));
	SHOW(copy_file_range(MUST(open("in", O_WRONLY)), NULL, out, NULL, 5, 0));
	SHOW(copy_file_range(in, NULL, MUST(open("out", O_RDONLY)), NULL, 5, 0));
	SHOW(copy_file_range(in, NULL, MUST(open("out", O_WRONLY | O_APPEND)), NULL, 5, 0));
	SHOW(copy_file_range(MUST(open(".", O_RDONLY)), NULL, out, NULL, 5, 0));
	MUST(pipe(p));
	SHOW(copy_file_range(p[0], NULL, out, NULL, 5, 0));
	SHOW(copy_file_range(in, NULL, p[1], NULL, 5, 0));
	return 0;
}
