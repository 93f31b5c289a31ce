/* creat: open for writing, made or emptied. */
#include "vktest.h"

#define CREAT(p, m) syscall(SYS_creat, p, m)

int main(void)
{
	char b[8];
	MUST(mkdir("dir", 0755));
	long fd = SHOW_OK(CREAT("c", 0666));
	t_stat("c");
	SHOW(write(fd, "abc", 3));
	SHOW(read(fd, b, 3));
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(read(fd, b, 3));
	SHOW_X(fcntl(fd, F_GETFL));
	SHOW(fcntl(fd, F_GETFD));
	t_stat("c");

	SECTION("an existing file is emptied and keeps its mode");
	SHOW_OK(CREAT("c", 0600));
	t_stat("c");
	SHOW(write(fd, "def", 3));
	t_cat("c");

	SECTION("a file that others may only read");
	SHOW_OK(CREAT("readonly", 0444));
	t_stat("readonly");

	SECTION("symlinks");
	MUST(symlink("target", "dangling"));
	SHOW_OK(CREAT("dangling", 0600));
	t_ls(".");
	MUST(symlink("loop", "loop"));
	SHOW_OK(CREAT("loop", 0600));

	SECTION("errors");
	SHOW_OK(CREAT("dir", 0600));
	SHOW_OK(CREAT("dir/", 0600));
	SHOW_OK(CREAT("x/", 0600));
	SHOW_OK(CREAT("nodir/c", 0600));
	SHOW_OK(CREAT("c/c", 0600));
	SHOW_OK(CREAT("", 0600));
	SHOW_OK(CREAT(BADP, 0600));
	SHOW_OK(CREAT(NULL, 0600));
	return 0;
}
