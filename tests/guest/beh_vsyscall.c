/* The vsyscall page: time, gettimeofday and getcpu at their old addresses work, or fault where the host has none. Reading it, jumping elsewhere. */
#include "vkproc.h"

static sigjmp_buf jb;
static void segv(int s, siginfo_t *si, void *uc)
{
	(void)uc;
	p_say("  %s %s", t_signame(s), p_code(s, si->si_code));
	siglongjmp(jb, 1);
}

#define TRY(what, ...)                                                                                                \
	do {                                                                                                           \
		printf("%s\n", what);                                                                                  \
		if (sigsetjmp(jb, 1) == 0) {                                                                           \
			__VA_ARGS__;                                                                                          \
			printf("  done\n");                                                                            \
		}                                                                                                      \
	} while (0)

int main(void)
{
	p_sigaction(SIGSEGV, segv, 0);
	volatile unsigned long base = 0xffffffffff600000;
	TRY("time", {
		time_t (*f)(time_t *) = (void *)(base + 0x400);
		time_t now = time(NULL), a, b = f(&a);
		CHECK(a == b && b - now >= -1 && b - now < 10);
		CHECK(f(NULL) >= now - 1);
	});
	TRY("gettimeofday", {
		int (*f)(struct timeval *, void *) = (void *)base;
		struct timeval tv, now;
		gettimeofday(&now, NULL);
		SHOW(f(&tv, NULL));
		CHECK(tv.tv_sec - now.tv_sec >= 0 && tv.tv_sec - now.tv_sec < 10);
	});
	TRY("getcpu", {
		int (*f)(unsigned *, unsigned *, void *) = (void *)(base + 0x800);
		unsigned cpu = 9999;
		SHOW(f(&cpu, NULL, NULL));
		CHECK(cpu < 9999);
	});
	TRY("time into a bad address", ((time_t(*)(void *))(base + 0x400))(BADP));
	TRY("jump into the middle", ((void (*)(void))(base + 0x404))());
	TRY("jump behind", ((void (*)(void))(base + 0xc00))());
	return 0;
}
