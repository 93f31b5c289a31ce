/* __WCLONE, __WALL, __WNOTHREAD: children with another exit signal than SIGCHLD, and children of other threads. */
#include "vkproc.h"

static int usr1, chld;
static void count(int s)
{
	if (s == SIGUSR1)
		usr1++;
	else
		chld++;
}

static pid_t clone_exit(int sig, int code)
{
	fflush(stdout);
	pid_t p = syscall(SYS_clone, (long)sig, 0L, 0L, 0L, 0L);
	if (p == 0)
		_exit(code);
	return p;
}

static void w(const char *what, pid_t p, int opt)
{
	int st = 0;
	pid_t r = waitpid(p, &st, opt);
	printf("%s: %s\n", what, r > 0 ? t_status(st) : r == 0 ? "nothing" : t_errname(errno));
}

static void *thread(void *arg)
{
	w("other thread, __WNOTHREAD", *(pid_t *)arg, __WNOTHREAD);
	w("other thread", *(pid_t *)arg, 0);
	return NULL;
}

int main(void)
{
	p_handler(SIGUSR1, count, SA_RESTART);
	p_handler(SIGCHLD, count, SA_RESTART);
	p_block(SIGCHLD);

	pid_t p = clone_exit(SIGUSR1, 1);
	w("exit signal USR1, plain", p, 0);
	w("exit signal USR1, plain, any", -1, 0);
	w("exit signal USR1, __WCLONE", p, __WCLONE);
	printf("USR1 %d CHLD %d\n", usr1, chld);
	p = clone_exit(SIGUSR1, 2);
	w("exit signal USR1, __WALL", p, __WALL);
	printf("USR1 %d CHLD %d\n", usr1, chld);
	p = clone_exit(0, 3);
	w("no exit signal, plain", p, 0);
	w("no exit signal, __WCLONE", -1, __WCLONE);
	p_showpending("pending");
	p = clone_exit(SIGCHLD, 4);
	w("SIGCHLD, __WCLONE", p, __WCLONE);
	w("SIGCHLD, __WCLONE, any", -1, __WCLONE | WNOHANG);
	w("SIGCHLD, __WALL", p, __WALL);
	p_unblock(SIGCHLD);
	printf("USR1 %d CHLD %d\n", usr1, chld);

	p = clone_exit(SIGCHLD, 5);
	p_join(p_thread(thread, &p));
	w("main thread", p, 0);

	/* After an exec the exit signal is SIGCHLD whatever it was. */
	fflush(stdout);
	p = syscall(SYS_clone, (long)SIGUSR1, 0L, 0L, 0L, 0L);
	if (p == 0) {
		execl("/bin/sh", "sh", "-c", "exit 6", NULL);
		_exit(99);
	}
	siginfo_t si;
	while (waitid(P_PID, p, &si, WEXITED | WNOWAIT | __WALL) < 0 && errno == EINTR)
		;
	w("exec'd, plain", p, 0);
	printf("USR1 %d CHLD %d\n", usr1, chld);
	return 0;
}
