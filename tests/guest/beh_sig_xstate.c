// build: static
/* Floating-point, SSE and AVX state over asynchronous signals: handlers start clean, the interrupted code loses nothing. */
#include "vkproc.h"
#include <cpuid.h>

static volatile int n, dirty_cw, dirty_csr;
static void handler(int s)
{
	(void)s;
	unsigned short cw;
	unsigned csr;
	__asm__ volatile("fnstcw %0\n stmxcsr %1" : "=m"(cw), "=m"(csr));
	dirty_cw |= cw != 0x37f;
	dirty_csr |= csr != 0x1f80;
	/* Spoil all that there is. */
	cw = 0x77f, csr = 0x9fc0;
	__asm__ volatile("fldcw %0\n ldmxcsr %1\n fld1\n fld1\n fld1\n pcmpeqb %%xmm0,%%xmm0\n movaps %%xmm0,%%xmm1\n movaps %%xmm0,%%xmm7\n"
			 "movaps %%xmm0,%%xmm15" ::"m"(cw), "m"(csr) : "xmm0", "xmm1", "xmm7", "xmm15");
	n++;
}

static bool have_avx(void)
{
	unsigned a, b, c, d;
	return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_AVX) && (c & bit_OSXSAVE);
}

/* Fills registers, waits for the handler to have run, looks. */
static int sse_round(volatile int *flag, int v)
{
	unsigned char in[16], out[3][16];
	unsigned short cw_in = 0xb7f, cw = 0;
	unsigned csr_in = 0x7f80, csr = 0;
	double st = 0;
	for (int i = 0; i < 16; i++)
		in[i] = i * 7 + v;
	__asm__ volatile("fninit\n fldcw %7\n ldmxcsr %8\n fldpi\n movdqu %6,%%xmm0\n movdqu %6,%%xmm7\n movdqu %6,%%xmm15\n"
			 "1: cmpl %10,%9\n jne 1b\n"
			 "movdqu %%xmm0,%0\n movdqu %%xmm7,%1\n movdqu %%xmm15,%2\n fnstcw %3\n stmxcsr %4\n fstpl %5\n fninit"
			 : "=m"(out[0]), "=m"(out[1]), "=m"(out[2]), "=m"(cw), "=m"(csr), "=m"(st)
			 : "m"(in), "m"(cw_in), "m"(csr_in), "m"(*flag), "r"(v)
			 : "xmm0", "xmm7", "xmm15", "memory", "cc");
	unsigned def = 0x1f80;
	__asm__ volatile("ldmxcsr %0" ::"m"(def));
	int bad = cw != cw_in || csr != csr_in || st < 3.14 || st > 3.15;
	for (int i = 0; i < 3; i++)
		bad |= memcmp(in, out[i], 16) ? 2 : 0;
	return bad;
}

static int avx_round(volatile int *flag, int v)
{
	unsigned char in[32], out[2][32];
	for (int i = 0; i < 32; i++)
		in[i] = i * 5 + v;
	__asm__ volatile("vmovdqu %2,%%ymm1\n vmovdqu %2,%%ymm15\n 1: cmpl %4,%3\n jne 1b\n vmovdqu %%ymm1,%0\n vmovdqu %%ymm15,%1\n vzeroupper"
			 : "=m"(out[0]), "=m"(out[1])
			 : "m"(in), "m"(*flag), "r"(v)
			 : "xmm1", "xmm15", "memory", "cc");
	return memcmp(in, out[0], 32) || memcmp(in, out[1], 32);
}

static volatile int ticks;
static void tick(int s)
{
	handler(s);
	ticks++;
}

int main(void)
{
	/* The rounds spin until the handler has counted on. */
	p_handler(SIGALRM, tick, 0);
	struct itimerval it = {{0, 3000}, {0, 3000}};
	int bad = 0, avx_bad = 0;
	for (int i = 0; i < 10; i++) {
		it.it_interval.tv_usec = 0;
		int want = ticks + 1;
		MUST(setitimer(ITIMER_REAL, &it, NULL));
		bad |= sse_round(&ticks, want);
		if (have_avx()) {
			want = ticks + 1;
			MUST(setitimer(ITIMER_REAL, &it, NULL));
			avx_bad |= avx_round(&ticks, want);
		}
	}
	SHOW(bad);
	SHOW(avx_bad);
	CHECK(n >= 10);
	SHOW(dirty_cw);
	SHOW(dirty_csr);

	/* The same for a signal during a system call: the callee-saved part of the FPU's environment. */
	unsigned csr_in = 0x7f80, csr;
	unsigned short cw_in = 0xb7f, cw;
	p_handler(SIGUSR1, handler, 0);
	pid_t me = getpid();
	unsigned char in[16] = "0123456789abcde", out[16];
	long r;
	__asm__ volatile("fldcw %5\n ldmxcsr %6\n movdqu %7,%%xmm9\n syscall\n movdqu %%xmm9,%1\n fnstcw %2\n stmxcsr %3\n fninit"
			 : "=a"(r), "=m"(out), "=m"(cw), "=m"(csr)
			 : "0"((long)SYS_kill), "m"(cw_in), "m"(csr_in), "m"(in), "D"((long)me), "S"((long)SIGUSR1)
			 : "rcx", "r11", "xmm9", "memory", "cc");
	unsigned def = 0x1f80;
	__asm__ volatile("ldmxcsr %0" ::"m"(def));
	SHOW(r);
	CHECK(memcmp(in, out, 16) == 0);
	SHOW_X(cw);
	SHOW_X(csr);
	return 0;
}
