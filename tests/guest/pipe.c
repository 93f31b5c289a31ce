/* pipe, the old number: no flags, both ends inherited and shared; see pipe2.c for the rest. */
#include "vktest.h"

#define PIPE(p) syscall(SYS_pipe, p)

int main(void)
{
	int p[2] = {-7, -7};
	char b[16];
	SHOW(PIPE(p));
	CHECK(p[0] == 3 && p[1] == 4);
	SHOW_X(fcntl(p[0], F_GETFL));
	SHOW_X(fcntl(p[1], F_GETFL));
	SHOW(fcntl(p[0], F_GETFD) | fcntl(p[1], F_GETFD));
	pid_t c = t_fork();
	if (c == 0) {
		close(p[0]);
		_exit(write(p[1], "from a child", 12) != 12);
	}
	close(p[1]);
	SHOW(read(p[0], b, sizeof b));
	SHOW(read(p[0], b, sizeof b));
	printf("child: %s\n", t_status(t_waitpid(c)));
	close(p[0]);

	SECTION("the lowest numbers");
	close(0);
	SHOW(PIPE(p));
	printf("%d %d\n", p[0], p[1]);

	SECTION("errors: nothing is written, no descriptor is left");
	p[0] = p[1] = -7;
	SHOW(PIPE(BADP));
	SHOW(PIPE(NULLP));
	SHOW(PIPE(t_readonly(NULL, 8)));
	SHOW(PIPE((int *)((char *)t_edge(4))));
	SHOW(dup(1));
	return 0;
}
