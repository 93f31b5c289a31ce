/* signalfd4: reading signals, order, several at once, changing the mask, poll, fork, errors. */
#include "vkproc.h"
#include <sys/signalfd.h>

static long sfd(int fd, const void *set, size_t size, int flags)
{
	return syscall(SYS_signalfd4, fd, set, size, flags);
}

static void show(const char *what, const struct signalfd_siginfo *s, pid_t pid)
{
	printf("%s: %s %s pid %s uid %s", what, t_signame(s->ssi_signo), p_code(s->ssi_signo, s->ssi_code),
	       (pid_t)s->ssi_pid == pid ? "ok" : "WRONG", s->ssi_uid == getuid() ? "ok" : "WRONG");
	printf(" value %d status %d\n", s->ssi_int, s->ssi_status);
}

int main(void)
{
	sigset_t set = p_set(SIGUSR1, SIGUSR2, 40, SIGCHLD, 0);
	struct signalfd_siginfo s[4];
	pid_t me = getpid();
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	int fd = SHOW_OK(sfd(-1, &set, 8, SFD_NONBLOCK | SFD_CLOEXEC));
	SHOW_X(fcntl(fd, F_GETFD));
	SHOW_X(fcntl(fd, F_GETFL) & (O_NONBLOCK | O_ACCMODE));
	SHOW(read(fd, s, sizeof s[0]));
	struct pollfd pf = {fd, POLLIN, 0};
	SHOW(poll(&pf, 1, 0));

	union sigval v = {.sival_int = 5};
	sigqueue(me, 40, v);
	v.sival_int = 6;
	sigqueue(me, 40, v);
	kill(me, SIGUSR2);
	kill(me, SIGUSR2);
	raise(SIGUSR1);
	SHOW(poll(&pf, 1, 0));
	ssize_t n;
	while ((n = read(fd, s, sizeof s[0] * 3)) > 0) {
		printf("%zd at once\n", n / (ssize_t)sizeof s[0]);
		for (int i = 0; i < n / (ssize_t)sizeof s[0]; i++)
			show("read", &s[i], me);
	}
	SHOW(poll(&pf, 1, 0));
	p_showpending("pending");

	SECTION("SIGCHLD");
	pid_t p = t_fork();
	if (p == 0)
		t_exit(12);
	pf.events = POLLIN;
	SHOW(poll(&pf, 1, 10000));
	SHOW(read(fd, s, sizeof s));
	show("child", &s[0], p);
	p_wait("child", p);

	SECTION("another mask");
	sigset_t only = p_set(SIGUSR2, 0);
	CHECK(sfd(fd, &only, 8, 0) == fd);
	kill(me, SIGUSR1);
	SHOW(read(fd, s, sizeof s));
	kill(me, SIGUSR2);
	SHOW(read(fd, s, sizeof s));
	MUST(sigwaitinfo(&set, NULL));

	SECTION("in a child it gives the child's signals");
	kill(me, SIGUSR2);
	IN_CHILD("child") {
		SHOW(read(fd, s, sizeof s));
		kill(getpid(), SIGUSR2);
		SHOW(read(fd, s, sizeof s));
	}
	SHOW(read(fd, s, sizeof s));

	SECTION("blocking");
	int b = MUST(sfd(-1, &only, 8, 0));
	p = t_fork();
	if (p == 0) {
		p_asleep(me, me);
		kill(me, SIGUSR2);
		t_exit(0);
	}
	SHOW(read(b, s, sizeof s));
	show("blocked", &s[0], p);
	p_wait("sender", p);

	SECTION("errors");
	SHOW(read(fd, s, sizeof s[0] - 1));
	SHOW(read(fd, s, 0));
	SHOW(write(fd, s, sizeof s));
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(sfd(-1, &set, 4, 0));
	SHOW(sfd(-1, BADP, 8, 0));
	SHOW(sfd(-1, &set, 8, 1));
	SHOW(sfd(99, &set, 8, 0));
	SHOW(sfd(1, &set, 8, 0));
	SHOW(sfd(99, BADP, 8, 1));
	SHOW(sfd(99, BADP, 8, 0));
	SHOW(sfd(99, BADP, 9, 0));
	kill(me, SIGUSR2);
	SHOW(read(fd, BADP, sizeof s));
	p_showpending("pending");
	/* KILL and STOP are taken out of the mask without a word. */
	sigset_t all;
	sigfillset(&all);
	SHOW_OK(sfd(-1, &all, 8, 0));
	return 0;
}
