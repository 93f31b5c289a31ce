/*
 * proc_table.c - processes and threads as objects, and their numbers.
 *
 * Numbers are small and reused late: the next free one after the last given,
 * up to PID_MAX.  One table entry says everything a number is: process,
 * thread, how many members it has as a group and as a session; it is free when
 * it is none of these.  Lock: proc_lock.
 */
#include <string.h>

#include "proc_impl.h"
#include "vksup/watch.h"

#define PID_MAX		32768
#define PID_FIRST	2		/* 1 is init; wrapped numbers restart here */

struct pid_entry {
	struct proc	*proc;
	struct thread	*thread;
	int		group, session;	/* members */
	bool		taken;
};

struct pid_table {
	int		last;
	struct pid_entry *e;		/* PID_MAX of them */
};

int
pids_init(void)
{
	struct pid_table *pt = kalloc(sizeof(*pt));

	if (pt == NULL)
		return -ENOMEM;
	pt->e = kalloc(PID_MAX * sizeof(*pt->e));
	if (pt->e == NULL) {
		kfree(pt);
		return -ENOMEM;
	}
	vk->pids = pt;
	return 0;
}

void
pids_fini(void)
{
	kfree(vk->pids->e);
	kfree(vk->pids);
	vk->pids = NULL;
}

static struct pid_entry *
entry(int pid)
{
	return pid > 0 && pid < PID_MAX ? &vk->pids->e[pid] : NULL;
}

int
pid_alloc(void)
{
	struct pid_table *pt = vk->pids;
	int i, pid = pt->last;

	for (i = 0; i < PID_MAX; i++) {
		pid = pid + 1 < PID_MAX ? pid + 1 : PID_FIRST;
		if (!pt->e[pid].taken) {
			pt->e[pid].taken = true;
			pt->last = pid;
			return pid;
		}
	}
	return -EAGAIN;
}

int
pid_take(int pid)
{
	if (pid < 1 || pid >= PID_MAX)
		return -EINVAL;
	if (vk->pids->e[pid].taken)
		return -EEXIST;
	vk->pids->e[pid].taken = true;
	return pid;
}

static void
entry_release(struct pid_entry *e)
{
	if (e->proc == NULL && e->thread == NULL && e->group == 0 && e->session == 0)
		e->taken = false;
}

void
pid_free(int pid)
{
	entry_release(entry(pid));
}

void
pid_attach(int pid, struct proc *p, struct thread *t)
{
	struct pid_entry *e = entry(pid);

	if (p != NULL)
		e->proc = p;
	if (t != NULL)
		e->thread = t;
	e->taken = true;
}

struct proc *
proc_find(int pid)
{
	struct pid_entry *e = entry(pid);

	return e != NULL ? e->proc : NULL;
}

struct thread *
thread_find(int tid)
{
	struct pid_entry *e = entry(tid);

	return e != NULL ? e->thread : NULL;
}

void
proc_set_pgid(struct proc *p, int pgid)
{
	struct pid_entry *old = entry(p->pgid), *new = entry(pgid);

	if (new != NULL) {
		new->group++;
		new->taken = true;
	}
	p->pgid = pgid;
	if (old != NULL) {
		old->group--;
		entry_release(old);
	}
}

void
session_put(struct session *s)
{
	if (--s->refs == 0)
		kfree(s);
}

void
proc_set_session(struct proc *p, struct session *s)
{
	struct session *old = p->session;
	struct pid_entry *e;

	if (s != NULL) {
		s->refs++;
		e = entry(s->sid);
		e->session++;
		e->taken = true;
	}
	p->session = s;
	if (old != NULL) {
		e = entry(old->sid);
		e->session--;
		entry_release(e);
		session_put(old);
	}
}

bool
pgrp_exists(int pgid, int sid)
{
	struct proc *p;

	TAILQ_FOREACH(p, &vk->procs, all)
		if (p->pgid == pgid && p->session != NULL && p->session->sid == sid)
			return true;
	return false;
}

bool
pgrp_orphaned(int pgid)
{
	struct proc *p;

	TAILQ_FOREACH(p, &vk->procs, all) {
		if (p->pgid != pgid || p->state != PS_ALIVE || p->parent == NULL)
			continue;
		/* Whoever started us minds the program, if he is told of stops. */
		if (p == vk->main_proc && vk->cfg.on_stop != NULL)
			return false;
		if (p->parent != vk->init && p->parent->pgid != pgid &&
		    p->parent->session == p->session)
			return false;
	}
	return true;
}

