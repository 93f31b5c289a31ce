/* timer_gettime: off, running, gone off, with an interval, without signals; errors. */
#include "vkproc.h"

static int create(clockid_t c, int sig)
{
	int id = -1;
	struct sigevent ev = {.sigev_notify = sig ? SIGEV_SIGNAL : SIGEV_NONE, .sigev_signo = sig};
	MUST(syscall(SYS_timer_create, c, &ev, &id));
	return id;
}

static void show(int id)
{
	struct itimerspec it = {{9, 9}, {9, 9}};
	MUST(syscall(SYS_timer_gettime, id, &it));
	printf("%s, interval %ld.%09ld\n", it.it_value.tv_sec || it.it_value.tv_nsec ? "running" : "off", (long)it.it_interval.tv_sec, it.it_interval.tv_nsec);
}

int main(void)
{
	signal(SIGUSR1, SIG_IGN);
	int id = create(CLOCK_MONOTONIC, SIGUSR1), none = create(CLOCK_BOOTTIME, 0);
	show(id), show(none);
	struct itimerspec it = {{0, 0}, {0, 3000000}};
	MUST(syscall(SYS_timer_settime, id, 0, &it, NULL));
	MUST(syscall(SYS_timer_settime, none, 0, &it, NULL));
	t_sleep_ms(10);
	show(id), show(none);
	it = (struct itimerspec){{0, 7000000}, {0, 3000000}};
	MUST(syscall(SYS_timer_settime, none, 0, &it, NULL));
	t_sleep_ms(20);
	show(none);
	struct itimerspec now;
	MUST(syscall(SYS_timer_gettime, none, &now));
	CHECK(now.it_value.tv_sec == 0 && now.it_value.tv_nsec > 0 && now.it_value.tv_nsec <= 7000000);
	it.it_value.tv_sec = 300;
	MUST(syscall(SYS_timer_settime, id, 0, &it, NULL));
	show(id);
	SHOW(syscall(SYS_timer_gettime, 9999, &it));
	SHOW(syscall(SYS_timer_gettime, -1, &it));
	SHOW(syscall(SYS_timer_gettime, id, BADP));
	SHOW(syscall(SYS_timer_gettime, 9999, BADP));
	return 0;
}
