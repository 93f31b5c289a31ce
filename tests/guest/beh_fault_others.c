/* SIGFPE, SIGILL, SIGTRAP, SIGBUS raised by instructions: code, address, trap number, and where RIP points. */
#include "vkproc.h"

static sigjmp_buf jb;
static volatile int traps;

static void handler(int s, siginfo_t *si, void *ctx)
{
	ucontext_t *uc = ctx;
	long rip = uc->uc_mcontext.gregs[REG_RIP];
	p_say("  %s %s, addr %s, trap %lld, err 0x%llx", t_signame(s), p_code(s, si->si_code),
	      (long)si->si_addr == rip ? "= rip" : si->si_addr == NULL ? "0" : "other", uc->uc_mcontext.gregs[REG_TRAPNO],
	      uc->uc_mcontext.gregs[REG_ERR]);
	siglongjmp(jb, 1);
}

static void stepper(int s, siginfo_t *si, void *ctx)
{
	ucontext_t *uc = ctx;
	if (traps == 0)
		p_say("  %s %s, addr %s, trap %lld", t_signame(s), p_code(s, si->si_code),
		      (long)si->si_addr == uc->uc_mcontext.gregs[REG_RIP] ? "= rip" : "other", uc->uc_mcontext.gregs[REG_TRAPNO]);
	if (++traps == 5)
		uc->uc_mcontext.gregs[REG_EFL] &= ~0x100L;
}

static void after_int3(int s, siginfo_t *si, void *ctx)
{
	ucontext_t *uc = ctx;
	unsigned char *rip = (unsigned char *)uc->uc_mcontext.gregs[REG_RIP];
	p_say("  %s %s, addr %s, trap %lld, byte before rip 0x%x", t_signame(s), p_code(s, si->si_code),
	      si->si_addr == NULL ? "0" : (void *)rip == si->si_addr ? "= rip" : "other", uc->uc_mcontext.gregs[REG_TRAPNO], rip[-1]);
}

/* The SSE exceptions of the bits given; in a handler all are masked again. */
static void unmask(unsigned bits)
{
	unsigned mxcsr = 0x1f80 & ~(bits << 7);
	__asm__ volatile("ldmxcsr %0" ::"m"(mxcsr));
}

#define TRY(what, stmt)                                                                                                \
	do {                                                                                                           \
		printf("%s\n", what);                                                                                  \
		if (sigsetjmp(jb, 1) == 0) {                                                                           \
			stmt;                                                                                          \
			printf("  no fault\n");                                                                        \
		}                                                                                                      \
	} while (0)

int main(void)
{
	static const int sigs[] = {SIGFPE, SIGILL, SIGTRAP, SIGBUS, SIGSEGV};
	for (size_t i = 0; i < T_COUNT(sigs); i++)
		p_sigaction(sigs[i], handler, 0);
	volatile int zero = 0, one = 1, min = INT_MIN, r;
	TRY("integer division by 0", r = one / zero);
	TRY("INT_MIN / -1", r = min / (zero - one));
	volatile double d0 = 0, d1 = 1, d;
	TRY("double division by 0, masked", d = d1 / d0);
	unmask(4);
	TRY("SSE division by 0", d = d1 / d0);
	unmask(1);
	TRY("SSE 0 / 0", d = d0 / d0);
	volatile double big = 1e308, small = 1e-308;
	unmask(8);
	TRY("SSE overflow", d = big * big);
	unmask(0x10);
	TRY("SSE underflow", d = small * small);
	unmask(0x20);
	TRY("SSE inexact", d = d1 / 3);
	unmask(0);
	static const unsigned short cw = 0x37b;
	TRY("x87 division by 0", __asm__ volatile("fldcw %0\n fld1\n fldz\n fdivrp\n fwait" ::"m"(cw)));
	__asm__ volatile("fninit");
	(void)r, (void)d;
	TRY("ud2", __asm__ volatile("ud2"));
	TRY("ud1", __asm__ volatile(".byte 0x0f,0xb9,0xc0"));
	TRY("invalid in 64-bit mode", __asm__ volatile(".byte 0x06"));
	TRY("lock nop", __asm__ volatile(".byte 0xf0,0x90"));
	TRY("int3", __asm__ volatile("int3"));
	p_sigaction(SIGTRAP, after_int3, 0);
	TRY("int3, returning", __asm__ volatile("int3"));
	TRY("int $3, returning", __asm__ volatile(".byte 0xcd,0x03"));
	p_sigaction(SIGTRAP, stepper, 0);
	TRY("single step", __asm__ volatile("pushf\n orq $0x100,(%%rsp)\n popf\n nop\n nop\n nop\n nop\n nop\n nop\n nop\n nop" ::: "memory", "cc"));
	SHOW(traps);
	p_sigaction(SIGTRAP, handler, 0);
	TRY("int1", __asm__ volatile(".byte 0xf1"));
	/* Alignment checking, switched on by the program's flag. */
	static char m[16];
	IN_CHILD("alignment check") {
		p_no_core();
		signal(SIGBUS, SIG_DFL);
		__asm__ volatile("pushf\n orq $0x40000,(%%rsp)\n popf\n movl $1,1(%0)" ::"r"(m) : "memory", "cc");
	}
	return 0;
}
