/* getxattr: sizes, following links, errors. */
#include "vktest.h"
#include <sys/xattr.h>

int main(void)
{
	char b[64];
	t_write_file("f", "x");
	MUST(symlink("f", "l"));
	MUST(setxattr("f", "user.a", "value", 5, 0));
	SHOW(getxattr("f", "user.a", b, sizeof b));
	t_quote("b", b, 5);
	SHOW(getxattr("l", "user.a", b, sizeof b));
	SHOW(getxattr("f", "user.a", NULL, 0));
	SHOW(getxattr("f", "user.a", b, 0));
	SHOW(getxattr("f", "user.a", b, 5));
	SHOW(getxattr("f", "user.a", b, 4));
	SHOW(getxattr("f", "user.a", b, 1 << 20));
	char *e = t_edge(5);
	SHOW(getxattr("f", "user.a", e, 5));
	SHOW(getxattr("f", "user.A", b, sizeof b));
	SHOW(getxattr("f", "user.", b, sizeof b));
	SHOW(getxattr("f", "user", b, sizeof b));
	SHOW(getxattr("f", "", b, sizeof b));
	SHOW(getxattr("f", "bogus.x", b, sizeof b));
	SHOW(getxattr("missing", "user.a", b, sizeof b));
	SHOW(getxattr("/etc/passwd", "user.none", b, sizeof b));
	SHOW(getxattr(BADP, "user.a", b, sizeof b));
	SHOW(getxattr("f", BADP, b, sizeof b));
	SHOW(getxattr("f", "user.a", BADP, 5));
	SHOW(getxattr("missing", BADP, b, sizeof b));
	return 0;
}
