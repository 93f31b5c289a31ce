/* pidfd_getfd: a descriptor of another process: same open file, close-on-exec, and its errors. */
#include "vkproc.h"

static long pg(int pidfd, int fd, unsigned flags)
{
	return syscall(SYS_pidfd_getfd, pidfd, fd, flags);
}

int main(void)
{
	struct t_gate ready = t_gate(), done = t_gate();
	t_write_file("f", "0123456789");
	pid_t p = t_fork();
	if (p == 0) {
		int fd = MUST(open("f", O_RDWR));
		MUST(dup2(fd, 50));
		close(fd);
		MUST(lseek(50, 3, SEEK_SET));
		t_gate_open(&ready);
		t_gate_pass(&done);
		SHOW(lseek(50, 0, SEEK_CUR));
		t_exit(0);
	}
	t_gate_pass(&ready);
	int pidfd = MUST(syscall(SYS_pidfd_open, p, 0));
	SHOW(fcntl(50, F_GETFD));
	int fd = SHOW_OK(pg(pidfd, 50, 0));
	SHOW_X(fcntl(fd, F_GETFD));
	char b[4] = "";
	SHOW(read(fd, b, 3));
	SHOW_STR(b);
	SHOW(lseek(fd, 8, SEEK_SET));

	SECTION("errors");
	SHOW(pg(pidfd, 51, 0));
	SHOW(pg(pidfd, -1, 0));
	SHOW(pg(pidfd, 50, 1));
	SHOW(pg(-1, 50, 0));
	SHOW(pg(1, 50, 0));
	SHOW(pg(-1, 50, 1));
	t_gate_open(&done);
	p_wait("child", p);
	SHOW(pg(pidfd, 50, 0));
	/* Of oneself it is a dup. */
	pidfd = MUST(syscall(SYS_pidfd_open, getpid(), 0));
	int d = MUST(pg(pidfd, fd, 0));
	CHECK(d != fd);
	SHOW(lseek(d, 0, SEEK_CUR));
	return 0;
}
