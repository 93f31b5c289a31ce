/* brk: the present end, growing, zeroed memory, shrinking, no room, RLIMIT_DATA, fork; libc's sbrk on it. */
#include "vkproc.h"

static unsigned long brk_(unsigned long a)
{
	return syscall(SYS_brk, a);
}

static sigjmp_buf jb;
static void segv(int s) { siglongjmp(jb, s); }
static const char *touch(unsigned long a)
{
	if (sigsetjmp(jb, 1))
		return "faults";
	*(volatile char *)a = 1;
	return "can be written";
}

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	p_handler(SIGSEGV, segv, 0);
	unsigned long a = brk_(0);
	CHECK(a != 0 && brk_(0) == a);
	/* The start is not of interest here: from the next page on. */
	unsigned long b = (a + T_PAGE - 1) & -T_PAGE;
	CHECK(brk_(b) == b);
	printf("at the end: memory %s\n", touch(b));
	CHECK(brk_(b + 10 * T_PAGE) == b + 10 * T_PAGE);
	long sum = 0;
	for (unsigned long i = 0; i < 10 * T_PAGE; i++)
		sum += *(char *)(b + i);
	SHOW(sum);
	printf("last byte: memory %s\n", touch(b + 10 * T_PAGE - 1));
	printf("behind it: memory %s\n", touch(b + 10 * T_PAGE));
	memset((void *)b, 0x55, 10 * T_PAGE);
	/* An end that is not aligned: the rest of the page is there. */
	CHECK(brk_(b + 5 * T_PAGE + 100) == b + 5 * T_PAGE + 100);
	printf("rest of the page: memory %s\n", touch(b + 5 * T_PAGE + 4000));
	printf("next page: memory %s\n", touch(b + 6 * T_PAGE));
	/* What was given up and taken again is zero; what stayed is as it was. */
	CHECK(brk_(b + 10 * T_PAGE) == b + 10 * T_PAGE);
	printf("%d %d %d\n", *(char *)b, *(char *)(b + 5 * T_PAGE + 50), *(char *)(b + 7 * T_PAGE));
	CHECK(brk_(b) == b);
	printf("all given up: memory %s\n", touch(b));

	SECTION("refused: the old end comes back");
	CHECK(brk_(b - (1UL << 30)) == b);
	CHECK(brk_(1) == b);
	CHECK(brk_(-1UL) == b);
	CHECK(brk_(1UL << 46) == b);
	/* In the way of another mapping. */
	void *m = mmap((void *)(b + 16 * T_PAGE), T_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	CHECK(m == (void *)(b + 16 * T_PAGE));
	CHECK(brk_(b + 20 * T_PAGE) == b);
	CHECK(brk_(b + 8 * T_PAGE) == b + 8 * T_PAGE);
	munmap(m, T_PAGE);
	CHECK(brk_(b + 20 * T_PAGE) == b + 20 * T_PAGE);
	CHECK(brk_(b) == b);
	IN_CHILD("RLIMIT_DATA") {
		struct rlimit rl = {1 << 20, 1 << 20};
		MUST(setrlimit(RLIMIT_DATA, &rl));
		CHECK(brk_(b + (64 << 20)) == b);
	}

	SECTION("fork");
	CHECK(brk_(b + T_PAGE) == b + T_PAGE);
	*(char *)b = 'p';
	IN_CHILD("child") {
		CHECK(brk_(0) == b + T_PAGE);
		CHECK(brk_(b + 4 * T_PAGE) == b + 4 * T_PAGE);
		printf("%c\n", *(char *)b);
		*(char *)b = 'c';
	}
	CHECK(brk_(0) == b + T_PAGE);
	printf("%c, beyond: memory %s\n", *(char *)b, touch(b + 2 * T_PAGE));
	/* Big, and used sparsely. */
	CHECK(brk_(b + (256 << 20)) == b + (256 << 20));
	printf("far end: memory %s\n", touch(b + (256 << 20) - 1));
	CHECK(brk_(b + T_PAGE) == b + T_PAGE);
	return 0;
}
