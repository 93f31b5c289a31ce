/* SO_PEERCRED, SO_PASSCRED and SCM_CREDENTIALS: who is on the other side. */
#include "vktest.h"
#include <sys/socket.h>
#include <sys/un.h>

static void peer(const char *what, int s, pid_t pid)
{
	struct ucred u = {0, 0, 0};
	socklen_t l = sizeof u;
	if (getsockopt(s, SOL_SOCKET, SO_PEERCRED, &u, &l) < 0)
		printf("%s: %s\n", what, t_errname(errno));
	else
		printf("%s: pid %s uid %s gid %s length %u\n", what, u.pid == pid ? "right" : u.pid == 0 ? "0" : "other",
		       u.uid == geteuid() ? "mine" : "other", u.gid == getegid() ? "mine" : "other", l);
}
static void receive(const char *what, int s, pid_t pid)
{
	char c[256] __attribute__((aligned(8))), b[8];
	struct iovec v = {b, sizeof b};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = c, .msg_controllen = sizeof c};
	ssize_t n = recvmsg(s, &m, MSG_DONTWAIT);
	printf("%s: %zd", what, n);
	for (struct cmsghdr *h = n < 0 ? NULL : CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h))
		if (h->cmsg_type == SCM_CREDENTIALS) {
			struct ucred *u = (void *)CMSG_DATA(h);
			printf(" credentials: pid %s uid %s", u->pid == pid ? "right" : "other", u->uid == geteuid() ? "mine" : "other");
		}
	putchar('\n');
}
static ssize_t send_cred(int s, pid_t pid, uid_t uid, gid_t gid)
{
	char c[CMSG_SPACE(sizeof(struct ucred))] __attribute__((aligned(8)));
	struct iovec v = {"c", 1};
	memset(c, 0, sizeof c);
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = c, .msg_controllen = sizeof c};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	h->cmsg_level = SOL_SOCKET, h->cmsg_type = SCM_CREDENTIALS, h->cmsg_len = CMSG_LEN(sizeof(struct ucred));
	memcpy(CMSG_DATA(h), &(struct ucred){pid, uid, gid}, sizeof(struct ucred));
	return sendmsg(s, &m, 0);
}
static int pair[2];
static int lies(void)
{
	SHOW(send_cred(pair[0], getpid(), geteuid(), getegid()));
	SHOW(send_cred(pair[0], getppid(), geteuid(), getegid()));
	SHOW(send_cred(pair[0], getpid(), geteuid() + 1, getegid()));
	SHOW(send_cred(pair[0], getpid(), geteuid(), getegid() + 1));
	return 0;
}

int main(void)
{
	int on = 1;
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "sock"};
	SECTION("socketpair");
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	peer("pair", pair[0], getpid());
	pid_t p = t_fork();
	if (p == 0) {
		peer("in the child", pair[1], getppid());
		t_exit(0);
	}
	t_waitpid(p);

	SECTION("connected by a child");
	int l = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(bind(l, (void *)&a, sizeof a));
	peer("not connected", l, getpid());
	MUST(listen(l, 5));
	peer("listening", l, getpid());
	p = t_fork();
	if (p == 0) {
		int c = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
		MUST(connect(c, (void *)&a, sizeof a));
		peer("the child sees", c, getppid());
		t_exit(0);
	}
	int s = MUST(accept(l, NULL, NULL));
	t_waitpid(p);
	peer("the parent sees", s, p);

	SECTION("SO_PASSCRED: each message says who sent it");
	MUST(write(pair[0], "x", 1));
	receive("without", pair[1], getpid());
	SHOW(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
	MUST(write(pair[0], "x", 1));
	receive("write", pair[1], getpid());
	p = t_fork();
	if (p == 0)
		_exit(write(pair[0], "x", 1) != 1);
	t_waitpid(p);
	receive("a child's write", pair[1], p);
	SHOW(send_cred(pair[0], getpid(), geteuid(), getegid()));
	receive("sent", pair[1], getpid());

	SECTION("only root may lie");
	t_unprivileged("lies", lies);
	return 0;
}
