/*
 * file_anon.c - inodes that have no name: pipes, sockets, memfds, eventfds.
 *
 * They live on small superblocks of their own, one per kind, as in Linux
 * (pipefs, sockfs, anon_inodefs), made with struct file_state when first
 * needed.  inode.priv is a struct anon_priv with the name that
 * /proc/PID/fd/N shows and what the kind of file wants done.
 */
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "vkern/file_impl.h"

static int
anon_statfs(struct superblock *sb, struct inode *ino, struct statfs *st)
{
	(void)ino;
	*st = (struct statfs){
		.f_type = (__fsword_t)sb->magic, .f_bsize = PAGE_SIZE,
		.f_frsize = PAGE_SIZE, .f_namelen = 255, .f_flags = 0x20,
	};
	return 0;
}

static const struct super_ops anon_super_ops = { .statfs = anon_statfs };

static void
sb_setup(struct superblock *sb, const char *type, uint64_t dev, uint64_t magic)
{
	sb->ops = &anon_super_ops;
	sb->type = type;
	sb->dev = dev;
	sb->magic = magic;
	sb->next_ino = 1;
}

static struct file_state *
file_state_new(void)
{
	struct file_state *fs;
	int i;

	fs = xcalloc(1, sizeof(*fs));
	sb_setup(&fs->anon, "anon_inodefs", makedev(0, 0xf0), ANON_INODE_FS_MAGIC);
	sb_setup(&fs->pipe, "pipefs", makedev(0, 0xf1), PIPEFS_MAGIC);
	sb_setup(&fs->sock, "sockfs", makedev(0, 0xf2), SOCKFS_MAGIC);
	sb_setup(&fs->memfd, "tmpfs", makedev(0, 0xf3), TMPFS_MAGIC);
	for (i = 0; i < 3; i++)
		sb_setup(&fs->stdio[i], "stdio", makedev(0, 0xf4 + i), TMPFS_MAGIC);
	mutex_init(&fs->flock_lock, RANK_FLOCK);
	TAILQ_INIT(&fs->flock_blocked);
	mutex_init(&fs->notify_lock, RANK_OBJ);
	mutex_init(&fs->epoll_graph, RANK_EPOLL);
	mutex_init(&fs->sigio_lock, RANK_LEAF);
	TAILQ_INIT(&fs->sigio_queue);
	return fs;
}

static void
file_state_free(struct file_state *fs)
{
	mutex_destroy(&fs->flock_lock);
	mutex_destroy(&fs->notify_lock);
	mutex_destroy(&fs->epoll_graph);
	mutex_destroy(&fs->sigio_lock);
	kfree(fs);
}

struct file_state *
file_state(void)
{
	struct file_state *fs = vk->files, *none = NULL;

	if (likely(fs != NULL))
		return fs;
	fs = file_state_new();
	if (!atomic_compare_exchange_strong(&vk->files, &none, fs)) {
		file_state_free(fs);
		fs = none;
	}
	return fs;
}

void
files_fini(struct vkern *k)
{
	struct file_state *fs = k->files;

	if (fs == NULL)
		return;
	fasync_fini(fs);
	k->files = NULL;
	file_state_free(fs);
}

/* --- inodes --- */

static void
anon_evict(struct inode *ino)
{
	struct anon_priv *ap = ino->priv;

	if (ap->evict != NULL)
		ap->evict(ino);
	kfree(ap->name);
	kfree(ap);
	ino->priv = NULL;
}

static int
anon_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out)
{
	struct anon_priv *ap = ino->priv;

	return ap->open != NULL ? ap->open(ino, p, flags, out) : -ENXIO;
}

static int
anon_getattr(struct inode *ino)
{
	struct anon_priv *ap = ino->priv;

	return ap->getattr != NULL ? ap->getattr(ino) : 0;
}

/* chmod and chown of what has no name: kept, as Linux keeps it. */
static int
anon_setattr(struct inode *ino, const struct iattr *a)
{
	struct anon_priv *ap = ino->priv;
	int err = 0;

	if (ap->setattr != NULL)
		err = ap->setattr(ino, a);
	/* eventfds and their like (fs/anon_inodes.c); pipes and sockets can be. */
	else if (ino->sb == &file_state()->anon && (a->valid & (ATTR_MODE | ATTR_UID | ATTR_GID)) != 0)
		err = -EOPNOTSUPP;
	else if (a->valid & ATTR_SIZE)
		err = -EINVAL;
	if (err != 0)
		return err;
	mutex_lock(&ino->lock);
	if (a->valid & ATTR_MODE)
		ino->mode = (ino->mode & S_IFMT) | (a->mode & 07777);
	if (a->valid & ATTR_UID)
		ino->uid = a->uid;
	if (a->valid & ATTR_GID)
		ino->gid = a->gid;
	if (a->valid & ATTR_ATIME)
		ino->atime = a->atime;
	if (a->valid & (ATTR_MTIME | ATTR_SIZE))
		ino->mtime = a->valid & ATTR_MTIME ? a->mtime : fs_now();
	ino->ctime = fs_now();
	mutex_unlock(&ino->lock);
	return 0;
}

