/* process_vm_readv and process_vm_writev: own memory, a child's, several pieces, partial, errors, permission. */
#include "vkproc.h"

static char buf[64], other[64];

static long rd(pid_t p, const void *l, unsigned long nl, const void *r, unsigned long nr, unsigned long fl)
{
	return syscall(SYS_process_vm_readv, p, l, nl, r, nr, fl);
}
static long wr(pid_t p, const void *l, unsigned long nl, const void *r, unsigned long nr, unsigned long fl)
{
	return syscall(SYS_process_vm_writev, p, l, nl, r, nr, fl);
}

int main(void)
{
	pid_t me = getpid();
	strcpy(other, "remote memory");
	struct iovec l = {buf, 13}, r = {other, 13};
	SHOW(rd(me, &l, 1, &r, 1, 0));
	SHOW_STR(buf);
	char *m = t_shared(T_PAGE), *priv = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct t_gate g = t_gate(), h = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		strcpy(other, "child's own!!");
		strcpy(priv, "private page");
		t_gate_open(&g);
		t_gate_pass(&h);
		SHOW_STR(other);
		SHOW_STR(priv);
		t_gate_open(&g);
		for (;;)
			pause();
	}
	t_gate_pass(&g);
	SHOW(rd(p, &l, 1, &r, 1, 0));
	SHOW_STR(buf);
	struct iovec ls[3] = {{buf, 3}, {buf + 10, 5}, {buf + 20, 20}}, rs[2] = {{priv, 4}, {other, 13}};
	memset(buf, '.', sizeof buf);
	SHOW(rd(p, ls, 3, rs, 2, 0));
	t_quote("buf", buf, 40);
	strcpy(buf, "WRITTEN");
	l.iov_len = 7;
	SHOW(wr(p, &l, 1, &r, 1, 0));
	rs[0].iov_len = 7;
	SHOW(wr(p, &l, 1, rs, 1, 0));
	t_gate_open(&h);
	t_gate_pass(&g);
	SHOW_STR(other);

	SECTION("partial and errors");
	char *edge = t_edge(4);
	struct iovec bad[2] = {{other, 4}, {BADP, 4}};
	l.iov_len = 20;
	SHOW(rd(me, &l, 1, bad, 2, 0));
	SHOW(rd(me, &l, 1, bad + 1, 1, 0));
	struct iovec e = {edge, 8};
	SHOW(rd(me, &l, 1, &e, 1, 0));
	SHOW(rd(me, bad + 1, 1, &r, 1, 0));
	SHOW(rd(me, &l, 1, &r, 1, 1));
	SHOW(rd(me, NULL, 0, NULL, 0, 0));
	SHOW(rd(me, &l, 0, &r, 1, 0));
	SHOW(rd(me, &l, 1, &r, 0, 0));
	SHOW(rd(me, &l, 1025, &r, 1, 0));
	SHOW(rd(me, &l, 1, &r, 1025, 0));
	SHOW(rd(me, BADP, 1, &r, 1, 0));
	SHOW(rd(me, &l, 1, BADP, 1, 0));
	l.iov_len = -1UL;
	SHOW(rd(me, &l, 1, &r, 1, 0));
	l.iov_len = 10;
	SHOW(rd(INT_MAX, &l, 1, &r, 1, 0));
	SHOW(rd(-1, &l, 1, &r, 1, 0));
	SHOW(rd(-1, BADP, 1, &r, 1, 7));
	SHOW(rd(-1, BADP, 1, &r, 1, 0));
	char *ro = t_readonly("readonly", 9);
	struct iovec w = {ro, 3};
	SHOW(wr(me, &l, 1, &w, 1, 0));
	SHOW_STR(ro);
	(void)m;
	kill(p, SIGKILL);
	siginfo_t si;
	MUST(waitid(P_PID, p, &si, WEXITED | WNOWAIT));
	SHOW(rd(p, &l, 1, &r, 1, 0));
	p_wait("child", p);
	SHOW(rd(p, &l, 1, &r, 1, 0));
	return 0;
}
