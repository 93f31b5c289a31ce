/* getpriority, setpriority, nice: process, group, user; clamping; lowering refused to ordinary users; the raw call's 20 - nice; errors. */
#include "vkproc.h"

static void *thread(void *arg)
{
	/* On Linux each thread has its own. */
	SHOW(setpriority(PRIO_PROCESS, 0, 15));
	SHOW(getpriority(PRIO_PROCESS, 0));
	return arg;
}

int main(void)
{
	if (geteuid() == 0)
		MUST(syscall(SYS_setresuid, 65534L, 65534L, 65534L));
	setpgid(0, 0);
	SHOW(getpriority(PRIO_PROCESS, 0));
	SHOW(syscall(SYS_getpriority, PRIO_PROCESS, 0));
	SHOW(setpriority(PRIO_PROCESS, 0, 3));
	SHOW(getpriority(PRIO_PROCESS, getpid()));
	SHOW(syscall(SYS_getpriority, PRIO_PROCESS, 0));
	SHOW(nice(2));
	SHOW(setpriority(PRIO_PROCESS, 0, 4));
	SHOW(setpriority(PRIO_PROCESS, 0, -1));
	SHOW(nice(-1));
	SHOW(setpriority(PRIO_PROCESS, 0, 5));
	p_join(p_thread(thread, NULL));
	SHOW(getpriority(PRIO_PROCESS, 0));
	IN_CHILD("child") {
		SHOW(getpriority(PRIO_PROCESS, 0));
		SHOW(setpriority(PRIO_PROCESS, 0, 1000));
		SHOW(getpriority(PRIO_PROCESS, 0));
		SHOW(nice(5));
	}
	/* A group's is that of the member with the most of it. */
	struct t_gate g = t_gate(), h = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		setpriority(PRIO_PROCESS, 0, 9);
		t_gate_open(&g);
		t_gate_pass(&h);
		SHOW(getpriority(PRIO_PROCESS, 0));
		t_exit(0);
	}
	t_gate_pass(&g);
	SHOW(getpriority(PRIO_PROCESS, p));
	SHOW(getpriority(PRIO_PGRP, 0));
	SHOW(setpriority(PRIO_PGRP, 0, 11));
	SHOW(getpriority(PRIO_PGRP, getpgrp()));
	t_gate_open(&h);
	p_wait("member", p);
	SECTION("errors");
	SHOW(getpriority(3, 0));
	SHOW(getpriority(-1, 0));
	SHOW(getpriority(PRIO_PROCESS, INT_MAX));
	SHOW(getpriority(PRIO_PGRP, INT_MAX));
	SHOW(setpriority(3, 0, 0));
	SHOW(setpriority(PRIO_PROCESS, INT_MAX, 0));
	SHOW(setpriority(PRIO_PROCESS, p, 15));
	SHOW(getpriority(3, INT_MAX));
	return 0;
}
