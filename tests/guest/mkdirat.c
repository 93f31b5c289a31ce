/* mkdirat: relative to directories, one that is gone, one that cannot be searched. */
#include "vktest.h"

int main(void)
{
	MUST(mkdir("d", 0755));
	MUST(mkdir("gone", 0755));
	t_write_file("f", "x");
	int d = MUST(open("d", O_RDONLY)), p = MUST(open("d", O_PATH)), f = MUST(open("f", O_RDONLY));
	int gone = MUST(open("gone", O_RDONLY));
	MUST(rmdir("gone"));
	SHOW(mkdirat(d, "a", 0777));
	t_stat("d/a");
	SHOW(mkdirat(p, "a/b", 01700));
	t_stat("d/a/b");
	SHOW(mkdirat(d, "../c/", 0711));
	t_stat("c");
	SHOW(mkdirat(AT_FDCWD, "e", 0));
	t_stat("e");
	SHOW(mkdirat(-1, "/proc/self/cwd/abs", 0755));
	t_stat("abs");

	SECTION("errors");
	SHOW(mkdirat(gone, "x", 0755));
	SHOW(mkdirat(d, "a", 0755));
	SHOW(mkdirat(d, ".", 0755));
	SHOW(mkdirat(d, "", 0755));
	SHOW(mkdirat(d, "x/y", 0755));
	SHOW(mkdirat(-1, "x", 0755));
	SHOW(mkdirat(f, "x", 0755));
	SHOW(mkdirat(AT_FDCWD, "f/x", 0755));
	SHOW(mkdirat(d, BADP, 0755));
	SHOW(mkdirat(-1, BADP, 0755));
	t_ls("d");
	return 0;
}
