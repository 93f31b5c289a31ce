/* MAP_GROWSDOWN and the main stack: growth on touch, how far, what RLIMIT_STACK says, mappings in the way. */
#include "vkproc.h"

static sigjmp_buf jb;
static void segv(int s) { siglongjmp(jb, s); }

static const char *touch(char *p)
{
	if (sigsetjmp(jb, 1))
		return "faults";
	*(volatile char *)p = 1;
	return "is there";
}

static char alt[32768];

int main(void)
{
	stack_t ss = {.ss_sp = alt, .ss_size = sizeof alt};
	sigaltstack(&ss, NULL);
	p_handler(SIGSEGV, segv, SA_ONSTACK);
	/* 8 MiB of room below, nothing in it. */
	char *area = mmap(NULL, 16 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(area, 12 << 20);
	char *top = area + (12 << 20);
	char *p = mmap(top - T_PAGE, T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_GROWSDOWN, -1, 0);
	CHECK(p == top - T_PAGE);
	printf("its page: %s\n", touch(p));
	printf("the page below: %s\n", touch(p - 1));
	printf("further down: %s\n", touch(p - 5 * T_PAGE));
	/* The main stack: what lies a megabyte below is reached in one go. */
	char here;
	printf("stack, 1 MiB below: %s\n", touch(&here - (1 << 20)));
	printf("stack, 4 MiB below: %s\n", touch(&here - (4 << 20)));
	char *volatile a = alloca(2 << 20);
	printf("alloca: %s\n", touch(a));
	/* By the kernel, as the target of a call. */
	int fd[2];
	MUST(pipe(fd));
	MUST(write(fd[1], "abc", 3));
	SHOW(read(fd[0], &here - (5 << 20), 3));
	return 0;
}
