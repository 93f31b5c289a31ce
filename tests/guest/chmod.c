/* chmod: bits, symlinks, ctime, refused. */
#include "vktest.h"

static int unprivileged(void)
{
	SHOW(chmod("/etc/passwd", 0600));
	SHOW(chmod("/etc", 0700));
	SHOW(chmod("/etc/shadow-missing", 0700));
	t_write_file("open/mine", "x");
	SHOW(chmod("open/mine", 04755));
	t_stat("open/mine");
	SHOW(chmod("open/mine", 02755));
	t_stat("open/mine");
	MUST(mkdir("open/d", 0700));
	MUST(chmod("open/d", 0));
	SHOW(chmod("open/d/x", 0600));
	SHOW(chmod("open/d", 01777));
	t_stat("open/d");
	return 0;
}

int main(void)
{
	struct stat a, b;
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	t_write_file("file", "x");
	MUST(symlink("file", "link"));
	MUST(symlink("nowhere", "dangling"));
	MUST(mkfifo("fifo", 0600));
	static const mode_t modes[] = {0, 0777, 0644, 04711, 02755, 01600, 07777, 0170644, 0200444};
	for (size_t i = 0; i < T_COUNT(modes); i++) {
		SHOW_AS(chmod("file", modes[i]), "chmod(file, 0%o)", modes[i]);
		t_stat("file");
	}
	SHOW(chmod("link", 0604));
	t_stat("link");
	t_stat("file");
	SHOW(chmod("fifo", 0622));
	t_stat("fifo");
	SHOW(chmod("open", 03777));
	t_stat("open");

	SECTION("ctime moves, mtime does not");
	MUST(stat("file", &a));
	t_sleep_ms(20);
	MUST(chmod("file", 0640));
	MUST(stat("file", &b));
	CHECK(t_tscmp(a.st_mtim, b.st_mtim) == 0);
	CHECK(t_tscmp(a.st_ctim, b.st_ctim) < 0);
	CHECK(a.st_ino == b.st_ino);

	SECTION("errors");
	SHOW(chmod("missing", 0644));
	SHOW(chmod("dangling", 0644));
	SHOW(chmod("", 0644));
	SHOW(chmod("file/x", 0644));
	SHOW(chmod(BADP, 0644));
	MUST(chmod("open", 0777));
	t_unprivileged("unprivileged", unprivileged);
	return 0;
}
