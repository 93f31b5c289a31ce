/* fork, exec and exit inside handlers; exec from a handler leaves its signal blocked; swapcontext; handlers and vfork. */
#include "vkproc.h"

static volatile pid_t kid = -1;
static volatile int where;

static void forks(int s)
{
	(void)s;
	kid = fork();
	where = 1;
}

static void execs(int s)
{
	(void)s;
	execl(p_self(), "x", "y", NULL);
	_exit(99);
}

static void exits(int s)
{
	_exit(s);
}

static void spawns(int s)
{
	(void)s;
	pid_t p = vfork();
	if (p == 0)
		_exit(44);
	where = WEXITSTATUS(t_waitpid(p));
}

static void forks_in_depth(int s)
{
	if (s == SIGUSR1) {
		raise(SIGUSR2);
		return;
	}
	kid = fork();
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		p_showmask("after exec from a handler");
		stack_t ss;
		sigaltstack(NULL, &ss);
		SHOW(ss.ss_flags == SS_DISABLE);
		return 6;
	}
	p_self();
	p_handler(SIGUSR1, forks, 0);
	fflush(stdout);
	raise(SIGUSR1);
	if (kid == 0) {
		/* Both return from the handler. */
		p_showmask("child's mask");
		printf("child, where %d\n", where);
		t_exit(3);
	}
	p_wait("forked in a handler", kid);
	p_showmask("parent's mask");
	static char stack[65536];
	stack_t ss = {.ss_sp = stack, .ss_size = sizeof stack};
	sigaltstack(&ss, NULL);
	IN_CHILD("exec in a handler") {
		p_handler(SIGUSR1, execs, SA_ONSTACK);
		raise(SIGUSR1);
	}
	IN_CHILD("exec in a handler, NODEFER") {
		p_handler(SIGUSR1, execs, SA_NODEFER);
		raise(SIGUSR1);
	}
	IN_CHILD("exit in a handler") {
		p_handler(SIGUSR1, exits, 0);
		raise(SIGUSR1);
	}
	p_handler(SIGUSR1, spawns, SA_ONSTACK);
	raise(SIGUSR1);
	SHOW(where);
	p_handler(SIGUSR1, forks_in_depth, 0);
	p_handler(SIGUSR2, forks_in_depth, SA_ONSTACK);
	fflush(stdout);
	raise(SIGUSR1);
	if (kid == 0) {
		p_showmask("child of two handlers");
		t_exit(5);
	}
	p_wait("forked in two handlers", kid);
	return 0;
}
