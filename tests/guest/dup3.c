/* dup3: dup2 with O_CLOEXEC, and no dup onto itself. */
#include "vktest.h"

#define DUP3(a, b, f) syscall(SYS_dup3, a, b, f)

int main(void)
{
	t_write_file("f", "x");
	int f = MUST(open("f", O_RDONLY));
	SHOW(DUP3(f, 50, O_CLOEXEC));
	SHOW(fcntl(50, F_GETFD));
	SHOW(DUP3(f, 50, 0));
	SHOW(fcntl(50, F_GETFD));
	SHOW(fcntl(f, F_GETFD));
	SHOW(DUP3(50, f, O_CLOEXEC) - f);
	SHOW(fcntl(f, F_GETFD));
	SHOW(fcntl(50, F_GETFD));

	SECTION("errors");
	SHOW(DUP3(f, f, 0));
	SHOW(DUP3(f, f, O_CLOEXEC));
	SHOW(DUP3(60, 60, 0));
	SHOW(DUP3(60, 61, 0));
	SHOW(DUP3(f, 61, O_NONBLOCK));
	SHOW(DUP3(f, 61, 1));
	SHOW(DUP3(60, 60, 1));
	SHOW(DUP3(f, -1, 0));
	SHOW(DUP3(-1, 61, 0));
	SHOW(DUP3(f, 1 << 30, O_CLOEXEC));
	SHOW(fcntl(61, F_GETFD));
	return 0;
}
