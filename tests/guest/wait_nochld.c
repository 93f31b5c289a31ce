/* SIGCHLD ignored, SA_NOCLDWAIT, SA_NOCLDSTOP: children that leave no zombie, and wait that then waits for all. */
#include "vkproc.h"

static volatile int chld, stops;
static void on_chld(int s, siginfo_t *si, void *uc)
{
	(void)s, (void)uc;
	if (si->si_code == CLD_STOPPED || si->si_code == CLD_CONTINUED)
		stops++;
	else
		chld++;
}

static pid_t child(struct t_gate *g)
{
	pid_t p = t_fork();
	if (p == 0) {
		if (g)
			t_gate_pass(g);
		t_exit(1);
	}
	return p;
}

int main(void)
{
	struct t_gate g = t_gate();
	signal(SIGCHLD, SIG_IGN);
	pid_t p = child(NULL);
	SHOW(waitpid(p, NULL, 0));
	child(NULL), child(NULL);
	SHOW(waitpid(-1, NULL, 0));
	/* WNOHANG does not wait for it, and gives 0 while it lives. */
	p = child(&g);
	SHOW(waitpid(p, NULL, WNOHANG));
	t_gate_open(&g);
	SHOW(waitpid(p, NULL, 0));
	while (kill(p, 0) == 0)
		t_sleep_ms(1);
	SHOW(kill(p, 0));

	SECTION("a zombie that was there before stays");
	signal(SIGCHLD, SIG_DFL);
	p = child(NULL);
	siginfo_t si;
	MUST(waitid(P_PID, p, &si, WEXITED | WNOWAIT));
	signal(SIGCHLD, SIG_IGN);
	p_wait("zombie", p);

	SECTION("SA_NOCLDWAIT with a handler: no zombie, but the signal");
	p_sigaction(SIGCHLD, on_chld, SA_NOCLDWAIT | SA_RESTART);
	p = child(NULL);
	SHOW(waitpid(p, NULL, 0));
	printf("signals: %d\n", chld);

	SECTION("SA_NOCLDSTOP");
	for (int i = 0; i < 2; i++) {
		p_sigaction(SIGCHLD, on_chld, SA_RESTART | (i ? SA_NOCLDSTOP : 0));
		chld = stops = 0;
		p = child(&g);
		kill(p, SIGSTOP);
		MUST(waitid(P_PID, p, &si, WSTOPPED));
		/* The signal may come a moment later than the wait returns, and two of them would be one. */
		if (i == 0)
			p_until(&stops, 1);
		kill(p, SIGCONT);
		MUST(waitid(P_PID, p, &si, WCONTINUED));
		if (i == 0)
			p_until(&stops, 2);
		t_gate_open(&g);
		p_wait("child", p);
		printf("%s: stop and continue signals %d, exit signals %d\n", i ? "NOCLDSTOP" : "plain", stops, chld);
	}
	return 0;
}
