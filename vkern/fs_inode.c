/*
 * fs_inode.c - inodes: life, attributes, who may do what; fs_ctx.
 *
 * An inode that a table of its file system knows (`cached`) is freed under
 * ns_lock by fs_reap(), because the table may give out new references; all
 * others are freed where the last reference is dropped, so evict must not
 * lock anything below RANK_OBJ.
 *
 * Permission checks read mode and owner without inode.lock: a check that runs
 * beside a chmod may see either state, as on Linux.
 */
#include <linux/capability.h>
#include <time.h>

#include "vkern/fs_impl.h"

struct timespec
fs_now(void)
{
	int64_t ns = host_clock(CLOCK_REALTIME);

	return (struct timespec){ ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };
}

/* --- life --- */

struct inode *
inode_new_sized(struct superblock *sb, const struct inode_ops *ops, unsigned mode,
    size_t size)
{
	struct inode *ino;

	ino = xcalloc(1, size);
	ino->refs = 1;
	ino->ops = ops;
	ino->sb = sb;
	ino->mode = mode;
	ino->nlink = S_ISDIR(mode) ? 2 : 1;
	if (sb != NULL)
		ino->ino = sb->next_ino++;
	ino->atime = ino->mtime = ino->ctime = ino->btime = fs_now();
	mutex_init(&ino->lock, RANK_INODE);
	LIST_INIT(&ino->watches);
	return ino;
}

struct inode *
inode_new(struct superblock *sb, const struct inode_ops *ops, unsigned mode)
{
	return inode_new_sized(sb, ops, mode, sizeof(struct inode));
}

struct inode *
inode_ref(struct inode *ino)
{
	ino->refs++;
	return ino;
}

static void
inode_free(struct inode *ino)
{
	if (ino->ops != NULL && ino->ops->evict != NULL)
		ino->ops->evict(ino);
	mutex_destroy(&ino->lock);
	kfree(ino);
}

/* As dentry_put(). */
static void
inode_put_cached(struct inode *ino)
{
	struct fs_state *fs = vk->fs;
	int n = ino->refs;

	for (;;) {
		if (n > 1) {
			if (atomic_compare_exchange_weak(&ino->refs, &n, n - 1))
				return;
			continue;
		}
		if (!atomic_exchange(&ino->reaping, true))
			break;
		n = ino->refs;
	}
	ino->reap_next = fs->reap_inodes;
	while (!atomic_compare_exchange_weak(&fs->reap_inodes, &ino->reap_next, ino))
		;
}

void
inode_put(struct inode *ino)
{
	if (ino->cached)
		inode_put_cached(ino);
	else if (--ino->refs == 0)
		inode_free(ino);
}

/*
 * A cached inode that the guest has changed and that has names left is kept
 * without a reference: the names may be found again (hard links).
 */
void
inode_release(struct inode *ino)
{
	if (--ino->refs != 0)
		return;
	if (mnode_of(ino)->upper && ino->nlink > 0)
		return;
	inode_free(ino);
}

/* --- who may do what --- */

/* The kernel itself, at boot, may do everything. */
bool
fs_capable(int cap)
{
	return curthread == NULL || capable(cap);
}

uint32_t
fs_fsuid(void)
{
	return curthread == NULL ? 0 : curthread->cred->fsuid;
}

uint32_t
fs_fsgid(void)
{
	return curthread == NULL ? 0 : curthread->cred->fsgid;
}

bool
fs_in_group(uint32_t gid)
{
	return curthread == NULL ? gid == 0 : cred_in_group(curthread->cred, gid);
}

unsigned
fs_umask(void)
{
	return curthread == NULL ? 0 : curthread->fs->umask;
}

bool
inode_owner_or_capable(struct inode *ino)
{
	return fs_fsuid() == ino->uid || fs_capable(CAP_FOWNER);
}

static unsigned
inode_class_bits(struct inode *ino)
{
	unsigned mode = ino->mode;

	if (fs_fsuid() == ino->uid)
		return mode >> 6;
	/* Groups are only looked at where they make a difference. */
	if (((mode >> 3 ^ mode) & 7) != 0 && fs_in_group(ino->gid))
		return mode >> 3;
	return mode;
}

int
inode_permission(struct inode *ino, int may)
{
	unsigned mode = ino->mode;

	if (((unsigned)may & ~inode_class_bits(ino) & 7) == 0)
		return 0;
	if (S_ISDIR(mode)) {
		if (!(may & MAY_WRITE) && fs_capable(CAP_DAC_READ_SEARCH))
			return 0;
		return fs_capable(CAP_DAC_OVERRIDE) ? 0 : -EACCES;
	}
	if (may == MAY_READ && fs_capable(CAP_DAC_READ_SEARCH))
		return 0;
	if ((!(may & MAY_EXEC) || (mode & 0111)) && fs_capable(CAP_DAC_OVERRIDE))
		return 0;
	return -EACCES;
}

