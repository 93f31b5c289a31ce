/* eventfd, the old number: no flags. */
#include "vktest.h"

int main(void)
{
	uint64_t v = 0;
	int e = SHOW_OK(syscall(SYS_eventfd, 3));
	SHOW(fcntl(e, F_GETFD));
	SHOW_X(fcntl(e, F_GETFL));
	SHOW(read(e, &v, 8));
	SHOW(v);
	v = 1;
	SHOW(write(e, &v, 8));
	SHOW(write(e, &v, 8));
	SHOW(read(e, &v, 8));
	SHOW(v);
	e = SHOW_OK(syscall(SYS_eventfd, 0x80000001U));
	SHOW(read(e, &v, 8));
	SHOW(v);
	return 0;
}
