/*
 * sig_frame.c - the frame of a signal handler on the guest's stack.
 *
 * The layout is Linux's struct rt_sigframe (arch/x86/include/asm/sigframe.h):
 * return address, ucontext, siginfo, and above them the extended state in the
 * xsave format that the host itself put into the live frame, which is what a
 * native guest would see.  Everything read back in rt_sigreturn is the
 * guest's: it goes through the checks of vmthread_set_xstate() and of the
 * host's own return to user mode.
 */
#include <string.h>

#include "proc_impl.h"

#define RED_ZONE	128
#define UC_FLAGS	7UL	/* FP_XSTATE | SIGCONTEXT_SS | STRICT_RESTORE_SS */
#define SA_RESTORER_	0x04000000UL
#define SS_AUTODISARM_	(1U << 31)
#define EF_DF		0x400UL
#define EF_RF		0x10000UL
#define EF_TF		0x100UL
#define FX_SIZE		512
#define XS_MAGIC2	0x46505845U

struct k_sigcontext {
	uint64_t	gregs[18];	/* r8 ... eflags, as in struct vregs */
	uint16_t	cs, gs, fs, ss;
	uint64_t	err, trapno, oldmask, cr2;
	uint64_t	fpstate;
	uint64_t	reserved[8];
};

struct k_ucontext {
	uint64_t	flags, link;
	uint64_t	ss_sp;
	uint32_t	ss_flags, pad;
	uint64_t	ss_size;
	struct k_sigcontext mc;
	uint64_t	sigmask;
};

struct k_sigframe {
	uint64_t	pretcode;
	struct k_ucontext uc;
	siginfo_t	info;
};

_Static_assert(sizeof(struct k_sigcontext) == 256, "sigcontext");
_Static_assert(sizeof(struct k_sigframe) == 440, "rt_sigframe");

static bool
on_altstack(const struct thread *t, uint64_t sp)
{
	uint64_t base = (uint64_t)t->altstack.ss_sp;

	if ((t->altstack.ss_flags & (int)SS_AUTODISARM_) != 0)
		return false;
	return sp > base && sp - base <= t->altstack.ss_size;
}

/* What sigaltstack(2) would report now. */
static uint32_t
altstack_flags(const struct thread *t, uint64_t sp)
{
	if (t->altstack.ss_size == 0)
		return SS_DISABLE;
	return on_altstack(t, sp) ? SS_ONSTACK : 0;
}

/* Top of the stack for the frame; 0 when it would overflow the altstack. */
static uint64_t
frame_top(struct thread *t, const struct k_sigaction *ka, uint64_t need)
{
	uint64_t sp = t->regs.rsp - RED_ZONE;
	bool nested = on_altstack(t, t->regs.rsp), entering = false;

	if ((ka->flags & SA_ONSTACK) != 0 && altstack_flags(t, t->regs.rsp) == 0) {
		sp = (uint64_t)t->altstack.ss_sp + t->altstack.ss_size;
		entering = true;
	}
	if ((nested || entering) && (sp < need || sp - need < (uint64_t)t->altstack.ss_sp))
		return 0;
	return sp;
}

/* The initial state, for a thread whose state the host does not hold. */
static size_t
xstate_initial(uint8_t *buf)
{
	uint16_t fcw = 0x37f;
	uint32_t mxcsr = 0x1f80, mask = 0xffff;

	memset(buf, 0, FX_SIZE);
	memcpy(buf, &fcw, 2);
	memcpy(buf + 24, &mxcsr, 4);
	memcpy(buf + 28, &mask, 4);
	return FX_SIZE;
}

static void
regs_save(struct k_sigcontext *mc, const struct vregs *r)
{
	memcpy(mc->gregs, r, sizeof(mc->gregs));
	mc->cs = (uint16_t)r->csgsfs;
	mc->ss = (uint16_t)(r->csgsfs >> 48);
	mc->err = r->err;
	mc->trapno = r->trapno;
	mc->cr2 = r->cr2;
}

static int
xstate_save(struct thread *t, uint64_t to)
{
	uint8_t init[FX_SIZE];
	size_t len;
	void *xs = vmthread_xstate(t->vt, &len);

	if (xs == NULL) {
		len = xstate_initial(init);
		xs = init;
	}
	return copyout(ga(to), xs, len);
}

static size_t
xstate_len(struct thread *t)
{
	size_t len;

	return vmthread_xstate(t->vt, &len) != NULL ? len : FX_SIZE;
}

