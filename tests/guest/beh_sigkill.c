/* SIGKILL ends everything: a busy loop, a sleeper, a stopped one, one with all blocked, one in vfork, one with many threads. */
#include "vkproc.h"

static struct t_gate ready;

static void victim(const char *what, void (*fn)(void))
{
	pid_t p = t_fork();
	if (p == 0) {
		sigset_t all;
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
		t_gate_open(&ready);
		fn();
		t_exit(0);
	}
	t_gate_pass(&ready);
	t_sleep_ms(5);
	SHOW(kill(p, SIGKILL));
	p_wait(what, p);
}

static void *spin(void *a)
{
	for (volatile long i = 0;; i++)
		;
	return a;
}
static void *sleepy(void *a)
{
	for (;;)
		pause();
	return a;
}
static void busy(void) { spin(NULL); }
static void busy_calls(void)
{
	for (;;)
		syscall(SYS_getppid);
}
static void sleeper(void) { sleepy(NULL); }
static void reader(void)
{
	int p[2];
	char c;
	MUST(pipe(p));
	read(p[0], &c, 1) == 1 ? abort() : (void)0;
}
static void stopped(void) { raise(SIGSTOP); }
static void threads(void)
{
	for (int i = 0; i < 8; i++)
		p_thread(i & 1 ? spin : sleepy, NULL);
	spin(NULL);
}
static void nothing(int s) { (void)s; }
static void faulting(void)
{
	/* Faults without end: the handler returns to the faulting instruction. */
	signal(SIGSEGV, nothing);
	p_unblock(SIGSEGV);
	*(volatile char *)BADP = 1;
}
static void waits(void)
{
	struct t_gate g = t_gate();
	if (fork() == 0) {
		char c;
		close(g.fd[1]);
		_exit(read(g.fd[0], &c, 1));
	}
	wait(NULL);
}
static void forks(void)
{
	for (;;) {
		pid_t p = fork();
		if (p == 0)
			_exit(0);
		waitpid(p, NULL, 0);
	}
}

int main(void)
{
	ready = t_gate();
	signal(SIGKILL, SIG_IGN);
	victim("busy loop", busy);
	victim("busy with calls", busy_calls);
	victim("sleeper", sleeper);
	victim("reader of a pipe", reader);
	victim("stopped", stopped);
	victim("nine threads", threads);
	victim("faulting for ever", faulting);
	victim("waiting", waits);
	victim("forking", forks);
	return 0;
}
