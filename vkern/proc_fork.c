/*
 * proc_fork.c - clone(2) in all its forms.
 *
 * The host makes the child (a carrier or a thread of one) from the calling
 * thread's state; it is born stopped and runs only when its kthread says so,
 * so that everything the child must see (its number, its files, the tid in its
 * memory) is in place before its first instruction.
 *
 * kernel/fork.c for which flags go together.
 */
#include <sched.h>
#include <string.h>
#include <sys/wait.h>

#include "proc_impl.h"
#include "vksup/host.h"
#include "vksup/watch.h"

#define RESET_ON_FORK		0x40000000U
#define CLONE_PIDFD_		0x00001000UL
#define CLONE_CLEAR_SIGHAND_	0x100000000UL
#define CLONE_INTO_CGROUP_	0x200000000UL
#define USER_MAX		0x7ffffffff000UL
#define CLONE_NS (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
	CLONE_NEWNET | CLONE_NEWCGROUP)

static int
flags_check(const struct clone_spec *cs)
{
	uint64_t f = cs->flags;

	if ((f & (CLONE_NEWNS | CLONE_FS)) == (CLONE_NEWNS | CLONE_FS))
		return -EINVAL;
	if ((f & (CLONE_NEWUSER | CLONE_FS)) == (CLONE_NEWUSER | CLONE_FS))
		return -EINVAL;
	if ((f & CLONE_THREAD) != 0 && !(f & CLONE_SIGHAND))
		return -EINVAL;
	if ((f & CLONE_SIGHAND) != 0 && !(f & CLONE_VM))
		return -EINVAL;
	if ((f & CLONE_SIGHAND) != 0 && (f & CLONE_CLEAR_SIGHAND_) != 0)
		return -EINVAL;
	if ((f & CLONE_THREAD) != 0 && (f & (CLONE_NEWUSER | CLONE_NEWPID)) != 0)
		return -EINVAL;
	if ((f & CLONE_PIDFD_) != 0 && (f & (CLONE_DETACHED | CLONE_THREAD)) != 0 &&
	    (f & CLONE_DETACHED) != 0)
		return -EINVAL;
	if ((f & CLONE_SETTLS) != 0 && cs->tls >= USER_MAX)
		return -EPERM;
	if ((f & CLONE_NS) != 0)
		return -EPERM;		/* no namespaces inside */
	return 0;
}

/* RLIMIT_NPROC: processes and threads of the real user. */
static bool
nproc_full(struct thread *t) REQUIRES(vk->proc_lock)
{
	uint64_t lim = t->proc->rlim[RLIMIT_NPROC].rlim_cur, n = 0;
	struct proc *p;
	struct thread *o;

	if (lim == RLIM_INFINITY || (uint64_t)vk->nthreads < lim || t->cred->uid == 0 ||
	    capable(24 /* SYS_RESOURCE */) || capable(21 /* SYS_ADMIN */))
		return false;
	TAILQ_FOREACH(p, &vk->procs, all)
		TAILQ_FOREACH(o, &p->threads, link)
			n += o->cred->uid == t->cred->uid;
	return n >= lim;
}

/* What a new process takes from its parent.  Under proc_lock. */
static void
proc_inherit(struct proc *p, struct thread *t, const struct clone_spec *cs) REQUIRES(vk->proc_lock)
{
	struct proc *from = t->proc;
	int i;

	p->parent = (cs->flags & CLONE_PARENT) != 0 && from->parent != NULL ? from->parent : from;
	p->parent_tid = t->tid;
	p->exit_signal = (cs->flags & CLONE_PARENT) != 0 ? from->exit_signal : cs->exit_signal;
	memcpy(p->rlim, from->rlim, sizeof(p->rlim));
	p->dumpable = from->dumpable;
	p->no_new_privs = from->no_new_privs;
	p->keepcaps = false;
	p->oom_score_adj = from->oom_score_adj;
	p->personality = from->personality;
	p->timerslack = from->timerslack;
	p->membarrier = from->membarrier;
	p->ctl_flags = from->ctl_flags;
	p->nice = from->nice;
	p->ioprio = from->ioprio;
	p->sched_policy = from->sched_policy;
	p->sched_prio = from->sched_prio;
	if ((p->sched_policy & RESET_ON_FORK) != 0) {
		p->sched_policy &= ~RESET_ON_FORK;
		p->nice = p->nice < 0 ? 0 : p->nice;
	}
	if ((cs->flags & CLONE_SIGHAND) != 0) {
		p->sighand = from->sighand;
		p->sighand->refs++;
		return;
	}
	p->sighand = sighand_new();
	memcpy(p->sighand->act, from->sighand->act, sizeof(p->sighand->act));
	for (i = 1; (cs->flags & CLONE_CLEAR_SIGHAND_) != 0 && i <= NSIG_MAX; i++)
		if (p->sighand->act[i].handler != 1)
			memset(&p->sighand->act[i], 0, sizeof(p->sighand->act[i]));
}

