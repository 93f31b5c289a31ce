/* wait4 and waitid: EINTR from a handler, restart with SA_RESTART, ignored and blocked signals change nothing. */
#include "vkproc.h"

static volatile int ticks, release_at;
static struct t_gate release;
static void tick(int s)
{
	(void)s;
	if (++ticks == release_at)
		t_gate_open(&release);
}

/* A child that ends after the third tick of our timer, if ticks restart what they interrupt, else when let go. */
static pid_t start(int flags, int wanted)
{
	struct itimerval it = {{0, 20000}, {0, 20000}};
	ticks = 0;
	release_at = flags & SA_RESTART ? 3 : -1;
	p_handler(SIGALRM, tick, flags);
	pid_t p = t_fork();
	if (p == 0) {
		t_gate_pass(&release);
		t_exit(wanted);
	}
	MUST(setitimer(ITIMER_REAL, &it, NULL));
	return p;
}

static void stop(void)
{
	struct itimerval it = {0};
	MUST(setitimer(ITIMER_REAL, &it, NULL));
}

int main(void)
{
	int st;
	siginfo_t si;
	release = t_gate();
	pid_t p = start(0, 1);
	SHOW(waitpid(p, &st, 0));
	CHECK(ticks > 0);
	stop();
	t_gate_open(&release);
	p_wait("without SA_RESTART", p);

	p = start(SA_RESTART, 2);
	CHECK(waitpid(p, &st, 0) == p);
	CHECK(ticks >= 3);
	stop();
	printf("with SA_RESTART: %s\n", t_status(st));

	p = start(0, 3);
	SHOW(waitid(P_PID, p, &si, WEXITED));
	stop();
	t_gate_open(&release);
	p_wait("waitid", p);

	p = start(SA_RESTART, 4);
	SHOW(waitid(P_PID, p, &si, WEXITED));
	stop();
	p_siginfo("waitid, restarted", &si, p);

	/* SIGCHLD's own handler interrupts too: the child is found by the next call. */
	p_handler(SIGCHLD, tick, 0);
	ticks = 100;
	p = t_fork();
	if (p == 0)
		t_exit(5);
	while (waitpid(p, &st, 0) < 0)
		if (errno != EINTR)
			printf("%s\n", t_errname(errno));
	printf("%s, handler ran: %d\n", t_status(st), ticks - 100);
	return 0;
}
