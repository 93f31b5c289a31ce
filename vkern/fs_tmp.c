/*
 * fs_tmp.c - files and directories in memory: tmpfs, and the upper half of
 * the overlay.
 *
 * All changes to the tree of names happen here.  The caller (sys_path.c,
 * fs_open.c) has checked permissions and types; ns_lock is held, and one
 * inode.lock at a time is taken inside it.
 *
 * A name that is removed, or moved away, leaves a whiteout if the directory's
 * lower has that name; a directory that is made where a whiteout is has no
 * lower and so is opaque.  What the guest makes or moves is pinned in memory.
 */
#include <linux/magic.h>
#include <stdio.h>

#include "vkern/fs_impl.h"

struct mnode *
mnode_new(struct superblock *sb, unsigned mode)
{
	struct mnode *m;

	m = mnode_of(inode_new_sized(sb, &mem_ops, mode, sizeof(*m)));
	if (S_ISDIR(mode)) {
		m->i.size = PAGE_SIZE;
		m->i.blocks = PAGE_SIZE / 512;
	}
	return m;
}

/* --- attributes --- */

static void
mem_changed(struct inode *ino, int nlink)
{
	mutex_lock(&ino->lock);
	mnode_upper(mnode_of(ino));
	ino->nlink = (uint32_t)((int)ino->nlink + nlink);
	ino->ctime = fs_now();
	mutex_unlock(&ino->lock);
}

/* A name came or went.  A host that does not count subdirectories says 1. */
static void
mem_dir_changed(struct inode *dir, int nlink)
{
	mutex_lock(&dir->lock);
	mnode_upper(mnode_of(dir));
	if (dir->nlink > 1)
		dir->nlink = (uint32_t)((int)dir->nlink + nlink);
	dir->mtime = dir->ctime = fs_now();
	mutex_unlock(&dir->lock);
}

static int
mem_getattr(struct inode *ino)
{
	struct mnode *m = mnode_of(ino);
	int err;

	err = ovl_refresh(ino);
	if (err != 0 || !S_ISREG(ino->mode))
		return err;
	mutex_lock(&ino->lock);
	if (!m->lowdata)
		ino->blocks = mdata_blocks(m);
	mutex_unlock(&ino->lock);
	return 0;
}

static int
mem_set_size(struct mnode *m, int64_t size)
{
	int err;

	if (!S_ISREG(m->i.mode))
		return -EINVAL;
	if (m->lowdata) {
		err = ovl_copy_data(m, size);
		if (err != 0)
			return err;
	}
	err = mdata_truncate(m, size);
	if (err == 0)
		inode_drop_privs(&m->i);
	return err;
}

static int
mem_setattr(struct inode *ino, const struct iattr *a)
{
	struct mnode *m = mnode_of(ino);
	int err = 0;

	store_adopt(m);
	mutex_lock(&ino->lock);
	if (a->valid & ATTR_SIZE)
		err = mem_set_size(m, a->size);
	if (err == 0)
		mnode_upper(m);
	mutex_unlock(&ino->lock);
	if (err == 0) {
		inode_setattr_simple(ino, a);
		if (m->sid != 0)
			store_save(m, false);
	}
	return err;
}

/* --- names --- */

/* d is, or will be, more than what the host says. */
static bool
mem_take(struct dentry *d) REQUIRES(vk->ns_lock)
{
	bool hides = d->lower || d->whiteout;

	dentry_pin(d);
	d->lower = false;
	return hides;
}

static void
mem_whiteout(struct dentry *parent, const char *name, bool hides) REQUIRES(vk->ns_lock)
{
	struct dentry *d;

	if (!hides || mnode_lower_dir(mnode_of(parent->inode)) == NULL)
		return;
	d = dentry_new(parent, name, strlen(name));
	d->whiteout = true;
	dentry_hash(d, true);
	dentry_put(d);
}

/* The name goes; d itself stays for who has it open. */
static void
mem_remove(struct dentry *d) REQUIRES(vk->ns_lock)
{
	bool hides = mem_take(d);

	dentry_unhash(d);
	mem_whiteout(d->parent, d->name, hides);
}

