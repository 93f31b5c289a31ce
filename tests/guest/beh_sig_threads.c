/* Process-directed signals with several threads: who gets them by mask, blocked everywhere, sigwait in one, faults stay with their thread. */
#include "vkproc.h"

enum { N = 4 };
static pthread_t th[N];
static volatile int tids[N], hits[N + 1], stop, go;
static __thread int self = N;

static void handler(int s)
{
	(void)s;
	__atomic_add_fetch(&hits[self], 1, __ATOMIC_SEQ_CST);
}

/* Thread i has all blocked but SIGRTMIN+i. */
static void *thread(void *arg)
{
	self = (int)(long)arg;
	sigset_t s;
	sigfillset(&s);
	sigdelset(&s, 40 + self);
	pthread_sigmask(SIG_SETMASK, &s, NULL);
	__atomic_store_n(&tids[self], p_gettid(), __ATOMIC_SEQ_CST);
	while (!stop)
		t_sleep_ms(1);
	return NULL;
}

static void show(const char *what)
{
	printf("%s:", what);
	for (int i = 0; i <= N; i++)
		printf(" %d", hits[i]);
	printf("\n");
}

static void *waiter(void *arg)
{
	sigset_t s = p_set(SIGUSR2, 0);
	siginfo_t si;
	go = 1;
	MUST(sigwaitinfo(&s, &si));
	p_say("sigwait in a thread got %s", t_signame(si.si_signo));
	return arg;
}

static sigjmp_buf jb[2];
static __thread int jbi;
static void segv(int s)
{
	(void)s;
	siglongjmp(jb[jbi], 1);
}

static void *faulter(void *arg)
{
	jbi = (int)(long)arg;
	volatile int n = 0;
	for (volatile int i = 0; i < 300; i++)
		if (sigsetjmp(jb[jbi], 1) == 0)
			*(volatile char *)BADP = 1;
		else
			n++;
	return (void *)(long)n;
}

static void *inherit(void *arg)
{
	p_showmask("mask of a new thread");
	p_showpending("pending");
	return arg;
}

int main(void)
{
	for (int i = 0; i < N; i++)
		p_handler(40 + i, handler, SA_RESTART);
	sigset_t s;
	sigfillset(&s);
	sigdelset(&s, SIGALRM);
	sigprocmask(SIG_SETMASK, &s, NULL);
	for (long i = 0; i < N; i++)
		th[i] = p_thread(thread, (void *)i);
	for (int i = 0; i < N; i++)
		while (!tids[i])
			sched_yield();
	pid_t me = getpid();
	/* Main blocks everything: each goes to the one thread that takes it. */
	for (int i = 0; i < N; i++)
		for (int k = 0; k <= i; k++)
			MUST(kill(me, 40 + i));
	for (int i = 0; i < N; i++)
		p_until(&hits[i], i + 1);
	show("process-directed");
	for (int i = 0; i < N; i++) {
		MUST(syscall(SYS_tgkill, me, tids[i], 40 + i));
		p_until(&hits[i], i + 2);
	}
	show("thread-directed");
	/* Blocked in the thread it is for: it stays there, whoever else would take it. */
	MUST(syscall(SYS_tgkill, me, tids[0], 41));
	t_sleep_ms(20);
	show("to one that blocks it");
	/* One that nobody takes waits for the first who does. */
	kill(me, 45);
	p_handler(45, handler, 0);
	p_showpending("pending for all");
	p_unblock(45);
	show("main unblocks");
	stop = 1;
	for (int i = 0; i < N; i++)
		p_join(th[i]);
	p_showpending("pending after their end");

	pthread_t w = p_thread(waiter, NULL);
	while (!go)
		sched_yield();
	kill(me, SIGUSR2);
	p_join(w);
	p_join(p_thread(inherit, NULL));

	s = p_set(0);
	sigprocmask(SIG_SETMASK, &s, NULL);
	p_handler(SIGSEGV, segv, 0);
	pthread_t a = p_thread(faulter, (void *)0), b = p_thread(faulter, (void *)1);
	long na = (long)p_join(a), nb = (long)p_join(b);
	printf("faults: %ld %ld\n", na, nb);

	/* The default action is for the whole process, and comes though main blocks it. */
	IN_CHILD("deadly, main blocks") {
		sigfillset(&s);
		sigprocmask(SIG_SETMASK, &s, NULL);
		stop = 0;
		p_thread(thread, (void *)0);
		kill(getpid(), 40);
		t_sleep_ms(5);
		signal(40, SIG_DFL);
		kill(getpid(), 40);
		sleep(10);
	}
	return 0;
}
