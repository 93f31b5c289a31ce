/* arch_prctl: FS and GS bases set and read, used, over fork, signals and threads; errors; rdfsbase when there is one. */
#include "vkproc.h"
#include <asm/prctl.h>

static long ap(int op, unsigned long a) { return syscall(SYS_arch_prctl, op, a); }

static unsigned long area[16] = {0x1111, 0x2222, 0x3333, 0x4444};

static unsigned long gs8(void)
{
	unsigned long v;
	__asm__ volatile("mov %%gs:8,%0" : "=r"(v));
	return v;
}

static volatile unsigned long in_handler;
static void handler(int s)
{
	(void)s;
	in_handler = gs8();
}

static void *thread(void *arg)
{
	unsigned long b = 1;
	ap(ARCH_GET_GS, (unsigned long)&b);
	CHECK(b == (unsigned long)area);
	ap(ARCH_SET_GS, (unsigned long)(area + 2));
	for (int i = 0; i < 100; i++)
		sched_yield();
	SHOW_X(gs8());
	return arg;
}

int main(void)
{
	unsigned long v = 0x55, fs;
	SHOW(ap(ARCH_GET_FS, (unsigned long)&fs));
	CHECK(fs == (unsigned long)pthread_self());
	SHOW(ap(ARCH_GET_GS, (unsigned long)&v));
	SHOW_X(v);
	SHOW(ap(ARCH_SET_GS, (unsigned long)area));
	SHOW_X(gs8());
	SHOW(ap(ARCH_GET_GS, (unsigned long)&v));
	CHECK(v == (unsigned long)area);
	IN_CHILD("child") {
		SHOW_X(gs8());
		ap(ARCH_SET_GS, (unsigned long)(area + 1));
		SHOW_X(gs8());
	}
	SHOW_X(gs8());
	p_handler(SIGUSR1, handler, 0);
	raise(SIGUSR1);
	SHOW_X(in_handler);
	p_join(p_thread(thread, NULL));
	for (int i = 0; i < 100; i++)
		sched_yield();
	t_sleep_ms(5);
	SHOW_X(gs8());
	/* FS by the instruction, if the kernel allows it, as AT_HWCAP2 says. */
	if (getauxval(AT_HWCAP2) & 2) {
		__asm__ volatile("rdfsbase %0" : "=r"(v));
		CHECK(v == fs);
		__asm__ volatile("wrgsbase %0" ::"r"(area + 3));
		v = 0;
		ap(ARCH_GET_GS, (unsigned long)&v);
		CHECK(v == (unsigned long)(area + 3));
		ap(ARCH_SET_GS, (unsigned long)area);
		__asm__ volatile("rdgsbase %0" : "=r"(v));
		CHECK(v == (unsigned long)area);
	} else {
		CHECK(v == (unsigned long)area);
		CHECK(true);
		CHECK(v == (unsigned long)area);
	}
	SECTION("errors");
	SHOW(ap(ARCH_SET_FS, 1UL << 63));
	SHOW(ap(ARCH_SET_GS, -4096UL));
	SHOW(ap(ARCH_GET_FS, (unsigned long)BADP));
	SHOW(ap(ARCH_GET_GS, (unsigned long)BADP));
	SHOW(ap(0, 0));
	SHOW(ap(0x1005, 0));
	SHOW(ap(99999, 0));
	return 0;
}
