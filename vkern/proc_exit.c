/*
 * proc_exit.c - the end of threads and processes, and waiting for it.
 *
 * A thread that must die leaves its loop through thread_exit(): first what
 * needs its own memory and no lock (robust futexes, clear_child_tid), then its
 * share of files, then, under proc_lock, its place in the process.  The last
 * thread makes the process a zombie.  Init (pid 1) is the kernel's own: it has
 * no threads, adopts orphans, and reaps them at once.
 *
 * wait(2), exit_group(2), kernel/exit.c.
 */
#include <string.h>
#include <sys/wait.h>

#include "proc_impl.h"
#include "vksup/host.h"
#include "vksup/watch.h"

#define SA_NOCLDSTOP_	1UL
#define SA_NOCLDWAIT_	2UL
#define KILL_PATIENCE	(2 * NSEC_PER_SEC)

/* --- telling the parent --- */

static void
chld_info(siginfo_t *si, struct proc *p, int code, int status) REQUIRES(vk->proc_lock)
{
	struct thread *t = TAILQ_FIRST(&p->threads);
	int64_t ut, st;

	memset(si, 0, sizeof(*si));
	si->si_signo = SIGCHLD;
	si->si_code = code;
	si->si_pid = p->pid;
	si->si_uid = t != NULL ? t->cred->uid : p->exit_uid;
	si->si_status = status;
	proc_times(p, &ut, &st);
	si->si_utime = ut / 10000000;
	si->si_stime = st / 10000000;
}

static int
code_of(int status)
{
	if ((status & 0x7f) == 0)
		return CLD_EXITED;
	return (status & 0x80) != 0 ? CLD_DUMPED : CLD_KILLED;
}

void
proc_notify_parent(struct proc *p, int code, int status)
{
	struct proc *parent = p->parent;
	siginfo_t si;
	struct k_sigaction *ka;

	if (p == vk->main_proc && code == CLD_STOPPED && vk->cfg.on_stop != NULL)
		vk->cfg.on_stop(vk->cfg.arg, status);
	if (parent == NULL || parent == vk->init || parent->sighand == NULL)
		return;
	ka = &parent->sighand->act[SIGCHLD];
	chld_info(&si, p, code, status);
	if (ka->handler != 1 && !(ka->flags & SA_NOCLDSTOP_))
		(void)!signal_proc(parent, SIGCHLD, &si);
	waitq_wake_all(&parent->child_wq, 0);
}

/* Tell the parent of a death.  True: nobody will wait, reap now. */
static bool
notify_death(struct proc *p) REQUIRES(vk->proc_lock)
{
	struct proc *parent = p->parent;
	int status = p->exit_code;
	bool reap = false;
	siginfo_t si;

	if (parent == vk->init || parent == NULL || parent->sighand == NULL)
		return true;
	if (p->exit_signal == SIGCHLD) {
		struct k_sigaction *ka = &parent->sighand->act[SIGCHLD];

		reap = ka->handler == 1 || (ka->flags & SA_NOCLDWAIT_) != 0;
	}
	/* clone(2) takes any number; only a signal is sent (do_notify_parent). */
	if (p->exit_signal > 0 && p->exit_signal <= NSIG_MAX) {
		chld_info(&si, p, code_of(status), (status & 0x7f) != 0 ? status & 0x7f : status >> 8 & 0xff);
		si.si_signo = p->exit_signal;
		(void)!signal_proc(parent, p->exit_signal, &si);
	}
	waitq_wake_all(&parent->child_wq, 0);
	return reap;
}

/* --- accounts --- */

void
proc_times(struct proc *p, int64_t *ut, int64_t *st)
{
	struct thread *t;
	int64_t u, s;

	*ut = p->utime;
	*st = p->stime;
	TAILQ_FOREACH(t, &p->threads, link) {
		if (t->vt == NULL)
			continue;
		vmthread_cputime(t->vt, &u, &s);
		*ut += u - t->utime0;
		*st += s - t->stime0;
	}
}

static void
account_thread(struct thread *t) REQUIRES(vk->proc_lock)
{
	int64_t u, s;

	if (t->vt == NULL)
		return;
	vmthread_cputime(t->vt, &u, &s);
	t->proc->utime += max_of(u - t->utime0, (int64_t)0);
	t->proc->stime += max_of(s - t->stime0, (int64_t)0);
}

