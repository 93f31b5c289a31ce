// build: musl-static
/* clone: what is shared and what is copied with and without CLONE_VM, FILES, FS, SIGHAND; the child's stack. */
#include "vkproc.h"

static char stack[65536] __attribute__((aligned(16)));
static volatile int mem;
static int fd;
static void handler(int s) { (void)s; }

static int child(void *arg)
{
	(void)arg;
	mem = 1;
	close(fd);
	umask(077);
	signal(SIGUSR2, handler);
	return chdir("d") ? 99 : 12;
}

static void try(const char *what, unsigned long flags)
{
	mem = 0;
	fd = MUST(open("/dev/null", O_RDONLY));
	umask(022);
	MUST(access("d", F_OK));
	signal(SIGUSR2, SIG_DFL);
	fflush(stdout);
	int st = 0;
	pid_t p = MUST(clone(child, stack + sizeof stack, flags | SIGCHLD, NULL));
	waitpid(p, &st, 0);
	struct sigaction sa;
	sigaction(SIGUSR2, NULL, &sa);
	bool fs = access("../d", F_OK) == 0;
	printf("%s: %s, memory %s, files %s, cwd %s, umask %s, handlers %s\n", what, t_status(st), mem ? "shared" : "copied",
	       fcntl(fd, F_GETFD) < 0 ? "shared" : "copied", fs ? "shared" : "copied", umask(022) == 077 ? "shared" : "copied",
	       sa.sa_handler == handler ? "shared" : "copied");
	if (fs)
		MUST(chdir(".."));
	close(fd);
}

int main(void)
{
	MUST(mkdir("d", 0755));
	try("plain", 0);
	try("VM", CLONE_VM);
	try("VM|VFORK", CLONE_VM | CLONE_VFORK);
	try("VFORK", CLONE_VFORK);
	try("FILES", CLONE_FILES);
	try("FS", CLONE_FS);
	try("FS|FILES", CLONE_FS | CLONE_FILES);
	try("VM|SIGHAND", CLONE_VM | CLONE_SIGHAND);
	try("VM|FS|FILES|SIGHAND", CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND);
	try("VM|VFORK|FILES", CLONE_VM | CLONE_VFORK | CLONE_FILES);
	try("SYSVSEM", CLONE_SYSVSEM);
	try("IO", CLONE_IO);
	try("UNTRACED|DETACHED", CLONE_UNTRACED | CLONE_DETACHED);
	/* Two processes of one memory: each has its own pid, signal state and exit. */
	pid_t a = MUST(clone(child, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL));
	CHECK(a != getpid());
	p_wait("one memory", a);
	return 0;
}
