/* getsockname: unbound, bound, accepted; lengths and pointers. */
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
	if (getsockname(s, &a.sa, &n) < 0)
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
	struct sockaddr_in i = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int s = MUST(socket(AF_UNIX, SOCK_STREAM, 0)), c = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	show("unix", s);
	MUST(bind(s, (void *)&u, sizeof u));
	show("unix, bound", s);
	MUST(listen(s, 1));
	MUST(connect(c, (void *)&u, sizeof u));
	show("unix, connected", c);
	show("unix, accepted", MUST(accept(s, NULL, NULL)));
	int t = MUST(socket(AF_INET, SOCK_STREAM, 0)), d = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	show("tcp", t);
	MUST(bind(t, (void *)&i, sizeof i));
	show("tcp, bound", t);
	show("udp", d);
	i.sin_port = htons(9);
	MUST(connect(d, (void *)&i, sizeof i));
	show("udp, connected", d);

	SECTION("lengths and errors");
	socklen_t n = 4;
	memset(&w, 0x55, sizeof w);
	SHOW(getsockname(s, (void *)&w, &n));
	printf("length %u, %c, then %x\n", n, w.sun_path[0], (unsigned char)w.sun_path[2]);
	n = 0;
	SHOW(getsockname(s, BADP, &n));
	SHOW(n);
	n = sizeof w;
	SHOW(getsockname(s, BADP, &n));
	SHOW(getsockname(s, (void *)&w, BADP));
	n = -1;
	SHOW(getsockname(s, (void *)&w, &n));
	SHOW(getsockname(-1, BADP, BADP));
	SHOW(getsockname(MUST(open("/dev/null", O_RDONLY)), (void *)&w, &n));
	return 0;
}
