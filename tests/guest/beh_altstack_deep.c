/* Alternate stacks: nested handlers on it, a handler that overflows it, one too small for the frame, per thread. */
#include "vkproc.h"

static char big[1 << 17] __attribute__((aligned(4096)));
static bool on_big(void)
{
	char c;
	return &c > big && &c < big + sizeof big;
}

static volatile int depth;
static void nest(int s)
{
	char c;
	stack_t ss;
	sigaltstack(NULL, &ss);
	p_say("depth %d: %s, flags %d", depth, on_big() ? "alternate" : "normal", ss.ss_flags);
	(void)c;
	if (depth++ < 3)
		raise(s == SIGUSR1 ? SIGUSR2 : SIGUSR1);
}

static void plain(int s)
{
	(void)s;
	p_say("without SA_ONSTACK, while on it: %s", on_big() ? "alternate" : "normal");
}

static void raises_plain(int s)
{
	(void)s;
	raise(SIGHUP);
}

static void small(int s)
{
	(void)s;
	p_say("not reached");
}

static volatile int bottom = INT_MAX;
static __attribute__((noinline)) int deep(int n)
{
	if (n == bottom)
		return 0;
	volatile char b[1024];
	b[0] = n;
	return deep(n + 1) + b[0];
}

static void overflow(int s)
{
	p_say("%s: %s", t_signame(s), on_big() ? "alternate" : "normal");
	deep(0);
}

static void *thread(void *arg)
{
	/* Its alternate stack is its own: none until set. */
	depth = 3;
	raise(SIGUSR1);
	return arg;
}

int main(void)
{
	p_no_core();
	stack_t ss = {.ss_sp = big, .ss_size = sizeof big};
	MUST(sigaltstack(&ss, NULL));
	p_handler(SIGUSR1, nest, SA_ONSTACK);
	p_handler(SIGUSR2, nest, SA_ONSTACK);
	raise(SIGUSR1);
	p_handler(SIGHUP, plain, 0);
	p_handler(SIGTERM, raises_plain, SA_ONSTACK);
	raise(SIGTERM);
	p_join(p_thread(thread, NULL));

	IN_CHILD("too small for a frame") {
		ss.ss_size = 2048;
		MUST(sigaltstack(&ss, NULL));
		p_handler(SIGUSR1, small, SA_ONSTACK);
		/* Big frames of AVX-512 machines do not fit at all; on others we make it so. */
		ss.ss_sp = mmap(NULL, 3 * T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		mprotect(ss.ss_sp, 2 * T_PAGE, PROT_NONE);
		ss.ss_size = T_PAGE;
		ss.ss_sp = (char *)ss.ss_sp + T_PAGE;
		MUST(sigaltstack(&ss, NULL));
		raise(SIGUSR1);
	}
	IN_CHILD("not writable") {
		ss.ss_sp = mmap(NULL, sizeof big, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		ss.ss_size = sizeof big;
		MUST(sigaltstack(&ss, NULL));
		p_handler(SIGUSR1, small, SA_ONSTACK);
		raise(SIGUSR1);
	}
	IN_CHILD("not writable, SIGSEGV caught on it too") {
		ss.ss_sp = NULL;
		ss.ss_size = sizeof big;
		MUST(sigaltstack(&ss, NULL));
		p_handler(SIGUSR1, small, SA_ONSTACK);
		p_handler(SIGSEGV, small, SA_ONSTACK);
		raise(SIGUSR1);
	}
	IN_CHILD("a frame that does not fit becomes a SIGSEGV, which is caught elsewhere") {
		/* SIGUSR1 on a stack that is bad: the SIGSEGV for it goes to a handler on the normal one. */
		ss.ss_sp = mmap(NULL, sizeof big, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		ss.ss_size = sizeof big;
		MUST(sigaltstack(&ss, NULL));
		p_handler(SIGUSR1, small, SA_ONSTACK);
		p_handler(SIGSEGV, plain, 0);
		raise(SIGUSR1);
		p_say("went on");
		p_showpending("pending");
	}
	IN_CHILD("overflow of the alternate stack") {
		ss.ss_sp = (char *)mmap(NULL, sizeof big + T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + T_PAGE;
		mprotect((char *)ss.ss_sp - T_PAGE, T_PAGE, PROT_NONE);
		ss.ss_size = sizeof big;
		MUST(sigaltstack(&ss, NULL));
		p_handler(SIGUSR1, overflow, SA_ONSTACK);
		raise(SIGUSR1);
	}
	return 0;
}
