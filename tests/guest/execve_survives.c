/* What of a process survives exec, and what does not. */
#include "vkproc.h"
#include <sys/personality.h>

static void handler(int s) { (void)s; }
static char altstack[65536];

static const char *action(int sig)
{
	struct sigaction sa;
	MUST(sigaction(sig, NULL, &sa));
	return sa.sa_handler == SIG_DFL ? "default" : sa.sa_handler == SIG_IGN ? "ignored" : "handler";
}

static void state(const char *when)
{
	printf("-- %s\n", when);
	for (int s = 10; s < 18; s++)
		printf("%s: %s\n", t_signame(s), action(s));
	p_showmask("mask");
	p_showpending("pending");
	stack_t ss;
	MUST(sigaltstack(NULL, &ss));
	printf("altstack: %s\n", ss.ss_flags & SS_DISABLE ? "none" : "set");
	struct itimerval it;
	getitimer(ITIMER_VIRTUAL, &it);
	printf("virtual timer: %s\n", it.it_value.tv_sec ? "running" : "off");
	getitimer(ITIMER_REAL, &it);
	printf("real timer: %s\n", it.it_value.tv_sec > 900 ? "running" : "off");
	SHOW(syscall(SYS_timer_gettime, 0, &it));
	SHOW_O(umask(031));
	char cwd[PATH_MAX], name[17] = "";
	MUST((long)getcwd(cwd, sizeof cwd));
	SHOW_STR(strrchr(cwd, '/'));
	struct rlimit rl;
	getrlimit(RLIMIT_NOFILE, &rl);
	printf("RLIMIT_NOFILE %lu\n", (unsigned long)rl.rlim_cur);
	errno = 0;
	SHOW(getpriority(PRIO_PROCESS, 0));
	prctl(PR_GET_NAME, name);
	SHOW_STR(name);
	int v = -1;
	prctl(PR_GET_PDEATHSIG, &v);
	printf("pdeathsig %d\n", v);
	prctl(PR_GET_CHILD_SUBREAPER, &v);
	printf("subreaper %d\n", v);
	SHOW(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	SHOW(prctl(PR_GET_DUMPABLE));
	SHOW(prctl(PR_GET_KEEPCAPS));
	SHOW(prctl(PR_GET_TIMERSLACK));
	SHOW_X(personality(0xffffffff));
	SHOW(sched_getscheduler(0));
	CHECK(getpgrp() == getpid());
	SHOW(waitpid(-1, NULL, WNOHANG));
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		CHECK(getpid() == atoi(argv[1]));
		CHECK(getppid() == atoi(argv[2]));
		state("after exec");
		/* A blocked signal that was pending before is there, with its information. */
		sigset_t s = p_set(SIGUSR1, 0);
		siginfo_t si;
		MUST(sigwaitinfo(&s, &si));
		p_siginfo("pending", &si, getpid());
		void *head = (void *)1;
		size_t len;
		MUST(syscall(SYS_get_robust_list, 0, &head, &len));
		return 0;
	}
	pid_t p = t_fork();
	if (p == 0) {
		setpgid(0, 0);
		MUST(mkdir("d", 0755));
		MUST(chdir("d"));
		umask(031);
		p_handler(SIGUSR2, handler, SA_RESTART);
		signal(SIGPIPE, SIG_IGN);
		signal(SIGTERM, SIG_IGN);
		signal(SIGCHLD, handler);
		stack_t ss = {.ss_sp = altstack, .ss_size = sizeof altstack};
		MUST(sigaltstack(&ss, NULL));
		sigset_t m = p_set(SIGUSR1, SIGHUP, 40, 0);
		MUST(sigprocmask(SIG_SETMASK, &m, NULL));
		union sigval val = {.sival_int = 77};
		MUST(sigqueue(getpid(), SIGUSR1, val));
		kill(getpid(), 40);
		struct itimerval it = {{1000, 0}, {1000, 0}};
		MUST(setitimer(ITIMER_VIRTUAL, &it, NULL));
		MUST(setitimer(ITIMER_REAL, &it, NULL));
		struct sigevent ev = {.sigev_notify = SIGEV_NONE};
		int id;
		MUST(syscall(SYS_timer_create, CLOCK_MONOTONIC, &ev, &id));
		struct itimerspec its = {{0, 0}, {1000, 0}};
		MUST(syscall(SYS_timer_settime, id, 0, &its, NULL));
		struct rlimit rl = {123, 456};
		MUST(setrlimit(RLIMIT_NOFILE, &rl));
		MUST(setpriority(PRIO_PROCESS, 0, 5));
		MUST(prctl(PR_SET_NAME, "other-name"));
		MUST(prctl(PR_SET_PDEATHSIG, SIGHUP));
		MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
		MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
		MUST(prctl(PR_SET_DUMPABLE, 0));
		MUST(prctl(PR_SET_KEEPCAPS, 1));
		MUST(prctl(PR_SET_TIMERSLACK, 123456));
		struct t_gate g = t_gate();
		pid_t kid = t_fork();
		if (kid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			t_gate_open(&g);
			for (;;)
				pause();
		}
		t_gate_pass(&g);
		state("before");
		char a[20], b[20];
		snprintf(a, sizeof a, "%d", getpid());
		snprintf(b, sizeof b, "%d", getppid());
		MUST(symlink(p_self(), "again"));
		fflush(stdout);
		execl("again", "x", a, b, NULL);
		_exit(9);
	}
	p_wait("process", p);
	return 0;
}
