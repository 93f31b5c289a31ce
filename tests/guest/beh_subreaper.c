/* PR_SET_CHILD_SUBREAPER: orphans become the nearest subreaper's children, the chain of them, and its inheritance (none). */
#include "vkproc.h"

static pid_t *ids;
static struct t_gate go, going;

/* A child that leaves a grandchild behind and ends; the grandchild exits with code once the gate is open. */
static pid_t orphan(int code)
{
	pid_t p = t_fork();
	if (p == 0) {
		pid_t mid = getpid(), q = t_fork();
		if (q == 0) {
			t_gate_pass(&go);
			ids[1] = getppid();
			t_gate_open(&going);
			t_exit(getppid() == mid ? 99 : code);
		}
		ids[0] = q;
		t_exit(1);
	}
	p_wait("middle", p);
	return ids[0];
}

int main(void)
{
	ids = t_shared(4096);
	go = t_gate();
	going = t_gate();
	SECTION("no subreaper: not ours");
	pid_t q = orphan(5);
	SHOW(waitpid(q, NULL, 0));
	t_gate_open(&go);
	t_gate_pass(&going);
	CHECK(ids[1] != getpid());

	SECTION("subreaper: ours");
	SHOW(prctl(PR_SET_CHILD_SUBREAPER, 1));
	q = orphan(6);
	SHOW(waitpid(q, NULL, WNOHANG));
	t_gate_open(&go);
	siginfo_t si;
	MUST(waitid(P_PID, q, &si, WEXITED));
	p_siginfo("orphan", &si, q);
	CHECK(ids[1] == getpid());

	SECTION("not inherited, but found above");
	IN_CHILD("child") {
		int v = -1;
		SHOW(prctl(PR_GET_CHILD_SUBREAPER, &v));
		SHOW(v);
		q = orphan(7);
		SHOW(waitpid(q, NULL, 0));
		t_gate_open(&go);
	}
	p_wait("orphan", ids[0]);
	CHECK(ids[1] == getpid());

	SECTION("the nearest");
	IN_CHILD("nearer") {
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		q = orphan(8);
		t_gate_open(&go);
		p_wait("orphan", q);
		CHECK(ids[1] == getpid());
		/* Left behind by a subreaper. */
		orphan(9);
	}
	t_gate_open(&go);
	p_wait("orphan of the nearer one", ids[0]);

	SECTION("a zombie left behind is passed on");
	pid_t p = t_fork();
	if (p == 0) {
		q = t_fork();
		if (q == 0)
			t_exit(10);
		MUST(waitid(P_PID, q, &si, WEXITED | WNOWAIT));
		ids[0] = q;
		t_exit(0);
	}
	p_wait("its parent", p);
	p_wait("zombie", ids[0]);

	SECTION("off again");
	SHOW(prctl(PR_SET_CHILD_SUBREAPER, 0));
	q = orphan(11);
	SHOW(waitpid(-1, NULL, 0));
	t_gate_open(&go);
	SHOW(prctl(PR_GET_CHILD_SUBREAPER, BADP));
	return 0;
}
