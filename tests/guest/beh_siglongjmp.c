// build: musl-static
/* Leaving a handler by siglongjmp and longjmp: the mask, the alternate stack, nested frames, thousands of times. */
#include "vkproc.h"

static sigjmp_buf jb, outer;
static jmp_buf plain;
static char stack[65536];

static void jumps(int s)
{
	siglongjmp(jb, s);
}

static void jumps_plain(int s)
{
	longjmp(plain, s);
}

static void nested(int s)
{
	if (s == SIGUSR1)
		raise(SIGUSR2);
	else
		siglongjmp(outer, 7);
}

int main(void)
{
	p_handler(SIGUSR1, jumps, 0);
	SECTION("siglongjmp restores the mask that sigsetjmp saved");
	p_block(SIGHUP);
	int r = sigsetjmp(jb, 1);
	printf("r %d\n", r);
	p_showmask("mask");
	if (r == 0)
		raise(SIGUSR1);
	r = sigsetjmp(jb, 0);
	printf("not saved: r %d\n", r);
	p_showmask("mask");
	if (r == 0)
		raise(SIGUSR1);
	p_unblock(SIGUSR1);

	SECTION("longjmp leaves the signal blocked");
	p_handler(SIGUSR1, jumps_plain, 0);
	r = setjmp(plain);
	printf("r %d\n", r);
	p_showmask("mask");
	if (r == 0)
		raise(SIGUSR1);
	p_unblock(SIGUSR1);
	p_unblock(SIGHUP);

	SECTION("out of two handlers at once");
	p_handler(SIGUSR1, nested, 0);
	p_handler(SIGUSR2, nested, 0);
	if ((r = sigsetjmp(outer, 1)) == 0)
		raise(SIGUSR1);
	printf("r %d\n", r);
	p_showmask("mask");

	SECTION("off the alternate stack: it can be used again");
	stack_t ss = {.ss_sp = stack, .ss_size = sizeof stack}, o;
	MUST(sigaltstack(&ss, NULL));
	p_handler(SIGUSR1, jumps, SA_ONSTACK);
	for (volatile int i = 0; i < 3; i++)
		if (sigsetjmp(jb, 1) == 0)
			raise(SIGUSR1);
	sigaltstack(NULL, &o);
	SHOW(o.ss_flags);

	SECTION("many times, from faults and from signals");
	p_handler(SIGSEGV, jumps, SA_ONSTACK);
	volatile int n = 0;
	for (volatile int i = 0; i < 2000; i++) {
		if (sigsetjmp(jb, 1) == 0) {
			if (i & 1)
				*(volatile char *)BADP = 1;
			else
				raise(SIGUSR1);
		} else
			n++;
	}
	SHOW(n);

	SECTION("out of a blocking call");
	struct itimerval it = {{0, 0}, {0, 10000}};
	p_handler(SIGALRM, jumps, 0);
	int p[2];
	char c;
	MUST(pipe(p));
	for (volatile int i = 0; i < 3; i++)
		if (sigsetjmp(jb, 1) == 0) {
			setitimer(ITIMER_REAL, &it, NULL);
			read(p[0], &c, 1) == 1 ? puts("?") : puts("!");
		} else
			printf("jumped out of read\n");
	return 0;
}
