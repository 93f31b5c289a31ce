/* /proc/self/status, stat, statm: the fields programs parse, their form, and that they tell the truth. */
#include "vktest.h"
#include <pthread.h>
#include <sys/resource.h>

static char status[65536];
static const char *field(const char *name)
{
	static char out[512];
	size_t l = strlen(name);
	for (char *c = status; c && *c; c = strchr(c, '\n') ? strchr(c, '\n') + 1 : NULL)
		if (!strncmp(c, name, l) && c[l] == ':') {
			c += l + 1;
			while (*c == '\t' || *c == ' ')
				c++;
			snprintf(out, sizeof out, "%.*s", (int)strcspn(c, "\n"), c);
			return out;
		}
	return NULL;
}
static long num(const char *name)
{
	const char *f = field(name);
	return f ? atol(f) : -1;
}
static void *thread(void *arg)
{
	t_gate_pass(arg);
	return NULL;
}
static void on(int s)
{
	(void)s;
}

int main(void)
{
	char b[4096];
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR2, on);
	raise(SIGUSR1);
	umask(027);
	struct t_gate g = t_gate();
	pthread_t t;
	pthread_create(&t, NULL, thread, &g);
	t_read_file("/proc/self/status", status, sizeof status);

	SECTION("status");
	SHOW_STR(field("Umask"));
	SHOW_STR(field("State"));
	CHECK(field("Tgid") && atoi(field("Tgid")) == getpid());
	CHECK(field("Pid") && atoi(field("Pid")) == gettid());
	CHECK(field("PPid") && atoi(field("PPid")) == getppid());
	SHOW_STR(field("TracerPid"));
	snprintf(b, sizeof b, "%d\t%d\t%d\t%d", getuid(), geteuid(), geteuid(), geteuid());
	CHECK(field("Uid") && !strcmp(field("Uid"), b));
	snprintf(b, sizeof b, "%d\t%d\t%d\t%d", getgid(), getegid(), getegid(), getegid());
	CHECK(field("Gid") && !strcmp(field("Gid"), b));
	CHECK(field("Groups") != NULL);
	CHECK(field("FDSize") && atoi(field("FDSize")) >= 64);
	SHOW_STR(field("Threads"));
	SHOW_STR(field("SigPnd"));
	SHOW_STR(field("ShdPnd"));
	SHOW_STR(field("SigBlk"));
	SHOW_STR(field("SigIgn"));
	SHOW_STR(field("SigCgt"));
	CHECK(field("SigQ") && strchr(field("SigQ"), '/'));
	CHECK(field("CapEff") && strlen(field("CapEff")) == 16);
	static const char *const sizes[] = {"VmPeak", "VmSize", "VmHWM", "VmRSS", "VmData", "VmStk", "VmExe", "VmLib"};
	for (size_t i = 0; i < T_COUNT(sizes); i++) {
		const char *f = field(sizes[i]);
		printf("%s in kB and not zero: %d\n", sizes[i], f && atol(f) > 0 && strstr(f, " kB"));
	}
	CHECK(field("voluntary_ctxt_switches") != NULL);
	CHECK(field("nonvoluntary_ctxt_switches") != NULL);
	CHECK(field("NoNewPrivs") != NULL);
	CHECK(field("Cpus_allowed_list") != NULL);
	SHOW_STR(field("Nonsense"));

	SECTION("a mapping makes VmSize larger by its length");
	long before = num("VmSize");
	MUST((long)mmap(NULL, 64 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	t_read_file("/proc/self/status", status, sizeof status);
	SHOW(num("VmSize") - before);
	char *m = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	before = num("VmRSS");
	memset(m, 1, 8 << 20);
	t_read_file("/proc/self/status", status, sizeof status);
	CHECK(num("VmRSS") - before >= 8000);

	SECTION("stat: fifty-two numbers after the name");
	t_read_file("/proc/self/stat", b, sizeof b);
	char *c = strrchr(b, ')');
	CHECK(c && atoi(b) == getpid() && strchr(b, '(') < c);
	int fields = 2;
	char *words[60] = {NULL};
	for (char *w = strtok(c ? c + 1 : b, " \n"); w && fields < 59; w = strtok(NULL, " \n"))
		words[++fields] = w;
	SHOW(fields);
	SHOW_STR(words[3]);
	if (fields < 52)
		return 1;
	CHECK(atoi(words[4]) == getppid() && atoi(words[5]) == getpgrp() && atoi(words[6]) == getsid(0));
	SHOW_STR(words[20]); /* threads */
	CHECK(atoll(words[22]) > 0 && atoll(words[23]) > 64 << 20 && atoll(words[24]) > 0);

	SECTION("statm");
	long v[7];
	t_read_file("/proc/self/statm", b, sizeof b);
	SHOW(sscanf(b, "%ld %ld %ld %ld %ld %ld %ld", v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6));
	CHECK(v[0] > v[1] && v[1] > 0 && v[1] >= v[2] && v[3] > 0);
	t_gate_open(&g);
	pthread_join(t, NULL);
	t_read_file("/proc/self/status", status, sizeof status);
	SHOW_STR(field("Threads"));
	return 0;
}
