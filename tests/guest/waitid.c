/* waitid: id types, options, siginfo of each event, and that nothing but si_pid = 0 is said for no event. */
#include "vkproc.h"
#include <sys/pidfd.h>

static pid_t last;
static int tries;

static long w(int type, id_t id, siginfo_t *si, int opt)
{
	memset(si, 0x5a, sizeof *si);
	return syscall(SYS_waitid, type, id, si, opt, NULL);
}

static void show(const char *what, int type, id_t id, int opt)
{
	siginfo_t si;
	long r = w(type, id, &si, opt);
	tries++;
	if (r < 0)
		printf("%s: -1 %s\n", what, t_errname(errno));
	else if (si.si_pid == 0)
		printf("%s: %ld, no event, signo %d\n", what, r, si.si_signo);
	else
		p_siginfo(what, &si, last);
}

static pid_t child(int code)
{
	last = t_fork();
	if (last == 0)
		t_exit(code);
	return last;
}

static pid_t killed(int sig)
{
	struct t_gate g = t_gate();
	last = t_fork();
	if (last == 0) {
		p_no_core();
		t_gate_open(&g);
		for (;;)
			pause();
	}
	t_gate_pass(&g);
	kill(last, sig);
	return last;
}

int main(void)
{
	SECTION("exited and killed");
	show("exit 3", P_PID, child(3), WEXITED);
	show("exit -1", P_PID, child(-1), WEXITED);
	show("TERM", P_PID, killed(SIGTERM), WEXITED);
	show("KILL", P_PID, killed(SIGKILL), WEXITED);
	show("RTMIN", P_PID, killed(34), WEXITED);
	child(4);
	show("P_ALL", P_ALL, 0, WEXITED);
	child(5);
	show("P_ALL, id ignored", P_ALL, 12345, WEXITED);
	child(6);
	show("P_PGID", P_PGID, getpgrp(), WEXITED);
	child(7);
	show("P_PGID 0", P_PGID, 0, WEXITED);

	SECTION("WNOWAIT");
	pid_t p = child(8);
	show("look", P_PID, p, WEXITED | WNOWAIT);
	show("look again", P_PID, p, WEXITED | WNOWAIT | WNOHANG);
	show("WNOHANG", P_PID, p, WEXITED | WNOHANG);
	show("gone", P_PID, p, WEXITED);

	SECTION("pidfd");
	p = child(9);
	int fd = MUST(syscall(SYS_pidfd_open, p, 0));
	show("P_PIDFD", P_PIDFD, fd, WEXITED);
	show("again", P_PIDFD, fd, WEXITED);
	close(fd);
	show("closed", P_PIDFD, fd, WEXITED);
	show("not a pidfd", P_PIDFD, 1, WEXITED);
	show("-1", P_PIDFD, -1, WEXITED);

	SECTION("stopped and continued");
	p = killed(SIGSTOP);
	show("stop, not asked for", P_PID, p, WEXITED | WNOHANG);
	show("stop", P_PID, p, WSTOPPED);
	show("once", P_PID, p, WSTOPPED | WNOHANG);
	kill(p, SIGCONT);
	show("continue", P_PID, p, WCONTINUED | WSTOPPED | WEXITED);
	show("running", P_PID, p, WCONTINUED | WSTOPPED | WEXITED | WNOHANG);
	kill(p, SIGSTOP);
	show("look at the stop", P_PID, p, WSTOPPED | WNOWAIT);
	show("take the stop", P_PID, p, WSTOPPED);
	kill(p, SIGCONT);
	show("look at the continue", P_PID, p, WCONTINUED | WNOWAIT);
	show("take the continue", P_PID, p, WCONTINUED);
	show("running", P_PID, p, WCONTINUED | WNOHANG);
	int nb = MUST(syscall(SYS_pidfd_open, p, O_NONBLOCK));
	show("non-blocking pidfd", P_PIDFD, nb, WEXITED);
	show("non-blocking pidfd, WNOHANG", P_PIDFD, nb, WEXITED | WNOHANG);
	kill(p, SIGKILL);
	show("killed", P_PID, p, WCONTINUED | WSTOPPED | WEXITED);
	printf("%d looks\n", tries);
	return 0;
}
