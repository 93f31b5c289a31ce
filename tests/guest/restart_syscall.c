/* restart_syscall: called by a program with nothing to restart it is EINTR; a stopped sleep is taken up again by it unseen. */
#include "vkproc.h"

int main(void)
{
	SHOW(syscall(SYS_restart_syscall));
	SHOW(syscall(SYS_restart_syscall, 1, 2, 3));
	pid_t p = t_fork();
	if (p == 0) {
		struct timespec ts = {0, 200000000}, rem = {9, 9};
		long t0 = t_now_ms();
		SHOW(nanosleep(&ts, &rem));
		CHECK(t_now_ms() - t0 >= 200);
		SHOW(rem.tv_sec);
		t_exit(0);
	}
	siginfo_t si;
	for (int i = 0; i < 3; i++) {
		p_asleep(p, p);
		kill(p, SIGSTOP);
		MUST(waitid(P_PID, p, &si, WSTOPPED | WEXITED | WNOWAIT));
		kill(p, SIGCONT);
	}
	p_wait("sleeper", p);
	return 0;
}
