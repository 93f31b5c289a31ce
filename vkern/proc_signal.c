/*
 * proc_signal.c - signals: sending, queueing, choosing, delivering.
 *
 * A signal goes to a queue (the process's or one thread's); a thread that may
 * take it is marked (sigpending) and called in: kicked out of guest code or
 * woken from its sleep.  On its way back to the guest each thread takes what
 * is pending, in Linux's order: synchronous faults first, then lowest number,
 * its own queue before the process's.
 *
 * Stops: the thread that takes a stop signal marks the whole process; every
 * thread parks on its way to the guest, the last one tells the parent.
 * Everything here is under proc_lock.  signal(7), kernel/signal.c.
 */
#include <string.h>

#include "proc_impl.h"
#include "vksup/host.h"
#include "vksup/watch.h"

#define SYNC_SIGS	(SIGBIT(SIGSEGV) | SIGBIT(SIGBUS) | SIGBIT(SIGILL) | \
			    SIGBIT(SIGTRAP) | SIGBIT(SIGFPE) | SIGBIT(SIGSYS))
#define STOP_SIGS	(SIGBIT(SIGSTOP) | SIGBIT(SIGTSTP) | SIGBIT(SIGTTIN) | SIGBIT(SIGTTOU))
#define CORE_SIGS	(SIGBIT(SIGQUIT) | SIGBIT(SIGILL) | SIGBIT(SIGTRAP) | SIGBIT(SIGABRT) | \
			    SIGBIT(SIGFPE) | SIGBIT(SIGSEGV) | SIGBIT(SIGBUS) | SIGBIT(SIGSYS) | \
			    SIGBIT(SIGXCPU) | SIGBIT(SIGXFSZ))
#define IGN_SIGS	(SIGBIT(SIGCONT) | SIGBIT(SIGCHLD) | SIGBIT(SIGWINCH) | SIGBIT(SIGURG))
#define SIGRT_FIRST	32
#define H_DFL		0UL
#define H_IGN		1UL

/* --- queues --- */

void
sigpending_init(struct sigpending *sp)
{
	sp->set = 0;
	TAILQ_INIT(&sp->queue);
}

/* Queued signals of a real user, for RLIMIT_SIGPENDING. */
static int *
user_count(uint32_t uid)
{
	struct sig_user *u = vk->sig_users;
	size_t i;

	for (i = 0; i < nitems(vk->sig_users); i++) {
		if (u[i].uid == uid && u[i].n > 0)
			return &u[i].n;
	}
	for (i = 0; i < nitems(vk->sig_users); i++) {
		if (u[i].n == 0) {
			u[i].uid = uid;
			return &u[i].n;
		}
	}
	return &u[0].n;
}

static void
sigq_free(struct sigq *q)
{
	--*user_count(q->uid);
	kfree(q);
}

void
sigpending_flush(struct sigpending *sp)
{
	struct sigq *q;

	while ((q = TAILQ_FIRST(&sp->queue)) != NULL) {
		TAILQ_REMOVE(&sp->queue, q, link);
		sigq_free(q);
	}
	sp->set = 0;
}

void
sigpending_discard(struct sigpending *sp, ksigset_t set)
{
	struct sigq *q, *next;

	if ((sp->set & set) == 0)
		return;
	sp->set &= ~set;
	for (q = TAILQ_FIRST(&sp->queue); q != NULL; q = next) {
		next = TAILQ_NEXT(q, link);
		if ((SIGBIT(q->info.si_signo) & set) != 0) {
			TAILQ_REMOVE(&sp->queue, q, link);
			sigq_free(q);
		}
	}
}

/* From all queues of a process. */
static void
proc_drop(struct proc *p, ksigset_t set) REQUIRES(vk->proc_lock)
{
	struct thread *t;

	sigpending_discard(&p->pending, set);
	TAILQ_FOREACH(t, &p->threads, link)
		sigpending_discard(&t->pending, set);
}

static uint64_t
sigpending_limit(struct proc *p)
{
	return limit_rlimit(RLIMIT_SIGPENDING, p->rlim[RLIMIT_SIGPENDING].rlim_cur);
}

static uint32_t
proc_uid(struct proc *p) REQUIRES(vk->proc_lock)
{
	struct thread *t = TAILQ_FIRST(&p->threads);

	return t != NULL ? t->cred->uid : 0;
}

