/*
 * fs_proc.c - the machinery of /proc: inodes, names, directories, text files.
 * What there is to see stands in the tables of the other fs_proc_*.c files.
 *
 * Nothing is kept: a name that nobody holds is forgotten (sb.nocache), so an
 * inode is made anew for each walk.  Its number depends on the path alone.
 *
 * Locks: lookup and revalidate are called under ns_lock and take fdtable.lock
 * or proc_lock.  A text file's buffer has a lock of its own (RANK_OBJ), since
 * pread does not hold pos_lock.
 */
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdlib.h>

#include "vkern/fs_proc.h"

#define TEXT_MAX	((size_t)64 << 20)	/* no text is longer */
#define WRITE_MAX	PAGE_SIZE

/* --- text --- */

static bool
pb_room(struct pbuf *b, size_t n)
{
	size_t cap;
	char *p;

	if (b->failed || n > TEXT_MAX || b->len + n > TEXT_MAX) {
		b->failed = true;
		return false;
	}
	if (b->len + n <= b->cap)
		return true;
	cap = max_of(b->cap * 2, (b->len + n + 1023) & ~(size_t)1023);
	p = kalloc(cap);
	if (p == NULL) {
		b->failed = true;
		return false;
	}
	if (b->len > 0)
		memcpy(p, b->p, b->len);
	kfree(b->p);
	b->p = p;
	b->cap = cap;
	return true;
}

void
pb_put(struct pbuf *b, const void *p, size_t n)
{
	if (n == 0 || !pb_room(b, n))
		return;
	memcpy(b->p + b->len, p, n);
	b->len += n;
}

void
pb_printf(struct pbuf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (!pb_room(b, 256))
		return;
	va_start(ap, fmt);
	n = vsnprintf(b->p + b->len, b->cap - b->len, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n >= b->cap - b->len) {
		if (!pb_room(b, (size_t)n + 1))
			return;
		va_start(ap, fmt);
		n = vsnprintf(b->p + b->len, b->cap - b->len, fmt, ap);
		va_end(ap);
	}
	if (n > 0)
		b->len += (size_t)n;
}

void
pb_escape(struct pbuf *b, const char *s, const char *bad)
{
	for (; *s != '\0'; s++) {
		if (strchr(bad, *s) != NULL)
			pb_printf(b, "\\%03o", (unsigned char)*s);
		else
			pb_put(b, s, 1);
	}
}

void
pb_pad(struct pbuf *b, size_t start, size_t to)
{
	while (!b->failed && b->len - start < to)
		pb_put(b, " ", 1);
}

int
pb_host(struct pbuf *b, const char *name)
{
	size_t n;
	ssize_t r;

	for (n = 32768;; n *= 2) {
		if (!pb_room(b, n))
			return -ENOMEM;
		r = host_proc_text(name, b->p + b->len, n);
		if (r < 0)
			return (int)r;
		if ((size_t)r < n)
			break;
	}
	b->len += (size_t)r;
	return 0;
}

/* --- what a node is about --- */

bool
proc_subject(struct pnode *n, struct thread **t)
{
	*t = NULL;
	if (n->t != NULL) {
		*t = n->t;
		return thread_find(n->t->tid) == n->t;
	}
	if (n->p == NULL || n->p->state == PS_DEAD)
		return false;
	/* A main thread that has ended before the others shows as a zombie. */
	*t = n->p->leader;
	return true;
}

bool
proc_may_trace_locked(struct pnode *n, struct thread *t)
{
	const struct cred *c, *o;

	if (curthread == NULL || n->p == curthread->proc || capable(CAP_SYS_PTRACE))
		return true;
	if (t == NULL)
		return n->p != vk->init && n->p->exit_uid == curthread->cred->fsuid;
	c = curthread->cred;
	o = t->cred;
	if (c->fsuid != o->euid || c->fsuid != o->suid || c->fsuid != o->uid ||
	    c->fsgid != o->egid || c->fsgid != o->sgid || c->fsgid != o->gid)
		return false;
	if (n->p->vm != NULL && !n->p->dumpable)
		return false;
	return (o->cap_permitted & ~c->cap_effective) == 0;
}

int
proc_may_trace(struct pnode *n)
{
	struct thread *t;
	int err = 0;

	mutex_lock(&vk->proc_lock);
	if (!proc_subject(n, &t))
		err = -ESRCH;
	else if (!proc_may_trace_locked(n, t))
		err = -EACCES;
	mutex_unlock(&vk->proc_lock);
	return err;
}

