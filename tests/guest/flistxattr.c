/* flistxattr: of open and unlinked files. */
#include "vktest.h"
#include <sys/xattr.h>

int main(void)
{
	char b[512];
	t_write_file("f", "x");
	int f = MUST(open("f", O_WRONLY));
	MUST(setxattr("f", "user.a", "1", 1, 0));
	MUST(unlink("f"));
	ssize_t n = flistxattr(f, b, sizeof b);
	CHECK(n >= 7 && memmem(b, n, "user.a", 7));
	MUST(fremovexattr(f, "user.a"));
	ssize_t m = flistxattr(f, b, sizeof b);
	CHECK(m == n - 7);
	MUST(fsetxattr(f, "user.a", "1", 1, 0));
	SHOW(flistxattr(f, b, 3));
	SHOW(flistxattr(MUST(open(".", O_PATH)), b, sizeof b));
	SHOW(flistxattr(-1, b, sizeof b));
	SHOW(flistxattr(f, BADP, 100));
	SHOW(flistxattr(-1, BADP, 100));
	return 0;
}
