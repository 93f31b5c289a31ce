/*
 * fs_through.c - --rw: a part of the host's tree that the guest changes.
 *
 * Nothing of it is ours: every name is asked of the host, and every change is
 * made there before it is seen here.  What is kept are inodes (so that locks,
 * watches and mappings of one file meet) and descriptors of open files.
 *
 * The host's other programs change the same tree at the same time.  So a name
 * is never believed twice: the host is asked by one component in a directory
 * of which we hold a descriptor, it follows no link, and what it opened is
 * compared with what was looked up (device and number) before it is used.
 * ".." is the kernel's own affair (fs_lookup.c).  So nothing outside of the
 * directory is reached, whoever moves what.
 *
 * Never made on the host: devices, files that are setuid or setgid, extended
 * attributes but user.*.  A name that is hidden cannot be made either: EACCES.
 *
 * Owners: files are made as who runs vksup.  If that is root, they are given to
 * who makes them, as the guest calls him.
 *
 * Locks: hnodes of this tree change their names (hnode_move), so they are only
 * used under ns_lock, also where the op is called without it.  inode.lock
 * covers the descriptors of an inode; a host call may be made under both.
 */
#include <stdio.h>

#include "vkern/fs_through.h"

#define TABLE_SIZE	1024
/* How long a directory on the way, and attributes of one call, are believed. */
#define DIR_FRESH	(NSEC_PER_SEC / 10)
#define ATTR_FRESH	(NSEC_PER_SEC / 10000)
/* Files that were made and not opened yet, of one tree. */
#define MADE_MAX	32

struct through {
	struct mnode	*table[TABLE_SIZE];	/* [n] all but directories; no references */
	struct hnode	*root;			/* [I] pinned */
	struct mnode	*made[MADE_MAX];	/* [n] references */
	unsigned	made_next;		/* [n] */
};

static struct through *
through_of(const struct inode *ino)
{
	return ino->sb->priv;
}

/* --- inodes --- */

static struct mnode **
table_slot(struct through *t, uint64_t dev, uint64_t ino)
{
	uint64_t h = (ino ^ dev << 20) * 0x9e3779b97f4a7c15ULL;

	return &t->table[h >> 54];
}

/* The inode that the host said st of, called name in dir: a reference. */
static struct inode *
through_inode(struct superblock *sb, struct hnode *dir, const char *name,
    const struct stat *st) REQUIRES(vk->ns_lock)
{
	struct mnode **slot = table_slot(sb->priv, st->st_dev, st->st_ino), *m = NULL;

	if (!S_ISDIR(st->st_mode))
		for (m = *slot; m != NULL; m = m->tab_next)
			if (m->lower->ino == st->st_ino && m->lower->dev == st->st_dev &&
			    ((m->i.mode ^ st->st_mode) & S_IFMT) == 0)
				break;
	if (m != NULL) {
		hnode_move(m->lower, dir, name);
		return inode_ref(&m->i);
	}
	m = mnode_of(inode_new_sized(sb, &through_ops, st->st_mode, sizeof(struct tnode)));
	m->i.ino = lower_ino(st->st_dev, st->st_ino);
	m->i.rdev = st->st_rdev;
	m->i.btime = (struct timespec){ 0, 0 };
	lower_attrs(&m->i, st);
	m->lower = hnode_new(dir, name, st);
	m->lower->exact = true;
	if (!S_ISDIR(st->st_mode)) {
		m->tab_next = *slot;
		*slot = m;
		m->i.cached = true;
	}
	return &m->i;
}

/* Inodes in the table are freed under ns_lock (fs_inode.c). */
static NO_TSA void
through_evict(struct inode *ino)
{
	struct mnode *m = mnode_of(ino), **at;

	if (ino->cached) {
		at = table_slot(through_of(ino), m->lower->dev, m->lower->ino);
		while (*at != m)
			at = &(*at)->tab_next;
		*at = m->tab_next;
	}
	hfile_unref(m->lhf);
	hfile_unref(tnode_of(ino)->made);
	hnode_put(m->lower);
}

