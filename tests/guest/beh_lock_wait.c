/* F_SETLKW: waiting, waking in turn, EINTR, EDEADLK, locks that end with a process; not inherited by fork, kept by exec. */
#define VK_KEEP_FDS /* execs itself */
#include "vktest.h"

static int fd;
static volatile int *stage;
static long lk(int cmd, int type, off_t start, off_t len)
{
	struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
	return fcntl(fd, cmd, &l);
}
static int waiter(void)
{
	SHOW(lk(F_SETLK, F_WRLCK, 0, 1));
	stage[3] = 1;
	SHOW(lk(F_SETLKW, F_WRLCK, 0, 1));
	printf("after the parent's unlock: %d\n", stage[0]);
	return 0;
}
static int interrupted(void)
{
	t_interrupt(30, 0);
	SHOW(lk(F_SETLKW, F_WRLCK, 0, 1));
	t_interrupt_stop();
	return 0;
}
static int holder(void)
{
	MUST(lk(F_SETLK, F_WRLCK, 0, 1));
	stage[1] = 1;
	pause();
	return 0;
}
static int try(void)
{
	SHOW(lk(F_SETLK, F_WRLCK, 0, 1));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1) { /* after exec: the lock is still ours, as another process sees */
		fd = atoi(argv[1]);
		t_child(try);
		return 0;
	}
	t_write_file("f", "0123456789");
	fd = MUST(open("f", O_RDWR));
	stage = t_shared(4096);

	SECTION("waiting for the other's unlock");
	MUST(lk(F_SETLK, F_WRLCK, 0, 1));
	pid_t p = t_fork();
	if (p == 0)
		t_exit(waiter());
	while (!stage[3])
		t_sleep_ms(5);
	t_wait_asleep(p);
	stage[0] = 1;
	MUST(lk(F_SETLK, F_UNLCK, 0, 0));
	t_waitpid(p);

	SECTION("EINTR");
	MUST(lk(F_SETLK, F_WRLCK, 0, 1));
	t_child(interrupted);
	MUST(lk(F_SETLK, F_UNLCK, 0, 0));

	SECTION("a killed process has no locks");
	p = t_fork();
	if (p == 0)
		t_exit(holder());
	while (!stage[1])
		t_sleep_ms(5);
	SHOW(lk(F_SETLK, F_RDLCK, 0, 1));
	kill(p, SIGKILL);
	SHOW(lk(F_SETLKW, F_RDLCK, 0, 1));
	printf("holder: %s\n", t_status(t_waitpid(p)));
	MUST(lk(F_SETLK, F_UNLCK, 0, 0));

	SECTION("EDEADLK: each waits for what the other has");
	MUST(lk(F_SETLK, F_WRLCK, 0, 1));
	stage[2] = 0;
	p = t_fork();
	if (p == 0) {
		MUST(lk(F_SETLK, F_WRLCK, 1, 1));
		stage[2] = 1;
		long r = lk(F_SETLKW, F_WRLCK, 0, 1);
		_exit(r == 0 ? 0 : errno == EDEADLK ? 1 : 2);
	}
	while (!stage[2])
		t_sleep_ms(5);
	t_sleep_ms(100); /* the child is waiting by now: so it is we who get the error */
	long r = lk(F_SETLKW, F_WRLCK, 1, 1);
	int e = errno;
	MUST(lk(F_SETLK, F_UNLCK, 0, 0));
	int st = t_waitpid(p);
	printf("one of the two: %d\n", (r == -1 && e == EDEADLK && st == 0) || (r == 0 && WEXITSTATUS(st) == 1));

	SECTION("not inherited by fork, kept by exec");
	MUST(lk(F_SETLK, F_WRLCK, 0, 1));
	t_child(try);
	char num[12];
	snprintf(num, sizeof num, "%d", fd);
	fflush(stdout);
	execl("/proc/self/exe", "again", num, NULL);
	return 1;
}
