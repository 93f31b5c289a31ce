/*
 * vmspace.h - address spaces of guests, as the host gives them.
 *
 * A vmspace is an address space in which guest code runs; a vmthread is a
 * thread of it.  On the sigsys machine a vmspace is a carrier process and a
 * vmthread one of its host threads with its slot; on the fake machine both
 * are data structures.  Modelled on DragonFly's vmspace_create(2) family
 * (vmspace_ctl(VMSPACE_CTL_RUN) is vmthread_run() here).
 *
 * The kernel keeps the map (vm_map); this layer only carries it out.  Nothing
 * that comes back from a guest is trusted: results of orders are either 0 or
 * a negative errno, registers may hold anything.
 *
 * Locking: calls with `by` act through that vmthread, which must be stopped in
 * the kernel (between two runs) and belong to the caller.  vmspace_pread and
 * _pwrite, vmthread_kick and vmspace_kill may be called by anybody.
 */
#ifndef VKSUP_VMSPACE_H
#define VKSUP_VMSPACE_H

#include "vksup/base.h"

struct vmspace;
struct vmthread;

/* Guest addresses end here; above are trampoline and slots. */
#define GUEST_TOP	0x7fffc0000000UL
#define GUEST_MIN	0x10000UL

/* Registers, in the order of the gregs of a Linux x86-64 ucontext. */
struct vregs {
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, eflags;
	uint64_t csgsfs, err, trapno, oldmask, cr2;
	uint64_t fs_base, gs_base;	/* not in gregs */
};

enum vmcause {
	VMC_SYSCALL,	/* regs->rax is the number, rip after the instruction */
	VMC_FAULT,	/* signo, code, addr as Linux gives them; regs err/trapno/cr2 */
	VMC_KICK,	/* vmthread_kick() */
	VMC_DEAD,	/* the carrier is gone; the vmthread cannot run again */
};

struct vmevent {
	enum vmcause	cause;
	int		signo, code;	/* VMC_FAULT */
	uint64_t	addr;		/* VMC_FAULT: si_addr; VMC_SYSCALL: si_call_addr */
	uint32_t	arch;		/* VMC_SYSCALL: AUDIT_ARCH_* */
};

/* What a carrier can be told to do with its own memory. */
enum vmop { VMO_MMAP = 1, VMO_MUNMAP, VMO_MPROTECT, VMO_MREMAP, VMO_MADVISE };

struct vmorder {
	enum vmop	op;
	uint64_t	addr, len;
	uint64_t	prot, flags;	/* MADVISE: flags is the advice; MREMAP: MREMAP_* */
	hfd_t		fd;		/* MMAP: HFD_NONE when anonymous */
	uint64_t	off;
	uint64_t	addr2, len2;	/* MREMAP: new address and length */
};
#define VMORDERS_MAX	48

/* Atomic operations on guest memory, done by the guest's own thread. */
enum vmatomic { VMA_SET, VMA_ADD, VMA_OR, VMA_ANDN, VMA_XOR, VMA_CMPXCHG };

/* A clean address space with nothing mapped below GUEST_TOP but the vDSO. */
int vmspace_create(struct vmspace **vs, struct vmthread **first) must_check;
/* A copy-on-write copy of by's space; the child's only thread starts as `by`
 * is now, with regs. */
int vmspace_fork(struct vmthread *by, const struct vregs *regs,
    struct vmspace **vs, struct vmthread **first) must_check;
/* Another thread in by's space, starting with by's vector state and regs. */
int vmthread_create(struct vmthread *by, const struct vregs *regs,
    struct vmthread **vt) must_check;
/* One more user of the space (a CLONE_VM process); released by destroy. */
void vmspace_ref(struct vmspace *vs);
/* Drop a user; the last one ends the carrier, whatever its threads do. */
void vmspace_unref(struct vmspace *vs);
/* End the carrier now: every vmthread's run returns VMC_DEAD. */
void vmspace_kill(struct vmspace *vs);
/* fn(space, arg) when a space with users has died by itself; on a host thread,
 * no lock held.  One per process: the last kernel that asks. */
void vmspace_on_death(void (*fn)(struct vmspace *vs, void *arg), void *arg);
/* The thread ends (it must be stopped in the kernel, or the space dead). */
void vmthread_exit(struct vmthread *vt);
struct vmspace *vmthread_space(struct vmthread *vt);

