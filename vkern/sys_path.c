/*
 * sys_path.c - calls that make, remove, move and open names.
 *
 * Each holds ns_lock from the walk to the change, so that what was checked is
 * what is changed; watchers are told afterwards.  The checks and their order
 * are those of fs/namei.c (filename_create, may_delete, vfs_rename...).
 */
#include <linux/capability.h>
#include <stdio.h>
#include <sys/inotify.h>

#include "abi/abi.h"
#include "vkern/fs_impl.h"

/* --- opening --- */

/* Every flag that open(2) knows, access mode included. */
#define OPEN_KNOWN	037777703u
#define RESOLVE_KNOWN	0x3fu
#define RESOLVE_NO_XDEV		0x01u
#define RESOLVE_NO_MAGICLINKS	0x02u
#define RESOLVE_NO_SYMLINKS	0x04u
#define RESOLVE_BENEATH		0x08u
#define RESOLVE_IN_ROOT		0x10u
#define RESOLVE_CACHED		0x20u

static long
do_open(int dirfd, const char *name, unsigned flags, unsigned mode, unsigned lookup)
{
	struct file *f;
	int fd, err;

	/* With no descriptor left, no file is made either. */
	err = fd_room();
	if (err != 0) {
		fd = path_open_check(name, flags);
		return fd != 0 ? fd : err;
	}
	err = path_open(dirfd, name, flags, mode, lookup, &f);
	if (err != 0)
		return err;
	fd = fd_install(f, 0, flags & O_CLOEXEC);
	if (fd < 0)
		file_put(f);
	return fd;
}

long
sys_open(struct thread *t, struct open_args *a)
{
	(void)t;
	return do_open(AT_FDCWD, a->pathname, a->flags & OPEN_KNOWN, a->mode & 07777, 0);
}

long
sys_openat(struct thread *t, struct openat_args *a)
{
	(void)t;
	return do_open(a->dirfd, a->pathname, a->flags & OPEN_KNOWN, a->mode & 07777, 0);
}

long
sys_creat(struct thread *t, struct creat_args *a)
{
	(void)t;
	return do_open(AT_FDCWD, a->pathname, O_CREAT | O_WRONLY | O_TRUNC,
	    a->mode & 07777, 0);
}

/* A larger structure than ours is fine if what we do not know is zero. */
static int
open_how_copyin(struct k_open_how *how, gaddr_t addr, size_t size)
{
	char rest[64];
	size_t at, n, i;
	int err;

	if (size < sizeof(*how))
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	for (at = sizeof(*how); at < size; at += n) {
		n = min_of(size - at, sizeof(rest));
		err = copyin(rest, ga_add(addr, at), n);
		if (err != 0)
			return err;
		for (i = 0; i < n; i++)
			if (rest[i] != 0)
				return -E2BIG;
	}
	return copyin(how, addr, sizeof(*how));
}

static int
open_how_check(const struct k_open_how *how)
{
	const unsigned path_flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	bool creates = how->flags & (O_CREAT | K_O_TMPFILE);

	if ((how->flags & ~(uint64_t)OPEN_KNOWN) || (how->resolve & ~(uint64_t)RESOLVE_KNOWN))
		return -EINVAL;
	if ((how->resolve & RESOLVE_BENEATH) && (how->resolve & RESOLVE_IN_ROOT))
		return -EINVAL;
	if (how->mode & (creates ? ~07777ULL : ~0ULL))
		return -EINVAL;
	if ((how->flags & O_PATH) && (how->flags & ~(uint64_t)path_flags))
		return -EINVAL;
	if ((how->resolve & RESOLVE_CACHED) && (how->flags & (O_TRUNC | O_CREAT | K_O_TMPFILE)))
		return -EAGAIN;
	return 0;
}

static unsigned
resolve_lookup(uint64_t resolve)
{
	return (resolve & RESOLVE_NO_XDEV ? LOOKUP_NO_XDEV : 0) |
	    (resolve & RESOLVE_NO_MAGICLINKS ? LOOKUP_NO_MAGICLINKS : 0) |
	    (resolve & RESOLVE_NO_SYMLINKS ? LOOKUP_NO_SYMLINKS : 0) |
	    (resolve & RESOLVE_BENEATH ? LOOKUP_BENEATH : 0) |
	    (resolve & RESOLVE_IN_ROOT ? LOOKUP_IN_ROOT : 0);
}

