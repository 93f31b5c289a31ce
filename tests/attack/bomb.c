/* bomb.c - takes more and more of one thing, and says where it ends.
 * Run with limits by tests/cli/limits_bombs.sh; without an argument it only skips.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB	(1UL << 20)
#define MANY	4096			/* of anything: no limit held */

static int
ended(const char *call, const char *unit, long after)
{
	printf("%s: %s after %ld%s\n", call, strerrorname_np(errno), after, unit);
	fflush(stdout);
	return 0;
}

static int
processes(int dead)
{
	pid_t pids[MANY];
	int n, i;

	for (n = 0; n < MANY; n++) {
		pids[n] = fork();
		if (pids[n] == 0) {
			if (!dead)
				pause();
			_exit(0);
		}
		if (pids[n] < 0)
			break;
	}
	ended("fork", "", n);
	for (i = 0; i < n; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	/* And then there is room again. */
	pids[0] = fork();
	if (pids[0] == 0)
		_exit(0);
	return pids[0] > 0 && waitpid(pids[0], NULL, 0) == pids[0] ? 0 : 1;
}

static int
fork_bomb(void)
{
	for (;;)
		if (fork() < 0)
			usleep(1000);
	return 1;
}

static void *
sleeper(void *arg)
{
	pause();
	return arg;
}

static int
threads(void)
{
	pthread_attr_t a;
	pthread_t t;
	int n;

	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 65536);
	for (n = 0; n < MANY; n++) {
		errno = pthread_create(&t, &a, sleeper, NULL);
		if (errno != 0)
			break;
	}
	return ended("clone", "", n);
}

static int
by_mmap(void)
{
	int n;
	char *p;

	for (n = 0; n < MANY; n++) {
		p = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED)
			break;
		memset(p, 1, MIB);
	}
	return ended("mmap", " MiB", n);
}

static int
by_brk(void)
{
	int n;

	for (n = 0; n < MANY && sbrk((intptr_t)MIB) != (void *)-1; n++)
		memset((char *)sbrk(0) - MIB, 1, MIB);
	return ended("brk", " MiB", n);
}

static int
by_mprotect(void)
{
	char *p = mmap(NULL, MANY * MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int n;

	if (p == MAP_FAILED)
		return 1;
	for (n = 0; n < MANY && mprotect(p + (size_t)n * MIB, MIB, PROT_READ | PROT_WRITE) == 0; n++)
		memset(p + (size_t)n * MIB, 1, MIB);
	return ended("mprotect", " MiB", n);
}

static int
shares(void)
{
	int i;

	for (i = 0; i < 5; i++) {
		if (fork() != 0)
			continue;
		if (mmap(NULL, 20 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
			ended("mmap", "", i);
		/* All of them at the same time. */
		sleep(1);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	return 0;
}

static int
forked(void)
{
	char *p = mmap(NULL, 40 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (p == MAP_FAILED)
		return 1;
	memset(p, 1, 40 * MIB);
	pid = fork();
	if (pid == 0)
		_exit(0);
	printf("fork: %s\n", pid < 0 ? strerrorname_np(errno) : "none");
	return 0;
}

static void __attribute__((noinline))
stack_use(int mib)
{
	volatile char there[MIB];
	size_t i;

	for (i = 0; i < sizeof(there); i += 4096)
		there[i] = 1;
	if (mib > 1)
		stack_use(mib - 1);
	there[0] = 2;
}

static int
stacks(void)
{
	int i;

	for (i = 0; i < 12; i++)
		if (fork() == 0) {
			stack_use(6);
			pause();
		}
	pause();
	return 1;
}

static int
shared(void)
{
	int fd = memfd_create("bomb", 0);
	char *p;

	if (fd < 0 || ftruncate(fd, (off_t)(200 * MIB)) != 0)
		return 1;
	p = mmap(NULL, 200 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return 1;
	memset(p, 1, 200 * MIB);
	pause();
	return 1;
}

static int
disk(void)
{
	static char buf[MIB];
	int fd = open("/tmp/bomb", O_WRONLY | O_CREAT, 0600), n;

	memset(buf, 1, sizeof(buf));
	for (n = 0; n < MANY && write(fd, buf, sizeof(buf)) == (ssize_t)sizeof(buf); n++)
		;
	/* The last one may have been written in part. */
	if (n < MANY && write(fd, buf, sizeof(buf)) >= 0)
		return 1;
	return ended("write", " MiB", n);
}

static int
names(void)
{
	char name[32];
	long i;
	int fd;

	for (i = 0; i < 1000000; i++) {
		snprintf(name, sizeof(name), "/tmp/%ld", i);
		if (i % 2 == 0 && mkdir(name, 0700) != 0)
			break;
		fd = i % 2 == 1 ? open(name, O_WRONLY | O_CREAT, 0600) : -1;
		if (i % 2 == 1 && fd < 0)
			break;
		close(fd);
	}
	printf("%s: %s\n", i % 2 == 0 ? "mkdir" : "open", strerrorname_np(errno));
	return 0;
}

static int
files(void)
{
	int fd, last = -1;

	while (last < MANY && (fd = dup(0)) >= 0)
		last = fd;
	printf("dup: %s at %d\n", strerrorname_np(errno), last + 1);
	return 0;
}

static int
signals(void)
{
	sigset_t set;
	int n;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (n = 0; n < MANY; n++)
		if (sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = n }) != 0)
			break;
	return ended("sigqueue", "", n);
}

static int zombies(void) { return processes(1); }
static int living(void) { return processes(0); }

static const struct { const char *name; int (*run)(void); } bombs[] = {
	{ "processes", living }, { "zombies", zombies }, { "fork", fork_bomb }, { "threads", threads },
	{ "mmap", by_mmap }, { "brk", by_brk }, { "mprotect", by_mprotect }, { "shares", shares },
	{ "forked", forked }, { "stacks", stacks }, { "shared", shared }, { "disk", disk },
	{ "names", names }, { "files", files }, { "signals", signals },
};

int
main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(bombs) / sizeof(*bombs); i++)
		if (strcmp(bombs[i].name, argv[1]) == 0)
			return bombs[i].run();
	puts("run by tests/cli/limits_bombs.sh");
	return 77;
}
