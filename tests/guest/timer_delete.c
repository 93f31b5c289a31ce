/* timer_delete: it goes off no more, its number is free; twice is an error; what is pending may go with it. */
#include "vkproc.h"

static int create(clockid_t c, int sig)
{
	int id = -1;
	struct sigevent ev = {.sigev_notify = sig ? SIGEV_SIGNAL : SIGEV_NONE, .sigev_signo = sig};
	MUST(syscall(SYS_timer_create, c, &ev, &id));
	return id;
}

static volatile int n;
static void handler(int s)
{
	(void)s;
	n++;
}

int main(void)
{
	p_handler(SIGUSR1, handler, 0);
	int id = create(CLOCK_MONOTONIC, SIGUSR1);
	struct itimerspec it = {{0, 1000000}, {0, 1000000}};
	MUST(syscall(SYS_timer_settime, id, 0, &it, NULL));
	while (n < 3)
		t_sleep_ms(1);
	SHOW(syscall(SYS_timer_delete, id));
	int before = n;
	t_sleep_ms(20);
	CHECK(n - before <= 1);
	SHOW(syscall(SYS_timer_delete, id));
	SHOW(syscall(SYS_timer_delete, -1));
	SHOW(syscall(SYS_timer_delete, 9999));
	/* Many, all different, all deleted. */
	int ids[200], same = 0, bad = 0;
	for (int i = 0; i < 200; i++) {
		ids[i] = create(CLOCK_REALTIME, i & 1 ? SIGUSR1 : 0);
		for (int j = 0; j < i; j++)
			same += ids[i] == ids[j];
	}
	for (int i = 0; i < 200; i++)
		bad += syscall(SYS_timer_delete, ids[i]) != 0;
	printf("same %d bad %d\n", same, bad);
	return 0;
}
