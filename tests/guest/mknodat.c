/* mknodat: relative to directories. */
#include "vktest.h"

int main(void)
{
	MUST(mkdir("d", 0755));
	t_write_file("f", "x");
	int d = MUST(open("d", O_RDONLY)), p = MUST(open("d", O_PATH)), f = MUST(open("f", O_RDONLY));
	SHOW(mknodat(d, "reg", S_IFREG | 0666, 0));
	t_stat("d/reg");
	SHOW(mknodat(p, "plain", 0600, 0));
	t_stat("d/plain");
	SHOW(mknodat(d, "../fifo", S_IFIFO | 0622, 0));
	t_stat("fifo");
	SHOW(mknodat(AT_FDCWD, "sock", S_IFSOCK | 0777, 0));
	t_stat("sock");

	SECTION("errors");
	SHOW(mknodat(d, "reg", S_IFIFO | 0600, 0));
	SHOW(mknodat(d, "x", S_IFDIR | 0600, 0));
	SHOW(mknodat(d, "x", S_IFLNK | 0600, 0));
	SHOW(mknodat(d, "x", 0150000 | 0600, 0));
	SHOW(mknodat(-1, "x", S_IFREG | 0600, 0));
	SHOW(mknodat(f, "x", S_IFREG | 0600, 0));
	SHOW(mknodat(d, "", S_IFREG | 0600, 0));
	SHOW(mknodat(d, "no/x", S_IFREG | 0600, 0));
	SHOW(mknodat(d, BADP, S_IFREG | 0600, 0));
	SHOW(mknodat(-1, BADP, S_IFREG | 0600, 0));
	SHOW(mknodat(-1, BADP, S_IFLNK | 0600, 0));
	t_ls("d");
	return 0;
}
