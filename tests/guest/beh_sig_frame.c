/* The signal frame in memory: order and alignment, restorer, uc fields, the extended state's signature and size. */
#include "vkproc.h"

static sigset_t mask_before;
static volatile unsigned long spb;
static volatile int calls;

static void handler(int s, siginfo_t *si, void *ctx)
{
	ucontext_t *uc = ctx;
	unsigned long frame = (unsigned long)__builtin_frame_address(0);
	greg_t *g = uc->uc_mcontext.gregs;
	void *ret = __builtin_return_address(0);
	p_say("%s", t_signame(s));
	/* frame: return address, ucontext, siginfo, in one block below the red zone of the interrupted code. */
	CHECK((char *)uc == (char *)frame + 16);
	CHECK(((unsigned long)uc - 8) % 16 == 8);
	CHECK((char *)si == (char *)uc + 0x130);
	CHECK((unsigned long)si + 128 <= (unsigned long)g[REG_RSP] - 128);
	CHECK(((unsigned char *)ret)[0] == 0x48 || ((unsigned char *)ret)[0] == 0xb8 || ((unsigned char *)ret)[0] == 0x0f);
	CHECK(uc->uc_link == NULL);
	SHOW_X(uc->uc_flags);
	CHECK(memcmp(&uc->uc_sigmask, &mask_before, 8) == 0);
	SHOW_X(g[REG_CSGSFS]);
	SHOW_X(g[REG_EFL] & 0x400);
	CHECK(g[REG_RSP] <= (long)spb && g[REG_RSP] > (long)spb - 4096);
	/* The floating-point state is on the stack, 64-byte aligned, with the software's part in its last 48 bytes. */
	unsigned char *fp = (unsigned char *)uc->uc_mcontext.fpregs;
	CHECK((unsigned long)fp % 64 == 0);
	CHECK(fp > (unsigned char *)uc && (unsigned long)fp < (unsigned long)g[REG_RSP]);
	unsigned magic1, ext, xsize;
	unsigned long features;
	memcpy(&magic1, fp + 464, 4);
	memcpy(&ext, fp + 468, 4);
	memcpy(&features, fp + 472, 8);
	memcpy(&xsize, fp + 480, 4);
	SHOW_X(magic1);
	CHECK(ext == xsize + 4 && xsize >= 576);
	CHECK((features & 3) == 3);
	unsigned magic2;
	memcpy(&magic2, fp + xsize, 4);
	SHOW_X(magic2);
	unsigned long xbv;
	memcpy(&xbv, fp + 512, 8);
	CHECK((xbv & ~features) == 0);
	calls++;
}

int main(void)
{
	p_block(SIGHUP);
	sigprocmask(SIG_SETMASK, NULL, &mask_before);
	p_sigaction(SIGUSR1, handler, 0);
	spb = (unsigned long)__builtin_frame_address(0);
	raise(SIGUSR1);
	SECTION("a fault's frame");
	p_sigaction(SIGSEGV, handler, SA_RESETHAND);
	IN_CHILD("fault")
		*(volatile char *)BADP = 1;
	SHOW(calls);
	/* The direction flag is clear in a handler, and comes back. */
	SECTION("flags");
	p_sigaction(SIGUSR1, handler, 0);
	unsigned long fl;
	long r, pid = getpid();
	__asm__ volatile("std\n syscall\n pushf\n cld\n pop %1" : "=a"(r), "=r"(fl) : "0"(39L), "D"(pid), "S"((long)SIGUSR1) : "rcx", "r11", "memory");
	SHOW_X(fl & 0x400);
	__asm__ volatile("std\n syscall\n pushf\n cld\n pop %1" : "=a"(r), "=r"(fl) : "0"((long)SYS_kill), "D"(pid), "S"((long)SIGUSR1) : "rcx", "r11", "memory");
	SHOW_X(fl & 0x400);
	SHOW(r);
	return 0;
}
