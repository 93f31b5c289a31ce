/* fgetxattr: by descriptor, of unlinked files, of pipes. */
#include "vktest.h"
#include <sys/xattr.h>

int main(void)
{
	char b[64];
	int p[2];
	t_write_file("f", "x");
	int f = MUST(open("f", O_RDONLY)), w = MUST(open("f", O_WRONLY));
	MUST(setxattr("f", "user.a", "value", 5, 0));
	SHOW(fgetxattr(f, "user.a", b, sizeof b));
	SHOW(fgetxattr(w, "user.a", b, sizeof b));
	MUST(unlink("f"));
	SHOW(fgetxattr(f, "user.a", b, sizeof b));
	SHOW(fgetxattr(f, "user.b", b, sizeof b));
	SHOW(fgetxattr(f, "user.a", b, 3));
	SHOW(fgetxattr(MUST(open(".", O_RDONLY)), "user.a", b, sizeof b));
	SHOW(fgetxattr(MUST(open(".", O_PATH)), "user.a", b, sizeof b));
	MUST(pipe(p));
	SHOW(fgetxattr(p[0], "user.a", b, sizeof b) < 0 ? 0 : 1);
	SHOW(fgetxattr(-1, "user.a", b, sizeof b));
	SHOW(fgetxattr(f, BADP, b, sizeof b));
	SHOW(fgetxattr(-1, BADP, b, sizeof b));
	SHOW(fgetxattr(f, "user.a", BADP, 5));
	return 0;
}