static void
mem_attach(struct inode *dir, struct dentry *d, struct inode *ino) REQUIRES(vk->ns_lock)
{
	struct store *s;

	d->whiteout = mem_take(d);
	dentry_attach(d, ino);
	mnode_of(ino)->alias = d;
	mem_dir_changed(dir, S_ISDIR(ino->mode) ? 1 : 0);
	s = store_begin(dir->sb);
	if (s != NULL) {
		store_put_name(s, d->parent, d->name);
		store_end(s);
	}
}

/* The name of d is not its any more: what that makes of the inode, too. */
static void
mem_removed(struct dentry *d) REQUIRES(vk->ns_lock)
{
	struct store *s = store_begin(d->sb);

	if (s == NULL)
		return;
	store_put_name(s, d->parent, d->name);
	store_put_inode(s, d->inode);
	store_end(s);
}

/* What an inode with its name counts for, so that their number is limited. */
#define INODE_COST	1024

/* NULL: the file system is full. */
static struct mnode *
mem_make(struct inode *dir, unsigned mode)
{
	struct fs_state *fs = vk->fs;
	struct mnode *m;

	if (fs->mem_used + INODE_COST > fs->mem_limit || store_room(dir->sb) != 0 ||
	    limit_memory(INODE_COST, ENOSPC))
		return NULL;
	fs->mem_used += INODE_COST;
	m = mnode_new(dir->sb, mode);
	m->charged = true;
	m->upper = true;
	inode_init_owner(&m->i, dir);
	store_number(dir->sb, m);
	return m;
}

static NO_TSA int
mem_mknod(struct inode *dir, struct dentry *d, unsigned mode, uint64_t rdev)
{
	struct mnode *m;

	m = mem_make(dir, mode);
	if (m == NULL)
		return -ENOSPC;
	m->i.rdev = rdev;
	mem_attach(dir, d, &m->i);
	return 0;
}

static NO_TSA int
mem_symlink(struct inode *dir, struct dentry *d, const char *target)
{
	struct mnode *m;

	m = mem_make(dir, S_IFLNK | 0777);
	if (m == NULL)
		return -ENOSPC;
	m->target = xstrdup(target);
	m->i.size = (int64_t)strlen(target);
	mem_attach(dir, d, &m->i);
	return 0;
}

static NO_TSA int
mem_link(struct inode *old, struct inode *dir, struct dentry *d)
{
	mem_changed(old, 1);
	old->linkable = false;
	mem_attach(dir, d, inode_ref(old));
	return 0;
}

static NO_TSA int
mem_unlink(struct inode *dir, struct dentry *d)
{
	mem_changed(d->inode, -1);
	mem_remove(d);
	mem_dir_changed(dir, 0);
	mem_removed(d);
	return 0;
}

/* The directory has no names, and will have none. */
static void
mem_kill_dir(struct dentry *d) REQUIRES(vk->ns_lock)
{
	struct mnode *m = mnode_of(d->inode);

	dentry_prune(d, true);
	mutex_lock(&m->i.lock);
	mnode_upper(m);
	m->i.nlink = 0;
	m->i.ctime = fs_now();
	mutex_unlock(&m->i.lock);
	m->opaque = true;
}

static NO_TSA int
mem_rmdir(struct inode *dir, struct dentry *d)
{
	int err;

	err = ovl_dir_empty(d);
	if (err != 0)
		return err;
	mem_kill_dir(d);
	mem_remove(d);
	mem_dir_changed(dir, -1);
	mem_removed(d);
	return 0;
}

/* Both names are written in one frame; gone: what the new one meant, or NULL. */
static void
mem_renamed(struct dentry *odir, const char *oname, struct dentry *ndir, const char *nname,
    struct inode *gone) REQUIRES(vk->ns_lock)
{
	struct store *s = store_begin(ndir->sb);

	if (s == NULL)
		return;
	store_put_name(s, odir, oname);
	store_put_name(s, ndir, nname);
	if (gone != NULL)
		store_put_inode(s, gone);
	store_end(s);
}

