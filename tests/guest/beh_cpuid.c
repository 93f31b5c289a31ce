// build: static musl-static
/* cpuid, rdtsc, xgetbv: the same answers at every place and time, registers kept, from made code and in handlers. */
#include "vkproc.h"

struct r {
	unsigned a, b, c, d;
};

static __attribute__((noinline)) struct r one(unsigned leaf, unsigned sub)
{
	struct r r;
	__asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "0"(leaf), "2"(sub));
	return r;
}

static __attribute__((noinline)) struct r two(unsigned leaf, unsigned sub)
{
	struct r r;
	__asm__ volatile("nop\n cpuid\n nop" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "0"(leaf), "2"(sub));
	return r;
}

static volatile int ok_in_handler;
static struct r want;
static void handler(int s)
{
	(void)s;
	struct r r = one(0, 0);
	ok_in_handler = memcmp(&r, &want, sizeof r) == 0;
}

static void *thread(void *a)
{
	struct r r = one(0, 0);
	return memcmp(&r, &want, sizeof r) == 0 ? a : NULL;
}

int main(void)
{
	want = one(0, 0);
	char vendor[13] = "", b[4096];
	memcpy(vendor, &want.b, 4), memcpy(vendor + 4, &want.d, 4), memcpy(vendor + 8, &want.c, 4);
	t_read_file("/proc/cpuinfo", b, sizeof b);
	CHECK(strstr(b, vendor) != NULL);
	CHECK(want.a >= 7);
	int diff = 0;
	/* Leaf 1 has the number of the CPU in the upper part of ebx, leaf 7 nothing of the kind. */
	for (int i = 0; i < 20; i++) {
		struct r x = one(0, 0), y = two(0, 0);
		diff += memcmp(&x, &want, sizeof x) != 0 || memcmp(&x, &y, sizeof x) != 0;
		x = one(1, 0), y = two(1, 0);
		diff += x.a != y.a || x.d != y.d || (x.c ^ y.c) != 0;
		x = one(7, 0), y = two(7, 0);
		diff += memcmp(&x, &y, sizeof x) != 0;
		x = one(0x80000000, 0), y = two(0x80000000, 0);
		diff += memcmp(&x, &y, sizeof x) != 0;
	}
	SHOW(diff);
	struct r f = one(1, 0);
	CHECK((f.d & 1 << 26) && (f.d & 1 << 25));
	/* OSXSAVE and what xgetbv says go together. */
	if (f.c & 1 << 27) {
		unsigned lo, hi;
		__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
		CHECK((lo & 3) == 3);
	} else
		CHECK(true);
	/* The upper halves of the registers are cleared, others are kept. */
	unsigned long ra, rb, rc, rd, other;
	__asm__ volatile("mov $-1,%%rax\n mov %%rax,%%rbx\n mov %%rax,%%rdx\n mov %%rax,%%rcx\n mov $0,%%eax\n mov $0x123456789,%%r12\n cpuid\n mov %%r12,%4"
			 : "=&a"(ra), "=&b"(rb), "=&c"(rc), "=&d"(rd), "=r"(other)
			 :
			 : "r12");
	CHECK(ra == want.a && rb == want.b && rc == want.c && rd == want.d && other == 0x123456789);
	p_handler(SIGUSR1, handler, 0);
	raise(SIGUSR1);
	SHOW(ok_in_handler);
	CHECK(p_join(p_thread(thread, &want)) == &want);
	IN_CHILD("child")
		CHECK(thread(&want) == &want);
	/* Made at run time: mov %edi,%eax; xor %ecx,%ecx; push %rbx; cpuid; pop %rbx; ret */
	unsigned char *code = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(code, (unsigned char[]){0x89, 0xf8, 0x31, 0xc9, 0x53, 0x0f, 0xa2, 0x5b, 0xc3}, 9);
	CHECK(((unsigned (*)(unsigned))code)(0) == want.a);
	CHECK(((unsigned (*)(unsigned))code)(1) == f.a);
	unsigned long last = 0, back = 0;
	for (int i = 0; i < 1000; i++) {
		unsigned lo, hi;
		__asm__ volatile("lfence\n rdtsc" : "=a"(lo), "=d"(hi));
		unsigned long t = (unsigned long)hi << 32 | lo;
		back += t < last;
		last = t;
	}
	SHOW(back > 1);
	return 0;
}
