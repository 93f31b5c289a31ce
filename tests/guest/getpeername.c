/* getpeername: only the connected have one; after the peer is gone, too. */
#include "vktest.h"
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

static void show(const char *what, int s)
{
	union {
		struct sockaddr sa;
		struct sockaddr_un un;
		struct sockaddr_in in;
	} a;
	socklen_t n = sizeof a;
	memset(&a, 0, sizeof a);
	if (getpeername(s, &a.sa, &n) < 0)
		printf("%s: %s\n", what, t_errname(errno));
	else if (a.sa.sa_family == AF_INET)
		printf("%s: length %u loopback %d port %s\n", what, n, a.in.sin_addr.s_addr == htonl(INADDR_LOOPBACK),
		       a.in.sin_port ? "set" : "0");
	else
		printf("%s: length %u family %d \"%s\"\n", what, n, a.sa.sa_family, a.un.sun_path);
}

int main(void)
{
	struct sockaddr_un u = {.sun_family = AF_UNIX, .sun_path = "s"}, w;
	int s = MUST(socket(AF_UNIX, SOCK_STREAM, 0)), c = MUST(socket(AF_UNIX, SOCK_STREAM, 0)), p[2];
	MUST(bind(s, (void *)&u, sizeof u));
	MUST(listen(s, 1));
	show("listener", s);
	show("not connected", c);
	MUST(connect(c, (void *)&u, sizeof u));
	show("client", c);
	int t = MUST(accept(s, NULL, NULL));
	show("server", t);
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, p));
	show("pair", p[0]);
	close(p[1]);
	show("pair, other end closed", p[0]);
	close(t);
	show("client, server closed", c);
	MUST(unlink("s"));
	show("client, name gone", c);

	SECTION("TCP");
	struct sockaddr_in i = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof i;
	int l = MUST(socket(AF_INET, SOCK_STREAM, 0)), k = MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(bind(l, (void *)&i, sizeof i));
	MUST(listen(l, 1));
	MUST(getsockname(l, (void *)&i, &n));
	show("not connected", k);
	MUST(connect(k, (void *)&i, sizeof i));
	show("connected", k);
	show("accepted", MUST(accept(l, NULL, NULL)));
	show("listener", l);

	SECTION("errors");
	n = sizeof w;
	SHOW(getpeername(k, BADP, &n));
	SHOW(getpeername(k, (void *)&w, BADP));
	n = -1;
	SHOW(getpeername(k, (void *)&w, &n));
	SHOW(getpeername(l, (void *)&w, &n));
	SHOW(getpeername(-1, BADP, BADP));
	SHOW(getpeername(MUST(open("/dev/null", O_RDONLY)), (void *)&w, &n));
	return 0;
}
