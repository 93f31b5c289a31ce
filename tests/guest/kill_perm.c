/* Who may signal whom, by real, effective and saved ids; SIGCONT within a session; as root, else only what both can. */
#include "vkproc.h"

static struct t_gate ready;

/* A target with real uid r and saved uid s; in a new session when asked for. */
static pid_t target(uid_t r, uid_t s, bool session)
{
	pid_t p = t_fork();
	if (p == 0) {
		if (session)
			setsid();
		MUST(setresuid(r, s, s));
		t_gate_open(&ready);
		for (;;)
			pause();
	}
	t_gate_pass(&ready);
	return p;
}

static void try(const char *what, uid_t r, uid_t e, pid_t p, int sig)
{
	IN_CHILD(what) {
		MUST(setresuid(r, e, 4000));
		SHOW(kill(p, sig));
	}
}

int main(void)
{
	ready = t_gate();
	/* Process 1 belongs to someone else, or we are root: signal 0 to it is no harm. */
	if (geteuid() != 0) {
		SHOW(kill(getpid(), 0));
		SHOW(kill(getppid(), 65));
		return 0;
	}
	pid_t p = target(1001, 1002, true);
	SHOW(kill(p, 0));
	try("effective = target's real", 2000, 1001, p, 0);
	try("effective = target's saved", 2000, 1002, p, 0);
	try("real = target's real", 1001, 2000, p, 0);
	try("real = target's saved", 1002, 2000, p, 0);
	try("neither", 2000, 2001, p, 0);
	try("neither, bad signal", 2000, 2001, p, 65);
	try("root's effective", 2000, 0, p, 0);
	try("root's real only", 0, 2000, p, 0);
	try("CONT in another session", 2000, 2001, p, SIGCONT);
	kill(p, SIGKILL);
	p_wait("target", p);
	p = target(1001, 1002, false);
	try("CONT in the same session", 2000, 2001, p, SIGCONT);
	try("WINCH in the same session", 2000, 2001, p, SIGWINCH);
	/* A group: EPERM only when nobody could be signalled. */
	pid_t q = target(3000, 3000, false);
	MUST(setpgid(p, p));
	MUST(setpgid(q, p));
	try("group, neither", 2000, 2001, -p, 0);
	try("group, one of two", 2000, 3000, -p, 0);
	siginfo_t si;
	IN_CHILD("queue") {
		MUST(setresuid(2000, 2000, 2000));
		union sigval v = {0};
		SHOW(sigqueue(p, SIGUSR1, v));
		SHOW(syscall(SYS_tkill, p, 0));
		SHOW(syscall(SYS_tgkill, p, p, 0));
		int fd = MUST(syscall(SYS_pidfd_open, p, 0));
		SHOW(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
	}
	kill(-p, SIGKILL);
	MUST(waitid(P_PID, p, &si, WEXITED | WNOWAIT));
	CHECK(si.si_uid == 1001);
	p_wait("p", p);
	p_wait("q", q);
	return 0;
}
