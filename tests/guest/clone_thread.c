/* clone with CLONE_THREAD, made by hand: same pid, own tid, TLS by CLONE_SETTLS, clear-tid wake, no wait. */
#include "vkproc.h"
#include <asm/prctl.h>
#include <linux/futex.h>

#define FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static char stacks[8][32768] __attribute__((aligned(16)));
static volatile int tids[8], seen_pid, seen_tid, counter;
static unsigned long seen_fs, tls[8][512];

/* These run without libc's thread data: plain system calls only. */
static long raw(long n, long a, long b)
{
	long r;
	__asm__ volatile("syscall" : "=a"(r) : "0"(n), "D"(a), "S"(b) : "rcx", "r11", "memory");
	return r;
}

static __attribute__((optimize("no-stack-protector"))) int body(void *arg)
{
	(void)arg;
	seen_pid = raw(SYS_getpid, 0, 0);
	seen_tid = raw(SYS_gettid, 0, 0);
	raw(SYS_arch_prctl, ARCH_GET_FS, (long)&seen_fs);
	unsigned long v;
	__asm__ volatile("mov %%fs:0,%0" : "=r"(v));
	seen_fs = v == 0x1234 ? seen_fs : 0;
	__atomic_add_fetch(&counter, 1, __ATOMIC_SEQ_CST);
	raw(SYS_exit, 0, 0);
	return 0;
}

static void wait_gone(volatile int *tid)
{
	int v;
	while ((v = *tid) != 0)
		syscall(SYS_futex, tid, FUTEX_WAIT, v, NULL, NULL, 0);
}

int main(void)
{
	for (int i = 0; i < 8; i++)
		tls[i][0] = 0x1234;
	pid_t t = MUST(clone(body, stacks[0] + sizeof stacks[0], FLAGS | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID, NULL,
			     &tids[0], tls[0], &tids[0]));
	wait_gone(&tids[0]);
	CHECK(seen_pid == getpid());
	CHECK(seen_tid == t && t != getpid());
	CHECK(seen_fs == (unsigned long)tls[0]);
	SHOW(waitpid(t, NULL, __WALL));
	SHOW(waitpid(-1, NULL, __WALL | WNOHANG));
	/* The word is cleared a moment before the tid is free. */
	while (kill(t, 0) == 0)
		t_sleep_ms(1);
	SHOW(kill(t, 0));

	for (int i = 0; i < 8; i++)
		MUST(clone(body, stacks[i] + sizeof stacks[i], FLAGS | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID, NULL,
			   &tids[i], tls[i], &tids[i]));
	for (int i = 0; i < 8; i++)
		wait_gone(&tids[i]);
	SHOW(counter);
	return 6;
}
