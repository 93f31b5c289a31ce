/* readlinkat: from directories, and of a link that is open itself. */
#include "vktest.h"

int main(void)
{
	char b[64];
	MUST(mkdir("dir", 0755));
	MUST(symlink("a target", "dir/link"));
	t_write_file("dir/file", "x");
	int d = MUST(open("dir", O_RDONLY)), f = MUST(open("dir/file", O_RDONLY));
	int l = MUST(open("dir/link", O_PATH | O_NOFOLLOW));
	SHOW(readlinkat(d, "link", b, sizeof b));
	t_quote("b", b, 8);
	SHOW(readlinkat(AT_FDCWD, "dir/link", b, 3));
	SHOW(readlinkat(d, "../dir/link", b, sizeof b));
	SHOW(readlinkat(l, "", b, sizeof b));
	SHOW(readlinkat(-1, "/bin", b, sizeof b) > 0 ? 0 : -1);
	MUST(rename("dir/link", "moved"));
	SHOW(readlinkat(l, "", b, sizeof b));
	MUST(unlink("moved"));
	SHOW(readlinkat(l, "", b, sizeof b));

	SECTION("errors");
	SHOW(readlinkat(d, "", b, sizeof b));
	SHOW(readlinkat(f, "", b, sizeof b));
	SHOW(readlinkat(AT_FDCWD, "", b, sizeof b));
	SHOW(readlinkat(-1, "", b, sizeof b));
	SHOW(readlinkat(-1, "link", b, sizeof b));
	SHOW(readlinkat(f, "link", b, sizeof b));
	SHOW(readlinkat(d, "link", b, sizeof b));
	SHOW(readlinkat(d, "file", b, sizeof b));
	SHOW(readlinkat(d, "file", b, 0));
	SHOW(readlinkat(d, BADP, b, sizeof b));
	SHOW(readlinkat(-1, BADP, b, sizeof b));
	SHOW(syscall(SYS_readlinkat, -1, BADP, b, 0));
	return 0;
}
