/* pidfd_open: of oneself, a child, the parent; flags and errors; poll and epoll at the end of the process. */
#include "vkproc.h"
#include <sys/epoll.h>

static long po(pid_t p, unsigned flags)
{
	return syscall(SYS_pidfd_open, p, flags);
}

static void *thread(void *arg)
{
	/* Which error depends on the kernel's version. */
	CHECK(po(p_gettid(), 0) < 0);
	return arg;
}

int main(void)
{
	int fd = SHOW_OK(po(getpid(), 0));
	SHOW_X(fcntl(fd, F_GETFD));
	SHOW(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
	close(fd);
	SHOW_OK(po(getppid(), 0));
	fd = SHOW_OK(po(getpid(), O_NONBLOCK));
	SHOW_X(fcntl(fd, F_GETFL) & O_NONBLOCK);
	SHOW(po(0, 0));
	SHOW(po(-1, 0));
	SHOW(po(INT_MAX, 0));
	SHOW(po(getpid(), 1));
	SHOW(po(getpid(), O_CLOEXEC));
	SHOW(po(-1, 1));
	p_join(p_thread(thread, NULL));

	struct t_gate g = t_gate();
	pid_t p = t_fork();
	if (p == 0) {
		t_gate_pass(&g);
		t_exit(3);
	}
	fd = MUST(po(p, 0));
	int ep = MUST(epoll_create1(0));
	struct epoll_event ev = {.events = EPOLLIN, .data.u32 = 77};
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	SHOW(epoll_wait(ep, &ev, 1, 0));
	t_gate_open(&g);
	SHOW(epoll_wait(ep, &ev, 1, 10000));
	printf("events %x data %u\n", ev.events & EPOLLIN, ev.data.u32);
	/* A zombie has a pidfd, a process that was waited for has none. */
	SHOW_OK(po(p, 0));
	p_wait("child", p);
	SHOW(po(p, 0));
	SHOW(epoll_wait(ep, &ev, 1, 0));
	/* In a child the descriptor means the same process. */
	fd = MUST(po(getpid(), 0));
	IN_CHILD("child") {
		SHOW(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
		siginfo_t si;
		SHOW(waitid(P_PIDFD, fd, &si, WEXITED));
	}
	return 0;
}
