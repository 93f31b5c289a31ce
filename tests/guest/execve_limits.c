/* How long arguments and environment may be: one string, all together, and how the stack limit decides it. */
#include "vkproc.h"

static char big[300000];

/* Runs ourselves with n strings of len bytes (with the final 0) as arguments. */
static void run(const char *what, int n, size_t len, bool as_env)
{
	int *err = t_shared(4096);
	pid_t p = t_fork();
	if (p == 0) {
		char **v = calloc(n + 3, sizeof *v), *none[] = {"self", "count", NULL}, *noenv[] = {NULL};
		memset(big, 'x', len - 1);
		big[len - 1] = 0;
		v[0] = "self";
		v[1] = "count";
		for (int i = 0; i < n; i++)
			v[as_env ? i : i + 2] = big;
		execve(p_self(), as_env ? none : v, as_env ? v : noenv);
		*err = errno;
		_exit(0);
	}
	int st = t_waitpid(p);
	printf("%s: %s\n", what, *err ? t_errname(*err) : t_status(st));
	munmap(err, 4096);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		unsigned long n = 0, bytes = 0;
		for (int i = 2; i < argc; i++, n++)
			bytes += strlen(argv[i]) + 1;
		for (int i = 0; environ[i]; i++, n++)
			bytes += strlen(environ[i]) + 1;
		printf("got %lu strings, %lu bytes\n", n, bytes);
		return 0;
	}
	struct rlimit rl;
	MUST(getrlimit(RLIMIT_STACK, &rl));
	rl.rlim_cur = 8 << 20;
	MUST(setrlimit(RLIMIT_STACK, &rl));
	SECTION("one string: 128 KiB with its end");
	run("131071", 1, 131071, false);
	run("131072", 1, 131072, false);
	run("131073", 1, 131073, false);
	run("131072 in the environment", 1, 131072, true);
	run("131073 in the environment", 1, 131073, true);
	SECTION("all: a quarter of the stack limit, 2 MiB here");
	run("15 of 128 KiB", 15, 131072, false);
	run("17 of 128 KiB", 17, 131072, false);
	run("17 of 128 KiB in the environment", 17, 131072, true);
	run("100000 of 8 bytes, pointers not fitting", 130000, 9, false);
	run("100000 of 8 bytes", 100000, 9, false);
	rl.rlim_cur = 256 << 10;
	MUST(setrlimit(RLIMIT_STACK, &rl));
	SECTION("a small stack: never less than 128 KiB");
	run("100000", 1, 100000, false);
	run("131000", 1, 131000, false);
	run("2 of 70000", 2, 70000, false);
	rl.rlim_cur = 1 << 20;
	MUST(setrlimit(RLIMIT_STACK, &rl));
	SECTION("1 MiB");
	run("4 of 60000", 4, 60000, false);
	run("5 of 60000", 5, 60000, false);
	rl.rlim_cur = 64 << 20;
	MUST(setrlimit(RLIMIT_STACK, &rl));
	SECTION("64 MiB: never more than 6 MiB");
	run("46 of 128 KiB", 46, 131072, false);
	run("49 of 128 KiB", 49, 131072, false);
	return 0;
}
