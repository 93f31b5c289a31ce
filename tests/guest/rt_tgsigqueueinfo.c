/* rt_tgsigqueueinfo: one thread's queue, the value, what may be claimed, pthread_sigqueue; errors in their order. */
#include "vkproc.h"

static long tq(pid_t g, pid_t t, int sig, void *si) { return syscall(SYS_rt_tgsigqueueinfo, g, t, sig, si); }

static siginfo_t make(int code, int value)
{
	siginfo_t si;
	memset(&si, 0, sizeof si);
	si.si_code = code;
	si.si_pid = 111;
	si.si_uid = 222;
	si.si_value.sival_int = value;
	return si;
}

static volatile int tid, seen;
static void *thread(void *arg)
{
	sigset_t s = p_set(40, 41, 0);
	siginfo_t si;
	__atomic_store_n(&tid, p_gettid(), __ATOMIC_SEQ_CST);
	for (int i = 0; i < 3; i++) {
		MUST(sigwaitinfo(&s, &si));
		p_say("thread: %s %s value %d", t_signame(si.si_signo), p_code(si.si_signo, si.si_code), si.si_value.sival_int);
		__atomic_store_n(&seen, i + 1, __ATOMIC_SEQ_CST);
	}
	return arg;
}

int main(void)
{
	pid_t me = getpid();
	p_block(40);
	p_block(41);
	pthread_t t = p_thread(thread, NULL);
	while (!tid)
		sched_yield();
	pid_t tt = tid;
	siginfo_t si = make(SI_QUEUE, 1), r;
	long done = tq(me, tt, 40, &si);
	p_until(&seen, 1);
	SHOW(done);
	si = make(-77, 2);
	done = tq(me, tt, 41, &si);
	p_until(&seen, 2);
	SHOW(done);
	si = make(SI_QUEUE, 3);
	SHOW(tq(me, me, 40, &si));
	p_showpending("only here");
	union sigval v = {.sival_int = 4};
	int err = pthread_sigqueue(t, 40, v);
	p_join(t);
	SHOW_E(err);
	sigset_t s = p_set(40, 0);
	SHOW(sigwaitinfo(&s, &r));
	printf("pid %d uid %d value %d signo %d\n", r.si_pid, r.si_uid, r.si_value.sival_int, r.si_signo);
	/* To oneself any code; the number is that of the call, not of the structure. */
	si = make(SI_TKILL, 5);
	si.si_signo = 9;
	SHOW(tq(me, me, 40, &si));
	SHOW(sigwaitinfo(&s, &r));
	printf("signo %d code %d\n", r.si_signo, r.si_code);

	SECTION("another process");
	pid_t p = t_fork();
	if (p == 0)
		for (;;)
			pause();
	SHOW(tq(p, p, 0, &si));
	si = make(SI_USER, 6);
	SHOW(tq(p, p, 40, &si));
	si = make(SI_QUEUE, 7);
	SHOW(tq(p, me, 40, &si));
	SHOW(tq(me, p, 40, &si));
	SHOW(tq(p, p, 0, &si));
	SHOW(tq(p, p, SIGTERM, &si));
	p_wait("child", p);
	SHOW(tq(p, p, 0, &si));

	SECTION("errors");
	SHOW(tq(me, me, 65, &si));
	SHOW(tq(me, me, -1, &si));
	SHOW(tq(0, me, 40, &si));
	SHOW(tq(me, 0, 40, &si));
	SHOW(tq(-1, -1, 40, &si));
	SHOW(tq(INT_MAX, INT_MAX, 40, &si));
	SHOW(tq(INT_MAX, INT_MAX, 65, &si));
	SHOW(tq(me, me, 40, NULL));
	SHOW(tq(0, 0, 65, BADP));
	return 0;
}