long
sys_openat2(struct thread *t, struct openat2_args *a)
{
	struct k_open_how how;
	char *name;
	long r;

	(void)t;
	r = open_how_copyin(&how, a->how, a->size);
	if (r == 0)
		r = open_how_check(&how);
	if (r != 0)
		return r;
	name = kalloc(PATH_MAX_LEN);
	if (name == NULL)
		return -ENOMEM;
	r = copyinstr(name, a->pathname, PATH_MAX_LEN);
	if (r >= 0)
		r = do_open(a->dirfd, name, (unsigned)how.flags, (unsigned)how.mode,
		    resolve_lookup(how.resolve));
	kfree(name);
	return r;
}

/* --- making names --- */

/* A negative dentry for the last component, which does not exist yet. */
static int
create_find(struct walk *w, bool isdir, struct dentry **out) REQUIRES(vk->ns_lock)
{
	struct dentry *d;
	int err;

	err = walk_parent(w);
	if (err != 0)
		return err;
	if (w->last != LAST_NORM)
		return -EEXIST;
	err = walk_child(w, &d);
	if (err != 0)
		return err;
	if (d->inode != NULL)
		return -EEXIST;
	if (!isdir && w->slash)
		return -ENOENT;
	*out = d;
	return walk_read_only(w) ? -EROFS : 0;
}

/* d has been made, or not: for those who watch. */
static int
made(const struct walk *w, struct dentry *d, struct note *n, int err) REQUIRES(vk->ns_lock)
{
	if (err == 0) {
		note_take(n, d);
		walk_used(USE_WRITE, w->cur.mnt, d);
	}
	return err;
}

static int
make_node(struct walk *w, unsigned mode, uint64_t dev, struct note *n)
    REQUIRES(vk->ns_lock)
{
	struct inode *dir;
	struct dentry *d;
	int err;

	err = create_find(w, S_ISDIR(mode), &d);
	if (err != 0)
		return err;
	dir = w->cur.dentry->inode;
	err = may_create(dir);
	if (err != 0)
		return err;
	if ((S_ISCHR(mode) || S_ISBLK(mode)) && !fs_capable(CAP_MKNOD))
		return -EPERM;
	if (dir->ops->mknod == NULL)
		return -EPERM;
	err = dir->ops->mknod(dir, d, create_mode(dir, mode), dev);
	return made(w, d, n, err);
}

static long
do_mknod(int dirfd, const char *name, unsigned mode, uint64_t dev)
{
	struct note n = { .dir = NULL };
	struct walk w;
	int err;

	err = walk_begin(&w, dirfd, name, 0);
	if (err == 0)
		err = make_node(&w, mode, dev, &n);
	walk_failed(&w, err);
	walk_end(&w);
	note_send(&n, IN_CREATE | (S_ISDIR(mode) ? IN_ISDIR : 0), 0);
	return err;
}

long
sys_mkdirat(struct thread *t, struct mkdirat_args *a)
{
	(void)t;
	return do_mknod(a->dirfd, a->pathname, S_IFDIR | (a->mode & 01777), 0);
}

long
sys_mkdir(struct thread *t, struct mkdir_args *a)
{
	(void)t;
	return do_mknod(AT_FDCWD, a->pathname, S_IFDIR | (a->mode & 01777), 0);
}

