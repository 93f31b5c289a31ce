/* prctl: NAME, DUMPABLE, KEEPCAPS, NO_NEW_PRIVS, TIMERSLACK, TID_ADDRESS, THP, TSC and the unknown ones; arguments that must be zero. */
#include "vkproc.h"

static long pc(int op, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	return syscall(SYS_prctl, op, a, b, c, d);
}
#define P(x) ((unsigned long)(x))

static void *named(void *a)
{
	char n[16];
	pc(PR_GET_NAME, P(n), 0, 0, 0);
	SHOW_STR(n);
	SHOW(pc(PR_SET_NAME, P("thread"), 0, 0, 0));
	char path[64], b[64];
	snprintf(path, sizeof path, "/proc/self/task/%d/comm", p_gettid());
	t_read_file(path, b, sizeof b);
	t_quote("comm", b, strlen(b));
	return a;
}

int main(void)
{
	char n[17] = "", b[64];
	SECTION("NAME");
	SHOW(pc(PR_SET_NAME, P("short"), 0, 0, 0));
	SHOW(pc(PR_GET_NAME, P(n), 0, 0, 0));
	SHOW_STR(n);
	t_read_file("/proc/self/comm", b, sizeof b);
	t_quote("comm", b, strlen(b));
	SHOW(pc(PR_SET_NAME, P("a name that is far too long"), 0, 0, 0));
	memset(n, 'x', sizeof n - 1);
	SHOW(pc(PR_GET_NAME, P(n), 0, 0, 0));
	SHOW_STR(n);
	p_join(p_thread(named, NULL));
	SHOW(pc(PR_GET_NAME, P(n), 0, 0, 0));
	SHOW_STR(n);
	IN_CHILD("child") {
		pc(PR_GET_NAME, P(n), 0, 0, 0);
		SHOW_STR(n);
	}
	SHOW(pc(PR_SET_NAME, P(""), 0, 0, 0));
	pc(PR_GET_NAME, P(n), 0, 0, 0);
	SHOW_STR(n);
	SHOW(pc(PR_SET_NAME, P(BADP), 0, 0, 0));
	SHOW(pc(PR_GET_NAME, P(BADP), 0, 0, 0));

	SECTION("DUMPABLE");
	SHOW(pc(PR_GET_DUMPABLE, 0, 0, 0, 0));
	SHOW(pc(PR_SET_DUMPABLE, 0, 0, 0, 0));
	SHOW(pc(PR_GET_DUMPABLE, 0, 0, 0, 0));
	SHOW(pc(PR_SET_DUMPABLE, 2, 0, 0, 0));
	SHOW(pc(PR_SET_DUMPABLE, -1UL, 0, 0, 0));
	SHOW(pc(PR_SET_DUMPABLE, 1, 0, 0, 0));
	SECTION("KEEPCAPS");
	SHOW(pc(PR_GET_KEEPCAPS, 0, 0, 0, 0));
	SHOW(pc(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	SHOW(pc(PR_GET_KEEPCAPS, 0, 0, 0, 0));
	SHOW(pc(PR_SET_KEEPCAPS, 2, 0, 0, 0));
	SHOW(pc(PR_SET_KEEPCAPS, 0, 0, 0, 0));
	SECTION("NO_NEW_PRIVS");
	SHOW(pc(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	SHOW(pc(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0));
	SHOW(pc(PR_SET_NO_NEW_PRIVS, 2, 0, 0, 0));
	SHOW(pc(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0));
	IN_CHILD("child") {
		SHOW(pc(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
		SHOW(pc(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
		IN_CHILD("grandchild")
			SHOW(pc(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	}
	SECTION("TIMERSLACK");
	SHOW(pc(PR_GET_TIMERSLACK, 0, 0, 0, 0));
	SHOW(pc(PR_SET_TIMERSLACK, 12345, 0, 0, 0));
	SHOW(pc(PR_GET_TIMERSLACK, 0, 0, 0, 0));
	IN_CHILD("child") {
		SHOW(pc(PR_GET_TIMERSLACK, 0, 0, 0, 0));
		pc(PR_SET_TIMERSLACK, 7, 0, 0, 0);
		SHOW(pc(PR_SET_TIMERSLACK, 0, 0, 0, 0));
		SHOW(pc(PR_GET_TIMERSLACK, 0, 0, 0, 0));
	}
	SECTION("others");
	int v = 77;
	SHOW(pc(PR_GET_TIMING, 0, 0, 0, 0));
	SHOW(pc(PR_SET_TIMING, PR_TIMING_STATISTICAL, 0, 0, 0));
	SHOW(pc(PR_SET_TIMING, PR_TIMING_TIMESTAMP, 0, 0, 0));
	SHOW(pc(PR_GET_THP_DISABLE, 0, 0, 0, 0));
	SHOW(pc(PR_SET_THP_DISABLE, 1, 0, 0, 0));
	SHOW(pc(PR_GET_THP_DISABLE, 0, 0, 0, 0));
	SHOW(pc(PR_GET_THP_DISABLE, 1, 0, 0, 0));
	SHOW(pc(PR_GET_TSC, P(&v), 0, 0, 0));
	SHOW(v);
	SHOW(pc(PR_GET_TSC, P(BADP), 0, 0, 0));
	SHOW(pc(PR_SET_TSC, 9, 0, 0, 0));
	SHOW(pc(PR_MCE_KILL_GET, 0, 0, 0, 0));
	SHOW(pc(PR_SET_FPEMU, 0, 0, 0, 0));
	SHOW(pc(PR_GET_ENDIAN, P(&v), 0, 0, 0));
	SHOW(pc(0, 0, 0, 0, 0));
	SHOW(pc(9999, 0, 0, 0, 0));
	SHOW(pc(-1, 0, 0, 0, 0));
	return 0;
}
