/* listxattr, llistxattr, flistxattr: the length is the sum of the names, in any order; only user.* is looked at. */
#include "vktest.h"
#include <sys/xattr.h>

static void show(const char *what, const char *b, ssize_t n)
{
	int a = 0, bb = 0, l = 0, others = 0;
	if (n < 0) {
		printf("%s: %s\n", what, t_errname(errno));
		return;
	}
	for (const char *c = b; c < b + n; c += strlen(c) + 1)
		if (!strcmp(c, "user.a"))
			a++;
		else if (!strcmp(c, "user.b"))
			bb++;
		else if (!strcmp(c, "user.long_name"))
			l++;
		else if (!strncmp(c, "user.", 5))
			others++;
	printf("%s: a %d b %d long %d others %d\n", what, a, bb, l, others);
}

int main(void)
{
	char b[512];
	t_write_file("f", "x");
	t_write_file("none", "x");
	MUST(symlink("f", "l"));
	MUST(setxattr("f", "user.a", "1", 1, 0));
	MUST(setxattr("f", "user.b", "", 0, 0));
	MUST(setxattr("f", "user.long_name", "333", 3, 0));
	int f = MUST(open("f", O_RDONLY));
	show("f", b, listxattr("f", b, sizeof b));
	show("through the link", b, listxattr("l", b, sizeof b));
	show("the link", b, llistxattr("l", b, sizeof b));
	show("by descriptor", b, flistxattr(f, b, sizeof b));
	show("none", b, listxattr("none", b, sizeof b));
	ssize_t n = listxattr("f", NULL, 0);
	CHECK(n == listxattr("f", b, sizeof b) && n == llistxattr("f", b, n) && n == flistxattr(f, NULL, 0));
	SHOW(listxattr("f", b, n - 1));
	MUST(removexattr("f", "user.b"));
	show("one removed", b, listxattr("f", b, sizeof b));
	SHOW(listxattr("missing", b, sizeof b));
	SHOW(listxattr(BADP, b, sizeof b));
	SHOW(listxattr("f", BADP, 100));
	SHOW(listxattr("missing", BADP, 100));
	return 0;
}
