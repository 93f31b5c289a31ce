/* times and getrusage: CPU of oneself, of children, of a thread; never backwards; fields; waited-for children only; errors. */
#include "vkproc.h"
#include <sys/times.h>

static long us(struct timeval t) { return t.tv_sec * 1000000 + t.tv_usec; }

static void burn(long want_us)
{
	struct timespec a, b;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
	do {
		for (volatile int i = 0; i < 10000; i++)
			;
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
	} while ((b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000 < want_us);
}

static void *thread(void *arg)
{
	struct rusage r;
	burn(60000);
	SHOW(getrusage(RUSAGE_THREAD, &r));
	CHECK(us(r.ru_utime) + us(r.ru_stime) >= 50000 && us(r.ru_utime) + us(r.ru_stime) < 2000000);
	return arg;
}

int main(void)
{
	struct tms t0, t1, t2;
	struct rusage r0, r1, c0, c1;
	clock_t a = times(&t0);
	CHECK(a != (clock_t)-1);
	CHECK(times(NULL) - a >= 0);
	SHOW(getrusage(RUSAGE_SELF, &r0));
	SHOW(getrusage(RUSAGE_CHILDREN, &c0));
	printf("children so far: %ld %ld, %ld KiB\n", us(c0.ru_utime), us(c0.ru_stime), c0.ru_maxrss);
	CHECK(r0.ru_maxrss >= 0 && r0.ru_minflt > 0);
	SHOW(r0.ru_ixrss + r0.ru_idrss + r0.ru_isrss + r0.ru_nswap + r0.ru_msgsnd + r0.ru_msgrcv + r0.ru_nsignals);
	burn(120000);
	times(&t1);
	getrusage(RUSAGE_SELF, &r1);
	CHECK(us(r1.ru_utime) - us(r0.ru_utime) + us(r1.ru_stime) - us(r0.ru_stime) >= 100000);
	CHECK(t1.tms_utime + t1.tms_stime - t0.tms_utime - t0.tms_stime >= 9);
	p_join(p_thread(thread, NULL));
	getrusage(RUSAGE_SELF, &r0);
	CHECK(us(r0.ru_utime) + us(r0.ru_stime) - us(r1.ru_utime) - us(r1.ru_stime) >= 50000);

	SECTION("children");
	pid_t p = t_fork();
	if (p == 0) {
		/* A grandchild's time counts when it has been waited for. */
		pid_t q = t_fork();
		if (q == 0) {
			burn(60000);
			t_exit(0);
		}
		times(&t2);
		printf("in the child: %s\n", t2.tms_cutime == 0 && t2.tms_utime + t2.tms_stime < 5 ? "starts from nothing" : "?");
		burn(60000);
		t_waitpid(q);
		t_exit(0);
	}
	siginfo_t si;
	MUST(waitid(P_PID, p, &si, WEXITED | WNOWAIT));
	getrusage(RUSAGE_CHILDREN, &c1);
	printf("before the wait: %ld\n", us(c1.ru_utime) + us(c1.ru_stime));
	struct rusage w;
	int st;
	CHECK(wait4(p, &st, 0, &w) == p);
	CHECK(us(w.ru_utime) + us(w.ru_stime) >= 100000);
	getrusage(RUSAGE_CHILDREN, &c1);
	CHECK(us(c1.ru_utime) == us(w.ru_utime) && us(c1.ru_stime) == us(w.ru_stime));
	CHECK(c1.ru_maxrss == w.ru_maxrss);
	times(&t2);
	CHECK(t2.tms_cutime + t2.tms_cstime >= 9);
	/* Memory: the high-water mark, in a child, whose own is not yet that of whoever started us. */
	IN_CHILD("memory") {
		getrusage(RUSAGE_SELF, &r0);
		char *m = mmap(NULL, 32 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		memset(m, 1, 32 << 20);
		munmap(m, 32 << 20);
		getrusage(RUSAGE_SELF, &r1);
		CHECK(r1.ru_maxrss - r0.ru_maxrss > 25000);
		CHECK(r1.ru_minflt > r0.ru_minflt);
	}
	getrusage(RUSAGE_SELF, &r1);
	/* Switches: sleeping is voluntary. */
	for (int i = 0; i < 10; i++)
		t_sleep_ms(1);
	getrusage(RUSAGE_SELF, &r0);
	CHECK(r0.ru_nvcsw - r1.ru_nvcsw >= 10);
	SECTION("errors");
	SHOW(syscall(SYS_getrusage, 5, &r0));
	SHOW(syscall(SYS_getrusage, -3, &r0));
	SHOW(syscall(SYS_getrusage, 0, BADP));
	SHOW(syscall(SYS_getrusage, 5, BADP));
	SHOW(syscall(SYS_times, BADP));
	return 0;
}
