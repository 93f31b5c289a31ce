/* fchdir: to directories however they were opened, and to nothing else. */
#include "vktest.h"

static int unprivileged(void)
{
	MUST(mkdir("n", 0700));
	int n = MUST(open("n", O_RDONLY)), p = MUST(open("n", O_PATH));
	MUST(chmod("n", 0600));
	SHOW(fchdir(n));
	SHOW(fchdir(p));
	MUST(chmod("n", 0100));
	SHOW(fchdir(n));
	return 0;
}

int main(void)
{
	int p[2];
	MUST(mkdir("d", 0755));
	t_write_file("d/in", "x");
	t_write_file("f", "x");
	int here = MUST(open(".", O_RDONLY)), d = MUST(open("d", O_RDONLY)), path = MUST(open("d", O_PATH));
	SHOW(fchdir(d));
	SHOW(access("in", F_OK));
	SHOW(fchdir(here));
	SHOW(access("d/in", F_OK));
	SHOW(fchdir(path));
	SHOW(access("in", F_OK));
	SHOW(fchdir(here));
	MUST(rename("d", "e"));
	SHOW(fchdir(d));
	SHOW(access("../e/in", F_OK));
	MUST(unlink("in"));
	MUST(rmdir("../e"));
	SHOW(fchdir(here));
	SHOW(fchdir(d));
	SHOW(access(".", F_OK));
	SHOW(fchdir(here));

	SECTION("errors");
	SHOW(fchdir(MUST(open("f", O_RDONLY))));
	SHOW(fchdir(MUST(open("f", O_PATH))));
	MUST(pipe(p));
	SHOW(fchdir(p[0]));
	SHOW(fchdir(-1));
	SHOW(fchdir(999));
	MUST(chmod(".", 0777));
	t_unprivileged("unprivileged", unprivileged);
	return 0;
}
