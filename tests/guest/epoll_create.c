/* epoll_create: the size is not used, but must be positive. */
#include "vktest.h"
#include <sys/epoll.h>

int main(void)
{
	int ep = SHOW_OK(syscall(SYS_epoll_create, 1));
	SHOW_OK(syscall(SYS_epoll_create, 0x7fffffff));
	SHOW_OK(syscall(SYS_epoll_create, 0));
	SHOW_OK(syscall(SYS_epoll_create, -1));
	SHOW(fcntl(ep, F_GETFD));
	SHOW_X(fcntl(ep, F_GETFL));
	struct epoll_event e;
	SHOW(epoll_wait(ep, &e, 1, 0));
	char b[8];
	SHOW(read(ep, b, 8));
	SHOW(write(ep, b, 8));
	SHOW(lseek(ep, 0, SEEK_SET));
	SHOW(ioctl(ep, FIONREAD, b));
	return 0;
}
