/* Numbers that are no call, and calls that Linux once had: ENOSYS. */
#include "vkproc.h"

int main(void)
{
	SHOW(syscall(-1));
	SHOW(syscall(500));
	SHOW(syscall(100000));
	SHOW(syscall(LONG_MAX));
	SHOW(syscall(LONG_MIN));
	SHOW(syscall(SYS_create_module, 0, 0));
	SHOW(syscall(SYS_get_kernel_syms, 0));
	SHOW(syscall(SYS_query_module, 0));
	SHOW(syscall(SYS_nfsservctl, 0, 0, 0));
	SHOW(syscall(SYS_afs_syscall));
	SHOW(syscall(SYS_tuxcall));
	SHOW(syscall(SYS_security));
	SHOW(syscall(SYS_vserver));
	SHOW(syscall(SYS_getpmsg));
	SHOW(syscall(SYS_putpmsg));
	SHOW(syscall(SYS_epoll_ctl_old));
	SHOW(syscall(SYS_epoll_wait_old));
	SHOW(syscall(SYS_set_thread_area, 0));
	SHOW(syscall(SYS_get_thread_area, 0));
	/* The upper half of the number does not count for what is a valid one below. */
	long r;
	__asm__ volatile("syscall" : "=a"(r) : "0"(1L << 32 | SYS_getpid) : "rcx", "r11", "memory");
	printf("getpid with the upper half set: %s\n", r == getpid() ? "the pid" : r == -ENOSYS ? "ENOSYS" : "?");
	return 0;
}
