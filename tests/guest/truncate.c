/* truncate: shorter, longer, through links, refused. */
#include "vktest.h"

static int unprivileged(void)
{
	t_write_file("d/own", "0123456789");
	MUST(chmod("d/own", 0444));
	SHOW(truncate("d/own", 3));
	MUST(chmod("d/own", 0222));
	SHOW(truncate("d/own", 3));
	SHOW(truncate("/etc/passwd", 3));
	SHOW(truncate("/etc/passwd", -1));
	return 0;
}

int main(void)
{
	char longname[300];
	memset(longname, 'n', 299);
	longname[299] = 0;
	MUST(mkdir("d", 0777));
	MUST(chmod("d", 0777));
	t_write_file("file", "0123456789");
	MUST(symlink("file", "link"));
	MUST(mkfifo("fifo", 0644));

	SHOW(truncate("file", 4));
	t_cat("file");
	SHOW(truncate("file", 8));
	t_cat("file");
	SHOW(truncate("link", 2));
	t_cat("file");
	SHOW(truncate("file", 2));
	SHOW(truncate("file", 0));
	t_cat("file");
	SHOW(truncate("file", 1L << 33));
	t_stat("file");
	SHOW(truncate("file", 0));

	SECTION("errors");
	SHOW(truncate("file", -1));
	SHOW(truncate("missing", 0));
	SHOW(truncate("missing", -1));
	SHOW(truncate("", 0));
	SHOW(truncate("d", 0));
	SHOW(truncate("d", -1));
	SHOW(truncate("file/x", 0));
	SHOW(truncate("fifo", 0));
	SHOW(truncate("/dev/null", 0));
	SHOW(truncate(longname, 0));
	SHOW(truncate(BADP, 0));
	SHOW(truncate(BADP, -1));
	t_unprivileged("unprivileged", unprivileged);
	return 0;
}
