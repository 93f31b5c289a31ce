// libs: -pthread
/*
 * hostcost.c - what the host charges for the things vksup is made of:
 * hostcost [-t MS] NAME.  Prints as micro does.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <ucontext.h>

#include "micro.h"

enum { TRAPPED_CALL = 1000 };

static int first_cpu, other_cpu;

static void
cpus_find(void)
{
	cpu_set_t set;
	int i;

	first_cpu = other_cpu = -1;
	sched_getaffinity(0, sizeof(set), &set);
	for (i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &set))
			continue;
		if (first_cpu < 0)
			first_cpu = i;
		else if (other_cpu < 0)
			other_cpu = i;
	}
}

static void
bind_to(int cpu)
{
	cpu_set_t set;

	if (cpu < 0) {
		puts("0 0");
		exit(0);
	}
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* --- the trap ----------------------------------------------------------------- */

static void
on_sigsys(int sig, siginfo_t *si, void *uc)
{
	(void)sig, (void)si, (void)uc;
}

static void
setup_trap(void)
{
	struct sigaction sa = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO };
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TRAPPED_CALL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(code[0]), code };

	sigaction(SIGSYS, &sa, NULL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) != 0)
		die("seccomp");
}

static void
run_trap(long n)
{
	while (n-- > 0)
		syscall(TRAPPED_CALL);
}

/* --- wakes ---------------------------------------------------------------------- */

static _Atomic uint32_t *turn;

static void
setup_futex(int cpu, int peers)
{
	cpus_find();
	turn = shared_page();
	peer = fork();
	if (peer < 0)
		die("fork");
	if (peer == 0) {
		if (peers != -2)
			bind_to(peers);
		for (;;) {
			futex_turn(turn, 1, 0);
			futex_pass(turn, 0, 0);
		}
	}
	if (cpu != -2)
		bind_to(cpu);
}

static void
setup_futex_same(void)
{
	cpus_find();
	setup_futex(first_cpu, first_cpu);
}

static void
setup_futex_other(void)
{
	cpus_find();
	if (other_cpu < 0)
		bind_to(-1);
	setup_futex(first_cpu, other_cpu);
}

static void
setup_futex_free(void)
{
	setup_futex(-2, -2);
}

static void
run_futex(long n)
{
	while (n-- > 0) {
		futex_pass(turn, 1, 0);
		futex_turn(turn, 0, 0);
	}
}

static void
setup_spin(void)
{
	cpus_find();
	if (other_cpu < 0)
		bind_to(-1);
	turn = shared_page();
	peer = fork();
	if (peer == 0) {
		bind_to(other_cpu);
		for (;;) {
			while (*turn != 1)
				__builtin_ia32_pause();
			*turn = 0;
		}
	}
	bind_to(first_cpu);
}

static void
run_spin(long n)
{
	while (n-- > 0) {
		*turn = 1;
		while (*turn != 0)
			__builtin_ia32_pause();
	}
}

/* --- others ----------------------------------------------------------------------- */

static void
run_cpuid(long n)
{
	unsigned a, b, c, d;

	while (n-- > 0)
		__asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "0"(0), "2"(0));
}

static void
run_getppid(long n)
{
	while (n-- > 0)
		sink += getppid();
}

static const struct micro items[] = {
	{ "call", run_getppid, NULL },
	{ "trap", run_trap, setup_trap },
	{ "futex_same", run_futex, setup_futex_same },
	{ "futex_other", run_futex, setup_futex_other },
	{ "futex_free", run_futex, setup_futex_free },
	{ "spin", run_spin, setup_spin },
	{ "fault", run_fault, NULL },
	{ "cpuid", run_cpuid, NULL },
};

int
main(int argc, char **argv)
{
	uint64_t ns = 200000000;
	int c;

	while ((c = getopt(argc, argv, "t:")) != -1) {
		if (c != 't')
			return 2;
		ns = (uint64_t)atol(optarg) * 1000000;
	}
	return micro_find(items, sizeof(items) / sizeof(items[0]),
	    optind < argc ? argv[optind] : "list", ns);
}