struct vm_map *
proc_subject_vm(struct pnode *n)
{
	struct vm_map *vm = NULL;
	struct thread *t;

	mutex_lock(&vk->proc_lock);
	if (proc_subject(n, &t) && t != NULL && n->p->vm != NULL)
		vm = vm_map_ref(n->p->vm);
	mutex_unlock(&vk->proc_lock);
	return vm;
}

struct fdtable *
proc_subject_fds(struct pnode *n)
{
	struct fdtable *fdt = NULL;
	struct thread *t;

	mutex_lock(&vk->proc_lock);
	if (proc_subject(n, &t) && t != NULL && t->fds != NULL)
		fdt = fdtable_ref(t->fds);
	mutex_unlock(&vk->proc_lock);
	return fdt;
}

const char *
proc_comm(struct proc *p, struct thread *t)
{
	if (t != NULL)
		return t->comm;
	return p == vk->init ? "init" : p->exit_comm;
}

char
proc_state(struct proc *p, struct thread *t)
{
	if (t == NULL)
		return p == vk->init ? 'S' : 'Z';
	if (t->parked_stop)
		return 'T';
	return t->parked != 0 ? t->parked : 'R';
}

int64_t
proc_boot_ns(ktime_t mono)
{
	return mono + (host_clock(CLOCK_BOOTTIME) - host_clock(CLOCK_MONOTONIC));
}

/* --- inodes --- */

/*
 * The owner is the process's user, but what would let that user look into a
 * process that is not dumpable is root's.
 */
static void
pnode_owner(struct pnode *n, struct thread *t) REQUIRES(vk->proc_lock)
{
	uint32_t uid = 0, gid = 0;
	bool open_dir = (n->e->mode & (S_IFMT | 0777)) == (S_IFDIR | 0555);

	if (n->p == NULL)
		return;
	if (t != NULL && (open_dir || (n->p->vm != NULL && n->p->dumpable))) {
		uid = t->cred->euid;
		gid = t->cred->egid;
	} else if (t == NULL && open_dir && n->p != vk->init) {
		uid = n->p->exit_uid;
	}
	n->i.uid = uid;
	n->i.gid = gid;
}

static const struct inode_ops pdir_inode_ops, pfile_inode_ops, plink_inode_ops, pjump_inode_ops;

static uint32_t
pdir_links(const struct pdir *pd)
{
	uint32_t links = 2;
	size_t i;

	for (i = 0; i < pd->nents; i++)
		links += S_ISDIR(pd->ents[i].mode);
	return links;
}

static struct pnode *
pnode_new(struct superblock *sb, const struct pent *e)
{
	const struct inode_ops *ops = &pfile_inode_ops;
	struct pnode *n;

	if (S_ISDIR(e->mode))
		ops = &pdir_inode_ops;
	else if (S_ISLNK(e->mode))
		ops = e->jump != NULL ? &pjump_inode_ops : &plink_inode_ops;
	n = pnode_of(inode_new_sized(sb, ops, e->mode, sizeof(*n)));
	n->e = e;
	n->fd = -1;
	if (e->dir != NULL)
		n->i.nlink = pdir_links(e->dir);
	return n;
}

static void
pnode_evict(struct inode *ino)
{
	struct pnode *n = pnode_of(ino);

	if (n->t != NULL)
		thread_put(n->t);
	if (n->p != NULL)
		proc_put(n->p);
}

/* A number for name `id` of a directory: the same every time. */
static uint64_t
child_ino(uint64_t dir, uint64_t id)
{
	uint64_t x = dir * 0x9e3779b97f4a7c15ULL + id + 1;

	x = (x ^ x >> 31) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 29) * 0x94d049bb133111ebULL;
	return (x >> 24) | 2;
}

#define NUM_ID(id)	((uint64_t)(id) + 4096)

/* Is e shown in directory d? */
static bool
pent_here(const struct pnode *d, const struct pent *e)
{
	if (e->flags & PE_PROC_ONLY)
		return !d->task;
	return !(e->flags & PE_TASK_ONLY) || d->task;
}

