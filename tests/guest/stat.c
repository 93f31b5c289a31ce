/* stat: every kind of file, sizes, links, following symlinks, the errors of the walk. */
#include "vktest.h"
#include <sys/sysmacros.h>

static int unprivileged(void)
{
	struct stat st;
	MUST(mkdir("open/shut", 0700));
	t_write_file("open/shut/f", "f");
	MUST(chmod("open/shut/f", 0));
	SHOW(stat("open/shut/f", &st));
	MUST(chmod("open/shut", 0));
	SHOW(stat("open/shut/f", &st));
	SHOW(stat("open/shut/missing", &st));
	SHOW(stat("open/shut", &st));
	MUST(chmod("open/shut", 0600));
	SHOW(stat("open/shut/f", &st));
	MUST(chmod("open/shut", 0100));
	SHOW(stat("open/shut/f", &st));
	return 0;
}

int main(void)
{
	struct stat st, l;
	char longname[300];
	memset(longname, 'n', 299);
	longname[299] = 0;
	MUST(mkdir("dir", 0751));
	MUST(mkdir("dir/sub", 0700));
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	t_write_file("file", "12345");
	MUST(link("file", "hard"));
	MUST(symlink("file", "link"));
	MUST(symlink("missing", "dangling"));
	MUST(symlink("loop", "loop"));
	MUST(mkfifo("fifo", 0640));

	SECTION("kinds");
	static const char *const names[] = {"file", "hard", "link", "dir", "dir/sub", "fifo", "/", "/dev/null", "/dev/zero",
					    "/dev/full", "/etc/passwd", "/proc/self/status", "/proc", "/usr/include"};
	for (size_t i = 0; i < T_COUNT(names); i++) {
		if (stat(names[i], &st) < 0) {
			printf("%s: %s\n", names[i], t_errname(errno));
			continue;
		}
		printf("%s: %s blksize>0 %d", names[i], t_mode(st.st_mode), st.st_blksize > 0);
		if (names[i][0] != '/')
			printf(" nlink %lu", (unsigned long)st.st_nlink);
		if (S_ISREG(st.st_mode) && names[i][0] != '/')
			printf(" size %ld", (long)st.st_size);
		if (S_ISCHR(st.st_mode))
			printf(" rdev %u:%u", major(st.st_rdev), minor(st.st_rdev));
		if (names[i][0] != '/')
			printf(" mine %d", st.st_uid == geteuid() && st.st_gid == getegid());
		putchar('\n');
	}

	SECTION("identity");
	MUST(stat("file", &st));
	MUST(stat("hard", &l));
	CHECK(st.st_ino == l.st_ino && st.st_dev == l.st_dev);
	MUST(stat("link", &l));
	CHECK(st.st_ino == l.st_ino && st.st_dev == l.st_dev);
	MUST(lstat("link", &l));
	CHECK(st.st_ino != l.st_ino && st.st_dev == l.st_dev);
	MUST(stat("dir", &l));
	CHECK(st.st_dev == l.st_dev);
	MUST(stat("dir/sub/..", &st));
	CHECK(st.st_ino == l.st_ino);
	MUST(stat("/", &st));
	MUST(stat("/..", &l));
	CHECK(st.st_ino == l.st_ino && st.st_dev == l.st_dev);

	SECTION("errors");
	SHOW(stat("missing", &st));
	SHOW(stat("", &st));
	SHOW(stat("dangling", &st));
	SHOW(stat("loop", &st));
	SHOW(stat("file/", &st));
	SHOW(stat("link/", &st));
	SHOW(stat("file/x", &st));
	SHOW(stat("dir/", &st));
	SHOW(stat("missing/x", &st));
	SHOW(stat(longname, &st));
	SHOW(stat(BADP, &st));
	SHOW(stat("file", BADP));
	SHOW(stat("missing", BADP));
	SHOW(stat("file", t_readonly(NULL, sizeof st)));
	struct stat *edge = t_edge(sizeof *edge);
	SHOW(stat("file", edge));
	SHOW(stat("file", (struct stat *)((char *)edge + 8)));
	t_unprivileged("unprivileged", unprivileged);
	return 0;
}