int
may_create(struct inode *dir)
{
	if (dir->nlink == 0)
		return -ENOENT;
	return inode_permission(dir, MAY_WRITE | MAY_EXEC);
}

/*
 * In a setgid directory a new file's group is the directory's; a program that
 * is not in that group cannot make it setgid with that.
 */
unsigned
create_mode(struct inode *dir, unsigned mode)
{
	mode &= S_IFMT | 07777;
	if ((dir->mode & S_ISGID) && !S_ISDIR(mode) &&
	    (mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
	    !fs_in_group(dir->gid) && !fs_capable(CAP_FSETID))
		mode &= ~(unsigned)S_ISGID;
	return mode & ~fs_umask();
}

void
inode_init_owner(struct inode *ino, const struct inode *dir)
{
	ino->uid = fs_fsuid();
	ino->gid = fs_fsgid();
	if (dir->mode & S_ISGID) {
		ino->gid = dir->gid;
		if (S_ISDIR(ino->mode))
			ino->mode |= S_ISGID;
	}
}

/* --- attributes --- */

int
inode_stat(struct inode *ino, struct stat *st)
{
	int err;

	if (ino->ops != NULL && ino->ops->getattr != NULL) {
		err = ino->ops->getattr(ino);
		if (err != 0)
			return err;
	}
	mutex_lock(&ino->lock);
	*st = (struct stat){
		.st_dev = ino->sb != NULL ? ino->sb->dev : 0,
		.st_ino = ino->ino, .st_mode = ino->mode, .st_nlink = ino->nlink,
		.st_uid = ino->uid, .st_gid = ino->gid, .st_rdev = ino->rdev,
		.st_size = ino->size, .st_blksize = PAGE_SIZE,
		.st_blocks = (blkcnt_t)ino->blocks,
		.st_atim = ino->atime, .st_mtim = ino->mtime, .st_ctim = ino->ctime,
	};
	mutex_unlock(&ino->lock);
	return 0;
}

void
inode_setattr_simple(struct inode *ino, const struct iattr *a)
{
	struct timespec now = fs_now();

	mutex_lock(&ino->lock);
	if (a->valid & ATTR_MODE)
		ino->mode = (ino->mode & S_IFMT) | (a->mode & 07777);
	if (a->valid & ATTR_UID)
		ino->uid = a->uid;
	if (a->valid & ATTR_GID)
		ino->gid = a->gid;
	if (a->valid & ATTR_ATIME)
		ino->atime = a->atime;
	if (a->valid & ATTR_MTIME)
		ino->mtime = a->mtime;
	else if (a->valid & ATTR_SIZE)
		ino->mtime = now;
	ino->ctime = now;
	mutex_unlock(&ino->lock);
}

int
inode_setattr(struct inode *ino, const struct iattr *a)
{
	if (ino->ops != NULL && ino->ops->setattr != NULL)
		return ino->ops->setattr(ino, a);
	if (a->valid & ATTR_SIZE)
		return -EINVAL;
	inode_setattr_simple(ino, a);
	return 0;
}

void
inode_touch(struct inode *ino, unsigned attr)
{
	struct timespec now = fs_now();

	mutex_lock(&ino->lock);
	if (attr & ATTR_ATIME)
		ino->atime = now;
	if (attr & ATTR_MTIME)
		ino->mtime = ino->ctime = now;
	mutex_unlock(&ino->lock);
}

/* --- a process's root, directory and umask --- */

struct fs_ctx *
fs_ctx_new(struct path root, struct path cwd, unsigned umask)
{
	struct fs_ctx *c;

	c = xcalloc(1, sizeof(*c));
	c->refs = 1;
	mutex_init(&c->lock, RANK_FSCTX);
	c->root = path_ref(root);
	c->cwd = path_ref(cwd);
	c->umask = umask;
	return c;
}

struct fs_ctx *
fs_ctx_copy(struct fs_ctx *from)
{
	struct fs_ctx *c;

	mutex_lock(&from->lock);
	c = fs_ctx_new(from->root, from->cwd, from->umask);
	mutex_unlock(&from->lock);
	return c;
}

struct fs_ctx *
fs_ctx_ref(struct fs_ctx *c)
{
	c->refs++;
	return c;
}

void
fs_ctx_unref(struct fs_ctx *c)
{
	if (c == NULL || --c->refs != 0)
		return;
	path_put(c->root);
	path_put(c->cwd);
	mutex_destroy(&c->lock);
	kfree(c);
}
