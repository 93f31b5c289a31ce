/*
 * module_fs.c - file systems of modules.
 *
 * An inode is a number that means something to the module; names are asked for
 * each time and forgotten when nobody holds them.  A mount stays for the life
 * of the kernel; who serves it may change (module_swap), and between two who do
 * it has EIO for everything.
 */
#include "module_impl.h"

#include <string.h>

#include "fs_impl.h"

#define MOD_FS_MAGIC	0x766b6d6f	/* "vkmo" */
#define MOUNT_RDONLY	1u		/* MS_RDONLY */

struct mod_mount {
	LIST_ENTRY(mod_mount) link;
	char		*where;		/* [I] */
	char		*type;		/* [I] the first one's; /proc/mounts shows it */
	struct mutex	lock;		/* RANK_LEAF */
	struct mod	*mod;		/* [m] NULL: nobody serves it */
	struct mod_item	*item;		/* [m] */
	struct superblock *sb;		/* [I] the tree's; freed with it */
};

/* --- who serves it --- */

/* A call into the module, and the module is held meanwhile; NULL: -EIO. */
struct serving {
	struct mod	*mod;
	const struct mod_fs *fs;
	void		*arg;
};

static bool
serving_begin(struct serving *s, const struct superblock *sb)
{
	struct mod_mount *mm = sb->priv;

	mutex_lock(&mm->lock);
	s->mod = mm->mod;
	if (mm->mod != NULL) {
		mod_ref(mm->mod);
		s->fs = mm->item->fs;
		s->arg = mm->item->arg;
	}
	mutex_unlock(&mm->lock);
	return s->mod != NULL;
}

static long
serving_end(struct serving *s, long ret)
{
	mod_put(s->mod);
	return ret;
}

/* Result of function `op` of the module, or -EIO, or `without` if it is NULL. */
#define SERVED(sb_, op_, without_, ...) ({				\
	struct serving s_;						\
	long r_ = -EIO;							\
	if (serving_begin(&s_, (sb_))) {				\
		r_ = (without_);					\
		if (s_.fs->op_ != NULL)					\
			r_ = s_.fs->op_(s_.arg, __VA_ARGS__);		\
		r_ = serving_end(&s_, r_);				\
	}								\
	r_;								\
})

/* --- inodes --- */

static const struct inode_ops mod_inode_ops;

static bool
node_valid(const struct mod_node *n)
{
	return n->id != 0 && n->size >= 0 &&
	    (S_ISREG(n->mode) || S_ISDIR(n->mode) || S_ISLNK(n->mode));
}

static void
node_fill(struct inode *ino, const struct mod_node *n)
{
	mutex_lock(&ino->lock);
	ino->mode = (ino->mode & S_IFMT) | (n->mode & 07777);
	ino->uid = n->uid;
	ino->gid = n->gid;
	ino->nlink = n->nlink != 0 ? n->nlink : S_ISDIR(n->mode) ? 2 : 1;
	ino->size = n->size;
	ino->blocks = ((uint64_t)n->size + 511) / 512;
	ino->atime = ino->mtime = ino->ctime = (struct timespec){ .tv_sec = n->mtime };
	mutex_unlock(&ino->lock);
}

static struct inode *
node_inode(struct superblock *sb, const struct mod_node *n)
{
	struct inode *ino = inode_new(sb, &mod_inode_ops, n->mode & (S_IFMT | 07777));

	ino->ino = n->id;
	node_fill(ino, n);
	return ino;
}

static int
mod_fs_lookup(struct inode *dir, struct dentry *d)
{
	struct mod_node n = { 0 };
	long r;

	r = SERVED(dir->sb, lookup, -EIO, dir->ino, d->name, &n);
	if (r == -ENOENT)
		return 0;
	if (r == 0 && !node_valid(&n))
		r = -EIO;
	if (r == 0)
		d->inode = node_inode(dir->sb, &n);
	return (int)r;
}

static int
mod_fs_getattr(struct inode *ino)
{
	struct mod_node n = { 0 };
	long r;

	r = SERVED(ino->sb, lookup, -EIO, ino->ino, "", &n);
	/* What is removed and still open keeps what it had. */
	if (r != 0 || !node_valid(&n) || ((n.mode ^ ino->mode) & S_IFMT) != 0)
		return r == -ENOENT ? 0 : r != 0 ? (int)r : -EIO;
	node_fill(ino, &n);
	return 0;
}

static int
mod_fs_setattr(struct inode *ino, const struct iattr *a)
{
	if (a->valid & (ATTR_MODE | ATTR_UID | ATTR_GID))
		return -EPERM;
	if (!(a->valid & ATTR_SIZE))
		return 0;
	return (int)SERVED(ino->sb, truncate, -EROFS, ino->ino, a->size);
}

