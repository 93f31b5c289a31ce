/* Extended attributes, user.*: set, get, list, remove, by path, link and descriptor. */
#include "vktest.h"
#include <sys/xattr.h>

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}
static void list(const char *path)
{
	char b[1024], *v[32];
	int n = 0;
	ssize_t r = llistxattr(path, b, sizeof b);
	if (r < 0) {
		printf("list %s: %s\n", path, t_errname(errno));
		return;
	}
	for (char *c = b; c < b + r; c += strlen(c) + 1)
		if (!strncmp(c, "user.", 5))
			v[n++] = c;
	qsort(v, n, sizeof *v, by_name);
	printf("list %s:", path);
	for (int i = 0; i < n; i++)
		printf(" %s", v[i]);
	putchar('\n');
}

int main(void)
{
	char b[256], longname[300], big[300];
	memset(longname, 'n', sizeof longname);
	memcpy(longname, "user.", 5);
	longname[256] = 0;
	memset(big, 'v', sizeof big);
	MUST(mkdir("d", 0755));
	t_write_file("f", "x");
	MUST(symlink("f", "link"));
	MUST(mkfifo("fifo", 0600));
	int fd = MUST(open("f", O_RDONLY));

	SECTION("set and get");
	SHOW(setxattr("f", "user.one", "value", 5, 0));
	SHOW(getxattr("f", "user.one", b, sizeof b));
	t_quote("b", b, 5);
	SHOW(getxattr("f", "user.one", NULL, 0));
	SHOW(getxattr("f", "user.one", b, 4));
	SHOW(setxattr("f", "user.empty", "", 0, 0));
	SHOW(getxattr("f", "user.empty", b, sizeof b));
	SHOW(setxattr("f", "user.bin", "\0\1\2", 3, 0));
	SHOW(getxattr("link", "user.bin", b, sizeof b));
	SHOW(setxattr("link", "user.vialink", "x", 1, 0));
	SHOW(fsetxattr(fd, "user.fd", "y", 1, 0));
	SHOW(fgetxattr(fd, "user.one", b, sizeof b));
	SHOW(setxattr("d", "user.dir", "z", 1, 0));
	SHOW(lsetxattr("f", "user.l", "z", 1, 0));
	SHOW(lgetxattr("f", "user.l", b, sizeof b));
	list("f");
	list("d");
	list("link");
	SHOW(setxattr("f", "user.big", big, 300, 0));
	SHOW(getxattr("f", "user.big", NULL, 0));

	SECTION("XATTR_CREATE and XATTR_REPLACE");
	SHOW(setxattr("f", "user.one", "new", 3, XATTR_CREATE));
	SHOW(setxattr("f", "user.none", "new", 3, XATTR_REPLACE));
	SHOW(setxattr("f", "user.one", "new", 3, XATTR_REPLACE));
	SHOW(setxattr("f", "user.two", "new", 3, XATTR_CREATE));
	SHOW(setxattr("f", "user.two", "new", 3, XATTR_CREATE | XATTR_REPLACE));
	SHOW(setxattr("f", "user.two", "new", 3, 4));
	SHOW(getxattr("f", "user.one", b, sizeof b));
	t_quote("b", b, 3);

	SECTION("list sizes");
	ssize_t n = listxattr("f", NULL, 0);
	CHECK(n > 0);
	CHECK(listxattr("f", b, sizeof b) == n);
	SHOW(listxattr("f", b, 3));
	CHECK(flistxattr(fd, b, sizeof b) == n);

	SECTION("remove");
	SHOW(removexattr("f", "user.two"));
	SHOW(removexattr("f", "user.two"));
	SHOW(lremovexattr("f", "user.l"));
	SHOW(fremovexattr(fd, "user.fd"));
	SHOW(removexattr("link", "user.vialink"));
	list("f");

	SECTION("kept by rename and link, not by copying the data");
	MUST(rename("f", "g"));
	MUST(link("g", "h"));
	list("g");
	list("h");
	SHOW(system("cat g > copy"));
	list("copy");

	SECTION("errors");
	SHOW(getxattr("g", "user.none", b, sizeof b));
	SHOW(getxattr("missing", "user.one", b, sizeof b));
	SHOW(setxattr("g", "", "x", 1, 0));
	SHOW(setxattr("g", "noprefix", "x", 1, 0));
	SHOW(getxattr("g", "noprefix", b, sizeof b));
	SHOW(setxattr("g", "unknown.x", "x", 1, 0));
	SHOW(setxattr("g", "user.", "x", 1, 0));
	SHOW(setxattr("g", longname, "x", 1, 0));
	SHOW(getxattr("g", longname, b, sizeof b));
	SHOW(setxattr("g", "user.x", big, 100000, 0));
	SHOW(lsetxattr("link", "user.x", "x", 1, 0));
	SHOW(lgetxattr("link", "user.x", b, sizeof b));
	SHOW(setxattr("fifo", "user.x", "x", 1, 0));
	SHOW(setxattr("/dev/null", "user.x", "x", 1, 0));
	SHOW(fsetxattr(-1, "user.x", "x", 1, 0));
	SHOW(fsetxattr(MUST(open("g", O_PATH)), "user.x", "x", 1, 0));
	SHOW(setxattr(BADP, "user.x", "x", 1, 0));
	SHOW(setxattr("g", BADP, "x", 1, 0));
	SHOW(setxattr("g", "user.x", BADP, 1, 0));
	SHOW(setxattr("missing", "user.x", BADP, 1, 4));
	SHOW(getxattr("g", "user.one", BADP, 10));
	SHOW(getxattr("g", "user.none", BADP, 10));
	SHOW(listxattr("missing", b, sizeof b));
	SHOW(listxattr("g", BADP, 100));
	SHOW(removexattr("missing", "user.x"));
	return 0;
}
