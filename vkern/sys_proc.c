/*
 * sys_proc.c - handlers of the proc family: making, naming, ending and waiting
 * for processes.  (Limits, prctl and the like are in sys_proc_attr.c.)
 */
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "abi/abi.h"
#include "elf_plan.h"
#include "proc_impl.h"
#include "vksup/host.h"

#define STR_MAX_EXEC	131072UL	/* MAX_ARG_STRLEN */
#define CLONE_INTO_CGROUP_ 0x200000000UL
#define USER_MAX	0x7ffffffff000UL
#define ARG_FLOOR	131072UL	/* ARG_MAX */

/* --- names --- */

long
sys_getpid(struct thread *t, struct getpid_args *a)
{
	(void)a;
	return t->proc->pid;
}

long
sys_gettid(struct thread *t, struct gettid_args *a)
{
	(void)a;
	return t->tid;
}

long
sys_getppid(struct thread *t, struct getppid_args *a)
{
	long ppid;

	(void)a;
	mutex_lock(&vk->proc_lock);
	ppid = t->proc->parent != NULL ? t->proc->parent->pid : 0;
	mutex_unlock(&vk->proc_lock);
	return ppid;
}

/* pid 0 is the caller; -ESRCH. */
static struct proc *
proc_or_self(struct thread *t, int pid) REQUIRES(vk->proc_lock)
{
	return pid == 0 ? t->proc : pid > 0 ? proc_find(pid) : NULL;
}

/* For calls that take the id of any of its threads. */
static struct proc *
proc_of_task(struct thread *t, int pid) REQUIRES(vk->proc_lock)
{
	struct thread *o = pid > 0 ? thread_find(pid) : NULL;

	return o != NULL ? o->proc : proc_or_self(t, pid);
}

long
sys_getpgid(struct thread *t, struct getpgid_args *a)
{
	struct proc *p;
	long r;

	mutex_lock(&vk->proc_lock);
	p = proc_of_task(t, a->pid);
	r = p != NULL ? p->pgid : -ESRCH;
	mutex_unlock(&vk->proc_lock);
	return r;
}

long
sys_getpgrp(struct thread *t, struct getpgrp_args *a)
{
	(void)a;
	return t->proc->pgid;
}

long
sys_getsid(struct thread *t, struct getsid_args *a)
{
	struct proc *p;
	long r;

	mutex_lock(&vk->proc_lock);
	p = proc_of_task(t, a->pid);
	r = p != NULL && p->session != NULL ? p->session->sid : -ESRCH;
	mutex_unlock(&vk->proc_lock);
	return r;
}

static long
setpgid_locked(struct thread *t, struct proc *p, int pgid) REQUIRES(vk->proc_lock)
{
	struct proc *self = t->proc;

	if (p == NULL || p->state != PS_ALIVE)
		return -ESRCH;
	if (p != self && p->parent != self)
		return -ESRCH;
	if (p != self && p->session != self->session)
		return -EPERM;
	if (p != self && p->execed)
		return -EACCES;
	if (p->session->sid == p->pid)
		return -EPERM;
	if (pgid != p->pid && !pgrp_exists(pgid, self->session->sid))
		return -EPERM;
	if (p->pgid != pgid) {
		proc_set_pgid(p, pgid);
		pgrp_orphan_check(p, p->parent);
	}
	return 0;
}

long
sys_setpgid(struct thread *t, struct setpgid_args *a)
{
	int pid = a->pid != 0 ? a->pid : t->proc->pid, pgid;
	long r;

	pgid = a->pgid != 0 ? a->pgid : pid;
	if (pgid < 0)
		return -EINVAL;
	mutex_lock(&vk->proc_lock);
	r = setpgid_locked(t, proc_or_self(t, pid), pgid);
	mutex_unlock(&vk->proc_lock);
	return r;
}

