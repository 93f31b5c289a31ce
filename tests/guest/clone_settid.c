/* CLONE_PARENT_SETTID, CHILD_SETTID, CHILD_CLEARTID: in which memory the tid appears and disappears, and the futex wake. */
#include "vkproc.h"
#include <linux/futex.h>

static char stack[65536] __attribute__((aligned(16)));
static volatile int ptid, ctid, seen_ptid, seen_ctid;
static int *shared;
static struct t_gate g;

static int child(void *arg)
{
	(void)arg;
	seen_ptid = ptid;
	seen_ctid = ctid;
	shared[0] = ptid, shared[1] = ctid;
	pid_t me = syscall(SYS_getpid);
	return (ptid == me) | (ctid == me) << 1;
}

static int waits(void *arg)
{
	(void)arg;
	t_gate_pass(&g);
	return 0;
}

static void try(const char *what, unsigned long flags)
{
	ptid = ctid = -7;
	shared[0] = shared[1] = 0;
	fflush(stdout);
	pid_t p = MUST(clone(child, stack + sizeof stack, flags | SIGCHLD, NULL, &ptid, NULL, &ctid));
	int st = t_waitpid(p);
	const char *n[2];
	for (int i = 0; i < 2; i++) {
		int v = i ? ctid : ptid;
		n[i] = v == p ? "child" : v == -7 ? "untouched" : v == 0 ? "cleared" : "WRONG";
	}
	printf("%s: child saw ptid %d ctid %d; here ptid %s, ctid %s\n", what, WEXITSTATUS(st) & 1, WEXITSTATUS(st) >> 1, n[0], n[1]);
}

int main(void)
{
	shared = t_shared(4096);
	try("none", 0);
	try("PARENT_SETTID", CLONE_PARENT_SETTID);
	try("CHILD_SETTID", CLONE_CHILD_SETTID);
	try("both", CLONE_PARENT_SETTID | CLONE_CHILD_SETTID);
	try("VM|PARENT_SETTID", CLONE_VM | CLONE_PARENT_SETTID);
	try("VM|both|VFORK", CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID);
	/* CLEARTID matters only while the memory has another user. */
	try("CHILD_CLEARTID", CLONE_CHILD_CLEARTID);
	try("VM|CHILD_SETTID|CLEARTID|VFORK", CLONE_VM | CLONE_VFORK | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID);
	try("VM|all", CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID);

	/* The futex at the cleared word is woken: a waiter is let go by the child's end. */
	g = t_gate();
	pid_t p = MUST(clone(waits, stack + sizeof stack, CLONE_VM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, NULL, &ctid,
			     NULL, &ctid));
	CHECK(ctid == p);
	t_gate_open(&g);
	while (ctid == p)
		syscall(SYS_futex, &ctid, FUTEX_WAIT, p, NULL, NULL, 0);
	SHOW(ctid);
	p_wait("waited for by futex", p);

	/* set_tid_address does the same for the caller and returns its tid. */
	CHECK(syscall(SYS_set_tid_address, &ctid) == p_gettid());
	CHECK(syscall(SYS_set_tid_address, BADP) == p_gettid());
	IN_CHILD("bad clear address at exit")
		CHECK(syscall(SYS_set_tid_address, BADP) == p_gettid());
	return 0;
}
