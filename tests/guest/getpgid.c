/* getpgid: own, of others, of what has ended, of a thread; errors. */
#include "vkproc.h"

static volatile int tid, stop;
static void *thread(void *arg)
{
	__atomic_store_n(&tid, p_gettid(), __ATOMIC_SEQ_CST);
	p_until(&stop, 1);
	return arg;
}

int main(void)
{
	pid_t me = getpid(), mine = getpgid(0);
	CHECK(mine == getpgrp() && mine == getpgid(me));
	SHOW(getpgid(-1));
	SHOW(getpgid(-me));
	SHOW(getpgid(INT_MAX));
	SHOW(getpgid(INT_MIN));
	CHECK(syscall(SYS_getpgid, 0x100000000L) == mine);
	struct t_gate g = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		t_gate_pass(&g);
		t_exit(0);
	}
	CHECK(getpgid(p) == mine);
	MUST(setpgid(p, p));
	CHECK(getpgid(p) == p);
	t_gate_open(&g);
	siginfo_t si;
	MUST(waitid(P_PID, p, &si, WEXITED | WNOWAIT));
	CHECK(getpgid(p) == p);
	p_wait("child", p);
	SHOW(getpgid(p));
	pthread_t t = p_thread(thread, NULL);
	while (!tid)
		sched_yield();
	CHECK(getpgid(tid) == mine);
	stop = 1;
	p_join(t);
	/* Another session's is no secret. */
	struct t_gate h = t_gate();
	p = t_fork();
	if (p == 0) {
		MUST(setsid());
		t_gate_open(&h);
		t_gate_pass(&g);
		t_exit(0);
	}
	t_gate_pass(&h);
	CHECK(getpgid(p) == p);
	t_gate_open(&g);
	p_wait("other session", p);
	return 0;
}
