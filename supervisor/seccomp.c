/*
 * seccomp.c - the carriers' filter.
 *
 * Raw BPF, because libseccomp cannot test the instruction pointer.  Every call
 * traps to the trampoline, but for those that the trampoline's own gadgets
 * make; of these only what may touch nothing but the carrier's own memory and
 * life, whatever the arguments: a guest may jump to a gadget with any
 * registers it likes.
 *
 *	mmap, munmap, mprotect, mremap	own memory; a descriptor only if it was
 *			handed over, which means the guest may map it; no huge pages
 *			of the host's pool
 *	madvise		own memory; not the advices that are about the machine's
 *			(MADV_HWPOISON, MADV_SOFT_OFFLINE, to those who may)
 *	futex		WAIT and WAKE, own memory and the slot (a spurious wake).  No
 *			REQUEUE: it would move a sleeping kthread to another word, where
 *			nobody wakes it; no PI: it would lend the kthread our priority
 *	rt_sigreturn, exit, exit_group	own life
 *	clone		two flag words: a carrier (counted, found and killed by
 *			the kernel, which is its parent) and a thread
 *	recvmsg		of descriptor 0, the socket from the kernel
 *	close, dup2 to 0	own descriptors
 *	prctl		PR_SET_PDEATHSIG, SIGKILL
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "carrier.h"
#include "trampoline_syms.h"


#define X32_BIT		0x40000000u
#define GADGET_LO	((uint32_t)TRAMP_SYM_tramp_gadget_start)
#define GADGET_HI	((uint32_t)TRAMP_SYM_tramp_gadget_end)
#define GADGET_TOP	((uint32_t)(TRAMP_SYM_tramp_gadget_start >> 32))
#define DATA(f)		((uint32_t)offsetof(struct seccomp_data, f))

/* A program being built.  Every rule that is entered ends in a return. */
struct prog {
	struct sock_filter *ins;
	int		n, max;
	int		rule;		/* the jump that skips the open rule */
};

static void
emit(struct prog *p, uint16_t code, uint32_t k, int yes, int no)
{
	if (p->n < p->max)
		p->ins[p->n] = (struct sock_filter){ code, (uint8_t)yes, (uint8_t)no, k };
	p->n++;
}

static void
load(struct prog *p, uint32_t off)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS, off, 0, 0);
}

static void
ret(struct prog *p, uint32_t action)
{
	emit(p, BPF_RET | BPF_K, action, 0, 0);
}

/* The loaded word must be k, else the call traps. */
static void
must_be(struct prog *p, uint32_t k)
{
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, k, 1, 0);
	ret(p, SECCOMP_RET_TRAP);
}

static void
rule_begin(struct prog *p, uint32_t nr)
{
	p->rule = p->n;
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 0);
}

static void
rule_end(struct prog *p)
{
	ret(p, SECCOMP_RET_ALLOW);
	if (p->rule < p->max)
		p->ins[p->rule].jf = (uint8_t)(p->n - p->rule - 1);
}

/* Argument n of the open rule must be exactly v, in both halves. */
static void
arg_is(struct prog *p, int n, uint32_t v)
{
	load(p, DATA(args[0]) + 8u * (uint32_t)n + 4);
	must_be(p, 0);
	load(p, DATA(args[0]) + 8u * (uint32_t)n);
	must_be(p, v);
}

static void
arg_is_either(struct prog *p, int n, uint32_t v, uint32_t w)
{
	load(p, DATA(args[0]) + 8u * (uint32_t)n + 4);
	must_be(p, 0);
	load(p, DATA(args[0]) + 8u * (uint32_t)n);
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, v, 2, 0);	/* over must_be() */
	must_be(p, w);
}

/* Argument n of the open rule must be below v. */
static void
arg_below(struct prog *p, int n, uint32_t v)
{
	load(p, DATA(args[0]) + 8u * (uint32_t)n + 4);
	must_be(p, 0);
	load(p, DATA(args[0]) + 8u * (uint32_t)n);
	emit(p, BPF_JMP | BPF_JGE | BPF_K, v, 0, 1);
	ret(p, SECCOMP_RET_TRAP);
}

/* None of these bits may be in argument n of the open rule, nor any above 31. */
static void
arg_lacks(struct prog *p, int n, uint32_t bits)
{
	load(p, DATA(args[0]) + 8u * (uint32_t)n + 4);
	must_be(p, 0);
	load(p, DATA(args[0]) + 8u * (uint32_t)n);
	emit(p, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
	ret(p, SECCOMP_RET_TRAP);
}

/* Only native calls made by the gadgets go on from here. */
static void
gadgets_only(struct prog *p)
{
	load(p, DATA(arch));
	must_be(p, AUDIT_ARCH_X86_64);
	load(p, DATA(instruction_pointer) + 4);
	must_be(p, GADGET_TOP);
	load(p, DATA(instruction_pointer));
	emit(p, BPF_JMP | BPF_JGE | BPF_K, GADGET_LO, 1, 0);
	ret(p, SECCOMP_RET_TRAP);
	emit(p, BPF_JMP | BPF_JGE | BPF_K, GADGET_HI, 0, 1);
	ret(p, SECCOMP_RET_TRAP);
	load(p, DATA(nr));
	emit(p, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
	ret(p, SECCOMP_RET_TRAP);
}

int
carrier_filter(struct sock_filter *ins, int max)
{
	static const uint32_t any[] = {
		SYS_rt_sigreturn, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_close, SYS_exit,
		SYS_exit_group,
	};
	struct prog p = { ins, 0, max, 0 };
	size_t i;

	gadgets_only(&p);
	rule_begin(&p, SYS_futex);
	arg_is_either(&p, 1, FUTEX_WAIT, FUTEX_WAKE);
	rule_end(&p);
	rule_begin(&p, SYS_mmap);
	arg_lacks(&p, 3, MAP_HUGETLB);
	rule_end(&p);
	rule_begin(&p, SYS_madvise);
	arg_below(&p, 2, MADV_HWPOISON);
	rule_end(&p);
	for (i = 0; i < nitems(any); i++) {
		rule_begin(&p, any[i]);
		rule_end(&p);
	}
	rule_begin(&p, SYS_recvmsg);
	arg_is(&p, 0, 0);
	rule_end(&p);
	rule_begin(&p, SYS_dup2);
	arg_is(&p, 1, 0);
	rule_end(&p);
	rule_begin(&p, SYS_clone);
	arg_is_either(&p, 0, CLONE_CARRIER, CLONE_HTHREAD);
	rule_end(&p);
	rule_begin(&p, SYS_prctl);
	arg_is(&p, 0, PR_SET_PDEATHSIG);
	arg_is(&p, 1, SIGKILL);
	rule_end(&p);
	ret(&p, SECCOMP_RET_TRAP);
	return p.n <= max ? p.n : -1;
}
