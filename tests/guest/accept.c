/* accept: the old call; addresses of TCP and AF_UNIX peers; interrupted; several children wait, each gets one. */
#include "vktest.h"
#include <netinet/in.h>
#include <sys/socket.h>

int main(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, w;
	socklen_t n = sizeof a;
	int l = MUST(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(accept(l, NULL, NULL));
	MUST(bind(l, (void *)&a, sizeof a));
	MUST(getsockname(l, (void *)&a, &n));
	MUST(listen(l, 8));
	int c = MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(connect(c, (void *)&a, sizeof a));
	n = sizeof w;
	int s = SHOW_OK(accept(l, (void *)&w, &n));
	CHECK(n == sizeof w && w.sin_family == AF_INET && w.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
	SHOW(fcntl(s, F_GETFD));
	SHOW_X(fcntl(s, F_GETFL));
	SHOW(write(c, "x", 1));
	char b[8];
	SHOW(read(s, b, 8));

	SECTION("a short buffer gets the whole length back");
	c = MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(connect(c, (void *)&a, sizeof a));
	memset(&w, 0x55, sizeof w);
	n = 2;
	SHOW_OK(accept(l, (void *)&w, &n));
	printf("length %u family %d port untouched %d\n", n, w.sin_family, w.sin_port == 0x5555);

	SECTION("interrupted, non-blocking");
	t_interrupt(30, 0);
	SHOW(accept(l, NULL, NULL));
	t_interrupt_stop();
	fcntl(l, F_SETFL, O_NONBLOCK);
	SHOW(accept(l, NULL, NULL));
	fcntl(l, F_SETFL, 0);

	SECTION("four children wait for four connections");
	pid_t kids[4];
	for (int i = 0; i < 4; i++) {
		kids[i] = t_fork();
		if (kids[i] == 0) {
			s = accept(l, NULL, NULL);
			_exit(s < 0 || write(s, "c", 1) != 1);
		}
	}
	for (int i = 0; i < 4; i++) {
		c = MUST(socket(AF_INET, SOCK_STREAM, 0));
		MUST(connect(c, (void *)&a, sizeof a));
		SHOW(read(c, b, 1));
	}
	for (int i = 0; i < 4; i++)
		SHOW(t_waitpid(kids[i]));

	SECTION("errors");
	SHOW(accept(-1, NULL, NULL));
	SHOW(accept(MUST(socket(AF_INET, SOCK_DGRAM, 0)), NULL, NULL));
	SHOW(accept(MUST(open("/dev/null", O_RDONLY)), NULL, NULL));
	SHOW(accept(c, NULL, NULL));
	return 0;
}
