/*
 * sys_proc_ctl.c - prctl(2) and personality(2): a process's switches.
 *
 * The order is that of Linux: capability matters first (its security module
 * sees the call before prctl itself), then the rest.  An option that Linux on
 * x86-64 does not have either is EINVAL.  What is remembered without effect:
 * timer slack, machine-check policy, huge pages, I/O flusher.
 *
 * Locks: vk->proc_lock around fields that belong to the process.
 */
#include <ctype.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>

#include "abi/abi.h"
#include "vkern/sys_impl.h"

#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE	67
#define PR_GET_MEMORY_MERGE	68
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA		0x53564d41
#define PR_SET_VMA_ANON_NAME	0
#endif
#ifndef PR_GET_MDWE
#define PR_GET_MDWE		66
#endif

#define DEFAULT_TIMERSLACK	50000
#define ANON_NAME_MAX		80
#define NOT_HERE		LONG_MIN /* the option is not one of this group */

void
proc_set_dumpable(struct proc *p, bool on)
{
	p->dumpable = on;
	if (p->vm != NULL)
		p->vm->dumpable = on;
}

/* --- capabilities and securebits --- */

static bool
cap_known(unsigned long cap)
{
	return cap <= CAP_LAST;
}

static long
ctl_bset_drop(struct thread *t, unsigned long cap)
{
	struct cred *new;

	if (!capable(CAP_SETPCAP))
		return -EPERM;
	if (!cap_known(cap))
		return -EINVAL;
	new = cred_dup(t->cred);
	new->cap_bset &= ~(1ULL << cap);
	cred_commit(t, new);
	return 0;
}

static long
ctl_set_securebits(struct thread *t, unsigned long bits)
{
	unsigned old = t->cred->securebits;
	struct cred *new;

	if ((((old & SECURE_ALL_LOCKS) >> 1) & (old ^ bits)) != 0 ||
	    (old & SECURE_ALL_LOCKS & ~bits) != 0 ||
	    (bits & ~(unsigned long)(SECURE_ALL_LOCKS | SECURE_ALL_BITS)) != 0 ||
	    !capable(CAP_SETPCAP))
		return -EPERM;
	new = cred_dup(t->cred);
	new->securebits = (unsigned)bits;
	cred_commit(t, new);
	return 0;
}

static long
ctl_set_keepcaps(struct thread *t, unsigned long on)
{
	struct cred *new;

	if (on > 1)
		return -EINVAL;
	if (t->cred->securebits & SECBIT_KEEP_CAPS_LOCKED)
		return -EPERM;
	new = cred_dup(t->cred);
	new->securebits &= ~(unsigned)SECBIT_KEEP_CAPS;
	if (on)
		new->securebits |= SECBIT_KEEP_CAPS;
	cred_commit(t, new);
	return 0;
}

static long
ctl_ambient(struct thread *t, const struct prctl_args *a)
{
	const struct cred *c = t->cred;
	struct cred *new;
	uint64_t bit;

	if (a->arg2 == PR_CAP_AMBIENT_CLEAR_ALL) {
		if (a->arg3 | a->arg4 | a->arg5)
			return -EINVAL;
		new = cred_dup(c);
		new->cap_ambient = 0;
		cred_commit(t, new);
		return 0;
	}
	if (!cap_known(a->arg3) || (a->arg4 | a->arg5))
		return -EINVAL;
	bit = 1ULL << a->arg3;
	if (a->arg2 == PR_CAP_AMBIENT_IS_SET)
		return (c->cap_ambient & bit) != 0;
	if (a->arg2 != PR_CAP_AMBIENT_RAISE && a->arg2 != PR_CAP_AMBIENT_LOWER)
		return -EINVAL;
	if (a->arg2 == PR_CAP_AMBIENT_RAISE && ((c->cap_permitted & c->cap_inheritable & bit) == 0 ||
	    (c->securebits & SECBIT_NO_CAP_AMBIENT_RAISE)))
		return -EPERM;
	new = cred_dup(c);
	new->cap_ambient &= ~bit;
	if (a->arg2 == PR_CAP_AMBIENT_RAISE)
		new->cap_ambient |= bit;
	cred_commit(t, new);
	return 0;
}

static long
ctl_caps(struct thread *t, const struct prctl_args *a)
{
	switch (a->option) {
	case PR_CAPBSET_READ:
		return cap_known(a->arg2) ? (long)(t->cred->cap_bset >> a->arg2 & 1) : -EINVAL;
	case PR_CAPBSET_DROP:
		return ctl_bset_drop(t, a->arg2);
	case PR_GET_SECUREBITS:
		return t->cred->securebits;
	case PR_SET_SECUREBITS:
		return ctl_set_securebits(t, a->arg2);
	case PR_GET_KEEPCAPS:
		return (t->cred->securebits & SECBIT_KEEP_CAPS) != 0;
	case PR_SET_KEEPCAPS:
		return ctl_set_keepcaps(t, a->arg2);
	case PR_CAP_AMBIENT:
		return ctl_ambient(t, a);
	default:
		return NOT_HERE;
	}
}

