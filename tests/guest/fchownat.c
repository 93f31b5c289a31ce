/* fchownat: directories, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH. */
#include "vktest.h"

static int body(void)
{
	uid_t u = geteuid();
	gid_t g = getegid();
	MUST(chdir("open"));
	t_write_file("f", "x");
	MUST(symlink("nowhere", "dangling"));
	MUST(symlink("/etc/passwd", "root's"));
	int d = MUST(open(".", O_RDONLY)), f = MUST(open("f", O_RDONLY)), p = MUST(open("f", O_PATH));
	SHOW(fchownat(d, "f", u, g, 0));
	SHOW(fchownat(AT_FDCWD, "f", -1, -1, 0));
	SHOW(fchownat(d, "dangling", u, g, AT_SYMLINK_NOFOLLOW));
	SHOW(fchownat(d, "root's", u, g, AT_SYMLINK_NOFOLLOW));
	SHOW(fchownat(d, "root's", u, g, 0));
	SHOW(fchownat(f, "", u, g, AT_EMPTY_PATH));
	SHOW(fchownat(p, "", u, g, AT_EMPTY_PATH));
	SHOW(fchownat(d, "f", u + 1, -1, 0));

	SECTION("errors");
	SHOW(fchownat(d, "dangling", u, g, 0));
	SHOW(fchownat(d, "", u, g, 0));
	SHOW(fchownat(d, "missing", u, g, 0));
	SHOW(fchownat(f, "x", u, g, AT_EMPTY_PATH));
	SHOW(fchownat(-1, "f", u, g, 0));
	SHOW(fchownat(-1, "", u, g, AT_EMPTY_PATH));
	SHOW(fchownat(d, "f", u, g, 1));
	SHOW(fchownat(d, "f", u, g, AT_SYMLINK_FOLLOW));
	SHOW(fchownat(d, BADP, u, g, 0));
	SHOW(fchownat(-1, BADP, u + 1, g, 1));
	return 0;
}

int main(void)
{
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	t_unprivileged("body", body);
	return 0;
}