static NO_TSA int
mem_exchange(struct inode *odir, struct dentry *od, struct inode *ndir, struct dentry *nd)
{
	struct dentry *op = dentry_ref(od->parent), *np = dentry_ref(nd->parent);
	int odelta = S_ISDIR(nd->inode->mode) - S_ISDIR(od->inode->mode);
	bool ohides = mem_take(od), nhides = mem_take(nd);
	char *oname = xstrdup(od->name);

	if (odir == ndir)
		odelta = 0;
	dentry_move(od, np, nd->name);
	dentry_move(nd, op, oname);
	od->whiteout = nhides;
	nd->whiteout = ohides;
	kfree(oname);
	mem_changed(od->inode, 0);
	mem_changed(nd->inode, 0);
	mem_dir_changed(odir, odelta);
	mem_dir_changed(ndir, -odelta);
	mem_renamed(op, nd->name, np, od->name, NULL);
	dentry_put(op);
	dentry_put(np);
	return 0;
}

/* What the new name meant until now goes away. */
static void
mem_replace(struct inode *ndir, struct dentry *nd) REQUIRES(vk->ns_lock)
{
	if (nd->inode == NULL)
		return;
	if (S_ISDIR(nd->inode->mode)) {
		mem_kill_dir(nd);
		mem_dir_changed(ndir, -1);
	} else {
		mem_changed(nd->inode, -1);
	}
}

static NO_TSA int
mem_rename(struct inode *odir, struct dentry *od, struct inode *ndir,
    struct dentry *nd, unsigned flags)
{
	bool isdir = S_ISDIR(od->inode->mode), ohides, nhides;
	struct dentry *op;
	char *oname;
	int err = 0;

	if (flags & RENAME_EXCHANGE)
		return mem_exchange(odir, od, ndir, nd);
	if (nd->inode != NULL && S_ISDIR(nd->inode->mode))
		err = ovl_dir_empty(nd);
	if (err != 0)
		return err;
	mem_replace(ndir, nd);
	ohides = mem_take(od);
	nhides = mem_take(nd);
	op = dentry_ref(od->parent);
	oname = xstrdup(od->name);
	dentry_unhash(nd);
	dentry_move(od, nd->parent, nd->name);
	od->whiteout = nhides;
	mem_whiteout(op, oname, ohides);
	mem_changed(od->inode, 0);
	mem_dir_changed(odir, isdir && odir != ndir ? -1 : 0);
	mem_dir_changed(ndir, isdir && odir != ndir ? 1 : 0);
	mem_renamed(op, oname, od->parent, od->name, nd->inode);
	kfree(oname);
	dentry_put(op);
	return 0;
}

static int
mem_tmpfile(struct inode *dir, unsigned mode, struct inode **out)
{
	struct mnode *m;

	m = mem_make(dir, mode);
	if (m == NULL)
		return -ENOSPC;
	m->i.nlink = 0;
	*out = &m->i;
	return 0;
}

/* Of the host's link; kept until its attributes change. [i] */
static int
mem_fetch_target(struct mnode *m)
{
	char *buf;
	ssize_t n = -EINVAL;

	buf = kalloc(PATH_MAX_LEN);
	if (buf == NULL)
		return -ENOMEM;
	if (m->lower != NULL)
		n = hnode_readlink(m->lower, buf, PATH_MAX_LEN - 1);
	if (n >= 0)
		m->target = xstrdup(buf);
	kfree(buf);
	return n < 0 ? (int)n : 0;
}

static ssize_t
mem_readlink(struct inode *ino, char *buf, size_t n)
{
	struct mnode *m = mnode_of(ino);
	ssize_t r = 0;

	mutex_lock(&ino->lock);
	if (m->target == NULL)
		r = mem_fetch_target(m);
	if (r == 0) {
		r = (ssize_t)min_of(n, strlen(m->target));
		memcpy(buf, m->target, (size_t)r);
	}
	mutex_unlock(&ino->lock);
	return r;
}

/* --- opening --- */

/* For writing: nobody executes it, and the contents become ours. */
static int
mem_open_write(struct mnode *m, unsigned flags)
{
	int err = 0;

	mutex_lock(&m->i.lock);
	if (m->i.execs > 0)
		err = -ETXTBSY;
	else if (m->lowdata && !(flags & O_TRUNC))
		err = ovl_copy_data(m, INT64_MAX);
	if (err == 0)
		m->i.writers++;
	mutex_unlock(&m->i.lock);
	return err;
}

