/* RLIMIT_NOFILE: EMFILE from each call that makes descriptors, what is above stays, dup2 and F_DUPFD beyond it, select's and poll's limits. */
#include "vkproc.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

int main(void)
{
	struct rlimit rl;
	int p[2];
	MUST(dup2(1, 30));
	getrlimit(RLIMIT_NOFILE, &rl);
	rl.rlim_cur = 10;
	MUST(setrlimit(RLIMIT_NOFILE, &rl));
	int last = -1, n = 0, fd;
	while ((fd = dup(1)) >= 0)
		last = fd, n++;
	printf("%d, the last %d, then %s\n", n, last, t_errname(errno));
	SHOW(open("/", O_RDONLY));
	SHOW(open("new", O_RDWR | O_CREAT, 0644));
	SHOW(access("new", F_OK));
	SHOW(pipe(p));
	SHOW(socket(AF_UNIX, SOCK_STREAM, 0));
	SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, p));
	SHOW(eventfd(0, 0));
	SHOW(epoll_create1(0));
	SHOW(timerfd_create(CLOCK_MONOTONIC, 0));
	SHOW(memfd_create("x", 0));
	SHOW(fcntl(1, F_DUPFD, 0));
	SHOW(fcntl(1, F_DUPFD, 10));
	SHOW(fcntl(1, F_DUPFD, 5));
	SHOW(dup2(1, 10));
	SHOW(dup2(1, 9));
	SHOW(dup3(1, 10, 0));
	SHOW(dup2(99, 10));
	SHOW(syscall(SYS_pidfd_open, getpid(), 0));
	/* One is free: a pipe needs two. */
	close(9);
	SHOW(pipe(p));
	SHOW(dup(1));
	/* What was opened above the limit goes on working. */
	SHOW(write(30, "", 0));
	SHOW(fcntl(30, F_GETFD));
	SHOW(dup2(30, 30));
	SHOW(dup2(30, 31));
	struct pollfd pf[20] = {{0}};
	SHOW(poll(pf, 11, 0));
	SHOW(poll(pf, 10, 0) >= 0);
	IN_CHILD("child")
		SHOW(dup(1));
	rl.rlim_cur = 0;
	MUST(setrlimit(RLIMIT_NOFILE, &rl));
	SHOW(dup(1));
	close(3);
	SHOW(dup(1));
	SHOW(poll(pf, 1, 0));
	return 0;
}