static long
mknod_checked(int dirfd, const char *name, unsigned mode, unsigned dev)
{
	switch (mode & S_IFMT) {
	case 0:
		mode |= S_IFREG;
		/* fallthrough */
	case S_IFREG:
	case S_IFIFO:
	case S_IFSOCK:
		return do_mknod(dirfd, name, mode & (S_IFMT | 07777), 0);
	case S_IFCHR:
	case S_IFBLK:
		return do_mknod(dirfd, name, mode & (S_IFMT | 07777), dev);
	case S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
}

long
sys_mknodat(struct thread *t, struct mknodat_args *a)
{
	(void)t;
	return mknod_checked(a->dirfd, a->pathname, a->mode, a->dev);
}

long
sys_mknod(struct thread *t, struct mknod_args *a)
{
	(void)t;
	return mknod_checked(AT_FDCWD, a->pathname, a->mode, a->dev);
}

static int
make_symlink(struct walk *w, const char *target, struct note *n) REQUIRES(vk->ns_lock)
{
	struct inode *dir;
	struct dentry *d;
	int err;

	err = create_find(w, false, &d);
	if (err != 0)
		return err;
	dir = w->cur.dentry->inode;
	err = may_create(dir);
	if (err != 0)
		return err;
	if (dir->ops->symlink == NULL)
		return -EPERM;
	err = dir->ops->symlink(dir, d, target);
	return made(w, d, n, err);
}

static long
do_symlink(const char *target, int dirfd, const char *name)
{
	struct note n = { .dir = NULL };
	struct walk w;
	int err;

	if (*target == '\0')
		return -ENOENT;
	err = walk_begin(&w, dirfd, name, 0);
	if (err == 0)
		err = make_symlink(&w, target, &n);
	walk_failed(&w, err);
	walk_end(&w);
	note_send(&n, IN_CREATE, 0);
	return err;
}

long
sys_symlinkat(struct thread *t, struct symlinkat_args *a)
{
	(void)t;
	return do_symlink(a->target, a->newdirfd, a->linkpath);
}

long
sys_symlink(struct thread *t, struct symlink_args *a)
{
	(void)t;
	return do_symlink(a->target, AT_FDCWD, a->linkpath);
}

/*
 * fs.protected_hardlinks, which Linux has on: only what one owns, or could
 * read and write anyway, gets another name.
 */
static int
may_link(struct inode *ino)
{
	unsigned mode = ino->mode;

	if (S_ISREG(mode) && !(mode & S_ISUID) &&
	    (mode & (S_ISGID | S_IXGRP)) != (S_ISGID | S_IXGRP) &&
	    inode_permission(ino, MAY_READ | MAY_WRITE) == 0)
		return 0;
	return inode_owner_or_capable(ino) ? 0 : -EPERM;
}

static int
make_link(struct walk *w, const struct path *old, struct note *n) REQUIRES(vk->ns_lock)
{
	struct inode *dir, *ino = old->dentry->inode;
	struct dentry *d;
	int err;

	err = create_find(w, false, &d);
	if (err != 0)
		return err;
	if (old->mnt != w->cur.mnt)
		return -EXDEV;
	err = may_link(ino);
	if (err != 0)
		return err;
	dir = w->cur.dentry->inode;
	err = may_create(dir);
	if (err != 0)
		return err;
	if (dir->sb != ino->sb)
		return -EXDEV;
	if (dir->ops->link == NULL || inode_is_dir(ino))
		return -EPERM;
	if (ino->nlink == 0 && !ino->linkable)
		return -ENOENT;
	if (ino->nlink >= LINK_MAX_COUNT)
		return -EMLINK;
	err = dir->ops->link(ino, dir, d);
	return made(w, d, n, err);
}

static long
do_link(int olddirfd, const char *oldname, int newdirfd, const char *newname, unsigned flags)
{
	unsigned lookup = (flags & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0) |
	    (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
	struct note n = { .dir = NULL };
	struct path old;
	struct walk w;
	int err;

	err = path_lookup(olddirfd, oldname, lookup, &old);
	if (err != 0)
		return err;
	err = walk_begin(&w, newdirfd, newname, 0);
	if (err == 0)
		err = make_link(&w, &old, &n);
	walk_failed(&w, err);
	walk_end(&w);
	if (err == 0)
		fsnotify(old.dentry->inode, IN_ATTRIB, NULL, 0);
	note_send(&n, IN_CREATE, 0);
	path_put(old);
	return err;
}

long
sys_linkat(struct thread *t, struct linkat_args *a)
{
	(void)t;
	return do_link(a->olddirfd, a->oldpath, a->newdirfd, a->newpath, (unsigned)a->flags);
}

long
sys_link(struct thread *t, struct link_args *a)
{
	(void)t;
	return do_link(AT_FDCWD, a->oldpath, AT_FDCWD, a->newpath, 0);
}

/* --- removing names --- */

static bool
sticky_forbids(struct inode *dir, struct inode *victim)
{
	if (!(dir->mode & S_ISVTX))
		return false;
	if (fs_fsuid() == victim->uid || fs_fsuid() == dir->uid)
		return false;
	return !fs_capable(CAP_FOWNER);
}

static int
may_delete(struct inode *dir, struct dentry *victim, bool isdir) REQUIRES(vk->ns_lock)
{
	int err;

	err = inode_permission(dir, MAY_WRITE | MAY_EXEC);
	if (err != 0)
		return err;
	if (sticky_forbids(dir, victim->inode))
		return -EPERM;
	if (isdir && !inode_is_dir(victim->inode))
		return -ENOTDIR;
	if (!isdir && inode_is_dir(victim->inode))
		return -EISDIR;
	return dir->nlink == 0 ? -ENOENT : 0;
}

static int
remove_find(struct walk *w, struct dentry **out) REQUIRES(vk->ns_lock)
{
	struct dentry *d;
	int err;

	if (walk_read_only(w))
		return -EROFS;
	err = walk_child(w, &d);
	if (err != 0)
		return err;
	*out = d;
	return d->inode == NULL ? -ENOENT : 0;
}

static int
remove_file(struct walk *w, struct dentry **out) REQUIRES(vk->ns_lock)
{
	struct inode *dir;
	struct dentry *d;
	int err;

	err = walk_parent(w);
	if (err != 0)
		return err;
	if (w->last != LAST_NORM)
		return -EISDIR;
	err = remove_find(w, &d);
	if (err != 0)
		return err;
	if (w->slash)
		return inode_is_dir(d->inode) ? -EISDIR : -ENOTDIR;
	dir = w->cur.dentry->inode;
	err = may_delete(dir, d, false);
	if (err != 0)
		return err;
	if (dir->ops->unlink == NULL)
		return -EPERM;
	if (d->mounted != NULL)
		return -EBUSY;
	*out = d;
	return 0;
}

static int
remove_dir(struct walk *w, struct dentry **out) REQUIRES(vk->ns_lock)
{
	struct inode *dir;
	struct dentry *d;
	int err;

	err = walk_parent(w);
	if (err != 0)
		return err;
	if (w->last != LAST_NORM)
		return w->last == LAST_DOTDOT ? -ENOTEMPTY :
		    w->last == LAST_DOT ? -EINVAL : -EBUSY;
	err = remove_find(w, &d);
	if (err != 0)
		return err;
	dir = w->cur.dentry->inode;
	err = may_delete(dir, d, true);
	if (err != 0)
		return err;
	if (dir->ops->rmdir == NULL)
		return -EPERM;
	if (d->mounted != NULL)
		return -EBUSY;
	*out = d;
	return 0;
}

static int
remove_locked(struct walk *w, bool isdir, struct note *n, struct inode **ino)
    REQUIRES(vk->ns_lock)
{
	struct dentry *d = NULL;
	struct inode *dir;
	int err;

	err = isdir ? remove_dir(w, &d) : remove_file(w, &d);
	if (err != 0)
		return err;
	dir = w->cur.dentry->inode;
	note_take(n, d);
	walk_used(USE_DELETE, w->cur.mnt, d);
	if (!LIST_EMPTY(&d->inode->watches))
		*ino = inode_ref(d->inode);
	return isdir ? dir->ops->rmdir(dir, d) : dir->ops->unlink(dir, d);
}

/* Watchers hear: the file's links changed, it is gone, its name is gone. */
static long
do_remove(int dirfd, const char *name, bool isdir)
{
	struct note n = { .dir = NULL };
	struct inode *ino = NULL;
	struct walk w;
	int err;

	err = walk_begin(&w, dirfd, name, 0);
	if (err == 0)
		err = remove_locked(&w, isdir, &n, &ino);
	walk_failed(&w, err);
	walk_end(&w);
	if (ino != NULL) {
		if (err == 0 && !isdir)
			fsnotify(ino, IN_ATTRIB, NULL, 0);
		inode_put(ino);
	}
	fs_reap();
	if (err == 0)
		note_send(&n, IN_DELETE | (isdir ? IN_ISDIR : 0), 0);
	else if (n.dir != NULL)
		inode_put(n.dir);
	return err;
}

long
sys_unlinkat(struct thread *t, struct unlinkat_args *a)
{
	(void)t;
	return do_remove(a->dirfd, a->pathname, a->flags & AT_REMOVEDIR);
}

long
sys_unlink(struct thread *t, struct unlink_args *a)
{
	(void)t;
	return do_remove(AT_FDCWD, a->pathname, false);
}

long
sys_rmdir(struct thread *t, struct rmdir_args *a)
{
	(void)t;
	return do_remove(AT_FDCWD, a->pathname, true);
}

/* --- moving names --- */

struct renaming {
	struct walk	ow, nw;
	unsigned	flags;
	struct dentry	*od, *nd;	/* [n] */
	struct note	onote, nnote;
	struct inode	*moved, *replaced;	/* references, for watchers */
	uint32_t	isdir, risdir;	/* IN_ISDIR */
};

static bool
is_ancestor(struct dentry *a, struct dentry *d) REQUIRES(vk->ns_lock)
{
	for (; d != a; d = d->parent)
		if (d->parent == d)
			return false;
	return true;
}

static int
rename_parents(struct renaming *r) REQUIRES(vk->ns_lock)
{
	struct path op;
	int err;

	err = walk_parent(&r->ow);
	if (err != 0)
		return err;
	/* The second walk may drop ns_lock for a moment. */
	op = path_ref(r->ow.cur);
	err = walk_start(&r->nw);
	if (err == 0)
		err = walk_parent(&r->nw);
	path_put(op);
	if (err != 0)
		return err;
	if (r->ow.cur.mnt != r->nw.cur.mnt)
		return -EXDEV;
	if (r->ow.last != LAST_NORM)
		return -EBUSY;
	if (r->nw.last != LAST_NORM)
		return r->flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	return walk_read_only(&r->nw) ? -EROFS : 0;
}

static int
rename_find(struct renaming *r) REQUIRES(vk->ns_lock)
{
	struct dentry *od, *nd;
	bool exchange = r->flags & RENAME_EXCHANGE;
	int err;

	err = walk_child(&r->ow, &r->od);
	if (err != 0)
		return err;
	od = r->od;
	if (od->inode == NULL)
		return -ENOENT;
	err = walk_child(&r->nw, &r->nd);
	if (err != 0)
		return err;
	nd = r->nd;
	if ((r->flags & RENAME_NOREPLACE) && nd->inode != NULL)
		return -EEXIST;
	if (exchange && nd->inode == NULL)
		return -ENOENT;
	if (exchange && !inode_is_dir(nd->inode) && r->nw.slash)
		return -ENOTDIR;
	if (!inode_is_dir(od->inode) && (r->ow.slash || (!exchange && r->nw.slash)))
		return -ENOTDIR;
	if (inode_is_dir(od->inode) && is_ancestor(od, r->nw.cur.dentry))
		return -EINVAL;
	if (nd->inode != NULL && inode_is_dir(nd->inode) && is_ancestor(nd, r->ow.cur.dentry))
		return exchange ? -EINVAL : -ENOTEMPTY;
	return 0;
}

/* vfs_rename(), but for the change.  1: both are one file, nothing to do. */
static int
rename_check(struct renaming *r) REQUIRES(vk->ns_lock)
{
	struct inode *odir = r->ow.cur.dentry->inode, *ndir = r->nw.cur.dentry->inode;
	bool isdir = inode_is_dir(r->od->inode), nisdir;
	bool exchange = r->flags & RENAME_EXCHANGE;
	int err;

	if (r->od->inode == r->nd->inode)
		return 1;
	err = may_delete(odir, r->od, isdir);
	if (err != 0)
		return err;
	nisdir = r->nd->inode != NULL && inode_is_dir(r->nd->inode);
	if (r->nd->inode == NULL)
		err = may_create(ndir);
	else
		err = may_delete(ndir, r->nd, exchange ? nisdir : isdir);
	if (err == 0 && odir->ops->rename == NULL)
		err = -EPERM;
	if (err == 0 && odir != ndir && isdir)
		err = inode_permission(r->od->inode, MAY_WRITE);
	if (err == 0 && odir != ndir && exchange && nisdir)
		err = inode_permission(r->nd->inode, MAY_WRITE);
	if (err == 0 && (r->od->mounted != NULL || r->nd->mounted != NULL))
		err = -EBUSY;
	return err;
}

static int
rename_locked(struct renaming *r) REQUIRES(vk->ns_lock)
{
	int err;

	err = rename_parents(r);
	if (err == 0)
		err = rename_find(r);
	if (err == 0)
		err = rename_check(r);
	if (err != 0)
		return err == 1 ? 0 : err;
	note_take(&r->onote, r->od);
	note_take(&r->nnote, r->nd);
	walk_used(r->flags & RENAME_EXCHANGE ? USE_WRITE : USE_DELETE, r->ow.cur.mnt, r->od);
	walk_used(USE_WRITE, r->nw.cur.mnt, r->nd);
	r->isdir = inode_is_dir(r->od->inode) ? IN_ISDIR : 0;
	r->moved = inode_ref(r->od->inode);
	if (r->nd->inode != NULL) {
		r->replaced = inode_ref(r->nd->inode);
		r->risdir = inode_is_dir(r->replaced) ? IN_ISDIR : 0;
	}
	return r->od->inode->sb != r->nd->sb ? -EXDEV :
	    r->ow.cur.dentry->inode->ops->rename(r->ow.cur.dentry->inode, r->od,
	    r->nw.cur.dentry->inode, r->nd, r->flags);
}

static void
rename_notify(struct renaming *r)
{
	struct note back_from = r->nnote, back_to = r->onote;
	bool exchange = r->flags & RENAME_EXCHANGE;
	uint32_t cookie;

	if (exchange && r->onote.dir != NULL)
		inode_ref(r->onote.dir);
	if (exchange && r->nnote.dir != NULL)
		inode_ref(r->nnote.dir);
	cookie = r->onote.dir != NULL || r->nnote.dir != NULL ? fsnotify_cookie() : 0;
	note_send(&r->onote, IN_MOVED_FROM | r->isdir, cookie);
	note_send(&r->nnote, IN_MOVED_TO | r->isdir, cookie);
	if (!LIST_EMPTY(&r->moved->watches))
		fsnotify(r->moved, IN_MOVE_SELF, NULL, 0);
	if (r->replaced == NULL)
		return;
	if (exchange) {
		cookie = back_from.dir != NULL || back_to.dir != NULL ? fsnotify_cookie() : 0;
		note_send(&back_from, IN_MOVED_FROM | r->risdir, cookie);
		note_send(&back_to, IN_MOVED_TO | r->risdir, cookie);
		fsnotify(r->replaced, IN_MOVE_SELF, NULL, 0);
	} else if (!r->risdir) {
		fsnotify(r->replaced, IN_ATTRIB, NULL, 0);
	}
}

static void
rename_finish(struct renaming *r, int err)
{
	if (err == 0 && r->moved != NULL)
		rename_notify(r);
	if (r->onote.dir != NULL)
		inode_put(r->onote.dir);
	if (r->nnote.dir != NULL)
		inode_put(r->nnote.dir);
	if (r->moved != NULL)
		inode_put(r->moved);
	if (r->replaced != NULL)
		inode_put(r->replaced);
	fs_reap();
}

static long
do_rename(int olddirfd, const char *oldname, int newdirfd, const char *newname,
    unsigned flags)
{
	struct renaming r = { .flags = flags };
	int err;

	if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	if (flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	walk_open(&r.ow, olddirfd, oldname, 0);
	walk_open(&r.nw, newdirfd, newname, 0);
	mutex_lock(&vk->ns_lock);
	err = walk_start(&r.ow);
	if (err == 0)
		err = rename_locked(&r);
	walk_failed(r.od != NULL && r.od->inode != NULL ? &r.nw : &r.ow, err);
	mutex_unlock(&vk->ns_lock);
	walk_close(&r.ow);
	walk_close(&r.nw);
	rename_finish(&r, err);
	return err;
}

long
sys_renameat2(struct thread *t, struct renameat2_args *a)
{
	(void)t;
	return do_rename(a->olddirfd, a->oldpath, a->newdirfd, a->newpath, (unsigned)a->flags);
}

long
sys_renameat(struct thread *t, struct renameat_args *a)
{
	(void)t;
	return do_rename(a->olddirfd, a->oldpath, a->newdirfd, a->newpath, 0);
}

long
sys_rename(struct thread *t, struct rename_args *a)
{
	(void)t;
	return do_rename(AT_FDCWD, a->oldpath, AT_FDCWD, a->newpath, 0);
}
