/* bind, connect, listen with AF_UNIX names: in the file system, abstract, automatic; every refusal. */
#include "vktest.h"
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un a;
static socklen_t name(const char *p, size_t n)
{
	memset(&a, 0, sizeof a);
	a.sun_family = AF_UNIX;
	memcpy(a.sun_path, p, n);
	return offsetof(struct sockaddr_un, sun_path) + n;
}
#define NAME(s) (struct sockaddr *)&a, name(s, sizeof(s))      /* with the NUL */
#define ABSTRACT(s) (struct sockaddr *)&a, name(s, sizeof(s) - 1) /* without */
static int sock(int type)
{
	return MUST(socket(AF_UNIX, type, 0));
}
static void show_name(const char *what, int s)
{
	struct sockaddr_un x;
	socklen_t l = sizeof x;
	memset(&x, 0x55, sizeof x);
	if (getsockname(s, (void *)&x, &l) < 0)
		printf("%s: %s\n", what, t_errname(errno));
	else {
		printf("%s: length %u ", what, l);
		t_quote("path", x.sun_path, l > 2 ? l - 2 : 0);
	}
}

int main(void)
{
	char longpath[200];
	memset(longpath, 'p', sizeof longpath);
	MUST(mkdir("d", 0755));
	t_write_file("file", "x");

	SECTION("a name in the file system");
	int s = sock(SOCK_STREAM);
	SHOW(bind(s, NAME("sock")));
	t_stat("sock");
	show_name("name", s);
	SHOW(bind(s, NAME("other")));
	SHOW(bind(sock(SOCK_STREAM), NAME("sock")));
	SHOW(bind(sock(SOCK_STREAM), NAME("file")));
	SHOW(bind(sock(SOCK_STREAM), NAME("d")));
	SHOW(bind(sock(SOCK_STREAM), NAME("missing/sock")));
	SHOW(bind(sock(SOCK_STREAM), NAME("file/sock")));
	int nul = sock(SOCK_STREAM);
	SHOW(bind(nul, ABSTRACT("nonul")));
	show_name("without NUL", nul);
	int dots = sock(SOCK_STREAM);
	SHOW(bind(dots, NAME("./d/../d/s")));
	show_name("with dots", dots);
	memset(&a, 'q', sizeof a);
	a.sun_family = AF_UNIX;
	SHOW(bind(sock(SOCK_STREAM), (struct sockaddr *)&a, sizeof a));
	t_ls("d");

	SECTION("connect");
	int c = sock(SOCK_STREAM);
	SHOW(connect(c, NAME("sock")));
	SHOW(listen(s, 5));
	SHOW(connect(c, NAME("sock")));
	SHOW(connect(c, NAME("sock")));
	SHOW(connect(sock(SOCK_DGRAM), NAME("sock")));
	SHOW(connect(sock(SOCK_SEQPACKET), NAME("sock")));
	SHOW(connect(sock(SOCK_STREAM), NAME("file")));
	SHOW(connect(sock(SOCK_STREAM), NAME("d")));
	SHOW(connect(sock(SOCK_STREAM), NAME("missing")));
	SHOW(connect(s, NAME("sock")));
	MUST(symlink("sock", "link"));
	SHOW(connect(sock(SOCK_STREAM), NAME("link")));
	MUST(rename("sock", "renamed"));
	SHOW(connect(sock(SOCK_STREAM), NAME("renamed")));
	MUST(unlink("renamed"));
	SHOW(connect(sock(SOCK_STREAM), NAME("renamed")));
	SHOW(bind(sock(SOCK_STREAM), NAME("renamed")));
	SHOW(connect(sock(SOCK_STREAM), NAME("renamed")));
	show_name("after unlink", s);
	close(s);
	SHOW(connect(sock(SOCK_STREAM), NAME("link")));

	SECTION("abstract names: every byte counts, NULs too; they end with their socket");
	char abs[3][40];
	socklen_t n = 0;
	for (int i = 0; i < 3; i++) { /* the pid, since the host may run this test twice at once */
		memset(abs[i], 0, 40);
		n = 1 + snprintf(abs[i] + 1, 38, "vksup %d", getpid()) + 1;
		abs[i][n++] = 'x' + i;
	}
	int ab = sock(SOCK_STREAM);
	SHOW(bind(ab, (struct sockaddr *)&a, name(abs[0], n)));
	struct sockaddr_un x;
	socklen_t l = sizeof x;
	MUST(getsockname(ab, (void *)&x, &l));
	CHECK(l == n + 2 && !memcmp(x.sun_path, abs[0], n));
	SHOW(bind(sock(SOCK_STREAM), (struct sockaddr *)&a, name(abs[0], n)));
	SHOW(bind(sock(SOCK_STREAM), (struct sockaddr *)&a, name(abs[1], n)));
	SHOW(bind(sock(SOCK_STREAM), (struct sockaddr *)&a, name(abs[0], n + 1)));
	SHOW(listen(ab, 1));
	SHOW(connect(sock(SOCK_STREAM), (struct sockaddr *)&a, name(abs[0], n)));
	SHOW(connect(sock(SOCK_STREAM), (struct sockaddr *)&a, name(abs[0], n - 1)));
	SHOW(connect(sock(SOCK_STREAM), (struct sockaddr *)&a, name(abs[2], n)));
	close(ab);
	SHOW(connect(sock(SOCK_STREAM), (struct sockaddr *)&a, name(abs[0], n)));
	SHOW(bind(sock(SOCK_STREAM), (struct sockaddr *)&a, name(abs[0], n)));
	t_ls(".");

	SECTION("automatic names");
	int au = sock(SOCK_DGRAM);
	a.sun_family = AF_UNIX;
	SHOW(bind(au, (struct sockaddr *)&a, sizeof(sa_family_t)));
	l = sizeof x;
	MUST(getsockname(au, (void *)&x, &l));
	CHECK(l == 8 && x.sun_path[0] == 0);

	SECTION("bad addresses");
	name("zz", 3);
	a.sun_family = AF_INET;
	SHOW(bind(sock(SOCK_STREAM), (struct sockaddr *)&a, 5));
	SHOW(connect(sock(SOCK_STREAM), (struct sockaddr *)&a, 5));
	a.sun_family = AF_UNIX;
	SHOW(bind(sock(SOCK_STREAM), (struct sockaddr *)&a, 1));
	SHOW(bind(sock(SOCK_STREAM), (struct sockaddr *)&a, 0));
	SHOW(bind(sock(SOCK_STREAM), (struct sockaddr *)&a, -1));
	SHOW(bind(sock(SOCK_STREAM), (struct sockaddr *)&a, 111));
	SHOW(bind(sock(SOCK_STREAM), (struct sockaddr *)&a, 1000));
	SHOW(connect(sock(SOCK_STREAM), (struct sockaddr *)&a, 1));
	SHOW(bind(sock(SOCK_STREAM), BADP, 20));
	SHOW(connect(sock(SOCK_STREAM), BADP, 20));
	SHOW(bind(-1, BADP, 20));
	SHOW(bind(sock(SOCK_STREAM), BADP, -1));
	return 0;
}
