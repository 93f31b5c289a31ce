// build: static-pie musl-static
/* execve: arguments and environment as given, and what it says of paths and addresses that are wrong. */
#include "vkproc.h"

static long ex(const void *path, void *argv, void *envp)
{
	return syscall(SYS_execve, path, argv, envp);
}

static char *arg[] = {"x", NULL}, *env[] = {NULL};

/* In a child, for the case that it does not fail. */
#define TRY(e)                                                                                                         \
	IN_CHILD(#e) {                                                                                                 \
		SHOW(e);                                                                                               \
	}

int main(int argc, char **argv)
{
	if (argc != 1 || strcmp(argv[0], "again") == 0) {
		printf("argc %d\n", argc);
		for (int i = 0; i <= argc; i++)
			printf("argv[%d] = %s%s%s\n", i, argv[i] ? "\"" : "", argv[i] ? argv[i] : "NULL", argv[i] ? "\"" : "");
		for (int i = 0; environ[i]; i++)
			printf("env \"%s\"\n", environ[i]);
		return 23;
	}
	const char *self = p_self();
	fflush(stdout);
	SECTION("arguments");
	TRY(ex(self, ((char *[]){"again", NULL}), env));
	TRY(ex(self, ((char *[]){"again", "", "two words", "\t\n", "\xff\xfe", NULL}), ((char *[]){"A=1", "A=2", "=x", "noequals", "", NULL})));
	TRY(ex(self, ((char *[]){"", "empty argv0", NULL}), ((char *[]){"B=", NULL})));
	TRY(ex(self, ((char *[]){"again", NULL}), NULL));

	SECTION("paths");
	MUST(mkdir("dir", 0755));
	t_write_file("plain", "not to be executed");
	MUST(symlink("loop", "loop"));
	MUST(symlink("missing", "dangling"));
	MUST(mkfifo("fifo", 0755));
	t_write_file("dir/noexec", "#!/bin/sh\n");
	char longname[300], longpath[5000];
	memset(longname, 'n', 299), longname[299] = 0;
	memset(longpath, '/', 4999), longpath[4999] = 0;
	TRY(ex("missing", arg, env));
	TRY(ex("", arg, env));
	TRY(ex("dangling", arg, env));
	TRY(ex("loop", arg, env));
	TRY(ex("dir", arg, env));
	TRY(ex("dir/", arg, env));
	TRY(ex(".", arg, env));
	TRY(ex("/", arg, env));
	TRY(ex("plain", arg, env));
	TRY(ex("plain/", arg, env));
	TRY(ex("plain/x", arg, env));
	TRY(ex("dir/noexec", arg, env));
	TRY(ex("fifo", arg, env));
	TRY(ex("/dev/null", arg, env));
	TRY(ex(longname, arg, env));
	TRY(ex(longpath, arg, env));

	SECTION("addresses");
	char *bad_arg[] = {"x", BADP, NULL}, *bad_env[] = {"A=1", BADP, NULL};
	TRY(ex(BADP, arg, env));
	TRY(ex(NULL, arg, env));
	TRY(ex(self, BADP, env));
	TRY(ex(self, arg, BADP));
	TRY(ex(self, bad_arg, env));
	TRY(ex(self, arg, bad_env));
	char **unterminated = t_edge(sizeof(char *) * 2);
	unterminated[0] = unterminated[1] = "x";
	TRY(ex(self, unterminated, env));
	char *nonul = t_edge(3);
	memcpy(nonul, "abc", 3);
	TRY(ex(nonul, arg, env));
	char *arg3[] = {"x", nonul, NULL};
	TRY(ex(self, arg3, env));

	SECTION("two bad arguments");
	TRY(ex("missing", BADP, env));
	TRY(ex("plain", BADP, env));
	TRY(ex("dir", bad_arg, env));
	TRY(ex(BADP, BADP, BADP));
	TRY(ex("missing", arg, bad_env));

	SECTION("permissions");
	MUST(chmod("plain", 0111));
	TRY(ex("./plain", arg, env));
	MUST(chmod("plain", 0));
	TRY(ex("./plain", arg, env));
	return 0;
}
