// build: static musl-static
/* pthreads, the everyday parts: create, join, detach, return values, mutexes of all kinds, conditions, once, keys, barriers, semaphores, rwlocks. */
#include "vkproc.h"
#include <semaphore.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t bar;
static sem_t items, room;
static int counter, once_calls, destroyed, serial, queue[4], qin, qout;
static __thread int tls = 5;
static volatile int detached;

static void init(void) { once_calls++; }
static void destroy(void *v)
{
	destroyed += (int)(long)v;
}

static void *returns(void *a) { return (char *)a + 1; }
static void *exits(void *a)
{
	pthread_exit((char *)a + 2);
}
static void *count(void *a)
{
	for (int i = 0; i < 20000; i++) {
		pthread_mutex_lock(&m);
		counter++;
		pthread_mutex_unlock(&m);
	}
	return a;
}
static void *misc(void *a)
{
	pthread_once(&once, init);
	pthread_setspecific(key, a);
	tls += (int)(long)a;
	if (pthread_barrier_wait(&bar) == PTHREAD_BARRIER_SERIAL_THREAD)
		__atomic_add_fetch(&serial, 1, __ATOMIC_SEQ_CST);
	return (void *)(long)tls;
}
static void *detaches(void *a)
{
	pthread_detach(pthread_self());
	detached = 1;
	return a;
}

static int turn;
static void *in_turn(void *a)
{
	int i = (int)(long)a;
	for (int r = 0; r < 100; r++) {
		pthread_mutex_lock(&m);
		while (turn % 4 != i)
			pthread_cond_wait(&c, &m);
		turn++;
		pthread_cond_broadcast(&c);
		pthread_mutex_unlock(&m);
	}
	return NULL;
}
static void *producer(void *a)
{
	for (int i = 1; i <= 500; i++) {
		sem_wait(&room);
		queue[qin++ % 4] = i;
		sem_post(&items);
	}
	return a;
}
static void *consumer(void *a)
{
	long sum = 0;
	(void)a;
	for (int i = 0; i < 500; i++) {
		sem_wait(&items);
		sum += queue[qout++ % 4];
		sem_post(&room);
	}
	return (void *)sum;
}
static long shared_value;
static void *reader(void *a)
{
	long bad = 0;
	(void)a;
	for (int i = 0; i < 500; i++) {
		pthread_rwlock_rdlock(&rw);
		bad += shared_value % 2;
		pthread_rwlock_unlock(&rw);
	}
	return (void *)bad;
}
static void *writer(void *a)
{
	for (int i = 0; i < 200; i++) {
		pthread_rwlock_wrlock(&rw);
		shared_value++;
		sched_yield();
		shared_value++;
		pthread_rwlock_unlock(&rw);
	}
	return a;
}

int main(void)
{
	printf("%ld %ld\n", (long)p_join(p_thread(returns, (void *)41)), (long)p_join(p_thread(exits, (void *)41)));
	pthread_t t[8];
	for (int i = 0; i < 4; i++)
		t[i] = p_thread(count, NULL);
	for (int i = 0; i < 4; i++)
		p_join(t[i]);
	SHOW(counter);
	pthread_key_create(&key, destroy);
	pthread_barrier_init(&bar, NULL, 4);
	long sum = 0;
	for (long i = 0; i < 4; i++)
		t[i] = p_thread(misc, (void *)(i + 1));
	for (int i = 0; i < 4; i++)
		sum += (long)p_join(t[i]);
	printf("tls %ld, own %d, once %d, destroyed %d, serial %d\n", sum, tls, once_calls, destroyed, serial);
	pthread_t d = p_thread(detaches, NULL);
	(void)d;
	while (!detached)
		sched_yield();
	for (long i = 0; i < 4; i++)
		t[i] = p_thread(in_turn, (void *)i);
	for (int i = 0; i < 4; i++)
		p_join(t[i]);
	SHOW(turn);
	sem_init(&items, 0, 0), sem_init(&room, 0, 4);
	t[0] = p_thread(producer, NULL), t[1] = p_thread(consumer, NULL);
	p_join(t[0]);
	printf("sum %ld\n", (long)p_join(t[1]));
	for (int i = 0; i < 4; i++)
		t[i] = p_thread(i < 3 ? reader : writer, NULL);
	sum = 0;
	for (int i = 0; i < 4; i++)
		sum += (long)p_join(t[i]);
	printf("torn reads %ld, value %ld\n", sum, shared_value);

	SECTION("kinds and errors");
	pthread_mutexattr_t a;
	pthread_mutex_t r;
	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&r, &a);
	SHOW_E(pthread_mutex_lock(&r));
	SHOW_E(pthread_mutex_lock(&r));
	SHOW_E(pthread_mutex_unlock(&r));
	SHOW_E(pthread_mutex_unlock(&r));
	SHOW_E(pthread_mutex_unlock(&r));
	SHOW_E(pthread_mutex_trylock(&m));
	SHOW_E(pthread_mutex_trylock(&m));
	struct timespec past = {1, 0}, soon;
	SHOW_E(pthread_mutex_timedlock(&m, &past));
	SHOW_E(pthread_cond_timedwait(&c, &m, &past));
	clock_gettime(CLOCK_REALTIME, &soon);
	soon.tv_nsec += 20000000;
	if (soon.tv_nsec >= 1000000000)
		soon.tv_sec++, soon.tv_nsec -= 1000000000;
	SHOW_E(pthread_cond_timedwait(&c, &m, &soon));
	pthread_mutex_unlock(&m);
	sem_t s;
	sem_init(&s, 0, 1);
	SHOW(sem_trywait(&s));
	SHOW(sem_trywait(&s));
	SHOW(sem_timedwait(&s, &past));
	SHOW_E(pthread_rwlock_tryrdlock(&rw));
	SHOW_E(pthread_rwlock_trywrlock(&rw));
	SHOW_E(pthread_rwlock_unlock(&rw));
#ifdef __GLIBC__
	SHOW_E(pthread_join(pthread_self(), NULL));
#endif
	return 0;
}
