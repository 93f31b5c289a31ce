/* dup, dup2, dup3: numbers, flags, what is shared. */
#include "vktest.h"
#include <sys/resource.h>

int main(void)
{
	char b[8];
	t_write_file("f", "0123456789");
	t_write_file("g", "abcdefghij");
	int f = MUST(open("f", O_RDWR | O_CLOEXEC)), g = MUST(open("g", O_RDWR));

	SECTION("dup: the lowest number, no FD_CLOEXEC, the offset and flags shared");
	int d = SHOW_OK(dup(f));
	CHECK(d == g + 1);
	SHOW(fcntl(f, F_GETFD));
	SHOW(fcntl(d, F_GETFD));
	SHOW(read(d, b, 3));
	SHOW(lseek(f, 0, SEEK_CUR));
	SHOW(fcntl(d, F_SETFL, O_APPEND));
	SHOW_X(fcntl(f, F_GETFL));
	SHOW(close(f));
	SHOW(read(d, b, 1));
	t_quote("b", b, 1);

	SECTION("dup2");
	SHOW(dup2(d, 40));
	SHOW(read(40, b, 1));
	t_quote("b", b, 1);
	SHOW(dup2(g, 40));
	SHOW(read(40, b, 1));
	t_quote("b", b, 1);
	SHOW(fcntl(40, F_SETFD, FD_CLOEXEC));
	SHOW(dup2(40, 40));
	SHOW(fcntl(40, F_GETFD));
	SHOW(dup2(g, 40));
	SHOW(fcntl(40, F_GETFD));
	SHOW(dup2(-1, 40));
	SHOW(dup2(999, 999));
	SHOW(fcntl(40, F_GETFD));
	SHOW(dup2(g, -1));
	SHOW(dup2(g, 1 << 30));
	SHOW(dup2(999, -1));

	SECTION("dup3");
	SHOW(dup3(g, 41, O_CLOEXEC));
	SHOW(fcntl(41, F_GETFD));
	SHOW(dup3(g, 41, 0));
	SHOW(fcntl(41, F_GETFD));
	SHOW(dup3(g, g, 0));
	SHOW(dup3(g, 42, O_NONBLOCK));
	SHOW(dup3(999, 42, 0));
	SHOW(dup3(999, 999, 0));
	SHOW(dup3(g, -1, 0));
	SHOW(dup3(999, 42, O_NONBLOCK));
	SHOW(dup(-1));
	SHOW(dup(999));

	SECTION("RLIMIT_NOFILE");
	struct rlimit rl = {50, 0};
	struct rlimit old;
	MUST(getrlimit(RLIMIT_NOFILE, &old));
	rl.rlim_max = old.rlim_max;
	MUST(setrlimit(RLIMIT_NOFILE, &rl));
	SHOW(dup2(g, 49));
	SHOW(dup2(g, 50));
	SHOW(fcntl(g, F_DUPFD, 49));
	SHOW(fcntl(g, F_DUPFD, 50));
	int n = 0;
	while (dup(g) >= 0)
		n++;
	SHOW(dup(g));
	SHOW_OK(open("f", O_RDONLY));
	SHOW(close(45));
	SHOW(dup(g));
	return 0;
}
