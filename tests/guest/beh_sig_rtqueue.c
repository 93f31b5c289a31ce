/* Real-time signals queue, each with its value; standard ones coalesce, the first one's information being kept. */
#include "vkproc.h"

static volatile int n;
static int values[2000];
static void handler(int s, siginfo_t *si, void *uc)
{
	(void)s, (void)uc;
	if (n < 2000)
		values[n] = si->si_value.sival_int;
	n++;
}

int main(void)
{
	pid_t me = getpid();
	union sigval v;
	p_sigaction(34, handler, 0);
	p_sigaction(36, handler, 0);
	p_sigaction(SIGUSR1, handler, 0);
	p_block(34), p_block(36), p_block(SIGUSR1);

	for (int i = 0; i < 1000; i++) {
		v.sival_int = i;
		MUST(sigqueue(me, 36, v));
	}
	p_unblock(36);
	bool ordered = n == 1000;
	for (int i = 0; i < 1000; i++)
		ordered &= values[i] == i;
	printf("queued 1000, got %d, in order: %s\n", n, ordered ? "yes" : "no");

	n = 0;
	for (int i = 0; i < 5; i++) {
		v.sival_int = 10 + i;
		MUST(sigqueue(me, SIGUSR1, v));
		kill(me, SIGUSR1);
	}
	p_unblock(SIGUSR1);
	printf("standard: %d, value %d\n", n, values[0]);
	p_block(SIGUSR1);

	/* kill, too, queues a real-time one; one to the thread and one to the process are two, also of a standard one. */
	n = 0;
	kill(me, 34), kill(me, 34), kill(me, 34);
	p_unblock(34);
	printf("three kills: %d\n", n);
	n = 0;
	kill(me, SIGUSR1), raise(SIGUSR1), kill(me, SIGUSR1), raise(SIGUSR1);
	p_unblock(SIGUSR1);
	printf("to process and thread: %d\n", n);

	/* From several senders at once: all arrive. */
	n = 0;
	p_block(34);
	pid_t p[4];
	for (int k = 0; k < 4; k++)
		if ((p[k] = t_fork()) == 0) {
			for (int i = 0; i < 100; i++) {
				v.sival_int = k * 1000 + i;
				MUST(sigqueue(me, 34, v));
			}
			t_exit(0);
		}
	for (int k = 0; k < 4; k++)
		t_waitpid(p[k]);
	p_unblock(34);
	int last[4] = {-1, -1, -1, -1};
	ordered = true;
	for (int i = 0; i < n; i++) {
		int k = values[i] / 1000;
		ordered &= values[i] % 1000 == last[k] + 1;
		last[k]++;
	}
	printf("of four senders: %d, each in order: %s\n", n, ordered ? "yes" : "no");

	/* Unblocked they are handled while they come. */
	n = 0;
	for (int i = 0; i < 100; i++) {
		v.sival_int = i;
		MUST(sigqueue(me, 34, v));
	}
	printf("unblocked: %d\n", n);

	/* A child has an empty queue; exec keeps it. */
	p_block(34);
	sigqueue(me, 34, v);
	IN_CHILD("child")
		p_showpending("pending in the child");
	p_showpending("pending");
	return 0;
}
