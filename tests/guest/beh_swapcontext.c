/* getcontext, makecontext, swapcontext: coroutines with signal masks of their own, and setcontext out of a handler's frame. */
#include "vkproc.h"

static ucontext_t main_c, a_c, b_c;
static char sa[65536], sb[65536];
static int steps;

static void a(int x, int y)
{
	for (int i = 0; i < 3; i++) {
		printf("a %d %d %d\n", x, y, i);
		steps++;
		swapcontext(&a_c, &b_c);
	}
}

static void b(void)
{
	for (int i = 0;; i++) {
		printf("b %d\n", i);
		p_showmask("mask");
		steps++;
		swapcontext(&b_c, &a_c);
	}
}

static ucontext_t out;
static volatile int jumped;
static void handler(int s, siginfo_t *si, void *uc)
{
	(void)s, (void)si, (void)uc;
	jumped++;
	setcontext(&out);
}

int main(void)
{
	getcontext(&a_c);
	a_c.uc_stack.ss_sp = sa, a_c.uc_stack.ss_size = sizeof sa, a_c.uc_link = &main_c;
	makecontext(&a_c, (void (*)(void))(void *)a, 2, 7, 8);
	getcontext(&b_c);
	b_c.uc_stack.ss_sp = sb, b_c.uc_stack.ss_size = sizeof sb, b_c.uc_link = NULL;
	sigaddset(&b_c.uc_sigmask, SIGUSR1);
	makecontext(&b_c, b, 0);
	swapcontext(&main_c, &a_c);
	p_showmask("back in main");
	SHOW(steps);
	p_sigaction(SIGUSR2, handler, 0);
	getcontext(&out);
	if (jumped < 3)
		raise(SIGUSR2);
	SHOW(jumped);
	p_showmask("mask");
	/* Ten thousand switches. */
	static volatile int n;
	getcontext(&out);
	if (n++ < 10000)
		setcontext(&out);
	SHOW(n);
	return 0;
}