long
sys_setsid(struct thread *t, struct setsid_args *a)
{
	struct proc *p = t->proc, *o;
	struct session *s;
	long r = p->pid;

	(void)a;
	s = xcalloc(1, sizeof(*s));
	s->refs = 1;
	s->sid = p->pid;
	mutex_lock(&vk->proc_lock);
	if (p->session != NULL && p->session->sid == p->pid)
		r = -EPERM;
	TAILQ_FOREACH(o, &vk->procs, all)
		if (o->pgid == p->pid)
			r = -EPERM;
	if (r > 0) {
		proc_set_session(p, s);
		proc_set_pgid(p, p->pid);
	}
	session_put(s);
	mutex_unlock(&vk->proc_lock);
	return r;
}

long
sys_set_tid_address(struct thread *t, struct set_tid_address_args *a)
{
	t->clear_tid = a->tidptr.v;
	return t->tid;
}

/* --- clone --- */

long
sys_fork(struct thread *t, struct fork_args *a)
{
	struct clone_spec cs = { .exit_signal = SIGCHLD };

	(void)a;
	return proc_clone(t, &cs);
}

long
sys_vfork(struct thread *t, struct vfork_args *a)
{
	struct clone_spec cs = { .flags = CLONE_VFORK | CLONE_VM, .exit_signal = SIGCHLD };

	(void)a;
	return proc_clone(t, &cs);
}

long
sys_clone(struct thread *t, struct clone_args *a)
{
	struct clone_spec cs = {
		.flags = (uint32_t)a->flags & ~0xffUL,
		.exit_signal = (int)(a->flags & 0xff),
		.stack = a->stack.v,
		.parent_tid = a->parent_tid.v,
		.child_tid = a->child_tid.v,
		.pidfd = a->parent_tid.v,
		.tls = a->tls,
	};

	if ((cs.flags & (0x1000 /* PIDFD */ | CLONE_PARENT_SETTID)) == (0x1000 | CLONE_PARENT_SETTID))
		return -EINVAL;
	return proc_clone(t, &cs);
}

/* The guest's struct may be older (shorter) or newer (zero beyond ours). */
static int
clone3_copyin(struct k_clone3 *k, gaddr_t from, size_t size)
{
	uint8_t extra[PAGE_SIZE];
	size_t i, more;
	int err;

	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < 64)
		return -EINVAL;
	memset(k, 0, sizeof(*k));
	err = copyin(k, from, min_of(size, sizeof(*k)));
	if (err || size <= sizeof(*k))
		return err;
	more = size - sizeof(*k);
	err = copyin(extra, ga_add(from, sizeof(*k)), more);
	for (i = 0; err == 0 && i < more; i++)
		if (extra[i] != 0)
			err = -E2BIG;
	return err;
}

/* set_tid: the numbers wanted, one per pid namespace, of which there is one. */
static int
set_tid_copyin(const struct k_clone3 *k, int *tid)
{
	int err;

	if (k->set_tid_size == 0)
		return 0;
	if (k->set_tid_size > 1)
		return -EINVAL;
	err = copyin(tid, ga(k->set_tid), sizeof(*tid));
	if (err)
		return err;
	if (*tid < 1)
		return -EINVAL;
	return capable(40 /* CHECKPOINT_RESTORE */) || capable(21 /* SYS_ADMIN */) ? 0 : -EPERM;
}

long
sys_clone3(struct thread *t, struct clone3_args *a)
{
	struct k_clone3 k;
	struct clone_spec cs;
	int err = clone3_copyin(&k, a->cl_args, a->size);

	if (err)
		return err;
	if ((k.flags & ~0x3ffffffffUL) != 0 || (k.flags & (CLONE_DETACHED | 0xff)) != 0)
		return -EINVAL;
	if (k.exit_signal > 64 || ((k.flags & (CLONE_THREAD | CLONE_PARENT)) != 0 && k.exit_signal != 0))
		return -EINVAL;
	if ((k.stack == 0) != (k.stack_size == 0) || k.set_tid_size > 32)
		return -EINVAL;
	if (k.stack_size > USER_MAX || k.stack > USER_MAX - k.stack_size)
		return -EINVAL;
	if ((k.set_tid == 0) != (k.set_tid_size == 0))
		return -EINVAL;
	if ((k.flags & CLONE_INTO_CGROUP_) != 0)
		return k.cgroup > INT_MAX ? -EINVAL : -EBADF;	/* there are none */
	cs = (struct clone_spec){ k.flags, (int)k.exit_signal, k.stack != 0 ? k.stack + k.stack_size : 0,
		k.parent_tid, k.child_tid, k.pidfd, k.tls, 0 };
	err = set_tid_copyin(&k, &cs.set_tid);
	if (err)
		return err;
	return proc_clone(t, &cs);
}

