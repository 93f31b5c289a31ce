/* sendmmsg: several messages, the count that went, and the error that shows only when none did. */
#include "vktest.h"
#include <sys/socket.h>

int main(void)
{
	char b[64];
	int s[2];
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
	struct iovec v[3] = {{"a", 1}, {"bb", 2}, {"ccc", 3}};
	struct mmsghdr m[3];
	memset(m, 0, sizeof m);
	for (int i = 0; i < 3; i++)
		m[i].msg_hdr.msg_iov = &v[i], m[i].msg_hdr.msg_iovlen = 1, m[i].msg_len = 99;
	SHOW(sendmmsg(s[0], m, 3, 0));
	printf("%u %u %u\n", m[0].msg_len, m[1].msg_len, m[2].msg_len);
	for (int i = 0; i < 3; i++)
		SHOW(recv(s[1], b, sizeof b, MSG_DONTWAIT));
	SHOW(sendmmsg(s[0], m, 0, 0));
	v[1].iov_base = BADP;
	SHOW(sendmmsg(s[0], m, 3, 0));
	SHOW(recv(s[1], b, sizeof b, MSG_DONTWAIT));
	SHOW(recv(s[1], b, sizeof b, MSG_DONTWAIT));
	SHOW(sendmmsg(s[0], m + 1, 2, 0));
	SHOW(sendmmsg(s[0], BADP, 2, 0));
	SHOW(sendmmsg(-1, BADP, 2, 0));
	SHOW(sendmmsg(MUST(open("/dev/null", O_WRONLY)), m, 1, 0));
	close(s[1]);
	v[1].iov_base = "bb";
	SHOW(sendmmsg(s[0], m, 3, MSG_NOSIGNAL));
	return 0;
}
