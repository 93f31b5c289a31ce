// build: static-pie
/* SIGSEGV: si_code, the very address, error code, trap number; read, write, execute; non-canonical and kernel addresses. */
#include "vkproc.h"

static sigjmp_buf jb;
static char *base;

static void handler(int s, siginfo_t *si, void *ctx)
{
	ucontext_t *uc = ctx;
	char *a = si->si_addr;
	char where[40];
	if (a >= base - 65536 && a < base + 65536)
		snprintf(where, sizeof where, "base%+td", a - base);
	else
		snprintf(where, sizeof where, "%p", a);
	p_say("  %s %s addr %s, trap %lld, err 0x%llx, cr2 %s", t_signame(s), p_code(s, si->si_code), where,
	      uc->uc_mcontext.gregs[REG_TRAPNO], uc->uc_mcontext.gregs[REG_ERR],
	      uc->uc_mcontext.gregs[REG_TRAPNO] == 14 && uc->uc_mcontext.gregs[REG_CR2] == (long)a ? "the same" : "another");
	siglongjmp(jb, 1);
}

#define TRY(what, stmt)                                                                                                \
	do {                                                                                                           \
		printf("%s\n", what);                                                                                  \
		if (sigsetjmp(jb, 1) == 0) {                                                                           \
			stmt;                                                                                          \
			printf("  no fault\n");                                                                        \
		}                                                                                                      \
	} while (0)

#define RD(p) (void)*(volatile char *)(p)
#define WR(p) *(volatile char *)(p) = 1
#define CALL(p) ((void (*)(void))(p))()

int main(void)
{
	/* Pages: none, read, read-write, unmapped, read-write. */
	base = mmap(NULL, 5 * T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST(mprotect(base, T_PAGE, PROT_NONE));
	MUST(mprotect(base + T_PAGE, T_PAGE, PROT_READ));
	MUST(munmap(base + 3 * T_PAGE, T_PAGE));
	p_sigaction(SIGSEGV, handler, 0);
	p_sigaction(SIGBUS, handler, 0);
	TRY("read PROT_NONE", RD(base + 5));
	TRY("write PROT_NONE", WR(base + T_PAGE - 1));
	TRY("read PROT_READ", RD(base + T_PAGE));
	TRY("write PROT_READ", WR(base + T_PAGE + 123));
	TRY("write PROT_READ again, page present", WR(base + T_PAGE + 123));
	TRY("execute data", CALL(base + 2 * T_PAGE));
	WR(base + 2 * T_PAGE);
	TRY("execute data, page present", CALL(base + 2 * T_PAGE + 16));
	TRY("read unmapped", RD(base + 3 * T_PAGE + 7));
	TRY("write unmapped", WR(base + 3 * T_PAGE + 8));
	TRY("execute unmapped", CALL(base + 3 * T_PAGE + 16));
	TRY("read across into unmapped", (void)*(volatile long *)(base + 3 * T_PAGE - 4));
	TRY("write across into unmapped", *(volatile long *)(base + 3 * T_PAGE - 2) = 1);
	TRY("NULL", RD(NULLP));
	TRY("near NULL", WR((char *)BADP + 0x20));
	TRY("call NULL", CALL(NULLP));
	TRY("kernel address", RD(0xffff888000000000));
	TRY("top of memory", RD(0xffffffffffffff00));
	TRY("write kernel address", WR(0xffffffff81000000));
	TRY("non-canonical", RD(0x8000000000000000));
	TRY("non-canonical write", WR(0x0000800000000000));
	TRY("privileged instruction", __asm__ volatile("hlt"));
	TRY("cli", __asm__ volatile("cli"));
	TRY("bad segment", __asm__ volatile("mov %0,%%ds" ::"r"(0x7ff8)));
	TRY("int 0x50", __asm__ volatile("int $0x50"));
	static __attribute__((aligned(16))) char m[32];
	TRY("misaligned movaps", __asm__ volatile("movaps %%xmm0,%0" : "=m"(m[1])));
	/* The program still runs as it should, and the kernel says EFAULT for the same. */
	SHOW(write(1, base, 1));
	SHOW(read(0, base + T_PAGE, 0));
	return 0;
}
