/* kill with 0, -pgid and -1: who is hit; permission; all of it in a session of its own. */
#include "vkproc.h"

static int out[2];
static char me_letter;
static void handler(int s)
{
	char b[2] = {me_letter, s == SIGUSR1 ? '1' : '2'};
	if (write(out[1], b, 2) != 2)
		_exit(1);
}

static pid_t member(char letter, pid_t group)
{
	struct t_gate g = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		me_letter = letter;
		MUST(setpgid(0, group));
		t_gate_open(&g);
		for (;;)
			pause();
	}
	t_gate_pass(&g);
	return p;
}

/* Reads n answers and prints them sorted. */
static void answers(const char *what, int n)
{
	char b[20] = "";
	for (int i = 0; i < n; i++) {
		char two[2];
		MUST(read(out[0], two, 2));
		b[two[0] - 'a'] = two[1];
	}
	printf("%s:", what);
	for (int i = 0; i < 20; i++)
		if (b[i])
			printf(" %c got USR%c", 'a' + i, b[i]);
	printf("\n");
}

int main(void)
{
	MUST(pipe(out));
	IN_CHILD("session") {
		MUST(setsid());
		p_handler(SIGUSR1, handler, SA_RESTART);
		p_handler(SIGUSR2, handler, SA_RESTART);
		me_letter = 'a';
		pid_t me = getpid();
		pid_t b = member('b', 0), c = member('c', b), d = member('d', me);
		SHOW(kill(-b, SIGUSR1));
		answers("group of b", 2);
		SHOW(kill(0, SIGUSR2));
		answers("own group", 2);
		SHOW(kill(-me, SIGUSR1));
		answers("own group by number", 2);
		SHOW(kill(-b, 0));
		SHOW(kill(-c, 0));
		SHOW(kill(-b, 65));
		/* killpg, libc's. */
		SHOW(killpg(b, SIGUSR2));
		answers("killpg", 2);
		/* The group outlives its leader. */
		kill(b, SIGKILL);
		p_wait("b", b);
		SHOW(kill(-b, SIGUSR1));
		answers("group without leader", 1);
		kill(c, SIGKILL);
		p_wait("c", c);
		SHOW(kill(-b, SIGUSR1));
		SHOW(kill(-b, 0));
		kill(d, SIGKILL);
		p_wait("d", d);
		int st = 0;
		/* A zombie alone makes a group still. */
		pid_t z = member('e', 0);
		kill(z, SIGKILL);
		siginfo_t si;
		MUST(waitid(P_PID, z, &si, WEXITED | WNOWAIT));
		SHOW(kill(-z, 0));
		waitpid(z, &st, 0);
		SHOW(kill(-z, 0));
	}
	return 0;
}
