/* tkill: one thread and no other, siginfo; process-wide effects of deadly ones; errors in their order. */
#include "vkproc.h"

static volatile int tid, got, stop;
static pid_t me;
static void handler(int s, siginfo_t *si, void *uc)
{
	(void)s, (void)uc;
	if (si->si_code == SI_TKILL && si->si_pid == me && p_gettid() == tid)
		got++;
	else
		p_say("wrong: code %d, in the thread: %d", si->si_code, p_gettid() == tid);
}

static void *thread(void *arg)
{
	__atomic_store_n(&tid, p_gettid(), __ATOMIC_SEQ_CST);
	p_until(&stop, 1);
	return arg;
}

static long k(long t, int sig) { return syscall(SYS_tkill, t, sig); }

int main(void)
{
	me = getpid();
	p_sigaction(SIGUSR1, handler, SA_RESTART);
	tid = me;
	SHOW(k(me, SIGUSR1));
	SHOW(got);
	tid = 0;
	pthread_t t = p_thread(thread, NULL);
	while (!tid)
		sched_yield();
	SHOW(k(tid, SIGUSR1));
	SHOW(p_until(&got, 2));
	SHOW(k(tid, 0));
	SHOW(got);
	/* Blocked here, it waits for this thread, though the other would take it. */
	p_block(SIGUSR1);
	SHOW(k(me, SIGUSR1));
	p_showpending("pending");
	sigset_t s = p_set(SIGUSR1, 0);
	siginfo_t si;
	MUST(sigwaitinfo(&s, &si));
	p_siginfo("waited for", &si, me);
	SHOW(k(0, 0));
	SHOW(k(-1, SIGUSR1));
	SHOW(k(-me, 0));
	SHOW(k(INT_MAX, 0));
	SHOW(k(0, 65));
	SHOW(k(me, 65));
	SHOW(k(me, -1));
	SHOW(k(INT_MAX, 65));
	stop = 1;
	p_join(t);
	IN_CHILD("deadly, to a thread") {
		tid = stop = 0;
		p_thread(thread, NULL);
		while (!tid)
			sched_yield();
		k(tid, SIGKILL);
		p_until(&stop, 1);
	}
	return 0;
}
