/* get_robust_list: own, a thread's, a child's, none after fork, another user's; errors in their order. */
#include "vkproc.h"
#include <linux/futex.h>

static long g(long pid, void *head, void *len) { return syscall(SYS_get_robust_list, pid, head, len); }
static struct robust_list_head mine = {{&mine.list}, 0, NULL};

static volatile int tid, stop;
static void *thread(void *arg)
{
	void *h = NULL;
	size_t n;
	MUST(g(0, &h, &n));
	*(void **)arg = h;
	__atomic_store_n(&tid, p_gettid(), __ATOMIC_SEQ_CST);
	p_until(&stop, 1);
	return NULL;
}

int main(void)
{
	void *h = NULL, *theirs = NULL;
	size_t len = 0;
	SHOW(g(0, &h, &len));
	CHECK(h != NULL && h != &mine);
	SHOW(len);
	MUST(syscall(SYS_set_robust_list, &mine, sizeof mine));
	SHOW(g(0, &h, &len));
	CHECK(h == &mine);
	SHOW(g(getpid(), &h, &len));
	CHECK(h == &mine);
	pthread_t t = p_thread(thread, &theirs);
	while (!tid)
		sched_yield();
	SHOW(g(tid, &h, &len));
	CHECK(h == theirs && h != NULL && h != &mine);
	stop = 1;
	p_join(t);
	fflush(stdout);
	struct t_gate ready = t_gate(), done = t_gate();
	pid_t p = MUST(syscall(SYS_fork));
	if (p == 0) {
		SHOW(g(0, &h, &len));
		CHECK(h == NULL);
		t_gate_open(&ready);
		t_gate_pass(&done);
		MUST(syscall(SYS_set_robust_list, &mine, sizeof mine));
		t_gate_open(&ready);
		t_gate_pass(&done);
		t_exit(0);
	}
	t_gate_pass(&ready);
	SHOW(g(p, &h, &len));
	CHECK(h == NULL && len == sizeof mine);
	t_gate_open(&done);
	t_gate_pass(&ready);
	SHOW(g(p, &h, &len));
	CHECK(h == &mine);
	SHOW(g(INT_MAX, &h, &len));
	SHOW(g(-1, &h, &len));
	SHOW(g(INT_MAX, BADP, BADP));
	SHOW(g(0, BADP, &len));
	SHOW(g(0, &h, BADP));
	SHOW(g(0, NULL, NULL));
	t_gate_open(&done);
	p_wait("child", p);
	SHOW(g(p, &h, &len));
	IN_CHILD("of another user") {
		bool root = geteuid() == 0;
		p_ordinary();
		CHECK(!root || (g(getppid(), &h, &len) == -1 && errno == EPERM));
		CHECK(!root || (g(getppid(), BADP, BADP) == -1 && errno == EPERM));
	}
	return 0;
}
