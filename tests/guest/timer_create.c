/* POSIX timers: signals with values, to a thread, none; one-shot, interval, absolute; overrun; deletion; exec and fork; errors. */
#include "vkproc.h"

static int tc(clockid_t c, void *ev, void *id) { return syscall(SYS_timer_create, c, ev, id); }
static long ts_(int id, int flags, const void *new, void *old) { return syscall(SYS_timer_settime, id, flags, new, old); }
static long tg(int id, void *v) { return syscall(SYS_timer_gettime, id, v); }

static volatile int hits, last_tid, last_code, last_value;
static void handler(int s, siginfo_t *si, void *uc)
{
	(void)s, (void)uc;
	last_tid = p_gettid();
	last_code = si->si_code;
	last_value = si->si_value.sival_int;
	hits++;
}

static volatile int stop, thread_tid;
static void *thread(void *a)
{
	thread_tid = p_gettid();
	while (!stop)
		t_sleep_ms(1);
	return a;
}

static struct itimerspec in(long value_ms, long interval_ms)
{
	return (struct itimerspec){{interval_ms / 1000, interval_ms % 1000 * 1000000}, {value_ms / 1000, value_ms % 1000 * 1000000}};
}

int main(void)
{
	int id = -1, id2;
	p_sigaction(SIGUSR1, handler, 0);
	p_sigaction(40, handler, 0);
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 40, .sigev_value.sival_int = 1234};
	struct itimerspec it, old;
	SECTION("a signal with a value");
	SHOW(tc(CLOCK_MONOTONIC, &ev, &id));
	SHOW(tg(id, &it));
	printf("%ld %ld\n", (long)it.it_value.tv_sec, it.it_value.tv_nsec);
	it = in(10, 0);
	SHOW(ts_(id, 0, &it, NULL));
	SHOW(p_until(&hits, 1));
	printf("code %d value %d\n", last_code, last_value);
	SHOW(tg(id, &it));
	printf("%ld %ld\n", (long)it.it_value.tv_sec, it.it_value.tv_nsec);
	it = in(5, 5);
	SHOW(ts_(id, 0, &it, &old));
	while (hits < 4)
		t_sleep_ms(1);
	it = in(100000, 7000);
	SHOW(ts_(id, 0, &it, &old));
	SHOW(old.it_interval.tv_nsec);
	SHOW(tg(id, &it));
	CHECK(it.it_value.tv_sec <= 100 && it.it_value.tv_sec >= 95 && it.it_interval.tv_sec == 7);
	it = in(0, 0);
	SHOW(ts_(id, 0, &it, &old));
	CHECK(old.it_value.tv_sec >= 95);
	SECTION("absolute, in the past");
	hits = 0;
	it = (struct itimerspec){{0, 0}, {1, 0}};
	SHOW(ts_(id, TIMER_ABSTIME, &it, NULL));
	SHOW(p_until(&hits, 1));
	SECTION("overrun");
	p_block(40);
	hits = 0;
	it = in(1, 1);
	SHOW(ts_(id, 0, &it, NULL));
	t_sleep_ms(50);
	it = in(0, 0);
	struct timespec z = {0};
	sigset_t s = p_set(40, 0);
	siginfo_t si;
	SHOW(sigtimedwait(&s, &si, &z));
	CHECK(si.si_overrun >= 20);
	CHECK(syscall(SYS_timer_getoverrun, id) == si.si_overrun);
	SHOW(ts_(id, 0, &it, NULL));
	SHOW(syscall(SYS_timer_delete, id));
	while (sigtimedwait(&s, &si, &z) > 0)
		;
	p_unblock(40);
	SHOW(tg(id, &it));

	SECTION("defaults: SIGALRM with the timer's number");
	SHOW(tc(CLOCK_REALTIME, NULL, &id));
	p_block(SIGALRM);
	it = in(5, 0);
	MUST(ts_(id, 0, &it, NULL));
	s = p_set(SIGALRM, 0);
	SHOW(sigwaitinfo(&s, &si));
	CHECK(si.si_code == SI_TIMER && si.si_value.sival_int == id && si.si_timerid == id);
	SECTION("to a thread");
	pthread_t t = p_thread(thread, NULL);
	while (!thread_tid)
		sched_yield();
	ev = (struct sigevent){.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1};
	ev._sigev_un._tid = thread_tid;
	SHOW(tc(CLOCK_MONOTONIC, &ev, &id2));
	hits = 0;
	it = in(5, 0);
	MUST(ts_(id2, 0, &it, NULL));
	SHOW(p_until(&hits, 1));
	CHECK(last_tid == thread_tid);
	stop = 1;
	p_join(t);
	SECTION("none; and CPU time");
	ev = (struct sigevent){.sigev_notify = SIGEV_NONE};
	SHOW(tc(CLOCK_MONOTONIC, &ev, &id2));
	it = in(5, 0);
	MUST(ts_(id2, 0, &it, NULL));
	t_sleep_ms(10);
	MUST(tg(id2, &it));
	printf("%ld %ld\n", (long)it.it_value.tv_sec, it.it_value.tv_nsec);
	ev = (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	SHOW(tc(CLOCK_PROCESS_CPUTIME_ID, &ev, &id2));
	hits = 0;
	it = in(10, 0);
	MUST(ts_(id2, 0, &it, NULL));
	t_sleep_ms(30);
	SHOW(hits);
	while (!hits)
		;
	printf("came\n");
	SECTION("not in a child, not after exec");
	IN_CHILD("child") {
		SHOW(tg(id, &it));
		SHOW(tc(CLOCK_MONOTONIC, NULL, &id2));
		CHECK(id2 >= 0);
	}

	SECTION("errors");
	SHOW(tc(100, NULL, &id2));
	SHOW(tc(CLOCK_MONOTONIC, BADP, &id2));
	SHOW(tc(CLOCK_MONOTONIC, NULL, BADP));
	SHOW(tc(100, BADP, &id2));
	ev = (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65};
	SHOW(tc(CLOCK_MONOTONIC, &ev, &id2));
	ev.sigev_signo = 0;
	SHOW(tc(CLOCK_MONOTONIC, &ev, &id2));
	ev = (struct sigevent){.sigev_notify = 77, .sigev_signo = SIGUSR1};
	SHOW(tc(CLOCK_MONOTONIC, &ev, &id2));
	ev = (struct sigevent){.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1};
	ev._sigev_un._tid = getppid();
	SHOW(tc(CLOCK_MONOTONIC, &ev, &id2));
	SHOW(ts_(9999, 0, &it, NULL));
	SHOW(ts_(-1, 0, &it, NULL));
	it.it_value.tv_nsec = 1000000000;
	SHOW(ts_(id, 0, &it, NULL));
	SHOW(ts_(9999, 0, &it, NULL));
	SHOW(ts_(id, 0, BADP, NULL));
	SHOW(ts_(id, 0, NULL, NULL));
	it = in(0, 0);
	SHOW(ts_(id, 0, &it, BADP));
	SHOW(tg(9999, &it));
	SHOW(tg(id, BADP));
	SHOW(syscall(SYS_timer_getoverrun, 9999));
	SHOW(syscall(SYS_timer_delete, 9999));
	SHOW(syscall(SYS_timer_delete, id));
	SHOW(syscall(SYS_timer_delete, id));
	return 0;
}
