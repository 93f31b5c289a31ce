/* kill(-1): everybody but oneself and process 1. Only as root, where it is made harmless by a uid of its own. */
#include "vkproc.h"

static struct t_gate ready;
static pid_t waiter(void)
{
	pid_t p = t_fork();
	if (p == 0) {
		t_gate_open(&ready);
		for (;;)
			pause();
	}
	t_gate_pass(&ready);
	return p;
}

int main(void)
{
	ready = t_gate();
	/* Somebody must be there for a bad signal to be noticed. */
	pid_t p = waiter();
	SHOW(kill(-1, 65));
	kill(p, SIGTERM);
	p_wait("waiter", p);
	if (geteuid() != 0)
		return 0;
	IN_CHILD("nobody else") {
		MUST(setsid());
		MUST(syscall(SYS_setresuid, 54321L, 54321L, 54321L));
		pid_t a = waiter(), b = waiter();
		SHOW(kill(-1, 0));
		SHOW(kill(-1, SIGTERM));
		p_wait("a", a);
		p_wait("b", b);
	}
	return 0;
}
