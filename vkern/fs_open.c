/*
 * fs_open.c - open(2) as a whole: find or create, check, open, truncate.
 *
 * The order of checks is that of build_open_flags(), path_openat(), do_open()
 * and may_open() in Linux: tests compare errors with the host.
 */
#include <linux/capability.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/mount.h>

#include "abi/abi.h"
#include "vkern/fs_impl.h"

/* An open under way. */
struct opening {
	unsigned	flags, mode;
	unsigned	lookup;
	int		may;		/* MAY_*: what must be allowed */
	bool		created;
	struct note	note;		/* of the creation */
	struct path	path;		/* what was found: references */
};

/* O_RDONLY, O_WRONLY, O_RDWR, and 3, which needs both and gives neither. */
static int
open_may(unsigned flags)
{
	static const int may[4] = {
		MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, MAY_READ | MAY_WRITE,
	};

	return may[flags & O_ACCMODE] | (flags & O_TRUNC ? MAY_WRITE : 0);
}

static int
open_flags_check(struct opening *o)
{
	unsigned flags = o->flags;

	if (flags & O_PATH)
		o->flags = flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	if ((flags & (O_DIRECTORY | O_CREAT)) == (O_DIRECTORY | O_CREAT))
		return -EINVAL;
	if (flags & K_O_TMPFILE) {
		if (!(flags & O_DIRECTORY) || !(open_may(flags & O_ACCMODE) & MAY_WRITE))
			return -EINVAL;
	}
	if ((flags & O_CREAT) && (flags & O_EXCL))
		o->flags = flags |= O_NOFOLLOW;
	if (flags & O_DIRECTORY)
		o->lookup |= LOOKUP_DIRECTORY;
	if (!(flags & O_NOFOLLOW))
		o->lookup |= LOOKUP_FOLLOW;
	o->may = flags & O_PATH ? 0 : open_may(flags);
	return 0;
}

/* --- finding --- */

static int
open_create(struct walk *w, struct opening *o, struct dentry *d) REQUIRES(vk->ns_lock)
{
	struct inode *dir = w->cur.dentry->inode;
	int err;

	if (walk_read_only(w))
		return -EROFS;
	err = may_create(dir);
	if (err != 0)
		return err;
	if (dir->ops->mknod == NULL)
		return -EACCES;
	err = dir->ops->mknod(dir, d, create_mode(dir, S_IFREG | (o->mode & 07777)), 0);
	if (err == 0) {
		o->created = true;
		note_take(&o->note, d);
		w->cur.dentry = d;
	}
	return err;
}

/* The last component, which may be made.  1: a link, go on. */
static int
open_last_create(struct walk *w, struct opening *o) REQUIRES(vk->ns_lock)
{
	struct dentry *d;
	int err;

	if (w->last != LAST_NORM)
		return walk_last(w, true);
	if (w->slash)
		return -EISDIR;
	err = walk_child(w, &d);
	if (err != 0)
		return err;
	if (d->inode == NULL)
		return open_create(w, o, d);
	return walk_last(w, o->lookup & LOOKUP_FOLLOW);
}

static int
open_find(struct walk *w, struct opening *o) REQUIRES(vk->ns_lock)
{
	int err;

	if (!(o->flags & O_CREAT))
		return walk_final(w, o->lookup & LOOKUP_FOLLOW);
	do {
		err = walk_parent(w);
		if (err == 0)
			err = open_last_create(w, o);
	} while (err == 1);
	return err;
}

/* --- checking --- */

static int
open_check_type(struct opening *o, struct inode *ino)
{
	switch (ino->mode & S_IFMT) {
	case S_IFLNK:
		return -ELOOP;
	case S_IFDIR:
		return o->may & MAY_WRITE ? -EISDIR : 0;
	case S_IFBLK:
	case S_IFCHR:
		if (o->path.mnt != NULL && (o->path.mnt->flags & MS_NODEV))
			return -EACCES;
		break;
	case S_IFREG:
		if (o->may & MAY_WRITE)
			return mount_writable(o->path.mnt);
		return 0;
	}
	o->flags &= ~(unsigned)O_TRUNC;
	return 0;
}

static int
open_check(struct opening *o, struct inode *ino)
{
	int err;

	if (o->flags & O_CREAT) {
		if ((o->flags & O_EXCL) && !o->created)
			return -EEXIST;
		if (inode_is_dir(ino))
			return -EISDIR;
	}
	if ((o->lookup & LOOKUP_DIRECTORY) && !inode_is_dir(ino))
		return -ENOTDIR;
	if (o->created) {
		o->flags &= ~(unsigned)O_TRUNC;
		o->may = 0;
	}
	err = open_check_type(o, ino);
	if (err == 0)
		err = inode_permission(ino, o->may);
	if (err == 0 && (o->flags & O_NOATIME) && !inode_owner_or_capable(ino))
		err = -EPERM;
	return err;
}

/* --- opening --- */

