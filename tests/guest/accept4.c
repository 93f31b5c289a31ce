/* listen, accept, accept4: the queue, addresses, flags, waiting, closing the listener. */
#include "vktest.h"
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "sock"};
static int conn(int flags)
{
	int c = MUST(socket(AF_UNIX, SOCK_STREAM | flags, 0));
	if (connect(c, (void *)&a, sizeof a) < 0) {
		int e = errno;
		close(c);
		errno = e;
		return -1;
	}
	return c;
}

int main(void)
{
	char b[16];
	int l = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	SHOW(listen(l, 5));
	MUST(bind(l, (void *)&a, sizeof a));
	SHOW(listen(l, 5));
	SHOW(listen(l, 7));

	SECTION("in the order of connecting; data may come before accept");
	int c1 = MUST(conn(0)), c2 = MUST(conn(0));
	SHOW(write(c1, "first", 5));
	SHOW(write(c2, "second", 6));
	struct sockaddr_un who;
	socklen_t n = sizeof who;
	int s1 = SHOW_OK(accept(l, (void *)&who, &n));
	printf("length %u family %d\n", n, who.sun_family);
	int s2 = SHOW_OK(accept4(l, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
	SHOW(fcntl(s1, F_GETFD));
	SHOW_X(fcntl(s1, F_GETFL));
	SHOW(fcntl(s2, F_GETFD));
	SHOW_X(fcntl(s2, F_GETFL));
	SHOW(read(s1, b, sizeof b));
	SHOW(read(s2, b, sizeof b));
	SHOW(read(s2, b, sizeof b));
	n = sizeof who;
	SHOW(getsockname(s1, (void *)&who, &n));
	SHOW_STR(who.sun_path);
	n = sizeof who;
	SHOW(getpeername(c1, (void *)&who, &n));
	SHOW_STR(who.sun_path);
	n = 4;
	memset(&who, 0, sizeof who);
	SHOW(getpeername(c1, (void *)&who, &n));
	printf("length %u path cut to \"%s\"\n", n, who.sun_path);

	SECTION("nothing waits: EAGAIN; the accepted does not inherit O_NONBLOCK");
	fcntl(l, F_SETFL, O_NONBLOCK);
	SHOW(accept(l, NULL, NULL));
	int c3 = MUST(conn(0)), s3 = MUST(accept(l, NULL, NULL));
	SHOW_X(fcntl(s3, F_GETFL));
	close(c3);
	SHOW(read(s3, b, 1));

	SECTION("closed before accept");
	int c4 = MUST(conn(0));
	MUST(write(c4, "bye", 3));
	close(c4);
	int s4 = SHOW_OK(accept(l, NULL, NULL));
	SHOW(read(s4, b, sizeof b));
	SHOW(read(s4, b, sizeof b));
	SHOW(send(s4, "x", 1, MSG_NOSIGNAL));

	SECTION("a full queue: EAGAIN for O_NONBLOCK");
	MUST(listen(l, 1));
	int ok = 0;
	while (ok < 20 && conn(SOCK_NONBLOCK) >= 0)
		ok++;
	SHOW_AS(conn(SOCK_NONBLOCK), "connect");
	SHOW(ok);
	for (int i = 0; i < ok; i++)
		MUST(accept(l, NULL, NULL));

	SECTION("accept waits; connect waits when the queue is full");
	fcntl(l, F_SETFL, 0);
	pid_t p = t_fork();
	if (p == 0) {
		close(l);
		t_sleep_ms(40);
		for (int i = 0; i < 4; i++)
			MUST(conn(0));
		_exit(0);
	}
	for (int i = 0; i < 4; i++)
		SHOW_OK(accept(l, NULL, NULL));
	printf("child: %s\n", t_status(t_waitpid(p)));
	t_interrupt(30, 0);
	SHOW(accept(l, NULL, NULL));
	t_interrupt(30, SA_RESTART);
	p = t_fork();
	if (p == 0) {
		t_sleep_ms(100);
		_exit(conn(0) < 0);
	}
	SHOW_OK(accept(l, NULL, NULL));
	t_interrupt_stop();
	t_waitpid(p);

	SECTION("the listener closes: the waiting are reset, later ones refused");
	int c5 = MUST(conn(0));
	close(l);
	SHOW(read(c5, b, 1));
	SHOW(send(c5, "x", 1, MSG_NOSIGNAL));
	SHOW(conn(0));

	SECTION("errors");
	l = MUST(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
	SHOW(accept(l, NULL, NULL));
	SHOW(accept4(l, NULL, NULL, 0x100));
	SHOW(accept4(-1, NULL, NULL, 0x100));
	unlink("sock");
	MUST(bind(l, (void *)&a, sizeof a));
	MUST(listen(l, 3));
	MUST(conn(0));
	SHOW(accept(l, (void *)&who, BADP));
	MUST(conn(0));
	n = sizeof who;
	SHOW(accept(l, BADP, &n));
	MUST(conn(0));
	n = -1;
	SHOW(accept(l, (void *)&who, &n));
	SHOW(accept(l, NULL, NULL));
	return 0;
}
