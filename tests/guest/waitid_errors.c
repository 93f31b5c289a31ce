/* waitid: bad options, id types, ids and addresses, and which of two is told. */
#include "vkproc.h"

static long w(int type, long id, void *si, int opt, void *ru)
{
	return syscall(SYS_waitid, type, id, si, opt, ru);
}

int main(void)
{
	siginfo_t si;
	struct rusage ru;
	SHOW(w(P_ALL, 0, &si, WEXITED, NULL));
	SHOW(w(P_ALL, 0, &si, 0, NULL));
	SHOW(w(P_ALL, 0, &si, WNOHANG, NULL));
	SHOW(w(P_ALL, 0, &si, WNOWAIT | WNOHANG, NULL));
	SHOW(w(P_ALL, 0, &si, WEXITED | 0x10, NULL));
	SHOW(w(P_ALL, 0, &si, WEXITED | 0x100, NULL));
	SHOW(w(4, 0, &si, WEXITED, NULL));
	SHOW(w(-1, 0, &si, WEXITED, NULL));
	SHOW(w(P_PID, 0, &si, WEXITED, NULL));
	SHOW(w(P_PID, -1, &si, WEXITED, NULL));
	SHOW(w(P_PGID, -1, &si, WEXITED, NULL));
	SHOW(w(P_PGID, -5, &si, WEXITED, NULL));
	SHOW(w(P_PIDFD, 99, &si, WEXITED, NULL));
	SHOW(w(P_PID, getpid(), &si, WEXITED, NULL));
	SHOW(w(P_PID, 1, &si, WEXITED | WNOHANG, NULL));
	SECTION("two bad arguments");
	SHOW(w(4, 0, BADP, WEXITED, NULL));
	SHOW(w(4, 0, BADP, 0, NULL));
	SHOW(w(P_PID, 0, BADP, WEXITED, NULL));
	SHOW(w(P_ALL, 0, BADP, WEXITED, BADP));
	SECTION("with a child");
	pid_t p = t_fork();
	if (p == 0)
		t_exit(5);
	SHOW(w(P_PID, p, &si, WEXITED | WNOWAIT, BADP));
	SHOW(w(P_PID, p, BADP, WEXITED | WNOWAIT, NULL));
	SHOW(w(P_PID, p, t_readonly(NULL, 128), WEXITED | WNOWAIT, NULL));
	SHOW(w(P_PID, p, NULL, WEXITED | WNOWAIT, NULL));
	SHOW(w(P_PID, p, NULL, WEXITED | WNOWAIT, &ru));
	CHECK(ru.ru_maxrss >= 0);
	/* The child is taken even though its information cannot be stored. */
	SHOW(w(P_PID, p, BADP, WEXITED, NULL));
	SHOW(w(P_PID, p, &si, WEXITED, NULL));
	p = t_fork();
	if (p == 0)
		t_exit(5);
	siginfo_t *edge = t_edge(sizeof si);
	SHOW(w(P_PID, p, edge, WEXITED, &ru));
	p_siginfo("edge", edge, p);
	return 0;
}
