/*
 * sys_signal.c - handlers of the signal family.
 */
#include <signal.h>
#include <string.h>
#include <time.h>

#include "abi/abi.h"
#include "abi/serve.h"
#include "proc_impl.h"
#include "vksup/host.h"

#define SS_AUTODISARM_	(1U << 31)
#define MINSIGSTKSZ_	2048UL

static bool
sig_valid(int sig)
{
	return sig >= 1 && sig <= NSIG_MAX;
}

/* --- actions and masks --- */

long
sys_rt_sigaction(struct thread *t, struct rt_sigaction_args *a)
{
	struct proc *p = t->proc;
	struct thread *o;

	if (!sig_valid(a->sig) || (a->act != NULL && (a->sig == SIGKILL || a->sig == SIGSTOP)))
		return -EINVAL;
	mutex_lock(&vk->proc_lock);
	if (a->oldact != NULL)
		*a->oldact = p->sighand->act[a->sig];
	if (a->act != NULL) {
		p->sighand->act[a->sig] = *a->act;
		p->sighand->act[a->sig].mask &= ~SIG_UNBLOCKABLE;
		p->sighand->act[a->sig].flags &= SERVE_SA_KNOWN;
		serve_actions_changed(p->sighand);
		/* What is ignored now is not pending any more (POSIX). */
		if (signal_ignored(p, a->sig)) {
			sigpending_discard(&p->pending, SIGBIT(a->sig));
			TAILQ_FOREACH(o, &p->threads, link)
				sigpending_discard(&o->pending, SIGBIT(a->sig));
		}
	}
	mutex_unlock(&vk->proc_lock);
	serve_actions(t);
	return 0;
}

long
sys_rt_sigprocmask(struct thread *t, struct rt_sigprocmask_args *a)
{
	ksigset_t mask = t->sigmask;

	if (a->oldset != NULL)
		*a->oldset = t->sigmask;
	if (a->set == NULL)
		return 0;
	switch (a->how) {
	case SIG_BLOCK: mask |= *a->set; break;
	case SIG_UNBLOCK: mask &= ~*a->set; break;
	case SIG_SETMASK: mask = *a->set; break;
	default: return -EINVAL;
	}
	signal_set_mask(t, mask);
	return 0;
}

long
sys_rt_sigpending(struct thread *t, struct rt_sigpending_args *a)
{
	ksigset_t set;

	if (a->sigsetsize > 8)
		return -EINVAL;
	mutex_lock(&vk->proc_lock);
	set = signal_pending_set(t) & t->sigmask;
	mutex_unlock(&vk->proc_lock);
	return copyout(a->set, &set, a->sigsetsize);
}

static bool
on_altstack(const struct thread *t)
{
	uint64_t base = (uint64_t)t->altstack.ss_sp, sp = t->regs.rsp;

	return ((uint32_t)t->altstack.ss_flags & SS_AUTODISARM_) == 0 && sp > base &&
	    sp - base <= t->altstack.ss_size;
}

long
sys_sigaltstack(struct thread *t, struct sigaltstack_args *a)
{
	uint32_t mode;

	if (a->old_ss != NULL) {
		memset(a->old_ss, 0, sizeof(*a->old_ss));
		a->old_ss->ss_sp = t->altstack.ss_sp;
		a->old_ss->ss_size = t->altstack.ss_size;
		a->old_ss->ss_flags = t->altstack.ss_size == 0 ? SS_DISABLE :
		    (on_altstack(t) ? SS_ONSTACK : 0) |
		    (t->altstack.ss_flags & (int)SS_AUTODISARM_);
	}
	if (a->ss == NULL)
		return 0;
	if (on_altstack(t))
		return -EPERM;
	mode = (uint32_t)a->ss->ss_flags & ~SS_AUTODISARM_;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		t->altstack = (stack_t){ .ss_flags = SS_DISABLE };
		return 0;
	}
	if (a->ss->ss_size < MINSIGSTKSZ_)
		return -ENOMEM;
	t->altstack = *a->ss;
	return 0;
}

long
sys_rt_sigreturn(struct thread *t, struct rt_sigreturn_args *a)
{
	(void)a;
	t->in_syscall = false;
	if (sigframe_return(t) != 0)
		signal_fault(t, SIGSEGV, SI_KERNEL, 0, 0, 0);
	t->restart_nr = -1;
	return (long)t->regs.rax;
}