/*
 * Put a signal on a queue.  A standard signal that is there already is not
 * queued twice; one that finds no room is still marked pending, without its
 * siginfo; a real-time signal sent with information fails instead.
 */
static int
enqueue(struct proc *p, struct sigpending *sp, int sig, const siginfo_t *si) REQUIRES(vk->proc_lock)
{
	uint32_t uid = proc_uid(p);
	int *n = user_count(uid);
	struct sigq *q;
	bool force = sig < SIGRT_FIRST && (si->si_code >= 0 || si->si_code == SI_USER);

	if (sig < SIGRT_FIRST && (sp->set & SIGBIT(sig)) != 0)
		return 0;
	if (!force && (uint64_t)*n >= sigpending_limit(p)) {
		limit_rlimit_cross(RLIMIT_SIGPENDING, EAGAIN);
		if (sig >= SIGRT_FIRST && si->si_code != SI_USER)
			return -EAGAIN;
		sp->set |= SIGBIT(sig);
		return 0;
	}
	q = kalloc(sizeof(*q));
	if (q == NULL)
		return -EAGAIN;
	q->info = *si;
	q->info.si_signo = sig;
	q->stale = false;
	q->uid = uid;
	++*n;
	TAILQ_INSERT_TAIL(&sp->queue, q, link);
	sp->set |= SIGBIT(sig);
	return 0;
}

static int
next_signal(ksigset_t set)
{
	if ((set & SYNC_SIGS) != 0)
		set &= SYNC_SIGS;
	return set != 0 ? __builtin_ctzll(set) + 1 : 0;
}

/* Take one `sig` off a queue, with its siginfo or a made-up one.  False: it
 * was of a timer that has been deleted or set anew, and does not count. */
static bool
collect(struct sigpending *sp, int sig, siginfo_t *si)
{
	struct sigq *q, *found = NULL;
	bool more = false, valid;

	TAILQ_FOREACH(q, &sp->queue, link) {
		if (q->info.si_signo != sig)
			continue;
		if (found != NULL) {
			more = true;
			break;
		}
		found = q;
	}
	if (!more)
		sp->set &= ~SIGBIT(sig);
	if (found == NULL) {
		memset(si, 0, sizeof(*si));
		si->si_signo = sig;
		si->si_code = SI_USER;
		return true;
	}
	TAILQ_REMOVE(&sp->queue, found, link);
	*si = found->info;
	valid = !found->stale;
	if (valid && si->si_code == SI_TIMER)
		posix_timer_delivered(si);
	sigq_free(found);
	return valid;
}

int
signal_dequeue(struct thread *t, ksigset_t set, siginfo_t *si)
{
	struct sigpending *sp;
	int sig;

	do {
		sp = &t->pending;
		sig = next_signal(sp->set & set);
		if (sig == 0) {
			sp = &t->proc->pending;
			sig = next_signal(sp->set & set);
		}
	} while (sig != 0 && !collect(sp, sig, si));
	signal_recalc(t);
	return sig;
}

ksigset_t
signal_pending_set(struct thread *t)
{
	return t->pending.set | t->proc->pending.set;
}

/* --- dispositions --- */

struct sighand *
sighand_new(void)
{
	struct sighand *sh = xcalloc(1, sizeof(*sh));

	sh->refs = 1;
	return sh;
}

void
sighand_put(struct sighand *sh)
{
	if (sh != NULL && --sh->refs == 0)
		kfree(sh);
}

bool
signal_ignored(struct proc *p, int sig)
{
	uint64_t h;

	if (p->sighand == NULL)
		return true;
	h = p->sighand->act[sig].handler;
	return h == H_IGN || (h == H_DFL && (IGN_SIGS & SIGBIT(sig)) != 0);
}

/* --- waking --- */

void
signal_recalc(struct thread *t)
{
	t->sigpending = t->killed || (t->proc->stopped && !t->parked_stop) ||
	    (signal_pending_set(t) & ~t->sigmask) != 0;
}

void
signal_wake_thread(struct thread *t)
{
	t->sigpending = true;
	if (t->in_guest && t->vt != NULL)
		vmthread_kick(t->vt);
	else
		thread_unpark(t);
}

bool
signal_pending(struct thread *t)
{
	return t->sigpending;
}

bool
fatal_signal_pending(struct thread *t)
{
	return t->killed;
}