static int
open_inode(struct opening *o, struct inode *ino, struct file **out)
{
	const struct iattr trunc = { .valid = ATTR_SIZE };
	int err;

	if (ino->ops != NULL && ino->ops->open != NULL)
		err = ino->ops->open(ino, &o->path, o->flags, out);
	else
		err = fs_open_generic(ino, &o->path, o->flags, out);
	if (err != 0 || !(o->flags & O_TRUNC) || !S_ISREG(ino->mode))
		return err;
	err = ino->execs > 0 ? -ETXTBSY : inode_setattr(ino, &trunc);
	/* Files of /proc and the like have no size to change. */
	if (err == -EINVAL)
		return 0;
	if (err == 0)
		fsnotify_dentry(o->path.dentry, IN_MODIFY);
	else
		file_put(*out);
	return err;
}

/* O_PATH: no operation but those on the path. */
static const struct file_ops path_file_ops = { .name = "path" };

static int
open_path(struct opening *o, struct inode *ino, struct file **out)
{
	if ((o->lookup & LOOKUP_DIRECTORY) && !inode_is_dir(ino))
		return -ENOTDIR;
	*out = file_alloc(&path_file_ops, &o->path, ino, o->flags);
	return 0;
}

static int
open_found(struct opening *o, struct file **out)
{
	struct dentry *d = o->path.dentry;
	int err;

	if (o->flags & O_PATH)
		return open_path(o, d->inode, out);
	if (o->created)
		note_send(&o->note, IN_CREATE, 0);
	err = open_check(o, d->inode);
	if (err == 0)
		err = open_inode(o, d->inode, out);
	if (err == 0)
		fsnotify_dentry(d, IN_OPEN);
	return err;
}

/* --- O_TMPFILE --- */

static int
tmpfile_make(struct opening *o, struct inode *dir, struct inode **ino)
{
	int err;

	if (!inode_is_dir(dir))
		return -ENOTDIR;
	err = mount_writable(o->path.mnt);
	if (err == 0)
		err = inode_permission(dir, MAY_WRITE | MAY_EXEC);
	if (err != 0)
		return err;
	if (dir->nlink == 0)
		return -ENOENT;
	if (dir->ops == NULL || dir->ops->tmpfile == NULL)
		return -EOPNOTSUPP;
	err = dir->ops->tmpfile(dir, create_mode(dir, S_IFREG | (o->mode & 07777)), ino);
	if (err == 0)
		(*ino)->linkable = !(o->flags & O_EXCL);
	return err;
}

static int
open_tmpfile(struct opening *o, int dirfd, const char *name, struct file **out)
{
	struct path dir;
	struct inode *ino;
	char tmp[32];
	int err;

	err = path_lookup(dirfd, name, o->lookup | LOOKUP_DIRECTORY, &dir);
	if (err != 0)
		return err;
	o->path = dir;
	err = tmpfile_make(o, dir.dentry->inode, &ino);
	if (err == 0) {
		snprintf(tmp, sizeof(tmp), "#%lu", (unsigned long)ino->ino);
		o->path.dentry = dentry_new(dir.dentry, tmp, strlen(tmp));
		o->path.dentry->inode = ino;
		o->created = true;
		o->flags &= ~(unsigned)(O_CREAT | O_EXCL);
		err = open_inode(o, ino, out);
		path_put(o->path);
	}
	path_put(dir);
	return err;
}

int
path_open_check(const char *name, unsigned flags)
{
	struct opening o = { .flags = flags };
	int err;

	err = open_flags_check(&o);
	if (err == 0)
		err = abi_string_error(name);
	if (err == 0 && *name == '\0')
		err = -ENOENT;
	return err;
}

/* For watchers.  A file that is to be read and written is told as both. */
static void
open_used(const struct opening *o, int err)
{
	bool reads = (o->flags & O_ACCMODE) != O_WRONLY;

	if (likely(vk->watchers == NULL))
		return;
	if (err == -EROFS)
		deny("ro", EROFS, NULL);
	if (!WATCHED(file))
		return;
	if ((o->flags & O_PATH) || inode_is_dir(o->path.dentry->inode)) {
		path_used(USE_STAT, &o->path, err);
		return;
	}
	if (reads && !o->created && !(o->flags & O_TRUNC))
		path_used(USE_READ, &o->path, err);
	if (o->created || (o->flags & O_ACCMODE) != O_RDONLY || (o->flags & O_TRUNC))
		path_used(USE_WRITE, &o->path, err);
}

int
path_open(int dirfd, const char *name, unsigned flags, unsigned mode,
    unsigned lookup, struct file **out)
{
	struct opening o = { .flags = flags, .mode = mode, .lookup = lookup };
	struct walk w;
	int err;

	fs_reap();
	err = open_flags_check(&o);
	if (err != 0)
		return err;
	if (o.flags & K_O_TMPFILE)
		return open_tmpfile(&o, dirfd, name, out);
	err = walk_begin(&w, dirfd, name, o.lookup);
	if (err == 0)
		err = open_find(&w, &o);
	if (err == 0)
		o.path = path_ref(w.cur);
	else
		walk_failed(&w, err);
	walk_end(&w);
	if (err != 0)
		return err;
	err = open_found(&o, out);
	open_used(&o, err);
	path_put(o.path);
	return err;
}
