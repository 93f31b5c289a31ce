/* SCM_RIGHTS: descriptors through sockets; SCM_CREDENTIALS; truncation; in flight when nobody takes them. */
#include "vktest.h"
#include <sys/socket.h>

static int send_fds(int s, const int *fds, int n, const char *text)
{
	char c[CMSG_SPACE(sizeof(int) * 300)] __attribute__((aligned(8)));
	struct iovec v = {(void *)text, strlen(text)};
	memset(c, 0, sizeof c);
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = c, .msg_controllen = CMSG_SPACE(sizeof(int) * n)};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	h->cmsg_level = SOL_SOCKET, h->cmsg_type = SCM_RIGHTS, h->cmsg_len = CMSG_LEN(sizeof(int) * n);
	memcpy(CMSG_DATA(h), fds, sizeof(int) * n);
	return sendmsg(s, &m, 0);
}
static int take[300];
static int recv_fds(int s, int room, int flags, ssize_t *len, int *mflags)
{
	char c[CMSG_SPACE(sizeof(int) * 300)] __attribute__((aligned(8))), b[64];
	struct iovec v = {b, sizeof b};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = c, .msg_controllen = room};
	int n = 0;
	*len = recvmsg(s, &m, flags);
	*mflags = m.msg_flags;
	if (*len < 0)
		return -1;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h))
		if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS) {
			n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			memcpy(take, CMSG_DATA(h), n * sizeof(int));
		}
	return n;
}
static void show(const char *what, int s, int room, int flags)
{
	ssize_t len;
	int mf, n = recv_fds(s, room, flags, &len, &mf);
	printf("%s: length %zd descriptors %d flags 0x%x%s%s\n", what, len, n, mf, len < 0 ? " " : "",
	       len < 0 ? t_errname(errno) : "");
}
#define ROOM(n) CMSG_SPACE(sizeof(int) * (n))

int main(void)
{
	char b[32];
	int s[2], p[2];
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	t_write_file("f", "0123456789");
	int f = MUST(open("f", O_RDWR));

	SECTION("one descriptor: same file, same offset, another number");
	SHOW(read(f, b, 3));
	SHOW(send_fds(s[0], &f, 1, "x"));
	show("received", s[1], ROOM(1), 0);
	CHECK(take[0] != f);
	SHOW(read(take[0], b, 2));
	t_quote("b", b, 2);
	SHOW(lseek(f, 0, SEEK_CUR));
	SHOW(fcntl(take[0], F_GETFD));
	SHOW(send_fds(s[0], &f, 1, "x"));
	show("MSG_CMSG_CLOEXEC", s[1], ROOM(1), MSG_CMSG_CLOEXEC);
	SHOW(fcntl(take[0], F_GETFD));

	SECTION("closed by the sender while in flight");
	MUST(pipe(p));
	SHOW(send_fds(s[0], &p[1], 1, "x"));
	close(p[1]);
	show("received", s[1], ROOM(1), 0);
	SHOW(write(take[0], "through", 7));
	SHOW(read(p[0], b, sizeof b));
	close(take[0]);
	SHOW(read(p[0], b, sizeof b));

	SECTION("never received: closed with the socket");
	int q[2];
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, q));
	MUST(pipe(p));
	SHOW(send_fds(q[0], &p[1], 1, "x"));
	close(p[1]);
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	SHOW(read(p[0], b, 1));
	close(q[0]);
	close(q[1]);
	SHOW(read(p[0], b, 1));

	SECTION("several; room for fewer; no room; read() drops them");
	int three[] = {f, p[0], s[0]};
	SHOW(send_fds(s[0], three, 3, "abc"));
	show("three", s[1], ROOM(3), 0);
	SHOW(send_fds(s[0], three, 3, "abc"));
	show("room for two", s[1], CMSG_LEN(sizeof(int) * 2), 0);
	SHOW(send_fds(s[0], three, 3, "abc"));
	show("no room", s[1], 0, 0);
	SHOW(send_fds(s[0], three, 1, "abc"));
	SHOW(read(s[1], b, sizeof b));
	SHOW(send_fds(s[0], three, 1, "abc"));
	show("peek", s[1], ROOM(1), MSG_PEEK);
	show("then take", s[1], ROOM(1), 0);

	SECTION("they stay with their bytes in a stream");
	SHOW(write(s[0], "before", 6));
	SHOW(send_fds(s[0], &f, 1, "with"));
	SHOW(write(s[0], "after", 5));
	show("first", s[1], ROOM(1), 0);
	show("second", s[1], ROOM(1), 0);
	show("third", s[1], ROOM(1), MSG_DONTWAIT);
	show("nothing", s[1], ROOM(1), MSG_DONTWAIT);

	SECTION("to another process");
	pid_t pid = t_fork();
	if (pid == 0) {
		int mine = MUST(open("child's", O_CREAT | O_RDWR, 0600));
		MUST(write(mine, "made by the child", 17));
		MUST(lseek(mine, 8, SEEK_SET));
		MUST(send_fds(s[0], &mine, 1, "c"));
		_exit(0);
	}
	show("received", s[1], ROOM(1), 0);
	t_waitpid(pid);
	ssize_t n = read(take[0], b, sizeof b);
	t_quote("b", b, n > 0 ? n : 0);

	SECTION("a socket through itself, a datagram socket");
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, q));
	SHOW(send_fds(q[0], &q[1], 1, "self"));
	show("received", q[1], ROOM(1), 0);
	int dd[2] = {f, f};
	SHOW(send_fds(q[0], dd, 2, ""));
	show("with no data", q[1], ROOM(2), 0);

	SECTION("errors");
	int bad = 999;
	SHOW(send_fds(s[0], &bad, 1, "x"));
	int many[254];
	for (int i = 0; i < 254; i++)
		many[i] = f;
	SHOW(send_fds(s[0], many, 254, "x"));
	SHOW(send_fds(s[0], many, 253, "x"));
	show("253", s[1], ROOM(253), 0);
	struct iovec v = {"x", 1};
	struct {
		struct cmsghdr h;
		int fd;
	} c = {{3, SOL_SOCKET, SCM_RIGHTS}, f};
	SHOW(sendmsg(s[0], &(struct msghdr){.msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c}, 0));
	c.h.cmsg_len = 1000;
	SHOW(sendmsg(s[0], &(struct msghdr){.msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c}, 0));
	c.h.cmsg_len = CMSG_LEN(4), c.h.cmsg_type = 99;
	SHOW(sendmsg(s[0], &(struct msghdr){.msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c}, 0));
	return 0;
}
