// Sockets in /proc/net: each has its row, with its state and address.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The row with this socket's inode in that column, or "". */
static const char *
row_of(const char *table, int fd, int column)
{
	static char line[512];
	char path[64], copy[512], *w, *save;
	struct stat st;
	FILE *f;
	int i;

	fstat(fd, &st);
	snprintf(path, sizeof(path), "/proc/self/net/%s", table);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		strcpy(copy, line);
		w = strtok_r(copy, " \n", &save);
		for (i = 0; i < column && w != NULL; i++)
			w = strtok_r(NULL, " \n", &save);
		if (w != NULL && strtoul(w, NULL, 10) == st.st_ino) {
			fclose(f);
			return line;
		}
	}
	if (f != NULL)
		fclose(f);
	return "";
}

static unsigned
port_of(int fd, int (*get)(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_in6 a = { 0 };
	socklen_t len = sizeof(a);

	if (get(fd, (struct sockaddr *)&a, &len) != 0)
		return 0;
	return ntohs(a.sin6_port);		/* at the same place as sin_port */
}

static void
inet(const char *what, const char *table, int fd)
{
	char local[40], remote[40];
	unsigned lport, rport, state, uid;
	const char *r = row_of(table, fd, 9);

	if (sscanf(r, " %*d: %39[0-9A-F]:%x %39[0-9A-F]:%x %x %*x:%*x %*x:%*x %*x %u", local, &lport,
	    remote, &rport, &state, &uid) != 6)
		printf("%s: no row in %s\n", what, table);
	else
		printf("%s: %s %d %s %d state %02X uid %d\n", what, local, lport == port_of(fd, getsockname),
		    remote, rport == port_of(fd, getpeername), state, uid == getuid());
}

static void
local(const char *what, int fd)
{
	char name[200] = "";
	unsigned flags, type, state;

	if (sscanf(row_of("unix", fd, 6), "%*x: %*x %*x %x %x %x %*u %199s", &flags, &type, &state, name) < 3)
		printf("%s: no row\n", what);
	else
		printf("%s: flags %X type %d state %d %s\n", what, flags, type, state,
		    strstr(name, "proc-net") != NULL ? strstr(name, "proc-net") - (name[0] == '@') : name);
}

static void
heading(const char *table)
{
	char path[64], line[512] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/net/%s", table);
	f = fopen(path, "r");
	if (f != NULL && fgets(line, sizeof(line), f) != NULL)
		printf("%s", line);
	if (f != NULL)
		fclose(f);
}

int
main(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "proc-net.sock" };
	socklen_t len = sizeof(in);
	char name[32];
	int l, c, a, u, p[2];

	heading("tcp");
	heading("udp");
	heading("unix");
	l = socket(AF_INET, SOCK_STREAM, 0);
	bind(l, (struct sockaddr *)&in, sizeof(in));
	listen(l, 5);
	inet("listens", "tcp", l);
	getsockname(l, (struct sockaddr *)&in, &len);
	c = socket(AF_INET, SOCK_STREAM, 0);
	connect(c, (struct sockaddr *)&in, sizeof(in));
	a = accept(l, NULL, NULL);
	inet("connected", "tcp", c);
	inet("accepted", "tcp", a);
	u = socket(AF_INET, SOCK_DGRAM, 0);
	in.sin_port = 0;
	bind(u, (struct sockaddr *)&in, sizeof(in));
	inet("udp", "udp", u);
	u = socket(AF_INET6, SOCK_DGRAM, 0);
	if (bind(u, (struct sockaddr *)&in6, sizeof(in6)) == 0)
		inet("udp6", "udp6", u);

	u = socket(AF_UNIX, SOCK_STREAM, 0);
	bind(u, (struct sockaddr *)&un, sizeof(un));
	local("bound", u);
	listen(u, 5);
	local("listens", u);
	socketpair(AF_UNIX, SOCK_DGRAM, 0, p);
	local("pair", p[0]);
	u = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	memset(&un, 0, sizeof(un));
	un.sun_family = AF_UNIX;
	snprintf(name, sizeof(name), "proc-net%d", 7);
	strcpy(un.sun_path + 1, name);
	bind(u, (struct sockaddr *)&un, offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
	local("abstract", u);
	return 0;
}
