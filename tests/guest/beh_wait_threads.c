/* Several threads wait at once: each child goes to exactly one, a wait for a particular pid is not stolen from by others, ECHILD wakes all. */
#include "vkproc.h"

enum { T = 4, N = 40 };
static int got[N];
static pid_t pids[N];
static volatile int made;

static void *any(void *a)
{
	long n = 0;
	(void)a;
	for (;;) {
		int st;
		pid_t p = waitpid(-1, &st, 0);
		if (p < 0) {
			if (errno == ECHILD)
				return (void *)n;
			continue;
		}
		/* The pids' table may be written a moment later than the child has gone. */
		while (!made)
			sched_yield();
		for (int i = 0; i < N; i++)
			if (pids[i] == p)
				__atomic_add_fetch(&got[i], 1, __ATOMIC_SEQ_CST);
		n++;
	}
}

static void *one(void *a)
{
	int st = 0;
	pid_t p = waitpid(*(pid_t *)a, &st, 0);
	return (void *)(long)(p == *(pid_t *)a ? WEXITSTATUS(st) : -1);
}

int main(void)
{
	struct t_gate g = t_gate();
	for (int i = 0; i < N; i++)
		if ((pids[i] = t_fork()) == 0) {
			t_gate_pass(&g);
			_exit(i);
		}
	made = 1;
	pthread_t t[T];
	for (int i = 0; i < T; i++)
		t[i] = p_thread(any, NULL);
	for (int i = 0; i < N; i++)
		t_gate_open(&g);
	long sum = 0;
	for (int i = 0; i < T; i++)
		sum += (long)p_join(t[i]);
	int once = 0;
	for (int i = 0; i < N; i++)
		once += got[i] == 1;
	printf("%ld waits, %d children once each\n", sum, once);
	for (int i = 0; i < T; i++)
		if ((pids[i] = t_fork()) == 0) {
			t_gate_pass(&g);
			_exit(50 + i);
		}
	for (int i = 0; i < T; i++)
		t[i] = p_thread(one, &pids[i]);
	for (int i = 0; i < T; i++)
		t_gate_open(&g);
	for (int i = 0; i < T; i++)
		printf("%ld\n", (long)p_join(t[i]));
	/* Two for the same: one gets it, the other ECHILD. */
	if ((pids[0] = t_fork()) == 0) {
		t_gate_pass(&g);
		_exit(9);
	}
	t[0] = p_thread(one, &pids[0]), t[1] = p_thread(one, &pids[0]);
	t_sleep_ms(10);
	t_gate_open(&g);
	long a = (long)p_join(t[0]), b = (long)p_join(t[1]);
	printf("%ld %ld\n", a < b ? a : b, a < b ? b : a);
	return 0;
}
