/* getppid: the parent's id, from a thread too; somebody else's after the parent has ended. */
#include "vkproc.h"

static pid_t want;
static void *thread(void *arg)
{
	CHECK(getppid() == want);
	return arg;
}

int main(void)
{
	pid_t me = getpid();
	CHECK(syscall(SYS_getppid) == getppid());
	CHECK(getppid() > 0 && getppid() != me);
	IN_CHILD("child") {
		want = me;
		CHECK(getppid() == me);
		p_join(p_thread(thread, NULL));
		/* The parent of what a thread forks is the process. */
		want = getpid();
		IN_CHILD("its child")
			p_join(p_thread(thread, NULL));
	}
	SECTION("parent ends");
	MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
	struct t_gate g = t_gate(), done = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		if (t_fork() == 0) {
			t_gate_pass(&g);
			CHECK(getppid() == me);
			t_gate_open(&done);
			t_exit(5);
		}
		t_exit(3);
	}
	p_wait("child", p);
	t_gate_open(&g);
	t_gate_pass(&done);
	p_wait("its child, now ours", -1);
	SHOW(waitpid(-1, NULL, 0));
	return 0;
}
