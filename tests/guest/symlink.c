/* symlink, symlinkat, readlink, readlinkat. */
#include "vktest.h"

int main(void)
{
	static char longtext[5000];
	char b[5000];
	memset(longtext, 't', sizeof longtext - 1);
	MUST(mkdir("dir", 0755));
	t_write_file("file", "abc");
	int d = MUST(open("dir", O_RDONLY)), f = MUST(open("file", O_RDONLY));

	SECTION("symlink");
	SHOW(symlink("file", "link"));
	t_cat("link");
	SHOW(symlink("any text\nat all", "text"));
	t_stat("text");
	SHOW(symlinkat("../file", d, "up"));
	t_cat("dir/up");
	SHOW(symlinkat("dir/up", AT_FDCWD, "up2"));
	t_cat("up2");
	SHOW(symlink("dir", "dirlink"));
	SHOW(access("dirlink/up", F_OK));

	SECTION("symlink errors");
	SHOW(symlink("x", "link"));
	SHOW(symlink("x", "file"));
	SHOW(symlink("x", "dir"));
	SHOW(symlink("x", "nodir/link"));
	SHOW(symlink("x", "file/link"));
	SHOW(symlink("x", "new/"));
	SHOW(symlink("", "new"));
	SHOW(symlink("x", ""));
	SHOW(symlink("x", "."));
	longtext[4095] = 0;
	SHOW(symlink(longtext, "long"));
	SHOW(readlink("long", b, sizeof b));
	longtext[4095] = 't', longtext[4096] = 0;
	SHOW(symlink(longtext, "toolong"));
	longtext[256] = 0;
	SHOW(symlink("x", longtext));
	SHOW(symlink(BADP, "new"));
	SHOW(symlink("x", BADP));
	SHOW(symlinkat("x", -1, "new"));
	SHOW(symlinkat("x", f, "new"));
	SHOW(symlinkat("", -1, "new"));
	SHOW(symlinkat(BADP, -1, "new"));

	SECTION("readlink: no NUL, cut short without a word");
	memset(b, '.', sizeof b);
	SHOW(readlink("link", b, sizeof b));
	t_quote("b", b, 6);
	memset(b, '.', sizeof b);
	SHOW(readlink("link", b, 2));
	t_quote("b", b, 6);
	SHOW(readlink("dangling", b, 10));
	SHOW(readlink("text", b, sizeof b));
	SHOW(readlinkat(d, "up", b, sizeof b));
	SHOW(readlinkat(MUST(open("link", O_PATH | O_NOFOLLOW)), "", b, sizeof b));
	SHOW(readlink("dirlink/up", b, sizeof b));
	char *edge = t_edge(4);
	SHOW(readlink("link", edge, 4));

	SECTION("readlink errors");
	SHOW(readlink("file", b, sizeof b));
	SHOW(readlink("dir", b, sizeof b));
	SHOW(readlink("dirlink/", b, sizeof b));
	SHOW(readlink("link/", b, sizeof b));
	SHOW(readlink("missing", b, sizeof b));
	SHOW(readlink("", b, sizeof b));
	SHOW(readlink("file/x", b, sizeof b));
	SHOW(readlink("link", b, 0));
	SHOW(syscall(SYS_readlink, "link", b, -1));
	SHOW(syscall(SYS_readlink, "missing", b, 0));
	SHOW(readlink(BADP, b, sizeof b));
	SHOW(readlink("link", BADP, 10));
	SHOW(readlink("file", BADP, 10));
	SHOW(syscall(SYS_readlink, BADP, BADP, 0));
	SHOW(readlinkat(-1, "link", b, sizeof b));
	SHOW(readlinkat(f, "link", b, sizeof b));
	SHOW(readlinkat(f, "", b, sizeof b));
	return 0;
}
