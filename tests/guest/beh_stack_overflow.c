/* Stack overflow: SIGSEGV handled on an alternate stack, again and again; deadly without one; RLIMIT_STACK obeyed; guard gap. */
#include "vkproc.h"

static char stack[65536] __attribute__((aligned(16)));
static sigjmp_buf jb;
static volatile int depth;
static char *top;

static void handler(int s, siginfo_t *si, void *ctx)
{
	(void)ctx;
	char here;
	long used = top - (char *)si->si_addr;
	p_say("%s %s, on the %s stack, %s", t_signame(s), p_code(s, si->si_code),
	      &here > stack && &here < stack + sizeof stack ? "alternate" : "normal",
	      used > 7 << 20 && used < 9 << 20 ? "8 MiB used" : used > 200 << 10 && used < 300 << 10 ? "256 KiB used" : "?");
	siglongjmp(jb, 1);
}

static volatile int bottom = INT_MAX;
static __attribute__((noinline)) int deep(int n)
{
	if (n == bottom)
		return 0;
	volatile char buf[1024];
	buf[0] = n;
	depth = n;
	int r = deep(n + 1);
	return r + buf[0];
}

static void *thread(void *arg)
{
	static char tstack[65536];
	stack_t ss = {.ss_sp = tstack, .ss_size = sizeof tstack};
	(void)arg;
	sigaltstack(&ss, NULL);
	top = (char *)&ss;
	if (sigsetjmp(jb, 1) == 0)
		deep(0);
	p_say("thread goes on");
	return NULL;
}

static void thread_handler(int s, siginfo_t *si, void *ctx)
{
	(void)ctx;
	p_say("thread: %s %s", t_signame(s), p_code(s, si->si_code));
	siglongjmp(jb, 1);
}

int main(int argc, char **argv)
{
	p_no_core();
	struct rlimit rl = {8 << 20, RLIM_INFINITY};
	getrlimit(RLIMIT_STACK, &rl);
	if (argc == 1) {
		/* The limit that counts is the one at exec. */
		rl.rlim_cur = 8 << 20;
		MUST(setrlimit(RLIMIT_STACK, &rl));
		IN_CHILD("8 MiB")
			execl(p_self(), "x", "8", NULL);
		rl.rlim_cur = 256 << 10;
		MUST(setrlimit(RLIMIT_STACK, &rl));
		IN_CHILD("256 KiB")
			execl(p_self(), "x", "256", NULL);
		return 0;
	}
	(void)argv;
	top = (char *)&rl;
	stack_t ss = {.ss_sp = stack, .ss_size = sizeof stack};
	MUST(sigaltstack(&ss, NULL));
	p_sigaction(SIGSEGV, handler, SA_ONSTACK);
	for (volatile int i = 0; i < 3; i++) {
		depth = 0;
		if (sigsetjmp(jb, 1) == 0)
			deep(0);
		CHECK(depth > 100);
	}
	IN_CHILD("handler without an alternate stack") {
		ss.ss_flags = SS_DISABLE;
		sigaltstack(&ss, NULL);
		deep(0);
	}
	IN_CHILD("alternate stack, but no SA_ONSTACK") {
		p_sigaction(SIGSEGV, handler, 0);
		deep(0);
	}
	IN_CHILD("no handler") {
		signal(SIGSEGV, SIG_DFL);
		deep(0);
	}
	IN_CHILD("blocked") {
		p_block(SIGSEGV);
		deep(0);
	}
	IN_CHILD("ignored") {
		signal(SIGSEGV, SIG_IGN);
		deep(0);
	}
	p_sigaction(SIGSEGV, thread_handler, SA_ONSTACK);
	pthread_attr_t a;
	pthread_t t;
	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 128 << 10);
	pthread_create(&t, &a, thread, NULL);
	p_join(t);
	return 0;
}
