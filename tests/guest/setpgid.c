/* setpgid, getpgid, getpgrp: own and children's groups, and each error. */
#include "vkproc.h"

static pid_t child(struct t_gate *g)
{
	pid_t p = t_fork();
	if (p == 0) {
		t_gate_pass(g);
		t_exit(0);
	}
	return p;
}

int main(void)
{
	/* In a session of our own, as its leader: nothing depends on how we were started. */
	IN_CHILD("session") {
		MUST(setsid());
		struct t_gate g = t_gate();
		pid_t me = getpid(), a = child(&g), b = child(&g), c = child(&g);
		CHECK(getpgid(a) == me);
		SHOW(setpgid(a, a));
		CHECK(getpgid(a) == a);
		SHOW(setpgid(b, a));
		CHECK(getpgid(b) == a);
		SHOW(setpgid(c, 0));
		CHECK(getpgid(c) == c);
		SHOW(setpgid(c, me));
		CHECK(getpgid(c) == me);
		SHOW(setpgid(c, c));
		SHOW(setpgid(c, c));

		SECTION("errors");
		SHOW(setpgid(0, -1));
		SHOW(setpgid(-1, 0));
		SHOW(setpgid(-1, -1));
		SHOW(setpgid(a, INT_MAX));
		SHOW(setpgid(INT_MAX, 0));
		SHOW(setpgid(me, me));
		SHOW(setpgid(0, a));
		SHOW(setpgid(1, 0));
		SHOW(setpgid(getppid(), 0));
		SHOW(getpgid(-1));
		SHOW(getpgid(INT_MAX));

		/* A child in another session. */
		struct t_gate ready = t_gate();
		pid_t d = t_fork();
		if (d == 0) {
			setsid();
			t_gate_open(&ready);
			t_gate_pass(&g);
			t_exit(0);
		}
		t_gate_pass(&ready);
		SHOW(setpgid(d, me));
		SHOW(setpgid(d, d));
		SHOW(setpgid(c, d));
		/* A child that has called exec. */
		pid_t e = t_fork();
		int out[2];
		MUST(pipe2(out, 0));
		if (e == 0) {
			execl("/bin/sleep", "sleep", "20", NULL);
			t_exit(1);
		}
		while (setpgid(e, me) == 0)
			t_sleep_ms(1);
		SHOW(setpgid(e, me));
		SHOW(setpgid(e, e));
		kill(e, SIGKILL);
		/* A zombie can still be moved; a child that was waited for cannot. */
		siginfo_t si;
		MUST(waitid(P_PID, e, &si, WEXITED | WNOWAIT));
		CHECK(getpgid(e) == me);
		p_wait("exec'd", e);
		SHOW(getpgid(e));
		SHOW(setpgid(e, 0));
		/* A grandchild is not ours to move. */
		pid_t *gc = t_shared(4096);
		pid_t f = t_fork();
		if (f == 0) {
			*gc = child(&g);
			t_gate_open(&ready);
			t_waitpid(*gc);
			t_exit(0);
		}
		t_gate_pass(&ready);
		SHOW(setpgid(*gc, *gc));
		for (int i = 0; i < 5; i++)
			t_gate_open(&g);
		for (int i = 0; i < 5; i++)
			waitpid(-1, NULL, 0);
		/* A group ends with its last member. */
		SHOW(kill(-a, 0));
		SHOW(setpgid(0, a));
	}
	return 0;
}
