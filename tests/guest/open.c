/* open, the old number: the same walk from the current directory. */
#include "vktest.h"

#define OPEN(p, f, m) syscall(SYS_open, p, f, m)

int main(void)
{
	MUST(mkdir("dir", 0755));
	SHOW_OK(OPEN("new", O_RDWR, 0));
	SHOW_OK(OPEN("new", O_RDWR | O_CREAT, 0604));
	t_stat("new");
	SHOW_OK(OPEN("new", O_RDWR | O_CREAT | O_EXCL, 0604));
	SHOW_OK(OPEN("dir", O_RDWR, 0));
	SHOW_OK(OPEN("dir", O_RDONLY, 0));
	SHOW_OK(OPEN("new/x", O_RDONLY, 0));
	SHOW_OK(OPEN("", O_RDONLY, 0));
	SHOW_OK(OPEN(NULL, O_RDONLY, 0));
	SHOW_OK(OPEN(BADP, O_RDONLY, 0));
	SHOW_X(fcntl(MUST(OPEN("new", O_RDWR, 0)), F_GETFL));

	SECTION("with directories closed behind us");
	MUST(chdir("dir"));
	SHOW_OK(OPEN("../new", O_RDONLY, 0));
	SHOW_OK(OPEN("in", O_RDWR | O_CREAT, 0600));
	MUST(chdir(".."));
	t_ls("dir");
	MUST(unlink("dir/in"));
	MUST(chdir("dir"));
	MUST(rmdir("../dir"));
	SHOW_OK(OPEN("in", O_RDWR | O_CREAT, 0600));
	SHOW_OK(OPEN(".", O_RDONLY, 0));
	SHOW_OK(OPEN("../new", O_RDONLY, 0));
	MUST(chdir(".."));

	SECTION("the lowest free number");
	int a = MUST(open("new", O_RDONLY));
	int z = MUST(open("new", O_RDONLY));
	CHECK(z == a + 1);
	close(a);
	CHECK(open("new", O_RDONLY) == a);
	CHECK(open("new", O_RDONLY) == z + 1);
	return 0;
}
