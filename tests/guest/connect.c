/* connect: refused, twice, to oneself, dissolved by AF_UNSPEC; datagrams; bad addresses. */
#include "vktest.h"
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(void)
{
	struct sockaddr_un u = {.sun_family = AF_UNIX, .sun_path = "s"}, none = {.sun_family = AF_UNIX, .sun_path = "none"};
	struct sockaddr un = {.sa_family = AF_UNSPEC};
	int l = MUST(socket(AF_UNIX, SOCK_STREAM, 0)), c = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(bind(l, (void *)&u, sizeof u));
	SHOW(connect(c, (void *)&u, sizeof u));
	MUST(listen(l, 3));
	SHOW(connect(c, (void *)&none, sizeof none));
	SHOW(connect(c, (void *)&u, sizeof u));
	SHOW(connect(c, (void *)&u, sizeof u));
	SHOW(connect(c, (void *)&none, sizeof none));
	SHOW(connect(c, &un, sizeof un));
	SHOW(connect(l, (void *)&u, sizeof u));
	SHOW(write(c, "ok", 2));

	SECTION("the name is cut at its NUL, the length may be shorter");
	int d = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	SHOW(connect(d, (void *)&u, 3));
	d = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	SHOW(connect(d, (void *)&u, 2));
	SHOW(connect(d, (void *)&u, 1));
	SHOW(connect(d, (void *)&u, 0));
	SHOW(connect(d, (void *)&u, 200));
	SHOW(connect(d, (void *)&u, -1));
	SHOW(connect(d, BADP, sizeof u));
	SHOW(connect(-1, BADP, sizeof u));
	SHOW(connect(MUST(open("/dev/null", O_RDONLY)), (void *)&u, sizeof u));

	SECTION("TCP: to a port where nobody listens, wrong families");
	struct sockaddr_in i = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int t = MUST(socket(AF_INET, SOCK_STREAM, 0)), free_port = MUST(socket(AF_INET, SOCK_STREAM, 0));
	socklen_t n = sizeof i;
	MUST(bind(free_port, (void *)&i, sizeof i));
	MUST(getsockname(free_port, (void *)&i, &n));
	SHOW(connect(t, (void *)&i, sizeof i));
	SHOW(connect(t, (void *)&u, sizeof u));
	SHOW(connect(t, (void *)&i, 8));
	int nb = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
	MUST(listen(free_port, 1));
	int r = connect(nb, (void *)&i, sizeof i);
	CHECK(r == 0 || errno == EINPROGRESS);
	struct pollfd p = {nb, POLLOUT, 0};
	SHOW(poll(&p, 1, 2000));
	SHOW(connect(nb, (void *)&i, sizeof i) == 0 || errno == EISCONN ? 0 : -1);
	return 0;
}
