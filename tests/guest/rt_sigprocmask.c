/* rt_sigprocmask: block, unblock, set; KILL and STOP cannot be; when what is pending is delivered; errors. */
#include "vkproc.h"

static long pm(int how, const void *new, void *old, size_t size)
{
	return syscall(SYS_rt_sigprocmask, how, new, old, size);
}

static volatile int n;
static void handler(int s)
{
	n++;
	p_say("handler %s", t_signame(s));
}

int main(void)
{
	unsigned long all = -1UL, set, old = 0x5a5a;
	SHOW(pm(SIG_SETMASK, &all, &old, 8));
	SHOW_X(old);
	SHOW(pm(SIG_BLOCK, NULL, &old, 8));
	SHOW_X(old);
	set = 1UL << (SIGUSR1 - 1) | 1UL << (SIGKILL - 1);
	SHOW(pm(SIG_UNBLOCK, &set, &old, 8));
	SHOW_X(old);
	SHOW(pm(SIG_SETMASK, &set, &old, 8));
	SHOW_X(old);
	set = 1UL << (SIGUSR2 - 1) | 1UL << 63;
	SHOW(pm(SIG_BLOCK, &set, &old, 8));
	SHOW(pm(77, NULL, &old, 8));
	SHOW_X(old);
	set = 0;
	SHOW(pm(SIG_SETMASK, &set, NULL, 8));
	SHOW(pm(0, NULL, NULL, 8));

	SECTION("errors");
	SHOW(pm(3, &set, &old, 8));
	SHOW(pm(-1, &set, NULL, 8));
	SHOW(pm(SIG_BLOCK, &set, &old, 7));
	SHOW(pm(SIG_BLOCK, &set, &old, 128));
	SHOW(pm(SIG_BLOCK, BADP, &old, 8));
	SHOW(pm(3, BADP, &old, 8));
	SHOW(pm(3, &set, BADP, 8));
	SHOW(pm(SIG_BLOCK, NULL, BADP, 8));
	SHOW(pm(SIG_BLOCK, BADP, BADP, 9));
	set = 1UL << (SIGUSR1 - 1);
	SHOW(pm(SIG_BLOCK, &set, BADP, 8));
	SHOW(pm(SIG_BLOCK, NULL, &old, 8));
	SHOW_X(old);

	SECTION("delivery");
	p_handler(SIGUSR1, handler, 0);
	p_handler(SIGUSR2, handler, 0);
	kill(getpid(), SIGUSR1);
	printf("blocked: %d\n", n);
	set = 1UL << (SIGUSR2 - 1);
	pm(SIG_UNBLOCK, &set, NULL, 8);
	printf("another unblocked: %d\n", n);
	set = 0;
	pm(SIG_SETMASK, &set, NULL, 8);
	printf("on return from the call that unblocks: %d\n", n);
	/* Swapping masks: the one that becomes free is delivered, with the other blocked. */
	p_block(SIGUSR1);
	p_block(SIGUSR2);
	kill(getpid(), SIGUSR2);
	kill(getpid(), SIGUSR1);
	set = 1UL << (SIGUSR2 - 1);
	pm(SIG_SETMASK, &set, NULL, 8);
	printf("swapped: %d\n", n);
	p_showpending("pending");
	/* EFAULT for the old mask comes after the change: the signal is delivered. */
	set = 0;
	SHOW(pm(SIG_SETMASK, &set, BADP, 8));
	printf("%d\n", n);
	return 0;
}
