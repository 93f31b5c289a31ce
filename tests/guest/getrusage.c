/* getrusage: own, of threads, of children that were waited for; never less than before; errors in their order. */
#include "vkproc.h"

static long g(int who, void *ru) { return syscall(SYS_getrusage, who, ru); }
static long us(const struct rusage *r)
{
	return (r->ru_utime.tv_sec + r->ru_stime.tv_sec) * 1000000 + r->ru_utime.tv_usec + r->ru_stime.tv_usec;
}

static void burn(long ms)
{
	struct timespec a, b;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
	while ((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000 < ms);
}

static void *thread(void *arg)
{
	struct rusage r;
	MUST(g(RUSAGE_THREAD, &r));
	bool little = us(&r) < 90000;
	burn(30);
	MUST(g(RUSAGE_THREAD, &r));
	bool some = us(&r) >= 20000;
	CHECK(little && some);
	return arg;
}

int main(void)
{
	struct rusage a, b, c;
	SHOW(g(RUSAGE_CHILDREN, &c));
	CHECK(us(&c) == 0 && c.ru_maxrss == 0 && c.ru_minflt == 0 && c.ru_nvcsw == 0);
	SHOW(g(RUSAGE_SELF, &a));
	CHECK(a.ru_maxrss > 100 && a.ru_minflt > 0);
	burn(120);
	SHOW(g(RUSAGE_SELF, &b));
	CHECK(us(&b) - us(&a) >= 100000 && us(&b) - us(&a) < 5000000);
	CHECK(b.ru_utime.tv_usec < 1000000 && b.ru_stime.tv_usec < 1000000);
	CHECK(b.ru_maxrss >= a.ru_maxrss && b.ru_minflt >= a.ru_minflt);
	p_join(p_thread(thread, NULL));
	/* A thread that has ended still counts. */
	MUST(g(RUSAGE_SELF, &a));
	CHECK(us(&a) - us(&b) >= 20000);
	pid_t p = t_fork();
	if (p == 0) {
		MUST(g(RUSAGE_SELF, &b));
		CHECK(us(&b) < us(&a));
		burn(60);
		t_exit(0);
	}
	siginfo_t si;
	MUST(waitid(P_PID, p, &si, WEXITED | WNOWAIT));
	MUST(g(RUSAGE_CHILDREN, &c));
	CHECK(us(&c) == 0);
	p_wait("child", p);
	MUST(g(RUSAGE_CHILDREN, &c));
	CHECK(us(&c) >= 50000 && c.ru_maxrss > 100);
	SHOW(g(2, &a));
	SHOW(g(-2, &a));
	SHOW(g(RUSAGE_SELF, NULL));
	SHOW(g(RUSAGE_SELF, BADP));
	SHOW(g(2, BADP));
	return 0;
}
