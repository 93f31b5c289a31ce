/*
 * sys_sched_prio.c - nice values and I/O priorities, which are remembered and
 * have no effect (sys_sched.c says why).
 *
 * Both kinds of call name one process, a group, or all processes of a user,
 * and go on after a refusal; the last refusal is the answer.
 */
#include <linux/capability.h>

#include "abi/abi.h"
#include "vkern/sys_impl.h"

#define IOPRIO_CLASS(v)	((v) >> 13)
#define IOPRIO_DATA(v)	((v) & 0x1fff)
enum { IOCLASS_NONE, IOCLASS_RT, IOCLASS_BE, IOCLASS_IDLE };

/* For both: what a call's `which` comes to. */
enum prio_who { WHO_PROCESS, WHO_PGRP, WHO_USER };

/* Call fn for each process meant; 0 processes: -ESRCH. */
static int
prio_each(enum prio_who which, int who, int (*fn)(struct proc *, int err, void *), void *arg)
    REQUIRES(vk->proc_lock)
{
	struct cred *cred = curthread->cred;
	uint32_t uid = who != 0 ? (uint32_t)who : cred->uid;
	int pgid = who != 0 ? who : curthread->proc->pgid;
	struct thread *t;
	struct proc *p;
	int err = -ESRCH;

	if (which == WHO_PROCESS) {
		t = sched_target(who);
		return t != NULL ? fn(t->proc, err, arg) : -ESRCH;
	}
	TAILQ_FOREACH(p, &vk->procs, all) {
		t = TAILQ_FIRST(&p->threads);
		if (p->state != PS_ALIVE || t == NULL)
			continue;
		if (which == WHO_PGRP ? p->pgid == pgid : t->cred->uid == uid)
			err = fn(p, err, arg);
	}
	return err;
}

static const struct cred *
proc_cred(const struct proc *p)
{
	const struct thread *t = p->leader != NULL ? p->leader : TAILQ_FIRST(&p->threads);

	return t != NULL ? t->cred : NULL;
}

/* --- nice --- */

static int
nice_set_one(struct proc *p, int err, void *arg)
{
	int nice = *(int *)arg;
	uint32_t euid = curthread->cred->euid;
	const struct cred *pc = proc_cred(p);

	if (pc == NULL)
		return err;
	if (pc->uid != euid && pc->euid != euid && !capable(CAP_SYS_NICE))
		return -EPERM;
	if (nice < p->nice && (rlim_t)(20 - nice) > p->rlim[RLIMIT_NICE].rlim_cur &&
	    !capable(CAP_SYS_NICE))
		return -EACCES;
	p->nice = nice;
	return err == -ESRCH ? 0 : err;
}

static int
nice_get_one(struct proc *p, int best, void *arg)
{
	(void)arg;
	return max_of(best, 20 - p->nice);
}

static bool
nice_which(int which, enum prio_who *out)
{
	if (which < PRIO_PROCESS || which > PRIO_USER)
		return false;
	*out = which == PRIO_PROCESS ? WHO_PROCESS : which == PRIO_PGRP ? WHO_PGRP : WHO_USER;
	return true;
}

long
sys_setpriority(struct thread *t, struct setpriority_args *a)
{
	int nice = max_of(-20, min_of(a->prio, 19));
	enum prio_who which;
	int err;

	(void)t;
	if (!nice_which(a->which, &which))
		return -EINVAL;
	mutex_lock(&vk->proc_lock);
	err = prio_each(which, a->who, nice_set_one, &nice);
	mutex_unlock(&vk->proc_lock);
	return err;
}

/* The call gives 20 - nice, so that it is never negative; libc turns it. */
long
sys_getpriority(struct thread *t, struct getpriority_args *a)
{
	enum prio_who which;
	int r;

	(void)t;
	if (!nice_which(a->which, &which))
		return -EINVAL;
	mutex_lock(&vk->proc_lock);
	r = prio_each(which, a->who, nice_get_one, NULL);
	mutex_unlock(&vk->proc_lock);
	return r;
}

/* --- ioprio --- */

static int
ioprio_check(int v)
{
	switch (IOPRIO_CLASS(v)) {
	case IOCLASS_RT:
		if (!capable(CAP_SYS_ADMIN) && !capable(CAP_SYS_NICE))
			return -EPERM;
		return 0;
	case IOCLASS_BE:
	case IOCLASS_IDLE:
		return 0;
	case IOCLASS_NONE:
		return (IOPRIO_DATA(v) & 7) != 0 ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

static int
ioprio_set_one(struct proc *p, int err, void *arg)
{
	const struct cred *pc = proc_cred(p), *c = curthread->cred;

	if (pc == NULL)
		return err;
	if (pc->uid != c->euid && pc->uid != c->uid && !capable(CAP_SYS_NICE))
		return -EPERM;
	p->ioprio = *(int *)arg;
	return err == -ESRCH ? 0 : err;
}

/* What Linux works with: without one of its own, as the nice value says. */
static int
ioprio_effective(const struct proc *p)
{
	if (IOPRIO_CLASS(p->ioprio) != IOCLASS_NONE)
		return p->ioprio;
	return IOCLASS_BE << 13 | (p->nice + 20) / 5;
}

static int
ioprio_get_one(struct proc *p, int best, void *arg)
{
	int v;

	if (*(enum prio_who *)arg == WHO_PROCESS)
		return p->ioprio;
	v = ioprio_effective(p);
	return best == -ESRCH ? v : min_of(best, v);
}

static bool
ioprio_which(int which, enum prio_who *out)
{
	if (which < 1 || which > 3)
		return false;
	*out = (enum prio_who)(which - 1);
	return true;
}

long
sys_ioprio_set(struct thread *t, struct ioprio_set_args *a)
{
	enum prio_who which;
	int err;

	(void)t;
	err = ioprio_check(a->ioprio);
	if (err != 0)
		return err;
	if (!ioprio_which(a->which, &which))
		return -EINVAL;
	mutex_lock(&vk->proc_lock);
	err = prio_each(which, a->who, ioprio_set_one, &a->ioprio);
	mutex_unlock(&vk->proc_lock);
	return err;
}

long
sys_ioprio_get(struct thread *t, struct ioprio_get_args *a)
{
	enum prio_who which;
	int r;

	(void)t;
	if (!ioprio_which(a->which, &which))
		return -EINVAL;
	mutex_lock(&vk->proc_lock);
	r = prio_each(which, a->who, ioprio_get_one, &which);
	mutex_unlock(&vk->proc_lock);
	return r;
}
