/* renameat: from one directory to another. */
#include "vktest.h"

#define RENAMEAT(a, b, c, d) syscall(SYS_renameat, a, b, c, d)

int main(void)
{
	MUST(mkdir("a", 0755));
	MUST(mkdir("b", 0755));
	MUST(mkdir("a/sub", 0755));
	t_write_file("a/f", "text");
	int a = MUST(open("a", O_RDONLY)), b = MUST(open("b", O_PATH)), f = MUST(open("a/f", O_RDONLY));
	SHOW(RENAMEAT(a, "f", b, "g"));
	t_cat("b/g");
	SHOW(RENAMEAT(a, "sub", b, "sub"));
	t_stat("a");
	t_stat("b");
	SHOW(RENAMEAT(b, "g", AT_FDCWD, "top"));
	SHOW(RENAMEAT(AT_FDCWD, "top", a, "../b/sub/deep"));
	t_cat("b/sub/deep");
	SHOW(RENAMEAT(b, "sub", b, "sub/inside"));
	SHOW(RENAMEAT(b, ".", a, "x"));

	SECTION("errors");
	SHOW(RENAMEAT(-1, "b", a, "x"));
	SHOW(RENAMEAT(AT_FDCWD, "b", -1, "x"));
	SHOW(RENAMEAT(f, "b", a, "x"));
	SHOW(RENAMEAT(AT_FDCWD, "b", f, "x"));
	SHOW(RENAMEAT(a, "missing", b, "x"));
	SHOW(RENAMEAT(a, "missing", -1, "x"));
	SHOW(RENAMEAT(a, "", b, "x"));
	SHOW(RENAMEAT(b, "sub", a, ""));
	SHOW(RENAMEAT(b, BADP, a, "x"));
	SHOW(RENAMEAT(b, "sub", a, BADP));
	SHOW(RENAMEAT(-1, BADP, -1, BADP));
	t_ls("a");
	t_ls("b");
	return 0;
}
