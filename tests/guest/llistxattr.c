/* llistxattr: of links themselves (no user.* there), of dangling ones. */
#include "vktest.h"
#include <sys/xattr.h>

int main(void)
{
	char b[512];
	t_write_file("f", "x");
	MUST(symlink("f", "l"));
	MUST(symlink("nowhere", "dangling"));
	MUST(setxattr("f", "user.a", "1", 1, 0));
	ssize_t n = llistxattr("f", b, sizeof b);
	CHECK(n >= 7 && memmem(b, n, "user.a", 7));
	n = llistxattr("l", b, sizeof b);
	CHECK(n >= 0 && !memmem(b, n, "user.", 5));
	CHECK(llistxattr("dangling", b, sizeof b) == n);
	n = llistxattr("l/../f", b, sizeof b);
	SHOW_AS(n < 0 ? -1 : 0, "through a link that is no directory");
	SHOW(llistxattr("missing", b, sizeof b));
	SHOW(llistxattr("f", b, 2));
	SHOW(llistxattr(BADP, b, sizeof b));
	SHOW(llistxattr("f", BADP, 100));
	return 0;
}