/* Would t take sig now? */
static bool
wants(struct thread *t, int sig)
{
	return !t->killed && ((t->sigmask & SIGBIT(sig)) == 0 || (t->waiting_for & SIGBIT(sig)) != 0);
}

/* The thread to which a process-directed signal is shown: the main one if it
 * wants it, else any. */
static struct thread *
choose(struct proc *p, int sig) REQUIRES(vk->proc_lock)
{
	struct thread *t;

	if (p->leader != NULL && wants(p->leader, sig))
		return p->leader;
	TAILQ_FOREACH(t, &p->threads, link)
		if (wants(t, sig))
			return t;
	return NULL;
}

void
signal_retarget(struct thread *t)
{
	ksigset_t set = t->proc->pending.set & ~t->sigmask;
	struct thread *o;

	TAILQ_FOREACH(o, &t->proc->threads, link)
		if (o != t && (set & ~o->sigmask) != 0)
			signal_wake_thread(o);
}

/* --- continuing and stopping --- */

static void
proc_continue(struct proc *p) REQUIRES(vk->proc_lock)
{
	struct thread *t;

	proc_drop(p, STOP_SIGS);
	if (!p->stopped)
		return;
	p->stopped = false;
	p->stop_report = p->stop_waited = false;
	p->cont_report = true;
	TAILQ_FOREACH(t, &p->threads, link) {
		t->parked_stop = false;
		thread_unpark(t);
	}
	proc_notify_parent(p, CLD_CONTINUED, SIGCONT);
}

static bool
all_parked(struct proc *p)
{
	struct thread *t;

	TAILQ_FOREACH(t, &p->threads, link)
		if (!t->parked_stop && !t->killed)
			return false;
	return true;
}

/* The last thread to park says so to the parent. */
static void
stop_complete(struct proc *p) REQUIRES(vk->proc_lock)
{
	if (!p->stopped || p->stop_report || !all_parked(p))
		return;
	p->stop_report = true;
	proc_notify_parent(p, CLD_STOPPED, p->stop_sig);
}

void
stop_thread_gone(struct proc *p)
{
	if (p->nthreads > 0)
		stop_complete(p);
}

static void
stop_begin(struct proc *p, int sig) REQUIRES(vk->proc_lock)
{
	struct thread *t;

	p->stopped = true;
	p->stop_sig = sig;
	p->stop_report = p->stop_waited = false;
	p->cont_report = false;
	TAILQ_FOREACH(t, &p->threads, link) {
		if (t == curthread)
			t->sigpending = true;	/* it parks on its next round */
		else
			signal_wake_thread(t);
	}
}

/* Sit out a stop.  Called and returns with proc_lock held. */
static void
stop_park(struct thread *t) REQUIRES(vk->proc_lock)
{
	struct proc *p = t->proc;

	t->parked_stop = true;
	stop_complete(p);
	while (p->stopped && !t->killed) {
		mutex_unlock(&vk->proc_lock);
		vmthread_blocked(t->vt, true);
		host_park(&t->parker, NEVER);
		vmthread_blocked(t->vt, false);
		mutex_lock(&vk->proc_lock);
	}
	t->parked_stop = false;
	signal_recalc(t);
}

/* --- sending --- */

static int
send(struct proc *p, struct thread *to, int sig, const siginfo_t *si) REQUIRES(vk->proc_lock)
{
	struct thread *t;
	siginfo_t user;
	int err;

	if (p->state != PS_ALIVE || p->nthreads == 0)
		return 0;
	if (si == NULL) {
		siginfo_kernel(&user, sig);
		si = &user;
	}
	if (sig == SIGKILL) {
		proc_kill_threads(p, SIGKILL);
		return 0;
	}
	if (sig == SIGCONT)
		proc_continue(p);
	else if ((STOP_SIGS & SIGBIT(sig)) != 0)
		proc_drop(p, SIGBIT(SIGCONT));
	t = to != NULL ? to : p->leader != NULL ? p->leader : TAILQ_FIRST(&p->threads);
	if (signal_ignored(p, sig) && (serve_blocked(t) & SIGBIT(sig)) == 0 &&
	    (t->waiting_for & SIGBIT(sig)) == 0)
		return 0;
	err = enqueue(p, to != NULL ? &to->pending : &p->pending, sig, si);
	if (err)
		return err;
	waitq_wake_all(&p->signal_wq, EPOLLIN);
	t = to != NULL ? (wants(to, sig) ? to : NULL) : choose(p, sig);
	if (t != NULL && !t->parked_stop)
		signal_wake_thread(t);
	return 0;
}

