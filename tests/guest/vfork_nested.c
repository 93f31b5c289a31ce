/* vfork: a vfork child that itself vforks or forks; signals and stopped time while the parent is suspended. */
#include "vkproc.h"

static volatile int n, handled;
static void on_usr1(int s)
{
	(void)s;
	handled++;
}

static __attribute__((noinline)) int down(int level)
{
	pid_t p = vfork();
	if (p == 0) {
		n++;
		_exit(level ? down(level - 1) + 1 : 1);
	}
	return WEXITSTATUS(t_waitpid(p));
}

int main(void)
{
	printf("five deep: %d\n", down(4));
	printf("ran: %d\n", n);

	/* A fork in a vfork child: its memory is a copy, the vfork child's is the parent's. */
	volatile int v = 1;
	fflush(stdout);
	pid_t p = vfork();
	if (p == 0) {
		pid_t q = syscall(SYS_fork);
		if (q == 0) {
			v = 50;
			_exit(v);
		}
		v = 2;
		_exit(WEXITSTATUS(t_waitpid(q)));
	}
	printf("v = %d\n", v);
	p_wait("fork in vfork", p);

	/* A signal for the parent waits until the child has gone; one for the child does not. */
	p_handler(SIGUSR1, on_usr1, 0);
	volatile pid_t me = getpid();
	volatile int during;
	p = vfork();
	if (p == 0) {
		kill(me, SIGUSR1);
		during = handled;
		_exit(0);
	}
	printf("handled before the child's exit: %d, after: %d\n", during, handled);
	p_wait("signal to the parent", p);

	p = vfork();
	if (p == 0) {
		kill(syscall(SYS_getpid), SIGUSR1);
		during = handled;
		_exit(0);
	}
	printf("handled in the child: %d\n", during);
	p_wait("signal to the child", p);

	/* SIGKILL to a suspended parent: it dies, the child does not. */
	int *shared = t_shared(sizeof *shared);
	struct t_gate g = t_gate(), done = t_gate();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid_t a = t_fork();
	if (a == 0) {
		if (vfork() == 0) {
			shared[0] = syscall(SYS_getpid);
			t_gate_open(&g);
			t_gate_pass(&done);
			_exit(6);
		}
		_exit(1);
	}
	t_gate_pass(&g);
	kill(a, SIGKILL);
	p_wait("suspended parent", a);
	t_gate_open(&done);
	p_wait("its child, now ours", shared[0]);
	return 0;
}