static bool
is_still(const struct mnode *m, const struct stat *st)
{
	return st->st_ino == m->lower->ino && st->st_dev == m->lower->dev &&
	    ((st->st_mode ^ m->i.mode) & S_IFMT) == 0;
}

void
through_changed(struct inode *ino)
{
	__atomic_store_n(&mnode_of(ino)->lower->checked, 0, __ATOMIC_RELAXED);
}

static void
through_update(struct mnode *m, const struct stat *st)
{
	mutex_lock(&m->i.lock);
	lower_attrs(&m->i, st);
	if (st->st_nlink == 0)
		m->i.nlink = 0;
	mutex_unlock(&m->i.lock);
	__atomic_store_n(&m->lower->checked, ktime_now(), __ATOMIC_RELAXED);
}

/* --- descriptors of the object itself --- */

/* Opened by its name, if it is still there; flags as host_openat(). */
static int
through_open_name(struct mnode *m, int flags, hfd_t *fd) REQUIRES(vk->ns_lock)
{
	struct stat st;
	int err;

	if (m->i.nlink == 0)
		return -ENOENT;
	err = hnode_open(m->lower, flags, fd);
	if (err != 0)
		return err == -ELOOP ? -ENOENT : err;
	err = host_stat(*fd, "", &st);
	if (err == 0 && !is_still(m, &st))
		err = -ENOENT;
	if (err != 0)
		host_close(*fd);
	return err;
}

/* Directories have one as long as there is room (fs_host.c). */
static int
through_handle_dir(struct mnode *m, hfd_t *fd) REQUIRES(vk->ns_lock)
{
	hfd_t own;
	int err;

	err = hnode_get(m->lower, &own);
	if (err != 0)
		return err;
	err = host_dup(own, fd);
	hnode_unpin(m->lower);
	return err;
}

/* A descriptor of our own for what needs no right to read or write. */
static int
through_handle_locked(struct mnode *m, hfd_t *fd) REQUIRES(vk->ns_lock)
{
	int err;

	if (inode_is_dir(&m->i))
		return through_handle_dir(m, fd);
	mutex_lock(&m->i.lock);
	err = m->lhf != NULL ? host_dup(m->lhf->fd, fd) : -ENOENT;
	mutex_unlock(&m->i.lock);
	return err == 0 ? 0 : through_open_name(m, O_PATH, fd);
}

int
through_handle(struct mnode *m, hfd_t *fd)
{
	int err;

	mutex_lock(&vk->ns_lock);
	err = through_handle_locked(m, fd);
	mutex_unlock(&vk->ns_lock);
	return err;
}

int
through_open_host(struct mnode *m, int flags, hfd_t *fd)
{
	int err;

	mutex_lock(&vk->ns_lock);
	err = through_open_name(m, flags, fd);
	mutex_unlock(&vk->ns_lock);
	if (err != -ENOENT)
		return err;
	mutex_lock(&m->i.lock);
	if (m->lhf != NULL)
		err = host_reopen(m->lhf->fd, flags, fd);
	mutex_unlock(&m->i.lock);
	return err;
}

/* --- attributes --- */

static int
through_ask(struct mnode *m, struct stat *st)
{
	hfd_t fd;
	int err;

	err = through_handle(m, &fd);
	if (err != 0)
		return err;
	err = host_stat(fd, "", st);
	host_close(fd);
	return err;
}

/* What is gone keeps the attributes it had, but for its names. */
int
through_getattr(struct inode *ino)
{
	struct mnode *m = mnode_of(ino);
	struct stat st;
	int err;

	if (ktime_now() - __atomic_load_n(&m->lower->checked, __ATOMIC_RELAXED) < ATTR_FRESH)
		return 0;
	err = through_ask(m, &st);
	if (err == 0)
		through_update(m, &st);
	else if (err == -ENOENT && ino->nlink <= 1)
		ino->nlink = 0;
	return err == -ENOENT ? 0 : err;
}

/* --- names --- */

