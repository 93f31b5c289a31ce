/* setrlimit: soft and hard, down and not up again, kept over fork and exec, not the parent's; errors in their order. */
#include "vkproc.h"

static long s(unsigned res, rlim_t cur, rlim_t max)
{
	struct rlimit rl = {cur, max};
	return syscall(SYS_setrlimit, res, &rl);
}

static void show(const char *what)
{
	struct rlimit rl;
	MUST(getrlimit(RLIMIT_NOFILE, &rl));
	printf("%s: %lu %lu\n", what, rl.rlim_cur, rl.rlim_max);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		show("after exec");
		return 0;
	}
	struct rlimit before, after;
	MUST(getrlimit(RLIMIT_NOFILE, &before));
	IN_CHILD("child") {
		p_ordinary();
		SHOW(s(RLIMIT_NOFILE, 64, 128));
		show("set");
		SHOW(s(RLIMIT_NOFILE, 128, 128));
		SHOW(s(RLIMIT_NOFILE, 10, 129));
		SHOW(s(RLIMIT_NOFILE, 129, 128));
		SHOW(s(RLIMIT_NOFILE, RLIM_INFINITY, RLIM_INFINITY));
		show("unchanged");
		SHOW(s(RLIMIT_NOFILE, 20, 100));
		IN_CHILD("exec")
			execl(p_self(), "x", "y", NULL);
		/* It counts at once, and closes nothing. */
		int fd = MUST(dup2(1, 19));
		SHOW(dup2(1, 20));
		SHOW(s(RLIMIT_NOFILE, 0, 100));
		SHOW(dup(1));
		SHOW(fcntl(fd, F_GETFD));
		SHOW(s(RLIMIT_CORE, 0, 0));
		SHOW(s(RLIMIT_CORE, 0, 1));
	}
	MUST(getrlimit(RLIMIT_NOFILE, &after));
	CHECK(before.rlim_cur == after.rlim_cur && before.rlim_max == after.rlim_max);
	SHOW(s(16, 1, 1));
	SHOW(s(-1, 1, 1));
	SHOW(s(RLIMIT_NOFILE, 2, 1));
	SHOW(s(16, 2, 1));
	SHOW(syscall(SYS_setrlimit, RLIMIT_NOFILE, NULL));
	SHOW(syscall(SYS_setrlimit, RLIMIT_NOFILE, BADP));
	SHOW(syscall(SYS_setrlimit, 16, BADP));
	return 0;
}
