/* getsockopt and setsockopt: SOL_SOCKET and TCP options that programs use, lengths, errors. */
#include "vktest.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static void get(const char *what, int s, int level, int opt)
{
	int v = -77;
	socklen_t l = sizeof v;
	if (getsockopt(s, level, opt, &v, &l) < 0)
		printf("%s: %s\n", what, t_errname(errno));
	else
		printf("%s: %d (%u)\n", what, v, l);
}
#define GET(s, o) get(#s " " #o, s, SOL_SOCKET, o)

int main(void)
{
	int on = 1, v;
	int ux = MUST(socket(AF_UNIX, SOCK_STREAM, 0)), ud = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	int tcp = MUST(socket(AF_INET, SOCK_STREAM, 0)), udp = MUST(socket(AF_INET, SOCK_DGRAM, 0));

	SECTION("type, domain, protocol, error, listening");
	int all[] = {ux, ud, tcp, udp};
	for (int i = 0; i < 4; i++) {
		int s = all[i];
		GET(s, SO_TYPE);
		GET(s, SO_DOMAIN);
		GET(s, SO_PROTOCOL);
		GET(s, SO_ERROR);
		GET(s, SO_ACCEPTCONN);
	}
	MUST(listen(tcp, 5));
	GET(tcp, SO_ACCEPTCONN);

	SECTION("switches: off, on");
	static const struct {
		const char *name;
		int opt;
	} sw[] = {{"SO_REUSEADDR", SO_REUSEADDR}, {"SO_KEEPALIVE", SO_KEEPALIVE}, {"SO_BROADCAST", SO_BROADCAST},
		  {"SO_OOBINLINE", SO_OOBINLINE}, {"SO_REUSEPORT", SO_REUSEPORT}, {"SO_TIMESTAMP", SO_TIMESTAMP}};
	for (size_t i = 0; i < T_COUNT(sw); i++) {
		get(sw[i].name, udp, SOL_SOCKET, sw[i].opt);
		SHOW_AS(setsockopt(udp, SOL_SOCKET, sw[i].opt, &on, sizeof on), "set %s", sw[i].name);
		get(sw[i].name, udp, SOL_SOCKET, sw[i].opt);
	}
	v = 42;
	SHOW(setsockopt(udp, SOL_SOCKET, SO_REUSEADDR, &v, sizeof v));
	GET(udp, SO_REUSEADDR);
	GET(ux, SO_PASSCRED);
	SHOW(setsockopt(ux, SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
	GET(ux, SO_PASSCRED);

	SECTION("buffers are doubled");
	v = 10000;
	SHOW(setsockopt(ux, SOL_SOCKET, SO_SNDBUF, &v, sizeof v));
	GET(ux, SO_SNDBUF);
	SHOW(setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &v, sizeof v));
	GET(udp, SO_RCVBUF);

	SECTION("linger and timeouts");
	struct linger li = {1, 5};
	socklen_t l = sizeof li;
	SHOW(setsockopt(udp, SOL_SOCKET, SO_LINGER, &li, sizeof li));
	li = (struct linger){0, 0};
	SHOW(getsockopt(udp, SOL_SOCKET, SO_LINGER, &li, &l));
	printf("%d %d\n", li.l_onoff, li.l_linger);
	struct timeval tv = {0, 50000};
	SHOW(setsockopt(ud, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
	tv = (struct timeval){9, 9};
	l = sizeof tv;
	SHOW(getsockopt(ud, SOL_SOCKET, SO_RCVTIMEO, &tv, &l));
	CHECK(tv.tv_sec == 0 && tv.tv_usec >= 50000 && tv.tv_usec <= 60000);
	char b[4];
	long t0 = t_now_ms();
	SHOW(recv(ud, b, 4, 0));
	CHECK(t_now_ms() - t0 >= 49);
	tv = (struct timeval){0, 1000000};
	SHOW(setsockopt(ud, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
	tv = (struct timeval){-1, 0};
	SHOW(setsockopt(ud, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv));

	SECTION("TCP and IP");
	get("TCP_NODELAY", tcp, IPPROTO_TCP, TCP_NODELAY);
	SHOW(setsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
	get("TCP_NODELAY", tcp, IPPROTO_TCP, TCP_NODELAY);
	SHOW(setsockopt(tcp, IPPROTO_TCP, TCP_CORK, &on, sizeof on));
	v = 60;
	SHOW(setsockopt(tcp, IPPROTO_TCP, TCP_KEEPIDLE, &v, sizeof v));
	get("TCP_KEEPIDLE", tcp, IPPROTO_TCP, TCP_KEEPIDLE);
	v = 32;
	SHOW(setsockopt(udp, IPPROTO_IP, IP_TTL, &v, sizeof v));
	get("IP_TTL", udp, IPPROTO_IP, IP_TTL);
	get("TCP_NODELAY on udp", udp, IPPROTO_TCP, TCP_NODELAY);
	get("TCP_NODELAY on unix", ux, IPPROTO_TCP, TCP_NODELAY);

	SECTION("lengths");
	v = -1;
	l = 2;
	SHOW(getsockopt(tcp, SOL_SOCKET, SO_TYPE, &v, &l));
	printf("%x %u\n", v, l);
	l = 100;
	SHOW(getsockopt(tcp, SOL_SOCKET, SO_TYPE, &v, &l));
	SHOW(l);
	l = -1;
	SHOW(getsockopt(tcp, SOL_SOCKET, SO_TYPE, &v, &l));
	SHOW(setsockopt(tcp, SOL_SOCKET, SO_KEEPALIVE, &on, 2));
	SHOW(setsockopt(tcp, SOL_SOCKET, SO_KEEPALIVE, &on, 100));

	SECTION("errors");
	l = 4;
	SHOW(getsockopt(-1, SOL_SOCKET, SO_TYPE, &v, &l));
	SHOW(getsockopt(tcp, SOL_SOCKET, 9999, &v, &l));
	SHOW(setsockopt(tcp, SOL_SOCKET, 9999, &v, 4));
	SHOW(setsockopt(tcp, SOL_SOCKET, SO_TYPE, &v, 4));
	SHOW(setsockopt(tcp, SOL_SOCKET, SO_ERROR, &v, 4));
	SHOW(getsockopt(tcp, 9999, 1, &v, &l));
	SHOW(setsockopt(tcp, 9999, 1, &v, 4));
	SHOW(getsockopt(tcp, SOL_SOCKET, SO_TYPE, BADP, &l));
	SHOW(getsockopt(tcp, SOL_SOCKET, SO_TYPE, &v, BADP));
	SHOW(setsockopt(tcp, SOL_SOCKET, SO_KEEPALIVE, BADP, 4));
	SHOW(setsockopt(-1, SOL_SOCKET, SO_KEEPALIVE, BADP, 4));
	return 0;
}
