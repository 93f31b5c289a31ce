/* frames.c - self-made frames for rt_sigreturn, to the kernel and at the gadget.
 * timeout: 120
 *
 * Selectors of the kernel, addresses that are none, states that are broken,
 * masks that block what the trampoline lives by: a carrier may die of it.
 */
#include "attack.h"

#include <ucontext.h>

static uint64_t
bad_value(void)
{
	static const uint64_t some[] = { 0, 8, 0x10, 0x18, 0x23, 0x2b, 0x33, 0x3b, 0x8000000000000000,
		0x800000000000, 0xffff800000000000, TRAMP_BASE, SLOTS_BASE, USER_TOP, ~0UL, 0x7fffffffefff };

	return rnd() % 3 == 0 ? rnd() : some[rnd() % nitems(some)];
}

static void
one_frame(int n)
{
	static uint8_t area[65536] __attribute__((aligned(4096)));
	struct { ucontext_t uc; siginfo_t si; } *f = (void *)(area + 8192);
	greg_t *g = f->uc.uc_mcontext.gregs;
	int i;

	memset(area, 0, sizeof(area));
	for (i = 0; i < NGREG; i++)
		g[i] = (greg_t)(rnd() % 2 != 0 ? bad_value() : 0);
	f->uc.uc_flags = rnd() % 16;
	g[REG_RIP] = (greg_t)(rnd() % 2 != 0 ? (uint64_t)_exit : bad_value());
	g[REG_RSP] = (greg_t)(area + 60000);
	g[REG_CSGSFS] = (greg_t)(rnd() % 2 != 0 ? 0x002b000000000033UL : bad_value());
	f->uc.uc_mcontext.fpregs = rnd() % 3 == 0 ? NULL : rnd() % 2 != 0 ?
	    (void *)(area + 16384 + rnd() % 64) : (void *)bad_value();
	for (i = 0; i < 4096; i++)
		area[16384 + i] = (uint8_t)rnd();
	memset(&f->uc.uc_sigmask, rnd() % 2 != 0 ? 0xff : (int)(rnd() & 0xff), 8);
	f->uc.uc_stack.ss_sp = (void *)bad_value();
	f->uc.uc_stack.ss_size = bad_value();
	if (n % 2 == 0) {
		__asm__ volatile("mov %0, %%rsp; mov $15, %%eax; syscall" : : "r"(f) : "memory");
	} else {
		for (i = 0; i < ngadgets; i++)
			if (rnd() % 2 != 0 || i == ngadgets - 1)
				__asm__ volatile("mov %0, %%rsp; mov $15, %%eax; jmp *%1" : :
				    "r"(f), "r"(gadgets[i]) : "memory");
	}
	__builtin_unreachable();
}

int
main(void)
{
	double end;
	int n, made = 0;
	pid_t pid;

	guest_only();
	gadgets_find();
	end = now() + (double)env_number("ATTACK_SECONDS", 8);
	for (n = 0; now() < end; n++) {
		rnd_state = (uint64_t)env_number("ATTACK_SEED", 1) * 1000003 + (uint64_t)n;
		pid = fork();
		if (pid == 0)
			one_frame(n);
		if (pid < 0)
			break;
		made++;
		child_wait(pid, 2);
	}
	if (made < 20)
		broke("only %d frames could be tried", made);
	fprintf(stderr, "%d frames\n", made);
	return attack_bad;
}
