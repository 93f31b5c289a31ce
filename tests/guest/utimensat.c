/* utimensat and its relatives: utime, utimes, futimesat, futimens. */
#include "vktest.h"
#include <utime.h>

static void show(const char *name)
{
	struct stat st;
	if (lstat(name, &st) < 0) {
		printf("%s: %s\n", name, t_errname(errno));
		return;
	}
	long now = time(NULL);
	printf("   %s:", name);
	for (int i = 0; i < 2; i++) {
		struct timespec t = i ? st.st_mtim : st.st_atim;
		if (t.tv_sec > now - 15 && t.tv_sec < now + 5)
			printf(" %ctime now", "am"[i]);
		else
			printf(" %ctime %ld.%09ld", "am"[i], t.tv_sec, t.tv_nsec);
	}
	puts(st.st_ctim.tv_sec > now - 15 ? " ctime now" : " ctime old");
}

static int unprivileged(void)
{
	struct timespec t[2] = {{1, 2}, {3, 4}}, omit[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
	SHOW(utimensat(AT_FDCWD, "/etc/passwd", NULL, 0));
	SHOW(utimensat(AT_FDCWD, "/etc/passwd", t, 0));
	SHOW(utimensat(AT_FDCWD, "/etc/passwd", omit, 0));
	t[0].tv_nsec = t[1].tv_nsec = UTIME_NOW;
	SHOW(utimensat(AT_FDCWD, "/etc/passwd", t, 0));
	t[0].tv_nsec = UTIME_OMIT;
	SHOW(utimensat(AT_FDCWD, "/etc/passwd", t, 0));
	t_write_file("open/mine", "x");
	MUST(chmod("open/mine", 0));
	SHOW(utimensat(AT_FDCWD, "open/mine", NULL, 0));
	SHOW(utimensat(AT_FDCWD, "open/mine", t, 0));
	return 0;
}

int main(void)
{
	struct timespec t[2] = {{1000000000, 123456789}, {1100000000, 987654321}};
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	t_write_file("file", "x");
	MUST(symlink("file", "link"));
	MUST(symlink("nowhere", "dangling"));
	int fd = MUST(open("file", O_RDONLY)), d = MUST(open(".", O_RDONLY));

	SHOW(utimensat(AT_FDCWD, "file", t, 0));
	show("file");
	SHOW(utimensat(d, "file", NULL, 0));
	show("file");
	struct timespec o[2] = {{5, 6}, {0, UTIME_OMIT}};
	SHOW(utimensat(d, "file", o, 0));
	show("file");
	o[0].tv_nsec = UTIME_OMIT, o[1] = (struct timespec){77, 0};
	SHOW(utimensat(d, "file", o, 0));
	show("file");
	o[1].tv_nsec = UTIME_NOW;
	SHOW(utimensat(d, "file", o, 0));
	show("file");
	SHOW(utimensat(d, "link", t, AT_SYMLINK_NOFOLLOW));
	show("link");
	SHOW(utimensat(d, "link", t, 0));
	show("file");
	t[0].tv_sec = -5;
	SHOW(futimens(fd, t));
	show("file");
	SHOW(syscall(SYS_utimensat, fd, NULL, NULL, 0));
	show("file");
	SHOW(utimensat(d, "open", t, 0));
	show("open");
	SHOW(utimensat(fd, "", t, AT_EMPTY_PATH));

	SECTION("utimensat errors");
	struct timespec bad[2] = {{1, -1}, {1, 0}}, big[2] = {{1, 0}, {1, 1000000000}};
	SHOW(utimensat(d, "file", bad, 0));
	SHOW(utimensat(d, "file", big, 0));
	SHOW(utimensat(d, "missing", t, 0));
	SHOW(utimensat(d, "dangling", t, 0));
	SHOW(utimensat(d, "", t, 0));
	SHOW(utimensat(d, "file", t, 0x10000));
	SHOW(utimensat(-1, "file", t, 0));
	SHOW(utimensat(fd, "x", t, 0));
	SHOW(syscall(SYS_utimensat, -1, NULL, t, 0));
	SHOW(syscall(SYS_utimensat, AT_FDCWD, NULL, t, 0));
	SHOW(syscall(SYS_utimensat, fd, NULL, t, AT_SYMLINK_NOFOLLOW));
	SHOW(utimensat(d, BADP, t, 0));
	SHOW(utimensat(d, "file", BADP, 0));
	SHOW(utimensat(d, "missing", BADP, 0));
	SHOW(utimensat(d, "missing", bad, 0));
	struct timespec omit[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
	SHOW(utimensat(d, "missing", omit, 0));

	SECTION("utime, utimes, futimesat");
	struct timeval tv[2] = {{11, 500000}, {12, 600000}}, badtv[2] = {{1, 1000000}, {1, 0}};
	struct utimbuf ub = {21, 22};
	SHOW(syscall(SYS_utimes, "file", tv));
	show("file");
	SHOW(syscall(SYS_utime, "file", &ub));
	show("file");
	SHOW(syscall(SYS_utime, "file", NULL));
	show("file");
	SHOW(syscall(SYS_futimesat, d, "file", tv));
	show("file");
	SHOW(syscall(SYS_futimesat, fd, NULL, NULL));
	show("file");
	SHOW(syscall(SYS_utimes, "file", badtv));
	SHOW(syscall(SYS_utimes, "missing", tv));
	SHOW(syscall(SYS_utime, "missing", &ub));
	SHOW(syscall(SYS_utime, "file", BADP));
	SHOW(syscall(SYS_futimesat, -1, "file", tv));
	t_unprivileged("unprivileged", unprivileged);
	return 0;
}
