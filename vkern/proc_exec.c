/*
 * proc_exec.c - execve(2): a program's image in a clean address space.
 *
 * The whole image is planned from the file's headers first (elf_plan.c), and
 * what Linux reports to the caller is reported.  Then the other threads end,
 * the image is built in a clean carrier, and the thread changes over; a
 * failure after that point is a SIGSEGV for the process, as in Linux
 * (fs/exec.c, fs/binfmt_elf.c, fs/binfmt_script.c).  No program ever runs in
 * memory that another had hands on.
 */
#include <elf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <limits.h>
#include <sys/personality.h>

#include "elf_plan.h"
#include "proc_impl.h"
#include "vksup/host.h"
#include "vksup/watch.h"
#include "vm_impl.h"

#define IMAGE_ORDERS	24
#define SCRIPT_LINE	256
#define SCRIPT_DEPTH	5
#define STACK_SLOP	256

void
exec_args_free(struct exec_args *ea)
{
	int i;

	for (i = 0; i < ea->argc; i++)
		kfree(ea->argv[i]);
	for (i = 0; i < ea->envc; i++)
		kfree(ea->envp[i]);
	kfree(ea->argv);
	kfree(ea->envp);
}

/* --- scripts --- */

static void
arg_unshift(struct exec_args *ea, char *s)
{
	char **v = xcalloc((size_t)ea->argc + 2, sizeof(*v));

	memcpy(v + 1, ea->argv, (size_t)ea->argc * sizeof(*v));
	v[0] = s;
	kfree(ea->argv);
	ea->argv = v;
	ea->argc++;
	ea->bytes += strlen(s) + 1;
}

