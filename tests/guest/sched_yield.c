/* sched_yield: says 0, lets others run, costs little, changes nothing. */
#include "vkproc.h"

static volatile int turn;
static void *thread(void *a)
{
	for (int i = 0; i < 300; i++) {
		while (turn != 1)
			sched_yield();
		turn = 0;
	}
	return a;
}

int main(void)
{
	SHOW(sched_yield());
	SHOW(syscall(SYS_sched_yield));
	SHOW(syscall(SYS_sched_yield, 1, 2, 3));
	/* To and fro between two threads, also on a single CPU. */
	pthread_t t = p_thread(thread, NULL);
	for (int i = 0; i < 300; i++) {
		turn = 1;
		while (turn != 0)
			sched_yield();
	}
	p_join(t);
	SHOW(turn);
	int bad = 0;
	for (int i = 0; i < 5000; i++)
		bad += sched_yield() != 0;
	SHOW(bad);
	return 0;
}
