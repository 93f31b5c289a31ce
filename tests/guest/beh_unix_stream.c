/* AF_UNIX stream and seqpacket servers: many children talk to one parent; large transfers; record borders. */
#include "vktest.h"
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "sock"};
static int server(int type)
{
	int s = MUST(socket(AF_UNIX, type, 0));
	unlink("sock");
	MUST(bind(s, (void *)&a, sizeof a));
	MUST(listen(s, 16));
	return s;
}
static int client(int type)
{
	int c = MUST(socket(AF_UNIX, type, 0));
	MUST(connect(c, (void *)&a, sizeof a));
	return c;
}

int main(void)
{
	static char big[300000];
	char b[64];
	signal(SIGPIPE, SIG_IGN);

	SECTION("ten clients, one after the other, each is answered with what it said");
	int s = server(SOCK_STREAM);
	for (int k = 0; k < 10; k++)
		if (t_fork() == 0) {
			char want[16], got[16] = "";
			int c = client(SOCK_STREAM), n = snprintf(want, sizeof want, "client %d", k);
			if (write(c, want, n) != n || shutdown(c, SHUT_WR) || read(c, got, 16) != n || strcmp(want, got))
				_exit(1);
			_exit(read(c, got, 16) == 0 ? 0 : 2);
		}
	int seen = 0;
	for (int k = 0; k < 10; k++) {
		int c = MUST(accept(s, NULL, NULL));
		ssize_t n, have = 0;
		while ((n = read(c, b + have, sizeof b - have)) > 0)
			have += n;
		b[have] = 0;
		seen |= 1 << atoi(b + 7);
		MUST(write(c, b, have));
		close(c);
	}
	SHOW_X(seen);
	int st, bad = 0;
	while (wait(&st) > 0)
		bad += st != 0;
	SHOW(bad);

	SECTION("a large write to a slow reader");
	pid_t p = t_fork();
	if (p == 0) {
		int c = client(SOCK_STREAM);
		for (size_t i = 0; i < sizeof big; i++)
			big[i] = i % 253;
		_exit(write(c, big, sizeof big) != sizeof big);
	}
	int c = MUST(accept(s, NULL, NULL));
	long total = 0, wrong = 0;
	ssize_t n;
	while ((n = read(c, big, 7777)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			wrong += big[i] != (char)((total + i) % 253);
		total += n;
	}
	SHOW(total);
	SHOW(wrong);
	printf("child: %s\n", t_status(t_waitpid(p)));
	close(s);

	SECTION("seqpacket: records, cut and flagged, empty, an end");
	s = server(SOCK_SEQPACKET);
	p = t_fork();
	if (p == 0) {
		c = client(SOCK_SEQPACKET);
		write(c, "first record", 12);
		send(c, "second", 6, MSG_EOR);
		write(c, "", 0);
		send(c, "after the empty", 15, 0);
		read(c, b, 64);
		_exit(0);
	}
	c = MUST(accept(s, NULL, NULL));
	struct iovec v = {b, 5};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
	SHOW(recvmsg(c, &m, 0));
	SHOW_X(m.msg_flags);
	v.iov_len = 64;
	SHOW(recvmsg(c, &m, 0));
	SHOW_X(m.msg_flags);
	SHOW(recvmsg(c, &m, 0));
	SHOW(recvmsg(c, &m, 0));
	t_quote("b", b, 15);
	SHOW(write(c, "done", 4));
	SHOW(recvmsg(c, &m, 0));
	t_waitpid(p);
	SHOW(send(c, "x", 1, 0));

	SECTION("names are not needed once connected");
	close(s);
	s = server(SOCK_STREAM);
	c = client(SOCK_STREAM);
	int t = MUST(accept(s, NULL, NULL));
	close(s);
	SHOW(unlink("sock"));
	SHOW(write(c, "still", 5));
	SHOW(read(t, b, sizeof b));
	return 0;
}
