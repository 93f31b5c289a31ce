/* poll, select, epoll, sleeps, futex, semaphores, message queues: always EINTR, or restarted with the rest of their time. */
#include "vkproc.h"
#include <linux/futex.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>

static volatile int ticks;
static int act_at = 3;
static void (*volatile act)(void);
static void tick(int s)
{
	(void)s;
	if (++ticks == act_at && act)
		act();
}

static void start(int flags, void (*fn)(void))
{
	struct itimerval it = {{0, 10000}, {0, 10000}};
	ticks = 0;
	act = fn;
	p_handler(SIGALRM, tick, flags);
	MUST(setitimer(ITIMER_REAL, &it, NULL));
}

static void stop(void)
{
	struct itimerval it = {0};
	setitimer(ITIMER_REAL, &it, NULL);
}

static int efd;
static int word;
static sem_t sem;
static void post(void) { sem_post(&sem); }
static void wake(void)
{
	word = 1;
	syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
}
static void event(void) { eventfd_write(efd, 1); }

#define BOTH(what, call)                                                                                               \
	do {                                                                                                           \
		for (int i_ = 0; i_ < 2; i_++) {                                                                       \
			start(i_ ? SA_RESTART : 0, NULL);                                                              \
			SHOW_AS(call, "%s%s", what, i_ ? ", SA_RESTART" : "");                                         \
			stop();                                                                                        \
		}                                                                                                      \
	} while (0)

int main(void)
{
	efd = MUST(eventfd(0, 0));
	struct pollfd pf = {efd, POLLIN, 0};
	struct timespec ts = {10, 0}, rem;
	sigset_t none = p_set(0);
	SECTION("these say EINTR even with SA_RESTART");
	BOTH("poll", poll(&pf, 1, 10000));
	BOTH("poll for ever", poll(&pf, 1, -1));
	BOTH("ppoll", ppoll(&pf, 1, &ts, &none));
	fd_set fds;
	struct timeval tv = {10, 0};
	FD_ZERO(&fds);
	FD_SET(efd, &fds);
	BOTH("select", select(efd + 1, &fds, NULL, NULL, &tv));
	CHECK(tv.tv_sec < 10 && tv.tv_sec >= 5);
	CHECK(FD_ISSET(efd, &fds));
	BOTH("pselect", pselect(efd + 1, &fds, NULL, NULL, &ts, &none));
	CHECK(ts.tv_sec == 10);
	int ep = MUST(epoll_create1(0));
	struct epoll_event ev = {.events = EPOLLIN};
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, efd, &ev));
	BOTH("epoll_wait", epoll_wait(ep, &ev, 1, 10000));
	BOTH("epoll_pwait", epoll_pwait(ep, &ev, 1, -1, &none));
	ts = (struct timespec){10, 0};
	BOTH("nanosleep", nanosleep(&ts, &rem));
	CHECK(rem.tv_sec < 10 && rem.tv_sec >= 5);
	BOTH("clock_nanosleep", clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &rem) == EINTR);
	CHECK(rem.tv_sec < 10 && rem.tv_sec >= 5);
	BOTH("nanosleep into a bad address", syscall(SYS_nanosleep, &ts, BADP));
	BOTH("pause", pause());
	sigset_t s = p_set(SIGUSR1, 0);
	p_block(SIGUSR1);
	BOTH("sigtimedwait", sigtimedwait(&s, NULL, &ts));
	BOTH("futex with a timeout", syscall(SYS_futex, &word, FUTEX_WAIT, 0, &ts, NULL, 0));
	start(0, NULL);
	unsigned left = sleep(10);
	stop();
	CHECK(left >= 5 && left <= 10);

	SECTION("these go on with SA_RESTART");
	sem_init(&sem, 0, 0);
	start(0, NULL);
	SHOW(sem_wait(&sem));
	start(SA_RESTART, post);
	SHOW(sem_wait(&sem));
	CHECK(ticks >= 3);
	start(0, NULL);
	SHOW(syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0));
	start(SA_RESTART, wake);
	SHOW(syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0));
	stop();
	eventfd_t v;
	start(0, NULL);
	SHOW(eventfd_read(efd, &v));
	start(SA_RESTART, event);
	SHOW(eventfd_read(efd, &v));
	stop();
	struct timespec abs;
	clock_gettime(CLOCK_MONOTONIC, &abs);
	abs.tv_sec += 10;
	start(SA_RESTART, NULL);
	SHOW(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &abs, NULL) == EINTR);
	stop();
	/* A sleep that is stopped and continued, without a handler, is none the wiser. */
	pid_t p = t_fork();
	if (p == 0) {
		long t = t_now_ms();
		ts = (struct timespec){0, 300000000};
		SHOW(nanosleep(&ts, &rem));
		CHECK(t_now_ms() - t >= 300);
		t_exit(0);
	}
	p_asleep(p, p);
	kill(p, SIGSTOP);
	siginfo_t si;
	waitid(P_PID, p, &si, WSTOPPED);
	kill(p, SIGCONT);
	p_wait("stopped and continued", p);
	return 0;
}