/* --- names --- */

static long
ctl_set_name(struct thread *t, gaddr_t from)
{
	char comm[16] = "";
	long n;

	n = copyinstr(comm, from, sizeof(comm) - 1);
	if (n == -EFAULT)
		return n;
	comm[sizeof(comm) - 1] = '\0';
	mutex_lock(&vk->proc_lock);
	memcpy(t->comm, comm, sizeof(comm));
	mutex_unlock(&vk->proc_lock);
	return 0;
}

static long
ctl_get_name(struct thread *t, gaddr_t to)
{
	char comm[16];

	mutex_lock(&vk->proc_lock);
	/* What is behind the end is nothing: a shorter name may follow a longer. */
	memset(comm, 0, sizeof(comm));
	memcpy(comm, t->comm, strnlen(t->comm, sizeof(comm) - 1));
	mutex_unlock(&vk->proc_lock);
	return copyout(to, comm, sizeof(comm));
}

/* The name of anonymous memory is checked and forgotten. */
static long
ctl_set_vma(const struct prctl_args *a)
{
	char name[ANON_NAME_MAX];
	long n, i;

	if (a->arg2 != PR_SET_VMA_ANON_NAME)
		return -EINVAL;
	if (a->arg5 != 0) {
		n = copyinstr(name, ga(a->arg5), sizeof(name));
		if (n < 0)
			return n == -ENAMETOOLONG ? -EINVAL : n;
		for (i = 0; i < n; i++)
			if (!isprint((unsigned char)name[i]) || strchr("\\`$[]", name[i]) != NULL)
				return -EINVAL;
	}
	return (a->arg3 & PAGE_MASK) != 0 ? -EINVAL : 0;
}

/* --- the process --- */

static long
ctl_set_subreaper(struct proc *p, bool on)
{
	struct proc *q, *up;

	mutex_lock(&vk->proc_lock);
	p->subreaper = on;
	/* Descendants of today look for it when they lose their parent. */
	TAILQ_FOREACH(q, &vk->procs, all) {
		for (up = q->parent; on && up != NULL && up != p; up = up->parent)
			;
		if (on && up == p)
			q->has_subreaper = true;
	}
	mutex_unlock(&vk->proc_lock);
	return 0;
}

static long
ctl_set_timerslack(struct proc *p, unsigned long ns)
{
	/* Back to 0 means back to what was inherited. */
	if (p->timerslack_default == 0)
		p->timerslack_default = p->timerslack != 0 ? p->timerslack : DEFAULT_TIMERSLACK;
	p->timerslack = ns != 0 ? ns : p->timerslack_default;
	return 0;
}

static long
ctl_set_dumpable(struct proc *p, unsigned long v)
{
	if (v > 1)
		return -EINVAL;
	mutex_lock(&vk->proc_lock);
	proc_set_dumpable(p, v != 0);
	mutex_unlock(&vk->proc_lock);
	return 0;
}

static long
ctl_no_new_privs(struct proc *p, const struct prctl_args *a)
{
	if (a->option == PR_GET_NO_NEW_PRIVS) {
		if (a->arg2 | a->arg3 | a->arg4 | a->arg5)
			return -EINVAL;
		return p->no_new_privs;
	}
	if (a->arg2 != 1 || (a->arg3 | a->arg4 | a->arg5))
		return -EINVAL;
	mutex_lock(&vk->proc_lock);
	p->no_new_privs = true;
	mutex_unlock(&vk->proc_lock);
	return 0;
}

static long
ctl_set_pdeathsig(struct proc *p, unsigned long sig)
{
	if (sig > NSIG_MAX)
		return -EINVAL;
	mutex_lock(&vk->proc_lock);
	p->pdeath_signal = (int)sig;
	mutex_unlock(&vk->proc_lock);
	return 0;
}

static long
ctl_process(struct thread *t, const struct prctl_args *a)
{
	struct proc *p = t->proc;
	gaddr_t to = ga(a->arg2);

	switch (a->option) {
	case PR_SET_PDEATHSIG:
		return ctl_set_pdeathsig(p, a->arg2);
	case PR_GET_PDEATHSIG:
		return copyout_u32(to, (uint32_t)p->pdeath_signal);
	case PR_GET_DUMPABLE:
		return p->dumpable;
	case PR_SET_DUMPABLE:
		return ctl_set_dumpable(p, a->arg2);
	case PR_SET_NAME:
		return ctl_set_name(t, to);
	case PR_GET_NAME:
		return ctl_get_name(t, to);
	case PR_GET_TIMERSLACK:
		return (long)(p->timerslack != 0 ? p->timerslack : DEFAULT_TIMERSLACK);
	case PR_SET_TIMERSLACK:
		return ctl_set_timerslack(p, a->arg2);
	case PR_SET_CHILD_SUBREAPER:
		return ctl_set_subreaper(p, a->arg2 != 0);
	case PR_GET_CHILD_SUBREAPER:
		return copyout_u32(to, p->subreaper);
	case PR_SET_NO_NEW_PRIVS:
	case PR_GET_NO_NEW_PRIVS:
		return ctl_no_new_privs(p, a);
	case PR_GET_TID_ADDRESS:
		return copyout_u64(to, t->clear_tid);
	default:
		return NOT_HERE;
	}
}

