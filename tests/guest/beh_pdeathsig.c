/* PR_SET_PDEATHSIG: the signal at the end of the parent (thread), cleared by fork, and its bounds. */
#include "vkproc.h"

static void *start_and_leave(void *arg)
{
	pid_t *pid = arg;
	struct t_gate g = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		MUST(prctl(PR_SET_PDEATHSIG, SIGTERM));
		t_gate_open(&g);
		for (;;)
			pause();
	}
	*pid = p;
	t_gate_pass(&g);
	return NULL;
}

int main(void)
{
	int v = -1;
	SHOW(prctl(PR_GET_PDEATHSIG, &v));
	SHOW(v);
	SHOW(prctl(PR_SET_PDEATHSIG, 64));
	SHOW(prctl(PR_GET_PDEATHSIG, &v));
	SHOW(v);
	SHOW(prctl(PR_SET_PDEATHSIG, 65));
	SHOW(prctl(PR_SET_PDEATHSIG, -1));
	SHOW(prctl(PR_GET_PDEATHSIG, BADP));
	IN_CHILD("child") {
		MUST(prctl(PR_GET_PDEATHSIG, &v));
		SHOW(v);
	}
	SHOW(prctl(PR_SET_PDEATHSIG, 0));

	pid_t *pid = t_shared(4096);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	struct t_gate g = t_gate(), h = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		pid_t q = t_fork();
		if (q == 0) {
			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			t_gate_open(&g);
			for (;;)
				pause();
		}
		*pid = q;
		t_gate_pass(&g);
		t_exit(3);
	}
	p_wait("parent", p);
	p_wait("child", *pid);

	/* With a handler: who sent it. */
	p = t_fork();
	if (p == 0) {
		pid_t q = t_fork();
		if (q == 0) {
			p_block(SIGUSR2);
			pid_t parent = getppid();
			prctl(PR_SET_PDEATHSIG, SIGUSR2);
			t_gate_open(&g);
			sigset_t s = p_set(SIGUSR2, 0);
			siginfo_t si;
			MUST(sigwaitinfo(&s, &si));
			t_gate_pass(&h);
			p_siginfo("death of the parent", &si, parent);
			t_exit(4);
		}
		*pid = q;
		t_gate_pass(&g);
		t_exit(3);
	}
	p_wait("parent", p);
	t_gate_open(&h);
	p_wait("child", *pid);

	/* The parent is the thread that forked. */
	p_join(p_thread(start_and_leave, pid));
	p_wait("child of a thread that has ended", *pid);
	return 0;
}
