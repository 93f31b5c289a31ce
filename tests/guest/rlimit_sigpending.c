/* RLIMIT_SIGPENDING: sigqueue says EAGAIN, kill never does; standard signals are delivered without information. */
#include "vkproc.h"

int main(void)
{
	pid_t me = getpid();
	union sigval v = {.sival_int = 1};
	siginfo_t si;
	struct timespec zero = {0};
	/* The count is kept by user: a limit of 0 is the only one that says the same whatever else this user does. */
	struct rlimit rl = {0, 0};
	p_block(34), p_block(SIGUSR1), p_block(SIGUSR2), p_block(SIGCHLD);
	MUST(setrlimit(RLIMIT_SIGPENDING, &rl));
	if (geteuid() == 0)
		MUST(syscall(SYS_setresuid, 65534L, 65534L, 65534L));
	SHOW(sigqueue(me, 34, v));
	SHOW(sigqueue(me, SIGUSR1, v));
	SHOW(kill(me, SIGUSR2));
	SHOW(kill(me, 34));
	SHOW(raise(SIGUSR2));
	sigset_t s = p_set(34, SIGUSR1, SIGUSR2, 0);
	while (sigtimedwait(&s, &si, &zero) > 0)
		printf("got %s code %d value %d, pid %s\n", t_signame(si.si_signo), si.si_code, si.si_value.sival_int,
		       si.si_pid == me ? "ours" : si.si_pid ? "?" : "0");
	pid_t p = t_fork();
	if (p == 0)
		t_exit(3);
	s = p_set(SIGCHLD, 0);
	SHOW(sigwaitinfo(&s, &si));
	p_wait("child", p);
	/* Timers allocate their signal beforehand. */
	int id;
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	SHOW(syscall(SYS_timer_create, CLOCK_MONOTONIC, &ev, &id));
	return 0;
}
