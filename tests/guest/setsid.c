/* setsid, getsid: a new session and group, EPERM for a group leader, and what getsid says of others. */
#include "vkproc.h"

int main(void)
{
	struct t_gate g = t_gate(), h = t_gate();
	pid_t outer = getsid(0);
	IN_CHILD("child") {
		CHECK(getsid(0) == outer);
		CHECK(setsid() == getpid());
		CHECK(getsid(0) == getpid() && getpgrp() == getpid());
		SHOW(setsid());
		CHECK(getsid(getpid()) == getpid());
		CHECK(getsid(getppid()) == outer);
		/* No controlling terminal. */
		SHOW(open("/dev/tty", O_RDWR));
		IN_CHILD("grandchild") {
			CHECK(getsid(0) == getppid() && getpgrp() == getppid());
			SHOW(setpgid(0, 0));
			SHOW(setsid());
			CHECK(getsid(0) == getppid());
		}
		IN_CHILD("grandchild") {
			CHECK(setsid() == getpid());
		}
		/* A session leader cannot change its group. */
		SHOW(setpgid(0, 0));
		SHOW(setpgid(getpid(), getpid()));
	}
	IN_CHILD("group leader") {
		MUST(setpgid(0, 0));
		SHOW(setsid());
	}
	/* The pid of a group that still has members: its former leader's pid is taken as a group, so that setsid fails for it. */
	pid_t a = t_fork();
	if (a == 0) {
		setpgid(0, 0);
		t_gate_open(&g);
		t_gate_pass(&h);
		/* Our child is in our group; we leave it, and then cannot make a session with that number. */
		pid_t b = t_fork();
		if (b == 0)
			for (;;)
				pause();
		SHOW(setpgid(0, getpgid(getppid())));
		SHOW(setsid());
		kill(b, SIGKILL);
		p_wait("member", b);
		CHECK(setsid() == getpid());
		t_exit(0);
	}
	t_gate_pass(&g);
	t_gate_open(&h);
	p_wait("former leader", a);
	SECTION("errors");
	SHOW(getsid(-1));
	SHOW(getsid(INT_MAX));
	SHOW(getsid(a));
	return 0;
}
