/* close_range: ranges, CLOEXEC, UNSHARE. */
#include "vktest.h"
#include <linux/close_range.h>
#include <sched.h>

static void open_ones(void)
{
	printf("open:");
	for (int i = 3; i < 30; i++)
		if (fcntl(i, F_GETFD) >= 0)
			printf(" %d%s", i, fcntl(i, F_GETFD) & FD_CLOEXEC ? "c" : "");
	putchar('\n');
}
static void fill(void)
{
	t_write_file("f", "x");
	int fd = open("f", O_RDONLY);
	for (int i = 3; i < 20; i++)
		if (i != fd)
			dup2(fd, i);
}
#define CR(a, b, f) syscall(SYS_close_range, a, b, f)

int main(void)
{
	fill();
	SECTION("close_range");
	open_ones();
	SHOW(CR(10, 12, 0));
	open_ones();
	SHOW(CR(10, 12, 0));
	SHOW(CR(15, ~0U, 0));
	open_ones();
	SHOW(CR(7, 7, 0));
	SHOW(CR(4, 8, CLOSE_RANGE_CLOEXEC));
	open_ones();
	SHOW(CR(1000, 2000, 0));
	SHOW(CR(9, 8, 0));
	SHOW(CR(9, 8, 0x10));
	SHOW(CR(4, 5, 0x10));
	open_ones();

	SECTION("CLOSE_RANGE_UNSHARE leaves the other thread's table alone");
	fill();
	pid_t p = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
	if (p == 0) {
		syscall(SYS_close_range, 3, 10, CLOSE_RANGE_UNSHARE);
		_exit(fcntl(3, F_GETFD) == -1 ? 0 : 1);
	}
	printf("child: %s\n", t_status(t_waitpid(p)));
	open_ones();
	SECTION("a shared table is closed for both");
	p = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
	if (p == 0) {
		syscall(SYS_close_range, 3, 10, 0);
		_exit(0);
	}
	t_waitpid(p);
	open_ones();
	return 0;
}