/* Resume the guest with *regs; returns at its next event with *regs as then. */
void vmthread_run(struct vmthread *vt, struct vregs *regs, struct vmevent *ev);
/* Make a running vmthread return VMC_KICK soon.  Never lost: one that is
 * about to run returns at once.  May cause a spurious VMC_KICK. */
void vmthread_kick(struct vmthread *vt);
/*
 * The kernel says when a thread is blocked in a wait and when it goes on, so
 * that the host can place threads on CPUs.
 */
void vmthread_blocked(struct vmthread *vt, bool blocked);

/* The CPUs the guest wants a thread on (bit n: the n-th of those we may use). */
void vmthread_affinity(struct vmthread *vt, uint64_t mask);

/*
 * Carry out n orders in turn.  0, or the negative errno of the first that
 * failed with its index in *failed (those before it are done).
 */
int vmthread_orders(struct vmthread *by, const struct vmorder *o, int n, int *failed) must_check;
/*
 * The same for one order that the host has no reason to refuse, to be carried
 * out before `by` runs again, with the same crossing.  At once if others share
 * the space, if there is no room, or if the host may refuse it after all.  What
 * the kernel does with the space until then, through `by` or by reading and
 * writing it, finds the order done.
 */
int vmthread_order_late(struct vmthread *by, const struct vmorder *o) must_check;
/* *old = *(uint32_t *)addr; apply op atomically.  CMPXCHG: if *addr == cmp.
 * -EFAULT. */
int vmthread_atomic(struct vmthread *by, enum vmatomic op, gaddr_t addr,
    uint32_t arg, uint32_t cmp, uint32_t *old) must_check;
/* The live extended state (xsave area, standard format), valid until the next
 * run.  *len is its size; NULL when the state is the initial one. */
void *vmthread_xstate(struct vmthread *vt, size_t *len);
/* Replace it; buf NULL: the initial state.  -EINVAL when malformed. */
int vmthread_set_xstate(struct vmthread *vt, const void *buf, size_t len) must_check;

/*
 * What vt's carrier may answer by itself (abi/serve.h), for the kernel to fill
 * in between two runs; NULL on a machine that answers nothing.
 */
struct vmserve;
struct vmserve *vmthread_serve(struct vmthread *vt);

/*
 * Memory that came along with a VMC_SYSCALL: the bytes that are known of *n at
 * addr, from the first on; *n is set to how many.  NULL: none.  They are in
 * memory that the guest can change: to be read once.
 */
const void *vmthread_window(struct vmthread *vt, gaddr_t addr, size_t *n);
/* What came along is not true any more. */
void vmthread_window_drop(struct vmthread *vt);
/*
 * Store n bytes at dst when vt runs next.  If that meets a bad address then,
 * the guest sees -EFAULT in rax.  False: no room, or not on this machine.
 */
bool vmthread_reply(struct vmthread *vt, gaddr_t dst, const void *src, size_t n) must_check;
/* Store them now.  0, or -EFAULT: then what was not stored is forgotten. */
int vmthread_reply_now(struct vmthread *vt) must_check;

/* Bytes copied; short at the first address that is not accessible. */
ssize_t vmspace_pread(struct vmspace *vs, void *buf, size_t n, gaddr_t addr);
ssize_t vmspace_pwrite(struct vmspace *vs, const void *buf, size_t n, gaddr_t addr);
/* One byte per page, bit 0: resident (mincore(2)). */
int vmspace_mincore(struct vmspace *vs, gaddr_t addr, size_t pages, uint8_t *vec) must_check;
/* CPU time used by a vmthread so far, split as the host accounts it, in ns. */
void vmthread_cputime(struct vmthread *vt, int64_t *user, int64_t *sys);
/* Bytes resident, the most there ever were, and of them those that are no file's
 * and those of memory files; page fault counts. */
struct vmusage { uint64_t rss, rss_max, minflt, majflt, anon, shmem; };
void vmspace_usage(struct vmspace *vs, struct vmusage *u);
/* Host pid of the carrier, for /proc and debuggers; -1 on the fake machine. */
hpid_t vmspace_hpid(struct vmspace *vs);
/* Where the vDSO sits in every vmspace, and its size with its data pages;
 * 0 when there is none. */
void vmspace_vdso(uint64_t *start, uint64_t *vdso, uint64_t *end);

#endif
