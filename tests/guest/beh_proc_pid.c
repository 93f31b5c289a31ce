/* /proc/PID of oneself and of children in each state: cmdline, comm, environ, exe, cwd, stat, status (signals, ids, threads), limits, task. */
#include "vkproc.h"

static char b[65536];
static const char *get(const char *file, pid_t p)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/%s", p, file);
	ssize_t n = t_read_file(path, b, sizeof b);
	return n < 0 ? t_errname(errno) : b;
}

/* A line of status by its name. */
static const char *line(pid_t p, const char *name)
{
	static char out[128];
	get("status", p);
	char key[40];
	snprintf(key, sizeof key, "\n%s:\t", name);
	char *l = strstr(b, key);
	if (!l)
		return "no such line";
	l += strlen(key);
	snprintf(out, sizeof out, "%.*s", (int)strcspn(l, "\n"), l);
	return out;
}

/* Field n of stat, counted from 1 as in the manual. */
static long field(pid_t p, int n)
{
	get("stat", p);
	char *s = strrchr(b, ')');
	if (!s)
		return -12345;
	s += 2;
	for (int i = 3; i < n; i++)
		s = strchr(s, ' ') + 1;
	return n == 3 ? *s : atol(s);
}

static void handler(int s) { (void)s; }

static void *sleeps(void *a)
{
	for (;;)
		pause();
	return a;
}

int main(void)
{
	pid_t me = getpid();
	prctl(PR_SET_NAME, "a (b) c");
	SHOW_STR(get("comm", me));
	CHECK(strncmp(get("stat", me), "", 0) == 0 && atoi(b) == me && strstr(b, "(a (b) c)"));
	CHECK(field(me, 3) == 'R');
	CHECK(field(me, 4) == getppid() && field(me, 5) == getpgrp() && field(me, 6) == getsid(0));
	SHOW(field(me, 19));
	SHOW(field(me, 20));
	CHECK(field(me, 22) > 0 && field(me, 23) > 100000 && field(me, 24) > 10);
	CHECK(atoi(line(me, "Pid")) == me && atoi(line(me, "Tgid")) == me && atoi(line(me, "PPid")) == getppid());
	SHOW_STR(line(me, "Threads"));
	SHOW_STR(line(me, "NoNewPrivs"));
	p_block(SIGUSR1), p_block(40);
	signal(SIGPIPE, SIG_IGN);
	p_handler(SIGUSR2, handler, 0);
	raise(SIGUSR1);
	kill(me, 40);
	SHOW_STR(line(me, "SigBlk"));
	SHOW_STR(line(me, "SigPnd"));
	SHOW_STR(line(me, "ShdPnd"));
	CHECK((strtoul(line(me, "SigIgn"), NULL, 16) & 1UL << (SIGPIPE - 1)) != 0);
	CHECK((strtoul(line(me, "SigCgt"), NULL, 16) & 1UL << (SIGUSR2 - 1)) != 0);
	char link[PATH_MAX], real[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", link, sizeof link - 1);
	link[n > 0 ? n : 0] = 0;
	CHECK(realpath((char *)getauxval(AT_EXECFN), real) && strcmp(link, real) == 0);
	n = readlink("/proc/self/cwd", link, sizeof link - 1);
	link[n > 0 ? n : 0] = 0;
	CHECK(getcwd(real, sizeof real) && strcmp(link, real) == 0);
	n = readlink("/proc/self", link, sizeof link - 1);
	link[n > 0 ? n : 0] = 0;
	CHECK(atoi(link) == me);

	SECTION("a child in each state");
	struct t_gate g = t_gate();
	MUST(mkdir("d", 0755));
	pid_t p = t_fork();
	if (p == 0) {
		setsid();
		MUST(chdir("d"));
		setpriority(PRIO_PROCESS, 0, 7);
		struct rlimit rl = {111, 222};
		setrlimit(RLIMIT_NOFILE, &rl);
		char *env[] = {"ONE=1", "TWO=2", NULL}, *argv[] = {"sleep", "1000", "", NULL};
		(void)argv;
		execle("/bin/sleep", "the sleeper", "1000", NULL, env);
		t_exit(1);
	}
	while (strcmp(get("comm", p), "sleep\n") != 0)
		t_sleep_ms(1);
	p_asleep(p, p);
	SHOW_AS((int)field(p, 3), "state");
	n = t_read_file("/proc/self/cmdline", b, sizeof b);
	get("cmdline", p);
	t_quote("cmdline", b, 17);
	get("environ", p);
	t_quote("environ", b, 12);
	CHECK(field(p, 4) == me && field(p, 5) == p && field(p, 6) == p);
	SHOW(field(p, 19));
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/cwd", p);
	n = readlink(path, link, sizeof link - 1);
	link[n > 0 ? n : 0] = 0;
	SHOW_STR(strrchr(link, '/'));
	get("limits", p);
	char *l = strstr(b, "Max open files");
	char soft[20] = "", hard[20] = "", unit[20] = "";
	if (l)
		sscanf(l, "Max open files %19s %19s %19s", soft, hard, unit);
	printf("open files: %s %s %s\n", soft, hard, unit);
	kill(p, SIGSTOP);
	siginfo_t si;
	MUST(waitid(P_PID, p, &si, WSTOPPED));
	SHOW_AS((int)field(p, 3), "stopped");
	SHOW_STR(line(p, "State"));
	kill(p, SIGKILL);
	MUST(waitid(P_PID, p, &si, WEXITED | WNOWAIT));
	SHOW_AS((int)field(p, 3), "zombie");
	SHOW_STR(line(p, "State"));
	SHOW_STR(get("cmdline", p));
	SHOW_STR(line(p, "VmSize"));
	p_wait("child", p);
	SHOW_STR(get("comm", p));

	SECTION("threads");
	p = t_fork();
	if (p == 0) {
		p_thread(sleeps, NULL), p_thread(sleeps, NULL);
		t_gate_open(&g);
		sleeps(NULL);
	}
	t_gate_pass(&g);
	SHOW(field(p, 20));
	SHOW_STR(line(p, "Threads"));
	kill(p, SIGKILL);
	p_wait("child", p);
	return 0;
}
