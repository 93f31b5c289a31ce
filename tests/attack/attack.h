/*
 * attack.h - what the attacks share: a guard against being run natively, a
 * seeded generator, gadgets, and children that may die.
 *
 * An attack is a program that tests/run starts as `vksup -- PROGRAM`.  It tries
 * to do what it must not and ends with 0 if nothing gave way; else it says what
 * did and ends with 1.  tests/run looks at the host before and after.
 */
#ifndef ATTACK_H
#define ATTACK_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "abi/wire.h"

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))
#define PAGE		4096UL

static int attack_bad;

/* Something gave way. */
__attribute__((format(printf, 1, 2), unused)) static void
broke(const char *fmt, ...)
{
	va_list ap;

	attack_bad = 1;
	va_start(ap, fmt);
	fputs("BROKE: ", stdout);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

/* --- chance, the same for the same seed --- */

static uint64_t rnd_state;

__attribute__((unused)) static uint64_t
rnd(void)
{
	uint64_t z = rnd_state += 0x9e3779b97f4a7c15UL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9UL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebUL;
	return z ^ z >> 31;
}

/* A number from the environment: how long, how many, which seed. */
__attribute__((unused)) static long
env_number(const char *name, long otherwise)
{
	const char *s = getenv(name);

	return s != NULL && *s != '\0' ? atol(s) : otherwise;
}

__attribute__((unused)) static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* --- faults of our own --- */

static sigjmp_buf fault_to;
static volatile sig_atomic_t fault_signal;

static void
fault_handler(int sig)
{
	fault_signal = sig;
	siglongjmp(fault_to, 1);
}

__attribute__((unused)) static void
faults_catch(void)
{
	static const int sigs[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS };
	struct sigaction sa = { .sa_handler = fault_handler, .sa_flags = SA_ONSTACK | SA_NODEFER };
	stack_t ss = { .ss_size = 1 << 16 };
	size_t i;

	ss.ss_sp = mmap(NULL, ss.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigaltstack(&ss, NULL);
	for (i = 0; i < nitems(sigs); i++)
		sigaction(sigs[i], &sa, NULL);
}

/* Run the rest only where there is a vkernel below: 77 natively. */
__attribute__((unused)) static void
guest_only(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	rnd_state = (uint64_t)env_number("ATTACK_SEED", 1);
	faults_catch();
	if (sigsetjmp(fault_to, 1) != 0) {
		puts("only inside vksup");
		exit(77);
	}
	(void)*(volatile char *)TRAMP_BASE;
	fault_signal = 0;
	/* What else ends up there is a child's, broken by what it tried. */
	if (sigsetjmp(fault_to, 1) != 0)
		_exit(3);
}

/* --- gadgets --- */

#define GADGETS_MAX	256
static uint8_t *gadgets[GADGETS_MAX];
static int ngadgets;

/* Every `syscall` of the trampoline. */
__attribute__((unused)) static void
gadgets_find(void)
{
	uint8_t *p;

	for (p = (uint8_t *)TRAMP_BASE; p < (uint8_t *)TRAMP_BASE + TRAMP_MAX - 1; p++)
		if (p[0] == 0x0f && p[1] == 0x05 && ngadgets < GADGETS_MAX)
			gadgets[ngadgets++] = p;
	if (ngadgets == 0)
		broke("no gadget found: the test tests nothing");
}

/* Jump to a gadget with these registers; what comes back may be anything. */
__attribute__((unused)) static long
gadget_call(const void *gadget, long nr, const long a[6])
{
	long ret;
	register long r10 __asm__("r10") = a[3];
	register long r8 __asm__("r8") = a[4];
	register long r9 __asm__("r9") = a[5];

	__asm__ volatile("sub $128, %%rsp; call *%[g]; add $128, %%rsp"
	    : "=a"(ret), "+r"(r10), "+r"(r8), "+r"(r9)
	    : "a"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), [g] "b"(gadget)
	    : "rcx", "r11", "r12", "memory", "cc");
	return ret;
}

/* The gadget that returns to its caller: syscall; nop; nop; nop; ret. */
__attribute__((unused)) static const void *
gadget_returning(void)
{
	int i;

	for (i = 0; i < ngadgets; i++)
		if (memcmp(gadgets[i], "\x0f\x05\x90\x90\x90\xc3", 6) == 0)
			return gadgets[i];
	broke("no returning gadget found: the test tests nothing");
	exit(1);
}

__attribute__((unused)) static long
gadget6(long nr, long a, long b, long c, long d, long e, long f)
{
	static const void *g;
	long args[6] = { a, b, c, d, e, f };

	if (g == NULL)
		g = gadget_returning();
	return gadget_call(g, nr, args);
}

/* --- children that may die --- */

/* Its wait status, or -1 when it had to be killed after that many seconds. */
__attribute__((unused)) static int
child_wait(pid_t pid, double seconds)
{
	double end = now() + seconds;
	int status;
	pid_t r;

	while ((r = waitpid(pid, &status, WNOHANG)) == 0 && now() < end)
		usleep(2000);
	if (r == pid)
		return status;
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		broke("a killed child cannot be waited for: %s", strerror(errno));
	return -1;
}

#endif