int
signal_proc(struct proc *p, int sig, const siginfo_t *si)
{
	return send(p, NULL, sig, si);
}

int
signal_thread(struct thread *t, int sig, const siginfo_t *si)
{
	return send(t->proc, t, sig, si);
}

int
signal_pgrp(int pgid, int sig, const siginfo_t *si)
{
	struct proc *p, *next;
	int n = 0;

	for (p = TAILQ_FIRST(&vk->procs); p != NULL; p = next) {
		next = TAILQ_NEXT(p, all);
		if (p->pgid != pgid || p == vk->init)
			continue;
		n++;
		(void)!signal_proc(p, sig, si);
	}
	return n;
}

void
siginfo_user(siginfo_t *si, int sig, int code)
{
	memset(si, 0, sizeof(*si));
	si->si_signo = sig;
	si->si_code = code;
	si->si_pid = curthread->proc->pid;
	si->si_uid = curthread->cred->uid;
}

void
siginfo_kernel(siginfo_t *si, int sig)
{
	memset(si, 0, sizeof(*si));
	si->si_signo = sig;
	si->si_code = SI_KERNEL;
}

int
signal_permission(struct proc *p, int sig)
{
	const struct cred *c = curthread->cred, *tc;
	struct thread *t = TAILQ_FIRST(&p->threads);

	if (p == curthread->proc || t == NULL || capable(5 /* CAP_KILL */))
		return 0;
	tc = t->cred;
	if (c->euid == tc->suid || c->euid == tc->uid || c->uid == tc->suid || c->uid == tc->uid)
		return 0;
	return sig == SIGCONT && p->session == curthread->proc->session ? 0 : -EPERM;
}

void
signal_fault(struct thread *t, int sig, int code, uint64_t addr, int trapno, uint64_t err)
{
	struct k_sigaction *ka;
	siginfo_t si;

	(void)trapno;
	(void)err;
	memset(&si, 0, sizeof(si));
	si.si_signo = sig;
	si.si_code = code;
	si.si_addr = (void *)addr;
	mutex_lock(&vk->proc_lock);
	ka = &t->proc->sighand->act[sig];
	if (ka->handler == H_IGN || (t->sigmask & SIGBIT(sig)) != 0) {
		ka->handler = H_DFL;
		serve_actions_changed(t->proc->sighand);
		t->sigmask &= ~SIGBIT(sig);
	}
	sigpending_discard(&t->pending, SIGBIT(sig));
	(void)!enqueue(t->proc, &t->pending, sig, &si);
	t->sigpending = true;
	mutex_unlock(&vk->proc_lock);
}

/* --- masks --- */

void
signal_mask_locked(struct thread *t, ksigset_t mask)
{
	t->sigmask = mask & ~SIG_UNBLOCKABLE;
	signal_recalc(t);
}

void
signal_set_mask(struct thread *t, ksigset_t mask)
{
	ksigset_t newly;

	mutex_lock(&vk->proc_lock);
	newly = mask & ~t->sigmask;
	signal_mask_locked(t, mask);
	/* What we now block and somebody else does not is his to take. */
	if ((t->proc->pending.set & newly) != 0)
		signal_retarget(t);
	mutex_unlock(&vk->proc_lock);
}

void
signal_temp_mask(struct thread *t, ksigset_t mask)
{
	t->saved_mask = t->sigmask;
	t->restore_mask = true;
	signal_set_mask(t, mask);
}

/* --- delivery --- */

/* The wait status of a death by sig; the core bit as if the core were written. */
static int
death_status(struct thread *t, int sig)
{
	if ((CORE_SIGS & SIGBIT(sig)) != 0 && t->proc->rlim[RLIMIT_CORE].rlim_cur != 0 &&
	    t->proc->dumpable)
		return sig | 0x80;
	return sig;
}

static bool
restart_code(long r)
{
	return r == -ERESTARTSYS || r == -ERESTARTNOINTR || r == -ERESTARTNOHAND ||
	    r == -ERESTART_RESTARTBLOCK;
}

