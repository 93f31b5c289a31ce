/* lsetxattr: user attributes are for files and directories, not for links. */
#include "vktest.h"
#include <sys/xattr.h>

int main(void)
{
	char b[64];
	t_write_file("f", "x");
	MUST(mkdir("d", 0755));
	MUST(symlink("f", "l"));
	SHOW(lsetxattr("f", "user.a", "1", 1, 0));
	SHOW(lsetxattr("d", "user.a", "2", 1, XATTR_CREATE));
	SHOW(lsetxattr("d", "user.a", "3", 1, XATTR_CREATE));
	SHOW(lsetxattr("d", "user.b", "3", 1, XATTR_REPLACE));
	SHOW(lsetxattr("l", "user.a", "4", 1, 0));
	SHOW(getxattr("f", "user.a", b, sizeof b));
	t_quote("b", b, 1);
	SHOW(lsetxattr("missing", "user.a", "1", 1, 0));
	SHOW(lsetxattr("f", "user.a", "1", 1, 8));
	SHOW(lsetxattr("f", "bogus.a", "1", 1, 0));
	SHOW(lsetxattr("f", "user.a", BADP, 1, 0));
	SHOW(lsetxattr(BADP, "user.a", "1", 1, 0));
	SHOW(lsetxattr("f", BADP, "1", 1, 0));
	SHOW(lsetxattr(BADP, BADP, BADP, 1, 8));
	return 0;
}
