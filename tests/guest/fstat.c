/* fstat: of everything a descriptor can be. */
#include "vktest.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>

static void show(const char *name, int fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		printf("%s: %s\n", name, t_errname(errno));
	else
		printf("%s: %s size %ld nlink %lu mine %d rdev %u:%u\n", name, t_mode(st.st_mode),
		       S_ISDIR(st.st_mode) ? 0L : (long)st.st_size, (unsigned long)st.st_nlink,
		       st.st_uid == geteuid() && st.st_gid == getegid(), major(st.st_rdev), minor(st.st_rdev));
}

int main(void)
{
	int p[2], s[2];
	struct stat st, t;
	MUST(mkdir("dir", 0755));
	t_write_file("file", "12345");
	MUST(symlink("file", "link"));
	MUST(pipe(p));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	int f = MUST(open("file", O_RDWR));
	show("file", f);
	show("dir", MUST(open("dir", O_RDONLY)));
	show("link", MUST(open("link", O_PATH | O_NOFOLLOW)));
	show("pipe", p[0]);
	show("pipe", p[1]);
	show("socket", s[0]);
	MUST(fstat(MUST(open("/dev/null", O_RDONLY)), &st));
	printf("null: %c %u:%u\n", t_mode(st.st_mode)[0], major(st.st_rdev), minor(st.st_rdev));
	show("memfd", MUST(memfd_create("m", 0)));

	SECTION("both ends of a pipe are one inode, another pipe another");
	MUST(fstat(p[0], &st));
	MUST(fstat(p[1], &t));
	CHECK(st.st_ino == t.st_ino);
	MUST(pipe(p));
	MUST(fstat(p[1], &t));
	CHECK(st.st_ino != t.st_ino && st.st_dev == t.st_dev);

	SECTION("anonymous inodes have no type");
	MUST(fstat(MUST(eventfd(0, 0)), &st));
	SHOW_O(st.st_mode & S_IFMT);
	MUST(fstat(MUST(epoll_create1(0)), &st));
	SHOW_O(st.st_mode & S_IFMT);

	SECTION("follows the file, not the name");
	MUST(rename("file", "dir/moved"));
	show("renamed", f);
	SHOW(write(f, "1234567", 7));
	show("written", f);
	MUST(link("dir/moved", "again"));
	show("linked", f);
	MUST(unlink("again"));
	MUST(unlink("dir/moved"));
	show("unlinked", f);
	int d = MUST(open("dir", O_RDONLY));
	MUST(rmdir("dir"));
	show("removed dir", d);

	SECTION("errors");
	SHOW(fstat(-1, &st));
	SHOW(fstat(999, &st));
	SHOW(fstat(f, BADP));
	SHOW(fstat(-1, BADP));
	return 0;
}
