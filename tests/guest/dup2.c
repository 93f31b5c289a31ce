/* dup2: onto open and free numbers, onto itself; the old file is closed without a word. */
#include "vktest.h"

#define DUP2(a, b) syscall(SYS_dup2, a, b)

int main(void)
{
	int p[2];
	char c;
	MUST(pipe(p));
	t_write_file("f", "0123456789");
	int f = MUST(open("f", O_RDONLY | O_CLOEXEC));

	SECTION("onto a free number");
	SHOW(DUP2(f, 50));
	SHOW(fcntl(50, F_GETFD));
	SHOW(read(50, &c, 1));
	SHOW(lseek(f, 0, SEEK_CUR));

	SECTION("onto the last writer of a pipe: the reader sees the end");
	SHOW(DUP2(f, p[1]));
	SHOW(read(p[0], &c, 1));
	SHOW(read(p[1], &c, 1));

	SECTION("onto itself: checked, and nothing else");
	SHOW(fcntl(f, F_GETFD));
	CHECK(DUP2(f, f) == f);
	SHOW(fcntl(f, F_GETFD));
	SHOW(DUP2(60, 60));

	SECTION("errors");
	SHOW(DUP2(60, 50));
	SHOW(DUP2(-1, 50));
	SHOW(DUP2(f, -1));
	SHOW(DUP2(f, 1 << 30));
	SHOW(DUP2(-1, -1));
	SHOW(fcntl(50, F_GETFD));

	SECTION("stdout");
	int save = MUST(dup(1)), out = MUST(open("out", O_WRONLY | O_CREAT, 0600));
	fflush(stdout);
	DUP2(out, 1);
	puts("to the file");
	fflush(stdout);
	DUP2(save, 1);
	t_cat("out");
	SHOW(DUP2(MUST(open("f", O_PATH)), 51));
	SHOW_X(fcntl(51, F_GETFL));
	return 0;
}
