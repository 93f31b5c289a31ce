/* getpid, gettid, getppid, getpgrp, getsid: how they relate in processes and threads, and when the parent dies. */
#include "vkproc.h"

static void *thread(void *arg)
{
	pid_t main_pid = *(pid_t *)arg;
	CHECK(getpid() == main_pid);
	CHECK(p_gettid() != main_pid);
	CHECK(p_gettid() > 0);
	CHECK(syscall(SYS_getpid) == main_pid);
	IN_CHILD("child of a thread") {
		CHECK(getppid() == main_pid);
		CHECK(getpid() == p_gettid());
	}
	return (void *)(long)p_gettid();
}

int main(void)
{
	pid_t me = getpid();
	CHECK(me > 0 && getppid() > 0);
	CHECK(p_gettid() == me);
	CHECK(getpgrp() == getpgid(0) && getpgid(0) == getpgid(me));
	CHECK(getsid(0) == getsid(me));
	long t1 = (long)p_join(p_thread(thread, &me));
	long t2 = (long)p_join(p_thread(thread, &me));
	CHECK(t1 != me && t2 != me);
	/* When the parent has gone, the parent is another. */
	struct t_gate g = t_gate(), h = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		pid_t mid = getpid();
		if (t_fork() == 0) {
			CHECK(getppid() == mid);
			t_gate_open(&h);
			t_gate_pass(&g);
			CHECK(getppid() != mid);
			CHECK(getppid() > 0);
			t_gate_open(&h);
			t_exit(0);
		}
		t_gate_pass(&h);
		t_exit(0);
	}
	p_wait("middle", p);
	t_gate_open(&g);
	t_gate_pass(&h);
	/* A pid in use is not given again. */
	pid_t a = t_fork();
	if (a == 0)
		t_exit(0);
	siginfo_t si;
	MUST(waitid(P_PID, a, &si, WEXITED | WNOWAIT));
	bool same = false;
	for (int i = 0; i < 20; i++) {
		pid_t b = t_fork();
		if (b == 0)
			t_exit(0);
		same |= b == a || b == me;
		t_waitpid(b);
	}
	CHECK(!same);
	p_wait("zombie", a);
	return 0;
}
