/* getsid: own, of others, of what has ended, of a thread; errors. */
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
	pid_t me = getpid(), mine = getsid(0);
	CHECK(mine == getsid(me) && mine >= 0);
	SHOW(getsid(-1));
	SHOW(getsid(-me));
	SHOW(getsid(INT_MAX));
	struct t_gate g = t_gate(), h = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		CHECK(getsid(0) == mine && getsid(me) == mine);
		MUST(setpgid(0, 0));
		CHECK(getsid(0) == mine);
		t_gate_open(&h);
		t_gate_pass(&g);
		t_exit(0);
	}
	t_gate_pass(&h);
	CHECK(getsid(p) == mine);
	t_gate_open(&g);
	p_wait("child", p);
	SHOW(getsid(p));
	p = t_fork();
	if (p == 0) {
		CHECK(setsid() == getpid());
		CHECK(getsid(0) == getpid());
		IN_CHILD("its child")
			CHECK(getsid(0) == getppid() && getsid(0) != mine);
		t_gate_open(&h);
		t_gate_pass(&g);
		t_exit(0);
	}
	t_gate_pass(&h);
	CHECK(getsid(p) == p);
	t_gate_open(&g);
	siginfo_t si;
	MUST(waitid(P_PID, p, &si, WEXITED | WNOWAIT));
	CHECK(getsid(p) == p);
	p_wait("leader", p);
	pthread_t t = p_thread(thread, NULL);
	while (!tid)
		sched_yield();
	CHECK(getsid(tid) == mine);
	stop = 1;
	p_join(t);
	return 0;
}
