/* sendmsg, recvmsg, sendmmsg, recvmmsg: vectors, flags, MSG_PEEK, WAITALL, DONTWAIT, TRUNC; the header's errors. */
#include "vktest.h"
#include <sys/socket.h>

int main(void)
{
	char a[8], b[8];
	int s[2], d[2];
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, d));
	struct iovec w[] = {{"one", 3}, {"", 0}, {"two", 3}}, r[] = {{a, 4}, {b, 8}};
	struct msghdr out = {.msg_iov = w, .msg_iovlen = 3}, in = {.msg_iov = r, .msg_iovlen = 2};

	SECTION("stream");
	SHOW(sendmsg(s[0], &out, 0));
	SHOW(recvmsg(s[1], &in, 0));
	t_quote("a", a, 4);
	t_quote("b", b, 2);
	SHOW_X(in.msg_flags);
	SHOW(in.msg_namelen);

	SECTION("MSG_PEEK, MSG_DONTWAIT, MSG_WAITALL");
	SHOW(send(s[0], "peek", 4, 0));
	SHOW(recv(s[1], a, 2, MSG_PEEK));
	t_quote("a", a, 2);
	SHOW(recv(s[1], a, 8, MSG_PEEK));
	SHOW(recv(s[1], a, 8, 0));
	SHOW(recv(s[1], a, 8, MSG_DONTWAIT));
	SHOW(recv(s[1], a, 8, MSG_PEEK | MSG_DONTWAIT));
	pid_t p = t_fork();
	if (p == 0) {
		for (int i = 0; i < 4; i++) {
			send(s[0], "ab", 2, 0);
			t_sleep_ms(10);
		}
		_exit(0);
	}
	SHOW(recv(s[1], a, 8, MSG_WAITALL));
	t_quote("a", a, 8);
	t_waitpid(p);
	p = t_fork();
	if (p == 0) {
		send(s[0], "abc", 3, 0);
		t_sleep_ms(30);
		shutdown(s[0], SHUT_WR);
		_exit(0);
	}
	SHOW(recv(s[1], a, 8, MSG_WAITALL));
	t_waitpid(p);

	SECTION("datagrams: MSG_TRUNC");
	out.msg_iovlen = 3;
	SHOW(sendmsg(d[0], &out, 0));
	in = (struct msghdr){.msg_iov = r, .msg_iovlen = 1};
	SHOW(recvmsg(d[1], &in, 0));
	SHOW_X(in.msg_flags);
	SHOW(sendmsg(d[0], &out, 0));
	in = (struct msghdr){.msg_iov = r, .msg_iovlen = 1};
	SHOW(recvmsg(d[1], &in, MSG_TRUNC));
	SHOW_X(in.msg_flags);
	SHOW(sendmsg(d[0], &(struct msghdr){.msg_iov = NULL, .msg_iovlen = 0}, 0));
	SHOW(recv(d[1], a, 8, 0));

	SECTION("sendmmsg, recvmmsg");
	struct mmsghdr m[3] = {{.msg_hdr = out}, {.msg_hdr = out}, {.msg_hdr = out}};
	m[1].msg_hdr.msg_iovlen = 1;
	SHOW(sendmmsg(d[0], m, 3, 0));
	printf("%u %u %u\n", m[0].msg_len, m[1].msg_len, m[2].msg_len);
	struct mmsghdr mr[5];
	memset(mr, 0, sizeof mr);
	for (int i = 0; i < 5; i++)
		mr[i].msg_hdr = (struct msghdr){.msg_iov = r, .msg_iovlen = 2};
	SHOW(recvmmsg(d[1], mr, 5, MSG_DONTWAIT, NULL));
	printf("%u %u %u\n", mr[0].msg_len, mr[1].msg_len, mr[2].msg_len);
	SHOW(recvmmsg(d[1], mr, 5, MSG_DONTWAIT, NULL));
	SHOW(sendmmsg(d[0], m, 2, 0));
	SHOW(recvmmsg(d[1], mr, 5, MSG_WAITFORONE, NULL));
	struct timespec ts = {0, 2000000000};
	SHOW(recvmmsg(d[1], mr, 5, MSG_DONTWAIT, &ts));
	m[1].msg_hdr.msg_iov = BADP;
	SHOW(sendmmsg(d[0], m, 3, 0));
	SHOW(recv(d[1], a, 8, 0));

	SECTION("errors");
	int q[2];
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, q));
	SHOW(sendmsg(q[0], BADP, 0));
	SHOW(recvmsg(q[0], BADP, MSG_DONTWAIT));
	SHOW(sendmsg(-1, BADP, 0));
	SHOW(sendmsg(q[0], &(struct msghdr){.msg_iov = BADP, .msg_iovlen = 1}, 0));
	SHOW(sendmsg(q[0], &(struct msghdr){.msg_iov = w, .msg_iovlen = 2000}, 0));
	SHOW(recvmsg(q[0], &(struct msghdr){.msg_iov = w, .msg_iovlen = 2000}, 0));
	SHOW(sendmsg(q[0], &(struct msghdr){.msg_iov = w, .msg_iovlen = 1, .msg_control = BADP, .msg_controllen = 24}, 0));
	SHOW(sendmsg(q[0], &(struct msghdr){.msg_iov = w, .msg_iovlen = 1, .msg_name = "xx", .msg_namelen = 2}, 0));
	SHOW(send(q[0], BADP, 4, 0));
	SHOW(recv(q[0], a, 1, MSG_ERRQUEUE | MSG_DONTWAIT));
	SHOW(write(q[1], "keep", 4));
	SHOW(recv(q[0], BADP, 4, 0));
	SHOW(recv(q[0], a, 8, MSG_DONTWAIT));
	signal(SIGPIPE, SIG_IGN);
	close(q[1]);
	SHOW(send(q[0], "x", 1, 0));
	SHOW(sendmsg(q[0], &(struct msghdr){.msg_iov = w, .msg_iovlen = 1}, MSG_NOSIGNAL));
	return 0;
}