long
sys_unshare(struct thread *t, struct unshare_args *a)
{
	const uint64_t ok = CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM;
	const uint64_t ns = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
	    CLONE_NEWNET | CLONE_NEWCGROUP | 0x80 /* NEWTIME */;
	uint64_t f = (uint64_t)a->flags;

	if ((f & ~(ok | ns)) != 0)
		return -EINVAL;
	if ((f & ns) != 0)
		return -EPERM;
	if ((f & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) != 0 && t->proc->nthreads > 1)
		return -EINVAL;
	if ((f & CLONE_FILES) != 0 && t->fds->refs > 1)
		thread_set_fds(t, fdtable_copy(t->fds));
	if ((f & CLONE_FS) != 0 && t->fs->refs > 1)
		thread_set_fs(t, fs_ctx_copy(t->fs));
	return 0;
}

/* --- exec --- */

/* A page of guest memory at a time: vectors and strings lie close together. */
struct peek {
	uint64_t	page;		/* its address; 1: none yet */
	char		bytes[PAGE_SIZE];
};

/* The bytes from addr to the end of its page; their number, or -EFAULT. */
static long
peek_at(struct peek *k, uint64_t addr, const char **p)
{
	if (k->page != page_down(addr)) {
		k->page = 1;
		if (copyin(k->bytes, ga(page_down(addr)), PAGE_SIZE) != 0)
			return -EFAULT;
		k->page = page_down(addr);
	}
	*p = k->bytes + (addr & PAGE_MASK);
	return (long)(PAGE_SIZE - (addr & PAGE_MASK));
}

static int
peek_u64(struct peek *k, uint64_t addr, uint64_t *v)
{
	const char *p;
	long n = peek_at(k, addr, &p);

	if (n < 0)
		return (int)n;
	if (n < 8)
		return copyin_u64(ga(addr), v);
	memcpy(v, p, 8);
	return 0;
}

/* A string of less than max bytes; the caller frees *out. */
static int
peek_string(struct peek *k, uint64_t addr, size_t max, char **out, size_t *len)
{
	char *s = NULL, *longer;
	const char *p, *nul;
	size_t part;
	long n;

	for (*len = 0;; *len += part, addr += part) {
		n = peek_at(k, addr, &p);
		if (n < 0)
			break;
		nul = memchr(p, '\0', (size_t)n);
		part = nul != NULL ? (size_t)(nul - p) : (size_t)n;
		n = *len + part < max ? 0 : -E2BIG;
		if (n < 0)
			break;
		longer = xcalloc(*len + part + 1, 1);
		memcpy(longer, s != NULL ? s : "", *len);
		memcpy(longer + *len, p, part);
		kfree(s);
		s = longer;
		if (nul != NULL) {
			*len += part;
			*out = s;
			return 0;
		}
	}
	kfree(s);
	return (int)n;
}

static char **
strv_grow(char **v, int n, int *cap)
{
	char **grown;

	if (n + 2 <= *cap)
		return v;
	*cap = *cap * 2 + 16;
	grown = xcalloc((size_t)*cap, sizeof(*v));
	if (n > 0)
		memcpy(grown, v, (size_t)n * sizeof(*v));
	kfree(v);
	return grown;
}

