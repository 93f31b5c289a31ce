/*
 * serve.c - what a thread's carrier may answer without us (abi/serve.h): told
 * before each run, and what it has changed taken over after it.
 */
#include "abi/serve.h"

#include <string.h>

#include "proc_impl.h"
#include "vksup/handlers.h"
#include "vksup/watch.h"

_Static_assert(sizeof(struct serve_action) == sizeof(struct k_sigaction), "the same layout");

static struct vmserve *
serve_of(const struct thread *t)
{
	return t->vt != NULL ? vmthread_serve(t->vt) : NULL;
}

static void
actions_fill(struct thread *t, struct vmserve *v)
{
	mutex_lock(&vk->proc_lock);
	memcpy(v->act, t->proc->sighand->act, sizeof(v->act));
	v->changed = 0;
	v->flags |= SERVE_ACTIONS;
	mutex_unlock(&vk->proc_lock);
	t->wants_actions = false;
}

void
serve_publish(struct thread *t)
{
	struct vmserve *v = serve_of(t);
	bool own;

	if (v == NULL)
		return;
	if (unlikely((vk->cfg.slow & SLOW_SERVE) != 0 || watched_every_call() ||
	    (vk->handlers != NULL && vk->handlers->unserved))) {
		v->flags = 0;
		return;
	}
	v->pid = (uint32_t)t->proc->pid;
	v->tid = (uint32_t)t->tid;
	v->uid = t->cred->uid;
	v->euid = t->cred->euid;
	v->gid = t->cred->gid;
	v->egid = t->cred->egid;
	v->mask = v->kmask = t->sigmask;
	if ((v->flags & (SERVE_IDS | SERVE_MASK)) != (SERVE_IDS | SERVE_MASK))
		v->flags |= SERVE_IDS | SERVE_MASK;
	if (t->wants_actions)
		actions_fill(t, v);
	own = t->proc->nthreads == 1 && t->proc->sighand->refs == 1;
	if (own != ((v->flags & SERVE_OWN) != 0))
		v->flags ^= SERVE_OWN;
}

/* Default actions that stay so, and nobody else knows of: take them as they are. */
static void
actions_collect(struct thread *t, struct vmserve *v)
{
	uint64_t changed = *(volatile uint64_t *)&v->changed & ~SIG_UNBLOCKABLE;
	struct k_sigaction *ka, act;
	int sig;

	v->changed = 0;
	mutex_lock(&vk->proc_lock);
	for (; changed != 0; changed &= changed - 1) {
		sig = __builtin_ctzll(changed) + 1;
		memcpy(&act, &v->act[sig], sizeof(act));
		ka = &t->proc->sighand->act[sig];
		if (act.handler != ka->handler || ka->handler != (uint64_t)SIG_DFL || sig == SIGCHLD)
			continue;
		act.flags &= SERVE_SA_KNOWN;
		act.mask &= ~SIG_UNBLOCKABLE;
		*ka = act;
	}
	mutex_unlock(&vk->proc_lock);
}

/*
 * The mask is the guest's to say, but what we know to be blocked is not its to
 * unblock without a call; that it could have made, so it is no error.
 */
void
serve_collect(struct thread *t)
{
	struct vmserve *v = serve_of(t);
	ksigset_t mask;

	if (v == NULL || (v->flags & SERVE_MASK) == 0)
		return;
	mask = *(volatile uint64_t *)&v->mask & ~SIG_UNBLOCKABLE;
	if (mask != t->sigmask)
		signal_set_mask(t, mask);
	if (unlikely(v->changed != 0) && (v->flags & SERVE_OWN) != 0)
		actions_collect(t, v);
}

void
serve_end(struct thread *t)
{
	struct vmserve *v = serve_of(t);

	if (v != NULL)
		vk->calls_served += *(volatile uint32_t *)&v->count;
}

void
serve_actions(struct thread *t)
{
	t->wants_actions = true;
}

static void
actions_stale(struct proc *p) REQUIRES(vk->proc_lock)
{
	struct vmserve *v;
	struct thread *t;

	TAILQ_FOREACH(t, &p->threads, link) {
		v = serve_of(t);
		if (v != NULL)
			v->flags &= ~SERVE_ACTIONS;
	}
}

void
serve_actions_changed(struct sighand *sh)
{
	struct proc *p;

	if (sh->refs == 1) {
		actions_stale(curthread->proc);
		return;
	}
	/* Shared by processes (CLONE_SIGHAND), which it hardly ever is. */
	TAILQ_FOREACH(p, &vk->procs, all)
		if (p->sighand == sh)
			actions_stale(p);
}

ksigset_t
serve_blocked(const struct thread *t)
{
	struct vmserve *v = t->in_guest ? serve_of(t) : NULL;

	if (v == NULL || (v->flags & SERVE_MASK) == 0)
		return t->sigmask;
	return (t->sigmask | *(volatile uint64_t *)&v->mask) & ~SIG_UNBLOCKABLE;
}
