/*
 * sys_sched_cpu.c - CPUs as guests see them, yielding, memory barriers.
 *
 * Where threads really run is decided by the host side (vmthread_blocked());
 * an affinity mask is remembered per thread and has no other effect.
 *
 * membarrier: a thread that is not in guest code has crossed into the kernel,
 * which is a full barrier, as is the caller's own crossing; one that is gets
 * called in, and the caller waits until it has come.  SYNC_CORE and RSEQ
 * cannot be promised.
 */
#include <linux/capability.h>
#include <linux/membarrier.h>
#include <sched.h>

#include "abi/abi.h"
#include "vkern/sys_impl.h"

#define CPUS_MAX	64
#define MASK_BYTES	8u
/* Between two looks at whether the threads called in have come. */
#define BARRIER_LOOK	50000

int
machine_ncpu(void)
{
	return max_of(1, min_of(host_info()->ncpu, CPUS_MAX));
}

int
machine_ncpu_online(void)
{
	return max_of(machine_ncpu(), min_of(host_info()->ncpu_online, CPUS_MAX));
}

uint64_t
machine_cpus(void)
{
	int n = machine_ncpu();

	return n == 64 ? ~0ULL : (1ULL << n) - 1;
}

uint64_t
thread_cpus(const struct thread *t)
{
	uint64_t mask = t->cpumask & machine_cpus();

	return mask != 0 ? mask : machine_cpus();
}

long
sys_sched_yield(struct thread *t, struct sched_yield_args *a)
{
	(void)t;
	(void)a;
	/* The guest's thread waits for this one: giving way here is giving way there. */
	sched_yield();
	return 0;
}

static void
cpus_set(struct thread *t, uint64_t mask) REQUIRES(vk->proc_lock)
{
	t->cpumask = mask;
	if (t->vt != NULL)
		vmthread_affinity(t->vt, mask);
}

long
sys_sched_setaffinity(struct thread *t, struct sched_setaffinity_args *a)
{
	uint32_t euid = t->cred->euid;
	uint64_t mask = 0;
	int err;

	err = copyin(&mask, a->mask, min_of(a->len, MASK_BYTES));
	if (err != 0)
		return err;
	mutex_lock(&vk->proc_lock);
	t = sched_target(a->pid);
	if (t == NULL)
		err = -ESRCH;
	else if (euid != t->cred->euid && euid != t->cred->uid && !capable(CAP_SYS_NICE))
		err = -EPERM;
	else if ((mask & machine_cpus()) == 0)
		err = -EINVAL;
	else
		cpus_set(t, mask & machine_cpus());
	mutex_unlock(&vk->proc_lock);
	return err;
}

long
sys_sched_getaffinity(struct thread *t, struct sched_getaffinity_args *a)
{
	uint64_t mask = 0;
	struct proc *p;
	int err;

	if ((uint64_t)a->len * 8 < (uint64_t)machine_ncpu() || (a->len & (MASK_BYTES - 1)) != 0)
		return -EINVAL;
	mutex_lock(&vk->proc_lock);
	p = sched_target_proc(a->pid, &t);
	if (p != NULL)
		mask = t != NULL ? thread_cpus(t) : machine_cpus();
	mutex_unlock(&vk->proc_lock);
	if (p == NULL)
		return -ESRCH;
	err = copyout(a->mask, &mask, MASK_BYTES);
	return err != 0 ? err : (long)MASK_BYTES;
}

/* The vDSO answers with the host's CPU; this is for those who do not ask it. */
long
sys_getcpu(struct thread *t, struct getcpu_args *a)
{
	if (a->cpu != NULL)
		*a->cpu = (uint32_t)__builtin_ctzll(thread_cpus(t));
	if (a->node != NULL)
		*a->node = 0;
	return 0;
}

/* --- membarrier --- */

#define K_CMD_GET_REGISTRATIONS	0x200	/* not in Debian 12's headers */
#define BARRIER_GLOBALS	(MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED)
#define BARRIER_CMDS	(BARRIER_GLOBALS | MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | \
			MEMBARRIER_CMD_PRIVATE_EXPEDITED | \
			MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED | \
			K_CMD_GET_REGISTRATIONS)

/*
 * Threads of p's address space (p NULL: of all) that are in guest code, called
 * in: on their return they recompute `sigpending`, which says they have come.
 * How many there are; the first max get a reference in called[].
 */
static int
barrier_call_in(struct proc *p, struct thread **called, int max)
{
	struct proc *q;
	struct thread *t;
	int n = 0;

	mutex_lock(&vk->proc_lock);
	TAILQ_FOREACH(q, &vk->procs, all) {
		if (p != NULL && q->vm != p->vm)
			continue;
		TAILQ_FOREACH(t, &q->threads, link) {
			if (t == curthread || !t->in_guest)
				continue;
			if (n < max) {
				t->sigpending = true;
				vmthread_kick(t->vt);
				called[n] = thread_ref(t);
			}
			n++;
		}
	}
	mutex_unlock(&vk->proc_lock);
	return n;
}

static void
barrier_wait(struct thread **called, int n)
{
	struct thread *t;
	int i;

	for (i = 0; i < n; i++) {
		t = called[i];
		while (t->in_guest && t->sigpending)
			if (thread_park_killable(ktime_after(BARRIER_LOOK)) == -ERESTARTSYS)
				break;
		thread_put(t);
	}
}

static long
barrier(struct proc *p)
{
	struct thread **called;
	int n = 0, max = 0;

	do {
		/* A few more than last time: new ones may have come. */
		max = n + 16;
		called = kalloc((size_t)max * sizeof(*called));
		if (called == NULL)
			return -ENOMEM;
		n = barrier_call_in(p, called, max);
		barrier_wait(called, min_of(n, max));
		kfree(called);
	} while (n > max);
	return 0;
}

long
sys_membarrier(struct thread *t, struct membarrier_args *a)
{
	struct proc *p = t->proc;

	if (a->flags != 0)
		return -EINVAL;
	switch (a->cmd) {
	case MEMBARRIER_CMD_QUERY:
		return BARRIER_CMDS;
	case MEMBARRIER_CMD_GLOBAL:
	case MEMBARRIER_CMD_GLOBAL_EXPEDITED:
		return barrier(NULL);
	case MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED:
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
		p->membarrier |= (unsigned)a->cmd;
		return 0;
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
		if (!(p->membarrier & MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED))
			return -EPERM;
		return barrier(p);
	case K_CMD_GET_REGISTRATIONS:
		return (long)p->membarrier;
	default:
		return -EINVAL;
	}
}
