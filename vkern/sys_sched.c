/*
 * sys_sched.c - scheduling policies and their parameters.
 *
 * The host schedules; the kernel only remembers what a guest asked for, so
 * that it reads back.  The policies of ordinary threads are accepted, those of
 * real time are refused with EPERM, as in a container without CAP_SYS_NICE:
 * a guest that was told yes would rely on it.
 *
 * What was asked for belongs to a thread.  The main thread's is in the process
 * (children and new threads begin with it); another thread has its own as soon
 * as it differs.
 *
 * Locks: vk->proc_lock around whatever looks at another thread.
 */
#include <linux/capability.h>
#include <sched.h>
#include <string.h>

#include "abi/abi.h"
#include "vkern/sys_impl.h"

#define K_SCHED_DEADLINE	6
#define K_SCHED_RESET_ON_FORK	0x40000000
#define SETPARAM_POLICY		(-1)

#define K_FLAG_RESET_ON_FORK	0x01
#define K_FLAG_KEEP_POLICY	0x08
#define K_FLAG_KEEP_PARAMS	0x10
#define K_FLAG_UTIL_CLAMP	0x60
#define K_FLAG_ALL		0x7f

#define ATTR_SIZE_VER0		48u
#define ATTR_SIZE_VER1		56u
/* What Linux reports as the slice of a thread that did not ask for one. */
#define DEFAULT_SLICE		2800000u

struct thread *
sched_target(int tid)
{
	return tid == 0 ? curthread : thread_find(tid);
}

struct proc *
sched_target_proc(int tid, struct thread **t)
{
	*t = sched_target(tid);
	return *t != NULL ? (*t)->proc : proc_find(tid);
}

void
sched_read(const struct proc *p, const struct thread *t, struct sched_own *s)
{
	if (t != NULL && t->sched.set)
		*s = t->sched;
	else
		*s = (struct sched_own){ false, p->nice, p->ioprio, p->sched_policy, p->sched_prio };
}

void
sched_write(struct proc *p, struct thread *t, const struct sched_own *s)
{
	struct sched_own old;
	struct thread *o;

	if (t != NULL && t != p->leader) {
		t->sched = *s;
		t->sched.set = true;
		return;
	}
	/* Other threads keep what they had until now. */
	TAILQ_FOREACH(o, &p->threads, link) {
		if (o == t || o->sched.set)
			continue;
		sched_read(p, NULL, &old);
		o->sched = old;
		o->sched.set = true;
	}
	if (t != NULL)
		t->sched.set = false;
	p->nice = s->nice;
	p->ioprio = s->ioprio;
	p->sched_policy = s->policy;
	p->sched_prio = s->prio;
}

static bool
policy_valid(int policy)
{
	return policy == SCHED_OTHER || policy == SCHED_FIFO || policy == SCHED_RR ||
	    policy == SCHED_BATCH || policy == SCHED_IDLE || policy == K_SCHED_DEADLINE;
}

