/* recvmmsg: as many as there are, MSG_WAITFORONE, the timeout, the error after some. */
#include "vktest.h"
#include <sys/socket.h>

static char buf[4][16];
static struct iovec v[4];
static struct mmsghdr m[4];
static void fresh(void)
{
	memset(m, 0, sizeof m);
	for (int i = 0; i < 4; i++) {
		v[i] = (struct iovec){buf[i], 16};
		m[i].msg_hdr.msg_iov = &v[i], m[i].msg_hdr.msg_iovlen = 1;
	}
}

int main(void)
{
	int s[2];
	struct timespec t = {0, 30000000};
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
	fresh();
	SHOW(recvmmsg(s[1], m, 4, MSG_DONTWAIT, NULL));
	MUST(send(s[0], "one", 3, 0));
	MUST(send(s[0], "second", 6, 0));
	SHOW(recvmmsg(s[1], m, 4, MSG_DONTWAIT, NULL));
	printf("%u %u\n", m[0].msg_len, m[1].msg_len);
	MUST(send(s[0], "one", 3, 0));
	fresh();
	SHOW(recvmmsg(s[1], m, 4, MSG_WAITFORONE, NULL));
	for (int i = 0; i < 5; i++)
		MUST(send(s[0], "five", 4, 0));
	SHOW(recvmmsg(s[1], m, 4, 0, NULL));
	SHOW(recvmmsg(s[1], m, 4, MSG_DONTWAIT, &t));

	SECTION("it waits for all it was asked for");
	pid_t p = t_fork();
	if (p == 0) {
		for (int i = 0; i < 4; i++) {
			t_sleep_ms(10);
			send(s[0], "x", 1, 0);
		}
		_exit(0);
	}
	SHOW(recvmmsg(s[1], m, 4, 0, NULL));
	t_waitpid(p);

	SECTION("errors");
	SHOW(recvmmsg(s[1], m, 4, MSG_DONTWAIT, &(struct timespec){-1, 0}));
	SHOW(recvmmsg(s[1], m, 4, MSG_DONTWAIT, &(struct timespec){0, 1000000000}));
	SHOW(recvmmsg(s[1], m, 4, MSG_DONTWAIT, BADP));
	SHOW(recvmmsg(-1, m, 4, MSG_DONTWAIT, NULL));
	SHOW(recvmmsg(-1, BADP, 4, MSG_DONTWAIT, BADP));
	MUST(send(s[0], "x", 1, 0));
	SHOW(recvmmsg(s[1], BADP, 1, MSG_DONTWAIT, NULL));
	SHOW(recvmmsg(s[1], m, 0, MSG_DONTWAIT, NULL));
	return 0;
}
