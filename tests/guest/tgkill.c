/* tkill and tgkill: the thread that is meant, siginfo SI_TKILL, errors. */
#include "vkproc.h"

static volatile int main_n, thread_n, pending_seen;
static __thread bool in_thread;
static pid_t me;

static void handler(int s, siginfo_t *si, void *uc)
{
	(void)s, (void)uc;
	if (in_thread)
		thread_n++;
	else
		main_n++;
	if (si->si_code != SI_TKILL || si->si_pid != me || si->si_uid != getuid())
		p_siginfo("unexpected", si, me);
}

static volatile int tid, stop;
static void *thread(void *arg)
{
	in_thread = true;
	__atomic_store_n(&tid, p_gettid(), __ATOMIC_SEQ_CST);
	p_until(&stop, 1);
	return arg;
}

int main(void)
{
	me = getpid();
	p_sigaction(SIGUSR1, handler, 0);
	pthread_t t = p_thread(thread, NULL);
	while (!tid)
		sched_yield();
	pid_t tt = tid;
	SHOW(syscall(SYS_tgkill, me, me, SIGUSR1));
	SHOW(main_n);
	SHOW(syscall(SYS_tkill, me, SIGUSR1));
	SHOW(main_n);
	SHOW(syscall(SYS_tgkill, me, tt, SIGUSR1));
	SHOW(p_until(&thread_n, 1));
	SHOW(syscall(SYS_tkill, tt, SIGUSR1));
	SHOW(p_until(&thread_n, 2));
	SHOW_E(pthread_kill(t, SIGUSR1));
	SHOW(p_until(&thread_n, 3));
	SHOW(main_n);
	SHOW_E(pthread_kill(t, 0));
	SHOW_E(pthread_kill(t, 65));
	SHOW(syscall(SYS_tgkill, me, tt, 0));

	SECTION("errors");
	SHOW(syscall(SYS_tgkill, me, tt, 65));
	SHOW(syscall(SYS_tgkill, me, tt, -1));
	SHOW(syscall(SYS_tgkill, 0, tt, 0));
	SHOW(syscall(SYS_tgkill, me, 0, 0));
	SHOW(syscall(SYS_tgkill, -1, tt, 0));
	SHOW(syscall(SYS_tgkill, tt, tt, 0));
	SHOW(syscall(SYS_tgkill, getppid(), tt, 0));
	SHOW(syscall(SYS_tgkill, me, INT_MAX, 0));
	SHOW(syscall(SYS_tgkill, 0, 0, 65));
	SHOW(syscall(SYS_tkill, 0, 0));
	SHOW(syscall(SYS_tkill, -1, 0));
	SHOW(syscall(SYS_tkill, INT_MAX, 0));
	SHOW(syscall(SYS_tkill, INT_MAX, 65));
	SHOW(syscall(SYS_tkill, me, 65));
	/* kill takes the id of a thread for its process. */
	SHOW(kill(tt, 0));
	stop = 1;
	p_join(t);
	while (syscall(SYS_tgkill, me, tt, 0) == 0)
		sched_yield();
	SHOW(syscall(SYS_tgkill, me, tt, 0));
	/* A deadly one ends the whole process, whichever thread it is for. */
	IN_CHILD("deadly") {
		tid = stop = 0;
		p_thread(thread, NULL);
		while (!tid)
			sched_yield();
		syscall(SYS_tgkill, getpid(), tid, SIGTERM);
		p_until(&stop, 1);
	}
	return 0;
}