/* --- waiting for signals --- */

static long
sleep_for_signal(void)
{
	int err;

	do
		err = thread_park(NEVER);
	while (err == 0);
	return -ERESTARTNOHAND;
}

long
sys_pause(struct thread *t, struct pause_args *a)
{
	(void)t;
	(void)a;
	return sleep_for_signal();
}

long
sys_rt_sigsuspend(struct thread *t, struct rt_sigsuspend_args *a)
{
	if (a->mask == NULL)
		return -EFAULT;
	signal_temp_mask(t, *a->mask & ~SIG_UNBLOCKABLE);
	return sleep_for_signal();
}

static int
timeout_deadline(const struct timespec *ts, ktime_t *deadline)
{
	*deadline = NEVER;
	if (ts == NULL)
		return 0;
	if (ts->tv_sec < 0 || ts->tv_nsec < 0 || ts->tv_nsec >= NSEC_PER_SEC)
		return -EINVAL;
	*deadline = ts->tv_sec > INT64_MAX / NSEC_PER_SEC - 2 ? NEVER :
	    ktime_after(ts->tv_sec * NSEC_PER_SEC + ts->tv_nsec);
	return 0;
}

long
sys_rt_sigtimedwait(struct thread *t, struct rt_sigtimedwait_args *a)
{
	ksigset_t set;
	ktime_t deadline;
	siginfo_t si;
	int sig, err;

	if (a->set == NULL)
		return -EFAULT;
	set = *a->set & ~SIG_UNBLOCKABLE;
	err = timeout_deadline(a->timeout, &deadline);
	if (err)
		return err;
	mutex_lock(&vk->proc_lock);
	t->waiting_for = set;
	while ((sig = signal_dequeue(t, set, &si)) == 0 && err == 0) {
		mutex_unlock(&vk->proc_lock);
		err = thread_park(deadline);
		mutex_lock(&vk->proc_lock);
	}
	t->waiting_for = 0;
	signal_recalc(t);
	mutex_unlock(&vk->proc_lock);
	if (sig == 0)
		return err == -ETIMEDOUT ? -EAGAIN : -EINTR;
	if (a->info != NULL)
		*a->info = si;
	return sig;
}

long
sys_restart_syscall(struct thread *t, struct restart_syscall_args *a)
{
	/* A restart that has a call to go back to never gets here. */
	(void)t;
	(void)a;
	return -EINTR;
}

/* --- sending --- */

/* After the target is found, before anything is done to it. */
static int
may_send(struct proc *p, int sig) REQUIRES(vk->proc_lock)
{
	return sig < 0 || sig > NSIG_MAX ? -EINVAL : signal_permission(p, sig);
}

/* To every process but init and ourselves that we may signal. */
static long
kill_all(struct thread *t, int sig, const siginfo_t *si) REQUIRES(vk->proc_lock)
{
	struct proc *p, *next;
	int n = 0, err, result = -ESRCH;

	for (p = TAILQ_FIRST(&vk->procs); p != NULL; p = next) {
		next = TAILQ_NEXT(p, all);
		if (p == vk->init || p == t->proc)
			continue;
		if (sig < 0 || sig > NSIG_MAX)
			return -EINVAL;
		err = may_send(p, sig);
		if (err == 0) {
			n++;
			if (sig != 0)
				err = signal_proc(p, sig, si);
		}
		if (err != -EPERM)
			result = err;
	}
	return n > 0 ? result : -ESRCH;
}

static long
kill_pgrp(int pgid, int sig, const siginfo_t *si) REQUIRES(vk->proc_lock)
{
	struct proc *p, *next;
	bool ok = false;
	int err = -ESRCH, e;

	for (p = TAILQ_FIRST(&vk->procs); p != NULL; p = next) {
		next = TAILQ_NEXT(p, all);
		if (p->pgid != pgid)
			continue;
		e = may_send(p, sig);
		if (e == 0 && sig != 0)
			e = signal_proc(p, sig, si);
		ok |= e == 0;
		err = e;
	}
	return ok ? 0 : err;
}

static long
kill_proc(struct proc *p, int sig, const siginfo_t *si) REQUIRES(vk->proc_lock)
{
	int err;

	if (p == NULL)
		return -ESRCH;
	err = may_send(p, sig);
	if (err || sig == 0)
		return err;
	return signal_proc(p, sig, si);
}

