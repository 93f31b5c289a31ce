/* chown, fchown, lchown, fchownat: what an ordinary user may do; what root may, is checked when we are root and shown alike. */
#include "vktest.h"

static int unprivileged(void)
{
	uid_t u = geteuid();
	gid_t g = getegid();
	MUST(chdir("open"));
	t_write_file("f", "x");
	MUST(symlink("f", "l"));
	MUST(symlink("nowhere", "dangling"));
	int fd = MUST(open("f", O_RDONLY)), d = MUST(open(".", O_RDONLY));
	SHOW(chown("f", -1, -1));
	SHOW(chown("f", u, g));
	SHOW(chown("f", u, -1));
	SHOW(chown("f", u + 1, -1));
	SHOW(chown("f", -1, g + 1));
	SHOW(chown("f", 0, 0));
	SHOW(chown("/etc/passwd", u, g));
	SHOW(chown("missing", u, g));
	SHOW(chown("dangling", u, g));
	SHOW(chown("", u, g));
	SHOW(chown(BADP, u, g));
	SHOW(lchown("dangling", u, g));
	SHOW(lchown("l", u, g + 1));
	SHOW(fchown(fd, u, g));
	SHOW(fchown(fd, u + 1, g));
	SHOW(fchown(-1, u, g));
	SHOW(fchown(MUST(open("f", O_PATH)), u, g));
	SHOW(fchownat(d, "f", u, g, 0));
	SHOW(fchownat(d, "dangling", u, g, 0));
	SHOW(fchownat(d, "dangling", u, g, AT_SYMLINK_NOFOLLOW));
	SHOW(fchownat(fd, "", u, g, AT_EMPTY_PATH));
	SHOW(fchownat(fd, "", u, g, 0));
	SHOW(fchownat(fd, "x", u, g, 0));
	SHOW(fchownat(-1, "f", u, g, 0));
	SHOW(fchownat(d, "f", u, g, 0x10000));
	SHOW(fchownat(-1, BADP, u, g, 0x10000));
	SECTION("set-id bits go, unless it is a directory or not group-executable");
	MUST(chmod("f", 06755));
	SHOW(chown("f", -1, -1));
	t_stat("f");
	MUST(chmod("f", 06755));
	SHOW(chown("f", u, g));
	t_stat("f");
	MUST(chmod("f", 02644));
	SHOW(chown("f", u, g));
	t_stat("f");
	MUST(mkdir("d", 0755));
	MUST(chmod("d", 06755));
	SHOW(chown("d", u, g));
	t_stat("d");
	return 0;
}

int main(void)
{
	struct stat st;
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	t_unprivileged("unprivileged", unprivileged);
	SECTION("root gives files away (checked only as root)");
	bool ok = true;
	if (geteuid() == 0) {
		t_write_file("r", "x");
		MUST(symlink("r", "rl"));
		ok = ok && chown("r", 1234, 567) == 0 && stat("r", &st) == 0 && st.st_uid == 1234 && st.st_gid == 567;
		ok = ok && chown("r", -1, 89) == 0 && stat("r", &st) == 0 && st.st_uid == 1234 && st.st_gid == 89;
		ok = ok && lchown("rl", 42, 43) == 0 && stat("r", &st) == 0 && st.st_uid == 1234;
		ok = ok && lstat("rl", &st) == 0 && st.st_uid == 42 && st.st_gid == 43;
		ok = ok && chown("rl", 7, 8) == 0 && stat("r", &st) == 0 && st.st_uid == 7 && st.st_gid == 8;
		ok = ok && fchown(open("r", O_RDONLY), 0xfffffff0u, 1) == 0 && stat("r", &st) == 0 && st.st_uid == 0xfffffff0u;
	}
	printf("%s\n", ok ? "ok" : "wrong");
	return 0;
}
