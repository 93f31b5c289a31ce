/* rt_sigaction: what is stored and given back, for every signal, and its errors. */
#include "vkproc.h"

/* The kernel's structure, not libc's. */
struct ksa {
	void *handler;
	unsigned long flags;
	void *restorer;
	unsigned long mask;
};

static long sa(int sig, const void *new, void *old, size_t size)
{
	return syscall(SYS_rt_sigaction, sig, new, old, size);
}

static void handler(int s) { (void)s; }

int main(void)
{
	struct ksa a, o;
	SECTION("every signal, from default to ignored and back");
	for (int s = 0; s <= 66; s++) {
		a = (struct ksa){.handler = SIG_IGN};
		memset(&o, 0x5a, sizeof o);
		long r = sa(s, &a, &o, 8);
		int e = errno;
		if (r < 0)
			printf("%d: %s, query %ld\n", s, t_errname(e), sa(s, NULL, &o, 8));
		else if (o.handler != SIG_DFL || o.flags || o.mask)
			printf("%d: not default\n", s);
		if (r == 0) {
			a.handler = SIG_DFL;
			if (sa(s, &a, &o, 8) || o.handler != SIG_IGN)
				printf("%d: not ignored\n", s);
		}
	}

	SECTION("what comes back");
	a = (struct ksa){handler, SA_RESTART | SA_SIGINFO | SA_NODEFER | SA_RESETHAND | SA_ONSTACK | SA_NOCLDSTOP | SA_NOCLDWAIT |
			 0x04000000, (void *)0x1234, -1UL};
	SHOW(sa(SIGUSR1, &a, NULL, 8));
	SHOW(sa(SIGUSR1, NULL, &o, 8));
	CHECK(o.handler == (void *)handler && o.restorer == (void *)0x1234);
	SHOW_X(o.flags);
	SHOW_X(o.mask);
	/* Bits that mean nothing are taken out, so that programs can find out what is supported. */
	a.flags = 0xffffffffUL;
	MUST(sa(SIGUSR1, &a, NULL, 8));
	MUST(sa(SIGUSR1, NULL, &o, 8));
	SHOW_X(o.flags & 0x00000400);
	a = (struct ksa){.handler = SIG_DFL};
	SHOW(sa(SIGUSR1, &a, &o, 8));
	CHECK(o.handler == (void *)handler);
	/* A new action for SIGKILL is refused, an old one is told. */
	SHOW(sa(SIGKILL, NULL, &o, 8));
	SHOW(sa(SIGSTOP, NULL, NULL, 8));
	SHOW(sa(SIGUSR1, NULL, NULL, 8));

	SECTION("errors");
	SHOW(sa(SIGUSR1, &a, &o, 4));
	SHOW(sa(SIGUSR1, &a, &o, 16));
	SHOW(sa(SIGUSR1, &a, &o, 0));
	SHOW(sa(-1, &a, &o, 8));
	SHOW(sa(SIGUSR1, BADP, &o, 8));
	SHOW(sa(SIGUSR1, &a, BADP, 8));
	SHOW(sa(SIGKILL, &a, &o, 8));
	SHOW(sa(SIGKILL, NULL, BADP, 8));
	SHOW(sa(SIGKILL, BADP, NULL, 8));
	SHOW(sa(99, BADP, NULL, 8));
	SHOW(sa(99, BADP, NULL, 7));
	/* EFAULT of the old one: the new one is set all the same. */
	a.handler = handler;
	SHOW(sa(SIGUSR2, &a, BADP, 8));
	MUST(sa(SIGUSR2, NULL, &o, 8));
	CHECK(o.handler == (void *)handler);
	struct ksa *e = t_edge(sizeof *e);
	SHOW(sa(SIGUSR2, NULL, e, 8));
	SHOW(sa(SIGUSR2, NULL, (char *)e + 1, 8));

	SECTION("libc");
	SHOW(sigaction(32, NULL, (struct sigaction *)&o));
	signal(SIGHUP, handler);
	MUST(sa(SIGHUP, NULL, &o, 8));
	SHOW_X(o.flags & ~0x04000000UL);
	SHOW_X(o.mask);
	/* To ignore a signal throws away one that is pending. */
	p_block(SIGUSR2);
	kill(getpid(), SIGUSR2);
	p_showpending("pending");
	signal(SIGUSR2, SIG_IGN);
	p_showpending("ignored");
	p_block(SIGCHLD);
	signal(SIGCHLD, SIG_DFL);
	kill(getpid(), SIGCHLD);
	p_showpending("blocked and default");
	signal(SIGCHLD, SIG_DFL);
	p_showpending("default again");
	return 0;
}
