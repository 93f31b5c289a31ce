// build: musl-static
/* fork in processes with threads: only the caller is copied, other threads go on, locks and atfork, many at once, vfork and spawn from threads. */
#include "vkproc.h"
#include <spawn.h>

static volatile int counter, stop;
static void *counts(void *a)
{
	while (!stop)
		counter++;
	return a;
}

static void *forks(void *a)
{
	pid_t p = t_fork();
	if (p == 0) {
		/* We are the only thread, and the leader. */
		CHECK(getpid() == p_gettid());
		char b[4096];
		t_read_file("/proc/self/status", b, sizeof b);
		char *t = strstr(b, "Threads:");
		printf("threads in the child: %d\n", t ? atoi(t + 8) : -1);
		int c = counter;
		t_sleep_ms(20);
		CHECK(c == counter);
		/* New threads can be made. */
		stop = 1;
		p_join(p_thread(counts, NULL));
		t_exit(4);
	}
	p_wait("forked in a thread", p);
	return a;
}

static int prepared, in_parent, in_child;
static void prepare(void) { prepared++; }
static void parent(void) { in_parent++; }
static void child(void) { in_child++; }

static void *hammer(void *a)
{
	long sum = 0;
	(void)a;
	for (int i = 0; i < 15; i++) {
		pid_t p = fork();
		if (p == 0)
			_exit(i);
		int st = t_waitpid(p);
		sum += WEXITSTATUS(st);
	}
	return (void *)sum;
}

static void *spawns(void *a)
{
	long sum = 0;
	(void)a;
	for (int i = 0; i < 5; i++) {
		pid_t p;
		char cmd[20], *argv[] = {"sh", "-c", cmd, NULL};
		snprintf(cmd, sizeof cmd, "exit %d", i + 1);
		if (posix_spawn(&p, "/bin/sh", NULL, NULL, argv, environ) == 0)
			sum += WEXITSTATUS(t_waitpid(p));
	}
	return (void *)sum;
}

static void *vforks(void *a)
{
	/* The other threads of the parent run on while this one is suspended. */
	pid_t p = vfork();
	if (p == 0) {
		int c = counter;
		for (int i = 0; i < 2000 && c == counter; i++)
			t_sleep_ms(1);
		_exit(c == counter);
	}
	int st = t_waitpid(p);
	printf("others run during vfork: %s\n", WEXITSTATUS(st) == 0 ? "yes" : "no");
	return a;
}

int main(void)
{
	pthread_t c = p_thread(counts, NULL), t[4];
	while (counter < 1000)
		sched_yield();
	p_join(p_thread(forks, NULL));
	p_join(p_thread(vforks, NULL));
	stop = 1;
	p_join(c);
	pthread_atfork(prepare, parent, child);
	fflush(stdout);
	pid_t p = fork();
	if (p == 0)
		t_exit(prepared * 100 + in_parent * 10 + in_child);
	p_wait("atfork", p);
	printf("atfork: %d %d %d\n", prepared, in_parent, in_child);
	fflush(stdout);
	setvbuf(stdout, NULL, _IOFBF, 4096);
	int null = open("/dev/null", O_WRONLY), out = dup(1);
	dup2(null, 1);
	long sum = 0;
	for (int i = 0; i < 4; i++)
		t[i] = p_thread(hammer, NULL);
	for (int i = 0; i < 4; i++)
		sum += (long)p_join(t[i]);
	fflush(stdout);
	dup2(out, 1);
	printf("hammer %ld\n", sum);
	sum = 0;
	for (int i = 0; i < 4; i++)
		t[i] = p_thread(spawns, NULL);
	for (int i = 0; i < 4; i++)
		sum += (long)p_join(t[i]);
	printf("spawns %ld\n", sum);
	return 0;
}
