/* CLONE_PARENT: the child is our parent's; the exit signal, and who may wait. */
#include "vkproc.h"

static volatile int usr1, chld;
static void count(int s)
{
	*(s == SIGUSR1 ? &usr1 : &chld) += 1;
}

int main(void)
{
	p_handler(SIGUSR1, count, SA_RESTART);
	p_handler(SIGCHLD, count, SA_RESTART);
	int *pid = t_shared(4096);
	pid_t me = getpid();
	struct t_gate g = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		pid_t q = syscall(SYS_clone, (long)CLONE_PARENT | SIGUSR1, 0L, 0L, 0L, 0L);
		if (q == 0) {
			t_gate_pass(&g);
			CHECK(getppid() == me);
			t_exit(5);
		}
		SHOW(waitpid(q, NULL, __WALL));
		*pid = q;
		t_exit(6);
	}
	p_wait("child", p);
	CHECK(*pid > 0);
	t_gate_open(&g);
	p_wait("its brother", *pid);
	/* Its exit signal is that with which the caller itself was made: SIGCHLD. */
	printf("USR1 %d CHLD %d\n", usr1, chld);

	/* Group and session are the caller's. */
	p = t_fork();
	if (p == 0) {
		setsid();
		pid_t sid = getsid(0);
		pid_t q = syscall(SYS_clone, (long)CLONE_PARENT | SIGCHLD, 0L, 0L, 0L, 0L);
		if (q == 0) {
			t_gate_pass(&g);
			CHECK(getsid(0) == sid && getpgrp() == sid);
			t_exit(7);
		}
		*pid = q;
		t_exit(0);
	}
	p_wait("child", p);
	t_gate_open(&g);
	p_wait("its brother", *pid);
	SHOW(waitpid(-1, NULL, 0));
	return 0;
}