/* n begins as a copy of what its directory is about. */
static void
pnode_inherit(struct pnode *n, const struct pnode *dir)
{
	n->task = dir->task;
	if (dir->p != NULL)
		n->p = proc_ref(dir->p);
	if (dir->t != NULL)
		n->t = thread_ref(dir->t);
}

static void
pnode_set_owner(struct pnode *n)
{
	struct thread *t;

	mutex_lock(&vk->proc_lock);
	if (proc_subject(n, &t))
		pnode_owner(n, t);
	mutex_unlock(&vk->proc_lock);
}

/* The number that a name is, or -1: no sign, no leading zero. */
static int
name_number(const char *s)
{
	char *end;
	long v;

	if (*s < '0' || *s > '9' || (*s == '0' && s[1] != '\0'))
		return -1;
	v = strtol(s, &end, 10);
	return *end == '\0' && v < INT32_MAX ? (int)v : -1;
}

static int
lookup_number(struct pnode *dir, struct dentry *d)
{
	const struct pdir *pd = dir->e->dir;
	int id = name_number(d->name), err;
	struct pnode *n;

	if (pd->num == NULL || id < 0)
		return -ENOENT;
	n = pnode_new(dir->i.sb, pd->num);
	n->i.ino = child_ino(dir->i.ino, NUM_ID(id));
	err = pd->find(dir, id, n);
	if (err != 0) {
		inode_put(&n->i);
		return err;
	}
	pnode_set_owner(n);
	d->inode = &n->i;
	return 0;
}

/* A directory of a process that is gone has no names. */
static bool
pnode_gone(struct pnode *n)
{
	struct thread *t;
	bool gone;

	if (n->p == NULL)
		return false;
	mutex_lock(&vk->proc_lock);
	gone = !proc_subject(n, &t);
	mutex_unlock(&vk->proc_lock);
	return gone;
}

/*
 * A missing name is -ENOENT, not a negative dentry: so it is for those too who
 * would make it.
 */
static int
pdir_lookup(struct inode *ino, struct dentry *d)
{
	struct pnode *dir = pnode_of(ino), *n;
	const struct pdir *pd = dir->e->dir;
	size_t i;

	if (pnode_gone(dir))
		return dir->e->dir->num == NULL ? -ESRCH : -ENOENT;
	for (i = 0; i < pd->nents; i++)
		if (strcmp(pd->ents[i].name, d->name) == 0 && pent_here(dir, &pd->ents[i]))
			break;
	if (i == pd->nents)
		return lookup_number(dir, d);
	n = pnode_new(ino->sb, &pd->ents[i]);
	n->i.ino = child_ino(ino->ino, i);
	pnode_inherit(n, dir);
	pnode_set_owner(n);
	d->inode = &n->i;
	return 0;
}

static bool
proc_revalidate(struct dentry *d)
{
	struct pnode *n;

	if (d->inode == NULL)
		return false;
	n = pnode_of(d->inode);
	if (n->p == NULL)
		return true;
	if (pnode_gone(n))
		return false;
	pnode_set_owner(n);
	return true;
}

static void
task_links(struct pnode *n)
{
	mutex_lock(&vk->proc_lock);
	n->i.nlink = 2 + (uint32_t)n->p->nthreads;
	mutex_unlock(&vk->proc_lock);
}

static int
proc_getattr(struct inode *ino)
{
	struct pnode *n = pnode_of(ino);

	if (n->p == NULL)
		return 0;
	if (pnode_gone(n))
		return -ENOENT;
	pnode_set_owner(n);
	if (n->e->dir == &proc_fd_dir)
		ino->size = proc_fd_count(n);
	else if (n->e->dir == &proc_task_list)
		task_links(n);
	return n->fd < 0 ? 0 : proc_fd_getattr(n);
}

/* Truncation is for `> file`; nothing else can be changed. */
static int
proc_setattr(struct inode *ino, const struct iattr *a)
{
	(void)ino;
	return a->valid & (ATTR_MODE | ATTR_UID | ATTR_GID) ? -EPERM : 0;
}

/* --- directories --- */

static int
list_numbers(struct pnode *n, struct file *f, struct dir_ctx *c, int64_t base)
{
	const struct pdir *pd = n->e->dir;
	unsigned char type = S_ISDIR(pd->num->mode) ? 4 : S_ISLNK(pd->num->mode) ? 10 : 8;
	int id = (int)(f->pos - base), len;
	char name[16];

	while (pd->next(n, &id)) {
		len = snprintf(name, sizeof(name), "%d", id);
		if (!c->emit(c, name, (size_t)len, child_ino(n->i.ino, NUM_ID(id)), type,
		    base + id + 1))
			break;
		id++;
		f->pos = base + id;
	}
	return 0;
}

