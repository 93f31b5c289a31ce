/* kill: one process, siginfo, signal 0, oneself before the call returns, zombies, errors. */
#include "vkproc.h"

static volatile int n;
static pid_t sender;
static void handler(int s, siginfo_t *si, void *uc)
{
	(void)s, (void)uc;
	n++;
	p_siginfo(" handler", si, sender);
}

int main(void)
{
	pid_t me = getpid();
	p_sigaction(SIGUSR1, handler, 0);
	SECTION("oneself: handled before kill returns");
	sender = me;
	SHOW(kill(me, SIGUSR1));
	SHOW(n);
	SHOW(raise(SIGUSR1));
	SHOW(n);
	SHOW(kill(me, 0));
	SHOW(kill(me, SIGWINCH));
	p_block(SIGUSR1);
	SHOW(kill(me, SIGUSR1));
	SHOW(n);
	p_unblock(SIGUSR1);
	SHOW(n);

	SECTION("another");
	struct t_gate ready = t_gate(), go = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		sender = me;
		t_gate_open(&ready);
		t_gate_pass(&go);
		printf("handled %d\n", n - 3);
		t_gate_open(&ready);
		for (;;)
			pause();
	}
	t_gate_pass(&ready);
	int r = kill(p, SIGUSR1);
	t_gate_open(&go);
	t_gate_pass(&ready);
	SHOW(r);
	SHOW(kill(p, 0));
	SHOW(kill(p, SIGTERM));
	siginfo_t si;
	MUST(waitid(P_PID, p, &si, WEXITED | WNOWAIT));
	/* A zombie takes any signal. */
	SHOW(kill(p, 0));
	SHOW(kill(p, SIGKILL));
	p_wait("zombie", p);
	SHOW(kill(p, 0));
	SHOW(kill(p, SIGTERM));

	SECTION("errors");
	SHOW(kill(me, 65));
	SHOW(kill(me, -1));
	SHOW(kill(me, 1000));
	SHOW(kill(INT_MAX, 0));
	SHOW(kill(INT_MAX, 65));
	SHOW(kill(INT_MIN, 0));
	SHOW(kill(-INT_MAX, 0));
	SHOW(kill(p, 65));
	SHOW(kill(-p, 0));

	signal(SIGUSR1, SIG_DFL);
	SECTION("every terminating signal by number");
	for (int s = 1; s <= 64; s++) {
		if (s == SIGSTOP || s == SIGTSTP || s == SIGTTIN || s == SIGTTOU)
			continue;
		fflush(stdout);
		p = fork();
		if (p == 0) {
			p_no_core();
			kill(getpid(), s);
			_exit(7);
		}
		int st = t_waitpid(p);
		printf("%d: %s\n", s, t_status(st));
	}
	return 0;
}
