/* readlink, the old number: most names a build asks for are no links, and it must say so fast and right. */
#include "vktest.h"

#define READLINK(p, b, n) syscall(SYS_readlink, p, b, n)

int main(void)
{
	char b[64];
	MUST(mkdir("dir", 0755));
	MUST(symlink("target", "link"));
	MUST(symlink("dir", "dirlink"));
	MUST(symlink("link", "dir/inner"));
	MUST(symlink("loop", "loop"));
	t_write_file("file", "x");
	MUST(mkfifo("fifo", 0600));

	memset(b, '.', sizeof b);
	SHOW(READLINK("link", b, sizeof b));
	t_quote("b", b, 8);
	SHOW(READLINK("link", b, 6L));
	SHOW(READLINK("link", b, 5L));
	SHOW(READLINK("link", b, 1L));
	SHOW(READLINK("loop", b, sizeof b));
	SHOW(READLINK("dirlink/inner", b, sizeof b));
	SHOW(READLINK("./dir/../link", b, sizeof b));
	SHOW(READLINK("dirlink", b, sizeof b));

	SECTION("no links");
	SHOW(READLINK("file", b, sizeof b));
	SHOW(READLINK("dir", b, sizeof b));
	SHOW(READLINK("fifo", b, sizeof b));
	SHOW(READLINK(".", b, sizeof b));
	SHOW(READLINK("/", b, sizeof b));
	SHOW(READLINK("/etc/passwd", b, sizeof b));
	SHOW(READLINK("/usr/include", b, sizeof b));
	SHOW(READLINK("dirlink/", b, sizeof b));

	SECTION("errors");
	SHOW(READLINK("missing", b, sizeof b));
	SHOW(READLINK("missing/x", b, sizeof b));
	SHOW(READLINK("file/x", b, sizeof b));
	SHOW(READLINK("link/", b, sizeof b));
	SHOW(READLINK("loop/x", b, sizeof b));
	SHOW(READLINK("", b, sizeof b));
	SHOW(READLINK("link", b, 0L));
	SHOW(READLINK("link", b, -1));
	SHOW(READLINK("link", BADP, 5L));
	SHOW(READLINK("file", BADP, 5L));
	SHOW(READLINK(BADP, b, 5L));
	SHOW(READLINK(BADP, b, 0L));
	return 0;
}
