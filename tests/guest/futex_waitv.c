/* futex_waitv: the index of who was woken, values that differ, time limits, a signal; errors in their order. */
#include "vkproc.h"
#include <linux/futex.h>

static long wv(void *v, unsigned n, unsigned flags, void *ts, int clock)
{
	return syscall(SYS_futex_waitv, v, n, flags, ts, clock);
}

static unsigned *word;
static struct futex_waitv v[129];

static void *waker(void *arg)
{
	/* Until it was there to be woken. */
	while (syscall(SYS_futex, arg, FUTEX_WAKE, 1, NULL, NULL, 0) == 0)
		t_sleep_ms(1);
	return NULL;
}

static void on_usr1(int s) { (void)s; }
static void *sender(void *arg)
{
	p_asleep(getpid(), getpid());
	pthread_kill(*(pthread_t *)arg, SIGUSR1);
	return NULL;
}

int main(void)
{
	word = t_shared(T_PAGE);
	for (unsigned i = 0; i < 129; i++)
		v[i] = (struct futex_waitv){0, (unsigned long)&word[i % 128], FUTEX_32, 0};
	struct timespec past = {0}, soon, neg = {-1, 0}, big = {0, 1000000000};
	clock_gettime(CLOCK_MONOTONIC, &past);
	SHOW(wv(v, 3, 0, &past, CLOCK_MONOTONIC));
	clock_gettime(CLOCK_REALTIME, &soon);
	soon.tv_sec += (soon.tv_nsec += 20000000) >= 1000000000;
	soon.tv_nsec %= 1000000000;
	SHOW(wv(v, 128, 0, &soon, CLOCK_REALTIME));
	for (unsigned i = 0; i < 3; i++) {
		pthread_t t = p_thread(waker, &word[i * 50]);
		SHOW_AS(wv(v, 128, 0, NULL, 77), "woken at %u", i * 50);
		p_join(t);
	}
	word[5] = 1;
	SHOW(wv(v, 5, 0, &past, CLOCK_MONOTONIC));
	SHOW(wv(v, 6, 0, &past, CLOCK_MONOTONIC));
	v[5].val = 1;
	SHOW(wv(v, 6, 0, &past, CLOCK_MONOTONIC));
	p_handler(SIGUSR1, on_usr1, 0);
	pthread_t me = pthread_self(), t = p_thread(sender, &me);
	SHOW(wv(v, 6, 0, NULL, 0));
	p_join(t);

	SECTION("errors");
	SHOW(wv(v, 0, 0, NULL, 0));
	SHOW(wv(v, 129, 0, NULL, 0));
	SHOW(wv(NULL, 1, 0, NULL, 0));
	SHOW(wv(BADP, 1, 0, NULL, 0));
	SHOW(wv(v, 1, 1, NULL, 0));
	SHOW(wv(v, 1, 0, &past, CLOCK_BOOTTIME));
	SHOW(wv(v, 1, 0, &neg, CLOCK_MONOTONIC));
	SHOW(wv(v, 1, 0, &big, CLOCK_MONOTONIC));
	SHOW(wv(v, 1, 0, BADP, CLOCK_MONOTONIC));
	SHOW(wv(BADP, 1, 0, BADP, 77));
	SHOW(wv(BADP, 0, 1, BADP, 77));
	v[1].flags = 0;
	SHOW(wv(v, 2, 0, &past, CLOCK_MONOTONIC));
	v[1].flags = FUTEX_32 | 0x40;
	SHOW(wv(v, 2, 0, &past, CLOCK_MONOTONIC));
	v[1].flags = FUTEX_32 | FUTEX_PRIVATE_FLAG;
	SHOW(wv(v, 2, 0, &past, CLOCK_MONOTONIC));
	v[1].__reserved = 1;
	SHOW(wv(v, 2, 0, &past, CLOCK_MONOTONIC));
	v[1].__reserved = 0;
	v[1].uaddr = (unsigned long)word + 1;
	SHOW(wv(v, 2, 0, &past, CLOCK_MONOTONIC));
	v[1].uaddr = (unsigned long)BADP;
	SHOW(wv(v, 2, 0, &past, CLOCK_MONOTONIC));
	v[1].uaddr = (unsigned long)word;
	v[1].val = 1UL << 32;
	SHOW(wv(v, 2, 0, &past, CLOCK_MONOTONIC));
	/* A bad one after one that differs. */
	v[0].val = 9;
	v[1] = (struct futex_waitv){0, 0x10, FUTEX_32, 0};
	SHOW(wv(v, 2, 0, &past, CLOCK_MONOTONIC));
	return 0;
}
