/* execveat: relative to a directory, by descriptor with AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, and its errors. */
#include "vkproc.h"

static long ex(int dir, const void *path, int flags)
{
	static char *argv[] = {"zero", "shown", NULL}, *env[] = {"E=1", NULL};
	return syscall(SYS_execveat, dir, path, argv, env, flags);
}

#define TRY(...)                                                                                                       \
	IN_CHILD(#__VA_ARGS__)                                                                                         \
		SHOW(ex(__VA_ARGS__))

int main(int argc, char **argv)
{
	if (argc > 1) {
		printf("%s %s %s, execfn %s\n", argv[0], argv[1], getenv("E"),
		       strncmp((char *)getauxval(AT_EXECFN), "/dev/fd/", 8) == 0 ? "/dev/fd/..." : "a name");
		return 21;
	}
	char *self = strdup(p_self());
	MUST(mkdir("d", 0755));
	MUST(symlink(self, "d/prog"));
	MUST(symlink("prog", "d/link"));
	t_write_file("d/script", "#!/bin/sh\necho script \"$@\"\nexit 4\n");
	MUST(chmod("d/script", 0755));
	t_write_file("d/plain", "x");
	int dir = MUST(open("d", O_RDONLY | O_DIRECTORY));
	int prog = MUST(open(self, O_RDONLY));
	int pathfd = MUST(open(self, O_PATH));
	int cloexec = MUST(open(self, O_RDONLY | O_CLOEXEC));
	int link = MUST(open("d/prog", O_PATH | O_NOFOLLOW));
	int script = MUST(open("d/script", O_RDONLY));
	int script_cloexec = MUST(open("d/script", O_RDONLY | O_CLOEXEC));
	int plain = MUST(open("d/plain", O_RDONLY));

	SECTION("names");
	TRY(dir, "prog", 0);
	TRY(AT_FDCWD, "d/prog", 0);
	TRY(-1, self, 0);
	TRY(dir, "script", 0);
	TRY(dir, "missing", 0);
	TRY(dir, "plain", 0);
	TRY(dir, ".", 0);
	TRY(-1, "prog", 0);
	TRY(99, "prog", 0);
	TRY(plain, "prog", 0);
	TRY(dir, "prog/x", 0);
	TRY(dir, BADP, 0);
	SECTION("empty path");
	TRY(prog, "", AT_EMPTY_PATH);
	TRY(pathfd, "", AT_EMPTY_PATH);
	TRY(cloexec, "", AT_EMPTY_PATH);
	TRY(script, "", AT_EMPTY_PATH);
	TRY(script_cloexec, "", AT_EMPTY_PATH);
	TRY(prog, "", 0);
	TRY(plain, "", AT_EMPTY_PATH);
	TRY(dir, "", AT_EMPTY_PATH);
	TRY(99, "", AT_EMPTY_PATH);
	TRY(AT_FDCWD, "", AT_EMPTY_PATH);
	TRY(dir, "prog", AT_EMPTY_PATH);
	SECTION("flags");
	TRY(dir, "prog", AT_SYMLINK_NOFOLLOW);
	TRY(dir, "script", AT_SYMLINK_NOFOLLOW);
	TRY(link, "", AT_EMPTY_PATH);
	TRY(link, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
	TRY(dir, "prog", AT_REMOVEDIR);
	TRY(dir, "prog", 0x80000000);
	TRY(99, BADP, 0x4);
	TRY(99, "missing", 0x4);
	return 0;
}
