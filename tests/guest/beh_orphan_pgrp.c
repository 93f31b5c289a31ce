/* A group that becomes orphaned while a member is stopped gets SIGHUP and SIGCONT; TSTP, TTIN, TTOU do not stop an orphaned group. */
#include "vkproc.h"

static int out[2];
static void note(int s)
{
	char c = s == SIGHUP ? 'H' : s == SIGCONT ? 'C' : 'T';
	if (write(out[1], &c, 1) != 1)
		_exit(1);
}

static void read_two(const char *what)
{
	char b[3] = "";
	MUST(read(out[0], b, 1));
	MUST(read(out[0], b + 1, 1));
	/* Both are sent at once: their order is of no meaning here. */
	printf("%s: %s\n", what, b[0] + b[1] == 'H' + 'C' ? "HUP and CONT" : b);
}

int main(void)
{
	MUST(pipe(out));
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid_t *pid = t_shared(4096);
	struct t_gate ready = t_gate();

	SECTION("the shell dies");
	pid_t shell = t_fork();
	if (shell == 0) {
		setsid();
		pid_t p = t_fork();
		if (p == 0) {
			setpgid(0, 0);
			p_handler(SIGHUP, note, SA_RESTART);
			p_handler(SIGCONT, note, SA_RESTART);
			t_gate_open(&ready);
			for (;;)
				pause();
		}
		*pid = p;
		t_gate_pass(&ready);
		kill(p, SIGTSTP);
		int st;
		waitpid(p, &st, WUNTRACED);
		printf("member: %s\n", t_status(st));
		t_exit(0);
	}
	p_wait("shell", shell);
	read_two("member got");
	/* Orphaned now: these do nothing, STOP does. */
	kill(*pid, SIGTSTP);
	kill(*pid, SIGTTIN);
	kill(*pid, SIGTTOU);
	siginfo_t si = {0};
	t_sleep_ms(20);
	SHOW(waitid(P_PID, *pid, &si, WSTOPPED | WNOHANG));
	SHOW(si.si_signo);
	kill(*pid, SIGSTOP);
	MUST(waitid(P_PID, *pid, &si, WSTOPPED));
	printf("%s\n", t_signame(si.si_status));
	kill(*pid, SIGKILL);
	p_wait("member", *pid);

	SECTION("default actions: a stopped member dies of the SIGHUP");
	shell = t_fork();
	if (shell == 0) {
		setsid();
		pid_t p = t_fork();
		if (p == 0) {
			setpgid(0, 0);
			for (;;)
				pause();
		}
		setpgid(p, p);
		*pid = p;
		kill(p, SIGSTOP);
		MUST(waitid(P_PID, p, &si, WSTOPPED));
		t_exit(0);
	}
	p_wait("shell", shell);
	p_wait("member", *pid);

	SECTION("nobody stopped: no signal");
	shell = t_fork();
	if (shell == 0) {
		setsid();
		pid_t p = t_fork();
		if (p == 0) {
			setpgid(0, 0);
			t_gate_open(&ready);
			for (;;)
				pause();
		}
		*pid = p;
		t_gate_pass(&ready);
		t_exit(0);
	}
	p_wait("shell", shell);
	t_sleep_ms(20);
	SHOW(waitid(P_PID, *pid, &si, WEXITED | WNOHANG | WNOWAIT));
	SHOW(kill(*pid, SIGTERM));
	p_wait("member", *pid);
	return 0;
}