static void
account_child(struct proc *parent, struct proc *p)
{
	parent->cutime += p->utime + p->cutime;
	parent->cstime += p->stime + p->cstime;
	parent->cmaxrss = max_of(parent->cmaxrss, max_of(p->maxrss, p->cmaxrss));
	parent->cminflt += p->minflt + p->cminflt;
	parent->cmajflt += p->majflt + p->cmajflt;
}

/* --- orphans --- */

static struct proc *
new_parent(struct proc *p) REQUIRES(vk->proc_lock)
{
	struct proc *a;

	for (a = p->parent; a != NULL && a != vk->init; a = a->parent)
		if (a->subreaper && a->state == PS_ALIVE && !a->exiting)
			return a;
	return vk->init;
}

static void
proc_reap(struct proc *p) REQUIRES(vk->proc_lock)
{
	proc_unhash(p);
	proc_put(p);
}

/* A stopped group whose last outside parent goes gets HUP and CONT. */
void
pgrp_orphan_check(struct proc *p, struct proc *parent)
{
	struct proc *o;
	bool stopped = false;

	if (parent == NULL || parent->pgid == p->pgid || parent->session != p->session)
		return;
	if (!pgrp_orphaned(p->pgid))
		return;
	TAILQ_FOREACH(o, &vk->procs, all)
		if (o->pgid == p->pgid && o->stopped && o->state == PS_ALIVE)
			stopped = true;
	if (!stopped)
		return;
	signal_pgrp(p->pgid, SIGHUP, NULL);
	signal_pgrp(p->pgid, SIGCONT, NULL);
}

static void
adopt(struct proc *child, struct proc *to) REQUIRES(vk->proc_lock)
{
	siginfo_t si;

	TAILQ_REMOVE(&child->parent->children, child, sibling);
	child->parent = to;
	TAILQ_INSERT_TAIL(&to->children, child, sibling);
	if (child->exit_signal != 0)
		child->exit_signal = SIGCHLD;
	if (child->pdeath_signal != 0) {
		siginfo_user(&si, child->pdeath_signal, SI_USER);
		(void)!signal_proc(child, child->pdeath_signal, &si);
	}
	if (child->state == PS_ZOMBIE && notify_death(child))
		proc_reap(child);
}

static void
children_orphan(struct proc *p) REQUIRES(vk->proc_lock)
{
	struct proc *to = new_parent(p), *c;

	while ((c = TAILQ_FIRST(&p->children)) != NULL) {
		proc_ref(c);		/* adopt() may reap it */
		adopt(c, to);
		if (c->state == PS_ALIVE)
			pgrp_orphan_check(c, p);
		proc_put(c);
	}
}

/* A thread ends before its process: its children are another's now. */
static void
children_of_thread(struct thread *t) REQUIRES(vk->proc_lock)
{
	struct proc *c;
	struct thread *o = TAILQ_FIRST(&t->proc->threads);
	siginfo_t si;

	if (o == t)
		o = TAILQ_NEXT(o, link);
	TAILQ_FOREACH(c, &t->proc->children, sibling) {
		if (c->parent_tid != t->tid)
			continue;
		c->parent_tid = o != NULL ? o->tid : 0;
		if (c->pdeath_signal == 0)
			continue;
		siginfo_user(&si, c->pdeath_signal, SI_USER);
		(void)!signal_proc(c, c->pdeath_signal, &si);
	}
}

/* --- death --- */

/* The last thread is gone; p has no memory and no files any more. */
static void
proc_zombie(struct proc *p) REQUIRES(vk->proc_lock)
{
	struct proc *parent = p->parent;
	bool main_program = p == vk->main_proc;
	int status = p->exit_code;

	p->state = PS_ZOMBIE;
	limit_proc_end(p);
	WATCH(proc_end, p, status);
	p->vforked = false;
	children_orphan(p);
	pgrp_orphan_check(p, parent);
	sighand_put(p->sighand);
	p->sighand = NULL;
	waitq_wake_all(&p->exit_wq, EPOLLIN | EPOLLRDNORM);
	if (notify_death(p))
		proc_reap(p);
	if (main_program && vk->cfg.on_exit != NULL) {
		vk->main_proc = NULL;
		vk->cfg.on_exit(vk->cfg.arg, status);
	}
}

