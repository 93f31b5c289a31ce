/*
 * fs_proc_fd.c - the links of /proc/PID: fd/N, exe, cwd, root, ns/NAME; fdinfo/N.
 *
 * Following one leads to the open file's path itself (jump), so that what has
 * been deleted, or never had a name, can be opened again.
 *
 * A descriptor table of another process may be dropped by its owner any time:
 * whoever looks into it holds a reference, and the last one closes files, for
 * which no lock may be held.  lookup has ns_lock, so it looks only into the
 * caller's own table and takes other numbers on trust; every use of the node
 * asks again.
 */
#include "vkern/fs_proc.h"

/* The file behind n->fd with a reference; NULL: not open. */
static struct file *
fd_file(struct fdtable *fdt, int fd, bool *cloexec)
{
	struct file *f = NULL;

	mutex_lock(&fdt->lock);
	if (fd >= 0 && fd < fdt->size && fdt->ents[fd].file != NULL) {
		f = file_ref(fdt->ents[fd].file);
		*cloexec = fdt->ents[fd].cloexec;
	}
	mutex_unlock(&fdt->lock);
	return f;
}

static struct file *
node_file(struct pnode *n, bool *cloexec)
{
	struct fdtable *fdt = proc_subject_fds(n);
	struct file *f;

	if (fdt == NULL)
		return NULL;
	f = fd_file(fdt, n->fd, cloexec);
	fdtable_unref(fdt);
	return f;
}

static int
fd_find(struct pnode *dir, int id, struct pnode *n)
{
	struct fdtable *fdt;
	struct thread *t;
	bool there = true;

	mutex_lock(&vk->proc_lock);
	there = proc_subject(dir, &t) && t != NULL;
	mutex_unlock(&vk->proc_lock);
	if (there && t == curthread) {
		fdt = t->fds;
		mutex_lock(&fdt->lock);
		there = id < fdt->size && fdt->ents[id].file != NULL;
		mutex_unlock(&fdt->lock);
	}
	if (!there)
		return -ENOENT;
	n->fd = id;
	n->task = dir->task;
	n->p = proc_ref(dir->p);
	if (dir->t != NULL)
		n->t = thread_ref(dir->t);
	return 0;
}

static bool
fd_next(struct pnode *dir, int *id)
{
	struct fdtable *fdt = proc_subject_fds(dir);
	bool found;

	if (fdt == NULL)
		return false;
	mutex_lock(&fdt->lock);
	while (*id < fdt->size && fdt->ents[*id].file == NULL)
		++*id;
	found = *id < fdt->size;
	mutex_unlock(&fdt->lock);
	fdtable_unref(fdt);
	return found;
}

int64_t
proc_fd_count(struct pnode *n)
{
	struct fdtable *fdt = proc_subject_fds(n);
	int64_t count = 0;
	int i;

	if (fdt == NULL)
		return 0;
	mutex_lock(&fdt->lock);
	for (i = 0; i < fdt->size; i++)
		count += fdt->ents[i].file != NULL;
	mutex_unlock(&fdt->lock);
	fdtable_unref(fdt);
	return count;
}

int
proc_fd_getattr(struct pnode *n)
{
	bool cloexec;
	struct file *f = node_file(n, &cloexec);
	unsigned mode = S_IFLNK;

	if (f == NULL)
		return -ENOENT;
	if (S_ISLNK(n->i.mode)) {
		if (f->mode & FMODE_READ)
			mode |= 0500;
		if (f->mode & FMODE_WRITE)
			mode |= 0300;
		n->i.mode = mode;
		n->i.size = 64;
	}
	file_put(f);
	return 0;
}

static ssize_t
copy_link(char *buf, size_t size, const char *text, long len)
{
	if (len < 0)
		return len;
	len = (long)min_of((size_t)len, size);
	memcpy(buf, text, (size_t)len);
	return len;
}

static ssize_t
fd_link(struct pnode *n, char *buf, size_t size)
{
	char text[PATH_MAX_LEN];
	bool cloexec;
	struct file *f = node_file(n, &cloexec);
	long len;

	if (f == NULL)
		return -ENOENT;
	len = file_name(f, text, sizeof(text));
	file_put(f);
	return copy_link(buf, size, text, len);
}

/* A path to what a file is open on, whether it has a name or not. */
static void
file_path(struct file *f, struct path *out)
{
	char name[256];

	if (f->path.dentry != NULL) {
		*out = path_ref(f->path);
		return;
	}
	if (file_name(f, name, sizeof(name)) < 0)
		name[0] = '\0';
	*out = (struct path){ NULL, dentry_detached(f->inode, name) };
}

static int
fd_jump(struct pnode *n, struct path *out)
{
	bool cloexec;
	struct file *f = node_file(n, &cloexec);

	if (f == NULL)
		return -ENOENT;
	file_path(f, out);
	file_put(f);
	return 0;
}

