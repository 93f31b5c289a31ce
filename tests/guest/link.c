/* link and linkat: a second name for the same file. */
#include "vktest.h"

int main(void)
{
	char longname[300];
	memset(longname, 'n', 299);
	longname[299] = 0;
	MUST(mkdir("dir", 0755));
	t_write_file("file", "abc");
	MUST(symlink("file", "link"));
	MUST(symlink("nowhere", "dangling"));
	MUST(mkfifo("fifo", 0600));
	int d = MUST(open("dir", O_RDONLY)), f = MUST(open("file", O_RDONLY));

	SECTION("one file, two names");
	SHOW(link("file", "two"));
	CHECK(t_same_file("file", "two"));
	t_stat("file");
	t_write_file("two", "changed through two");
	t_cat("file");
	SHOW(link("two", "dir/three"));
	t_stat("dir/three");
	SHOW(unlink("file"));
	t_stat("two");
	t_cat("dir/three");
	SHOW(link("two", "file"));
	SHOW(link("fifo", "fifo2"));
	CHECK(t_same_file("fifo", "fifo2"));

	SECTION("symlinks are linked themselves, unless asked to follow");
	SHOW(link("link", "link2"));
	t_stat("link2");
	SHOW(link("dangling", "dangling2"));
	t_stat("dangling2");
	SHOW(linkat(AT_FDCWD, "link", AT_FDCWD, "followed", AT_SYMLINK_FOLLOW));
	CHECK(t_same_file("file", "followed"));
	t_stat("followed");
	SHOW(linkat(AT_FDCWD, "dangling", AT_FDCWD, "x", AT_SYMLINK_FOLLOW));

	SECTION("linkat with directories");
	SHOW(linkat(d, "three", d, "four", 0));
	SHOW(linkat(d, "../file", AT_FDCWD, "five", 0));
	t_stat("five");
	t_ls("dir");

	SECTION("errors");
	SHOW(link("missing", "x"));
	SHOW(link("file", "two"));
	SHOW(link("file", "file"));
	SHOW(link("file", "dir"));
	SHOW(link("file", "dangling"));
	SHOW(link("dir", "dir2"));
	SHOW(link(".", "dir2"));
	SHOW(link("file", "nodir/x"));
	SHOW(link("file", "two/x"));
	SHOW(link("file/x", "y"));
	SHOW(link("file", "x/"));
	SHOW(link("file", ""));
	SHOW(link("", "x"));
	SHOW(link("file", longname));
	SHOW(link("file", "/proc/x"));
	SHOW(link("/proc/self/status", "x"));
	SHOW(link(BADP, "x"));
	SHOW(link("file", BADP));
	SHOW(link("missing", BADP));
	SHOW(linkat(-1, "file", AT_FDCWD, "x", 0));
	SHOW(linkat(AT_FDCWD, "file", -1, "x", 0));
	SHOW(linkat(f, "file", AT_FDCWD, "x", 0));
	SHOW(linkat(AT_FDCWD, "file", AT_FDCWD, "x", 0x10000));
	SHOW(linkat(-1, BADP, -1, BADP, 0x10000));
	SHOW(linkat(AT_FDCWD, "missing", -1, "x", 0));
	t_ls(".");
	return 0;
}