int
mem_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out)
{
	struct mnode *m = mnode_of(ino);
	unsigned acc = flags & O_ACCMODE;
	bool writes = acc == O_WRONLY || acc == O_RDWR;
	int err = 0;

	if (!S_ISREG(ino->mode))
		return fs_open_generic(ino, p, flags, out);
	if (writes) {
		store_adopt(m);
		err = mem_open_write(m, flags);
		store_settle(m);
	}
	if (err != 0)
		return err;
	err = ovl_open_lower(m, !writes);
	if (err != 0) {
		if (writes)
			ino->writers--;
		return err;
	}
	*out = file_alloc(&reg_file_ops, p, ino, flags);
	return 0;
}

/* --- extended attributes --- */

static struct xattr *
xattr_find(struct mnode *m, const char *name)
{
	struct xattr *x;

	if (m->xattrs == NULL)
		return NULL;
	SLIST_FOREACH(x, m->xattrs, link)
		if (strcmp(x->name, name) == 0)
			return x;
	return NULL;
}

static ssize_t
xattr_copy(const void *from, size_t len, void *buf, size_t n)
{
	if (n == 0)
		return (ssize_t)len;
	if (len > n)
		return -ERANGE;
	if (len > 0)
		memcpy(buf, from, len);
	return (ssize_t)len;
}

static ssize_t
mem_getxattr(struct inode *ino, const char *name, void *buf, size_t n)
{
	struct mnode *m = mnode_of(ino);
	struct xattr *x;
	ssize_t r;

	mutex_lock(&ino->lock);
	if (m->lowxattr && m->lower != NULL) {
		r = hnode_getxattr(m->lower, name, buf, n);
	} else {
		x = xattr_find(m, name);
		r = x == NULL ? -ENODATA : xattr_copy(x->value, x->len, buf, n);
	}
	mutex_unlock(&ino->lock);
	return r;
}

static ssize_t
mem_listxattr(struct inode *ino, char *buf, size_t n)
{
	struct mnode *m = mnode_of(ino);
	struct xattr *x;
	size_t len, used = 0;
	ssize_t r = 0;

	mutex_lock(&ino->lock);
	if (m->lowxattr && m->lower != NULL) {
		r = hnode_listxattr(m->lower, buf, n);
		mutex_unlock(&ino->lock);
		return r == -EOPNOTSUPP ? 0 : r;
	}
	if (m->xattrs != NULL) {
		SLIST_FOREACH(x, m->xattrs, link) {
			len = strlen(x->name) + 1;
			if (n != 0 && used + len > n)
				r = -ERANGE;
			else if (n != 0)
				memcpy(buf + used, x->name, len);
			used += len;
		}
	}
	mutex_unlock(&ino->lock);
	return r < 0 ? r : (ssize_t)used;
}

/* All of one inode's. */
#define XATTRS_MAX	(128u * 1024)

static void
xattr_free(struct xattr *x)
{
	kfree(x->name);
	kfree(x->value);
	kfree(x);
}

/* Replaces what is there. [i] */
int
xattr_store(struct mnode *m, const char *name, const void *buf, size_t n)
{
	struct xattr *x;
	size_t all = n;
	void *v;

	if (m->xattrs != NULL)
		SLIST_FOREACH(x, m->xattrs, link)
			all += x->len + strlen(x->name) + 1;
	if (all > XATTRS_MAX)
		return -ENOSPC;

	v = kalloc(n);
	if (v == NULL)
		return -ENOSPC;
	if (n > 0)
		memcpy(v, buf, n);
	x = xattr_find(m, name);
	if (x == NULL) {
		if (m->xattrs == NULL)
			m->xattrs = xcalloc(1, sizeof(*m->xattrs));
		x = xcalloc(1, sizeof(*x));
		x->name = xstrdup(name);
		SLIST_INSERT_HEAD(m->xattrs, x, link);
	}
	kfree(x->value);
	x->value = v;
	x->len = n;
	return 0;
}

#define SETXATTR_CREATE		1
#define SETXATTR_REPLACE	2

