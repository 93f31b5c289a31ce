/* CLONE_PIDFD of clone: the descriptor, polled, waited for, close-on-exec, and signalled. */
#include "vkproc.h"

int main(void)
{
	struct t_gate g = t_gate();
	int pidfd = -1;
	fflush(stdout);
	pid_t p = syscall(SYS_clone, (long)CLONE_PIDFD | SIGCHLD, 0L, &pidfd, 0L, 0L);
	if (p == 0) {
		t_gate_pass(&g);
		_exit(33);
	}
	CHECK(p > 0 && pidfd >= 3);
	SHOW_X(fcntl(pidfd, F_GETFD));
	SHOW_X(fcntl(pidfd, F_GETFL) & O_ACCMODE);
	struct pollfd pf = {pidfd, POLLIN, 0};
	SHOW(poll(&pf, 1, 0));
	SHOW(syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0));
	t_gate_open(&g);
	SHOW(poll(&pf, 1, 10000));
	SHOW_X(pf.revents & POLLIN);
	/* It stays readable before and after the wait. */
	siginfo_t si;
	SHOW(waitid(P_PIDFD, pidfd, &si, WEXITED | WNOWAIT));
	p_siginfo("look", &si, p);
	SHOW(waitid(P_PIDFD, pidfd, &si, WEXITED));
	SHOW(poll(&pf, 1, 0));
	SHOW_X(pf.revents & POLLIN);
	SHOW(syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0));
	SHOW(waitid(P_PIDFD, pidfd, &si, WEXITED));
	char c;
	SHOW(read(pidfd, &c, 1));
	SHOW(write(pidfd, &c, 1));
	SHOW(lseek(pidfd, 0, SEEK_SET));
	close(pidfd);

	/* A child killed by us through its pidfd. */
	p = syscall(SYS_clone, (long)CLONE_PIDFD | SIGCHLD, 0L, &pidfd, 0L, 0L);
	if (p == 0)
		for (;;)
			pause();
	SHOW(syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0));
	SHOW(waitid(P_PIDFD, pidfd, &si, WEXITED));
	p_siginfo("killed", &si, p);
	return 0;
}
