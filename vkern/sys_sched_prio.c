/*
 * sys_sched_prio.c - nice values and I/O priorities, which are remembered and
 * have no effect (sys_sched.c says why).
 *
 * Both kinds of call name one thread, those of a group, or all threads of a
 * user, and go on after a refusal; the last refusal is the answer.
 */
#include <linux/capability.h>

#include "abi/abi.h"
#include "vkern/sys_impl.h"

#define IOPRIO_CLASS(v)	((v) >> 13)
#define IOPRIO_DATA(v)	((v) & 0x1fff)
enum { IOCLASS_NONE, IOCLASS_RT, IOCLASS_BE, IOCLASS_IDLE };

/* For both: what a call's `which` comes to. */
enum prio_who { WHO_PROCESS, WHO_PGRP, WHO_USER };

typedef int (*prio_fn)(struct proc *p, struct thread *t, int err, void *arg);

static uint32_t
ruid_of(const struct proc *p, const struct thread *t)
{
	return t != NULL ? t->cred->uid : p == vk->init ? 0 : p->exit_uid;
}

/* fn for each thread of p; for p itself if it has none (init). */
static int
prio_threads(struct proc *p, enum prio_who which, uint32_t uid, prio_fn fn, int err, void *arg)
    REQUIRES(vk->proc_lock)
{
	struct thread *t;

	if (TAILQ_EMPTY(&p->threads) && (which == WHO_PGRP || ruid_of(p, NULL) == uid))
		return fn(p, NULL, err, arg);
	TAILQ_FOREACH(t, &p->threads, link)
		if (which == WHO_PGRP || ruid_of(p, t) == uid)
			err = fn(p, t, err, arg);
	return err;
}

/* Call fn for each thread meant; none: -ESRCH. */
static int
prio_each(enum prio_who which, int who, prio_fn fn, void *arg) REQUIRES(vk->proc_lock)
{
	uint32_t uid = who != 0 ? (uint32_t)who : curthread->cred->uid;
	int pgid = who != 0 ? who : curthread->proc->pgid;
	struct thread *t;
	struct proc *p;
	int err = -ESRCH;

	if (which == WHO_PROCESS) {
		p = sched_target_proc(who, &t);
		return p != NULL ? fn(p, t, err, arg) : -ESRCH;
	}
	TAILQ_FOREACH(p, &vk->procs, all)
		if (p->state == PS_ALIVE && (which != WHO_PGRP || p->pgid == pgid))
			err = prio_threads(p, which, uid, fn, err, arg);
	return err;
}

/* --- nice --- */

static int
nice_set_one(struct proc *p, struct thread *t, int err, void *arg) REQUIRES(vk->proc_lock)
{
	int nice = *(int *)arg;
	uint32_t euid = curthread->cred->euid;
	struct sched_own s;

	if (ruid_of(p, t) != euid && (t == NULL || t->cred->euid != euid) &&
	    !capable(CAP_SYS_NICE))
		return -EPERM;
	sched_read(p, t, &s);
	if (nice < s.nice && (rlim_t)(20 - nice) > p->rlim[RLIMIT_NICE].rlim_cur &&
	    !capable(CAP_SYS_NICE))
		return -EACCES;
	s.nice = nice;
	sched_write(p, t, &s);
	return err == -ESRCH ? 0 : err;
}

static int
nice_get_one(struct proc *p, struct thread *t, int best, void *arg) REQUIRES(vk->proc_lock)
{
	struct sched_own s;

	(void)arg;
	sched_read(p, t, &s);
	return max_of(best, 20 - s.nice);
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
ioprio_set_one(struct proc *p, struct thread *t, int err, void *arg) REQUIRES(vk->proc_lock)
{
	const struct cred *c = curthread->cred;
	uint32_t uid = ruid_of(p, t);
	struct sched_own s;

	if (uid != c->euid && uid != c->uid && !capable(CAP_SYS_NICE))
		return -EPERM;
	sched_read(p, t, &s);
	s.ioprio = *(int *)arg;
	sched_write(p, t, &s);
	return err == -ESRCH ? 0 : err;
}

/* For one thread as it was set; for many what Linux works with, which without
 * one of its own is as the nice value says. */
static int
ioprio_get_one(struct proc *p, struct thread *t, int best, void *arg) REQUIRES(vk->proc_lock)
{
	struct sched_own s;
	int v;

	sched_read(p, t, &s);
	if (*(enum prio_who *)arg == WHO_PROCESS)
		return s.ioprio;
	v = IOPRIO_CLASS(s.ioprio) != IOCLASS_NONE ? s.ioprio :
	    IOCLASS_BE << 13 | (s.nice + 20) / 5;
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
