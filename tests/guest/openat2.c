/* openat2: struct open_how with its size, strict flags, and RESOLVE_*. */
#include "vktest.h"
#include <linux/openat2.h>

static long o2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
	return syscall(SYS_openat2, dirfd, path, &how, sizeof how);
}

int main(void)
{
	MUST(mkdir("dir", 0755));
	MUST(mkdir("dir/sub", 0755));
	t_write_file("outside", "o");
	t_write_file("dir/file", "f");
	MUST(symlink("file", "dir/link"));
	MUST(symlink("../outside", "dir/up"));
	MUST(symlink("/etc/passwd", "dir/abs"));
	MUST(symlink("sub", "dir/subl"));
	MUST(symlink("/file", "dir/rooted"));
	int d = MUST(open("dir", O_PATH | O_DIRECTORY));

	SECTION("as openat");
	SHOW_OK(o2(AT_FDCWD, "dir/file", O_RDONLY, 0, 0));
	SHOW_OK(o2(d, "file", O_RDONLY | O_CLOEXEC, 0, 0));
	SHOW_OK(o2(d, "new", O_RDWR | O_CREAT | O_EXCL, 0600, 0));
	t_stat("dir/new");
	SHOW_OK(o2(d, "missing", O_RDONLY, 0, 0));
	SHOW_OK(o2(-1, "file", O_RDONLY, 0, 0));
	SHOW_OK(o2(d, "", O_RDONLY, 0, 0));

	SECTION("strict arguments");
	SHOW_OK(o2(d, "file", O_RDONLY | 0x80000000ull, 0, 0));
	SHOW_OK(o2(d, "file", O_RDONLY | 1ull << 40, 0, 0));
	SHOW_OK(o2(d, "file", O_RDONLY, 0644, 0));
	SHOW_OK(o2(d, "new2", O_RDWR | O_CREAT, 0x10000, 0));
	SHOW_OK(o2(d, "new2", O_RDWR | O_CREAT, 0100644, 0));
	SHOW_OK(o2(d, "file", O_RDONLY, 0, 0x10000));
	SHOW_OK(o2(d, "file", O_PATH | O_RDWR, 0, 0));
	SHOW_OK(o2(d, "file", O_PATH | O_CREAT, 0600, 0));
	SHOW_OK(o2(d, "file", O_PATH | O_TRUNC, 0, 0));
	SHOW_OK(o2(d, "file", O_PATH | O_CLOEXEC | O_NOFOLLOW, 0, 0));
	SHOW_OK(o2(d, ".", O_TMPFILE | O_RDONLY, 0600, 0));
	SHOW_OK(o2(d, "file", O_RDONLY, 0, RESOLVE_BENEATH | RESOLVE_IN_ROOT));

	SECTION("the struct's size");
	struct {
		struct open_how how;
		uint64_t more[2];
	} big = {.how = {.flags = O_RDONLY}};
	SHOW_OK(syscall(SYS_openat2, d, "file", &big, sizeof big.how));
	SHOW_OK(syscall(SYS_openat2, d, "file", &big, sizeof big));
	big.more[1] = 1;
	SHOW_OK(syscall(SYS_openat2, d, "file", &big, sizeof big));
	SHOW_OK(syscall(SYS_openat2, d, "file", &big, sizeof big.how - 1));
	SHOW_OK(syscall(SYS_openat2, d, "file", &big, 0));
	SHOW_OK(syscall(SYS_openat2, d, "file", &big, 8192));
	SHOW_OK(syscall(SYS_openat2, d, "file", BADP, sizeof big.how));
	SHOW_OK(syscall(SYS_openat2, d, "file", BADP, 0));
	SHOW_OK(syscall(SYS_openat2, d, BADP, &big, sizeof big.how));
	SHOW_OK(syscall(SYS_openat2, -1, BADP, BADP, sizeof big.how));

	SECTION("RESOLVE_BENEATH");
	SHOW_OK(o2(d, "file", O_RDONLY, 0, RESOLVE_BENEATH));
	SHOW_OK(o2(d, "sub/../file", O_RDONLY, 0, RESOLVE_BENEATH));
	SHOW_OK(o2(d, "link", O_RDONLY, 0, RESOLVE_BENEATH));
	SHOW_OK(o2(d, "../outside", O_RDONLY, 0, RESOLVE_BENEATH));
	SHOW_OK(o2(d, "up", O_RDONLY, 0, RESOLVE_BENEATH));
	SHOW_OK(o2(d, "abs", O_RDONLY, 0, RESOLVE_BENEATH));
	SHOW_OK(o2(d, "/etc/passwd", O_RDONLY, 0, RESOLVE_BENEATH));
	SHOW_OK(o2(d, "..", O_RDONLY, 0, RESOLVE_BENEATH));
	SHOW_OK(o2(d, "sub/../..", O_RDONLY, 0, RESOLVE_BENEATH));
	SHOW_OK(o2(d, "created", O_RDWR | O_CREAT, 0600, RESOLVE_BENEATH));

	SECTION("RESOLVE_IN_ROOT");
	SHOW_OK(o2(d, "/file", O_RDONLY, 0, RESOLVE_IN_ROOT));
	SHOW_OK(o2(d, "../../file", O_RDONLY, 0, RESOLVE_IN_ROOT));
	SHOW_OK(o2(d, "rooted", O_RDONLY, 0, RESOLVE_IN_ROOT));
	SHOW_OK(o2(d, "abs", O_RDONLY, 0, RESOLVE_IN_ROOT));
	SHOW_OK(o2(d, "up", O_RDONLY, 0, RESOLVE_IN_ROOT));

	SECTION("RESOLVE_NO_SYMLINKS, NO_MAGICLINKS, NO_XDEV");
	SHOW_OK(o2(d, "file", O_RDONLY, 0, RESOLVE_NO_SYMLINKS));
	SHOW_OK(o2(d, "link", O_RDONLY, 0, RESOLVE_NO_SYMLINKS));
	SHOW_OK(o2(d, "subl/..", O_RDONLY, 0, RESOLVE_NO_SYMLINKS));
	SHOW_OK(o2(d, "link", O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS));
	SHOW_OK(o2(d, "link", O_RDONLY, 0, RESOLVE_NO_MAGICLINKS));
	SHOW_OK(o2(d, "/proc/self/exe", O_RDONLY, 0, RESOLVE_NO_MAGICLINKS));
	SHOW_OK(o2(d, "/proc/self/exe", O_RDONLY, 0, 0));
	SHOW_OK(o2(d, "file", O_RDONLY, 0, RESOLVE_NO_XDEV));
	SHOW_OK(o2(AT_FDCWD, "/proc/self/status", O_RDONLY, 0, RESOLVE_NO_XDEV));
	return 0;
}
