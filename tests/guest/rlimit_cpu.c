// serial
/* RLIMIT_CPU: SIGXCPU at the soft limit, SIGKILL at the hard one; the handler; children's limits. */
#include "vkproc.h"

static volatile int n;
static void handler(int s)
{
	if (s == SIGXCPU)
		n++;
}

static void spin(void)
{
	for (volatile unsigned long i = 0;; i++)
		;
}

int main(void)
{
	p_no_core();
	/* Both run at once: each takes a second of CPU. */
	pid_t b = t_fork();
	if (b == 0) {
		p_handler(SIGXCPU, handler, 0);
		struct rlimit rl = {1, 100};
		MUST(setrlimit(RLIMIT_CPU, &rl));
		for (volatile unsigned long i = 0; !n; i++)
			;
		struct timespec ts;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
		/* The limit is counted by ticks, this clock is exact. */
		printf("handler ran, after %s\n", ts.tv_sec * 10 + ts.tv_nsec / 100000000 >= 2 && ts.tv_sec < 5 ? "a second" : "?");
		/* Set anew it is over already. */
		signal(SIGXCPU, SIG_DFL);
		MUST(setrlimit(RLIMIT_CPU, &rl));
		spin();
	}
	pid_t c = t_fork();
	if (c == 0) {
		signal(SIGXCPU, SIG_IGN);
		struct rlimit rl = {1, 1};
		MUST(setrlimit(RLIMIT_CPU, &rl));
		spin();
	}
	p_wait("handled, then default", b);
	p_wait("hard limit", c);
	return 0;
}
