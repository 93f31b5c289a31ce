/* rt_sigreturn without a good frame: SIGSEGV; with a frame that has been tampered with. */
#include "vkproc.h"

static void edit_cs(int s, siginfo_t *si, void *ctx)
{
	(void)s, (void)si;
	/* A null or kernel selector: the return faults. */
	((ucontext_t *)ctx)->uc_mcontext.gregs[REG_CSGSFS] = 0;
}

static void edit_rip(int s, siginfo_t *si, void *ctx)
{
	(void)s, (void)si;
	((ucontext_t *)ctx)->uc_mcontext.gregs[REG_RIP] = 0xffffffff81000000;
}

static void edit_rip2(int s, siginfo_t *si, void *ctx)
{
	(void)s, (void)si;
	((ucontext_t *)ctx)->uc_mcontext.gregs[REG_RIP] = 0x1000000000000000;
}

static void edit_fp(int s, siginfo_t *si, void *ctx)
{
	(void)s, (void)si;
	((ucontext_t *)ctx)->uc_mcontext.fpregs = BADP;
}

static void null_fp(int s, siginfo_t *si, void *ctx)
{
	(void)s, (void)si;
	((ucontext_t *)ctx)->uc_mcontext.fpregs = NULL;
}

static void bad_mxcsr(int s, siginfo_t *si, void *ctx)
{
	(void)s, (void)si;
	((ucontext_t *)ctx)->uc_mcontext.fpregs->mxcsr = 0xffffffff;
}

static void flags(int s, siginfo_t *si, void *ctx)
{
	(void)s, (void)si;
	/* I/O privilege, interrupts off, nested task: none of these can be had. */
	((ucontext_t *)ctx)->uc_mcontext.gregs[REG_EFL] = 0x200000 | 0x7000 | 0x8 | 0x2;
}

static char stack[65536];
static void segv(int s, siginfo_t *si, void *ctx)
{
	(void)ctx;
	p_say(" caught %s %s, addr %s", t_signame(s), p_code(s, si->si_code),
	      si->si_addr == NULL ? "0" : (long)si->si_addr == (long)0xffffffff81000000 ? "kernel" : "?");
	t_exit(9);
}

static void try(const char *what, void (*fn)(int, siginfo_t *, void *))
{
	for (int i = 0; i < 2; i++)
	IN_CHILD(what) {
		p_no_core();
		p_sigaction(SIGUSR1, fn, 0);
		stack_t ss = {.ss_sp = stack, .ss_size = sizeof stack};
		MUST(sigaltstack(&ss, NULL));
		if (i)
			p_sigaction(SIGSEGV, segv, SA_ONSTACK);
		raise(SIGUSR1);
		p_say(" %s: returned", what);
		unsigned long fl;
		unsigned csr;
		__asm__ volatile("pushf\n pop %0\n stmxcsr %1" : "=r"(fl), "=m"(csr));
		p_say(" IF %d IOPL %d NT %d, mxcsr %x", !!(fl & 0x200), (int)(fl >> 12 & 3), !!(fl & 0x4000), csr);
	}
}

int main(void)
{
	/* Each twice: the SIGSEGV kills, and is caught. */
	IN_CHILD("called out of nowhere") {
		p_no_core();
		__asm__ volatile("sub $8192,%%rsp\n mov %%rsp,%%rdi\n xor %%eax,%%eax\n mov $1024,%%ecx\n rep stosq\n mov $15,%%eax\n syscall" ::: "memory");
	}
	IN_CHILD("bad stack pointer") {
		p_no_core();
		__asm__ volatile("mov $0x10,%%esp\n mov $15,%%eax\n syscall" ::: "memory");
	}
	IN_CHILD("end of memory") {
		p_no_core();
		char *e = t_edge(200);
		__asm__ volatile("mov %0,%%rsp\n mov $15,%%eax\n syscall" ::"r"(e) : "memory");
	}
	try("null code segment", edit_cs);
	try("return to the kernel", edit_rip);
	try("return to a non-canonical address", edit_rip2);
	try("bad address of the FPU state", edit_fp);
	try("no FPU state", null_fp);
	try("reserved bits in mxcsr", bad_mxcsr);
	try("flags", flags);
	return 0;
}