void
proc_kill_threads(struct proc *p, int status)
{
	struct thread *t;

	if (!p->exiting) {
		p->exiting = true;
		p->exit_code = status;
	}
	TAILQ_FOREACH(t, &p->threads, link) {
		if (!t->killed) {
			t->killed = true;
			t->exit_code = p->exit_code;
		}
		signal_wake_thread(t);
	}
	/*
	 * Threads are called in, not shot: robust futexes in memory shared with
	 * others are theirs to give up.  One that does not come is hostile.
	 */
	if (p->vm != NULL && p->nthreads > 0)
		ktimer_set(&p->kill_timer, ktime_after(KILL_PATIENCE));
}

/*
 * A carrier that was in use is gone (killed from outside, out of memory): its
 * threads may be sleeping in the kernel and would not find out.
 */
void
proc_space_died(struct vmspace *space, void *arg)
{
	struct vkern *mine = vk;
	struct proc *p;

	vk = arg;
	mutex_lock(&vk->proc_lock);
	TAILQ_FOREACH(p, &vk->procs, all)
		if (p->vm != NULL && p->vm->space == space && !p->exiting)
			proc_kill_threads(p, SIGKILL);
	mutex_unlock(&vk->proc_lock);
	vk = mine;
}

/* The carrier dies under whatever still runs in it. */
void
proc_kill_overdue(struct ktimer *kt)
{
	struct proc *p = container_of(kt, struct proc, kill_timer);
	struct vkern *mine = vk;

	vk = p->vk;
	mutex_lock(&vk->proc_lock);
	if (p->vm != NULL)
		vmspace_kill(p->vm->space);
	mutex_unlock(&vk->proc_lock);
	vk = mine;
}

/* Everything that needs the thread's own memory. */
static void
thread_release_memory(struct thread *t)
{
	struct proc *p = t->proc;

	if (t->vt == NULL || p->vm == NULL)
		return;
	if (t->robust_list != 0)
		futex_exit_robust(t);
	if (t->clear_tid != 0 && (p->nthreads > 1 || p->vm->refs > 1)) {
		(void)!copyout_u32(ga(t->clear_tid), 0);
		futex_wake_addr(t, t->clear_tid, 1);
	}
	t->clear_tid = 0;
}

static void
thread_release_files(struct thread *t)
{
	thread_set_fds(t, NULL);
	thread_set_fs(t, NULL);
}

/* The last one takes the process's things with it, before it is a zombie. */
static void
proc_release(struct proc *p)
{
	struct vmusage u;
	struct vm_map *vm = p->vm;

	ktimer_cancel(&p->kill_timer);
	proc_timers_exit(p);
	if (vm != NULL) {
		vmspace_usage(vm->space, &u);
		p->maxrss = max_of(p->maxrss, u.rss_max);
		p->minflt += u.minflt;
		p->majflt += u.majflt;
	}
	mutex_lock(&vk->proc_lock);
	p->vm = NULL;
	mutex_unlock(&vk->proc_lock);
	/* Set once more meanwhile, by a second SIGKILL?  Without vm never again. */
	ktimer_cancel(&p->kill_timer);
	vm_map_unref(vm);
}

void
thread_exit(int status)
{
	struct thread *t = curthread;
	struct proc *p = t->proc;
	struct vmthread *vt;
	struct session *tty_session = NULL;
	bool last;

	thread_release_memory(t);
	thread_release_files(t);
	mutex_lock(&vk->proc_lock);
	if (t == p->leader)
		memcpy(p->exit_comm, t->comm, sizeof(p->exit_comm));
	/* When all threads end by themselves the process's status is its first's. */
	if (!p->exiting && t->tid == p->pid)
		p->exit_code = status;
	account_thread(t);
	serve_end(t);
	WATCH(thread_end, t, status);
	vt = t->vt;
	t->vt = NULL;
	last = p->nthreads == 1;
	if (last && p->session != NULL && p->session->sid == p->pid) {
		tty_session = p->session;
		tty_session->refs++;
	}
	if (!last) {
		children_of_thread(t);
		signal_retarget(t);
		thread_unhash(t);
		stop_thread_gone(p);
		if (p->exec_thread != NULL)
			thread_unpark(p->exec_thread);
	}
	mutex_unlock(&vk->proc_lock);
	if (vt != NULL)
		vmthread_exit(vt);
	if (last) {
		if (tty_session != NULL)
			tty_session_exit(tty_session);
		proc_release(p);
		mutex_lock(&vk->proc_lock);
		if (tty_session != NULL)
			session_put(tty_session);
		p->exit_uid = t->cred->uid;
		thread_unhash(t);
		proc_zombie(p);
		mutex_unlock(&vk->proc_lock);
	}
	thread_leave(t);
}