/* Positions: 0 ".", 1 "..", then the fixed names, then the numbers. */
static int
pdir_getdents(struct file *f, struct dir_ctx *c)
{
	struct pnode *n = pnode_of(f->inode);
	const struct pdir *pd = n->e->dir;
	const int64_t base = 2 + (int64_t)pd->nents;
	const struct pent *e;

	if (pnode_gone(n))
		return -ENOENT;
	for (; f->pos < 2; f->pos++)
		if (!c->emit(c, "..", f->pos == 0 ? 1 : 2, n->i.ino, 4, f->pos + 1))
			return 0;
	for (; f->pos < base; f->pos++) {
		e = &pd->ents[f->pos - 2];
		if (pent_here(n, e) && !c->emit(c, e->name, strlen(e->name),
		    child_ino(n->i.ino, (uint64_t)f->pos - 2), (unsigned char)(e->mode >> 12),
		    f->pos + 1))
			return 0;
	}
	if (pd->num == NULL || f->pos - base >= INT32_MAX)
		return 0;
	return list_numbers(n, f, c, base);
}

static int64_t
pdir_lseek(struct file *f, int64_t off, int whence)
{
	if (whence == SEEK_CUR)
		off += f->pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (off < 0)
		return -EINVAL;
	return f->pos = off;
}

static const struct file_ops pdir_file_ops = {
	.name = "proc", .getdents = pdir_getdents, .lseek = pdir_lseek,
};

static int
pdir_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out)
{
	*out = file_alloc(&pdir_file_ops, p, ino, flags);
	return 0;
}

/* --- text files --- */

struct ptext {
	struct mutex	lock;
	struct pbuf	b;		/* [m] */
	bool		made;		/* [m] */
};

static int
ptext_make(struct pnode *n, struct ptext *pt)
{
	struct pbuf b = { 0 };
	int err;

	err = n->e->flags & PE_TRACE_READ ? proc_may_trace(n) : pnode_gone(n) ? -ESRCH : 0;
	if (err == 0)
		err = n->e->show(n, &b);
	if (err == 0 && b.failed)
		err = -ENOMEM;
	if (err != 0) {
		kfree(b.p);
		return err;
	}
	mutex_lock(&pt->lock);
	kfree(pt->b.p);
	pt->b = b;
	pt->made = true;
	mutex_unlock(&pt->lock);
	return 0;
}

static ssize_t
ptext_read(struct file *f, struct uio *u, int64_t *pos)
{
	struct ptext *pt = f->priv;
	ssize_t r = 0;
	size_t left;
	int err;

	if (*pos == 0 || !pt->made) {
		err = ptext_make(pnode_of(f->inode), pt);
		if (err != 0)
			return err;
	}
	mutex_lock(&pt->lock);
	if (*pos < (int64_t)pt->b.len) {
		left = pt->b.len - (size_t)*pos;
		r = uio_put(u, pt->b.p + *pos, min_of(left, u->resid));
		if (r > 0)
			*pos += r;
	}
	mutex_unlock(&pt->lock);
	return r;
}

static ssize_t
ptext_write(struct file *f, struct uio *u, int64_t *pos)
{
	struct pnode *n = pnode_of(f->inode);
	char *text;
	ssize_t r;

	if (n->e->write == NULL)
		return -EPERM;
	text = kalloc(WRITE_MAX + 1);
	if (text == NULL)
		return -ENOMEM;
	r = uio_get(u, text, min_of(u->resid, (size_t)WRITE_MAX));
	if (r >= 0) {
		text[r] = '\0';
		r = n->e->write(n, text, (size_t)r);
	}
	if (r > 0)
		*pos += r;
	kfree(text);
	return r;
}

static int64_t
ptext_lseek(struct file *f, int64_t off, int whence)
{
	if (whence == SEEK_END && !(pnode_of(f->inode)->e->flags & PE_SEEK_END))
		return -EINVAL;
	if (whence == SEEK_CUR)
		off += f->pos;
	else if (whence != SEEK_SET && whence != SEEK_END)
		return -EINVAL;
	if (off < 0)
		return -EINVAL;
	return f->pos = off;
}

