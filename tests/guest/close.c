/* close: numbers are free again, bad numbers, the last close of a pipe's end. */
#include "vktest.h"

int main(void)
{
	int p[2], q[2];
	char c;
	t_write_file("f", "x");
	int fd = MUST(open("f", O_RDONLY));
	SHOW(close(fd));
	SHOW(close(fd));
	SHOW(close(-1));
	SHOW(close(100000));
	SHOW(read(fd, &c, 1));
	SHOW(fcntl(fd, F_GETFD));
	int a = MUST(open("f", O_RDONLY)), b = MUST(open("f", O_RDONLY));
	CHECK(a == fd && b == fd + 1);
	SHOW(close(a));
	CHECK(open("f", O_RDONLY) == a);

	SECTION("a pipe ends when the last descriptor of the other end is closed");
	MUST(pipe(p));
	int d = MUST(dup(p[1]));
	MUST(write(d, "x", 1));
	SHOW(close(p[1]));
	SHOW(read(p[0], &c, 1));
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	SHOW(read(p[0], &c, 1));
	SHOW(close(d));
	SHOW(read(p[0], &c, 1));

	SECTION("also when a process ends that had it");
	MUST(pipe(q));
	pid_t pid = t_fork();
	if (pid == 0) {
		close(q[0]);
		t_sleep_ms(50);
		_exit(0);
	}
	SHOW(close(q[1]));
	SHOW(read(q[0], &c, 1));
	t_waitpid(pid);

	SECTION("stdin, stdout and stderr are numbers like others");
	SHOW(close(0));
	SHOW(open("f", O_RDONLY));
	SHOW(read(0, &c, 1));
	int out = MUST(dup(1));
	fflush(stdout);
	close(1);
	int one = open("f", O_RDONLY);
	close(one);
	MUST(dup2(out, 1));
	SHOW(one);
	return 0;
}
