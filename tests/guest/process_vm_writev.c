/* process_vm_writev: own memory and a child's, several pieces, what stops it half way; errors in their order. */
#include "vkproc.h"

static long wr(pid_t p, const void *l, unsigned long nl, const void *r, unsigned long nr, unsigned long fl)
{
	return syscall(SYS_process_vm_writev, p, l, nl, r, nr, fl);
}

static char theirs[64] = "0123456789abcdefghij";

int main(void)
{
	pid_t me = getpid();
	char mine[64] = "ABCDEFGHIJKLMNOPQRST";
	struct iovec l[3] = {{mine, 3}, {mine + 10, 0}, {mine + 5, 4}}, r[2] = {{theirs, 2}, {theirs + 10, 10}};
	SHOW(wr(me, l, 3, r, 2, 0));
	SHOW_STR(theirs);
	struct t_gate g = t_gate(), h = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		for (int i = 0; i < 2; i++) {
			t_gate_open(&h);
			t_gate_pass(&g);
			SHOW_STR(theirs);
		}
		t_exit(0);
	}
	t_gate_pass(&h);
	l[0].iov_len = 20;
	SHOW(wr(p, l, 1, r, 2, 0));
	t_gate_open(&g);
	t_gate_pass(&h);
	SHOW_STR(theirs);
	r[1].iov_base = BADP;
	SHOW(wr(p, l, 1, r, 2, 0));
	SHOW(wr(p, l, 1, r + 1, 1, 0));
	/* Over the end of what is there, and into what may not be written. */
	struct iovec e = {t_edge(4), 8}, ro = {t_readonly("readonly", 9), 8};
	SHOW(wr(me, l, 1, &e, 1, 0));
	t_quote("edge", e.iov_base, 4);
	SHOW(wr(me, l, 1, &ro, 1, 0));
	SHOW_STR((char *)ro.iov_base);
	SHOW(wr(me, &e, 1, r, 1, 0));
	SECTION("errors");
	SHOW(wr(me, l, 1, r, 1, 1));
	SHOW(wr(me, l, 1025, r, 1, 0));
	SHOW(wr(me, l, 1, r, 1025, 0));
	SHOW(wr(me, BADP, 1, r, 1, 0));
	SHOW(wr(me, l, 1, BADP, 1, 0));
	SHOW(wr(me, NULL, 0, NULL, 0, 0));
	SHOW(wr(INT_MAX, l, 1, r, 1, 0));
	SHOW(wr(INT_MAX, BADP, 1, r, 1, 1));
	SHOW(wr(-1, l, 0, r, 1, 0));
	l[1].iov_len = -1UL;
	SHOW(wr(me, l, 2, r, 1, 0));
	t_gate_open(&g);
	p_wait("child", p);
	SHOW(wr(p, l, 1, r, 1, 0));
	IN_CHILD("another user's") {
		bool root = geteuid() == 0;
		p_ordinary();
		CHECK(!root || (wr(getppid(), l, 1, r, 1, 0) == -1 && errno == EPERM));
	}
	return 0;
}
