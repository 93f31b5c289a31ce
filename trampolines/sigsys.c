/*
 * sigsys.c - the trampoline's way in and out: signals become events, the
 * kernel's reply becomes the guest's next state.
 *
 * Every host signal that guest code can cause arrives here on the slot's
 * alternate stack.  The frame that the host built is in the slot, so the
 * kernel reads and edits it in place; returning from the handler makes the
 * host load it.  All signals but SEGV and BUS are masked meanwhile, so a kick
 * that comes now is taken the moment the guest resumes, and none is lost.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <asm/unistd.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <ucontext.h>

#include "trampoline.h"

#define SI_CALL_ADDR	16	/* offsets in siginfo_t: _sigsys, and si_addr */
#define SI_ARCH		28

static void
slot_hand_over(struct slot *s)
{
	__atomic_store_n(&s->turn, TURN_KERNEL, __ATOMIC_SEQ_CST);
	tramp_syscall(__NR_futex, (long)&s->turn, FUTEX_WAKE, 1, 0, 0, 0);
	while (__atomic_load_n(&s->turn, __ATOMIC_SEQ_CST) == TURN_KERNEL)
		tramp_syscall(__NR_futex, (long)&s->turn, FUTEX_WAIT, TURN_KERNEL, 0, 0, 0);
}

/* Report the event in the slot and do what the kernel says until it says RUN. */
static void
slot_exchange(struct slot *s)
{
	for (;;) {
		slot_hand_over(s);
		if (s->cmd == CMD_RUN) {
			if (s->norders > 0) {
				tramp_orders(s);
				if (s->err != 0) {
					s->event = EV_DONE;
					continue;
				}
			}
			if (s->nout == 0 || tramp_window_out(s) == 0)
				return;
			s->event = EV_UNSTORED;
			continue;
		}
		tramp_command(s);
		s->event = EV_DONE;
	}
}

static inline uint64_t
read_fs(void)
{
	uint64_t v;

	__asm__ volatile("rdfsbase %0" : "=r"(v));
	return v;
}

static inline uint64_t
read_gs(void)
{
	uint64_t v;

	__asm__ volatile("rdgsbase %0" : "=r"(v));
	return v;
}

static inline void
write_bases(const struct slot *s)
{
	__asm__ volatile("wrfsbase %0; wrgsbase %1" : : "r"(s->fs_base), "r"(s->gs_base));
}

/* A fault of our own access to guest memory: continue at the landing place. */
static int
guest_fixup(int sig, ucontext_t *uc)
{
	uint64_t rip = (uint64_t)uc->uc_mcontext.gregs[REG_RIP];

	if (sig != SIGSEGV && sig != SIGBUS)
		return 0;
	if (rip < (uint64_t)tramp_guest_start || rip >= (uint64_t)tramp_guest_end)
		return 0;
	uc->uc_mcontext.gregs[REG_RIP] = (greg_t)tramp_guest_fault;
	return 1;
}

void
tramp_handler(int sig, void *si, void *ucp)
{
	ucontext_t *uc = ucp;
	struct slot *s = (struct slot *)((uint64_t)ucp & ~(uint64_t)(SLOT_SIZE - 1));

	if (guest_fixup(sig, uc))
		return;
	if (sig == SIGSYS && *(uint32_t *)((char *)si + SI_ARCH) == AUDIT_ARCH_X86_64 &&
	    tramp_serve(s, uc->uc_mcontext.gregs))
		return;
	s->event = sig == SIGSYS ? EV_SYSCALL : sig == SIGKICK ? EV_KICK : EV_FAULT;
	s->nin = 0;
	if (s->event == EV_SYSCALL)
		tramp_window_in(s, uc->uc_mcontext.gregs);
	s->signo = sig;
	s->code = ((int *)si)[2];
	s->addr = *(uint64_t *)((char *)si + SI_CALL_ADDR);
	s->arch = *(uint32_t *)((char *)si + SI_ARCH);
	s->uc = (uint64_t)uc;
	s->fs_base = read_fs();
	s->gs_base = read_gs();
	slot_exchange(s);
	write_bases(s);
	if (s->uc != (uint64_t)uc)
		tramp_resume(s);
}

/* The first code of a clean carrier: wait for orders, then become the guest. */
void
tramp_boot(struct slot *s)
{
	s->event = EV_BOOT;
	slot_exchange(s);
	tramp_resume(s);
}

/*
 * The template's first code: forget everything of the program it was forked
 * from, put on the filter, and serve as the one from which carriers are made.
 */
void
tramp_start(struct slot *s)
{
	struct sock_fprog prog;
	uint64_t slot_end = (uint64_t)s + SLOT_SIZE;

	tramp_syscall(__NR_munmap, 0, VDSO_END - VDSO_MAX, 0, 0, 0, 0);
	tramp_syscall(__NR_munmap, VDSO_END, TRAMP_BASE - VDSO_END, 0, 0, 0, 0);
	tramp_syscall(__NR_munmap, TRAMP_BASE + TRAMP_MAX,
	    (long)s - TRAMP_BASE - TRAMP_MAX, 0, 0, 0, 0);
	tramp_syscall(__NR_munmap, (long)slot_end, (long)(USER_TOP - slot_end), 0, 0, 0, 0);
	prog.len = (unsigned short)s->filter_len;
	prog.filter = (struct sock_filter *)((char *)s + SLOT_BOOT_UC);
	if (tramp_syscall(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0) != 0 ||
	    tramp_syscall(__NR_prctl, PR_SET_SECCOMP, 2, (long)&prog, 0, 0, 0) != 0)
		tramp_die();
	tramp_boot(s);
}
