/* The flags of an action at work: sa_mask, NODEFER, RESETHAND, SIGINFO, and the mask in and after handlers. */
#include "vkproc.h"

static volatile int depth, calls;
static void handler(int s)
{
	calls++;
	p_say("%*shandler %s, call %d", depth, "", t_signame(s), calls);
	p_showmask("mask");
	if (calls < 3) {
		depth++;
		raise(s);
		depth--;
	}
	p_say("%*sleaves", depth, "");
}

static void other(int s)
{
	p_say("%*sother %s", depth, "", t_signame(s));
}

static void set(int flags, sigset_t mask)
{
	struct sigaction sa = {.sa_handler = handler, .sa_flags = flags, .sa_mask = mask};
	calls = 0;
	MUST(sigaction(SIGUSR1, &sa, NULL));
}

static void raises_usr2(int s)
{
	(void)s;
	raise(SIGUSR2);
	p_say("after raising USR2");
	p_showpending("pending");
}

int main(void)
{
	SECTION("plain: its own signal waits until the handler has left");
	set(0, p_set(0));
	raise(SIGUSR1);
	SECTION("NODEFER: it nests");
	set(SA_NODEFER, p_set(0));
	raise(SIGUSR1);
	SECTION("NODEFER with itself in sa_mask: it waits");
	set(SA_NODEFER, p_set(SIGUSR1, 0));
	raise(SIGUSR1);
	SECTION("sa_mask");
	set(0, p_set(SIGHUP, SIGKILL, 45, 0));
	calls = 3;
	raise(SIGUSR1);
	p_showmask("after");
	SECTION("RESETHAND: once, and its signal is not blocked unless asked for");
	set(SA_RESETHAND, p_set(0));
	calls = 3;
	raise(SIGUSR1);
	struct sigaction sa;
	sigaction(SIGUSR1, NULL, &sa);
	CHECK(sa.sa_handler == SIG_DFL);
	IN_CHILD("second time") {
		set(SA_RESETHAND, p_set(0));
		calls = 3;
		raise(SIGUSR1);
		raise(SIGUSR1);
	}
	IN_CHILD("RESETHAND with NODEFER, raised in the handler") {
		set(SA_RESETHAND | SA_NODEFER, p_set(0));
		raise(SIGUSR1);
	}
	IN_CHILD("RESETHAND alone, raised in the handler") {
		set(SA_RESETHAND, p_set(0));
		raise(SIGUSR1);
	}
	SECTION("another signal in a handler");
	p_handler(SIGUSR2, other, 0);
	p_handler(SIGHUP, raises_usr2, 0);
	raise(SIGHUP);
	struct sigaction m = {.sa_handler = raises_usr2, .sa_mask = p_set(SIGUSR2, 0)};
	sigaction(SIGHUP, &m, NULL);
	raise(SIGHUP);
	SECTION("an action changed in the handler is that of the next");
	signal(SIGUSR1, SIG_IGN);
	raise(SIGUSR1);
	printf("done\n");
	return 0;
}
