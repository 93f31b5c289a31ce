/* timer_getoverrun: what was missed while the signal was waiting; 0 at first; errors. */
#include "vkproc.h"

static int create(clockid_t c, int sig)
{
	int id = -1;
	struct sigevent ev = {.sigev_notify = sig ? SIGEV_SIGNAL : SIGEV_NONE, .sigev_signo = sig};
	MUST(syscall(SYS_timer_create, c, &ev, &id));
	return id;
}

int main(void)
{
	p_block(SIGUSR1);
	int id = create(CLOCK_MONOTONIC, SIGUSR1);
	SHOW(syscall(SYS_timer_getoverrun, id));
	struct itimerspec it = {{0, 1000000}, {0, 1000000}};
	MUST(syscall(SYS_timer_settime, id, 0, &it, NULL));
	t_sleep_ms(40);
	sigset_t s = p_set(SIGUSR1, 0);
	siginfo_t si;
	MUST(sigwaitinfo(&s, &si));
	CHECK(si.si_overrun >= 20 && si.si_overrun < 5000);
	CHECK(syscall(SYS_timer_getoverrun, id) == si.si_overrun);
	it = (struct itimerspec){{0, 0}, {0, 1000000}};
	MUST(syscall(SYS_timer_settime, id, 0, &it, NULL));
	do
		MUST(sigwaitinfo(&s, &si));
	while (si.si_overrun);
	SHOW(si.si_overrun);
	SHOW(syscall(SYS_timer_getoverrun, 9999));
	SHOW(syscall(SYS_timer_getoverrun, -1));
	MUST(syscall(SYS_timer_delete, id));
	SHOW(syscall(SYS_timer_getoverrun, id));
	return 0;
}
