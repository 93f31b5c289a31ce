/* How processes with threads end: a thread ends, main ends by pthread_exit, exit_group from a thread, return from main with others running. */
#include "vkproc.h"

static volatile int other_done;
static struct t_gate g, h;

static void *sleeps(void *a)
{
	for (;;)
		pause();
	return a;
}
static void *spins(void *a)
{
	for (volatile int i = 0;; i++)
		;
	return a;
}
static void *exits7(void *a)
{
	(void)a;
	_exit(7);
}
static void *exits_libc(void *a)
{
	(void)a;
	exit(8);
}
static void *late(void *a)
{
	t_gate_pass(&g);
	p_say("thread is the last");
	/* /proc still knows the leader, as a zombie. */
	CHECK(p_state(getpid(), getpid()) == 'Z');
	CHECK(getpid() != p_gettid());
	t_gate_open(&h);
	return a;
}
static void *late_exit(void *a)
{
	t_gate_pass(&g);
	exit(9);
	return a;
}
static void *raw_exit(void *a)
{
	(void)a;
	syscall(SYS_exit, 5);
	return NULL;
}
static void *joins_main(void *a)
{
	void *r = NULL;
	int e = pthread_join(*(pthread_t *)a, &r);
	p_say("join of main: %d %ld", e, (long)r);
	exit(11);
	return NULL;
}

int main(void)
{
	g = t_gate(), h = t_gate();
	IN_CHILD("return from main, others sleep and spin") {
		for (int i = 0; i < 4; i++)
			p_thread(i & 1 ? sleeps : spins, NULL);
		exit(3);
	}
	IN_CHILD("_exit in a thread") {
		p_thread(spins, NULL);
		p_thread(exits7, NULL);
		sleeps(NULL);
	}
	IN_CHILD("exit in a thread") {
		p_thread(exits_libc, NULL);
		sleeps(NULL);
	}
	IN_CHILD("main ends first, the thread returns") {
		p_thread(late, NULL);
		p_thread(late, NULL);
		pid_t me = getpid();
		pid_t helper = t_fork();
		if (helper == 0) {
			/* Lets the threads go one by one when main has gone. */
			for (int i = 0; i < 500 && p_state(me, me) != 'Z'; i++)
				t_sleep_ms(2);
			t_gate_open(&g);
			t_gate_pass(&h);
			t_gate_open(&g);
			t_exit(0);
		}
		pthread_exit(NULL);
	}
	pid_t p = t_fork();
	if (p == 0) {
		p_thread(late_exit, NULL);
		pthread_exit(NULL);
	}
	/* A process whose leader has gone is not to be waited for yet. */
	t_sleep_ms(20);
	SHOW(waitpid(p, NULL, WNOHANG));
	SHOW(kill(p, 0));
	t_gate_open(&g);
	p_wait("main ends first, the thread exits", p);
	p = t_fork();
	if (p == 0) {
		p_thread(sleeps, NULL);
		pthread_exit(NULL);
	}
	t_sleep_ms(20);
	SHOW(kill(p, SIGTERM));
	p_wait("main has ended, killed", p);
	IN_CHILD("plain exit of one thread is not the process's") {
		pthread_t t = p_thread(raw_exit, NULL);
		p_join(t);
		p_say("still here");
		t_exit(6);
	}
	IN_CHILD("all threads by plain exit: the status is the leader's") {
		pthread_t t = p_thread(raw_exit, NULL);
		p_join(t);
		syscall(SYS_exit, 10);
	}
	IN_CHILD("main is joined") {
		static pthread_t self;
		self = pthread_self();
		p_thread(joins_main, &self);
		pthread_exit((void *)44);
	}
	/* Nobody is left over of all these. */
	SHOW(waitpid(-1, NULL, 0));
	return 0;
}
