/* clone: combinations of flags that are refused. */
#include "vkproc.h"
#include <linux/sched.h>

static void try(const char *what, unsigned long flags)
{
	fflush(stdout);
	/* The stack's address is one that nobody will run on, should the call succeed. */
	int tid = 0;
	long r = syscall(SYS_clone, flags, 0L, &tid, &tid, 0L);
	if (r == 0)
		_exit(3);
	if (r > 0)
		printf("%s: %s\n", what, t_status(({ int st = 0; waitpid(r, &st, __WALL); st; })));
	else
		printf("%s: %s\n", what, t_errname(errno));
}
#define TRY(f) try(#f, f)

int main(void)
{
	for (int s = 1; s <= 64; s++)
		if (s != SIGCHLD && s != SIGALRM)
			signal(s, SIG_IGN);
	TRY(SIGCHLD);
	TRY(0);
	TRY(64);
	TRY(65 | CLONE_FS);
	TRY(255);
	TRY(CLONE_SIGHAND | SIGCHLD);
	TRY(CLONE_THREAD | SIGCHLD);
	TRY(CLONE_THREAD | CLONE_VM | SIGCHLD);
	TRY(CLONE_THREAD | CLONE_SIGHAND | SIGCHLD);
	TRY(CLONE_FS | CLONE_NEWNS | SIGCHLD);
	TRY(CLONE_FS | CLONE_NEWUSER | SIGCHLD);
	TRY(CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD);
	TRY(CLONE_PIDFD | CLONE_DETACHED | SIGCHLD);
	TRY(CLONE_VM | CLONE_THREAD | CLONE_SIGHAND | CLONE_NEWPID | SIGCHLD);
	TRY(CLONE_VM | CLONE_THREAD | CLONE_SIGHAND | CLONE_NEWUSER | SIGCHLD);
	TRY(CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD);
	TRY(CLONE_PTRACE | SIGCHLD);

	SECTION("addresses");
	int st;
	pid_t p = syscall(SYS_clone, (long)CLONE_PARENT_SETTID | SIGCHLD, 0L, BADP, 0L, 0L);
	if (p == 0)
		_exit(4);
	printf("bad parent_tid: %s\n", p > 0 ? t_status((waitpid(p, &st, 0), st)) : t_errname(errno));
	p = syscall(SYS_clone, (long)CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, 0L, 0L, BADP, 0L);
	if (p == 0)
		_exit(5);
	printf("bad child_tid: %s\n", p > 0 ? t_status((waitpid(p, &st, 0), st)) : t_errname(errno));
	SHOW(syscall(SYS_clone, (long)CLONE_PIDFD | SIGCHLD, 0L, BADP, 0L, 0L));
	SHOW(waitpid(-1, &st, WNOHANG));
	p = syscall(SYS_clone, (long)CLONE_SETTLS | SIGCHLD, 0L, 0L, 0L, 1L << 63);
	if (p == 0)
		_exit(6);
	printf("kernel address as TLS: %s\n", p > 0 ? t_status((waitpid(p, &st, 0), st)) : t_errname(errno));
	return 0;
}