/* SCHED_RESET_ON_FORK: the child starts with nothing special (sched(7)). */
static void
sched_reset_on_fork(struct thread *n)
{
	if (!n->sched.set || (n->sched.policy & RESET_ON_FORK) == 0)
		return;
	n->sched.policy &= ~RESET_ON_FORK;
	if (n->sched.policy == SCHED_FIFO || n->sched.policy == SCHED_RR)
		n->sched.policy = SCHED_OTHER;
	n->sched.prio = 0;
	if (n->sched.nice < 0)
		n->sched.nice = 0;
}

static void
thread_inherit(struct thread *n, struct thread *t, const struct clone_spec *cs)
{
	memcpy(n->comm, t->comm, sizeof(n->comm));
	n->cred = cred_ref(t->cred);
	n->regs = t->regs;
	n->regs.rax = 0;
	if (cs->stack != 0)
		n->regs.rsp = cs->stack;
	if ((cs->flags & CLONE_SETTLS) != 0)
		n->regs.fs_base = cs->tls;
	n->sigmask = t->sigmask;
	if (!(cs->flags & CLONE_VM) || (cs->flags & CLONE_VFORK) != 0)
		n->altstack = t->altstack;
	if ((cs->flags & CLONE_CHILD_CLEARTID) != 0)
		n->clear_tid = cs->child_tid;
	n->cpumask = t->cpumask;
	n->sched = t->sched;
	sched_reset_on_fork(n);
	n->fds = (cs->flags & CLONE_FILES) != 0 ? fdtable_ref(t->fds) : fdtable_copy(t->fds);
	n->fs = (cs->flags & CLONE_FS) != 0 ? fs_ctx_ref(t->fs) : fs_ctx_copy(t->fs);
}

/* The host's part: memory and a thread in it. */
static int
clone_space(struct thread *t, struct thread *n, struct proc *p, const struct clone_spec *cs)
{
	struct vm_map *vm = t->proc->vm;
	struct vmspace *space;
	int err;

	if ((cs->flags & CLONE_VM) != 0) {
		err = vmthread_create(t->vt, &n->regs, &n->vt);
		if (err == 0 && p != t->proc)
			p->vm = vm_map_ref(vm);
		return err;
	}
	mutex_lock(&vm->lock);
	err = limit_memory((int64_t)vm->data_bytes, ENOMEM) ? -ENOMEM :
	    vmspace_fork(t->vt, &n->regs, &space, &n->vt);
	if (err == 0)
		err = vm_map_fork(vm, space, &p->vm);
	mutex_unlock(&vm->lock);
	return err;
}

/* Enter numbers and lists.  Under proc_lock. */
static void
enroll(struct thread *t, struct thread *n, struct proc *p, int pid) REQUIRES(vk->proc_lock)
{
	n->tid = pid;
	if (p != t->proc) {
		p->pid = pid;
		pid_attach(pid, p, n);
		p->leader = n;
		proc_set_pgid(p, t->proc->pgid);
		proc_set_session(p, t->proc->session);
		TAILQ_INSERT_TAIL(&vk->procs, p, all);
		TAILQ_INSERT_TAIL(&p->parent->children, p, sibling);
	} else {
		pid_attach(pid, NULL, n);
	}
	TAILQ_INSERT_TAIL(&p->threads, n, link);
	p->nthreads++;
	vk->nthreads++;
	vk->forks++;
}

