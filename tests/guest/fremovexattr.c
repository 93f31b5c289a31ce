/* fremovexattr: by descriptor. */
#include "vktest.h"
#include <sys/xattr.h>

int main(void)
{
	int p[2];
	t_write_file("f", "x");
	int f = MUST(open("f", O_RDONLY));
	MUST(setxattr("f", "user.a", "1", 1, 0));
	SHOW(fremovexattr(f, "user.a"));
	SHOW(fremovexattr(f, "user.a"));
	MUST(unlink("f"));
	MUST(fsetxattr(f, "user.b", "1", 1, 0));
	SHOW(fremovexattr(f, "user.b"));
	MUST(pipe(p));
	SHOW(fremovexattr(p[0], "user.a"));
	SHOW(fremovexattr(MUST(open(".", O_PATH)), "user.a"));
	SHOW(fremovexattr(-1, "user.a"));
	SHOW(fremovexattr(f, BADP));
	SHOW(fremovexattr(-1, BADP));
	return 0;
}