static ssize_t
mod_fs_readlink(struct inode *ino, char *buf, size_t n)
{
	ssize_t r = SERVED(ino->sb, readlink, -EINVAL, ino->ino, buf, n);

	return r > (ssize_t)n ? (ssize_t)n : r;
}

/* --- names --- */

static int
mod_fs_make(struct inode *dir, struct dentry *d, unsigned mode, const char *target)
    REQUIRES(vk->ns_lock)
{
	struct mod_node n = { .mode = mode };
	unsigned type = mode & S_IFMT;
	long r;

	if (!S_ISREG(mode) && !S_ISDIR(mode) && !S_ISLNK(mode))
		return -EPERM;
	n.uid = fs_fsuid();
	n.gid = fs_fsgid();
	r = SERVED(dir->sb, make, -EROFS, dir->ino, d->name, target, &n);
	if (r == 0 && (!node_valid(&n) || (n.mode & S_IFMT) != type))
		r = -EIO;
	if (r == 0)
		dentry_attach(d, node_inode(dir->sb, &n));
	return (int)r;
}

static NO_TSA int
mod_fs_mknod(struct inode *dir, struct dentry *d, unsigned mode, uint64_t rdev)
{
	(void)rdev;
	return mod_fs_make(dir, d, mode, NULL);
}

static NO_TSA int
mod_fs_symlink(struct inode *dir, struct dentry *d, const char *target)
{
	return mod_fs_make(dir, d, S_IFLNK | 0777, target);
}

static NO_TSA int
mod_fs_remove_name(struct inode *dir, struct dentry *d)
{
	long r = SERVED(dir->sb, remove, -EROFS, dir->ino, d->name);

	if (r == 0) {
		d->inode->nlink = 0;
		dentry_unhash(d);
	}
	return (int)r;
}

/* --- files --- */

static ssize_t
mod_file_read(struct file *f, struct uio *u, int64_t *pos)
{
	size_t n = min_of(u->resid, (size_t)MOD_IO_MAX);
	ssize_t r;
	char *buf;

	buf = kalloc(n);
	if (buf == NULL)
		return -ENOMEM;
	r = SERVED(f->inode->sb, read, -EINVAL, f->inode->ino, buf, n, *pos);
	if (r > 0)
		r = uio_put(u, buf, min_of((size_t)r, n));
	if (r > 0)
		*pos += r;
	kfree(buf);
	return r;
}

static ssize_t
mod_file_write(struct file *f, struct uio *u, int64_t *pos)
{
	size_t n = min_of(u->resid, (size_t)MOD_IO_MAX);
	ssize_t r;
	char *buf;

	if (file_append(f, u) && mod_fs_getattr(f->inode) == 0)
		*pos = f->inode->size;
	buf = kalloc(n);
	if (buf == NULL)
		return -ENOMEM;
	r = uio_get(u, buf, n);
	if (r >= 0)
		r = SERVED(f->inode->sb, write, -EROFS, f->inode->ino, buf, (size_t)r, *pos);
	if (r > 0)
		*pos += min_of(r, (ssize_t)n);
	kfree(buf);
	return r;
}

static int64_t
mod_file_lseek(struct file *f, int64_t off, int whence)
{
	int err = mod_fs_getattr(f->inode);

	return err != 0 ? err : file_lseek_size(f, off, whence);
}

/* Positions: 0 ".", 1 "..", then the module's. */
static int
mod_dir_getdents(struct file *f, struct dir_ctx *c)
{
	struct mod_node n;
	char name[256];
	long r;

	for (; f->pos < 2; f->pos++)
		if (!c->emit(c, "..", f->pos == 0 ? 1 : 2, f->inode->ino, 4, f->pos + 1))
			return 0;
	for (;; f->pos++) {
		memset(&n, 0, sizeof(n));
		r = SERVED(f->inode->sb, list, -EIO, f->inode->ino, (uint64_t)f->pos - 2, name, &n);
		if (r != 0)
			return r == -ENOENT ? 0 : (int)r;
		name[255] = '\0';
		if (!c->emit(c, name, strlen(name), n.id, (unsigned char)(n.mode >> 12 & 15),
		    f->pos + 1))
			return 0;
	}
}

static int64_t
mod_dir_lseek(struct file *f, int64_t off, int whence)
{
	if (whence == SEEK_CUR)
		off += f->pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	return off < 0 ? -EINVAL : (f->pos = off);
}