static void
clone_undo(struct thread *t, struct thread *n, struct proc *p)
{
	if (n != NULL) {
		if (n->vt != NULL)
			vmthread_exit(n->vt);
		n->vt = NULL;
		if (n->leave != NULL)
			thread_go(n, false);
		if (n->fds != NULL)
			fdtable_unref(n->fds);
		if (n->fs != NULL)
			fs_ctx_unref(n->fs);
		thread_put(n);
	}
	if (p != NULL && p != t->proc) {
		mutex_lock(&vk->proc_lock);
		sighand_put(p->sighand);
		mutex_unlock(&vk->proc_lock);
		vm_map_unref(p->vm);
		proc_put(p);
	}
}

/* The pidfd for the child, installed in the parent. */
static int
clone_pidfd(const struct clone_spec *cs, struct proc *p)
{
	struct file *f;
	int fd;

	if (!(cs->flags & CLONE_PIDFD_))
		return 0;
	f = pidfd_create(p, O_RDWR);
	if (f == NULL)
		return -ENFILE;
	fd = fd_install(f, 0, true);
	if (fd < 0) {
		file_put(f);
		return fd;
	}
	return copyout_u32(ga(cs->pidfd), (uint32_t)fd);
}

/* Wait until the child has its own memory.  Only death ends it. */
static void
vfork_wait(struct proc *child)
{
	mutex_lock(&vk->proc_lock);
	while (child->vforked)
		if (waitq_wait_killable(&child->exit_wq, &vk->proc_lock, NEVER) != 0)
			break;
	mutex_unlock(&vk->proc_lock);
}

/* The new process and thread, filled in; 0 or -errno. */
static int
clone_prepare(struct thread *t, const struct clone_spec *cs, struct proc **pp, struct thread **np)
{
	struct proc *p = t->proc;
	bool full;
	int err;

	mutex_lock(&vk->proc_lock);
	full = nproc_full(t) || limit_clone(!(cs->flags & CLONE_THREAD));
	mutex_unlock(&vk->proc_lock);
	if (full)
		return -EAGAIN;
	if (!(cs->flags & CLONE_THREAD)) {
		p = proc_alloc();
		if (p == NULL)
			return -EAGAIN;
		*pp = p;
		mutex_lock(&vk->proc_lock);
		proc_inherit(p, t, cs);
		mutex_unlock(&vk->proc_lock);
	}
	*pp = p;
	*np = thread_alloc(p);
	if (*np == NULL)
		return -EAGAIN;
	thread_inherit(*np, t, cs);
	err = clone_space(t, *np, p, cs);
	return err ? err : thread_start(*np);
}

long
proc_clone(struct thread *t, const struct clone_spec *cs)
{
	struct proc *p = NULL;
	struct thread *n = NULL;
	int pid, err = flags_check(cs);

	if (err)
		return err;
	err = clone_prepare(t, cs, &p, &n);
	if (err) {
		clone_undo(t, n, p);
		return err;
	}
	mutex_lock(&vk->proc_lock);
	/* Others may have been as quick. */
	pid = limit_clone(p != t->proc) ? -EAGAIN :
	    t->killed || ((cs->flags & CLONE_THREAD) != 0 && t->proc->in_exec) ? -ERESTARTNOINTR :
	    cs->set_tid != 0 ? pid_take(cs->set_tid) : pid_alloc();
	if (pid > 0) {
		p->vforked = p != t->proc && (cs->flags & CLONE_VFORK) != 0;
		enroll(t, n, p, pid);
		WATCH(thread_start, n, t);
		proc_ref(p);
	}
	mutex_unlock(&vk->proc_lock);
	if (pid < 0) {
		clone_undo(t, n, p);
		return pid;
	}
	if ((cs->flags & CLONE_PARENT_SETTID) != 0)
		(void)!copyout_u32(ga(cs->parent_tid), (uint32_t)pid);
	if ((cs->flags & CLONE_CHILD_SETTID) != 0) {
		uint32_t tid = (uint32_t)pid;

		(void)!vm_copyout(p->vm, ga(cs->child_tid), &tid, 4);
	}
	err = clone_pidfd(cs, p);
	if (err && p != t->proc) {
		/* Too late to unmake it: it dies before its first instruction. */
		mutex_lock(&vk->proc_lock);
		p->exit_signal = 0;
		proc_kill_threads(p, SIGKILL);
		mutex_unlock(&vk->proc_lock);
	}
	if (p != t->proc)
		proc_timers_start(p);
	thread_go(n, true);
	if (err == 0 && (cs->flags & CLONE_VFORK) != 0 && p != t->proc)
		vfork_wait(p);
	proc_put(p);
	return err ? err : pid;
}
