/* newfstatat: directories, AT_ flags, the empty path. */
#include "vktest.h"

#define FSTATAT(d, p, s, f) syscall(SYS_newfstatat, d, p, s, f)

int main(void)
{
	struct stat st;
	MUST(mkdir("dir", 0755));
	t_write_file("dir/file", "12345");
	MUST(symlink("file", "dir/link"));
	MUST(symlink("nowhere", "dir/dangling"));
	int d = MUST(open("dir", O_RDONLY)), dp = MUST(open("dir", O_PATH)), f = MUST(open("dir/file", O_RDONLY));
	int l = MUST(open("dir/link", O_PATH | O_NOFOLLOW));

	SECTION("lookup");
	SHOW(FSTATAT(AT_FDCWD, "dir/file", &st, 0));
	SHOW(st.st_size);
	SHOW(FSTATAT(d, "file", &st, 0));
	SHOW(FSTATAT(dp, "file", &st, 0));
	SHOW(FSTATAT(d, "link", &st, 0));
	SHOW_O(st.st_mode);
	SHOW(FSTATAT(d, "link", &st, AT_SYMLINK_NOFOLLOW));
	SHOW_O(st.st_mode);
	SHOW(FSTATAT(d, "dangling", &st, 0));
	SHOW(FSTATAT(d, "dangling", &st, AT_SYMLINK_NOFOLLOW));
	SHOW(FSTATAT(d, "../dir", &st, 0));
	SHOW_O(st.st_mode);
	SHOW(FSTATAT(-1, "/", &st, 0));
	SHOW(FSTATAT(d, "file", &st, AT_NO_AUTOMOUNT));

	SECTION("the empty path");
	SHOW(FSTATAT(f, "", &st, AT_EMPTY_PATH));
	SHOW(st.st_size);
	SHOW(FSTATAT(d, "", &st, AT_EMPTY_PATH));
	SHOW(FSTATAT(l, "", &st, AT_EMPTY_PATH));
	SHOW_O(st.st_mode);
	SHOW(FSTATAT(AT_FDCWD, "", &st, AT_EMPTY_PATH));
	SHOW_O(st.st_mode & S_IFMT);
	SHOW(FSTATAT(f, "", &st, 0));
	SHOW(FSTATAT(AT_FDCWD, "", &st, 0));
	SHOW(FSTATAT(f, "x", &st, AT_EMPTY_PATH));
	SHOW(FSTATAT(d, "file", &st, AT_EMPTY_PATH));
	SHOW(FSTATAT(-1, "", &st, AT_EMPTY_PATH));

	SECTION("errors");
	SHOW(FSTATAT(-1, "file", &st, 0));
	SHOW(FSTATAT(f, "file", &st, 0));
	SHOW(FSTATAT(d, "missing", &st, 0));
	SHOW(FSTATAT(d, "file/", &st, 0));
	SHOW(FSTATAT(d, "file", &st, 0x10000));
	SHOW(FSTATAT(d, "file", &st, AT_SYMLINK_FOLLOW));
	SHOW(FSTATAT(d, "file", &st, AT_REMOVEDIR));
	SHOW(FSTATAT(d, BADP, &st, 0));
	SHOW(FSTATAT(d, BADP, &st, 0x10000));
	SHOW(FSTATAT(-1, BADP, &st, 0));
	SHOW(FSTATAT(d, "file", BADP, 0));
	SHOW(FSTATAT(d, "missing", BADP, 0));
	SHOW(FSTATAT(-1, "file", BADP, 0));
	return 0;
}