int
sigframe_setup(struct thread *t, const struct k_sigaction *ka, int sig, const siginfo_t *si,
    ksigset_t mask)
{
	struct k_sigframe f;
	uint64_t sp, fp, frame;
	size_t xlen = xstate_len(t);
	int err;

	if (!(ka->flags & SA_RESTORER_))
		return -EFAULT;
	sp = frame_top(t, ka, xlen + sizeof(f) + 64 + 16);
	if (sp == 0)
		return -EFAULT;
	fp = (sp - xlen) & ~63UL;
	frame = ((fp - sizeof(f) + 8) & ~15UL) - 8;
	memset(&f, 0, sizeof(f));
	f.pretcode = ka->restorer;
	f.uc.flags = UC_FLAGS;
	f.uc.ss_sp = (uint64_t)t->altstack.ss_sp;
	f.uc.ss_flags = altstack_flags(t, t->regs.rsp) |
	    ((uint32_t)t->altstack.ss_flags & SS_AUTODISARM_);
	f.uc.ss_size = t->altstack.ss_size;
	regs_save(&f.uc.mc, &t->regs);
	f.uc.mc.oldmask = mask;
	f.uc.mc.fpstate = fp;
	f.uc.sigmask = mask;
	if ((ka->flags & SA_SIGINFO) != 0)
		f.info = *si;
	err = xstate_save(t, fp);
	if (err == 0)
		err = copyout(ga(frame), &f, (ka->flags & SA_SIGINFO) != 0 ? sizeof(f) :
		    offsetof(struct k_sigframe, info));
	if (err)
		return err;
	if (((uint32_t)t->altstack.ss_flags & SS_AUTODISARM_) != 0)
		t->altstack = (stack_t){ .ss_flags = SS_DISABLE };
	err = vmthread_set_xstate(t->vt, NULL, 0);
	t->regs.rdi = (uint64_t)sig;
	t->regs.rsi = frame + offsetof(struct k_sigframe, info);
	t->regs.rdx = frame + offsetof(struct k_sigframe, uc);
	t->regs.rax = 0;
	t->regs.rip = ka->handler;
	t->regs.rsp = frame;
	t->regs.eflags &= ~(EF_DF | EF_RF | EF_TF);
	t->regs.csgsfs = 0x33UL | 0x2bUL << 48;
	return err;
}

static void
regs_restore(struct vregs *r, const struct k_sigcontext *mc)
{
	memcpy(r, mc->gregs, sizeof(mc->gregs));
	r->csgsfs = (uint64_t)(mc->cs | 3) | (uint64_t)(mc->ss | 3) << 48;
	r->err = mc->err;
	r->trapno = mc->trapno;
	r->cr2 = mc->cr2;
}

static int
xstate_restore(struct thread *t, uint64_t fp)
{
	uint8_t *buf;
	size_t len = xstate_len(t);
	uint32_t sw[2];
	int err;

	if (fp == 0)
		return vmthread_set_xstate(t->vt, NULL, 0);
	if ((fp & 63) != 0)
		return -EFAULT;
	buf = kalloc(len);
	if (buf == NULL)
		return -ENOMEM;
	err = copyin(buf, ga(fp), FX_SIZE);
	if (err == 0) {
		memcpy(sw, buf + 464, sizeof(sw));
		if (sw[0] != 0x46505853U || sw[1] > len)
			len = FX_SIZE;
		if (len > FX_SIZE)
			err = copyin(buf + FX_SIZE, ga(fp + FX_SIZE), len - FX_SIZE);
	}
	if (err == 0)
		err = vmthread_set_xstate(t->vt, buf, len);
	kfree(buf);
	return err;
}

static void
altstack_restore(struct thread *t, const struct k_ucontext *uc)
{
	stack_t ss = { (void *)uc->ss_sp, (int)(uc->ss_flags & ~SS_ONSTACK), uc->ss_size };

	if (on_altstack(t, t->regs.rsp) || ((uint32_t)ss.ss_flags & ~(SS_DISABLE | SS_AUTODISARM_)) != 0)
		return;
	if ((ss.ss_flags & SS_DISABLE) != 0)
		ss = (stack_t){ .ss_flags = SS_DISABLE };
	else if (ss.ss_size < 2048)
		return;
	t->altstack = ss;
}

int
sigframe_return(struct thread *t)
{
	struct k_ucontext uc;
	int err = copyin(&uc, ga(t->regs.rsp - 8 + offsetof(struct k_sigframe, uc)), sizeof(uc));

	if (err)
		return err;
	signal_set_mask(t, uc.sigmask & ~SIG_UNBLOCKABLE);
	regs_restore(&t->regs, &uc.mc);
	err = xstate_restore(t, uc.mc.fpstate);
	if (err)
		return err;
	altstack_restore(t, &uc);
	return 0;
}
