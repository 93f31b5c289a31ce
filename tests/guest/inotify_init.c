/* inotify_init, the old number: no flags. */
#include "vktest.h"
#include <sys/inotify.h>

int main(void)
{
	char b[256];
	int in = SHOW_OK(syscall(SYS_inotify_init));
	SHOW(fcntl(in, F_GETFD));
	SHOW_X(fcntl(in, F_GETFL));
	SHOW_OK(inotify_add_watch(in, ".", IN_CREATE));
	t_write_file("f", "x");
	SHOW(read(in, b, sizeof b));
	SHOW(lseek(in, 0, SEEK_SET));
	SHOW(close(in));
	return 0;
}
