/* shutdown: each half, both kinds, what readers, writers and pollers see. */
#include "vktest.h"
#include <sys/socket.h>

static short events(int s)
{
	struct pollfd p = {s, POLLIN | POLLOUT | POLLRDHUP, 0};
	poll(&p, 1, 0);
	return p.revents;
}

int main(void)
{
	char b[16];
	int s[2];
	signal(SIGPIPE, SIG_IGN);

	SECTION("SHUT_WR");
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	SHOW(write(s[0], "last", 4));
	SHOW(shutdown(s[0], SHUT_WR));
	SHOW(write(s[0], "x", 1));
	SHOW(read(s[1], b, sizeof b));
	SHOW(read(s[1], b, sizeof b));
	SHOW(write(s[1], "other way", 9));
	SHOW(read(s[0], b, sizeof b));
	SHOW_X(events(s[0]));
	SHOW_X(events(s[1]));
	SHOW(shutdown(s[0], SHUT_WR));

	SECTION("SHUT_RD");
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	SHOW(write(s[1], "early", 5));
	SHOW(shutdown(s[0], SHUT_RD));
	SHOW(read(s[0], b, sizeof b));
	SHOW(read(s[0], b, sizeof b));
	SHOW(write(s[1], "late", 4));
	SHOW(write(s[0], "fine", 4));
	SHOW(read(s[1], b, sizeof b));
	SHOW_X(events(s[0]));
	SHOW_X(events(s[1]));

	SECTION("SHUT_RDWR");
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	SHOW(shutdown(s[0], SHUT_RDWR));
	SHOW(read(s[1], b, sizeof b));
	SHOW(write(s[1], "x", 1));
	SHOW(write(s[0], "x", 1));
	SHOW_X(events(s[0]));
	SHOW_X(events(s[1]));

	SECTION("it is of the socket, not of the descriptor; it wakes");
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	int d = MUST(dup(s[0]));
	pid_t p = t_fork();
	if (p == 0) {
		t_sleep_ms(40);
		_exit(shutdown(d, SHUT_RDWR));
	}
	SHOW(read(s[0], b, 1));
	printf("child: %s\n", t_status(t_waitpid(p)));
	SHOW(write(s[0], "x", 1));

	SECTION("errors");
	SHOW(shutdown(s[0], 3));
	SHOW(shutdown(s[0], -1));
	SHOW(shutdown(-1, 3));
	SHOW(shutdown(MUST(open(".", O_RDONLY)), 3));
	SHOW(shutdown(MUST(socket(AF_UNIX, SOCK_STREAM, 0)), SHUT_WR));
	return 0;
}