/* What the host has there: 0, -ENOENT, or another error; *hidden: not for the guest. */
static int
through_stat_at(struct hnode *dir, const char *name, struct stat *st, bool *hidden)
{
	int err;

	err = hnode_stat_at(dir, name, st);
	if (err == -ENOTDIR || err == -ENAMETOOLONG)
		err = -ENOENT;
	if (err == -ENOENT)
		*st = (struct stat){ .st_nlink = 0 };
	*hidden = (err == 0 || err == -ENOENT) && view_hides(dir, name, st);
	return err;
}

static NO_TSA int
through_lookup(struct inode *dir, struct dentry *d)
{
	struct hnode *h = mnode_lower_dir(mnode_of(dir));
	struct stat st;
	int err;

	if (h == NULL)
		return 0;
	d->checked = vk->fs->now;
	err = through_stat_at(h, d->name, &st, &d->whiteout);
	if (err == -ENOENT || d->whiteout)
		return 0;
	if (err != 0)
		return err;
	dentry_attach(d, through_inode(d->sb, h, d->name, &st));
	d->lower = true;
	if (S_ISDIR(st.st_mode) && st.st_ino == 1 && lower_is_proc(mnode_of(d->inode)->lower))
		mnode_of(d->inode)->opaque = true;
	return 0;
}

static NO_TSA bool
through_revalidate(struct dentry *d)
{
	struct hnode *dir = mnode_lower_dir(mnode_of(d->parent->inode));
	struct mnode *m = d->inode != NULL ? mnode_of(d->inode) : NULL;
	struct stat st;
	bool hidden;
	int err;

	if (dir == NULL)
		return m == NULL;
	if (m != NULL && inode_is_dir(&m->i) && vk->fs->now - d->checked < DIR_FRESH)
		return true;
	d->checked = vk->fs->now;
	err = through_stat_at(dir, d->name, &st, &hidden);
	if (m == NULL)
		return hidden == d->whiteout && (hidden || err == -ENOENT);
	if (err != 0 || hidden || !is_still(m, &st))
		return false;
	/* Of several names the last one that was seen is the one it is opened by. */
	hnode_move(m->lower, dir, d->name);
	through_update(m, &st);
	return true;
}

/* The directory, for a change of the name d in it. */
static int
through_dir(struct inode *dir, const struct dentry *d, struct hnode **h, hfd_t *fd)
{
	*h = mnode_lower_dir(mnode_of(dir));
	if (*h == NULL || d->whiteout)
		return -EACCES;
	return hnode_get(*h, fd);
}

/* The host's umask, and who runs vksup, are not what the guest means. */
static void
through_settle(hfd_t fd, unsigned mode, const struct stat *st)
{
	uint32_t uid = through_host_uid(fs_fsuid()), gid = through_host_gid(fs_fsgid());

	if (host_info()->uid == 0 && (st->st_uid != uid || st->st_gid != gid))
		(void)!host_chown(fd, uid, (st->st_mode & S_ISGID) ? (uint32_t)-1 : gid);
	if (!S_ISLNK(st->st_mode) && ((st->st_mode ^ mode) & 01777) != 0)
		(void)!host_chmod(fd, (mode & 01777) | (st->st_mode & S_ISGID));
}

/* d is what has just been made in h; fd: of it, or NONE. */
static int
through_made(struct dentry *d, struct hnode *h, hfd_t dirfd, unsigned mode, hfd_t fd)
    REQUIRES(vk->ns_lock)
{
	struct inode *dir = d->parent->inode;
	bool opened = hfd_ok(fd);
	struct stat st;
	int err = 0;

	if (!opened)
		err = host_openat(dirfd, d->name, O_PATH, &fd);
	if (err == 0) {
		err = host_stat(fd, "", &st);
		if (err == 0) {
			through_settle(fd, mode, &st);
			err = host_stat(fd, "", &st);
		}
		if (!opened)
			host_close(fd);
	}
	through_changed(dir);
	if (err != 0)
		return err;
	dentry_attach(d, through_inode(d->sb, h, d->name, &st));
	d->lower = true;
	return 0;
}

/*
 * Who makes a file may open it as he likes once, whatever its mode says.  That
 * descriptor is kept for the few files that are made and not opened yet.
 */
