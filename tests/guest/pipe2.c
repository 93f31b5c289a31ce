/* pipe and pipe2: ends, flags, FIONREAD, EOF, EPIPE, non-blocking ends. */
#include "vktest.h"

static int no_reader(void)
{
	int p[2];
	MUST(pipe(p));
	close(p[0]);
	write(p[1], "x", 1);
	return 1;
}

int main(void)
{
	int p[2], n;
	char b[64];

	SECTION("pipe");
	SHOW(syscall(SYS_pipe, p));
	CHECK(p[1] == p[0] + 1);
	SHOW_X(fcntl(p[0], F_GETFL));
	SHOW_X(fcntl(p[1], F_GETFL));
	SHOW(fcntl(p[0], F_GETFD));
	SHOW(write(p[1], "hello", 5));
	SHOW(write(p[1], " world", 6));
	SHOW(ioctl(p[0], FIONREAD, &n));
	SHOW(n);
	SHOW(ioctl(p[1], FIONREAD, &n));
	SHOW(n);
	SHOW(read(p[0], b, 3));
	SHOW(read(p[0], b, sizeof b));
	t_quote("b", b, 8);
	SHOW(write(p[1], "", 0));
	SHOW(write(p[0], "x", 1));
	SHOW(read(p[1], b, 1));
	SHOW(lseek(p[0], 0, SEEK_CUR));

	SECTION("end of file and EPIPE");
	SHOW(write(p[1], "rest", 4));
	SHOW(close(p[1]));
	SHOW(read(p[0], b, sizeof b));
	SHOW(read(p[0], b, sizeof b));
	SHOW(read(p[0], b, sizeof b));
	close(p[0]);
	printf("write without reader: %s\n", t_status(t_child(no_reader)));
	signal(SIGPIPE, SIG_IGN);
	MUST(pipe(p));
	close(p[0]);
	SHOW(write(p[1], "x", 1));
	SHOW(write(p[1], "", 0));
	close(p[1]);

	SECTION("pipe2");
	SHOW(pipe2(p, O_CLOEXEC));
	SHOW(fcntl(p[0], F_GETFD));
	SHOW(fcntl(p[1], F_GETFD));
	SHOW(pipe2(p, O_NONBLOCK));
	SHOW_X(fcntl(p[0], F_GETFL));
	SHOW_X(fcntl(p[1], F_GETFL));
	SHOW(read(p[0], b, 1));
	SHOW(pipe2(p, O_DIRECT));
	SHOW_X(fcntl(p[1], F_GETFL));

	SECTION("errors leave no descriptor behind");
	int before = MUST(dup(0));
	close(before);
	SHOW(pipe2(p, O_APPEND));
	SHOW(pipe2(p, O_RDWR));
	SHOW(pipe2(BADP, 0));
	SHOW(pipe2(BADP, O_APPEND));
	SHOW(pipe2(t_readonly(NULL, 8), 0));
	SHOW(syscall(SYS_pipe, BADP));
	int after = MUST(dup(0));
	CHECK(before == after);
	return 0;
}