/* One guest string vector into kernel memory; *bytes runs up to limit. */
static int
strv_copyin(gaddr_t from, char ***out, int *count, size_t *bytes, size_t limit)
{
	struct peek *k = xcalloc(2, sizeof(*k));	/* the vector; the strings */
	char **v = NULL, *str;
	int n = 0, cap = 0, err = 0;
	uint64_t p;
	size_t len;

	k[0].page = k[1].page = 1;
	while (!ga_null(from)) {
		err = peek_u64(&k[0], from.v + (uint64_t)n * 8, &p);
		if (err || p == 0)
			break;
		err = peek_string(&k[1], p, STR_MAX_EXEC, &str, &len);
		if (err)
			break;
		*bytes += len + 1 + 8;
		if (*bytes > limit) {
			kfree(str);
			err = -E2BIG;
			break;
		}
		v = strv_grow(v, n, &cap);
		v[n++] = str;
	}
	kfree(k);
	*out = v;
	*count = n;
	return err;
}

static size_t
args_limit(void)
{
	uint64_t lim = rlimit_cur(RLIMIT_STACK) / 4;

	return max_of(min_of(lim, 6UL << 20), ARG_FLOOR);
}

/* A script's interpreter could not open what exec has closed. */
static bool
fd_is_cloexec(struct thread *t, int fd)
{
	struct fdtable *fdt = t->fds;
	bool r;

	mutex_lock(&fdt->lock);
	r = fd >= 0 && fd < fdt->size && fdt->ents[fd].file != NULL && fdt->ents[fd].cloexec;
	mutex_unlock(&fdt->lock);
	return r;
}

static long
do_exec(struct thread *t, int dirfd, const char *path, gaddr_t argv, gaddr_t envp, unsigned flags)
{
	unsigned lookup = (flags & AT_SYMLINK_NOFOLLOW) ? 0 : LOOKUP_FOLLOW;
	struct exec_args ea = { 0 };
	struct file *f;
	char fdname[40 + 256];
	const char *execfn = path;
	long err;

	if ((flags & AT_EMPTY_PATH) != 0)
		lookup |= LOOKUP_EMPTY;
	err = exec_open(dirfd, path, lookup, &f);
	if (err)
		return err;
	if (dirfd != AT_FDCWD && path[0] != '/') {
		snprintf(fdname, sizeof(fdname), path[0] != '\0' ? "/dev/fd/%d/%.250s" : "/dev/fd/%d", dirfd, path);
		execfn = fdname;
	}
	ea.bytes = strlen(execfn) + 1 + 8;
	err = strv_copyin(argv, &ea.argv, &ea.argc, &ea.bytes, args_limit());
	if (err == 0)
		err = strv_copyin(envp, &ea.envp, &ea.envc, &ea.bytes, args_limit());
	if (err == 0 && ea.argc == 0) {
		kfree(ea.argv);
		ea.argv = xcalloc(2, sizeof(char *));
		ea.argv[0] = xstrdup("");
		ea.argc = 1;
	}
	ea.no_script = execfn == fdname && fd_is_cloexec(t, dirfd);
	if (err == 0)
		err = proc_exec(t, f, execfn, execfn, &ea);
	exec_args_free(&ea);
	file_put(f);
	return err;
}

long
sys_execve(struct thread *t, struct execve_args *a)
{
	return do_exec(t, AT_FDCWD, a->pathname, a->argv, a->envp, 0);
}

