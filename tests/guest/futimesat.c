/* futimesat: relative to a directory, or of the descriptor itself when there is no name. */
#include "vktest.h"

#define FUT(d, p, t) syscall(SYS_futimesat, d, p, t)
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
	struct timeval t[2] = {{11, 500000}, {12, 600000}}, bad[2] = {{0, 0}, {0, 1000000}};
	MUST(mkdir("d", 0755));
	t_write_file("d/f", "x");
	int d = MUST(open("d", O_RDONLY)), f = MUST(open("d/f", O_RDONLY));
	SHOW(FUT(d, "f", t));
	show("d/f");
	SHOW(FUT(AT_FDCWD, "d/f", NULL));
	show("d/f");
	SHOW(FUT(f, NULL, t));
	show("d/f");
	SHOW(FUT(d, "", t));
	SHOW(FUT(d, "missing", t));
	SHOW(FUT(-1, "f", t));
	SHOW(FUT(-1, NULL, t));
	SHOW(FUT(AT_FDCWD, NULL, t));
	SHOW(FUT(f, "x", t));
	SHOW(FUT(d, "f", bad));
	SHOW(FUT(d, "f", BADP));
	SHOW(FUT(d, BADP, t));
	SHOW(FUT(-1, BADP, bad));
	return 0;
}
