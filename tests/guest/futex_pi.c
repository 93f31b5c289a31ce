/* Priority-inheriting futexes: lock, trylock, unlock, waiters, errors; and pthread mutexes that use them. */
#include "vkproc.h"
#include <linux/futex.h>

static long fx(void *u, int op, unsigned val, const void *ts)
{
	return syscall(SYS_futex, u, op, val, ts, NULL, 0);
}

static int word;
static volatile int tid, tried, got;
static void *locker(void *arg)
{
	(void)arg;
	tid = p_gettid();
	SHOW(fx(&word, FUTEX_TRYLOCK_PI, 0, NULL));
	tried = 1;
	long r = fx(&word, FUTEX_LOCK_PI, 0, NULL);
	got = 1;
	CHECK((word & FUTEX_TID_MASK) == (unsigned)p_gettid());
	SHOW(r);
	SHOW(fx(&word, FUTEX_UNLOCK_PI, 0, NULL));
	return NULL;
}

static void *dies(void *arg)
{
	pthread_mutex_lock(arg);
	return NULL;
}

int main(void)
{
	pid_t me = p_gettid();
	SHOW(fx(&word, FUTEX_LOCK_PI, 0, NULL));
	CHECK(word == me);
	SHOW(fx(&word, FUTEX_LOCK_PI, 0, NULL));
	SHOW(fx(&word, FUTEX_TRYLOCK_PI, 0, NULL));
	pthread_t t = p_thread(locker, NULL);
	while (!tried)
		sched_yield();
	p_asleep(getpid(), tid);
	for (int i = 0; i < 2000 && !(__atomic_load_n(&word, __ATOMIC_SEQ_CST) & FUTEX_WAITERS); i++)
		t_sleep_ms(1);
	CHECK(got == 0);
	long r = fx(&word, FUTEX_UNLOCK_PI, 0, NULL);
	p_join(t);
	SHOW(r);
	SHOW(word);
	SECTION("errors");
	SHOW(fx(&word, FUTEX_UNLOCK_PI, 0, NULL));
	word = INT_MAX & FUTEX_TID_MASK;
	SHOW(fx(&word, FUTEX_LOCK_PI, 0, NULL));
	SHOW(fx(BADP, FUTEX_LOCK_PI, 0, NULL));
	SHOW(fx((char *)&word + 1, FUTEX_LOCK_PI, 0, NULL));
	word = getppid();
	SHOW(fx(&word, FUTEX_UNLOCK_PI, 0, NULL));

	SECTION("pthread");
	pthread_mutexattr_t a;
	pthread_mutex_t m;
	pthread_mutexattr_init(&a);
	SHOW_E(pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT));
	pthread_mutexattr_settype(&a, PTHREAD_MUTEX_ERRORCHECK);
	SHOW_E(pthread_mutex_init(&m, &a));
	SHOW_E(pthread_mutex_lock(&m));
	SHOW_E(pthread_mutex_lock(&m));
	SHOW_E(pthread_mutex_unlock(&m));
	SHOW_E(pthread_mutex_unlock(&m));
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&m, &a);
	p_join(p_thread(dies, &m));
	SHOW_E(pthread_mutex_lock(&m));
	SHOW_E(pthread_mutex_consistent(&m));
	SHOW_E(pthread_mutex_unlock(&m));
	struct timespec past = {1, 0};
	SHOW_E(pthread_mutex_timedlock(&m, &past));
	SHOW_E(pthread_mutex_unlock(&m));
	return 0;
}