static bool
policy_rt(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

/* May the caller change t's scheduling at all? */
static bool
sched_same_owner(const struct thread *t)
{
	uint32_t euid = curthread->cred->euid;

	return t != NULL && (euid == t->cred->euid || euid == t->cred->uid);
}

static bool
can_nice(const struct proc *p, int nice)
{
	return (rlim_t)(20 - nice) <= p->rlim[RLIMIT_NICE].rlim_cur || capable(CAP_SYS_NICE);
}

/*
 * As Linux's user_check_sched_setscheduler(), but real time and deadlines are
 * not to be had: whoever would be allowed gets the EPERM of whoever would not.
 */
static int
sched_may_set(struct proc *p, struct thread *t, int policy, const struct k_sched_attr *a,
    const struct sched_own *now) REQUIRES(vk->proc_lock)
{
	bool fair = policy == SCHED_OTHER || policy == SCHED_BATCH;

	if (policy_rt(policy) || policy == K_SCHED_DEADLINE)
		return -EPERM;
	if (fair && a->nice < now->nice && !can_nice(p, a->nice))
		return -EPERM;
	if (now->policy == SCHED_IDLE && policy != SCHED_IDLE && !can_nice(p, now->nice))
		return -EPERM;
	if (!sched_same_owner(t) && !capable(CAP_SYS_NICE))
		return -EPERM;
	if ((now->policy & K_SCHED_RESET_ON_FORK) && !(a->flags & K_FLAG_RESET_ON_FORK) &&
	    !capable(CAP_SYS_NICE))
		return -EPERM;
	return 0;
}

/* a->policy may be SETPARAM_POLICY: as it is. */
static int
sched_set(struct proc *p, struct thread *t, const struct k_sched_attr *a)
    REQUIRES(vk->proc_lock)
{
	int policy = (int)a->policy, err;
	unsigned reset = a->flags & K_FLAG_RESET_ON_FORK ? K_SCHED_RESET_ON_FORK : 0;
	struct sched_own s;

	sched_read(p, t, &s);
	if (policy == SETPARAM_POLICY) {
		policy = (int)(s.policy & ~(unsigned)K_SCHED_RESET_ON_FORK);
		reset = s.policy & K_SCHED_RESET_ON_FORK;
	}
	if (!policy_valid(policy) || (a->flags & ~(uint64_t)K_FLAG_ALL))
		return -EINVAL;
	if (a->priority > 99 || policy_rt(policy) != (a->priority != 0))
		return -EINVAL;
	if (policy == K_SCHED_DEADLINE && (a->runtime < 1024 || a->runtime > a->deadline ||
	    (a->period != 0 && a->period < a->deadline)))
		return -EINVAL;
	err = sched_may_set(p, t, policy, a, &s);
	if (err != 0)
		return err;
	s.policy = (unsigned)policy | reset;
	s.prio = a->priority;
	if (policy == SCHED_OTHER || policy == SCHED_BATCH)
		s.nice = a->nice;
	sched_write(p, t, &s);
	return 0;
}

/* The same for a number; keep: flags KEEP_PARAMS or no nice value given. */
static int
sched_set_by(int pid, struct k_sched_attr *a, bool keep_nice, bool keep_prio)
{
	struct sched_own now;
	struct thread *t;
	struct proc *p;
	int err = -ESRCH;

	mutex_lock(&vk->proc_lock);
	p = sched_target_proc(pid, &t);
	if (p != NULL) {
		sched_read(p, t, &now);
		if (keep_nice)
			a->nice = now.nice;
		if (keep_prio)
			a->priority = now.prio;
		err = sched_set(p, t, a);
	}
	mutex_unlock(&vk->proc_lock);
	return err;
}

static long
sched_set_simple(int pid, int policy, gaddr_t param)
{
	struct k_sched_attr a = { 0 };
	struct k_sched_param sp;
	int err;

	if (ga_null(param) || pid < 0)
		return -EINVAL;
	err = copyin(&sp, param, sizeof(sp));
	if (err != 0)
		return err;
	if (policy != SETPARAM_POLICY && (policy & K_SCHED_RESET_ON_FORK)) {
		a.flags = K_FLAG_RESET_ON_FORK;
		policy &= ~K_SCHED_RESET_ON_FORK;
	}
	a.policy = (uint32_t)policy;
	a.priority = (uint32_t)sp.sched_priority;
	return sched_set_by(pid, &a, true, false);
}

long
sys_sched_setscheduler(struct thread *t, struct sched_setscheduler_args *a)
{
	(void)t;
	if (a->policy < 0)
		return -EINVAL;
	return sched_set_simple(a->pid, a->policy, a->param);
}

long
sys_sched_setparam(struct thread *t, struct sched_setparam_args *a)
{
	(void)t;
	return sched_set_simple(a->pid, SETPARAM_POLICY, a->param);
}

/* policy word, priority and nice value of a thread; -ESRCH. */
static int
sched_get(int pid, struct k_sched_attr *a)
{
	struct sched_own s = { 0 };
	struct thread *t;
	struct proc *p;

	mutex_lock(&vk->proc_lock);
	p = sched_target_proc(pid, &t);
	if (p != NULL)
		sched_read(p, t, &s);
	mutex_unlock(&vk->proc_lock);
	a->policy = s.policy & ~(unsigned)K_SCHED_RESET_ON_FORK;
	if (s.policy & K_SCHED_RESET_ON_FORK)
		a->flags = K_FLAG_RESET_ON_FORK;
	a->priority = s.prio;
	a->nice = s.nice;
	return p != NULL ? 0 : -ESRCH;
}

long
sys_sched_getscheduler(struct thread *t, struct sched_getscheduler_args *a)
{
	struct k_sched_attr at = { 0 };
	int err;

	(void)t;
	if (a->pid < 0)
		return -EINVAL;
	err = sched_get(a->pid, &at);
	if (err != 0)
		return err;
	return (long)at.policy | (at.flags ? K_SCHED_RESET_ON_FORK : 0);
}

long
sys_sched_getparam(struct thread *t, struct sched_getparam_args *a)
{
	struct k_sched_attr at = { 0 };
	struct k_sched_param sp;
	int err;

	(void)t;
	if (ga_null(a->param) || a->pid < 0)
		return -EINVAL;
	err = sched_get(a->pid, &at);
	if (err != 0)
		return err;
	sp.sched_priority = (int)at.priority;
	return copyout(a->param, &sp, sizeof(sp));
}

long
sys_sched_get_priority_max(struct thread *t, struct sched_get_priority_max_args *a)
{
	(void)t;
	/* Linux answers for SCHED_EXT too, whether it is there or not. */
	if (!policy_valid(a->policy) && a->policy != 7)
		return -EINVAL;
	return policy_rt(a->policy) ? 99 : 0;
}

long
sys_sched_get_priority_min(struct thread *t, struct sched_get_priority_min_args *a)
{
	(void)t;
	if (!policy_valid(a->policy) && a->policy != 7)
		return -EINVAL;
	return policy_rt(a->policy) ? 1 : 0;
}

long
sys_sched_rr_get_interval(struct thread *t, struct sched_rr_get_interval_args *a)
{
	struct k_sched_attr at = { 0 };
	int err;

	(void)t;
	if (a->pid < 0)
		return -EINVAL;
	err = sched_get(a->pid, &at);
	if (err != 0)
		return err;
	/* One tick; Linux rounds an ordinary thread's slice down to ticks. */
	*a->tp = (struct timespec){ 0, at.policy == SCHED_IDLE ? 0 : 4000000 };
	return 0;
}

/* --- sched_setattr and sched_getattr --- */

static int
sched_attr_in(gaddr_t from, struct k_sched_attr *a)
{
	char tail[PAGE_SIZE];
	uint32_t size, i;
	int err;

	memset(a, 0, sizeof(*a));
	err = copyin_u32(from, &size);
	if (err != 0)
		return err;
	if (size == 0)
		size = ATTR_SIZE_VER0;
	if (size < ATTR_SIZE_VER0 || size > PAGE_SIZE)
		goto bad_size;
	err = copyin(a, from, min_of(size, (uint32_t)sizeof(*a)));
	if (err == 0 && size > sizeof(*a)) {
		size -= (uint32_t)sizeof(*a);
		err = copyin(tail, ga_add(from, sizeof(*a)), size);
		for (i = 0; err == 0 && i < size; i++)
			if (tail[i] != 0)
				goto bad_size;
		size = (uint32_t)sizeof(*a);
	}
	if (err != 0)
		return err;
	if ((a->flags & K_FLAG_UTIL_CLAMP) && size < ATTR_SIZE_VER1)
		return -EINVAL;
	a->nice = max_of(-20, min_of(a->nice, 19));
	return 0;
bad_size:
	/* The guest may try again with what this kernel knows. */
	err = copyout_u32(from, sizeof(*a));
	return err != 0 ? err : -E2BIG;
}

long
sys_sched_setattr(struct thread *t, struct sched_setattr_args *a)
{
	struct k_sched_attr at;
	int err;

	(void)t;
	if (ga_null(a->attr) || a->pid < 0 || a->flags != 0)
		return -EINVAL;
	err = sched_attr_in(a->attr, &at);
	if (err != 0)
		return err;
	if ((int)at.policy < 0)
		return -EINVAL;
	if (at.flags & K_FLAG_KEEP_POLICY)
		at.policy = (uint32_t)SETPARAM_POLICY;
	return sched_set_by(a->pid, &at, (at.flags & K_FLAG_KEEP_PARAMS) != 0,
	    (at.flags & K_FLAG_KEEP_PARAMS) != 0);
}

long
sys_sched_getattr(struct thread *t, struct sched_getattr_args *a)
{
	struct k_sched_attr at = { 0 };
	int err;

	(void)t;
	if (ga_null(a->attr) || a->pid < 0 || a->size > PAGE_SIZE ||
	    a->size < ATTR_SIZE_VER0 || a->flags != 0)
		return -EINVAL;
	err = sched_get(a->pid, &at);
	if (err != 0)
		return err;
	at.size = min_of(a->size, (uint32_t)sizeof(at));
	at.runtime = DEFAULT_SLICE;
	if (a->size > sizeof(at)) {
		err = copyout_zero(ga_add(a->attr, sizeof(at)), a->size - sizeof(at));
		if (err != 0)
			return err;
	}
	return copyout(a->attr, &at, at.size);
}
