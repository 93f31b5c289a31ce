/* pause: ends with EINTR after a handler, whatever SA_RESTART says; not for ignored signals, nor for a stop. */
#include "vkproc.h"

static volatile int n;
static void handler(int s)
{
	(void)s;
	n++;
}

/* Sends each signal once this one sleeps. */
static pid_t sender(int a, int b)
{
	pid_t me = getpid(), p = t_fork();
	if (p == 0) {
		p_asleep(me, me);
		kill(me, a);
		if (b) {
			t_sleep_ms(30);
			kill(me, b);
		}
		t_exit(0);
	}
	return p;
}

int main(void)
{
	p_handler(SIGUSR1, handler, 0);
	pid_t p = sender(SIGUSR1, 0);
	SHOW(pause());
	SHOW(n);
	p_wait("sender", p);
	p_handler(SIGUSR1, handler, SA_RESTART);
	p = sender(SIGUSR1, 0);
	SHOW(syscall(SYS_pause));
	SHOW(n);
	p_wait("sender", p);
	signal(SIGUSR2, SIG_IGN);
	p = sender(SIGUSR2, SIGUSR1);
	SHOW(pause());
	SHOW(n);
	p_wait("sender", p);
	/* CHLD, WINCH: nothing by default. */
	p = sender(SIGWINCH, SIGUSR1);
	SHOW(pause());
	SHOW(n);
	p_wait("sender", p);
	p = t_fork();
	if (p == 0) {
		pause();
		p_say("came back");
		t_exit(1);
	}
	int st;
	p_asleep(p, p);
	kill(p, SIGSTOP);
	MUST(waitpid(p, &st, WUNTRACED));
	printf("%s\n", t_status(st));
	kill(p, SIGCONT);
	MUST(waitpid(p, &st, WCONTINUED));
	printf("%s\n", t_status(st));
	p_asleep(p, p);
	kill(p, SIGTERM);
	p_wait("deadly", p);
	return 0;
}
