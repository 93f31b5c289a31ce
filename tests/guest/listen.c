/* listen: which sockets can, again with another length, and what a listener refuses. */
#include "vktest.h"
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(void)
{
	struct sockaddr_un u = {.sun_family = AF_UNIX, .sun_path = "s"};
	char b[4];
	int v;
	socklen_t n = sizeof v;
	int s = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	SHOW(listen(s, 1));
	MUST(bind(s, (void *)&u, sizeof u));
	SHOW(listen(s, 1));
	SHOW(listen(s, 0));
	SHOW(listen(s, -1));
	SHOW(listen(s, 1000000));
	SHOW(getsockopt(s, SOL_SOCKET, SO_ACCEPTCONN, &v, &n));
	SHOW(v);
	SHOW(read(s, b, 4));
	SHOW(send(s, b, 4, MSG_NOSIGNAL));
	SHOW(recv(s, b, 4, MSG_DONTWAIT));
	int c = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(connect(c, (void *)&u, sizeof u));
	SHOW(listen(c, 1));
	strcpy(u.sun_path, "q");
	int q = MUST(socket(AF_UNIX, SOCK_SEQPACKET, 0));
	MUST(bind(q, (void *)&u, sizeof u));
	SHOW(listen(q, 1));

	SECTION("TCP gets a port of its own");
	int t = MUST(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(listen(t, 1));
	struct sockaddr_in i;
	n = sizeof i;
	MUST(getsockname(t, (void *)&i, &n));
	CHECK(i.sin_port != 0);
	SHOW(read(t, b, 4));
	SHOW(listen(t, 5));

	SECTION("not these");
	SHOW(listen(MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), 1));
	SHOW(listen(MUST(socket(AF_INET, SOCK_DGRAM, 0)), 1));
	SHOW(listen(MUST(open("/dev/null", O_RDONLY)), 1));
	SHOW(listen(-1, 1));
	return 0;
}
