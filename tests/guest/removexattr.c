/* removexattr: once; through links. */
#include "vktest.h"
#include <sys/xattr.h>

static int unprivileged(void)
{
	SHOW(removexattr("/etc/passwd", "user.none"));
	SHOW(setxattr("/etc/passwd", "user.none", "x", 1, 0));
	t_write_file("open/own", "x");
	SHOW(setxattr("open/own", "user.a", "x", 1, 0));
	MUST(chmod("open/own", 0444));
	SHOW(removexattr("open/own", "user.a"));
	SHOW(setxattr("open/own", "user.b", "x", 1, 0));
	MUST(chmod("open/own", 0222));
	char b[4];
	SHOW(getxattr("open/own", "user.a", b, 4));
	SHOW(removexattr("open/own", "user.a"));
	return 0;
}

int main(void)
{
	char b[8];
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	t_write_file("f", "x");
	MUST(symlink("f", "l"));
	MUST(setxattr("f", "user.a", "1", 1, 0));
	MUST(setxattr("f", "user.b", "2", 1, 0));
	SHOW(removexattr("f", "user.a"));
	SHOW(removexattr("f", "user.a"));
	SHOW(getxattr("f", "user.a", b, 8));
	SHOW(getxattr("f", "user.b", b, 8));
	SHOW(removexattr("l", "user.b"));
	SHOW(getxattr("f", "user.b", b, 8));
	SHOW(removexattr("f", "bogus.x"));
	SHOW(removexattr("f", "user."));
	SHOW(removexattr("f", ""));
	SHOW(removexattr("missing", "user.a"));
	SHOW(removexattr(BADP, "user.a"));
	SHOW(removexattr("f", BADP));
	SHOW(removexattr("missing", BADP));
	t_unprivileged("unprivileged", unprivileged);
	return 0;
}
