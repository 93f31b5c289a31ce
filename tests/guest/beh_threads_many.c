// build: static
/* 64 threads at once, and 1,000 in turn: counters, own stacks, ids, /proc/self/task, and all memory given back. */
#include "vkproc.h"

enum { N = 64 };
static pthread_barrier_t bar;
static int counter, tids[N];
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *a)
{
	int i = (int)(long)a;
	volatile char stack[8192];
	memset((char *)stack, i, sizeof stack);
	tids[i] = p_gettid();
	pthread_barrier_wait(&bar);
	for (int k = 0; k < 200; k++) {
		pthread_mutex_lock(&m);
		counter++;
		pthread_mutex_unlock(&m);
		if (k % 50 == 0)
			sched_yield();
	}
	pthread_barrier_wait(&bar);
	pthread_barrier_wait(&bar);
	long bad = 0;
	for (unsigned k = 0; k < sizeof stack; k++)
		bad += stack[k] != (char)i;
	return (void *)bad;
}

static void *nothing(void *a) { return a; }

static int status_threads(void)
{
	char b[4096];
	t_read_file("/proc/self/status", b, sizeof b);
	char *t = strstr(b, "Threads:");
	return t ? atoi(t + 8) : -1;
}

int main(void)
{
	pthread_t t[N];
	pthread_barrier_init(&bar, NULL, N + 1);
	for (long i = 0; i < N; i++)
		t[i] = p_thread(work, (void *)i);
	pthread_barrier_wait(&bar);
	int same = 0;
	for (int i = 0; i < N; i++)
		for (int j = 0; j <= i; j++)
			same += j < i ? tids[i] == tids[j] : tids[i] == getpid();
	SHOW(same);
	pthread_barrier_wait(&bar);
	SHOW(counter);
	SHOW(status_threads());
	DIR *d = opendir("/proc/self/task");
	int n = 0, known = 0;
	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] != '.') {
			n++;
			for (int i = 0; i < N; i++)
				known += tids[i] == atoi(e->d_name);
		}
	if (d)
		closedir(d);
	printf("tasks %d, known %d\n", n, known);
	pthread_barrier_wait(&bar);
	long bad = 0;
	for (int i = 0; i < N; i++)
		bad += (long)p_join(t[i]);
	SHOW(bad);
	long sum = 0;
	for (long i = 0; i < 1000; i++)
		sum += (long)p_join(p_thread(nothing, (void *)i));
	SHOW(sum);
	while (status_threads() > 1)
		t_sleep_ms(1);
	SHOW(status_threads());
	return 0;
}
