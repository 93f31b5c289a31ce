/* pidfd_send_signal: plain and with siginfo, and its errors. */
#include "vkproc.h"

static long ps(int fd, int sig, const void *si, unsigned flags)
{
	return syscall(SYS_pidfd_send_signal, fd, sig, si, flags);
}

int main(void)
{
	int fd = MUST(syscall(SYS_pidfd_open, getpid(), 0));
	sigset_t s = p_set(SIGUSR1, SIGUSR2, 40, 0);
	siginfo_t si, got;
	MUST(sigprocmask(SIG_BLOCK, &s, NULL));
	SHOW(ps(fd, 0, NULL, 0));
	SHOW(ps(fd, SIGUSR1, NULL, 0));
	MUST(sigwaitinfo(&s, &got));
	p_siginfo("plain", &got, getpid());

	memset(&si, 0, sizeof si);
	si.si_signo = SIGUSR2;
	si.si_code = SI_QUEUE;
	si.si_pid = getpid();
	si.si_uid = getuid();
	si.si_value.sival_int = 4711;
	SHOW(ps(fd, SIGUSR2, &si, 0));
	MUST(sigwaitinfo(&s, &got));
	p_siginfo("queued", &got, getpid());
	si.si_signo = 40;
	si.si_code = -42;
	SHOW(ps(fd, 40, &si, 0));
	MUST(sigwaitinfo(&s, &got));
	printf("own code %d, value %d\n", got.si_code, got.si_value.sival_int);

	SECTION("errors");
	si.si_code = SI_QUEUE;
	SHOW(ps(fd, SIGUSR1, &si, 0));
	SHOW(ps(fd, 65, NULL, 0));
	SHOW(ps(fd, -1, NULL, 0));
	SHOW(ps(fd, 0, NULL, 0x8000));
	SHOW(ps(-1, 0, NULL, 0));
	SHOW(ps(99, 0, NULL, 0));
	SHOW(ps(1, 0, NULL, 0));
	SHOW(ps(fd, 40, BADP, 0));
	SHOW(ps(99, 40, BADP, 0));
	SHOW(ps(99, 40, BADP, 0x8000));
	/* To another process a siginfo may not look as if the kernel or kill() had sent it. */
	pid_t p = t_fork();
	if (p == 0)
		for (;;)
			pause();
	int child = MUST(syscall(SYS_pidfd_open, p, 0));
	si.si_signo = SIGUSR1;
	si.si_code = SI_USER;
	SHOW(ps(child, SIGUSR1, &si, 0));
	si.si_code = SI_KERNEL;
	SHOW(ps(child, SIGUSR1, &si, 0));
	si.si_code = SI_TKILL;
	SHOW(ps(child, SIGUSR1, &si, 0));
	si.si_code = SI_KERNEL;
	SHOW(ps(fd, SIGUSR1, &si, 0));
	MUST(sigwaitinfo(&s, &got));
	printf("to oneself: %s\n", p_code(SIGUSR1, got.si_code));
	SHOW(ps(child, SIGTERM, NULL, 0));
	siginfo_t z;
	MUST(waitid(P_PID, p, &z, WEXITED | WNOWAIT));
	SHOW(ps(child, SIGTERM, NULL, 0));
	p_wait("child", p);
	SHOW(ps(child, 0, NULL, 0));
	return 0;
}
