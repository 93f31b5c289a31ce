/* lstat and the symlink itself: length, mode, trailing slash; the raw old numbers stat, lstat, fstat. */
#include "vktest.h"

int main(void)
{
	struct stat st;
	MUST(mkdir("dir", 0755));
	t_write_file("file", "12345");
	MUST(symlink("file", "link"));
	MUST(symlink("dir", "dirlink"));
	MUST(symlink("a/target/that/is/not/there", "dangling"));
	MUST(symlink("loop", "loop"));
	t_stat("file");
	t_stat("dir");
	t_stat("link");
	t_stat("dirlink");
	t_stat("dirlink/");
	t_stat("dirlink/.");
	t_stat("dangling");
	t_stat("loop");
	t_stat("link/");
	t_stat("dangling/");
	t_stat("loop/");
	t_stat("loop/x");
	t_stat("missing");

	SECTION("raw numbers");
	memset(&st, 0xff, sizeof st);
	SHOW(syscall(SYS_lstat, "link", &st));
	SHOW_O(st.st_mode);
	SHOW(st.st_size);
	SHOW(syscall(SYS_stat, "link", &st));
	SHOW_O(st.st_mode);
	SHOW(st.st_size);
	SHOW(st.st_rdev);
	SHOW(syscall(SYS_fstat, open("dir", O_RDONLY), &st));
	SHOW_O(st.st_mode);

	SECTION("errors");
	SHOW(lstat("", &st));
	SHOW(lstat("file/x", &st));
	SHOW(lstat(BADP, &st));
	SHOW(lstat("link", BADP));
	SHOW(lstat(BADP, BADP));
	SHOW(lstat("missing", BADP));
	return 0;
}