static const struct inode_ops anon_inode_ops = {
	.open = anon_open,
	.getattr = anon_getattr,
	.setattr = anon_setattr,
	.evict = anon_evict,
};

struct inode *
anon_inode_on(struct superblock *sb, unsigned mode, const char *name)
{
	struct anon_priv *ap;
	struct inode *ino;

	ap = xcalloc(1, sizeof(*ap));
	ap->name = xstrdup(name);
	ino = inode_new(sb, &anon_inode_ops, mode);
	ino->priv = ap;
	if (curthread != NULL) {
		ino->uid = curthread->cred->fsuid;
		ino->gid = curthread->cred->fsgid;
	}
	ino->nlink = 1;
	ino->atime = ino->mtime = ino->ctime = ino->btime = fs_now();
	return ino;
}

static struct superblock *
anon_sb(unsigned mode)
{
	struct file_state *fs = file_state();

	if (S_ISFIFO(mode))
		return &fs->pipe;
	if (S_ISSOCK(mode))
		return &fs->sock;
	return &fs->anon;
}

struct inode *
anon_inode(unsigned mode, const char *name)
{
	const char *at = strstr(name, "%lu");
	struct anon_priv *ap;
	struct inode *ino;
	char buf[64];

	ino = anon_inode_on(anon_sb(mode), mode, name);
	if (at == NULL)
		return ino;
	snprintf(buf, sizeof(buf), "%.*s%lu%s", (int)(at - name), name,
	    (unsigned long)ino->ino, at + 3);
	ap = anon_priv(ino);
	kfree(ap->name);
	ap->name = xstrdup(buf);
	return ino;
}

struct file *
anon_file(const struct file_ops *ops, const char *name, void *priv, unsigned flags)
{
	struct inode *ino;
	struct file *f;

	ino = anon_inode(0600, name);
	f = file_alloc(ops, NULL, ino, flags);
	f->priv = priv;
	inode_put(ino);
	return f;
}

/* --- what /proc/PID/fd needs --- */

long
file_name(struct file *f, char *buf, size_t n)
{
	const char *name;
	size_t len;

	if (f->path.dentry != NULL)
		return path_name(&f->path, buf, n);
	name = f->inode->ops == &anon_inode_ops ? anon_priv(f->inode)->name : "unknown";
	len = strlen(name);
	if (len >= n)
		return -ENAMETOOLONG;
	memcpy(buf, name, len + 1);
	return (long)len;
}

int
file_reopen(struct file *f, unsigned flags, struct file **out)
{
	if (f->inode->ops->open == NULL)
		return -ENXIO;
	return f->inode->ops->open(f->inode, &f->path, flags, out);
}

/* --- offsets --- */

static int64_t
seek_target(struct file *f, int64_t off, int whence, int64_t size)
{
	int64_t to;

	switch (whence) {
	case SEEK_SET:
		return off;
	case SEEK_CUR:
		return __builtin_add_overflow(f->pos, off, &to) ? -EOVERFLOW : to;
	case SEEK_END:
		return __builtin_add_overflow(size, off, &to) ? -EOVERFLOW : to;
	case SEEK_DATA:
		return off < 0 || off >= size ? -ENXIO : off;
	case SEEK_HOLE:
		return off < 0 || off >= size ? -ENXIO : size;
	default:
		return -EINVAL;
	}
}

/* Called with pos_lock held, by lseek(2). */
int64_t
file_lseek_size(struct file *f, int64_t off, int whence)
{
	int64_t size, to;

	mutex_lock(&f->inode->lock);
	size = f->inode->size;
	mutex_unlock(&f->inode->lock);
	to = seek_target(f, off, whence, size);
	if (to < 0)
		return to == -ENXIO || to == -EOVERFLOW ? to : -EINVAL;
	f->pos = to;
	return to;
}

int64_t
file_lseek_none(struct file *f, int64_t off, int whence)
{
	(void)f;
	(void)off;
	(void)whence;
	return 0;
}
