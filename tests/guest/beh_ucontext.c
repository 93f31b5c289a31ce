// build: musl-static
/* A handler that edits its ucontext: skipped instruction, changed registers, flags, mask, FPU state; and what it finds there. */
#include "vkproc.h"

static void skip2(int s, siginfo_t *si, void *ctx)
{
	ucontext_t *uc = ctx;
	(void)s, (void)si;
	uc->uc_mcontext.gregs[REG_RIP] += 2;
}

static void set_regs(int s, siginfo_t *si, void *ctx)
{
	(void)s, (void)si;
	greg_t *g = ((ucontext_t *)ctx)->uc_mcontext.gregs;
	static const int order[] = {REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12,
				    REG_R13, REG_R14, REG_R15};
	bool ok = true;
	for (int i = 0; i < 14; i++) {
		ok &= (unsigned long)g[order[i]] == 0x1111111111111111UL * (i + 1);
		g[order[i]] = 1000 + i;
	}
	p_say("registers found in the frame: %s", ok ? "right" : "wrong");
	g[REG_EFL] |= 1;
	g[REG_RIP] += 2;
}

static void mask(int s, siginfo_t *si, void *ctx)
{
	ucontext_t *uc = ctx;
	(void)s, (void)si;
	p_showset("uc_sigmask", &uc->uc_sigmask);
	sigaddset(&uc->uc_sigmask, SIGUSR2);
	sigaddset(&uc->uc_sigmask, SIGKILL);
	sigdelset(&uc->uc_sigmask, SIGHUP);
}

static void hup(int s)
{
	p_say("%s, unblocked by the context", t_signame(s));
}

static void change_rax(int s, siginfo_t *si, void *ctx)
{
	greg_t *g = ((ucontext_t *)ctx)->uc_mcontext.gregs;
	(void)s, (void)si;
	p_say("result in the frame: %lld", g[REG_RAX]);
	g[REG_RAX] = 777;
}

static __attribute__((noinline)) int target(void)
{
	p_say("in the target");
	t_exit(3);
	return 0;
}

static void redirect(int s, siginfo_t *si, void *ctx)
{
	greg_t *g = ((ucontext_t *)ctx)->uc_mcontext.gregs;
	(void)s, (void)si;
	g[REG_RIP] = (long)target;
	g[REG_RSP] = ((g[REG_RSP] - 256) & ~15L) - 8;
}

static void fpu(int s, siginfo_t *si, void *ctx)
{
	ucontext_t *uc = ctx;
	(void)s, (void)si;
	unsigned *x = uc->uc_mcontext.fpregs->_xmm[3].element;
	p_say("xmm3 %x %x %x %x, mxcsr %x, cwd %x", x[0], x[1], x[2], x[3], uc->uc_mcontext.fpregs->mxcsr, uc->uc_mcontext.fpregs->cwd);
	for (int i = 0; i < 4; i++)
		x[i] += 0x100;
	uc->uc_mcontext.fpregs->mxcsr |= 0x8000;
	uc->uc_mcontext.gregs[REG_RIP] += 2;
}

int main(void)
{
	p_sigaction(SIGILL, skip2, 0);
	__asm__ volatile("ud2");
	printf("skipped\n");

	p_sigaction(SIGILL, set_regs, 0);
	static unsigned long r[15];
	__asm__ volatile(
		"push %%rbx\n push %%rbp\n push %0\n"
		"mov $0x1111111111111111,%%r15\n mov %%r15,%%rax\n lea (%%rax,%%rax),%%rbx\n lea (%%rbx,%%rax),%%rcx\n lea (%%rcx,%%rax),%%rdx\n"
		"lea (%%rdx,%%rax),%%rsi\n lea (%%rsi,%%rax),%%rdi\n lea (%%rdi,%%rax),%%r8\n lea (%%r8,%%rax),%%r9\n lea (%%r9,%%rax),%%r10\n"
		"lea (%%r10,%%rax),%%r11\n lea (%%r11,%%rax),%%r12\n lea (%%r12,%%rax),%%r13\n lea (%%r13,%%rax),%%r14\n lea (%%r14,%%rax),%%r15\n"
		"clc\n ud2\n"
		"mov (%%rsp),%%rbp\n mov %%rax,(%%rbp)\n mov %%rbx,8(%%rbp)\n mov %%rcx,16(%%rbp)\n mov %%rdx,24(%%rbp)\n mov %%rsi,32(%%rbp)\n"
		"mov %%rdi,40(%%rbp)\n mov %%r8,48(%%rbp)\n mov %%r9,56(%%rbp)\n mov %%r10,64(%%rbp)\n mov %%r11,72(%%rbp)\n mov %%r12,80(%%rbp)\n"
		"mov %%r13,88(%%rbp)\n mov %%r14,96(%%rbp)\n mov %%r15,104(%%rbp)\n sbb %%rax,%%rax\n mov %%rax,112(%%rbp)\n"
		"pop %%rax\n pop %%rbp\n pop %%rbx\n" ::"r"(r) : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	printf("registers after:");
	for (int i = 0; i < 14; i++)
		printf(" %lu", r[i]);
	printf(" carry %ld\n", (long)r[14]);

	p_block(SIGHUP);
	p_handler(SIGHUP, hup, 0);
	p_sigaction(SIGUSR1, mask, 0);
	kill(getpid(), SIGHUP);
	raise(SIGUSR1);
	p_showmask("mask after");

	p_sigaction(SIGUSR1, change_rax, 0);
	SHOW(syscall(SYS_kill, getpid(), SIGUSR1));

	p_sigaction(SIGILL, fpu, 0);
	unsigned x[4] = {1, 2, 3, 4}, csr = 0;
	__asm__ volatile("movdqu %0,%%xmm3\n ud2\n movdqu %%xmm3,%0\n stmxcsr %1" : "+m"(x), "=m"(csr)::"xmm3");
	printf("xmm3 after: %x %x %x %x, mxcsr %x\n", x[0], x[1], x[2], x[3], csr);

	IN_CHILD("redirected") {
		p_sigaction(SIGUSR1, redirect, 0);
		raise(SIGUSR1);
	}
	return 0;
}
