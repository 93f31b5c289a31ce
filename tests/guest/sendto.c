/* sendto: with and without an address, flags, ends, pointers. */
#include "vktest.h"
#include <sys/socket.h>
#include <sys/un.h>

int main(void)
{
	struct sockaddr_un u = {.sun_family = AF_UNIX, .sun_path = "s"};
	static char big[300000];
	int s[2], r = MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), d = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	MUST(bind(r, (void *)&u, sizeof u));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));

	SECTION("datagrams");
	SHOW(sendto(d, "abc", 3, 0, (void *)&u, sizeof u));
	SHOW(sendto(d, "abc", 0, 0, (void *)&u, sizeof u));
	SHOW(sendto(d, NULL, 0, 0, (void *)&u, sizeof u));
	SHOW(sendto(d, "abc", 3, 0, NULL, 0));
	SHOW(sendto(d, "abc", 3, 0, (void *)&u, 0));
	SHOW(sendto(d, "abc", 3, 0, NULL, sizeof u));
	SHOW(sendto(d, "abc", 3, 0, (void *)&u, 1));
	SHOW(sendto(d, "abc", 3, 0, (void *)&u, 500));
	SHOW(sendto(d, "abc", 3, 0, BADP, sizeof u));
	SHOW(sendto(d, BADP, 3, 0, (void *)&u, sizeof u));
	SHOW(sendto(-1, BADP, 3, 0, BADP, sizeof u));
	u.sun_family = AF_INET;
	SHOW(sendto(d, "abc", 3, 0, (void *)&u, sizeof u));
	u.sun_family = AF_UNIX;
	int n = 0;
	while (recv(r, big, 10, MSG_DONTWAIT) >= 0)
		n++;
	SHOW(n);

	SECTION("streams");
	SHOW(sendto(s[0], "abc", 3, 0, NULL, 0));
	SHOW(sendto(s[0], "abc", 3, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE, NULL, 0));
	SHOW(sendto(s[0], "abc", 3, 0, (void *)&u, sizeof u));
	SHOW(sendto(MUST(socket(AF_UNIX, SOCK_STREAM, 0)), "abc", 3, MSG_NOSIGNAL, (void *)&u, sizeof u));
	SHOW(recv(s[1], big, 100, 0));
	ssize_t sent = sendto(s[0], big, sizeof big, MSG_DONTWAIT, NULL, 0);
	CHECK(sent > 4096 && sent <= (ssize_t)sizeof big);

	SECTION("MSG_NOSIGNAL, and without it SIGPIPE");
	close(s[1]);
	SHOW(sendto(s[0], "x", 1, MSG_NOSIGNAL, NULL, 0));
	pid_t p = t_fork();
	if (p == 0) {
		sendto(s[0], "x", 1, 0, NULL, 0);
		_exit(0);
	}
	printf("child: %s\n", t_status(t_waitpid(p)));
	return 0;
}
