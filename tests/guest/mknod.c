/* mknod and mknodat: regular files, fifos, sockets; devices are root's. */
#include "vktest.h"
#include <sys/sysmacros.h>

static int unprivileged(void)
{
	MUST(chdir("open"));
	SHOW(mknod("chr", S_IFCHR | 0600, makedev(1, 3)));
	SHOW(mknod("blk", S_IFBLK | 0600, makedev(7, 0)));
	SHOW(mknod("/etc/x", S_IFREG | 0600, 0));
	SHOW(mknod("reg", S_IFREG | 0600, 0));
	SHOW(mknod("reg", S_IFCHR | 0600, makedev(1, 3)));
	t_ls(".");
	return 0;
}

int main(void)
{
	char longname[300];
	memset(longname, 'n', 299);
	longname[299] = 0;
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	MUST(mkdir("dir", 0755));
	MUST(symlink("nowhere", "dangling"));
	SHOW(mknod("reg", S_IFREG | 0666, 0));
	t_stat("reg");
	SHOW(mknod("zero", 0640, 0));
	t_stat("zero");
	SHOW(mknod("fifo", S_IFIFO | 0777, 0));
	t_stat("fifo");
	SHOW(mknod("sock", S_IFSOCK | 0700, 0));
	t_stat("sock");
	SHOW(mknod("suid", S_IFREG | 06755, 0));
	t_stat("suid");

	SECTION("errors");
	SHOW(mknod("d", S_IFDIR | 0755, 0));
	SHOW(mknod("l", S_IFLNK | 0777, 0));
	SHOW(mknod("x", 0170000 | 0600, 0));
	SHOW(mknod("x", 0030000 | 0600, 0));
	SHOW(mknod("reg", S_IFREG | 0600, 0));
	SHOW(mknod("dir", S_IFREG | 0600, 0));
	SHOW(mknod("dangling", S_IFREG | 0600, 0));
	SHOW(mknod("nodir/x", S_IFREG | 0600, 0));
	SHOW(mknod("reg/x", S_IFREG | 0600, 0));
	SHOW(mknod("x/", S_IFREG | 0600, 0));
	SHOW(mknod("", S_IFREG | 0600, 0));
	SHOW(mknod(longname, S_IFREG | 0600, 0));
	SHOW(mknod(BADP, S_IFREG | 0600, 0));
	SHOW(mknod(BADP, S_IFDIR | 0600, 0));
	SHOW(mknod("reg", S_IFDIR | 0600, 0));
	SHOW_OK(open("sock", O_RDWR));

	SECTION("mknodat");
	int d = MUST(open("dir", O_RDONLY)), f = MUST(open("reg", O_RDONLY));
	SHOW(mknodat(d, "fifo", S_IFIFO | 0600, 0));
	SHOW(mknodat(d, "reg", S_IFREG | 0600, 0));
	SHOW(mknodat(d, "reg", S_IFREG | 0600, 0));
	SHOW(mknodat(-1, "x", S_IFREG | 0600, 0));
	SHOW(mknodat(f, "x", S_IFREG | 0600, 0));
	SHOW(mknodat(-1, BADP, S_IFREG | 0600, 0));
	t_ls("dir");
	t_ls(".");
	t_unprivileged("unprivileged", unprivileged);
	return 0;
}
