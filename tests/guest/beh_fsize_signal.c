/* A write past RLIMIT_FSIZE kills by SIGXFSZ when that is not caught. */
#include "vktest.h"
#include <sys/resource.h>

static volatile int got;
static void on(int sig)
{
	got = sig;
}

static int die(void)
{
	struct rlimit rl = {4, 4};
	int fd = MUST(open("f", O_WRONLY | O_CREAT, 0644));
	MUST(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}));
	MUST(setrlimit(RLIMIT_FSIZE, &rl));
	/* stdout may be a file: what is printed from here could itself be too long */
	if (write(fd, "123456", 6) != 4)
		return 1;
	if (write(fd, "7", 1) != -1)
		return 2;
	return 3;
}

static int caught(void)
{
	struct rlimit rl = {4, 4};
	int fd = MUST(open("f", O_WRONLY | O_CREAT | O_TRUNC, 0644));
	signal(SIGXFSZ, on);
	MUST(setrlimit(RLIMIT_FSIZE, &rl));
	if (write(fd, "123456", 6) != 4 || got)
		return 1;
	if (write(fd, "7", 1) != -1 || errno != EFBIG)
		return 2;
	return got == SIGXFSZ ? 0 : 3;
}

static int truncated(void)
{
	struct rlimit rl = {4, 4};
	int fd = MUST(open("f", O_WRONLY | O_CREAT | O_TRUNC, 0644));
	signal(SIGXFSZ, on);
	MUST(setrlimit(RLIMIT_FSIZE, &rl));
	if (ftruncate(fd, 5) != -1 || errno != EFBIG)
		return 1;
	return got == SIGXFSZ ? 0 : 3;
}

int main(void)
{
	int st = t_child(die);
	printf("default action: %s\n", t_status(st));
	t_cat("f");
	printf("caught: %s\n", t_status(t_child(caught)));
	printf("ftruncate: %s\n", t_status(t_child(truncated)));
	return 0;
}
