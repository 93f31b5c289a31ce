// build: static-pie musl-static
/* Code made at run time: RWX memory, changed in place; system calls from it at odd places (page ends, after jumps into the middle); signals. */
#include "vkproc.h"

static unsigned char *code;

static long run(long a, long b)
{
	return ((long (*)(long, long))code)(a, b);
}

static volatile int ticks;
static void tick(int s)
{
	(void)s;
	ticks++;
}

/* mov $nr,%eax; syscall; ret */
static void call_at(unsigned char *p, int nr)
{
	memcpy(p, (unsigned char[]){0xb8, nr, nr >> 8, 0, 0, 0x0f, 0x05, 0xc3}, 8);
}

int main(void)
{
	code = mmap(NULL, 4 * T_PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* lea (%rdi,%rsi),%rax; ret  -  then sub and imul in its place. */
	memcpy(code, (unsigned char[]){0x48, 0x8d, 0x04, 0x37, 0xc3}, 5);
	SHOW(run(40, 2));
	memcpy(code, (unsigned char[]){0x48, 0x89, 0xf8, 0x48, 0x29, 0xf0, 0xc3}, 7);
	SHOW(run(40, 2));
	memcpy(code, (unsigned char[]){0x48, 0x89, 0xf8, 0x48, 0x0f, 0xaf, 0xc6, 0xc3}, 8);
	SHOW(run(40, 2));

	SECTION("system calls from it, many times");
	call_at(code, SYS_getpid);
	int bad = 0;
	for (int i = 0; i < 200; i++)
		bad += run(0, 0) != getpid();
	SHOW(bad);
	/* The same place with another call: numbers must not stick. */
	call_at(code, SYS_getppid);
	for (int i = 0; i < 50; i++)
		bad += run(0, 0) != getppid();
	call_at(code, SYS_getpid);
	for (int i = 0; i < 50; i++)
		bad += run(0, 0) != getpid();
	SHOW(bad);
	/* The number from a register, and a jump straight to the syscall instruction. */
	memcpy(code, (unsigned char[]){0x89, 0xf8, 0x0f, 0x05, 0xc3}, 5);
	for (int i = 0; i < 50; i++)
		bad += run(SYS_getpid, 0) != getpid() || run(SYS_getppid, 0) != getppid() || run(SYS_gettid, 0) != getpid();
	SHOW(bad);
	call_at(code, SYS_getuid);
	for (int i = 0; i < 50; i++) {
		long r;
		bad += run(0, 0) != getuid();
		__asm__ volatile("call *%1" : "=a"(r) : "r"(code + 5), "0"((long)SYS_getpid) : "rcx", "r11", "memory");
		bad += r != getpid();
	}
	SHOW(bad);

	SECTION("at the end of a page, across pages, at the end of what is mapped");
	for (int off = -9; off <= 0; off++) {
		unsigned char *p = code + T_PAGE + off;
		call_at(p, SYS_getpid);
		for (int i = 0; i < 20; i++)
			bad += ((long (*)(void))p)() != getpid();
	}
	munmap(code + 3 * T_PAGE, T_PAGE);
	call_at(code + 3 * T_PAGE - 8, SYS_getpid);
	for (int i = 0; i < 20; i++)
		bad += ((long (*)(void))(code + 3 * T_PAGE - 8))() != getpid();
	SHOW(bad);
	/* What the program reads back of its code is what it wrote. */
	unsigned char want[8];
	call_at(want, SYS_getpid);
	CHECK(memcmp(code + 3 * T_PAGE - 8, want, 8) == 0);

	SECTION("with signals all the time");
	p_handler(SIGALRM, tick, SA_RESTART);
	struct itimerval it = {{0, 1000}, {0, 1000}}, none = {0};
	setitimer(ITIMER_REAL, &it, NULL);
	while (ticks < 50) {
		call_at(code, SYS_getpid);
		bad += run(0, 0) != getpid();
		call_at(code, SYS_getppid);
		bad += run(0, 0) != getppid();
	}
	setitimer(ITIMER_REAL, &none, NULL);
	SHOW(bad);

	SECTION("unmapped and mapped anew, and in a child");
	for (int i = 0; i < 10; i++) {
		munmap(code, 3 * T_PAGE);
		code = mmap(code, 3 * T_PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		call_at(code + i, i & 1 ? SYS_getpid : SYS_getppid);
		bad += ((long (*)(void))(code + i))() != (i & 1 ? getpid() : getppid());
	}
	SHOW(bad);
	call_at(code, SYS_getpid);
	run(0, 0);
	IN_CHILD("child") {
		CHECK(run(0, 0) == getpid());
		call_at(code, SYS_getppid);
		CHECK(run(0, 0) == getppid());
	}
	CHECK(run(0, 0) == getpid());
	/* Written to a file and mapped from it, executable and private; code that writes itself. */
	t_write_bytes("code", code, 16);
	int fd = MUST(open("code", O_RDONLY));
	unsigned char *f = mmap(NULL, T_PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	CHECK(((long (*)(void))f)() == getpid());
	CHECK(((long (*)(void))f)() == getpid());
	CHECK(memcmp(f, want, 8) == 0);
	return 0;
}
