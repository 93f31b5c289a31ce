/* unlinkat: with and without AT_REMOVEDIR. */
#include "vktest.h"

int main(void)
{
	MUST(mkdir("d", 0755));
	MUST(mkdir("d/sub", 0755));
	MUST(mkdir("d/full", 0755));
	t_write_file("d/full/x", "x");
	t_write_file("d/f", "x");
	MUST(symlink("sub", "d/l"));
	int d = MUST(open("d", O_RDONLY)), f = MUST(open("d/f", O_RDONLY));
	SHOW(unlinkat(d, "sub", 0));
	SHOW(unlinkat(d, "f", AT_REMOVEDIR));
	SHOW(unlinkat(d, "l", AT_REMOVEDIR));
	SHOW(unlinkat(d, "l/", AT_REMOVEDIR));
	SHOW(unlinkat(d, "full", AT_REMOVEDIR));
	SHOW(unlinkat(d, "full/x", 0));
	SHOW(unlinkat(d, "full", AT_REMOVEDIR));
	SHOW(unlinkat(d, "sub/", AT_REMOVEDIR));
	SHOW(unlinkat(d, "l", 0));
	SHOW(unlinkat(AT_FDCWD, "d/f", 0));
	SHOW(unlinkat(d, "../d", AT_REMOVEDIR));
	SHOW(unlinkat(d, "x", AT_REMOVEDIR));
	SHOW(unlinkat(AT_FDCWD, ".", AT_REMOVEDIR));

	SECTION("errors");
	t_write_file("g", "x");
	SHOW(unlinkat(-1, "g", 0));
	SHOW(unlinkat(f, "g", 0));
	SHOW(unlinkat(AT_FDCWD, "g", 0x10000));
	SHOW(unlinkat(AT_FDCWD, "g", AT_SYMLINK_NOFOLLOW));
	SHOW(unlinkat(AT_FDCWD, "", 0));
	SHOW(unlinkat(AT_FDCWD, "", AT_REMOVEDIR));
	SHOW(unlinkat(AT_FDCWD, "missing", AT_REMOVEDIR));
	SHOW(unlinkat(AT_FDCWD, BADP, 0));
	SHOW(unlinkat(AT_FDCWD, BADP, AT_REMOVEDIR));
	SHOW(unlinkat(-1, BADP, 0x10000));
	t_ls(".");
	return 0;
}
