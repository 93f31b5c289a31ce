/* exec from a thread that is not the first: the process keeps its pid, all other threads are gone, its parent waits as before. */
#include "vkproc.h"

static struct t_gate g;
static char pidstr[20];

static void *spinner(void *arg)
{
	volatile long *n = arg;
	for (;;)
		++*n;
	return NULL;
}

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static pthread_barrier_t both;
static void *racer(void *arg)
{
	pthread_barrier_wait(&both);
	execl(p_self(), "self", pidstr, NULL);
	p_say("exec: %s", t_errname(errno));
	return arg;
}

static void *execer(void *arg)
{
	p_block(SIGUSR2);
	prctl(PR_SET_NAME, "execer");
	execl(arg ? p_self() : "/no/such", "self", pidstr, NULL);
	p_say("exec: %s", t_errname(errno));
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		CHECK(getpid() == atoi(argv[1]));
		CHECK(p_gettid() == getpid());
		SHOW_STR(argv[0]);
		p_showmask("mask of the thread that called");
		char b[4096], *t;
		t_read_file("/proc/self/status", b, sizeof b);
		t = strstr(b, "Threads:");
		printf("threads %d\n", t ? atoi(t + 8) : -1);
		p_join(p_thread(execer, NULL));
		return 17;
	}
	static long counters[4];
	for (int round = 0; round < 3; round++) {
		fflush(stdout);
		g = t_gate();
		pid_t p = t_fork();
		if (p == 0) {
			snprintf(pidstr, sizeof pidstr, "%d", getpid());
			for (int i = 0; i < 4; i++)
				p_thread(round == 1 ? spinner : sleeper, &counters[i]);
			p_thread(execer, &g);
			for (;;)
				round == 2 ? pthread_exit(NULL) : (void)pause();
		}
		/* The write end closes with the exec, not before. */
		close(g.fd[1]);
		char c;
		ssize_t r = read(g.fd[0], &c, 1);
		close(g.fd[0]);
		p_wait("process", p);
		SHOW(r);
	}
	/* Two threads exec at once: one does, the process stays whole. */
	for (int i = 0; i < 5; i++) {
		pid_t p = t_fork();
		if (p == 0) {
			snprintf(pidstr, sizeof pidstr, "%d", getpid());
			int fd = open("/dev/null", O_WRONLY);
			dup2(fd, 1);
			pthread_barrier_init(&both, NULL, 2);
			p_thread(racer, NULL);
			p_thread(racer, NULL);
			for (;;)
				pause();
		}
		p_wait("race", p);
	}
	return 0;
}
