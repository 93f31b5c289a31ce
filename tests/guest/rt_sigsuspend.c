/* rt_sigsuspend and pause: the mask during and after, EINTR, which signals end it, errors. */
#include "vkproc.h"

static volatile int n;
static void handler(int s)
{
	n++;
	p_say("handler %s", t_signame(s));
	p_showmask(" mask in the handler");
}

int main(void)
{
	sigset_t empty = p_set(0), usr2 = p_set(SIGUSR2, 0);
	p_handler(SIGUSR1, handler, SA_RESTART);
	p_handler(SIGUSR2, handler, 0);
	p_block(SIGUSR1);
	p_block(SIGUSR2);
	p_block(SIGHUP);

	SECTION("already pending");
	kill(getpid(), SIGUSR1);
	SHOW(sigsuspend(&usr2));
	p_showmask("mask after");

	SECTION("both pending, one let in");
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR2);
	SHOW(sigsuspend(&usr2));
	p_showpending("pending");

	SECTION("two let in: both handlers run before it returns");
	kill(getpid(), SIGUSR1);
	SHOW(sigsuspend(&empty));
	printf("%d\n", n);

	SECTION("a signal from outside, after one that is ignored");
	pid_t me = getpid();
	pid_t p = t_fork();
	if (p == 0) {
		p_asleep(me, me);
		kill(me, SIGWINCH);
		kill(me, SIGCONT);
		p_asleep(me, me);
		kill(me, SIGUSR1);
		t_exit(0);
	}
	SHOW(sigsuspend(&empty));
	p_wait("sender", p);

	SECTION("pause");
	p_unblock(SIGUSR1);
	p = t_fork();
	if (p == 0) {
		p_asleep(me, me);
		kill(me, SIGUSR1);
		t_exit(0);
	}
	/* With SA_RESTART too. */
	SHOW(pause());
	p_wait("sender", p);
	printf("%d\n", n);

	SECTION("KILL and STOP stay unblocked; a fatal signal kills");
	p = t_fork();
	if (p == 0) {
		sigset_t all;
		sigfillset(&all);
		sigsuspend(&all);
		t_exit(1);
	}
	p_asleep(p, p);
	kill(p, SIGTERM);
	p_asleep(p, p);
	SHOW(waitpid(p, NULL, WNOHANG));
	kill(p, SIGKILL);
	p_wait("all blocked", p);
	p = t_fork();
	if (p == 0) {
		sigsuspend(&empty);
		t_exit(1);
	}
	p_asleep(p, p);
	kill(p, SIGTERM);
	p_wait("TERM", p);

	SECTION("errors");
	SHOW(syscall(SYS_rt_sigsuspend, &empty, 7));
	SHOW(syscall(SYS_rt_sigsuspend, BADP, 8));
	SHOW(syscall(SYS_rt_sigsuspend, NULL, 8));
	SHOW(syscall(SYS_rt_sigsuspend, BADP, 9));
	return 0;
}
