/* ioprio_get: what was set, of process and group; errors. */
#include "vkproc.h"

static long ig(int which, int who) { return syscall(SYS_ioprio_get, which, who); }

int main(void)
{
	MUST(syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 5));
	SHOW_X(ig(1, 0));
	SHOW_X(ig(1, getpid()));
	IN_CHILD("group: the best of its members") {
		setpgid(0, 0);
		pid_t p = t_fork();
		if (p == 0)
			for (;;)
				pause();
		MUST(syscall(SYS_ioprio_set, 1, p, 2 << 13 | 2));
		SHOW_X(ig(2, 0));
		SHOW_X(ig(1, p));
		SHOW_X(ig(1, 0));
		kill(p, SIGKILL);
		t_waitpid(p);
	}
	SHOW(ig(0, 0));
	SHOW(ig(9, 0));
	SHOW(ig(1, INT_MAX));
	SHOW(ig(2, INT_MAX));
	return 0;
}
