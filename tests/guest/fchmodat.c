/* fchmod, fchmodat, fchmodat2. */
#include "vktest.h"

int main(void)
{
	int p[2];
	MUST(mkdir("dir", 0755));
	t_write_file("dir/file", "x");
	MUST(symlink("file", "dir/link"));
	int d = MUST(open("dir", O_RDONLY)), f = MUST(open("dir/file", O_RDONLY)), path = MUST(open("dir/file", O_PATH));

	SECTION("fchmod");
	SHOW(fchmod(f, 0600));
	t_stat("dir/file");
	SHOW(fchmod(f, 06755));
	t_stat("dir/file");
	SHOW(fchmod(d, 01755));
	t_stat("dir");
	MUST(pipe(p));
	SHOW(fchmod(p[0], 0600));
	SHOW(fchmod(path, 0600));
	SHOW(fchmod(-1, 0600));

	SECTION("fchmodat has no flags");
	SHOW(syscall(SYS_fchmodat, d, "file", 0640));
	SHOW(syscall(SYS_fchmodat, d, "link", 0604));
	t_stat("dir/file");
	t_stat("dir/link");
	SHOW(syscall(SYS_fchmodat, AT_FDCWD, "dir/file", 0644));
	SHOW(syscall(SYS_fchmodat, -1, "file", 0640));
	SHOW(syscall(SYS_fchmodat, f, "file", 0640));
	SHOW(syscall(SYS_fchmodat, d, "", 0640));
	SHOW(syscall(SYS_fchmodat, d, "missing", 0640));
	SHOW(syscall(SYS_fchmodat, d, BADP, 0640));
	SHOW(syscall(SYS_fchmodat, -1, BADP, 0640));

	SECTION("fchmodat2");
	SHOW(syscall(SYS_fchmodat2, d, "file", 0600, 0));
	t_stat("dir/file");
	SHOW(syscall(SYS_fchmodat2, d, "file", 0611, AT_SYMLINK_NOFOLLOW));
	t_stat("dir/file");
	SHOW(syscall(SYS_fchmodat2, d, "link", 0600, AT_SYMLINK_NOFOLLOW));
	t_stat("dir/link");
	SHOW(syscall(SYS_fchmodat2, f, "", 0622, AT_EMPTY_PATH));
	t_stat("dir/file");
	SHOW(syscall(SYS_fchmodat2, path, "", 0633, AT_EMPTY_PATH));
	t_stat("dir/file");
	SHOW(syscall(SYS_fchmodat2, f, "", 0622, 0));
	SHOW(syscall(SYS_fchmodat2, d, "file", 0600, 0x10000));
	SHOW(syscall(SYS_fchmodat2, d, BADP, 0600, 0x10000));
	SHOW(syscall(SYS_fchmodat2, -1, "file", 0600, 0));

	SECTION("an unlinked file");
	struct stat st;
	MUST(unlink("dir/file"));
	SHOW(fchmod(f, 0421));
	MUST(fstat(f, &st));
	SHOW_O(st.st_mode);
	return 0;
}
