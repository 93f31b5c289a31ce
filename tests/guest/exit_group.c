/* exit_group: eight bits of the status, all threads at once whoever calls, no atexit, one wait. */
#include "vkproc.h"

static void never(void)
{
	p_say("atexit ran");
}

static void *caller(void *arg)
{
	syscall(SYS_exit_group, (long)arg);
	p_say("came back");
	return NULL;
}

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void *spinner(void *arg)
{
	for (volatile int *p = arg; p;)
		;
	return arg;
}

int main(void)
{
	atexit(never);
	static const long st[] = {0, 1, 255, 256, -1, 0x1234, 0x100000003};
	for (size_t i = 0; i < T_COUNT(st); i++) {
		printf("0x%lx: ", st[i]);
		IN_CHILD("status")
			syscall(SYS_exit_group, st[i]);
	}
	IN_CHILD("from a thread") {
		p_thread(sleeper, NULL);
		p_thread(spinner, stdout);
		p_thread(caller, (void *)21);
		for (;;)
			pause();
	}
	IN_CHILD("with threads") {
		for (int i = 0; i < 5; i++)
			p_thread(sleeper, NULL);
		p_thread(spinner, stdout);
		caller((void *)22);
	}
	/* Two at once: one of them wins. */
	pid_t p = t_fork();
	if (p == 0) {
		p_thread(caller, (void *)31);
		caller((void *)31);
	}
	p_wait("two", p);
	SHOW(waitpid(-1, NULL, 0));
	/* The first thread has gone before. */
	IN_CHILD("after the first thread") {
		p_thread(caller, (void *)23);
		syscall(SYS_exit, 9);
	}
	syscall(SYS_exit_group, 0);
	return 1;
}
