/* wait4 with WUNTRACED and WCONTINUED: each stop and continue is reported once, and only when asked for. */
#include "vkproc.h"

static void w(const char *what, pid_t p, int opt)
{
	int st = 0;
	pid_t r = waitpid(p, &st, opt);
	printf("%s: %s", what, r == p ? "child " : r == 0 ? "nothing" : t_errname(errno));
	if (r == p)
		printf("0x%04x %s", (unsigned)st, t_status(st));
	printf("\n");
}

int main(void)
{
	static const int stops[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
	/* A group that is not orphaned, else TSTP, TTIN and TTOU would not stop it: ours may be, a child of a session leader's not. */
	IN_CHILD("leader") {
		setsid();
		pid_t p = t_fork();
		if (p == 0) {
			setpgid(0, 0);
			for (;;)
				pause();
		}
		setpgid(p, p);
		w("running", p, WNOHANG | WUNTRACED | WCONTINUED);
		for (size_t i = 0; i < T_COUNT(stops); i++) {
			kill(p, stops[i]);
			w("stopped", p, WUNTRACED);
			w("only once", p, WUNTRACED | WNOHANG);
			kill(p, SIGCONT);
			w("continued", p, WCONTINUED);
			w("only once", p, WCONTINUED | WNOHANG);
		}
		kill(p, SIGSTOP);
		siginfo_t si;
		MUST(waitid(P_PID, p, &si, WSTOPPED | WNOWAIT));
		w("stop not asked for", p, WNOHANG);
		w("stop not asked for", p, WNOHANG | WCONTINUED);
		w("stop still there", p, WNOHANG | WUNTRACED);
		kill(p, SIGCONT);
		w("continued", p, WCONTINUED | WUNTRACED);
		/* A continue wipes out an unreported stop. */
		kill(p, SIGSTOP);
		MUST(waitid(P_PID, p, &si, WSTOPPED | WNOWAIT));
		kill(p, SIGCONT);
		w("stop wiped out", p, WUNTRACED | WNOHANG);
		w("continued", p, WCONTINUED | WUNTRACED);
		/* A stop after a continue wipes out an unreported continue. */
		kill(p, SIGSTOP);
		MUST(waitid(P_PID, p, &si, WSTOPPED | WNOWAIT));
		kill(p, SIGCONT);
		MUST(waitid(P_PID, p, &si, WCONTINUED | WNOWAIT));
		kill(p, SIGSTOP);
		MUST(waitid(P_PID, p, &si, WSTOPPED | WNOWAIT));
		w("continue wiped out", p, WCONTINUED | WNOHANG);
		w("stop", p, WUNTRACED | WNOHANG);
		/* SIGCONT to a running process is no event; SIGKILL ends a stopped one. */
		kill(p, SIGCONT);
		w("continued", p, WCONTINUED);
		kill(p, SIGCONT);
		kill(p, SIGCONT);
		w("cont of a running one", p, WCONTINUED | WNOHANG);
		kill(p, SIGSTOP);
		w("stopped", p, WUNTRACED);
		kill(p, SIGTERM);
		w("TERM waits", p, WNOHANG);
		kill(p, SIGKILL);
		w("killed", p, 0);
		w("gone", p, 0);
	}
	return 0;
}