long
sys_kill(struct thread *t, struct kill_args *a)
{
	siginfo_t si;
	long r;

	siginfo_user(&si, a->sig, SI_USER);
	mutex_lock(&vk->proc_lock);
	if (a->pid > 0)
		r = kill_proc(proc_find(a->pid) ? proc_find(a->pid) :
		    thread_find(a->pid) ? thread_find(a->pid)->proc : NULL, a->sig, &si);
	else if (a->pid == -1)
		r = kill_all(t, a->sig, &si);
	else if (a->pid == (int)0x80000000)
		r = -ESRCH;
	else
		r = kill_pgrp(a->pid == 0 ? t->proc->pgid : -a->pid, a->sig, &si);
	mutex_unlock(&vk->proc_lock);
	return r;
}

/* One thread; tgid 0: of any process. */
static long
kill_thread(int tgid, int tid, int sig, const siginfo_t *si)
{
	struct thread *o;
	long r;

	mutex_lock(&vk->proc_lock);
	o = thread_find(tid);
	if (o == NULL || (tgid != 0 && o->proc->pid != tgid)) {
		r = -ESRCH;
	} else {
		r = may_send(o->proc, sig);
		if (r == 0 && sig != 0)
			r = signal_thread(o, sig, si);
	}
	mutex_unlock(&vk->proc_lock);
	return r;
}

long
sys_tkill(struct thread *t, struct tkill_args *a)
{
	siginfo_t si;

	(void)t;
	if (a->tid <= 0)
		return -EINVAL;
	siginfo_user(&si, a->sig, SI_TKILL);
	return kill_thread(0, a->tid, a->sig, &si);
}

long
sys_tgkill(struct thread *t, struct tgkill_args *a)
{
	siginfo_t si;

	(void)t;
	if (a->tid <= 0 || a->tgid <= 0)
		return -EINVAL;
	siginfo_user(&si, a->sig, SI_TKILL);
	return kill_thread(a->tgid, a->tid, a->sig, &si);
}

/* Only to oneself may a signal be made to look like the kernel's or kill's. */
static bool
info_forged(const siginfo_t *si, struct thread *t, int pid)
{
	return (si->si_code >= 0 || si->si_code == SI_TKILL) && t->proc->pid != pid;
}

long
sys_rt_sigqueueinfo(struct thread *t, struct rt_sigqueueinfo_args *a)
{
	siginfo_t si = *a->info;
	long r;

	si.si_signo = a->sig;
	if (info_forged(&si, t, a->tgid))
		return -EPERM;
	mutex_lock(&vk->proc_lock);
	r = kill_proc(a->tgid > 0 ? proc_find(a->tgid) : NULL, a->sig, &si);
	mutex_unlock(&vk->proc_lock);
	return r;
}

long
sys_rt_tgsigqueueinfo(struct thread *t, struct rt_tgsigqueueinfo_args *a)
{
	siginfo_t si = *a->info;

	if (a->tid <= 0 || a->tgid <= 0)
		return -EINVAL;
	si.si_signo = a->sig;
	if (info_forged(&si, t, a->tgid))
		return -EPERM;
	return kill_thread(a->tgid, a->tid, a->sig, &si);
}

long
sys_pidfd_send_signal(struct thread *t, struct pidfd_send_signal_args *a)
{
	struct file *f = file_get(a->pidfd);
	struct proc *p;
	siginfo_t si;
	long r = 0;

	if (f == NULL)
		return -EBADF;
	p = pidfd_proc(f);
	if (p == NULL) {
		file_put(f);
		return -EBADF;
	}
	if (ga_null(a->info))
		siginfo_user(&si, a->sig, SI_USER);
	else
		r = copyin(&si, a->info, sizeof(si));
	if (r == 0 && !ga_null(a->info)) {
		if (si.si_signo != a->sig)
			r = -EINVAL;
		else if (info_forged(&si, t, p->pid))
			r = -EPERM;
	}
	if (r == 0) {
		mutex_lock(&vk->proc_lock);
		r = p->state != PS_ALIVE ? (p->state == PS_ZOMBIE ? 0 : -ESRCH) : kill_proc(p, a->sig, &si);
		mutex_unlock(&vk->proc_lock);
	}
	file_put(f);
	return r;
}
