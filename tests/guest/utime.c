/* utime, the oldest: whole seconds. */
#include "vktest.h"
#include <utime.h>

#define UTIME(p, t) syscall(SYS_utime, p, t)
static void show(const char *p)
{
	struct stat st;
	MUST(stat(p, &st));
	long now = time(NULL);
	if (st.st_mtim.tv_sec >= now - 10 && st.st_atim.tv_sec >= now - 10)
		puts("   now");
	else
		printf("   %ld.%09ld %ld.%09ld\n", st.st_atim.tv_sec, st.st_atim.tv_nsec, st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}
static int unprivileged(void)
{
	struct utimbuf t = {1, 2};
	SHOW(UTIME("/etc/passwd", &t));
	SHOW(UTIME("/etc/passwd", NULL));
	t_write_file("open/own", "x");
	MUST(chmod("open/own", 0));
	SHOW(UTIME("open/own", &t));
	SHOW(UTIME("open/own", NULL));
	return 0;
}

int main(void)
{
	struct utimbuf t = {123456789, 987654321};
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	t_write_file("f", "x");
	MUST(symlink("f", "l"));
	MUST(symlink("nowhere", "dangling"));
	SHOW(UTIME("f", &t));
	show("f");
	SHOW(UTIME("f", NULL));
	show("f");
	t.actime = -1;
	SHOW(UTIME("l", &t));
	show("f");
	SHOW(UTIME("open", &t));
	show("open");
	SHOW(UTIME("dangling", &t));
	SHOW(UTIME("missing", &t));
	SHOW(UTIME("f/x", &t));
	SHOW(UTIME("", &t));
	SHOW(UTIME(BADP, &t));
	SHOW(UTIME("f", BADP));
	SHOW(UTIME("missing", BADP));
	t_unprivileged("unprivileged", unprivileged);
	return 0;
}
