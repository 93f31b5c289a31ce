/*
 * lib_run.c - vmspace.h for library mode: threads that run no code.
 *
 * Their processor knows one instruction: at SYSCALL_IP it makes a system call,
 * anywhere else it waits until the caller posts one.  So the kernel restarts a
 * call as on a real machine, by setting rip back to it.
 *
 * A handle (struct vk_proc) outlives its vmthread: exec replaces the vmthread,
 * and a thread that has ended leaves the handle with the caller.
 */
#include "lib_impl.h"

#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC1		0x46505853U
#define MAGIC2		0x46505845U

static __thread struct vk_proc *serving;	/* of a kernel thread */

/* --- life --- */

struct vk_proc *
lib_proc_new(struct vk *k, struct vk_proc *parent)
{
	struct vk_proc *p = calloc(1, sizeof(*p));

	LIB_ASSERT(p != NULL);
	p->k = k;
	p->parent = parent;
	TAILQ_INSERT_TAIL(&k->procs, p, link);
	return p;
}

static void
xs_initial(struct vmthread *vt)
{
	uint16_t fcw = 0x37f;
	uint32_t mxcsr = 0x1f80, mask = 0xffff, sw[2] = { MAGIC1, XSTATE_SIZE }, magic2 = MAGIC2;
	uint64_t features = 7;

	memset(vt->xs, 0, sizeof(vt->xs));
	memcpy(vt->xs, &fcw, 2);
	memcpy(vt->xs + 24, &mxcsr, 4);
	memcpy(vt->xs + 28, &mask, 4);
	memcpy(vt->xs + 464, sw, 8);
	memcpy(vt->xs + 472, &features, 8);
	memcpy(vt->xs + XSTATE_SIZE - 4, &magic2, 4);
	vt->xs_valid = true;
}

static struct vmthread *
vmthread_new(struct vk *k, struct vmspace *vs)
{
	struct vmthread *vt = calloc(1, sizeof(*vt));

	LIB_ASSERT(vt != NULL);
	space_get(vs);
	vs->machine = k;
	vt->vs = vs;
	vt->k = k;
	vt->fresh = true;
	pthread_cond_init(&vt->cond, NULL);
	return vt;
}

int
vmspace_create(struct vmspace **vs, struct vmthread **first)
{
	*vs = space_new();
	*first = vmthread_new(lib_here(), *vs);
	return 0;
}

/* What the library mapped for the parent is the child's, if it is a copy. */
static void
proc_inherit(struct vk_proc *child, struct vk_proc *p, struct vmspace *from, struct vmspace *vs)
{
	memcpy(child->handler, p->handler, sizeof(child->handler));
	if (vs == from || p->vs != from)
		return;
	child->vs = vs;
	child->stage = p->stage;
	child->heap = p->heap;
	child->heap_end = p->heap_end;
}

/* A thread that starts as `by` is now. */
static struct vmthread *
vmthread_like(struct vmthread *by, struct vmspace *vs)
{
	struct vmthread *vt = vmthread_new(by->k, vs);

	memcpy(vt->xs, by->xs, sizeof(vt->xs));
	vt->xs_valid = by->xs_valid;
	vt->fresh = by->fresh;
	pthread_mutex_lock(&by->k->lock);
	vt->p = lib_proc_new(by->k, by->p);
	vt->p->vt = vt;
	proc_inherit(vt->p, by->p, by->vs, vs);
	pthread_mutex_unlock(&by->k->lock);
	return vt;
}

int
vmspace_fork(struct vmthread *by, const struct vregs *regs, struct vmspace **vs,
    struct vmthread **first)
{
	(void)regs;
	*vs = space_copy(by->vs);
	*first = vmthread_like(by, *vs);
	return 0;
}

int
vmthread_create(struct vmthread *by, const struct vregs *regs, struct vmthread **vt)
{
	(void)regs;
	*vt = vmthread_like(by, by->vs);
	return 0;
}

void
vmthread_exit(struct vmthread *vt)
{
	struct vk_proc *p;

	pthread_mutex_lock(&vt->k->lock);
	LIB_ASSERT(!vt->in_run);
	p = vt->p;
	if (p != NULL && p->vt == vt) {
		p->vt = NULL;
		p->gone = !p->ran;	/* else when its kernel thread ends */
		pthread_cond_broadcast(&vt->k->changed);
	}
	pthread_mutex_unlock(&vt->k->lock);
	space_put(vt->vs);
	pthread_cond_destroy(&vt->cond);
	free(vt);
}

struct vmspace *
vmthread_space(struct vmthread *vt)
{
	return vt->vs;
}

