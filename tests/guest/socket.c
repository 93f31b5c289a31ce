/* socket: domains, types, flags, protocols; what a fresh socket can do. */
#include "vktest.h"
#include <netinet/in.h>
#include <sys/socket.h>

int main(void)
{
	char b[8];
	SHOW_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	SHOW_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
	SHOW_OK(socket(AF_UNIX, SOCK_SEQPACKET, 0));
	SHOW_OK(socket(AF_INET, SOCK_STREAM, 0));
	SHOW_OK(socket(AF_INET, SOCK_STREAM, IPPROTO_TCP));
	SHOW_OK(socket(AF_INET, SOCK_DGRAM, 0));
	SHOW_OK(socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP));
	SHOW_OK(socket(AF_UNIX, SOCK_STREAM, PF_UNIX));

	SECTION("flags");
	int s = SHOW_OK(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	SHOW_X(fcntl(s, F_GETFL));
	SHOW(fcntl(s, F_GETFD));
	s = SHOW_OK(socket(AF_INET, SOCK_DGRAM, 0));
	SHOW_X(fcntl(s, F_GETFL));
	SHOW(fcntl(s, F_GETFD));

	SECTION("refused");
	SHOW_OK(socket(-1, SOCK_STREAM, 0));
	SHOW_OK(socket(12345, SOCK_STREAM, 0));
	SHOW_OK(socket(AF_UNIX, 99, 0));
	SHOW_OK(socket(AF_UNIX, SOCK_RDM, 0));
	SHOW_OK(socket(AF_UNIX, SOCK_STREAM | 0x10000, 0));
	SHOW_OK(socket(AF_UNIX, SOCK_STREAM, 6));
	SHOW_OK(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
	SHOW_OK(socket(AF_INET, SOCK_SEQPACKET, 0));
	SHOW_OK(socket(12345, 99, 0));
	SHOW_OK(socket(12345, SOCK_STREAM | 0x10000, 0));

	SECTION("a fresh socket is not connected");
	s = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	SHOW(read(s, b, 1));
	SHOW(recv(s, b, 1, MSG_DONTWAIT));
	SHOW(send(s, b, 1, MSG_NOSIGNAL));
	SHOW(shutdown(s, SHUT_RD));
	SHOW(getpeername(s, (struct sockaddr *)b, &(socklen_t){8}));
	SHOW(accept(s, NULL, NULL));
	SHOW(lseek(s, 0, SEEK_CUR));
	int d = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	SHOW(send(d, b, 1, 0));
	SHOW(recv(d, b, 1, MSG_DONTWAIT));
	SHOW(accept(d, NULL, NULL));
	SHOW(listen(d, 1));
	int t = MUST(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(recv(t, b, 1, 0));
	SHOW(send(t, b, 1, MSG_NOSIGNAL));
	SHOW(shutdown(t, SHUT_WR));
	SHOW(accept(t, NULL, NULL));
	int u = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	SHOW(send(u, b, 1, 0));
	SHOW(shutdown(u, SHUT_RD));
	SHOW(listen(u, 1));

	SECTION("socket calls on what is no socket");
	int f = MUST(open("f", O_RDWR | O_CREAT, 0600));
	SHOW(listen(f, 1));
	SHOW(accept(f, NULL, NULL));
	SHOW(bind(f, BADP, 10));
	SHOW(connect(f, BADP, 10));
	SHOW(send(f, b, 1, 0));
	SHOW(recv(f, b, 1, 0));
	SHOW(shutdown(f, SHUT_RD));
	SHOW(getsockname(f, BADP, BADP));
	SHOW(getsockopt(f, SOL_SOCKET, SO_TYPE, b, &(socklen_t){4}));
	SHOW(setsockopt(f, SOL_SOCKET, SO_TYPE, b, 4));
	SHOW(listen(-1, 1));
	SHOW(send(999, BADP, 1, 0));
	SHOW(recv(-1, BADP, 1, 0));
	SHOW(shutdown(-1, 99));
	return 0;
}
