/* fsetxattr: any descriptor of the file, also one for reading; replaced values of other lengths. */
#include "vktest.h"
#include <sys/xattr.h>

int main(void)
{
	char b[2000], big[2000];
	int p[2];
	memset(big, 'v', sizeof big);
	t_write_file("f", "x");
	int f = MUST(open("f", O_RDONLY));
	SHOW(fsetxattr(f, "user.a", "short", 5, 0));
	SHOW(fsetxattr(f, "user.a", big, 1500, 0));
	SHOW(getxattr("f", "user.a", b, sizeof b));
	CHECK(!memcmp(b, big, 1500));
	SHOW(fsetxattr(f, "user.a", "", 0, XATTR_REPLACE));
	SHOW(getxattr("f", "user.a", b, sizeof b));
	SHOW(fsetxattr(f, "user.a", NULL, 0, 0));
	MUST(unlink("f"));
	SHOW(fsetxattr(f, "user.b", "after unlink", 12, 0));
	SHOW(fgetxattr(f, "user.b", b, sizeof b));
	MUST(pipe(p));
	SHOW(fsetxattr(p[0], "user.a", "x", 1, 0));
	SHOW(fsetxattr(MUST(open(".", O_RDONLY)), "user.a", "x", 1, 0));
	SHOW(fsetxattr(MUST(open(".", O_PATH)), "user.a", "x", 1, 0));
	SHOW(fsetxattr(-1, "user.a", "x", 1, 0));
	SHOW(fsetxattr(-1, BADP, BADP, 1, 8));
	SHOW(fsetxattr(f, "user.a", BADP, 1, 0));
	SHOW(fsetxattr(f, "user.a", big, 65537, 0));
	return 0;
}
