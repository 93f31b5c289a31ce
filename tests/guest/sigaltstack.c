// build: musl-static
/* sigaltstack: set, query, sizes, disable, EPERM while on it, SS_AUTODISARM, copies over fork and threads. */
#include "vkproc.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static char stack[65536] __attribute__((aligned(16))), other[65536];

static long as(const void *new, void *old)
{
	return syscall(SYS_sigaltstack, new, old);
}

static void show(const char *what)
{
	stack_t o = {.ss_flags = 0x77};
	MUST(as(NULL, &o));
	p_say("%s: %s, flags 0x%x, size %zu", what, o.ss_sp == stack ? "stack" : o.ss_sp == other ? "other" : o.ss_sp ? "?" : "NULL",
	      (unsigned)o.ss_flags, o.ss_size);
}

static void handler(int s, siginfo_t *si, void *ctx)
{
	(void)si;
	ucontext_t *uc = ctx;
	char here;
	p_say("%s on the %s stack", t_signame(s), &here > stack && &here < stack + sizeof stack ? "alternate" : "normal");
	show(" in the handler");
	p_say(" uc_stack: %s, flags 0x%x, size %zu", uc->uc_stack.ss_sp == stack ? "stack" : uc->uc_stack.ss_sp ? "?" : "NULL",
	      (unsigned)uc->uc_stack.ss_flags, uc->uc_stack.ss_size);
	stack_t n = {.ss_sp = other, .ss_size = sizeof other};
	long r = as(&n, NULL);
	p_say(" set another: %s", r ? t_errname(errno) : "done");
	n.ss_flags = SS_DISABLE;
	r = as(&n, NULL);
	p_say(" disable: %s", r ? t_errname(errno) : "done");
}

static void *thread(void *arg)
{
	show("new thread");
	return arg;
}

int main(void)
{
	stack_t n = {.ss_sp = stack, .ss_size = sizeof stack}, o;
	show("at first");
	SHOW(as(&n, &o));
	show("set");
	SHOW_X(o.ss_flags);
	p_sigaction(SIGUSR1, handler, SA_ONSTACK);
	p_sigaction(SIGUSR2, handler, 0);
	raise(SIGUSR1);
	show("after");
	MUST(as(&n, NULL));
	raise(SIGUSR2);
	show("after");
	n.ss_flags = SS_DISABLE;
	SHOW(as(&n, NULL));
	show("disabled");
	raise(SIGUSR1);

	SECTION("autodisarm");
	n = (stack_t){.ss_sp = stack, .ss_size = sizeof stack, .ss_flags = SS_AUTODISARM};
	SHOW(as(&n, NULL));
	show("set");
	raise(SIGUSR1);
	/* The handler's changes are undone by sigreturn. */
	show("after");

	SECTION("flags and sizes");
	n = (stack_t){.ss_sp = stack, .ss_size = sizeof stack, .ss_flags = SS_ONSTACK};
	SHOW(as(&n, NULL));
	show("SS_ONSTACK");
	n.ss_flags = 4;
	SHOW(as(&n, NULL));
	n.ss_flags = SS_DISABLE | SS_ONSTACK;
	SHOW(as(&n, NULL));
	n = (stack_t){.ss_sp = stack, .ss_size = 2047};
	SHOW(as(&n, NULL));
	n.ss_size = 0;
	SHOW(as(&n, NULL));
	n.ss_flags = SS_DISABLE;
	SHOW(as(&n, NULL));
	n = (stack_t){.ss_sp = NULL, .ss_size = 65536};
	SHOW(as(&n, NULL));
	SHOW(as(BADP, NULL));
	SHOW(as(NULL, BADP));
	SHOW(as(BADP, BADP));
	SHOW(as(NULL, NULL));

	SECTION("fork, vfork, threads, exec");
	n = (stack_t){.ss_sp = stack, .ss_size = sizeof stack};
	MUST(as(&n, NULL));
	IN_CHILD("child")
		show("fork");
	p_join(p_thread(thread, NULL));
	show("main thread");
	return 0;
}
