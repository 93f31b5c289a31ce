/* recvfrom: addresses and their lengths, flags, pointers. */
#include "vktest.h"
#include <sys/socket.h>
#include <sys/un.h>

int main(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "receiver"}, b = {.sun_family = AF_UNIX, .sun_path = "sender"}, w;
	char t[16];
	int r = MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), s = MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), p[2];
	MUST(bind(r, (void *)&a, sizeof a));
	MUST(bind(s, (void *)&b, sizeof b));
	MUST(connect(s, (void *)&a, sizeof a));
	for (int i = 0; i < 8; i++)
		MUST(send(s, "message", 7, 0));
	socklen_t n = sizeof w;
	memset(&w, 0, sizeof w);
	SHOW(recvfrom(r, t, sizeof t, 0, (void *)&w, &n));
	printf("length %u \"%s\"\n", n, w.sun_path);
	n = 5;
	memset(&w, 0, sizeof w);
	SHOW(recvfrom(r, t, sizeof t, 0, (void *)&w, &n));
	printf("length %u \"%s\"\n", n, w.sun_path);
	n = 0;
	SHOW(recvfrom(r, t, sizeof t, MSG_PEEK, (void *)&w, &n));
	printf("length %u\n", n);
	SHOW(recvfrom(r, t, sizeof t, 0, NULL, NULL));
	SHOW(recvfrom(r, t, sizeof t, 0, NULL, BADP));
	SHOW(recvfrom(r, t, 3, MSG_TRUNC, NULL, NULL));
	SHOW(recvfrom(r, t, 0, 0, NULL, NULL));

	SECTION("errors: what is taken although its address cannot be stored");
	n = -1;
	SHOW(recvfrom(r, t, sizeof t, MSG_DONTWAIT, (void *)&w, &n));
	n = sizeof w;
	SHOW(recvfrom(r, t, sizeof t, MSG_DONTWAIT, BADP, &n));
	SHOW(recvfrom(r, t, sizeof t, MSG_DONTWAIT, NULL, NULL));
	MUST(send(s, "more", 4, 0));
	SHOW(recvfrom(r, BADP, 4, MSG_DONTWAIT, NULL, NULL));
	SHOW(recvfrom(r, t, sizeof t, MSG_DONTWAIT, NULL, NULL));
	SHOW(recvfrom(-1, BADP, 4, 0, BADP, BADP));

	SECTION("streams have no sender's address");
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, p));
	MUST(write(p[1], "stream", 6));
	n = sizeof w;
	SHOW(recvfrom(p[0], t, sizeof t, 0, (void *)&w, &n));
	SHOW(n);
	close(p[1]);
	SHOW(recvfrom(p[0], t, sizeof t, 0, NULL, NULL));
	return 0;
}