long
sys_execveat(struct thread *t, struct execveat_args *a)
{
	if (((unsigned)a->flags & ~(unsigned)(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) != 0)
		return -EINVAL;
	return do_exec(t, a->dirfd, a->pathname, a->argv, a->envp, (unsigned)a->flags);
}

/* --- end and wait --- */

long
sys_exit(struct thread *t, struct exit_args *a)
{
	(void)t;
	thread_exit((a->status & 0xff) << 8);
}

long
sys_exit_group(struct thread *t, struct exit_group_args *a)
{
	(void)t;
	proc_exit_group((a->status & 0xff) << 8);
}

static void
rusage_fill(struct rusage *ru, const struct wait_result *r)
{
	memset(ru, 0, sizeof(*ru));
	ru->ru_utime.tv_sec = r->utime / NSEC_PER_SEC;
	ru->ru_utime.tv_usec = r->utime % NSEC_PER_SEC / 1000;
	ru->ru_stime.tv_sec = r->stime / NSEC_PER_SEC;
	ru->ru_stime.tv_usec = r->stime % NSEC_PER_SEC / 1000;
	ru->ru_maxrss = (long)(r->maxrss / 1024);
	ru->ru_minflt = (long)r->minflt;
	ru->ru_majflt = (long)r->majflt;
}

long
sys_wait4(struct thread *t, struct wait4_args *a)
{
	const unsigned known = WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | (unsigned)__WALL;
	unsigned options = (unsigned)a->options;
	struct wait_result r;
	int type = P_ALL, id = 0;
	long pid;

	if ((options & ~known) != 0)
		return -EINVAL;
	if (a->pid == INT_MIN)
		return -ESRCH;
	if (a->pid > 0) {
		type = P_PID;
		id = a->pid;
	} else if (a->pid != -1) {
		type = P_PGID;
		id = a->pid == 0 ? t->proc->pgid : -a->pid;
	}
	pid = proc_wait(type, id, options | WEXITED, &r);
	if (pid <= 0) {
		a->wstatus = NULL;
		a->rusage = NULL;
		return pid;
	}
	if (a->wstatus != NULL)
		*a->wstatus = r.status;
	if (a->rusage != NULL)
		rusage_fill(a->rusage, &r);
	return pid;
}

/* waitid's id in a form that proc_wait() knows. */
static int
waitid_target(struct thread *t, int *type, int *id, bool *nonblock)
{
	struct file *f;
	struct proc *p;

	*nonblock = false;
	switch (*type) {
	case P_ALL:
		return 0;
	case P_PID:
		return *id > 0 ? 0 : -EINVAL;
	case P_PGID:
		if (*id < 0)
			return -EINVAL;
		if (*id == 0)
			*id = t->proc->pgid;
		return 0;
	case 3 /* P_PIDFD */:
		if (*id < 0)
			return -EINVAL;
		f = file_get(*id);
		if (f == NULL)
			return -EBADF;
		p = pidfd_proc(f);
		*nonblock = file_nonblock(f);
		*type = P_PID;
		if (p != NULL)
			*id = p->pid;
		file_put(f);
		return p != NULL ? 0 : -EBADF;
	default:
		return -EINVAL;
	}
}

static long
do_waitid(struct thread *t, struct waitid_args *a)
{
	const unsigned known = WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD |
	    __WCLONE | (unsigned)__WALL;
	unsigned options = (unsigned)a->options;
	struct wait_result r = { 0 };
	int type = a->idtype, id = a->id, err;
	bool nonblock;
	long pid;

	if ((options & ~known) != 0 || (options & (WEXITED | WSTOPPED | WCONTINUED)) == 0)
		return -EINVAL;
	err = waitid_target(t, &type, &id, &nonblock);
	if (err)
		return err;
	pid = proc_wait(type, id, options | (nonblock ? WNOHANG : 0), &r);
	if (pid == 0 && nonblock && !(options & WNOHANG))
		return -EAGAIN;
	if (pid < 0)
		return pid;
	if (a->infop != NULL && pid > 0)
		*a->infop = (struct k_waitinfo){ .signo = SIGCHLD, .code = r.code, .pid = r.pid, .uid = r.uid,
			.status = r.code == CLD_EXITED ? r.status >> 8 & 0xff :
			    r.code == CLD_STOPPED ? r.status >> 8 & 0xff :
			    r.code == CLD_CONTINUED ? SIGCONT : r.status & 0x7f };
	if (a->rusage != NULL && pid > 0)
		rusage_fill(a->rusage, &r);
	else
		a->rusage = NULL;
	return 0;
}

/* Even a failed call writes the (empty) information, so a bad address shows. */
long
sys_waitid(struct thread *t, struct waitid_args *a)
{
	long r = do_waitid(t, a);

	if (r < 0 && a->infop != NULL && r != -ERESTARTSYS &&
	    copyout(ga(t->args[2]), a->infop, sizeof(*a->infop)) != 0)
		return -EFAULT;
	return r;
}

long
sys_pidfd_open(struct thread *t, struct pidfd_open_args *a)
{
	struct proc *p;
	struct file *f;
	int fd;

	(void)t;
	if (a->pid <= 0)
		return -EINVAL;
	mutex_lock(&vk->proc_lock);
	p = proc_find(a->pid);
	if (p != NULL)
		proc_ref(p);
	fd = p == NULL && thread_find(a->pid) != NULL ? -ENOENT : -ESRCH;
	mutex_unlock(&vk->proc_lock);
	if (p == NULL)
		return fd;
	f = pidfd_create(p, O_RDWR | ((a->flags & O_NONBLOCK) ? O_NONBLOCK : 0));
	proc_put(p);
	if (f == NULL)
		return -ENFILE;
	fd = fd_install(f, 0, true);
	if (fd < 0)
		file_put(f);
	return fd;
}

/* A reference to descriptor fd of p's main thread. */
static int
peek_file(struct thread *t, struct proc *p, int fd, struct file **out)
{
	struct thread *o;
	struct fdtable *fdt = NULL;
	int err = 0;

	mutex_lock(&vk->proc_lock);
	o = p->leader != NULL ? p->leader : TAILQ_FIRST(&p->threads);
	if (o == NULL || p->state != PS_ALIVE || o->fds == NULL)
		err = -ESRCH;
	else if (!proc_may_peek(t, o))
		err = -EPERM;
	else
		fdt = fdtable_ref(o->fds);
	mutex_unlock(&vk->proc_lock);
	if (err)
		return err;
	mutex_lock(&fdt->lock);
	*out = fd >= 0 && fd < fdt->size ? fdt->ents[fd].file : NULL;
	if (*out != NULL)
		file_ref(*out);
	mutex_unlock(&fdt->lock);
	fdtable_unref(fdt);
	return *out != NULL ? 0 : -EBADF;
}

long
sys_pidfd_getfd(struct thread *t, struct pidfd_getfd_args *a)
{
	struct file *pf, *f = NULL;
	struct proc *p;
	int err;

	if (a->flags != 0)
		return -EINVAL;
	pf = file_get(a->pidfd);
	if (pf == NULL)
		return -EBADF;
	p = pidfd_proc(pf);
	err = p == NULL ? -EBADF : peek_file(t, p, a->targetfd, &f);
	file_put(pf);
	if (err)
		return err;
	err = fd_install(f, 0, true);
	if (err < 0)
		file_put(f);
	return err;
}

/* --- the thread's segment bases --- */

#define ARCH_SET_GS_	0x1001
#define ARCH_SET_FS_	0x1002
#define ARCH_GET_FS_	0x1003
#define ARCH_GET_GS_	0x1004
#define ARCH_GET_CPUID_	0x1011
#define ARCH_SET_CPUID_	0x1012

long
sys_arch_prctl(struct thread *t, struct arch_prctl_args *a)
{
	switch (a->code) {
	case ARCH_SET_FS_:
	case ARCH_SET_GS_:
		if (a->addr >= USER_MAX)
			return -EPERM;
		if (a->code == ARCH_SET_FS_)
			t->regs.fs_base = a->addr;
		else
			t->regs.gs_base = a->addr;
		return 0;
	case ARCH_GET_FS_:
		return copyout_u64(ga(a->addr), t->regs.fs_base);
	case ARCH_GET_GS_:
		return copyout_u64(ga(a->addr), t->regs.gs_base);
	case ARCH_GET_CPUID_:
		return 1;
	case ARCH_SET_CPUID_:
		return -ENODEV;
	default:
		return -EINVAL;
	}
}
