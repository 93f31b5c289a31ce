/* getcwd: the length with its NUL, buffers that just fit, names that moved. */
#include "vktest.h"

#define GETCWD(b, n) syscall(SYS_getcwd, b, n)

int main(void)
{
	char b[8192], start[4096];
	MUST((long)getcwd(start, sizeof start));
	long len = strlen(start);
	CHECK(GETCWD(b, sizeof b) == len + 1);
	CHECK(GETCWD(b, len + 1) == len + 1 && !strcmp(b, start));
	SHOW(GETCWD(b, len));
	SHOW(GETCWD(b, 0L));
	SHOW(GETCWD(b, 1L));
	char *edge = t_edge(len + 1);
	CHECK(GETCWD(edge, len + 1) == len + 1);
	CHECK(GETCWD(edge, 4096L) == len + 1 && !strcmp(edge, start));
	SHOW(GETCWD(edge + 1, 4096L));
	SHOW(GETCWD(BADP, 4096L));
	SHOW(GETCWD(BADP, 1L));
	MUST(mkdir("a", 0755));
	MUST(mkdir("a/b", 0755));
	MUST(chdir("a/b"));
	CHECK(GETCWD(b, sizeof b) == len + 5 && !strcmp(b + len, "/a/b"));
	MUST(rename("../../a", "../../longer name"));
	CHECK(GETCWD(b, sizeof b) == len + 15 && !strcmp(b + len, "/longer name/b"));
	MUST(rmdir("../b"));
	SHOW(GETCWD(b, sizeof b));
	SHOW(GETCWD(b, 1L));
	MUST(chdir("/"));
	SHOW(GETCWD(b, 2L));
	SHOW_STR(b);
	MUST(chdir("/proc/self/.."));
	SHOW(GETCWD(b, sizeof b));
	SHOW_STR(b);
	return 0;
}
