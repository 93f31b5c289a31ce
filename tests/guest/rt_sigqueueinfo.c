/* rt_sigqueueinfo, rt_tgsigqueueinfo, sigqueue: siginfo as given, what may be claimed, errors. */
#include "vkproc.h"

static long q(pid_t p, int sig, void *si)
{
	return syscall(SYS_rt_sigqueueinfo, p, sig, si);
}
static long tq(pid_t g, pid_t t, int sig, void *si)
{
	return syscall(SYS_rt_tgsigqueueinfo, g, t, sig, si);
}

static siginfo_t make(int code, int value)
{
	siginfo_t si;
	memset(&si, 0, sizeof si);
	si.si_signo = 3;
	si.si_errno = 17;
	si.si_code = code;
	si.si_pid = 111;
	si.si_uid = 222;
	si.si_value.sival_int = value;
	return si;
}

static void got(const char *what)
{
	sigset_t s = p_set(SIGUSR1, 40, 0);
	siginfo_t si;
	struct timespec zero = {0};
	if (sigtimedwait(&s, &si, &zero) < 0)
		printf("%s: %s\n", what, t_errname(errno));
	else
		printf("%s: signo %d errno %d code %d pid %d uid %d value %d\n", what, si.si_signo, si.si_errno, si.si_code,
		       si.si_pid, si.si_uid, si.si_value.sival_int);
}

int main(void)
{
	pid_t me = getpid();
	p_block(SIGUSR1);
	p_block(40);
	siginfo_t si = make(SI_QUEUE, 5);
	SHOW(q(me, SIGUSR1, &si));
	got("to oneself");
	si = make(-60, 6);
	SHOW(q(me, 40, &si));
	si = make(SI_USER, 7);
	SHOW(q(me, 40, &si));
	si = make(SI_KERNEL, 8);
	SHOW(tq(me, me, 40, &si));
	got("first: the thread's own queue goes before the process's");
	got("second");
	got("third");
	got("none");
	/* The whole of the structure is passed on. */
	memset(&si, 0, sizeof si);
	si.si_code = SI_QUEUE;
	((char *)&si)[40] = 77;
	SHOW(q(me, 40, &si));
	sigset_t s = p_set(40, 0);
	siginfo_t r;
	MUST(sigwaitinfo(&s, &r));
	printf("byte 40: %d\n", ((char *)&r)[40]);

	SECTION("to another");
	struct t_gate ready = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		MUST(sigwaitinfo(&s, &r));
		printf("child: code %d pid %d uid %d value %d\n", r.si_code, r.si_pid, r.si_uid, r.si_value.sival_int);
		t_gate_open(&ready);
		for (;;)
			pause();
	}
	si = make(SI_USER, 1);
	SHOW(q(p, 40, &si));
	si = make(SI_KERNEL, 1);
	SHOW(q(p, 40, &si));
	si = make(SI_TKILL, 1);
	SHOW(q(p, 40, &si));
	SHOW(tq(p, p, 40, &si));
	si = make(CLD_EXITED, 1);
	SHOW(tq(p, p, 40, &si));
	si = make(SI_QUEUE, 33);
	long done = q(p, 40, &si);
	t_gate_pass(&ready);
	SHOW(done);
	SHOW(tq(p, p, 0, &si));
	SHOW(q(p, 0, &si));

	SECTION("errors");
	SHOW(q(me, 65, &si));
	SHOW(q(me, -1, &si));
	SHOW(q(INT_MAX, 40, &si));
	SHOW(q(-1, 0, &si));
	SHOW(q(0, 0, &si));
	SHOW(q(-me, 0, &si));
	SHOW(q(me, 40, BADP));
	SHOW(q(INT_MAX, 65, BADP));
	SHOW(tq(0, me, 40, &si));
	SHOW(tq(me, 0, 40, &si));
	SHOW(tq(me, -1, 40, &si));
	SHOW(tq(me, p, 40, &si));
	SHOW(tq(p, me, 40, &si));
	SHOW(tq(me, me, 65, &si));
	SHOW(tq(0, 0, 40, BADP));
	kill(p, SIGKILL);
	p_wait("child", p);
	SHOW(q(p, 40, &si));
	/* libc's: pid and uid are ours. */
	union sigval v = {.sival_int = 12};
	SHOW(sigqueue(me, 40, v));
	MUST(sigwaitinfo(&s, &r));
	p_siginfo("sigqueue", &r, me);
	return 0;
}
