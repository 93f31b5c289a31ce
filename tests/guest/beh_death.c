/* Ways to die: status word and siginfo for each, with no core file wanted; abort, double fault, killed by a fault while blocked. */
#include "vkproc.h"

static void show(const char *what, void (*fn)(void))
{
	pid_t p = t_fork();
	if (p == 0) {
		fn();
		t_exit(0);
	}
	siginfo_t si;
	MUST(waitid(P_PID, p, &si, WEXITED | WNOWAIT));
	int st = t_waitpid(p);
	printf("%s: %s, core %d, %s\n", what, t_status(st), WIFSIGNALED(st) ? !!WCOREDUMP(st) : 0, p_code(SIGCHLD, si.si_code));
}

static void segv(void) { *(volatile char *)BADP = 1; }
static void segv_blocked(void) { p_block(SIGSEGV); segv(); }
static void segv_ignored(void) { signal(SIGSEGV, SIG_IGN); segv(); }
static void kill_segv_ignored(void) { signal(SIGSEGV, SIG_IGN); kill(getpid(), SIGSEGV); }
static void on_segv(int s) { (void)s; segv(); }
static void segv_in_handler(void) { signal(SIGSEGV, on_segv); segv(); }
static void segv_nodefer_once(void) { p_handler(SIGSEGV, on_segv, SA_NODEFER | SA_RESETHAND); segv(); }
static void ill(void) { __asm__ volatile("ud2"); }
static void fpe(void) { volatile int z = 0; z = 7 / z; }
static void trap(void) { __asm__ volatile("int3"); }
static void quit(void) { raise(SIGQUIT); }
static void aborts(void) { abort(); }
static void aborts_ignored(void) { signal(SIGABRT, SIG_IGN); abort(); }
static void aborts_blocked(void) { p_block(SIGABRT); abort(); }
static void on_abrt(int s) { p_say("handler %s", t_signame(s)); }
static void aborts_caught(void) { signal(SIGABRT, on_abrt); abort(); }
static void term(void) { raise(SIGTERM); }
static void kills(void) { raise(SIGKILL); }
static void sys(void) { raise(SIGSYS); }
static void xcpu(void) { raise(SIGXCPU); }
static void pipe_(void)
{
	int p[2];
	MUST(pipe(p));
	close(p[0]);
	SHOW(write(p[1], "x", 1));
}
static void pipe_ignored(void) { signal(SIGPIPE, SIG_IGN); pipe_(); }
static void pipe_caught(void) { signal(SIGPIPE, on_abrt); pipe_(); }
static void pipe_blocked(void) { p_block(SIGPIPE); pipe_(); p_showpending("pending"); }
static void *thread_segv(void *a) { segv(); return a; }
static void in_thread(void) { p_join(p_thread(thread_segv, NULL)); }
static void stack_protector(void) { kill(getpid(), SIGSEGV); }

int main(void)
{
	/* Whatever core_pattern says: a process that may not be dumped is not. */
	p_no_core();
	prctl(PR_SET_DUMPABLE, 0);
	show("write to a bad address", segv);
	show("the same, blocked", segv_blocked);
	show("the same, ignored", segv_ignored);
	show("the same, in its handler", segv_in_handler);
	show("the same, handler reset", segv_nodefer_once);
	show("kill with SIGSEGV", stack_protector);
	show("kill with SIGSEGV, ignored", kill_segv_ignored);
	show("illegal instruction", ill);
	show("division by zero", fpe);
	show("int3", trap);
	show("SIGQUIT", quit);
	show("abort", aborts);
	show("abort, ignored", aborts_ignored);
	show("abort, blocked", aborts_blocked);
	show("abort, caught", aborts_caught);
	show("SIGTERM", term);
	show("SIGKILL", kills);
	show("SIGSYS", sys);
	show("SIGXCPU", xcpu);
	show("SIGPIPE", pipe_);
	show("SIGPIPE ignored", pipe_ignored);
	show("SIGPIPE caught", pipe_caught);
	show("SIGPIPE blocked", pipe_blocked);
	show("fault in a thread", in_thread);
	return 0;
}