static void
ptext_release(struct file *f)
{
	struct ptext *pt = f->priv;

	kfree(pt->b.p);
	mutex_destroy(&pt->lock);
	kfree(pt);
}

static const struct file_ops ptext_ops = {
	.name = "proc", .read = ptext_read, .write = ptext_write, .lseek = ptext_lseek,
	.release = ptext_release,
};

static int
pfile_check(struct pnode *n)
{
	struct vm_map *vm;
	int err = 0;

	if (n->e->flags & PE_TRACE)
		err = proc_may_trace(n);
	else if (pnode_gone(n))
		err = -ENOENT;
	if (err != 0 || !(n->e->flags & PE_ALIVE))
		return err;
	vm = proc_subject_vm(n);
	if (vm == NULL)
		return -ESRCH;
	vm_map_unref(vm);
	return 0;
}

static int
pfile_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out)
{
	struct pnode *n = pnode_of(ino);
	struct ptext *pt;
	int err;

	err = pfile_check(n);
	if (err != 0)
		return err;
	if (n->e->open != NULL)
		return n->e->open(n, p, flags, out);
	pt = kalloc(sizeof(*pt));
	if (pt == NULL)
		return -ENOMEM;
	mutex_init(&pt->lock, RANK_OBJ);
	*out = file_alloc(&ptext_ops, p, ino, flags);
	(*out)->priv = pt;
	return 0;
}

/* --- links --- */

static ssize_t
plink_readlink(struct inode *ino, char *buf, size_t size)
{
	struct pnode *n = pnode_of(ino);
	int err;

	if (n->e->flags & PE_TRACE) {
		err = proc_may_trace(n);
		if (err != 0)
			return err == -ESRCH ? -ENOENT : err;
	}
	return n->e->link(n, buf, size);
}

static int
plink_jump(struct inode *ino, struct path *out)
{
	struct pnode *n = pnode_of(ino);
	int err;

	err = proc_may_trace(n);
	if (err != 0)
		return err == -ESRCH ? -ENOENT : err;
	return n->e->jump(n, out);
}

/* --- the file system --- */

static const struct inode_ops pdir_inode_ops = {
	.lookup = pdir_lookup, .getattr = proc_getattr, .setattr = proc_setattr,
	.open = pdir_open, .evict = pnode_evict,
};
static const struct inode_ops pfile_inode_ops = {
	.getattr = proc_getattr, .setattr = proc_setattr, .open = pfile_open,
	.evict = pnode_evict,
};
static const struct inode_ops plink_inode_ops = {
	.getattr = proc_getattr, .setattr = proc_setattr, .readlink = plink_readlink,
	.evict = pnode_evict,
};
/* Those that lead to the thing itself, whatever its name says. */
static const struct inode_ops pjump_inode_ops = {
	.getattr = proc_getattr, .setattr = proc_setattr, .readlink = plink_readlink,
	.jump = plink_jump, .evict = pnode_evict,
};

static int
proc_statfs(struct superblock *sb, struct inode *ino, struct statfs *st)
{
	(void)ino;
	memset(st, 0, sizeof(*st));
	st->f_type = (long)sb->magic;
	st->f_bsize = st->f_frsize = PAGE_SIZE;
	st->f_namelen = 255;
	return 0;
}

static const struct super_ops proc_super_ops = {
	.statfs = proc_statfs, .revalidate = proc_revalidate,
};

struct superblock *
procfs_new(void)
{
	struct proc_super *ps = xcalloc(1, sizeof(*ps));
	struct superblock *sb = &ps->sb;
	struct pnode *root;

	sb->nocache = true;
	proc_uuid_new(ps->boot_id);
	root = pnode_new(NULL, &proc_root_ent);
	root->i.ino = 1;
	sb_init(sb, &proc_super_ops, "proc", PROC_SUPER_MAGIC, &root->i);
	return sb;
}

/* A directory /proc/PID serves as a pidfd where a signal is sent. */
struct proc *
procfs_pid_dir(struct file *f)
{
	struct pnode *n;

	if (strcmp(f->inode->sb->type, "proc") != 0 || !S_ISDIR(f->inode->mode))
		return NULL;
	n = pnode_of(f->inode);
	return n->task ? NULL : n->p;
}
