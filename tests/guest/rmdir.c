/* rmdir: empty ones only; a directory that is in use goes on existing without a name. */
#include "vktest.h"

static int unprivileged(void)
{
	SHOW(rmdir("/etc"));
	SHOW(rmdir("/usr/include"));
	SHOW(rmdir("/missing"));
	MUST(mkdir("open/ro", 0755));
	MUST(mkdir("open/ro/d", 0755));
	MUST(chmod("open/ro", 0555));
	SHOW(rmdir("open/ro/d"));
	MUST(chmod("open/ro", 0755));
	MUST(chmod("open/ro/d", 0));
	SHOW(rmdir("open/ro/d"));
	return 0;
}

int main(void)
{
	struct stat st;
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	MUST(mkdir("empty", 0755));
	MUST(mkdir("full", 0755));
	t_write_file("full/in", "x");
	MUST(mkdir("parent", 0755));
	MUST(mkdir("parent/child", 0755));
	t_write_file("file", "x");
	MUST(symlink("empty", "link"));
	SHOW(rmdir("full"));
	SHOW(rmdir("parent"));
	SHOW(rmdir("parent/child"));
	SHOW(rmdir("parent/"));
	SHOW(rmdir("file"));
	SHOW(rmdir("file/"));
	SHOW(rmdir("link"));
	SHOW(rmdir("link/"));
	SHOW(rmdir("missing"));
	SHOW(rmdir("file/x"));
	SHOW(rmdir("."));
	SHOW(rmdir("empty/."));
	SHOW(rmdir("empty/.."));
	SHOW(rmdir("full/.."));
	SHOW(rmdir("/"));
	SHOW(rmdir(""));
	SHOW(rmdir(BADP));
	SHOW(unlink("full/in"));
	SHOW(rmdir("full"));

	SECTION("a directory in use");
	int d = MUST(open("empty", O_RDONLY));
	MUST(chdir("empty"));
	SHOW(rmdir("../empty"));
	MUST(fstat(d, &st));
	SHOW(st.st_nlink);
	SHOW_OK(open("new", O_CREAT | O_RDWR, 0600));
	SHOW(mkdir("new", 0755));
	SHOW(symlink("x", "new"));
	SHOW(mkfifo("new", 0600));
	SHOW(link("../file", "new"));
	SHOW(rename("../file", "new"));
	SHOW(access(".", F_OK));
	SHOW(access("x", F_OK));
	SHOW((long)getcwd((char[100]){0}, 100));
	t_ls(".");
	SHOW(rmdir("."));
	SHOW(fchdir(d));
	SHOW(access("../file", F_OK));
	SHOW(chdir(".."));
	t_ls(".");
	t_unprivileged("unprivileged", unprivileged);
	return 0;
}