/* --- the machine --- */

static long
ctl_mce(struct proc *p, const struct prctl_args *a)
{
	/* The argument and what PR_MCE_KILL_GET gives are in another order. */
	unsigned bits;

	if (a->option == PR_MCE_KILL_GET) {
		if (a->arg2 | a->arg3 | a->arg4 | a->arg5)
			return -EINVAL;
		bits = p->ctl_flags >> CTL_MCE_SHIFT & 3;
		return bits == 2 ? PR_MCE_KILL_EARLY : bits == 1 ? PR_MCE_KILL_LATE :
		    PR_MCE_KILL_DEFAULT;
	}
	if (a->arg4 | a->arg5)
		return -EINVAL;
	if (a->arg2 == PR_MCE_KILL_CLEAR && a->arg3 == 0)
		bits = 0;
	else if (a->arg2 == PR_MCE_KILL_SET && a->arg3 <= PR_MCE_KILL_DEFAULT)
		bits = a->arg3 == PR_MCE_KILL_EARLY ? 2 : a->arg3 == PR_MCE_KILL_LATE ? 1 : 0;
	else
		return -EINVAL;
	p->ctl_flags = (p->ctl_flags & ~(3u << CTL_MCE_SHIFT)) | bits << CTL_MCE_SHIFT;
	return 0;
}

static long
ctl_flag(struct proc *p, unsigned flag, unsigned long on)
{
	if (on)
		p->ctl_flags |= flag;
	else
		p->ctl_flags &= ~flag;
	return 0;
}

static long
ctl_io_flusher(struct proc *p, const struct prctl_args *a)
{
	if (!capable(CAP_SYS_RESOURCE))
		return -EPERM;
	if (a->arg3 | a->arg4 | a->arg5)
		return -EINVAL;
	if (a->option == PR_GET_IO_FLUSHER)
		return a->arg2 != 0 ? -EINVAL : (p->ctl_flags & CTL_IO_FLUSHER) != 0;
	return a->arg2 > 1 ? -EINVAL : ctl_flag(p, CTL_IO_FLUSHER, a->arg2);
}

static long
ctl_machine(struct thread *t, const struct prctl_args *a)
{
	struct proc *p = t->proc;
	bool more = (a->arg3 | a->arg4 | a->arg5) != 0;

	switch (a->option) {
	case PR_GET_TIMING:
	case PR_TASK_PERF_EVENTS_DISABLE:
	case PR_TASK_PERF_EVENTS_ENABLE:
	case PR_GET_SECCOMP:
		return 0;
	case PR_SET_TIMING:
		return a->arg2 == PR_TIMING_STATISTICAL ? 0 : -EINVAL;
	case PR_GET_TSC:
		return copyout_u32(ga(a->arg2), PR_TSC_ENABLE);
	case PR_SET_TSC:
		return a->arg2 == PR_TSC_ENABLE ? 0 : -EINVAL;
	case PR_MCE_KILL:
	case PR_MCE_KILL_GET:
		return ctl_mce(p, a);
	case PR_SET_MM:
		return -EPERM;
	case PR_SET_THP_DISABLE:
		return more ? -EINVAL : ctl_flag(p, CTL_THP_DISABLE, a->arg2);
	case PR_GET_THP_DISABLE:
		return more || a->arg2 ? -EINVAL : (p->ctl_flags & CTL_THP_DISABLE) != 0;
	case PR_GET_SPECULATION_CTRL:
		return more ? -EINVAL : a->arg2 > 2 ? -ENODEV : PR_SPEC_NOT_AFFECTED;
	case PR_SET_SPECULATION_CTRL:
		return (a->arg4 | a->arg5) != 0 ? -EINVAL : a->arg2 > 2 ? -ENODEV : -ENXIO;
	case PR_SET_IO_FLUSHER:
	case PR_GET_IO_FLUSHER:
		return ctl_io_flusher(p, a);
	case PR_GET_MDWE:
	case PR_GET_MEMORY_MERGE:
		return more || a->arg2 ? -EINVAL : 0;
	case PR_SET_VMA:
		return ctl_set_vma(a);
	default:
		return -EINVAL;
	}
}

long
sys_prctl(struct thread *t, struct prctl_args *a)
{
	long r;

	r = ctl_caps(t, a);
	if (r == NOT_HERE)
		r = ctl_process(t, a);
	if (r == NOT_HERE)
		r = ctl_machine(t, a);
	return r;
}

long
sys_personality(struct thread *t, struct personality_args *a)
{
	unsigned old = t->proc->personality;

	if (a->persona != 0xffffffffu)
		t->proc->personality = a->persona;
	return old;
}
