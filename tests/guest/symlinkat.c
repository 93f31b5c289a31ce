/* symlinkat: relative to directories; the text is not looked at. */
#include "vktest.h"

int main(void)
{
	char longtext[5000];
	memset(longtext, 't', sizeof longtext);
	longtext[4999] = 0;
	MUST(mkdir("dir", 0755));
	t_write_file("file", "x");
	int d = MUST(open("dir", O_RDONLY)), f = MUST(open("file", O_RDONLY));
	SHOW(symlinkat("../file", d, "up"));
	t_cat("dir/up");
	SHOW(symlinkat("//odd//../text/", AT_FDCWD, "odd"));
	t_stat("odd");
	SHOW(symlinkat("x", d, "../beside"));
	SHOW(symlinkat("x", -1, "/proc/self/cwd/absolute"));
	t_ls(".");

	SECTION("errors");
	SHOW(symlinkat("x", d, "up"));
	SHOW(symlinkat("x", d, ""));
	SHOW(symlinkat("", d, "new"));
	SHOW(symlinkat("x", d, "no/where"));
	SHOW(symlinkat("x", d, "new/"));
	SHOW(symlinkat("x", -1, "new"));
	SHOW(symlinkat("x", f, "new"));
	SHOW(symlinkat(longtext, d, "new"));
	SHOW(symlinkat("x", d, longtext));
	SHOW(symlinkat(BADP, d, "new"));
	SHOW(symlinkat("x", d, BADP));
	SHOW(symlinkat("", -1, BADP));
	t_ls("dir");
	return 0;
}
