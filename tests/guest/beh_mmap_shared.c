/* MAP_SHARED memory between related processes: counters, locks, generations, after exec of others, unmap in one. */
#include "vkproc.h"

struct shared {
	pthread_mutex_t m;
	pthread_barrier_t b;
	int counter, atomic;
	char text[64];
};

int main(void)
{
	struct shared *s = t_shared(sizeof *s);
	pthread_mutexattr_t ma;
	pthread_mutexattr_init(&ma);
	pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&s->m, &ma);
	pthread_barrierattr_t ba;
	pthread_barrierattr_init(&ba);
	pthread_barrierattr_setpshared(&ba, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&s->b, &ba, 4);
	pid_t p[4];
	for (int k = 0; k < 4; k++)
		if ((p[k] = t_fork()) == 0) {
			pthread_barrier_wait(&s->b);
			for (int i = 0; i < 2000; i++) {
				pthread_mutex_lock(&s->m);
				s->counter++;
				pthread_mutex_unlock(&s->m);
				__atomic_add_fetch(&s->atomic, 1, __ATOMIC_SEQ_CST);
			}
			t_exit(k);
		}
	for (int k = 0; k < 4; k++)
		p_wait("worker", p[k]);
	printf("%d %d\n", s->counter, s->atomic);
	IN_CHILD("child") {
		IN_CHILD("grandchild") {
			strcpy(s->text, "from the grandchild");
			munmap(s, sizeof *s);
		}
		printf("%s\n", s->text);
		strcpy(s->text, "from the child");
		MUST(mprotect(s, 4096, PROT_READ));
	}
	printf("%s\n", s->text);
	strcpy(s->text, "here it can still be written");
	printf("%s\n", s->text);
	/* Fresh shared memory is zero, and not that of another mapping. */
	char *t = t_shared(4096);
	printf("%d\n", t[0]);
	/* A child that maps shared memory after the fork has it for itself. */
	IN_CHILD("own") {
		char *u = mmap(t, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		u[0] = 'u';
	}
	printf("%d\n", t[0]);
	/* Ping and pong by spinning, then by futex in the shared word: both see the other's last value. */
	p[0] = t_fork();
	if (p[0] == 0) {
		for (int i = 0; i < 200; i++) {
			while (__atomic_load_n(&s->atomic, __ATOMIC_SEQ_CST) != 2 * i + 1)
				sched_yield();
			__atomic_store_n(&s->atomic, 2 * i + 2, __ATOMIC_SEQ_CST);
		}
		t_exit(0);
	}
	s->atomic = 0;
	for (int i = 0; i < 200; i++) {
		__atomic_store_n(&s->atomic, 2 * i + 1, __ATOMIC_SEQ_CST);
		while (__atomic_load_n(&s->atomic, __ATOMIC_SEQ_CST) != 2 * i + 2)
			sched_yield();
	}
	p_wait("pong", p[0]);
	return 0;
}
