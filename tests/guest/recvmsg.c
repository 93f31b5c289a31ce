/* recvmsg: names, control room, flags that come back, MSG_PEEK, iovecs of odd shapes. */
#include "vktest.h"
#include <sys/socket.h>
#include <sys/un.h>

int main(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "r"}, w;
	char t[8], u[8], c[64];
	int r = MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), s = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	MUST(bind(r, (void *)&a, sizeof a));
	strcpy(a.sun_path, "s");
	MUST(bind(s, (void *)&a, sizeof a));
	strcpy(a.sun_path, "r");
	MUST(connect(s, (void *)&a, sizeof a));
	struct iovec v[] = {{t, 3}, {NULL, 0}, {u, 8}};
	struct msghdr m = {.msg_name = &w, .msg_namelen = sizeof w, .msg_iov = v, .msg_iovlen = 3, .msg_control = c,
			   .msg_controllen = sizeof c, .msg_flags = 0x12345};
	MUST(send(s, "0123456789", 10, 0));
	SHOW(recvmsg(r, &m, MSG_PEEK));
	SHOW(recvmsg(r, &m, 0));
	printf("name %u control %zu flags 0x%x\n", m.msg_namelen, m.msg_controllen, m.msg_flags);
	t_quote("t", t, 3);
	t_quote("u", u, 7);

	SECTION("cut");
	MUST(send(s, "0123456789ABCDEF", 16, 0));
	m.msg_namelen = 2, m.msg_controllen = 0;
	SHOW(recvmsg(r, &m, 0));
	printf("name %u flags 0x%x\n", m.msg_namelen, m.msg_flags);
	MUST(send(s, "0123456789ABCDEF", 16, 0));
	m = (struct msghdr){.msg_iov = v, .msg_iovlen = 0};
	SHOW(recvmsg(r, &m, 0));
	printf("flags 0x%x\n", m.msg_flags);

	SECTION("errors");
	MUST(send(s, "x", 1, 0));
	SHOW(recvmsg(r, BADP, 0));
	SHOW(recvmsg(-1, BADP, 0));
	m = (struct msghdr){.msg_iov = BADP, .msg_iovlen = 1};
	SHOW(recvmsg(r, &m, 0));
	m = (struct msghdr){.msg_iov = v, .msg_iovlen = 1025};
	SHOW(recvmsg(r, &m, 0));
	m = (struct msghdr){.msg_iov = v, .msg_iovlen = 1, .msg_name = BADP, .msg_namelen = -1};
	SHOW(recvmsg(r, &m, 0));
	SHOW(recvmsg(r, t_readonly(&(struct msghdr){.msg_iov = v, .msg_iovlen = 1}, sizeof m), MSG_DONTWAIT));
	m = (struct msghdr){.msg_iov = v, .msg_iovlen = 1};
	SHOW(recvmsg(r, &m, MSG_DONTWAIT));
	v[0].iov_base = BADP;
	MUST(send(s, "x", 1, 0));
	SHOW(recvmsg(r, &m, MSG_DONTWAIT));
	v[0].iov_base = t;
	SHOW(recvmsg(r, &m, MSG_DONTWAIT));
	return 0;
}
