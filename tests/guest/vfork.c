// build: static musl-static
/* vfork: the parent waits for exec or exit of the child, which runs in the parent's memory but with its own identity. */
#include "vkproc.h"
#include <spawn.h>

static volatile int seen;

static __attribute__((noinline)) pid_t spawn_exit(int code)
{
	pid_t p = vfork();
	if (p == 0) {
		seen = code;
		_exit(code);
	}
	return p;
}

static __attribute__((noinline)) pid_t spawn_exec(const char *path)
{
	pid_t p = vfork();
	if (p == 0) {
		execl(path, "sh", "-c", "exit 9", NULL);
		seen = errno;
		_exit(127);
	}
	return p;
}

int main(void)
{
	fflush(stdout);
	pid_t p = spawn_exit(5);
	printf("after vfork the child's write is seen: %d\n", seen);
	p_wait("exit", p);

	p = spawn_exec("/bin/sh");
	p_wait("exec", p);
	p = spawn_exec("/no/such/program");
	printf("failed exec, errno in the parent's memory: %s\n", t_errname(seen));
	p_wait("failed exec", p);

	/* The identity is the child's own. */
	volatile pid_t me = getpid(), child = 0, ppid = 0, tid = 0;
	p = vfork();
	if (p == 0) {
		child = syscall(SYS_getpid);
		tid = syscall(SYS_gettid);
		ppid = syscall(SYS_getppid);
		_exit(0);
	}
	CHECK(child == p && tid == p);
	CHECK(ppid == me);
	CHECK(syscall(SYS_getpid) == me);
	p_wait("identity", p);

	/* Descriptors, directory, umask and signal actions are copied, not shared. */
	MUST(mkdir("d", 0755));
	volatile int fd = MUST(dup(1));
	p = vfork();
	if (p == 0) {
		close(fd);
		umask(0777);
		signal(SIGTERM, SIG_IGN);
		_exit(chdir("d") ? 1 : 0);
	}
	p_wait("own state", p);
	SHOW(fcntl(fd, F_GETFD));
	SHOW_O(umask(022));
	SHOW(access("d", F_OK));
	struct sigaction sa;
	sigaction(SIGTERM, NULL, &sa);
	CHECK(sa.sa_handler == SIG_DFL);

	/* Killed by its own signal: the parent goes on. */
	p_no_core();
	p = vfork();
	if (p == 0) {
		kill(syscall(SYS_getpid), SIGKILL);
		_exit(1);
	}
	p_wait("killed", p);
	p = vfork();
	if (p == 0) {
		*(volatile int *)BADP = 1;
		_exit(1);
	}
	p_wait("fault", p);

	/* Many in a row, the stack staying right. */
	int total = 0;
	for (int i = 0; i < 50; i++) {
		p = spawn_exit(i);
		total += WEXITSTATUS(t_waitpid(p));
	}
	printf("fifty: %d\n", total);

	char *argv[] = {"sh", "-c", "echo spawned; exit 4", NULL};
	int e = posix_spawn(&p, "/bin/sh", NULL, NULL, argv, environ);
	p_wait("posix_spawn", p);
	SHOW(e);
	printf("posix_spawn of nothing: %s\n", t_errname(posix_spawn(&p, "/no/such", NULL, NULL, argv, environ)));
	SHOW(waitpid(-1, NULL, 0));
	return 0;
}