static void
made_keep(struct inode *ino, hfd_t fd, bool now) REQUIRES(vk->ns_lock)
{
	struct through *t = through_of(ino);
	struct mnode *old = t->made[t->made_next];
	struct hfile *hf = NULL;

	mutex_lock(&ino->lock);
	hfile_unref(tnode_of(ino)->made);
	tnode_of(ino)->made = hfile_new(fd);
	mutex_unlock(&ino->lock);
	if (now)
		return;
	inode_ref(ino);
	t->made[t->made_next] = mnode_of(ino);
	t->made_next = (t->made_next + 1) % MADE_MAX;
	if (old == NULL)
		return;
	if (&old->i != ino) {
		mutex_lock(&old->i.lock);
		hf = tnode_of(&old->i)->made;
		tnode_of(&old->i)->made = NULL;
		mutex_unlock(&old->i.lock);
	}
	hfile_unref(hf);
	inode_put(&old->i);
}

static NO_TSA int
through_mknod(struct inode *dir, struct dentry *d, unsigned mode, uint64_t rdev)
{
	hfd_t dirfd, fd = HFD_NONE;
	struct hnode *h;
	int err;

	(void)rdev;
	if (S_ISCHR(mode) || S_ISBLK(mode))
		return -EPERM;
	if (!S_ISDIR(mode))
		mode &= ~(unsigned)(S_ISUID | S_ISGID);
	err = through_dir(dir, d, &h, &dirfd);
	if (err != 0)
		return err;
	if (S_ISREG(mode))
		err = host_create(dirfd, d->name, mode & 07777, &fd);
	else if (S_ISDIR(mode))
		err = host_mkdir(dirfd, d->name, mode & 07777);
	else
		err = host_mknod(dirfd, d->name, mode);
	if (err == 0)
		err = through_made(d, h, dirfd, mode, fd);
	hnode_unpin(h);
	if (err == 0 && hfd_ok(fd))
		made_keep(d->inode, fd, false);
	else if (hfd_ok(fd))
		host_close(fd);
	return err;
}

static NO_TSA int
through_symlink(struct inode *dir, struct dentry *d, const char *target)
{
	struct hnode *h;
	hfd_t dirfd;
	int err;

	err = through_dir(dir, d, &h, &dirfd);
	if (err != 0)
		return err;
	err = host_symlink(target, dirfd, d->name);
	if (err == 0)
		err = through_made(d, h, dirfd, S_IFLNK | 0777, HFD_NONE);
	hnode_unpin(h);
	return err;
}

/* By the file's own descriptor, so that it is the one that was looked up. */
static NO_TSA int
through_link(struct inode *old, struct inode *dir, struct dentry *d)
{
	struct mnode *m = mnode_of(old);
	struct hnode *h;
	hfd_t dirfd, fd;
	int err;

	err = through_handle_locked(m, &fd);
	if (err != 0)
		return err;
	err = through_dir(dir, d, &h, &dirfd);
	if (err == 0) {
		err = host_link(fd, dirfd, d->name);
		hnode_unpin(h);
	}
	host_close(fd);
	if (err != 0)
		return err;
	old->nlink++;
	old->linkable = false;
	hnode_move(m->lower, h, d->name);
	through_changed(old);
	through_changed(dir);
	dentry_attach(d, inode_ref(old));
	d->lower = true;
	return 0;
}

/* The name is gone; whoever has it open keeps it. */
static void
through_gone(struct dentry *d) REQUIRES(vk->ns_lock)
{
	struct inode *ino = d->inode;

	if (inode_is_dir(ino)) {
		dentry_prune(d, true);
		mnode_of(ino)->opaque = true;
		ino->nlink = 0;
	} else if (ino->nlink > 0) {
		ino->nlink--;
	}
	through_changed(ino);
}

static int
through_remove(struct inode *dir, struct dentry *d, bool isdir) REQUIRES(vk->ns_lock)
{
	struct hnode *h;
	hfd_t dirfd;
	int err;

	err = through_dir(dir, d, &h, &dirfd);
	if (err != 0)
		return err;
	err = host_unlink(dirfd, d->name, isdir);
	hnode_unpin(h);
	if (err != 0)
		return err;
	through_gone(d);
	through_changed(dir);
	dentry_unhash(d);
	return 0;
}

