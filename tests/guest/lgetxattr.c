/* lsetxattr, lgetxattr, llistxattr, lremovexattr are in files of their own; here: reading, of the link itself. */
#include "vktest.h"
#include <sys/xattr.h>

int main(void)
{
	char b[64];
	t_write_file("f", "x");
	MUST(symlink("f", "l"));
	MUST(symlink("nowhere", "dangling"));
	MUST(setxattr("f", "user.a", "value", 5, 0));
	SHOW(lgetxattr("f", "user.a", b, sizeof b));
	SHOW(lgetxattr("l", "user.a", b, sizeof b));
	SHOW(lgetxattr("l/", "user.a", b, sizeof b));
	SHOW(lgetxattr("dangling", "user.a", b, sizeof b));
	SHOW(lgetxattr("f", "user.a", b, 2));
	SHOW(lgetxattr("missing", "user.a", b, sizeof b));
	SHOW(lgetxattr("f", "bogus.x", b, sizeof b));
	SHOW(lgetxattr(BADP, "user.a", b, sizeof b));
	SHOW(lgetxattr("f", BADP, b, sizeof b));
	SHOW(lgetxattr("f", "user.a", BADP, 5));
	return 0;
}
