// build: musl-static
/* A storm of signals over a program that is busy with calls: SA_RESTART hides them all, real-time ones are all counted, memory and data stay right. */
#include "vkproc.h"

static volatile int usr1, rt, expect, wrong;
static void on_usr1(int s)
{
	(void)s;
	usr1++;
}
static void on_rt(int s, siginfo_t *si, void *uc)
{
	(void)s, (void)uc;
	wrong += si->si_value.sival_int != expect++;
	rt++;
}

int main(void)
{
	enum { N = 1500 };
	p_handler(SIGUSR1, on_usr1, SA_RESTART);
	p_sigaction(40, on_rt, SA_RESTART);
	pid_t me = getpid();
	int to[2], from[2];
	MUST(pipe(to)), MUST(pipe(from));
	pid_t echo = t_fork();
	if (echo == 0) {
		/* Gives back each byte, plus one. */
		unsigned char c;
		signal(SIGUSR1, SIG_IGN);
		close(to[1]);
		while (read(to[0], &c, 1) == 1) {
			c++;
			if (write(from[1], &c, 1) != 1)
				t_exit(1);
		}
		t_exit(0);
	}
	pid_t storm = t_fork();
	if (storm == 0) {
		close(to[1]);
		for (int i = 0; i < N; i++) {
			union sigval v = {.sival_int = i};
			kill(me, SIGUSR1);
			while (sigqueue(me, 40, v) < 0 && errno == EAGAIN)
				t_sleep_ms(1);
			if (i % 50 == 0)
				sched_yield();
		}
		t_exit(0);
	}
	int bad = 0, st;
	unsigned n = 0;
	char *mem = malloc(20000);
	for (;; n++) {
		unsigned char c = n, r = 0;
		bad += write(to[1], &c, 1) != 1;
		bad += read(from[0], &r, 1) != 1;
		bad += r != (unsigned char)(c + 1);
		memset(mem, n, 20000);
		for (int i = 0; i < 20000; i += 37)
			bad += mem[i] != (char)n;
		pid_t p = waitpid(storm, &st, WNOHANG);
		if (p == storm)
			break;
		bad += p != 0;
	}
	printf("storm: %s\n", t_status(st));
	close(to[1]);
	p_wait("echo", echo);
	SHOW(bad);
	SHOW(rt);
	SHOW(wrong);
	CHECK(usr1 > 0 && usr1 <= N);
	return 0;
}
