/* unshare: a table of files and a directory of one's own; what threads forbid; not for namespaces; errors. */
#include "vkproc.h"

static long u(unsigned long flags) { return syscall(SYS_unshare, flags); }
static char stack[65536] __attribute__((aligned(16)));

static int files(void *arg)
{
	close(10);
	if (arg)
		u(CLONE_FILES);
	close(11);
	return dup2(1, 12) == 12 ? 0 : 1;
}

static int dirs(void *arg)
{
	if (arg)
		u(CLONE_FS);
	umask(077);
	return chdir("/");
}

static void run(const char *what, int (*fn)(void *), int flags, void *arg)
{
	fflush(stdout);
	p_wait(what, MUST(clone(fn, stack + sizeof stack, flags | SIGCHLD, arg)));
}

static void *thread(void *arg)
{
	SHOW(u(CLONE_THREAD));
	SHOW(u(CLONE_SIGHAND));
	SHOW(u(CLONE_VM));
	SHOW(u(CLONE_FILES | CLONE_VM));
	SHOW(u(CLONE_FS));
	umask(0);
	return arg;
}

int main(void)
{
	char cwd[PATH_MAX], now[PATH_MAX];
	MUST((long)getcwd(cwd, sizeof cwd));
	dup2(1, 10), dup2(1, 11);
	run("files", files, CLONE_FILES, "");
	printf("%d %d %d\n", fcntl(10, F_GETFD), fcntl(11, F_GETFD), fcntl(12, F_GETFD));
	run("shared", files, CLONE_FILES, NULL);
	printf("%d %d %d\n", fcntl(10, F_GETFD), fcntl(11, F_GETFD), fcntl(12, F_GETFD));
	run("fs", dirs, CLONE_FS, "");
	CHECK(strcmp(getcwd(now, sizeof now), cwd) == 0);
	SHOW_O(umask(022));
	run("shared", dirs, CLONE_FS, NULL);
	SHOW_STR(getcwd(now, sizeof now));
	SHOW_O(umask(022));
	SHOW(u(0));
	SHOW(u(CLONE_FILES | CLONE_FS | CLONE_SYSVSEM));
	SHOW(u(CLONE_THREAD | CLONE_SIGHAND | CLONE_VM));
	p_join(p_thread(thread, NULL));
	SHOW_O(umask(022));
	SHOW(u(SIGCHLD));
	SHOW(u(CLONE_PARENT));
	SHOW(u(CLONE_VFORK));
	SHOW(u(CLONE_FILES | CLONE_SETTLS));
	SHOW(u(1UL << 40));
	p_ordinary();
	SHOW(u(CLONE_NEWUTS));
	SHOW(u(CLONE_NEWNS));
	SHOW(u(CLONE_NEWNET));
	SHOW(u(CLONE_NEWPID));
	SHOW(u(CLONE_NEWIPC));
	SHOW(u(CLONE_NEWCGROUP | CLONE_FILES));
	SHOW(u(CLONE_NEWUTS | CLONE_PARENT));
	return 0;
}
