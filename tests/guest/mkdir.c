/* mkdir and mkdirat: modes, link counts, what is there already. */
#include "vktest.h"

static int unprivileged(void)
{
	SHOW(mkdir("/newdir", 0755));
	SHOW(mkdir("/etc", 0755));
	MUST(mkdir("open/ro", 0555));
	SHOW(mkdir("open/ro/x", 0755));
	SHOW(mkdir("open/ro/.", 0755));
	MUST(mkdir("open/nox", 0600));
	SHOW(mkdir("open/nox/x", 0755));
	return 0;
}

int main(void)
{
	char longname[300];
	memset(longname, 'n', 299);
	longname[299] = 0;
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	t_write_file("file", "x");
	MUST(symlink("nowhere", "dangling"));

	SECTION("modes");
	static const mode_t modes[] = {0, 0777, 0755, 0700, 01777, 02755, 07777, 0100755};
	for (size_t i = 0; i < T_COUNT(modes); i++) {
		SHOW_AS(mkdir("m", modes[i]), "mkdir(m, 0%o)", modes[i]);
		t_stat("m");
		MUST(rmdir("m"));
	}
	umask(0);
	SHOW(mkdir("m", 0777));
	t_stat("m");
	umask(0777);
	SHOW(mkdir("m2", 0777));
	t_stat("m2");
	umask(022);

	SECTION("link counts");
	SHOW(mkdir("a", 0755));
	t_stat("a");
	SHOW(mkdir("a/b", 0755));
	SHOW(mkdir("a/c/", 0755));
	SHOW(mkdir("a/b/d", 0755));
	t_stat("a");
	t_stat("a/b");
	SHOW(rmdir("a/c"));
	t_stat("a");
	t_ls("a");

	SECTION("errors");
	SHOW(mkdir("a", 0755));
	SHOW(mkdir("a/", 0755));
	SHOW(mkdir("file", 0755));
	SHOW(mkdir("file/", 0755));
	SHOW(mkdir("dangling", 0755));
	SHOW(mkdir(".", 0755));
	SHOW(mkdir("..", 0755));
	SHOW(mkdir("a/.", 0755));
	SHOW(mkdir("x/.", 0755));
	SHOW(mkdir("/", 0755));
	SHOW(mkdir("", 0755));
	SHOW(mkdir("x/y", 0755));
	SHOW(mkdir("file/x", 0755));
	SHOW(mkdir(longname, 0755));
	SHOW(mkdir("/proc/x", 0755));
	SHOW(mkdir(BADP, 0755));

	SECTION("mkdirat");
	int d = MUST(open("a", O_RDONLY)), f = MUST(open("file", O_RDONLY));
	SHOW(mkdirat(d, "at", 0700));
	SHOW(mkdirat(d, "at/deep", 0700));
	SHOW(mkdirat(d, "../beside", 0700));
	SHOW(mkdirat(-1, "x", 0700));
	SHOW(mkdirat(f, "x", 0700));
	SHOW(mkdirat(-1, BADP, 0700));
	MUST(system("rm -r a"));
	SHOW(mkdirat(d, "x", 0700));
	t_ls(".");
	t_unprivileged("unprivileged", unprivileged);
	return 0;
}
