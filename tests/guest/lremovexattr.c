/* lremovexattr: of the file a name is, links not followed. */
#include "vktest.h"
#include <sys/xattr.h>

int main(void)
{
	t_write_file("f", "x");
	MUST(symlink("f", "l"));
	MUST(setxattr("f", "user.a", "1", 1, 0));
	SHOW(lremovexattr("l", "user.a"));
	SHOW(lremovexattr("f", "user.a"));
	SHOW(lremovexattr("f", "user.a"));
	SHOW(lremovexattr("missing", "user.a"));
	SHOW(lremovexattr("f", "bogus.x"));
	SHOW(lremovexattr(BADP, "user.a"));
	SHOW(lremovexattr("f", BADP));
	return 0;
}
