/* TCP over loopback: listening, connecting, names, echo, half close, reset, refusal, reuse. */
#include "vktest.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct sockaddr_in loop(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}
static int port_of(int s)
{
	struct sockaddr_in a;
	socklen_t l = sizeof a;
	MUST(getsockname(s, (void *)&a, &l));
	return ntohs(a.sin_port);
}
static void wait_in(int s)
{
	struct pollfd p = {s, POLLIN, 0};
	poll(&p, 1, 2000);
}

int main(void)
{
	static char big[1 << 20];
	char b[64];
	struct sockaddr_in a = loop(0), x;
	socklen_t l;
	signal(SIGPIPE, SIG_IGN);

	SECTION("listen and names");
	int s = MUST(socket(AF_INET, SOCK_STREAM, 0));
	l = sizeof x;
	SHOW(getsockname(s, (void *)&x, &l));
	printf("%s %d length %u\n", inet_ntoa(x.sin_addr), ntohs(x.sin_port), l);
	SHOW(bind(s, (void *)&a, sizeof a));
	SHOW(listen(s, 5));
	int port = port_of(s);
	CHECK(port > 0);
	a = loop(port);
	SHOW(bind(s, (void *)&a, sizeof a));
	int other = MUST(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(bind(other, (void *)&a, sizeof a));

	SECTION("connect and accept");
	int c = MUST(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(connect(c, (void *)&a, sizeof a));
	SHOW(connect(c, (void *)&a, sizeof a));
	l = sizeof x;
	int t = SHOW_OK(accept4(s, (void *)&x, &l, SOCK_CLOEXEC));
	CHECK(l == sizeof x && x.sin_family == AF_INET && ntohs(x.sin_port) == port_of(c));
	SHOW_STR(inet_ntoa(x.sin_addr));
	l = sizeof x;
	SHOW(getpeername(c, (void *)&x, &l));
	CHECK(ntohs(x.sin_port) == port && port_of(t) == port);

	SECTION("echo");
	SHOW(write(c, "hello", 5));
	wait_in(t);
	SHOW(read(t, b, sizeof b));
	SHOW(write(t, b, 5));
	wait_in(c);
	SHOW(recv(c, b, 3, MSG_PEEK));
	SHOW(ioctl(c, FIONREAD, b) ? -1 : *(int *)b);
	SHOW(recv(c, b, sizeof b, 0));
	SHOW(recv(c, b, sizeof b, MSG_DONTWAIT));

	SECTION("a megabyte each way, with a checksum");
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = i * 13 % 251;
	pid_t p = t_fork();
	if (p == 0) {
		long n, total = 0;
		close(c);
		while (total < (long)sizeof big && (n = read(t, big + total, sizeof big - total)) > 0)
			total += n;
		for (long at = 0; at < total; at += n)
			if ((n = write(t, big + at, total - at)) <= 0)
				_exit(1);
		_exit(0);
	}
	long done = 0, back = 0, bad = 0;
	while (done < (long)sizeof big) {
		ssize_t n = write(c, big + done, sizeof big - done);
		if (n <= 0)
			break;
		done += n;
	}
	SHOW(done);
	while (back < done) {
		static char in[65536];
		ssize_t n = read(c, in, sizeof in);
		if (n <= 0)
			break;
		for (ssize_t i = 0; i < n; i++)
			bad += in[i] != (char)((back + i) * 13 % 251);
		back += n;
	}
	SHOW(back);
	SHOW(bad);
	printf("child: %s\n", t_status(t_waitpid(p)));

	SECTION("half close");
	SHOW(shutdown(c, SHUT_WR));
	SHOW(write(c, "x", 1));
	wait_in(t);
	SHOW(read(t, b, sizeof b));
	SHOW(write(t, "still", 5));
	wait_in(c);
	SHOW(read(c, b, sizeof b));
	close(t);
	wait_in(c);
	SHOW(read(c, b, sizeof b));
	close(c);

	SECTION("closed with data unread: reset");
	c = MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(connect(c, (void *)&a, sizeof a));
	t = MUST(accept(s, NULL, NULL));
	MUST(write(c, "unread", 6));
	wait_in(t);
	close(t);
	wait_in(c);
	SHOW(read(c, b, sizeof b));
	SHOW(read(c, b, sizeof b));
	SHOW(write(c, "x", 1));
	close(c);

	SECTION("SO_LINGER 0: reset");
	c = MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(connect(c, (void *)&a, sizeof a));
	t = MUST(accept(s, NULL, NULL));
	MUST(setsockopt(c, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger)));
	close(c);
	wait_in(t);
	struct pollfd pf = {t, POLLIN | POLLOUT, 0};
	SHOW(poll(&pf, 1, 0));
	SHOW_X(pf.revents);
	int err = 0;
	l = sizeof err;
	SHOW(getsockopt(t, SOL_SOCKET, SO_ERROR, &err, &l));
	printf("SO_ERROR %s\n", t_errname(err));
	SHOW(read(t, b, 1));
	close(t);

	SECTION("not blocking: EINPROGRESS or at once, then writable");
	c = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
	int r = connect(c, (void *)&a, sizeof a);
	CHECK(r == 0 || errno == EINPROGRESS);
	pf = (struct pollfd){c, POLLOUT, 0};
	SHOW(poll(&pf, 1, 2000));
	l = sizeof err;
	SHOW(getsockopt(c, SOL_SOCKET, SO_ERROR, &err, &l));
	SHOW(err);
	close(c);

	SECTION("nobody listens any more");
	close(s);
	c = MUST(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(connect(c, (void *)&a, sizeof a));
	close(c);
	c = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
	r = connect(c, (void *)&a, sizeof a);
	CHECK(r == -1 && (errno == EINPROGRESS || errno == ECONNREFUSED));
	pf = (struct pollfd){c, POLLOUT, 0};
	SHOW(poll(&pf, 1, 2000));
	close(c);

	SECTION("the port again, with SO_REUSEADDR");
	s = MUST(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)));
	SHOW(bind(s, (void *)&a, sizeof a));
	SHOW(listen(s, 1));

	SECTION("errors");
	a.sin_addr.s_addr = htonl(0x01020304);
	SHOW(bind(MUST(socket(AF_INET, SOCK_STREAM, 0)), (void *)&a, sizeof a));
	a = loop(0);
	SHOW(bind(MUST(socket(AF_INET, SOCK_STREAM, 0)), (void *)&a, 4));
	a.sin_family = AF_UNIX;
	SHOW(bind(MUST(socket(AF_INET, SOCK_STREAM, 0)), (void *)&a, sizeof a));
	SHOW(connect(MUST(socket(AF_INET, SOCK_STREAM, 0)), (void *)&a, sizeof a));
	SHOW(connect(MUST(socket(AF_INET, SOCK_STREAM, 0)), BADP, sizeof a));
	return 0;
}