static NO_TSA int
through_unlink(struct inode *dir, struct dentry *d)
{
	return through_remove(dir, d, false);
}

static NO_TSA int
through_rmdir(struct inode *dir, struct dentry *d)
{
	return through_remove(dir, d, true);
}

/* d is `name` in parent now, here as at the host. */
static void
through_moved(struct dentry *d, struct dentry *parent, const char *name)
    REQUIRES(vk->ns_lock)
{
	hnode_move(mnode_of(d->inode)->lower, mnode_of(parent->inode)->lower, name);
	dentry_move(d, parent, name);
	dentry_cache(d);
	through_changed(d->inode);
}

static void
through_renamed(struct dentry *od, struct dentry *nd, bool exchange) REQUIRES(vk->ns_lock)
{
	struct dentry *op = dentry_ref(od->parent), *np = dentry_ref(nd->parent);
	char *oname = xstrdup(od->name), *nname = xstrdup(nd->name);

	if (exchange) {
		through_moved(nd, op, oname);
	} else {
		if (nd->inode != NULL)
			through_gone(nd);
		dentry_unhash(nd);
	}
	through_moved(od, np, nname);
	through_changed(op->inode);
	through_changed(np->inode);
	dentry_put(op);
	dentry_put(np);
	kfree(oname);
	kfree(nname);
}

static NO_TSA int
through_rename(struct inode *odir, struct dentry *od, struct inode *ndir,
    struct dentry *nd, unsigned flags)
{
	struct hnode *oh, *nh;
	hfd_t ofd, nfd;
	int err;

	err = through_dir(odir, od, &oh, &ofd);
	if (err != 0)
		return err;
	err = through_dir(ndir, nd, &nh, &nfd);
	if (err == 0) {
		err = host_rename(ofd, od->name, nfd, nd->name, flags);
		hnode_unpin(nh);
	}
	hnode_unpin(oh);
	if (err == 0)
		through_renamed(od, nd, flags & RENAME_EXCHANGE);
	return err;
}

static int
through_tmpfile(struct inode *dir, unsigned mode, struct inode **out)
{
	struct hnode *h;
	struct stat st;
	hfd_t dirfd, fd;
	int err;

	mode &= ~(unsigned)(S_ISUID | S_ISGID);
	mutex_lock(&vk->ns_lock);
	h = mnode_lower_dir(mnode_of(dir));
	err = h == NULL ? -EACCES : hnode_get(h, &dirfd);
	if (err == 0) {
		err = host_tmpfile(dirfd, mode & 07777, &fd);
		hnode_unpin(h);
	}
	if (err == 0) {
		err = host_stat(fd, "", &st);
		if (err == 0) {
			through_settle(fd, mode, &st);
			err = host_stat(fd, "", &st);
		}
		if (err == 0) {
			*out = through_inode(dir->sb, h, "", &st);
			(*out)->nlink = 0;
			made_keep(*out, fd, true);
		} else {
			host_close(fd);
		}
	}
	mutex_unlock(&vk->ns_lock);
	return err;
}

static ssize_t
through_readlink(struct inode *ino, char *buf, size_t n)
{
	ssize_t r;

	mutex_lock(&vk->ns_lock);
	r = hnode_readlink(mnode_of(ino)->lower, buf, n);
	mutex_unlock(&vk->ns_lock);
	return r;
}

/* --- listing --- */

