/* utimes and futimesat: microseconds. */
#include "vktest.h"

#define UTIMES(p, t) syscall(SYS_utimes, p, t)
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

int main(void)
{
	struct timeval t[2] = {{123456789, 1}, {987654321, 999999}};
	t_write_file("f", "x");
	MUST(symlink("f", "l"));
	SHOW(UTIMES("f", t));
	show("f");
	SHOW(UTIMES("l", NULL));
	show("f");
	t[0].tv_sec = -2;
	SHOW(UTIMES("l", t));
	show("f");
	t[1].tv_usec = 1000000;
	SHOW(UTIMES("f", t));
	t[1].tv_usec = -1;
	SHOW(UTIMES("f", t));
	SHOW(UTIMES("missing", t));
	t[1].tv_usec = 0;
	SHOW(UTIMES("missing", t));
	SHOW(UTIMES("", t));
	SHOW(UTIMES(BADP, t));
	SHOW(UTIMES("f", BADP));
	SHOW(UTIMES(BADP, BADP));
	show("f");
	return 0;
}