static int
fdinfo_show(struct pnode *n, struct pbuf *b)
{
	bool cloexec = false;
	struct file *f = node_file(n, &cloexec);
	char extra[8192];
	size_t len = 0;

	if (f == NULL)
		return -ENOENT;
	pb_printf(b, "pos:\t%lld\nflags:\t0%o\nmnt_id:\t%d\nino:\t%llu\n", (long long)f->pos,
	    f->flags | (cloexec ? O_CLOEXEC : 0), f->path.mnt != NULL ? f->path.mnt->id : 15,
	    (unsigned long long)f->inode->ino);
	if (f->ops->fdinfo != NULL)
		len = f->ops->fdinfo(f, extra, sizeof(extra));
	pb_put(b, extra, min_of(len, sizeof(extra)));
	file_put(f);
	return 0;
}

static const struct pent fd_ent = {
	.mode = S_IFLNK | 0700, .flags = PE_TRACE, .link = fd_link, .jump = fd_jump,
};
static const struct pent fdinfo_ent = {
	.mode = S_IFREG | 0444, .flags = PE_TRACE, .show = fdinfo_show,
};
const struct pdir proc_fd_dir = { .num = &fd_ent, .find = fd_find, .next = fd_next };
const struct pdir proc_fdinfo_dir = { .num = &fdinfo_ent, .find = fd_find, .next = fd_next };

/* --- exe, cwd, root --- */

int
jump_exe(struct pnode *n, struct path *out)
{
	struct vm_map *vm = proc_subject_vm(n);
	int err = -ENOENT;

	if (vm == NULL)
		return -ENOENT;
	mutex_lock(&vm->lock);
	if (vm->exe != NULL) {
		file_path(vm->exe, out);
		err = 0;
	}
	mutex_unlock(&vm->lock);
	vm_map_unref(vm);
	return err;
}

static struct fs_ctx *
subject_fs(struct pnode *n)
{
	struct fs_ctx *c = NULL;
	struct thread *t;

	mutex_lock(&vk->proc_lock);
	if (proc_subject(n, &t) && t != NULL && t->fs != NULL)
		c = fs_ctx_ref(t->fs);
	mutex_unlock(&vk->proc_lock);
	return c;
}

int
jump_cwd(struct pnode *n, struct path *out)
{
	struct fs_ctx *c = subject_fs(n);

	if (c == NULL)
		return -ENOENT;
	mutex_lock(&c->lock);
	*out = path_ref(c->cwd);
	mutex_unlock(&c->lock);
	fs_ctx_unref(c);
	return 0;
}

int
jump_root(struct pnode *n, struct path *out)
{
	struct fs_ctx *c = subject_fs(n);

	if (c == NULL)
		return -ENOENT;
	mutex_lock(&c->lock);
	*out = path_ref(c->root);
	mutex_unlock(&c->lock);
	fs_ctx_unref(c);
	return 0;
}

static ssize_t
link_by(struct pnode *n, char *buf, size_t size, int (*jump)(struct pnode *, struct path *))
{
	char text[PATH_MAX_LEN];
	struct path p;
	long len;
	int err;

	err = jump(n, &p);
	if (err != 0)
		return err;
	if (p.mnt == NULL)
		len = snprintf(text, sizeof(text), "%s", p.dentry->name);
	else
		len = path_name(&p, text, sizeof(text));
	path_put(p);
	return copy_link(buf, size, text, len);
}

ssize_t
link_exe(struct pnode *n, char *buf, size_t size)
{
	return link_by(n, buf, size, jump_exe);
}

ssize_t
link_cwd(struct pnode *n, char *buf, size_t size)
{
	return link_by(n, buf, size, jump_cwd);
}

ssize_t
link_root(struct pnode *n, char *buf, size_t size)
{
	return link_by(n, buf, size, jump_root);
}

/* --- ns: there is one namespace of each kind; the names can be compared --- */

static ssize_t
ns_link(struct pnode *n, char *buf, size_t size)
{
	char text[64];
	int len;

	len = snprintf(text, sizeof(text), "%s", (const char *)n->e->arg);
	return copy_link(buf, size, text, len);
}

static int
ns_jump(struct pnode *n, struct path *out)
{
	(void)n;
	(void)out;
	return -EACCES;
}

#define NS(n, text) { .name = n, .mode = S_IFLNK | 0777, .flags = PE_TRACE, \
	.link = ns_link, .jump = ns_jump, .arg = text }
static const struct pent ns_ents[] = {
	NS("cgroup", "cgroup:[4026531835]"),
	NS("ipc", "ipc:[4026531839]"),
	NS("mnt", "mnt:[4026531841]"),
	NS("net", "net:[4026531840]"),
	NS("pid", "pid:[4026531836]"),
	NS("pid_for_children", "pid:[4026531836]"),
	NS("time", "time:[4026531834]"),
	NS("time_for_children", "time:[4026531834]"),
	NS("user", "user:[4026531837]"),
	NS("uts", "uts:[4026531838]"),
};
const struct pdir proc_ns_dir = { .ents = ns_ents, .nents = nitems(ns_ents) };