static bool
is_dots(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

static int
list_records(const struct hnode *h, const char *buf, ssize_t n, const struct dirent_emit *e)
{
	const struct host_dirent *r;
	ssize_t at;
	int err = 0;

	for (at = 0; at < n && err == 0; at += r->reclen) {
		r = (const struct host_dirent *)(buf + at);
		if (!is_dots(r->name) && !view_hides_entry(h, r->name, r->ino))
			err = e->add(e->arg, r->name, strlen(r->name), lower_ino(h->dev, r->ino), r->type);
	}
	return err;
}

int
through_list(struct dentry *d, const struct dirent_emit *e)
{
	struct mnode *m = mnode_of(d->inode);
	struct hnode *h = mnode_lower_dir(m);
	ssize_t n = 0;
	char *buf;
	hfd_t fd;
	int err;

	if (h == NULL)
		return 0;
	mutex_lock(&vk->ns_lock);
	err = through_open_name(m, O_RDONLY | O_DIRECTORY, &fd);
	mutex_unlock(&vk->ns_lock);
	if (err != 0)
		return err;
	buf = kalloc(HOST_DIR_BUF);
	if (buf == NULL)
		err = -ENOMEM;
	while (err == 0 && (n = host_getdents(fd, buf, HOST_DIR_BUF)) > 0)
		err = list_records(h, buf, n, e);
	kfree(buf);
	host_close(fd);
	return err != 0 ? err : (int)min_of(n, (ssize_t)0);
}

const struct inode_ops through_ops = {
	.lookup = through_lookup,
	.mknod = through_mknod,
	.symlink = through_symlink,
	.link = through_link,
	.unlink = through_unlink,
	.rmdir = through_rmdir,
	.rename = through_rename,
	.tmpfile = through_tmpfile,
	.readlink = through_readlink,
	.getattr = through_getattr,
	.setattr = through_setattr,
	.getxattr = through_getxattr,
	.listxattr = through_listxattr,
	.setxattr = through_setxattr,
	.removexattr = through_removexattr,
	.open = through_open,
	.evict = through_evict,
};

/* --- the file system --- */

static int
through_statfs(struct superblock *sb, struct inode *ino, struct statfs *st)
{
	struct through *t = sb->priv;
	hfd_t fd;
	int err;

	(void)ino;
	err = hnode_get(t->root, &fd);
	if (err != 0)
		return err;
	err = host_statfs(fd, st);
	hnode_unpin(t->root);
	return err;
}

/* At the end, before the tree goes. */
static void
through_put_super(struct superblock *sb)
{
	struct through *t = sb->priv;
	unsigned i;

	for (i = 0; i < MADE_MAX; i++) {
		if (t->made[i] != NULL)
			inode_put(&t->made[i]->i);
		t->made[i] = NULL;
	}
	if (t->root != NULL)
		hnode_unpin(t->root);
	t->root = NULL;
}

/* After it. */
static void
through_free_super(struct superblock *sb)
{
	kfree(sb->priv);
}

static const struct super_ops through_super_ops = {
	.statfs = through_statfs,
	.revalidate = through_revalidate,
	.put = through_put_super,
	.free = through_free_super,
};

int
through_new(const struct path *src, struct superblock **out)
{
	struct mnode *from = mnode_of(src->dentry->inode);
	struct superblock *sb;
	struct through *t;
	struct inode *root;
	struct statfs fst = { .f_type = 0 };
	struct stat st;
	hfd_t fd;
	int err;

	if (from->i.ops != &mem_ops || from->lower == NULL || from->opaque)
		return -EOPNOTSUPP;
	if (!S_ISDIR(from->i.mode) && !S_ISREG(from->i.mode))
		return -EOPNOTSUPP;
	if (from->lower->parent == NULL)
		return -EBUSY;
	err = hnode_stat(from->lower, &st);
	if (err == 0 && (st.st_dev != from->lower->dev || st.st_ino != from->lower->ino))
		err = -ESTALE;
	if (err != 0)
		return err;
	sb = xcalloc(1, sizeof(*sb));
	t = xcalloc(1, sizeof(*t));
	sb->priv = t;
	mutex_lock(&vk->ns_lock);
	root = through_inode(sb, from->lower->parent, from->lower->name, &st);
	mutex_unlock(&vk->ns_lock);
	/* The descriptor that all else is below stays open; a file's directory does. */
	t->root = S_ISDIR(st.st_mode) ? mnode_of(root)->lower : from->lower->parent;
	err = hnode_get(t->root, &fd);
	if (err != 0) {
		inode_put(root);
		kfree(t);
		kfree(sb);
		return err;
	}
	(void)!host_statfs(fd, &fst);
	sb_init(sb, &through_super_ops, "hostfs", (uint64_t)fst.f_type, root);
	*out = sb;
	return 0;
}
