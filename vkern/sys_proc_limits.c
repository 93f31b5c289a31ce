/*
 * sys_proc_limits.c - resource limits and usage of processes.
 *
 * Limits are kept here; each is enforced where the resource is handed out.
 *
 * Locks: vk->proc_lock around rlim[] and the accounts.
 */
#include <linux/capability.h>
#include <string.h>

#include "abi/abi.h"
#include "vkern/sys_impl.h"

#define NR_OPEN		1048576u	/* fs.nr_open */

uint64_t
rlimit_cur(int resource)
{
	if (curthread == NULL)
		return RLIM_INFINITY;
	return limit_rlimit(resource,
	    __atomic_load_n(&curthread->proc->rlim[resource].rlim_cur, __ATOMIC_RELAXED));
}

static int
rlimit_do(struct proc *p, unsigned resource, const struct rlimit *new, struct rlimit *old)
    REQUIRES(vk->proc_lock)
{
	struct rlimit *r;

	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	r = &p->rlim[resource];
	if (new != NULL) {
		if (new->rlim_cur > new->rlim_max)
			return -EINVAL;
		if (resource == RLIMIT_NOFILE && new->rlim_max > NR_OPEN)
			return -EPERM;
		if (new->rlim_max > r->rlim_max && !capable(CAP_SYS_RESOURCE))
			return -EPERM;
	}
	if (old != NULL)
		*old = *r;
	if (new == NULL)
		return 0;
	__atomic_store_n(&r->rlim_cur, new->rlim_cur, __ATOMIC_RELAXED);
	r->rlim_max = new->rlim_max;
	if (resource == RLIMIT_CPU && new->rlim_cur != RLIM_INFINITY)
		proc_timers_poll(p);
	return 0;
}

static int
rlimit_locked(struct proc *p, int resource, const struct rlimit *new, struct rlimit *old)
{
	int err;

	/* The poll for RLIMIT_CPU needs the timers, and memory for them; init uses
	 * no time, and never ends to give them back. */
	if (resource == RLIMIT_CPU && new != NULL && p != vk->init && proc_timers_get(p) == NULL)
		return -ENOMEM;
	mutex_lock(&vk->proc_lock);
	err = rlimit_do(p, (unsigned)resource, new, old);
	mutex_unlock(&vk->proc_lock);
	return err;
}

long
sys_getrlimit(struct thread *t, struct getrlimit_args *a)
{
	return rlimit_locked(t->proc, a->resource, NULL, a->rlim);
}

long
sys_setrlimit(struct thread *t, struct setrlimit_args *a)
{
	return rlimit_locked(t->proc, a->resource, a->rlim, NULL);
}

static bool
prlimit_allowed(const struct thread *t)
{
	const struct cred *c = curthread->cred, *o;

	if (t == curthread)
		return true;
	/* init, and zombies, have no thread. */
	if (t == NULL)
		return capable(CAP_SYS_RESOURCE);
	o = t->cred;
	if (c->uid == o->uid && c->uid == o->euid && c->uid == o->suid &&
	    c->gid == o->gid && c->gid == o->egid && c->gid == o->sgid)
		return true;
	return capable(CAP_SYS_RESOURCE);
}

long
sys_prlimit64(struct thread *t, struct prlimit64_args *a)
{
	struct thread *who;
	struct proc *p;
	int err = 0;

	(void)t;
	mutex_lock(&vk->proc_lock);
	p = sched_target_proc(a->pid, &who);
	if (p == NULL)
		err = -ESRCH;
	else if (!prlimit_allowed(who))
		err = -EPERM;
	else
		proc_ref(p);
	mutex_unlock(&vk->proc_lock);
	if (err != 0)
		return err;
	err = rlimit_locked(p, a->resource, a->new_limit, a->old_limit);
	proc_put(p);
	return err;
}

/* --- usage --- */

void
thread_times(struct thread *t, int64_t *ut, int64_t *st)
{
	*ut = *st = 0;
	if (t->vt == NULL)
		return;
	vmthread_cputime(t->vt, ut, st);
	*ut = max_of((int64_t)0, *ut - t->utime0);
	*st = max_of((int64_t)0, *st - t->stime0);
}

static struct timeval
ns_tv(int64_t ns)
{
	return (struct timeval){ ns / NSEC_PER_SEC, ns % NSEC_PER_SEC / 1000 };
}

static void
rusage_memory(struct proc *p, struct rusage *ru) REQUIRES(vk->proc_lock)
{
	struct vmusage u = { 0 };

	if (p->vm != NULL)
		vmspace_usage(p->vm->space, &u);
	ru->ru_maxrss = (long)(max_of(p->maxrss, u.rss_max) / 1024);
	ru->ru_minflt = (long)(p->minflt + u.minflt);
	ru->ru_majflt = (long)(p->majflt + u.majflt);
}

static void
rusage_self(struct proc *p, struct rusage *ru)
{
	struct thread *t;
	int64_t ut, st;

	mutex_lock(&vk->proc_lock);
	proc_times(p, &ut, &st);
	rusage_memory(p, ru);
	TAILQ_FOREACH(t, &p->threads, link) {
		ru->ru_nvcsw += (long)t->nvcsw;
		ru->ru_nivcsw += (long)t->nivcsw;
	}
	mutex_unlock(&vk->proc_lock);
	ru->ru_utime = ns_tv(ut);
	ru->ru_stime = ns_tv(st);
}

static void
rusage_thread(struct thread *t, struct rusage *ru)
{
	int64_t ut, st;

	thread_times(t, &ut, &st);
	mutex_lock(&vk->proc_lock);
	rusage_memory(t->proc, ru);
	mutex_unlock(&vk->proc_lock);
	ru->ru_utime = ns_tv(ut);
	ru->ru_stime = ns_tv(st);
	ru->ru_nvcsw = (long)t->nvcsw;
	ru->ru_nivcsw = (long)t->nivcsw;
}

static void
rusage_children(struct proc *p, struct rusage *ru)
{
	mutex_lock(&vk->proc_lock);
	ru->ru_utime = ns_tv(p->cutime);
	ru->ru_stime = ns_tv(p->cstime);
	ru->ru_maxrss = (long)(p->cmaxrss / 1024);
	ru->ru_minflt = (long)p->cminflt;
	ru->ru_majflt = (long)p->cmajflt;
	mutex_unlock(&vk->proc_lock);
}

long
sys_getrusage(struct thread *t, struct getrusage_args *a)
{
	memset(a->usage, 0, sizeof(*a->usage));
	switch (a->who) {
	case RUSAGE_SELF:
		rusage_self(t->proc, a->usage);
		return 0;
	case RUSAGE_CHILDREN:
		rusage_children(t->proc, a->usage);
		return 0;
	case RUSAGE_THREAD:
		rusage_thread(t, a->usage);
		return 0;
	default:
		return -EINVAL;
	}
}
