/* Several signals at once: in which order handlers start and nest, thread's before process's, and signals queued while handlers run. */
#include "vkproc.h"

static volatile int depth;
static void handler(int s, siginfo_t *si, void *uc)
{
	(void)uc;
	p_say("%*senter %s value %d", 2 * depth, "", t_signame(s), si->si_code == SI_QUEUE ? si->si_value.sival_int : -1);
	depth++;
	p_showmask("mask");
	depth--;
	p_say("%*sleave %s", 2 * depth, "", t_signame(s));
}

static void simple(int s, siginfo_t *si, void *uc)
{
	(void)uc;
	p_say("%s %s value %d", t_signame(s), p_code(s, si->si_code), si->si_code == SI_QUEUE ? si->si_value.sival_int : -1);
}

static void set_all(void (*fn)(int, siginfo_t *, void *), bool mask_all)
{
	static const int sigs[] = {SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGTERM, 34, 35, 40, 64};
	for (size_t i = 0; i < T_COUNT(sigs); i++) {
		struct sigaction sa = {.sa_sigaction = fn, .sa_flags = SA_SIGINFO};
		if (mask_all)
			sigfillset(&sa.sa_mask);
		MUST(sigaction(sigs[i], &sa, NULL));
	}
}

static void send_all(void)
{
	union sigval v = {.sival_int = 1};
	pid_t me = getpid();
	MUST(sigqueue(me, 64, v));
	MUST(sigqueue(me, 40, v));
	v.sival_int = 2;
	MUST(sigqueue(me, 40, v));
	kill(me, SIGTERM);
	kill(me, SIGUSR2);
	kill(me, SIGHUP);
	v.sival_int = 3;
	MUST(sigqueue(me, 34, v));
	MUST(sigqueue(me, 40, v));
	kill(me, SIGUSR1);
	kill(me, SIGUSR1);
}

static void fault(int s, siginfo_t *si, void *ctx)
{
	ucontext_t *uc = ctx;
	p_say("%s %s", t_signame(s), p_code(s, si->si_code));
	uc->uc_mcontext.gregs[REG_RIP] += 2;
}

int main(void)
{
	sigset_t all, none = p_set(0);
	sigfillset(&all);
	SECTION("handlers that block everything: the lowest first, one after the other");
	set_all(simple, true);
	sigprocmask(SIG_BLOCK, &all, NULL);
	send_all();
	sigprocmask(SIG_SETMASK, &none, NULL);
	SECTION("handlers that block only themselves: the last frame built runs first");
	set_all(handler, false);
	sigprocmask(SIG_BLOCK, &all, NULL);
	kill(getpid(), SIGUSR2);
	kill(getpid(), SIGHUP);
	kill(getpid(), 40);
	kill(getpid(), 40);
	sigprocmask(SIG_SETMASK, &none, NULL);
	SECTION("the thread's own before the process's, whatever the number");
	set_all(simple, true);
	sigprocmask(SIG_BLOCK, &all, NULL);
	kill(getpid(), SIGHUP);
	raise(SIGTERM);
	raise(SIGUSR1);
	sigprocmask(SIG_SETMASK, &none, NULL);
	SECTION("a fault comes before what was pending");
	p_sigaction(SIGILL, fault, 0);
	p_sigaction(SIGSEGV, simple, 0);
	sigset_t ill = p_set(SIGHUP, SIGSEGV, 0);
	sigprocmask(SIG_BLOCK, &ill, NULL);
	kill(getpid(), SIGHUP);
	kill(getpid(), SIGSEGV);
	__asm__ volatile("ud2");
	p_say("between");
	sigprocmask(SIG_SETMASK, &none, NULL);
	SECTION("a synchronous signal's number goes first among the pending");
	sigprocmask(SIG_BLOCK, &all, NULL);
	kill(getpid(), SIGHUP);
	kill(getpid(), SIGINT);
	kill(getpid(), SIGSEGV);
	p_sigaction(SIGSEGV, simple, SA_NODEFER);
	set_all(simple, true);
	struct sigaction sa = {.sa_sigaction = simple, .sa_flags = SA_SIGINFO, .sa_mask = all};
	sigaction(SIGSEGV, &sa, NULL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	return 0;
}