static int
mem_setxattr(struct inode *ino, const char *name, const void *buf, size_t n, int flags)
{
	struct mnode *m = mnode_of(ino);
	int err;

	store_adopt(m);
	mutex_lock(&ino->lock);
	err = ovl_copy_xattrs(m);
	if (err == 0 && (flags & SETXATTR_CREATE) && xattr_find(m, name) != NULL)
		err = -EEXIST;
	else if (err == 0 && (flags & SETXATTR_REPLACE) && xattr_find(m, name) == NULL)
		err = -ENODATA;
	if (err == 0)
		err = xattr_store(m, name, buf, n);
	if (err == 0) {
		mnode_upper(m);
		ino->ctime = fs_now();
	}
	mutex_unlock(&ino->lock);
	if (err == 0 && m->sid != 0)
		store_save(m, true);
	return err;
}

static int
mem_removexattr(struct inode *ino, const char *name)
{
	struct mnode *m = mnode_of(ino);
	struct xattr *x = NULL;
	int err;

	store_adopt(m);
	mutex_lock(&ino->lock);
	err = ovl_copy_xattrs(m);
	if (err == 0) {
		x = xattr_find(m, name);
		err = x == NULL ? -ENODATA : 0;
	}
	if (err == 0) {
		SLIST_REMOVE(m->xattrs, x, xattr, link);
		xattr_free(x);
		mnode_upper(m);
		ino->ctime = fs_now();
	}
	mutex_unlock(&ino->lock);
	if (err == 0 && m->sid != 0) {
		store_save(m, true);
		store_del_xattr(m, name);
	}
	return err;
}

static void
mem_evict(struct inode *ino)
{
	struct mnode *m = mnode_of(ino);
	struct xattr *x;

	ovl_evict(m);
	if (m->charged)
		vk->fs->mem_used -= INODE_COST;
	if (S_ISREG(ino->mode))
		mdata_free(m);
	else
		kfree(m->target);
	while (m->xattrs != NULL && (x = SLIST_FIRST(m->xattrs)) != NULL) {
		SLIST_REMOVE_HEAD(m->xattrs, link);
		xattr_free(x);
	}
	kfree(m->xattrs);
}

const struct inode_ops mem_ops = {
	.lookup = ovl_lookup,
	.mknod = mem_mknod,
	.symlink = mem_symlink,
	.link = mem_link,
	.unlink = mem_unlink,
	.rmdir = mem_rmdir,
	.rename = mem_rename,
	.tmpfile = mem_tmpfile,
	.readlink = mem_readlink,
	.getattr = mem_getattr,
	.setattr = mem_setattr,
	.getxattr = mem_getxattr,
	.listxattr = mem_listxattr,
	.setxattr = mem_setxattr,
	.removexattr = mem_removexattr,
	.open = mem_open,
	.evict = mem_evict,
};

/* --- tmpfs --- */

static int
tmpfs_statfs(struct superblock *sb, struct inode *ino, struct statfs *st)
{
	struct fs_state *fs = vk->fs;
	uint64_t total = (uint64_t)fs->mem_limit / PAGE_SIZE;
	uint64_t used = (uint64_t)max_of((int64_t)fs->mem_used, (int64_t)0) / PAGE_SIZE;

	(void)ino;
	if (sb->limit != 0) {
		total = page_up((uint64_t)sb->limit) / PAGE_SIZE;
		used = (uint64_t)max_of((int64_t)sb->used, (int64_t)0) / PAGE_SIZE;
	}
	*st = (struct statfs){
		.f_type = (__fsword_t)sb->magic, .f_bsize = PAGE_SIZE, .f_frsize = PAGE_SIZE,
		.f_blocks = total, .f_bfree = total - min_of(used, total),
		.f_namelen = NAME_MAX_LEN, .f_flags = 0x20,
		.f_files = total, .f_ffree = total,
	};
	st->f_bavail = st->f_bfree;
	return 0;
}

static const struct super_ops tmpfs_super_ops = { .statfs = tmpfs_statfs };

struct superblock *
tmpfs_new(unsigned mode)
{
	struct superblock *sb;
	struct mnode *m;

	sb = xcalloc(1, sizeof(*sb));
	sb->next_ino = 1;
	m = mnode_new(sb, S_IFDIR | (mode & 07777));
	m->upper = true;
	sb_init(sb, &tmpfs_super_ops, "tmpfs", TMPFS_MAGIC, &m->i);
	return sb;
}