void
proc_exit_group(int status)
{
	struct thread *t = curthread;
	struct proc *p = t->proc;

	mutex_lock(&vk->proc_lock);
	if (!p->exiting) {
		p->exiting = true;
		p->exit_code = status;
		if (p->nthreads > 1)
			proc_kill_threads(p, status);
	}
	status = p->exit_code;
	mutex_unlock(&vk->proc_lock);
	thread_exit(status);
}

/* --- waiting --- */

struct wait_spec {
	int		type;		/* P_PID, P_PGID, P_ALL */
	int		id;
	unsigned	options;	/* WEXITED WSTOPPED WCONTINUED WNOHANG WNOWAIT __WALL __WCLONE */
};

static bool
eligible(const struct wait_spec *w, struct proc *c)
{
	bool clone_child = c->exit_signal != SIGCHLD;

	if (w->type == P_PID && c->pid != w->id)
		return false;
	if (w->type == P_PGID && c->pgid != w->id)
		return false;
	if ((w->options & __WNOTHREAD) != 0 && c->parent_tid != curthread->tid)
		return false;
	return (w->options & __WALL) != 0 || clone_child == ((w->options & __WCLONE) != 0);
}

static void
result_fill(struct wait_result *r, struct proc *c, int code, int status) REQUIRES(vk->proc_lock)
{
	struct thread *t = TAILQ_FIRST(&c->threads);

	r->pid = c->pid;
	r->uid = t != NULL ? t->cred->uid : c->exit_uid;
	r->code = code;
	r->status = status;
	proc_times(c, &r->utime, &r->stime);
	r->utime += c->cutime;
	r->stime += c->cstime;
	r->maxrss = max_of(c->maxrss, c->cmaxrss);
	r->minflt = c->minflt + c->cminflt;
	r->majflt = c->majflt + c->cmajflt;
}

/* Does c have something to report?  Takes the report unless WNOWAIT. */
static bool
child_report(const struct wait_spec *w, struct proc *c, struct wait_result *r) REQUIRES(vk->proc_lock)
{
	bool keep = (w->options & WNOWAIT) != 0;

	if (c->state == PS_ZOMBIE) {
		if (!(w->options & WEXITED))
			return false;
		result_fill(r, c, code_of(c->exit_code), c->exit_code);
		if (!keep) {
			account_child(curthread->proc, c);
			proc_reap(c);
		}
		return true;
	}
	if (c->stopped && c->stop_report && !c->stop_waited && (w->options & WSTOPPED) != 0) {
		result_fill(r, c, CLD_STOPPED, c->stop_sig << 8 | 0x7f);
		c->stop_waited = !keep;
		return true;
	}
	if (c->cont_report && (w->options & WCONTINUED) != 0) {
		result_fill(r, c, CLD_CONTINUED, 0xffff);
		if (!keep)
			c->cont_report = false;
		return true;
	}
	return false;
}

/* 1 reported, 0 none yet, -ECHILD nobody to wait for. */
static int
wait_scan(const struct wait_spec *w, struct wait_result *r) REQUIRES(vk->proc_lock)
{
	struct proc *c;
	int found = -ECHILD;

	TAILQ_FOREACH(c, &curthread->proc->children, sibling) {
		if (!eligible(w, c))
			continue;
		if (child_report(w, c, r))
			return 1;
		found = 0;
	}
	return found;
}

long
proc_wait(int type, int id, unsigned options, struct wait_result *r)
{
	struct wait_spec w = { type, id, options };
	struct proc *p = curthread->proc;
	int err;

	memset(r, 0, sizeof(*r));
	mutex_lock(&vk->proc_lock);
	for (;;) {
		err = wait_scan(&w, r);
		if (err != 0)
			break;
		if ((options & WNOHANG) != 0)
			break;
		err = waitq_wait(&p->child_wq, &vk->proc_lock, NEVER);
		if (err)
			break;
	}
	mutex_unlock(&vk->proc_lock);
	return err > 0 ? r->pid : err;
}
