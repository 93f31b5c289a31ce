/* chdir, fchdir, getcwd. */
#include "vktest.h"

static int unprivileged(void)
{
	MUST(mkdir("open/nox", 0600));
	MUST(mkdir("open/noread", 0300));
	SHOW(chdir("open/nox"));
	SHOW(chdir("open/nox/x"));
	SHOW(fchdir(MUST(open("open/nox", O_RDONLY))));
	SHOW(chdir("open/noread"));
	SHOW(access("..", F_OK));
	return 0;
}

int main(void)
{
	char start[4096], b[4096], longname[300];
	memset(longname, 'n', 299);
	longname[299] = 0;
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	MUST(mkdir("a", 0755));
	MUST(mkdir("a/b", 0755));
	MUST(symlink("a/b", "ab"));
	t_write_file("file", "x");
	int here = MUST(open(".", O_RDONLY)), f = MUST(open("file", O_RDONLY)), p = MUST(open("a", O_PATH));
	MUST((long)getcwd(start, sizeof start));
	size_t len = strlen(start);
	CHECK(start[0] == '/');

	SECTION("chdir and where that is");
	SHOW(chdir("a/b"));
	MUST((long)getcwd(b, sizeof b));
	CHECK(strncmp(b, start, len) == 0);
	SHOW_STR(b + len);
	SHOW(chdir(".."));
	MUST((long)getcwd(b, sizeof b));
	SHOW_STR(b + len);
	SHOW(fchdir(here));
	SHOW(chdir("ab"));
	MUST((long)getcwd(b, sizeof b));
	SHOW_STR(b + len);
	SHOW(fchdir(p));
	SHOW(chdir("./b/../b/."));
	MUST((long)getcwd(b, sizeof b));
	SHOW_STR(b + len);
	SHOW(chdir("/"));
	SHOW_STR(getcwd(b, sizeof b));
	SHOW(chdir(".."));
	SHOW_STR(getcwd(b, sizeof b));
	SHOW(chdir("/usr/include/"));
	SHOW_STR(getcwd(b, sizeof b));
	SHOW(chdir(start));

	SECTION("getcwd: length with the NUL, ERANGE");
	MUST(chdir("/usr"));
	SHOW(syscall(SYS_getcwd, b, sizeof b));
	SHOW(syscall(SYS_getcwd, b, 5L));
	SHOW(syscall(SYS_getcwd, b, 4L));
	SHOW(syscall(SYS_getcwd, b, 0L));
	SHOW(syscall(SYS_getcwd, BADP, 100L));
	SHOW(syscall(SYS_getcwd, BADP, 2L));
	MUST(chdir(start));

	SECTION("renamed and removed under us");
	MUST(chdir("a/b"));
	MUST(rename("../../a", "../../c"));
	MUST((long)getcwd(b, sizeof b));
	SHOW_STR(b + len);
	MUST(rename("../b", "../../d"));
	MUST((long)getcwd(b, sizeof b));
	SHOW_STR(b + len);
	MUST(rmdir("../d"));
	SHOW(syscall(SYS_getcwd, b, sizeof b));
	SHOW(chdir("."));
	SHOW(chdir(".."));
	MUST((long)getcwd(b, sizeof b));
	SHOW_STR(b + len);

	SECTION("errors");
	SHOW(chdir("missing"));
	SHOW(chdir("file"));
	SHOW(chdir("file/x"));
	SHOW(chdir("ab"));
	SHOW(chdir(""));
	SHOW(chdir(longname));
	SHOW(chdir(BADP));
	SHOW(fchdir(f));
	SHOW(fchdir(-1));
	SHOW(fchdir(999));
	MUST((long)getcwd(b, sizeof b));
	CHECK(strcmp(b, start) == 0);

	SECTION("fork keeps it, children change only their own");
	pid_t pid = t_fork();
	if (pid == 0)
		_exit(chdir("/") ? 1 : 0);
	t_waitpid(pid);
	MUST((long)getcwd(b, sizeof b));
	CHECK(strcmp(b, start) == 0);
	t_unprivileged("unprivileged", unprivileged);
	return 0;
}
