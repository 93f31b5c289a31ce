/* ioprio_get, ioprio_set; membarrier; small calls that every kernel has: rseq twice, sync, getpgrp, syslog for the ordinary, ENOSYS for no call at all. */
#include "vkproc.h"
#include <linux/membarrier.h>

static volatile int x, y;
static void *barrier(void *arg)
{
	for (int i = 0; i < 100; i++) {
		x = i;
		syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
		y = i;
	}
	return arg;
}

int main(void)
{
	SECTION("ioprio");
	SHOW(syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 6));
	SHOW_X(syscall(SYS_ioprio_get, 1, 0));
	SHOW_X(syscall(SYS_ioprio_get, 1, getpid()));
	IN_CHILD("child")
		SHOW_X(syscall(SYS_ioprio_get, 1, 0));
	SHOW(syscall(SYS_ioprio_set, 1, 0, 3 << 13));
	SHOW_X(syscall(SYS_ioprio_get, 1, 0));
	SHOW(syscall(SYS_ioprio_get, 9, 0));
	SHOW(syscall(SYS_ioprio_get, 1, INT_MAX));
	SHOW(syscall(SYS_ioprio_set, 9, 0, 2 << 13));
	SHOW(syscall(SYS_ioprio_set, 1, INT_MAX, 2 << 13));
	SHOW(syscall(SYS_ioprio_set, 1, 0, 7 << 13));
	SHOW(syscall(SYS_ioprio_set, 1, 0, 0 << 13 | 1));
	SECTION("membarrier");
	long q = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
	CHECK(q >= 0 && (q & MEMBARRIER_CMD_GLOBAL));
	SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
	SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
	SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
	SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0));
	SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0));
	SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0));
	SHOW(syscall(SYS_membarrier, 1 << 20, 0, 0));
	SHOW(syscall(SYS_membarrier, -1, 0, 0));
	SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 1, 0));
	pthread_t t = p_thread(barrier, NULL);
	int bad = 0;
	for (int i = 0; i < 1000; i++) {
		int b = y;
		__asm__ volatile("" ::: "memory");
		bad += x < b;
	}
	p_join(t);
	SHOW(bad);
	SECTION("others");
	SHOW((sync(), 0));
	SHOW(syscall(SYS_getpgrp) == getpgid(0));
	SHOW(syscall(500));
	SHOW(syscall(-1));
	SHOW(syscall(100000));
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
	SHOW(syscall(SYS_set_thread_area, 0));
	SHOW(syscall(SYS_restart_syscall));
	return 0;
}