void
exec_args_shell(struct exec_args *ea, const char *name)
{
	if (ea->argc > 0) {
		kfree(ea->argv[0]);
		ea->argv[0] = xstrdup(name);
	} else {
		arg_unshift(ea, xstrdup(name));
	}
	arg_unshift(ea, xstrdup("sh"));
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * "#! interpreter [argument]": cut the line up, which is padded with zeroes to
 * SCRIPT_LINE.  0 or -ENOEXEC.  The interpreter's name may come out empty.
 */
static int
script_parse(char *line, char **interp, char **arg)
{
	char *p = line + 2, *last = line + SCRIPT_LINE - 1, *end = memchr(line, '\n', SCRIPT_LINE), *q;

	if (end == NULL) {
		/* Too long is fine if the interpreter's name is whole. */
		for (q = p; q < last && blank(*q); q++)
			;
		if (q == last)
			return -ENOEXEC;
		for (; q < last && !blank(*q) && *q != '\0'; q++)
			;
		if (q == last)
			return -ENOEXEC;
		end = last;
	}
	while (end > p && blank(end[-1]))
		end--;
	*end = '\0';
	while (p < end && blank(*p))
		p++;
	if (p == end)
		return -ENOEXEC;
	*interp = p;
	while (*p != '\0' && !blank(*p))
		p++;
	*arg = NULL;
	if (*p != '\0') {
		*p++ = '\0';
		while (blank(*p))
			p++;
		if (*p != '\0')
			*arg = p;
	}
	return 0;
}

int
exec_open(int dirfd, const char *name, unsigned lookup, struct file **out)
{
	struct path p;
	struct inode *ino;
	int err = path_lookup(dirfd, name, lookup, &p);

	if (err)
		return err;
	ino = p.dentry->inode;
	if (!S_ISREG(ino->mode))
		err = S_ISLNK(ino->mode) ? -ELOOP : -EACCES;
	else
		err = inode_permission(ino, MAY_EXEC);
	if (err == 0 && p.mnt != NULL && (p.mnt->flags & MS_NOEXEC) != 0)
		err = -EACCES;
	if (err == 0 && ino->writers > 0)
		err = -ETXTBSY;
	if (err == 0)
		err = ino->ops->open(ino, &p, O_RDONLY | O_LARGEFILE, out);
	if (vk->watchers != NULL)
		path_used(USE_EXEC, &p, err);
	path_put(p);
	return err;
}

/*
 * While the file is a script, put its interpreter in front.  *f is replaced.
 */
static int
script_resolve(struct file **f, const char *name, struct exec_args *ea)
{
	char line[SCRIPT_LINE + 1], *interp, *arg, *first;
	const char *script = name;
	struct file *next;
	ssize_t n;
	int depth, err;

	for (depth = 0;; depth++) {
		memset(line, 0, sizeof(line));
		n = file_pread(*f, line, SCRIPT_LINE, 0);
		if (n < 0)
			return (int)n;
		if (line[0] != '#' || line[1] != '!')
			return 0;
		if (ea->no_script)
			return -ENOENT;
		if (depth >= SCRIPT_DEPTH)
			return -ELOOP;
		err = script_parse(line, &interp, &arg);
		if (err)
			return err;
		/* argv[0] gives way to the script's name. */
		if (ea->argc > 0) {
			first = ea->argv[0];
			ea->argv[0] = xstrdup(script);
			kfree(first);
		} else {
			arg_unshift(ea, xstrdup(script));
		}
		if (arg != NULL)
			arg_unshift(ea, xstrdup(arg));
		arg_unshift(ea, xstrdup(interp));
		/* An empty name is the working directory, which cannot be run. */
		err = *interp == '\0' ? -EACCES : exec_open(AT_FDCWD, interp, LOOKUP_FOLLOW, &next);
		if (err)
			return err;
		file_put(*f);
		*f = next;
		script = ea->argv[0];
	}
}

/* --- the image --- */

static uint64_t
chance(uint64_t mask, struct thread *t)
{
	uint64_t r;

	if ((t->proc->personality & ADDR_NO_RANDOMIZE) != 0)
		return 0;
	host_random(&r, sizeof(r));
	return r & mask & ~PAGE_MASK;
}

/* What is being built. */
struct image {
	struct vmspace	*space;
	struct vmthread	*vt;
	struct vm_map	*vm;
	uint64_t	load_bias, interp_base, entry, start_entry, phdr;
	uint64_t	stack_top, sp;
	struct vmorder	orders[IMAGE_ORDERS];
	int		norders;
	struct cred	*cred;		/* what the program will run with */
};

/* Have the carrier map what has been collected. */
static int
image_flush(struct image *im)
{
	int failed, n = im->norders;

	im->norders = 0;
	return n > 0 ? vmthread_orders(im->vt, im->orders, n, &failed) : 0;
}

/*
 * Enter one mapping; takes over e.  The carrier is told of many at a time: the
 * descriptors in the orders belong to the entries, which outlive the flush.
 */
static int image_map(struct image *im, struct vm_entry *e) REQUIRES(im->vm->lock);

static int
image_map(struct image *im, struct vm_entry *e)
{
	int err;

	if (e->end <= e->start || e->end > GUEST_TOP) {
		vm_entry_drop(e);
		return -ENOMEM;
	}
	/* An entry that this one covers must be mapped before it is forgotten. */
	if (!vm_map_is_free(im->vm, e->start, e->end - e->start)) {
		err = image_flush(im);
		if (err) {
			vm_entry_drop(e);
			return err;
		}
		vm_map_remove_range(im->vm, e->start, e->end);
	}
	vm_order_mmap(&im->orders[im->norders++], e, 0);
	vm_entry_insert(im->vm, e);
	return im->norders == IMAGE_ORDERS ? image_flush(im) : 0;
}

static struct vm_entry *
image_entry(uint64_t start, uint64_t end, int prot, enum vm_tag tag)
{
	struct vm_entry *e = xcalloc(1, sizeof(*e));

	e->start = start;
	e->end = end;
	e->prot = prot;
	e->flags = MAP_PRIVATE | MAP_ANONYMOUS;
	e->tag = (uint8_t)tag;
	e->maywrite = true;
	return e;
}

static int segment_file(struct image *im, struct file *f, const struct elf_seg *s, uint64_t bias) REQUIRES(im->vm->lock);

static int
segment_file(struct image *im, struct file *f, const struct elf_seg *s, uint64_t bias)
{
	struct vm_backing b = { 0 };
	struct vm_entry *e;
	int err;

	if (s->filesz == 0)
		return 0;
	if (f->ops->mmap == NULL)
		return -ENODEV;
	err = f->ops->mmap(f, s->prot, MAP_PRIVATE, &b);
	if (err)
		return err;
	e = image_entry(page_down(s->vaddr) + bias, page_up(s->vaddr + s->filesz) + bias, s->prot, VMT_NONE);
	e->flags = MAP_PRIVATE;
	e->file = file_ref(f);
	e->hf = b.hf;
	e->hf_ro = b.ro;
	e->off = page_down(s->off);
	return image_map(im, e);
}

/* Memory beyond the file's part: the rest of its last page, then fresh pages. */
static int segment_zero(struct image *im, const struct elf_seg *s, uint64_t bias) REQUIRES(im->vm->lock);

static int
segment_zero(struct image *im, const struct elf_seg *s, uint64_t bias)
{
	static const char zero[PAGE_SIZE];
	uint64_t from = s->vaddr + s->filesz + bias, mid = page_up(from), end = page_up(s->vaddr + s->memsz + bias);

	if (s->memsz <= s->filesz)
		return 0;
	if (s->filesz != 0 && mid > from && (s->prot & PROT_WRITE) != 0) {
		if (image_flush(im) != 0 ||
		    vmspace_pwrite(im->space, zero, mid - from, ga(from)) != (ssize_t)(mid - from))
			return -EFAULT;
	}
	if (s->filesz == 0)
		mid = page_down(from);
	if (end <= mid)
		return 0;
	return image_map(im, image_entry(mid, end, s->prot, VMT_NONE));
}

static int image_segments(struct image *im, struct file *f, const struct elf_plan *pl, uint64_t bias) REQUIRES(im->vm->lock);

static int
image_segments(struct image *im, struct file *f, const struct elf_plan *pl, uint64_t bias)
{
	int i, err = 0;

	for (i = 0; i < pl->nseg && err == 0; i++) {
		err = segment_file(im, f, &pl->seg[i], bias);
		if (err == 0)
			err = segment_zero(im, &pl->seg[i], bias);
	}
	return err;
}

static uint64_t
plan_span(const struct elf_plan *pl)
{
	return page_up(pl->end) - page_down(pl->start);
}

static int image_program(struct image *im, struct thread *t, struct file *f, const struct elf_plan *pl, bool has_interp) REQUIRES(im->vm->lock);

static int
image_program(struct image *im, struct thread *t, struct file *f, const struct elf_plan *pl, bool has_interp)
{
	struct vm_map *vm = im->vm;
	uint64_t at;

	im->load_bias = 0;
	if (pl->type == ET_DYN && has_interp) {
		im->load_bias = page_down(0x555555554000UL + chance((1UL << 40) - 1, t)) - page_down(pl->start);
	} else if (pl->type == ET_DYN) {
		at = vm_map_gap(im->vm, plan_span(pl), vm->mmap_top);
		if (at == 0)
			return -ENOMEM;
		im->load_bias = at - page_down(pl->start);
	}
	im->entry = pl->entry + im->load_bias;
	im->phdr = pl->phdr != 0 ? pl->phdr + im->load_bias : 0;
	vm->start_code = pl->start_code + im->load_bias;
	vm->end_code = pl->end_code + im->load_bias;
	vm->start_data = pl->start_data + im->load_bias;
	vm->end_data = pl->end_data + im->load_bias;
	/* A program without interpreter grows its heap away from other mappings. */
	vm->brk_start = page_up(pl->end + im->load_bias);
	if (pl->type == ET_DYN && !has_interp)
		vm->brk_start = 0x555555554000UL;
	vm->brk_start += chance(0x1ffffffUL, t);
	vm->brk = vm->brk_start;
	return image_segments(im, f, pl, im->load_bias);
}

static int image_interp(struct image *im, struct file *f, const struct elf_plan *pl) REQUIRES(im->vm->lock);

static int
image_interp(struct image *im, struct file *f, const struct elf_plan *pl)
{
	uint64_t at;

	im->start_entry = im->entry;
	im->interp_base = 0;
	if (f == NULL)
		return 0;
	at = page_down(pl->start);
	if (pl->type == ET_DYN)
		at = vm_map_gap(im->vm, plan_span(pl), im->vm->mmap_top);
	if (at == 0)
		return -ENOMEM;
	im->interp_base = at - page_down(pl->start);
	im->start_entry = pl->entry + im->interp_base;
	return image_segments(im, f, pl, im->interp_base);
}

/* --- the stack --- */

static int image_stack(struct image *im, struct thread *t, const struct elf_plan *pl) REQUIRES(im->vm->lock);

static int
image_stack(struct image *im, struct thread *t, const struct elf_plan *pl)
{
	uint64_t size = rlimit_cur(RLIMIT_STACK), top;
	struct vm_entry *e;

	size = min_of(max_of(page_up(size < GUEST_TOP ? size : GUEST_TOP), 0x21000UL), VM_STACK_MAX);
	top = VM_STACK_TOP - chance(0x3ffffffUL, t);
	im->stack_top = top;
	im->vm->start_stack = top;
	im->vm->mmap_top = page_down(top - VM_STACK_MAX - PAGE_SIZE) - chance(0xfffffffUL << 12, t);
	e = image_entry(top - size, top, PROT_READ | PROT_WRITE | (pl->exec_stack ? PROT_EXEC : 0), VMT_STACK);
	e->flags |= MAP_STACK | MAP_NORESERVE | MAP_GROWSDOWN;
	return image_map(im, e);
}

static int
image_vdso(struct image *im)
{
	uint64_t start, vdso, end;
	struct vm_entry *e;

	vmspace_vdso(&start, &vdso, &end);
	if (end == 0)
		return 0;
	e = image_entry(start, vdso, PROT_READ, VMT_VVAR);
	vm_entry_insert(im->vm, e);
	e = image_entry(vdso, end, PROT_READ | PROT_EXEC, VMT_VDSO);
	vm_entry_insert(im->vm, e);
	return 0;
}

/* The stack's contents, built from the top down in a kernel buffer. */
struct stack_build {
	char		*buf;
	size_t		size, at;	/* at: bytes from the top used */
	uint64_t	top;
};

static uint64_t
push(struct stack_build *sb, const void *p, size_t n)
{
	sb->at += n;
	memcpy(sb->buf + sb->size - sb->at, p, n);
	return sb->top - sb->at;
}

static uint64_t
push_strings(struct stack_build *sb, char **v, int n, uint64_t *addr)
{
	int i;

	for (i = n - 1; i >= 0; i--)
		addr[i] = push(sb, v[i], strlen(v[i]) + 1);
	return sb->top - sb->at;
}

static int
auxv_fill(struct image *im, const struct elf_plan *pl, uint64_t *a,
    uint64_t random, uint64_t platform, uint64_t execfn, bool secure)
{
	const struct host_info *hi = host_info();
	const struct cred *c = im->cred;
	uint64_t start, vdso, end;
	int n = 0;

	vmspace_vdso(&start, &vdso, &end);
#define AUX(k, v) do { a[n++] = (k); a[n++] = (uint64_t)(v); } while (0)
	if (vdso != 0)
		AUX(AT_SYSINFO_EHDR, vdso);
	AUX(AT_MINSIGSTKSZ, hi->minsigstksz);
	AUX(AT_HWCAP, hi->hwcap);
	AUX(AT_PAGESZ, PAGE_SIZE);
	AUX(AT_CLKTCK, hi->clktck);
	AUX(AT_PHDR, im->phdr);
	AUX(AT_PHENT, sizeof(Elf64_Phdr));
	AUX(AT_PHNUM, pl->phnum);
	AUX(AT_BASE, im->interp_base);
	AUX(AT_FLAGS, 0);
	AUX(AT_ENTRY, im->entry);
	AUX(AT_UID, c->uid);
	AUX(AT_EUID, c->euid);
	AUX(AT_GID, c->gid);
	AUX(AT_EGID, c->egid);
	AUX(AT_SECURE, secure);
	AUX(AT_RANDOM, random);
	AUX(AT_HWCAP2, hi->hwcap2);
	AUX(AT_EXECFN, execfn);
	AUX(AT_PLATFORM, platform);
	AUX(AT_NULL, 0);
#undef AUX
	return n;
}

static int
image_arguments(struct image *im, const struct elf_plan *pl,
    const char *execfn, const struct exec_args *ea, bool secure)
{
	const char *platform = host_info()->platform;
	size_t words = (size_t)(ea->argc + ea->envc) + 3 + nitems(im->vm->auxv);
	struct stack_build sb = { .size = page_up(ea->bytes + strlen(execfn) + words * 8 + 2 * STACK_SLOP),
		.top = im->stack_top };
	uint64_t *w = xcalloc(words, 8), random, plat, fn, null = 0;
	uint8_t rnd[16];
	size_t n = 0;
	int err;

	sb.buf = xcalloc(1, sb.size);
	push(&sb, &null, 8);
	fn = push(&sb, execfn, strlen(execfn) + 1);
	w[n++] = (uint64_t)ea->argc;
	im->vm->env_end = sb.top - sb.at;
	im->vm->env_start = push_strings(&sb, ea->envp, ea->envc, w + 1 + ea->argc + 1);
	im->vm->arg_end = im->vm->env_start;
	im->vm->arg_start = push_strings(&sb, ea->argv, ea->argc, w + 1);
	n += (size_t)(ea->argc + 1 + ea->envc + 1);
	plat = push(&sb, platform, strlen(platform) + 1);
	host_random(rnd, sizeof(rnd));
	random = push(&sb, rnd, sizeof(rnd));
	im->vm->nauxv = auxv_fill(im, pl, im->vm->auxv, random, plat, fn, secure);
	memcpy(w + n, im->vm->auxv, (size_t)im->vm->nauxv * 8);
	n += (size_t)im->vm->nauxv;
	sb.at = (sb.at + 15) & ~15UL;
	if (((sb.at + n * 8) & 15) != 0)
		sb.at += 8;
	im->sp = push(&sb, w, n * 8);
	err = vmspace_pwrite(im->space, sb.buf + sb.size - sb.at, sb.at, ga(im->sp)) == (ssize_t)sb.at ?
	    0 : -E2BIG;
	kfree(sb.buf);
	kfree(w);
	return err;
}

/* --- changing over --- */

/* End the other threads of the process and wait until they are gone. */
static int
only_thread(struct thread *t)
{
	struct proc *p = t->proc;
	struct thread *o;
	int err = 0;

	mutex_lock(&vk->proc_lock);
	if (p->exiting || p->in_exec) {
		mutex_unlock(&vk->proc_lock);
		return -EAGAIN;
	}
	p->in_exec = true;
	p->exec_thread = t;
	TAILQ_FOREACH(o, &p->threads, link) {
		if (o == t)
			continue;
		o->killed = true;
		signal_wake_thread(o);
	}
	while (p->nthreads > 1 && !t->killed) {
		mutex_unlock(&vk->proc_lock);
		(void)!thread_park_killable(NEVER);
		mutex_lock(&vk->proc_lock);
	}
	p->in_exec = false;
	p->exec_thread = NULL;
	if (t->killed) {
		err = -EAGAIN;
	} else if (t->tid != p->pid) {
		thread_rename(t, p->pid);
		p->leader = t;
	}
	mutex_unlock(&vk->proc_lock);
	return err;
}

/* Handlers go, ignored signals stay; a table shared with others is left to them. */
static void
signals_exec(struct thread *t)
{
	struct proc *p = t->proc;
	struct sighand *sh;
	int i;

	mutex_lock(&vk->proc_lock);
	if (p->sighand->refs > 1) {
		sh = sighand_new();
		memcpy(sh->act, p->sighand->act, sizeof(sh->act));
		sighand_put(p->sighand);
		p->sighand = sh;
	}
	for (i = 1; i <= NSIG_MAX; i++) {
		uint64_t h = p->sighand->act[i].handler;

		memset(&p->sighand->act[i], 0, sizeof(p->sighand->act[i]));
		if (h == 1)
			p->sighand->act[i].handler = 1;
	}
	if (p->exit_signal != SIGCHLD && p->exit_signal != 0)
		p->exit_signal = SIGCHLD;
	mutex_unlock(&vk->proc_lock);
	t->altstack = (stack_t){ .ss_flags = SS_DISABLE };
}

static void
files_exec(struct thread *t)
{
	if (t->fds->refs > 1)
		thread_set_fds(t, fdtable_copy(t->fds));
	fdtable_cloexec(t->fds);
	if (t->fs->refs > 1)
		thread_set_fs(t, fs_ctx_copy(t->fs));
}

static void
comm_set(struct thread *t, const char *execfn)
{
	const char *base = strrchr(execfn, '/');

	base = base != NULL ? base + 1 : execfn;
	memset(t->comm, 0, sizeof(t->comm));
	memcpy(t->comm, base, strnlen(base, sizeof(t->comm) - 1));
}

static void
change_over(struct thread *t, struct image *im, struct cred *cred, bool secure)
{
	struct proc *p = t->proc;
	struct vm_map *old = p->vm;
	struct vmthread *old_vt = t->vt;
	struct cred *old_cred = t->cred;
	int64_t u = 0, s = 0;

	if (old != NULL && t->clear_tid != 0 && old->refs > 1) {
		(void)!copyout_u32(ga(t->clear_tid), 0);
		futex_wake_addr(t, t->clear_tid, 1);
	}
	if (t->robust_list != 0)
		futex_exit_robust(t);
	mutex_lock(&vk->proc_lock);
	if (old_vt != NULL)
		vmthread_cputime(old_vt, &u, &s);
	p->utime += u;
	p->stime += s;
	p->vm = im->vm;
	t->vt = im->vt;
	vmthread_affinity(t->vt, t->cpumask);
	t->cred = cred;
	p->execed = true;
	p->vforked = false;
	p->dumpable = !secure;
	if (secure)
		p->pdeath_signal = 0;
	p->keepcaps = false;
	p->membarrier = 0;
	waitq_wake_all(&p->exit_wq, 0);
	mutex_unlock(&vk->proc_lock);
	cred_put(old_cred);
	if (old_vt != NULL)
		vmthread_exit(old_vt);
	vm_map_unref(old);
	t->clear_tid = t->robust_list = 0;
	memset(&t->regs, 0, sizeof(t->regs));
	t->regs.rip = im->start_entry;
	t->regs.rsp = im->sp;
	t->regs.eflags = 0x200;
	t->regs.csgsfs = 0x33UL | 0x2bUL << 48;
}

static int
image_build(struct image *im, struct thread *t, struct elf_file *prog, struct elf_file *interp,
    const char *execfn, const struct exec_args *ea, bool secure)
{
	int err;

	if (prog->plan.bad || (interp->file != NULL && interp->plan.bad))
		return -EINVAL;
	mutex_lock(&im->vm->lock);
	err = image_vdso(im);
	if (err == 0)
		err = image_stack(im, t, &prog->plan);
	if (err == 0)
		err = image_program(im, t, prog->file, &prog->plan, interp->file != NULL);
	if (err == 0)
		err = image_interp(im, interp->file, &interp->plan);
	if (err == 0)
		err = image_flush(im);
	if (err == 0)
		err = image_arguments(im, &prog->plan, execfn, ea, secure);
	mutex_unlock(&im->vm->lock);
	return err;
}

/* Past the point of no return: what fails now kills. */
static long
exec_commit(struct thread *t, struct elf_file *prog, struct elf_file *interp,
    const char *execfn, const struct exec_args *ea, struct image *im)
{
	bool secure = false;
	struct cred *cred = cred_exec(t->cred, prog->file->inode,
	    t->proc->no_new_privs || (prog->file->path.mnt != NULL &&
	    (prog->file->path.mnt->flags & MS_NOSUID) != 0), &secure);
	int err;

	im->cred = cred;		/* auxv tells the new ids */
	err = image_build(im, t, prog, interp, execfn, ea, secure);
	if (err) {
		cred_put(cred);
		return err;
	}
	vm_map_set_exe(im->vm, prog->file);
	change_over(t, im, cred, secure);
	signals_exec(t);
	files_exec(t);
	proc_timers_exec(t->proc);
	comm_set(t, execfn);
	WATCH(exec, t, execfn);
	return 0;
}

static void
elf_file_close(struct elf_file *ef)
{
	if (ef->file != NULL)
		file_put(ef->file);
	ef->file = NULL;
}

/* Read the headers of the program and of the interpreter it names. */
static int
exec_load(struct file *f, struct elf_file *prog, struct elf_file *interp)
{
	char name[PATH_MAX];
	int err = elf_plan_read(f, &prog->plan, name, sizeof(name));

	interp->file = NULL;
	if (err)
		return err;
	prog->file = file_ref(f);
	if (name[0] == '\0')
		return 0;
	err = exec_open(AT_FDCWD, name, LOOKUP_FOLLOW, &interp->file);
	if (err)
		return err;
	err = elf_plan_read(interp->file, &interp->plan, NULL, 0);
	if (err == -ENOEXEC)
		err = -ELIBBAD;
	return err;
}

long
proc_exec(struct thread *t, struct file *f, const char *name, const char *execfn, struct exec_args *ea)
{
	struct elf_file *prog = xcalloc(2, sizeof(*prog)), *interp = prog + 1;
	struct image im = { 0 };
	long err;

	file_ref(f);
	err = script_resolve(&f, name, ea);
	if (err == 0)
		err = exec_load(f, prog, interp);
	if (err == 0)
		err = vmspace_create(&im.space, &im.vt);
	if (err == 0) {
		im.vm = vm_map_new(im.space);
		err = only_thread(t);
		if (err == 0) {
			err = exec_commit(t, prog, interp, execfn, ea, &im);
			if (err) {
				signal_fault(t, SIGSEGV, SI_KERNEL, 0, 0, 0);
				err = -EFAULT;
			}
		}
		if (err) {
			vmthread_exit(im.vt);
			vm_map_unref(im.vm);
		}
	}
	elf_file_close(prog);
	elf_file_close(interp);
	kfree(prog);
	file_put(f);
	return err;
}

/* Where a thread without a program starts: nothing is mapped there. */
#define NONE_ENTRY	0x20000UL
#define NONE_BRK	0x1000000UL

int
proc_exec_none(struct thread *t, const char *name)
{
	struct image im = { .start_entry = NONE_ENTRY, .cred = t->cred };
	int err = vmspace_create(&im.space, &im.vt);

	if (err)
		return err;
	im.vm = vm_map_new(im.space);
	im.vm->brk_start = im.vm->brk = NONE_BRK;
	change_over(t, &im, cred_ref(t->cred), false);
	comm_set(t, name);
	return 0;
}
