/* unlink and unlinkat: names go, files stay while someone has them. */
#include "vktest.h"

static int unprivileged(void)
{
	SHOW(unlink("/etc/passwd"));
	SHOW(unlink("/etc/missing"));
	SHOW(unlink("/etc"));
	MUST(mkdir("open/d", 0755));
	t_write_file("open/d/f", "x");
	MUST(chmod("open/d", 0555));
	SHOW(unlink("open/d/f"));
	SHOW(unlink("open/d/missing"));
	MUST(chmod("open/d", 0755));
	MUST(chmod("open/d/f", 0));
	SHOW(unlink("open/d/f"));
	return 0;
}

int main(void)
{
	char b[16], longname[300];
	memset(longname, 'n', 299);
	longname[299] = 0;
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	MUST(mkdir("dir", 0755));
	t_write_file("dir/in", "x");
	t_write_file("file", "content");
	t_write_file("kept", "k");
	MUST(link("file", "hard"));
	MUST(symlink("kept", "link"));
	MUST(symlink("dir", "dirlink"));
	MUST(mkfifo("fifo", 0600));

	SHOW(unlink("file"));
	t_stat("file");
	t_stat("hard");
	SHOW(unlink("link"));
	t_cat("kept");
	SHOW(unlink("fifo"));
	SHOW(unlink("dirlink"));
	t_ls("dir");

	SECTION("open and unlinked");
	int fd = MUST(open("hard", O_RDWR));
	SHOW(unlink("hard"));
	SHOW(read(fd, b, sizeof b));
	SHOW(write(fd, "+more", 5));
	SHOW(pread(fd, b, sizeof b, 0));
	t_quote("b", b, 12);
	struct stat st;
	MUST(fstat(fd, &st));
	SHOW(st.st_nlink);
	SHOW_OK(open("hard", O_RDONLY));

	SECTION("errors");
	SHOW(unlink("missing"));
	SHOW(unlink("dir"));
	SHOW(unlink("dir/"));
	SHOW(unlink("."));
	SHOW(unlink("dir/."));
	SHOW(unlink("dir/.."));
	SHOW(unlink("/"));
	SHOW(unlink("kept/"));
	SHOW(unlink("kept/x"));
	SHOW(unlink("missing/"));
	SHOW(unlink(""));
	SHOW(unlink(longname));
	SHOW(unlink(BADP));

	SECTION("unlinkat");
	int d = MUST(open("dir", O_RDONLY)), f = MUST(open("kept", O_RDONLY));
	SHOW(unlinkat(AT_FDCWD, "dir", AT_REMOVEDIR));
	SHOW(unlinkat(d, "in", AT_REMOVEDIR));
	SHOW(unlinkat(d, "in", 0));
	SHOW(unlinkat(d, "in", 0));
	SHOW(unlinkat(AT_FDCWD, "dir", 0));
	SHOW(unlinkat(d, ".", AT_REMOVEDIR));
	SHOW(unlinkat(AT_FDCWD, "dir", AT_REMOVEDIR));
	SHOW(unlinkat(-1, "kept", 0));
	SHOW(unlinkat(f, "kept", 0));
	SHOW(unlinkat(AT_FDCWD, "kept", 1));
	SHOW(unlinkat(AT_FDCWD, BADP, 1));
	SHOW(unlinkat(-1, BADP, 0));
	SHOW(unlinkat(f, "", 0));
	t_ls(".");
	t_unprivileged("unprivileged", unprivileged);
	return 0;
}
