/* signalfd, the call without flags: makes, changes and reads; never close-on-exec or nonblocking; errors. */
#include "vkproc.h"
#include <sys/signalfd.h>

static long sfd(int fd, const void *set, size_t size) { return syscall(SYS_signalfd, fd, set, size); }

int main(void)
{
	sigset_t set = p_set(SIGUSR1, SIGUSR2, 0), only = p_set(SIGUSR2, 0);
	struct signalfd_siginfo s[3];
	pid_t me = getpid();
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	int fd = SHOW_OK(sfd(-1, &set, 8));
	SHOW_X(fcntl(fd, F_GETFD));
	SHOW_X(fcntl(fd, F_GETFL));
	kill(me, SIGUSR1);
	kill(me, SIGUSR2);
	SHOW(read(fd, s, sizeof s));
	for (int i = 0; i < 2; i++)
		printf("%s %s pid %s\n", t_signame(s[i].ssi_signo), p_code(s[i].ssi_signo, s[i].ssi_code),
		       (pid_t)s[i].ssi_pid == me ? "ok" : "WRONG");
	CHECK(sfd(fd, &only, 8) == fd);
	kill(me, SIGUSR1);
	struct pollfd pf = {fd, POLLIN, 0};
	SHOW(poll(&pf, 1, 0));
	kill(me, SIGUSR2);
	SHOW(poll(&pf, 1, 0));
	SHOW(read(fd, s, sizeof s));
	SHOW_STR(t_signame(s[0].ssi_signo));
	p_showpending("pending");
	MUST(sigwaitinfo(&set, NULL));
	/* It keeps the flags it was made with. */
	int nb = MUST(signalfd(-1, &only, SFD_NONBLOCK));
	CHECK(sfd(nb, &set, 8) == nb);
	SHOW(read(nb, s, sizeof s));
	SHOW(sfd(-1, &set, 7));
	SHOW(sfd(-1, &set, 16));
	SHOW(sfd(-1, BADP, 8));
	SHOW(sfd(-1, NULL, 8));
	SHOW(sfd(-2, &set, 8));
	SHOW(sfd(99, &set, 8));
	SHOW(sfd(1, &set, 8));
	SHOW(sfd(99, BADP, 8));
	SHOW(sfd(99, BADP, 4));
	return 0;
}
