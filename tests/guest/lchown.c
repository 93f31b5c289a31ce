/* lchown: the link, not what it leads to. */
#include "vktest.h"

static int unprivileged(void)
{
	MUST(chdir("open"));
	MUST(symlink("/etc/passwd", "to_root"));
	MUST(symlink("nowhere", "dangling"));
	SHOW(lchown("to_root", geteuid(), getegid()));
	SHOW(lchown("dangling", geteuid(), -1));
	SHOW(lchown("dangling", geteuid() + 1, -1));
	SHOW(lchown("/etc/passwd", geteuid(), -1));
	SHOW(lchown("/bin", geteuid(), -1));
	SHOW(lchown("missing", geteuid(), -1));
	SHOW(lchown("to_root/", geteuid(), -1));
	SHOW(lchown("", geteuid(), -1));
	SHOW(lchown(BADP, geteuid(), -1));
	return 0;
}

int main(void)
{
	struct stat a, b;
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	t_write_file("f", "x");
	MUST(symlink("f", "l"));
	bool ok = true;
	if (geteuid() == 0)
		ok = !lchown("l", 5, 6) && !lstat("l", &a) && !stat("l", &b) && a.st_uid == 5 && a.st_gid == 6 && b.st_uid == 0;
	printf("given away: %s\n", ok ? "ok" : "wrong");
	t_unprivileged("unprivileged", unprivileged);
	return 0;
}