void
lib_serving_ends(struct vk *k)
{
	(void)k;
	if (serving != NULL)
		serving->gone = true;
	serving = NULL;
}

/* --- running --- */

/* A vmthread's first run says whose it is: after exec, the same handle's. */
static void
proc_bind(struct vmthread *vt)
{
	struct vk_proc *p = vt->p;

	if (p == NULL)
		p = vt->p = serving != NULL ? serving : lib_proc_new(vt->k, NULL);
	if (p->vt != vt && p->ran) {
		memset(p->handler, 0, sizeof(p->handler));
		p->vs = NULL;		/* what was mapped for us is gone */
	}
	serving = p;
	p->vt = vt;
	p->ran = true;
}

static void
event_make(struct vmthread *vt, struct vmevent *ev)
{
	struct vregs *r = &vt->regs;

	memset(ev, 0, sizeof(*ev));
	if (vt->vs->dead) {
		ev->cause = VMC_DEAD;
	} else if (vt->kicked && !vt->posted) {
		vt->kicked = false;
		ev->cause = VMC_KICK;
	} else if (vt->posted && vt->ev.cause == VMC_FAULT) {
		*ev = vt->ev;
	} else {
		r->rip += 2;
		r->rcx = r->rip;
		r->r11 = r->eflags;
		ev->cause = VMC_SYSCALL;
		ev->addr = r->rip;
		ev->arch = AUDIT_ARCH_X86_64;
	}
	vt->posted = false;
}

void
vmthread_run(struct vmthread *vt, struct vregs *regs, struct vmevent *ev)
{
	struct vk *k = vt->k;

	pthread_mutex_lock(&k->lock);
	LIB_ASSERT(!vt->in_run);
	proc_bind(vt);
	vt->regs = *regs;
	vt->fresh = false;
	if (!vt->kicked && !vt->vs->dead && regs->rip != SYSCALL_IP) {
		vt->in_run = true;
		pthread_cond_broadcast(&k->changed);
		while (!vt->posted && !vt->kicked && !vt->vs->dead)
			pthread_cond_wait(&vt->cond, &k->lock);
		vt->in_run = false;
	}
	event_make(vt, ev);
	if (!vt->xs_valid)
		xs_initial(vt);
	*regs = vt->regs;
	pthread_mutex_unlock(&k->lock);
}

void
vmthread_kick(struct vmthread *vt)
{
	pthread_mutex_lock(&vt->k->lock);
	vt->kicked = true;
	pthread_cond_signal(&vt->cond);
	pthread_mutex_unlock(&vt->k->lock);
}

void
vmspace_kill(struct vmspace *vs)
{
	struct vk *k = vs->machine;
	struct vk_proc *p;

	pthread_mutex_lock(&k->lock);
	vs->dead = true;
	TAILQ_FOREACH(p, &k->procs, link)
		if (p->vt != NULL && p->vt->vs == vs)
			pthread_cond_signal(&p->vt->cond);
	pthread_mutex_unlock(&k->lock);
}

void
vmthread_blocked(struct vmthread *vt, bool blocked)
{
	pthread_mutex_lock(&vt->k->lock);
	vt->blocked = blocked;
	if (blocked)
		pthread_cond_broadcast(&vt->k->changed);
	pthread_mutex_unlock(&vt->k->lock);
}

/* --- vector state --- */

void *
vmthread_xstate(struct vmthread *vt, size_t *len)
{
	*len = 0;
	if (vt->fresh || !vt->xs_valid)
		return NULL;
	*len = XSTATE_SIZE;
	return vt->xs;
}

int
vmthread_set_xstate(struct vmthread *vt, const void *buf, size_t len)
{
	uint32_t mxcsr;

	vt->xs_valid = false;
	if (buf == NULL)
		return 0;
	xs_initial(vt);
	if (len < 512 || len > XSTATE_SIZE)
		return -EINVAL;
	memcpy(&mxcsr, (const uint8_t *)buf + 24, 4);
	if ((mxcsr & ~0xffffU) != 0)
		return -EINVAL;
	memcpy(vt->xs, buf, 464);
	if (len > 512)
		memcpy(vt->xs + 512, (const uint8_t *)buf + 512, len - 512);
	return 0;
}

/* --- what only a machine with carriers has --- */

void
vmspace_on_death(void (*fn)(struct vmspace *, void *), void *arg)
{
	(void)fn;
	(void)arg;
}

void
vmthread_affinity(struct vmthread *vt, uint64_t mask)
{
	(void)vt;
	(void)mask;
}

/* No code runs, so none takes time. */
void
vmthread_cputime(struct vmthread *vt, int64_t *user, int64_t *sys)
{
	(void)vt;
	*user = *sys = 0;
}
