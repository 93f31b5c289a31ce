/* membarrier: query, registration before use, barriers between threads, errors. */
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

static long mb(int cmd, unsigned flags, int cpu) { return syscall(SYS_membarrier, cmd, flags, cpu); }

int main(void)
{
	long q = mb(MEMBARRIER_CMD_QUERY, 0, 0);
	CHECK(q >= 0 && (q & MEMBARRIER_CMD_GLOBAL));
	SHOW(mb(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
	SHOW(mb(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
	SHOW(mb(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
	SHOW(mb(MEMBARRIER_CMD_GLOBAL, 0, 0));
	SHOW(mb(MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0));
	SHOW(mb(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0));
	IN_CHILD("registration is inherited")
		SHOW(mb(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
	SHOW(mb(1 << 20, 0, 0));
	SHOW(mb(-1, 0, 0));
	SHOW(mb(MEMBARRIER_CMD_QUERY, 1, 0));
	pthread_t t = p_thread(barrier, NULL);
	int bad = 0;
	for (int i = 0; i < 1000; i++) {
		int b = y;
		__asm__ volatile("" ::: "memory");
		bad += x < b;
	}
	p_join(t);
	SHOW(bad);
	return 0;
}
