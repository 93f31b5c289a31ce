/* rt_sigpending: only what is blocked and not ignored, of thread and process together; sizes and errors. */
#include "vkproc.h"

static long sp(void *set, size_t size)
{
	return syscall(SYS_rt_sigpending, set, size);
}

static void *thread(void *arg)
{
	(void)arg;
	p_showpending("other thread, before");
	pthread_kill(pthread_self(), SIGUSR2);
	p_showpending("other thread, after");
	return NULL;
}

int main(void)
{
	unsigned long set = 0x5a;
	SHOW(sp(&set, 8));
	SHOW_X(set);
	sigset_t all;
	sigfillset(&all);
	sigdelset(&all, SIGALRM);
	MUST(sigprocmask(SIG_SETMASK, &all, NULL));
	raise(SIGHUP);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);
	kill(getpid(), 50);
	kill(getpid(), SIGWINCH);
	kill(getpid(), SIGCONT);
	signal(SIGPIPE, SIG_IGN);
	kill(getpid(), SIGPIPE);
	p_showpending("pending");
	p_join(p_thread(thread, NULL));
	p_showpending("main thread");
	signal(SIGUSR1, SIG_IGN);
	p_showpending("USR1 ignored");
	/* A stop signal and SIGCONT take each other away. */
	kill(getpid(), SIGTSTP);
	p_showpending("after TSTP");
	kill(getpid(), SIGCONT);
	p_showpending("after CONT");
	SECTION("sizes and errors");
	memset(&set, 0x5a, 8);
	SHOW(sp(&set, 4));
	SHOW_X(set);
	SHOW(sp(&set, 0));
	SHOW(sp(&set, 9));
	SHOW(sp(BADP, 8));
	SHOW(sp(NULL, 8));
	SHOW(sp(BADP, 16));
	return 0;
}