/* The interrupted call as the handler's caller will see it. */
static void
restart_with_handler(struct thread *t, const struct k_sigaction *ka)
{
	long r = (long)t->regs.rax;

	if (!t->in_syscall || !restart_code(r))
		return;
	if (r == -ERESTARTNOINTR || (r == -ERESTARTSYS && (ka->flags & SA_RESTART) != 0)) {
		t->regs.rax = t->orig_rax;
		t->regs.rip -= 2;
	} else {
		t->regs.rax = (uint64_t)-EINTR;
	}
	t->in_syscall = false;
}

static void
restart_without_handler(struct thread *t)
{
	long r = (long)t->regs.rax;

	if (!t->in_syscall || !restart_code(r))
		return;
	t->regs.rax = r == -ERESTART_RESTARTBLOCK ? 219 /* restart_syscall */ : t->orig_rax;
	t->regs.rip -= 2;
	t->in_syscall = false;
}

static void
handler_run(struct thread *t, const struct k_sigaction *ka, int sig, const siginfo_t *si)
{
	ksigset_t old = t->restore_mask ? t->saved_mask : t->sigmask, block = ka->mask;

	/* A result that cannot be stored is to be seen in the frame. */
	if (vmthread_reply_now(t->vt) != 0)
		t->regs.rax = (uint64_t)-EFAULT;
	restart_with_handler(t, ka);
	if (!(ka->flags & SA_NODEFER))
		block |= SIGBIT(sig);
	if (sigframe_setup(t, ka, sig, si, old) != 0) {
		/* No room for the frame: that is a fault that nothing catches. */
		mutex_lock(&vk->proc_lock);
		if (sig == SIGSEGV)
			t->proc->sighand->act[SIGSEGV].handler = H_DFL;
		serve_actions_changed(t->proc->sighand);
		mutex_unlock(&vk->proc_lock);
		signal_fault(t, SIGSEGV, SI_KERNEL, 0, 0, 0);
		return;
	}
	t->restore_mask = false;
	signal_set_mask(t, t->sigmask | block);
}

/* Default action.  Called with the lock held, returns with it held. */
static void
default_action(struct thread *t, int sig) REQUIRES(vk->proc_lock)
{
	int status;

	if ((IGN_SIGS & SIGBIT(sig)) != 0)
		return;
	if ((STOP_SIGS & SIGBIT(sig)) != 0) {
		if (sig != SIGSTOP && pgrp_orphaned(t->proc->pgid))
			return;
		stop_begin(t->proc, sig);
		return;
	}
	status = death_status(t, sig);
	mutex_unlock(&vk->proc_lock);
	proc_exit_group(status);
}

/* Take one signal.  False when none is left. */
static bool
deliver_one(struct thread *t)
{
	struct proc *p = t->proc;
	struct k_sigaction ka;
	siginfo_t si;
	int sig, status;

	mutex_lock(&vk->proc_lock);
	if (t->killed) {
		status = t->exit_code;
		mutex_unlock(&vk->proc_lock);
		thread_exit(status);
	}
	if (p->stopped) {
		stop_park(t);
		mutex_unlock(&vk->proc_lock);
		return true;
	}
	sig = signal_dequeue(t, ~t->sigmask, &si);
	if (sig == 0) {
		signal_recalc(t);
		mutex_unlock(&vk->proc_lock);
		return false;
	}
	WATCH(signal, t, &si);
	ka = p->sighand->act[sig];
	if (ka.handler == H_IGN) {
		mutex_unlock(&vk->proc_lock);
		return true;
	}
	if (ka.handler == H_DFL) {
		default_action(t, sig);
		mutex_unlock(&vk->proc_lock);
		return true;
	}
	if ((ka.flags & SA_RESETHAND) != 0) {
		p->sighand->act[sig].handler = H_DFL;
		serve_actions_changed(p->sighand);
	}
	mutex_unlock(&vk->proc_lock);
	handler_run(t, &ka, sig, &si);
	return true;
}

void
signal_deliver(struct thread *t)
{
	while (t->sigpending && deliver_one(t))
		;
	restart_without_handler(t);
	if (t->restore_mask) {
		t->restore_mask = false;
		signal_set_mask(t, t->saved_mask);
		/* What the old mask lets through comes now, not a call later. */
		while (t->sigpending && deliver_one(t))
			;
	}
}
