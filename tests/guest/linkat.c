/* linkat: AT_SYMLINK_FOLLOW, AT_EMPTY_PATH, directories at both ends. */
#include "vktest.h"

static int unprivileged(void)
{
	t_write_file("open/own", "x");
	int fd = MUST(open("open/own", O_RDWR));
	SHOW(linkat(AT_FDCWD, "open/own", AT_FDCWD, "open/second", 0));
	MUST(mkdir("open/ro", 0555));
	SHOW(linkat(fd, "", AT_FDCWD, "open/ro/x", AT_EMPTY_PATH) == -1 ? 0 : 1);
	SHOW(linkat(AT_FDCWD, "open/own", AT_FDCWD, "open/ro/x", 0));
	return 0;
}

int main(void)
{
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	MUST(mkdir("a", 0755));
	MUST(mkdir("b", 0755));
	t_write_file("a/f", "text");
	MUST(symlink("f", "a/l"));
	int a = MUST(open("a", O_RDONLY)), b = MUST(open("b", O_PATH)), f = MUST(open("a/f", O_RDONLY));
	SHOW(linkat(a, "f", b, "g", 0));
	CHECK(t_same_file("a/f", "b/g"));
	SHOW(linkat(a, "l", b, "l", 0));
	t_stat("b/l");
	SHOW(linkat(a, "l", b, "followed", AT_SYMLINK_FOLLOW));
	CHECK(t_same_file("a/f", "b/followed"));
	SHOW(linkat(a, "f", b, "../c", 0));
	t_stat("c");

	SECTION("errors");
	SHOW(linkat(a, "f", b, "g", 0));
	SHOW(linkat(a, "f", b, "", 0));
	SHOW(linkat(a, "", b, "x", 0));
	SHOW(linkat(a, "missing", b, "x", 0));
	SHOW(linkat(-1, "f", b, "x", 0));
	SHOW(linkat(a, "f", -1, "x", 0));
	SHOW(linkat(f, "f", b, "x", 0));
	SHOW(linkat(a, "f", f, "x", 0));
	SHOW(linkat(a, ".", b, "x", 0));
	SHOW(linkat(a, "f", b, "x", AT_SYMLINK_NOFOLLOW));
	SHOW(linkat(a, "f", b, "x", 1));
	SHOW(linkat(a, BADP, b, "x", 0));
	SHOW(linkat(a, "f", b, BADP, 0));
	SHOW(linkat(-1, BADP, -1, BADP, 1));
	t_ls("b");
	t_unprivileged("unprivileged", unprivileged);
	return 0;
}
