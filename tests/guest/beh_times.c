/* Which calls move which times: atime is left out (mount options decide); mtime and ctime of files and of directories. */
#include "vktest.h"
#include <sys/xattr.h>

static struct stat before[2];
static const char *const names[] = {"d", "d/f"};
static void mark(void)
{
	struct timespec t[2] = {{1000, 0}, {1000, 0}};
	MUST(utimensat(AT_FDCWD, "d", t, 0));
	if (access("d/f", F_OK) == 0)
		MUST(utimensat(AT_FDCWD, "d/f", t, 0));
	for (int i = 0; i < 2; i++)
		if (stat(names[i], &before[i]) < 0)
			before[i].st_ino = 0;
	t_sleep_ms(12); /* a tick of the file system's clock */
}
static void moved(const char *what)
{
	printf("%s:", what);
	for (int i = 0; i < 2; i++) {
		struct stat st;
		if (stat(names[i], &st) < 0 || before[i].st_ino == 0)
			continue;
		printf(" %s", names[i]);
		printf("%s", t_tscmp(st.st_mtim, before[i].st_mtim) ? " mtime" : "");
		printf("%s", t_tscmp(st.st_ctim, before[i].st_ctim) ? " ctime" : "");
		printf(";");
	}
	putchar('\n');
	mark();
}

int main(void)
{
	char b[16];
	MUST(mkdir("d", 0755));
	t_write_file("d/f", "content");
	int fd = MUST(open("d/f", O_RDWR));
	mark();
	moved("nothing");
	MUST(read(fd, b, 3));
	moved("read");
	MUST(write(fd, "x", 1));
	moved("write");
	MUST(write(fd, "", 0));
	moved("write of nothing");
	MUST(ftruncate(fd, 3));
	moved("ftruncate, shorter");
	MUST(ftruncate(fd, 3));
	moved("ftruncate, same length");
	MUST(truncate("d/f", 3));
	moved("truncate, same length");
	close(MUST(open("d/f", O_RDWR)));
	moved("open and close");
	close(MUST(open("d/f", O_RDWR | O_CREAT, 0600)));
	moved("open with O_CREAT of what is there");
	close(MUST(open("d/f", O_RDWR | O_TRUNC)));
	moved("open with O_TRUNC");
	close(MUST(open("d/f", O_RDWR | O_TRUNC)));
	moved("open with O_TRUNC of an empty file");
	MUST(fchmod(fd, 0600));
	moved("fchmod");
	MUST(chmod("d/f", 0600));
	moved("chmod, same mode");
	MUST(chown("d/f", geteuid(), getegid()));
	moved("chown, same owner");
	MUST(setxattr("d/f", "user.x", "y", 1, 0));
	moved("setxattr");
	MUST(link("d/f", "d/g"));
	moved("link");
	MUST(unlink("d/g"));
	moved("unlink of the other name");
	MUST(rename("d/f", "d/h"));
	MUST(rename("d/h", "d/f"));
	moved("rename");
	MUST(mkdir("d/sub", 0755));
	moved("mkdir");
	close(MUST(open("d/sub/x", O_CREAT | O_WRONLY, 0600)));
	moved("a file in a subdirectory");
	MUST(unlink("d/sub/x"));
	MUST(rmdir("d/sub"));
	moved("rmdir");
	MUST(symlink("x", "d/s"));
	moved("symlink");
	close(MUST(open("d/new", O_CREAT | O_WRONLY, 0600)));
	moved("create");
	MUST(chmod("d", 0700));
	moved("chmod of the directory");
	MUST(fallocate(fd, 0, 0, 100));
	moved("fallocate");
	MUST(access("d/f", R_OK));
	SHOW(link("d/f", "d/new"));
	SHOW(mkdir("d/f", 0700));
	SHOW(unlink("d/missing"));
	moved("calls that failed");
	MUST(utimensat(AT_FDCWD, "d/f", (struct timespec[2]){{5, 0}, {0, UTIME_OMIT}}, 0));
	moved("utimensat of atime only");
	MUST(unlink("d/f"));
	struct stat st, st2;
	MUST(fstat(fd, &st));
	t_sleep_ms(12);
	MUST(fchmod(fd, 0640));
	MUST(fstat(fd, &st2));
	CHECK(t_tscmp(st.st_ctim, st2.st_ctim) < 0 && t_tscmp(st.st_mtim, st2.st_mtim) == 0);
	moved("unlink");

	SECTION("a new file's times are equal and now");
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	close(MUST(open("d/now", O_CREAT | O_WRONLY, 0600)));
	MUST(stat("d/now", &st));
	CHECK(t_tscmp(st.st_mtim, st.st_ctim) == 0 && t_tscmp(st.st_atim, st.st_ctim) == 0);
	CHECK(st.st_mtim.tv_sec >= now.tv_sec - 1 && st.st_mtim.tv_sec <= now.tv_sec + 1);
	return 0;
}
