/* Set-group-ID directories: what is made in them has their group, and directories the bit, too. */
#include "vktest.h"
#include <grp.h>

static int body(void)
{
	struct stat d, st;
	MUST(mkdir("open/d", 0755));
	MUST(chmod("open/d", 02775));
	t_stat("open/d");
	MUST(stat("open/d", &d));
	close(MUST(open("open/d/f", O_CREAT | O_WRONLY, 0666)));
	t_stat("open/d/f");
	MUST(stat("open/d/f", &st));
	CHECK(st.st_gid == d.st_gid);
	MUST(mkdir("open/d/sub", 0777));
	t_stat("open/d/sub");
	MUST(mkdir("open/d/sub/deeper", 0700));
	t_stat("open/d/sub/deeper");
	MUST(mkfifo("open/d/fifo", 0666));
	t_stat("open/d/fifo");
	MUST(symlink("x", "open/d/sym"));
	t_stat("open/d/sym");
	SHOW(mkdir("open/d/withbit", 02755));
	t_stat("open/d/withbit");
	SHOW(rename("open/d/f", "open/f"));
	t_stat("open/f");
	SHOW(chmod("open/d/sub", 0755));
	t_stat("open/d/sub");

	SECTION("writing to a set-id file takes the bits away");
	int fd = MUST(open("open/x", O_CREAT | O_RDWR, 0700));
	MUST(fchmod(fd, 06755));
	t_stat("open/x");
	MUST(write(fd, "w", 1));
	t_stat("open/x");
	MUST(fchmod(fd, 06755));
	MUST(ftruncate(fd, 0));
	t_stat("open/x");
	MUST(fchmod(fd, 02644));
	MUST(write(fd, "w", 1));
	t_stat("open/x");
	return 0;
}
/* As root: a directory of a group that its user is not in. */
static int foreign(void)
{
	struct stat st;
	if (geteuid() != 0)
		return 0;
	MUST(mkdir("g", 0777));
	MUST(chown("g", 0, 7777));
	MUST(chmod("g", 02777));
	MUST(setgroups(0, NULL));
	MUST(syscall(SYS_setresgid, 65534L, 65534L, 65534L));
	MUST(syscall(SYS_setresuid, 65534L, 65534L, 65534L));
	close(MUST(open("g/f", O_CREAT | O_WRONLY, 0755)));
	MUST(stat("g/f", &st));
	if (st.st_gid != 7777 || st.st_uid != 65534)
		return 1;
	MUST(chmod("g/f", 02755)); /* not a member: the bit is dropped without a word */
	MUST(stat("g/f", &st));
	if (st.st_mode & S_ISGID)
		return 2;
	MUST(mkdir("g/d", 0755));
	MUST(stat("g/d", &st));
	if (st.st_gid != 7777 || !(st.st_mode & S_ISGID))
		return 3;
	return 0;
}

int main(void)
{
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	t_unprivileged("body", body);
	printf("foreign: %s\n", t_status(t_child(foreign)));
	return 0;
}