/* --- processes --- */

struct proc *
proc_alloc(void)
{
	struct proc *p = kalloc(sizeof(*p));

	if (p == NULL)
		return NULL;
	p->refs = 1;
	p->vk = vk;
	TAILQ_INIT(&p->children);
	TAILQ_INIT(&p->threads);
	sigpending_init(&p->pending);
	waitq_init(&p->child_wq);
	waitq_init(&p->exit_wq);
	waitq_init(&p->signal_wq);
	ktimer_init(&p->kill_timer, proc_kill_overdue);
	p->exit_signal = SIGCHLD;
	p->dumpable = true;
	p->timerslack = 50000;
	p->start_time = ktime_now();
	return p;
}

struct proc *
proc_ref(struct proc *p)
{
	p->refs++;
	return p;
}

void
proc_put(struct proc *p)
{
	if (atomic_fetch_sub(&p->refs, 1) != 1)
		return;
	waitq_destroy(&p->child_wq);
	waitq_destroy(&p->exit_wq);
	waitq_destroy(&p->signal_wq);
	kfree(p);
}

void
proc_unhash(struct proc *p)
{
	struct pid_entry *e = entry(p->pid);

	p->state = PS_DEAD;
	TAILQ_REMOVE(&vk->procs, p, all);
	if (p->parent != NULL) {
		TAILQ_REMOVE(&p->parent->children, p, sibling);
		p->parent = NULL;
	}
	proc_set_pgid(p, 0);
	proc_set_session(p, NULL);
	if (e != NULL) {
		e->proc = NULL;
		if (e->thread != NULL && e->thread->proc == p)
			e->thread = NULL;
		entry_release(e);
	}
	sigpending_flush(&p->pending);
}

/* --- threads --- */

struct thread *
thread_alloc(struct proc *p)
{
	struct thread *t = kalloc(sizeof(*t));

	if (t == NULL)
		return NULL;
	t->refs = 1;
	t->proc = proc_ref(p);
	t->vk = vk;
	t->nr = -1;
	t->altstack.ss_flags = SS_DISABLE;
	sigpending_init(&t->pending);
	t->cpumask = ~0UL;
	return t;
}

struct thread *
thread_ref(struct thread *t)
{
	t->refs++;
	return t;
}

void
thread_put(struct thread *t)
{
	if (atomic_fetch_sub(&t->refs, 1) != 1)
		return;
	cred_put(t->cred);
	refuse_forget(t);
	kfree(t->scratch);
	proc_put(t->proc);
	kfree(t);
}

/* Off the process's list; its number is free unless it is the process's. */
void
thread_unhash(struct thread *t)
{
	struct proc *p = t->proc;
	struct pid_entry *e = entry(t->tid);

	TAILQ_REMOVE(&p->threads, t, link);
	p->nthreads--;
	vk->nthreads--;
	if (p->leader == t)
		p->leader = NULL;
	if (e != NULL && e->thread == t) {
		e->thread = NULL;
		entry_release(e);
	}
	sigpending_flush(&t->pending);
	thread_put(t);			/* the list's reference */
}

void
thread_rename(struct thread *t, int pid)
{
	struct pid_entry *old = entry(t->tid), *new = entry(pid);

	old->thread = NULL;
	entry_release(old);
	new->thread = t;
	t->tid = pid;
}

void
thread_set_fds(struct thread *t, struct fdtable *fds)
{
	struct fdtable *old = t->fds;

	mutex_lock(&vk->proc_lock);
	t->fds = fds;
	mutex_unlock(&vk->proc_lock);
	if (old != NULL)
		fdtable_unref(old);
}

void
thread_set_fs(struct thread *t, struct fs_ctx *fs)
{
	struct fs_ctx *old = t->fs;

	mutex_lock(&vk->proc_lock);
	t->fs = fs;
	mutex_unlock(&vk->proc_lock);
	if (old != NULL)
		fs_ctx_unref(old);
}

void
thread_set_cred(struct thread *t, struct cred *c)
{
	struct cred *old = t->cred;

	mutex_lock(&vk->proc_lock);
	t->cred = c;
	mutex_unlock(&vk->proc_lock);
	cred_put(old);
}