static const struct file_ops mod_file_ops = {
	.name = "module", .read = mod_file_read, .write = mod_file_write, .lseek = mod_file_lseek,
};
static const struct file_ops mod_dir_ops = {
	.name = "module", .getdents = mod_dir_getdents, .lseek = mod_dir_lseek,
};

static int
mod_fs_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out)
{
	*out = file_alloc(S_ISDIR(ino->mode) ? &mod_dir_ops : &mod_file_ops, p, ino, flags);
	return 0;
}

static const struct inode_ops mod_inode_ops = {
	.lookup = mod_fs_lookup, .mknod = mod_fs_mknod, .symlink = mod_fs_symlink,
	.unlink = mod_fs_remove_name, .rmdir = mod_fs_remove_name, .readlink = mod_fs_readlink,
	.getattr = mod_fs_getattr, .setattr = mod_fs_setattr, .open = mod_fs_open,
};

/* --- the mount --- */

static int
mod_fs_statfs(struct superblock *sb, struct inode *ino, struct statfs *st)
{
	(void)ino;
	memset(st, 0, sizeof(*st));
	st->f_type = (long)sb->magic;
	st->f_bsize = st->f_frsize = PAGE_SIZE;
	st->f_namelen = 255;
	return 0;
}

/* A name that was not there may be by now. */
static bool
mod_fs_revalidate(struct dentry *d)
{
	return d->inode != NULL;
}

static const struct super_ops mod_super_ops = {
	.statfs = mod_fs_statfs, .revalidate = mod_fs_revalidate,
};

static void
mount_serve(struct mod_mount *mm, struct mod *m, struct mod_item *it)
{
	mutex_lock(&mm->lock);
	mm->mod = m;
	mm->item = it;
	mutex_unlock(&mm->lock);
}

static struct mod_mount *
mount_of(struct module_state *ms, const char *where)
{
	struct mod_mount *mm;

	LIST_FOREACH(mm, &ms->mounts, link)
		if (strcmp(mm->where, where) == 0)
			return mm;
	return NULL;
}

static void
mount_free(struct mod_mount *mm)
{
	mutex_destroy(&mm->lock);
	kfree(mm->where);
	kfree(mm->type);
	kfree(mm);
}

static struct superblock *
mount_super(struct mod_mount *mm, const struct mod_node *root)
{
	struct superblock *sb = xcalloc(1, sizeof(*sb));

	sb->priv = mm;
	sb->nocache = true;
	sb_init(sb, &mod_super_ops, mm->type, MOD_FS_MAGIC, node_inode(sb, root));
	return sb;
}

static int
mount_new(struct module_state *ms, struct mod *m, struct mod_item *it)
{
	struct mod_node root = { 0 };
	struct mod_mount *mm;
	struct superblock *sb;
	unsigned flags = MOUNT_RDONLY;
	int err;

	err = it->fs->lookup(it->arg, MOD_ROOT, "", &root);
	if (err == 0 && (!node_valid(&root) || !S_ISDIR(root.mode) || root.id != MOD_ROOT))
		err = -ENOTDIR;
	if (err != 0)
		return err;
	mm = xcalloc(1, sizeof(*mm));
	mutex_init(&mm->lock, RANK_LEAF);
	mm->where = xstrdup(it->name);
	mm->type = xstrdup(it->fs->type);
	mount_serve(mm, m, it);
	if (it->fs->write != NULL || it->fs->make != NULL)
		flags = 0;
	sb = mount_super(mm, &root);
	err = mount_fs(sb, it->name, flags, mm->type);
	if (err == 0) {
		LIST_INSERT_HEAD(&ms->mounts, mm, link);
		return 0;
	}
	sb_drop_tree(sb);
	kfree(sb);
	mount_free(mm);
	return err;
}

int
mod_fs_apply(struct mod *m, struct mod_item *it)
{
	struct module_state *ms = vk->modules;
	struct mod_mount *mm = mount_of(ms, it->name);

	if (mm == NULL)
		return mount_new(ms, m, it);
	mount_serve(mm, m, it);
	return 0;
}

void
mod_fs_remove(struct mod *m, struct mod_item *it)
{
	struct mod_mount *mm = mount_of(vk->modules, it->name);

	if (mm == NULL)
		return;
	mutex_lock(&mm->lock);
	if (mm->mod == m && mm->item == it)
		mm->mod = NULL;
	mutex_unlock(&mm->lock);
}

void
mod_mounts_free(struct module_state *ms)
{
	struct mod_mount *mm;

	while ((mm = LIST_FIRST(&ms->mounts)) != NULL) {
		LIST_REMOVE(mm, link);
		mount_free(mm);
	}
}
