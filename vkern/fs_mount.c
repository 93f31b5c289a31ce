/*
 * fs_mount.c - what is mounted where, and the file systems of a fresh kernel.
 *
 *	/	the overlay over the host's tree
 *	/dev	devices, with /dev/pts and /dev/shm in it
 *	/tmp /run /dev/shm	private, in memory
 *	/proc	processes
 *
 * A mount point that the host does not have is made in memory.  Mounts stay
 * until the kernel ends, so struct mount needs no references.
 */
#include <sys/mount.h>

#include "vkern/fs_impl.h"

static struct mount *
mount_new(struct dentry *root, const struct path *at, unsigned flags, const char *source)
    REQUIRES(vk->ns_lock)
{
	struct mount *m;

	m = xcalloc(1, sizeof(*m));
	m->sb = root->sb;
	m->root = dentry_ref(root);
	m->flags = flags;
	m->source = source;
	m->id = vk->fs->next_mount_id++;
	if (at != NULL) {
		m->parent = at->mnt;
		m->covered = dentry_ref(at->dentry);
		dentry_pin(at->dentry);
		m->next_at = at->dentry->mounted;
		at->dentry->mounted = m;
	}
	LIST_INSERT_HEAD(&vk->fs->mounts, m, link);
	return m;
}

int
mount_add(struct superblock *sb, const struct path *at, unsigned flags,
    const char *source, struct mount **out)
{
	struct mount *m;

	mutex_lock(&vk->ns_lock);
	m = mount_new(sb->root, at, flags, source);
	mutex_unlock(&vk->ns_lock);
	if (out != NULL)
		*out = m;
	return 0;
}

struct mount *
mount_over(const struct path *p)
{
	struct mount *m = p->dentry->mounted;

	while (m != NULL && m->parent != p->mnt)
		m = m->next_at;
	return m;
}

static bool
dentry_below(const struct dentry *top, const struct dentry *d) REQUIRES(vk->ns_lock)
{
	for (; d != top; d = d->parent)
		if (d->parent == d)
			return false;
	return true;
}

/* All mounts, hidden ones too, oldest first. */
static struct mount *
mount_after(const struct mount *m) REQUIRES(vk->ns_lock)
{
	struct mount *i, *best = NULL;

	LIST_FOREACH(i, &vk->fs->mounts, link)
		if ((m == NULL || i->id > m->id) && (best == NULL || i->id < best->id))
			best = i;
	return best;
}

struct mount *
mount_bind(const struct path *src, const struct path *at, unsigned flags)
{
	struct mount *m, *top, *to;
	struct path where;
	int last;

	mutex_lock(&vk->ns_lock);
	last = vk->fs->next_mount_id;
	dentry_pin(src->dentry);
	top = mount_new(src->dentry, at, flags, src->mnt->source);
	top->bind = true;
	/* Whatever covers a part of src covers it there too: /proc, above all. */
	for (m = mount_after(NULL); m != NULL && m->id < last; m = mount_after(m)) {
		m->clone = NULL;
		to = m->parent != NULL ? m->parent->clone : NULL;
		if (m->parent == src->mnt && m->covered != src->dentry &&
		    dentry_below(src->dentry, m->covered))
			to = top;
		if (to == NULL)
			continue;
		where = (struct path){ to, m->covered };
		m->clone = mount_new(m->root, &where, m->flags, m->source);
		m->clone->bind = true;
		m->clone->rule = m->rule;
	}
	mutex_unlock(&vk->ns_lock);
	return top;
}

void
mount_hide(struct dentry *d)
{
	struct mount *m;

	for (m = mount_after(NULL); m != NULL; m = mount_after(m))
		if (m->covered != NULL && (m->parent->hidden || dentry_below(d, m->covered)))
			m->hidden = true;
}

struct mount *
mount_next(struct mount *m)
{
	do
		m = mount_after(m);
	while (m != NULL && m->hidden);
	return m;
}

int
mount_writable(struct mount *mnt)
{
	return mnt != NULL && (mnt->flags & MS_RDONLY) ? -EROFS : 0;
}

static int
mount_make_point_locked(struct walk *w, unsigned mode) REQUIRES(vk->ns_lock)
{
	struct inode *dir = w->cur.dentry->inode, *ino;
	struct dentry *d;
	int err;

	err = walk_child(w, &d);
	if (err != 0 || d->inode != NULL)
		return err;
	/* We do not make things on the host. */
	if (dir->ops == &through_ops)
		return -ENOENT;
	if (dir->ops != NULL && dir->ops->mknod != NULL)
		return dir->ops->mknod(dir, d, mode, 0);
	ino = inode_new(dir->sb, dir->ops, mode);
	dentry_attach(d, ino);
	return 0;
}

int
mount_make_point(const char *name, unsigned mode)
{
	struct walk w;
	int err;

	err = walk_begin(&w, AT_FDCWD, name, 0);
	if (err == 0)
		err = walk_parent(&w);
	if (err == 0)
		err = mount_make_point_locked(&w, mode);
	walk_end(&w);
	return err;
}

int
mount_fs(struct superblock *sb, const char *where, unsigned flags, const char *source)
{
	struct path at;
	int err;

	err = mount_make_point(where, S_IFDIR | 0755);
	if (err == 0)
		err = path_lookup_kernel(where, LOOKUP_DIRECTORY | LOOKUP_FOLLOW, &at);
	if (err == 0) {
		err = mount_add(sb, &at, flags, source, NULL);
		path_put(at);
	}
	return err;
}

static int
mount_at(struct superblock *sb, const char *where, unsigned flags, const char *source)
{
	int err;

	if (sb == NULL)
		return -ENOMEM;
	err = mount_fs(sb, where, flags, source);
	if (err != 0)
		host_log("cannot mount %s: error %d", where, -err);
	return err;
}

static struct fs_state *
fs_state_new(void)
{
	const struct host_info *hi = host_info();
	struct fs_state *fs;

	fs = xcalloc(1, sizeof(*fs));
	TAILQ_INIT(&fs->lru);
	LIST_INIT(&fs->mounts);
	fs->next_mount_id = 20;
	host_random(&fs->hash_seed, sizeof(fs->hash_seed));
	/* A guest that fills its disk must not fill the machine. */
	fs->mem_limit = (int64_t)(hi->mem_avail / 10 * 8);
	if (fs->mem_limit <= 0)
		fs->mem_limit = 1LL << 30;
	return fs;
}

static int
mount_all(void)
{
	const unsigned secure = MS_NOSUID | MS_NODEV;
	int err;

	err = mount_at(devfs_new(), "/dev", MS_NOSUID, "udev");
	if (err == 0)
		err = mount_at(devpts_new(), "/dev/pts", MS_NOSUID | MS_NOEXEC, "devpts");
	if (err == 0)
		err = mount_at(tmpfs_new(01777), "/dev/shm", secure, "tmpfs");
	if (err == 0)
		err = mount_at(tmpfs_new(01777), "/tmp", 0, "tmpfs");
	if (err == 0)
		err = mount_at(tmpfs_new(0755), "/run", secure, "tmpfs");
	if (err == 0)
		err = mount_at(procfs_new(), "/proc", secure | MS_NOEXEC, "proc");
	return err;
}

/* Of the guest: the host's, or one of its directories. */
static int
mount_root(void)
{
	struct path dir;
	int err;

	err = view_root(&dir);
	if (err == -ENOENT)
		return 0;
	if (err != 0)
		return err;
	mutex_lock(&vk->ns_lock);
	dentry_pin(dir.dentry);
	vk->root_mount = mount_new(dir.dentry, NULL, 0, "overlay");
	vk->root_mount->bind = true;
	vk->fs->host_mount->hidden = true;
	mutex_unlock(&vk->ns_lock);
	path_put(dir);
	return 0;
}

int
fs_init(void)
{
	struct superblock *sb;
	int err;

	vk->fs = fs_state_new();
	view_ids_init();
	sb = overlay_new();
	if (sb == NULL)
		return -EIO;
	err = mount_add(sb, NULL, 0, "overlay", &vk->root_mount);
	vk->fs->host_mount = vk->root_mount;
	if (err == 0)
		err = mount_root();
	if (err == 0)
		err = mount_all();
	if (err == 0)
		err = view_apply();
	if (err == 0)
		store_hide(sb);
	return err;
}

static void
sb_free(struct superblock *sb)
{
	const struct super_ops *ops = sb->ops;

	if (ops != NULL && ops->put != NULL)
		ops->put(sb);
	sb_drop_tree(sb);
	store_free(sb);
	if (ops != NULL && ops->free != NULL)
		ops->free(sb);
	kfree(sb);
}

/* Every file is closed by now. */
void
fs_fini(void)
{
	struct fs_state *fs = vk->fs;
	struct mount *m;

	if (fs == NULL)
		return;
	view_fini();
	while ((m = LIST_FIRST(&fs->mounts)) != NULL) {
		LIST_REMOVE(m, link);
		if (m->covered != NULL) {
			m->covered->mounted = NULL;
			dentry_put(m->covered);
		}
		dentry_put(m->root);
		/* The list is newest first: binds go before what they show. */
		if (!m->bind)
			sb_free(m->sb);
		kfree(m);
	}
	vk->root_mount = NULL;
	fs_reap();
	ovl_fini();
	hnodes_fini();
	mdata_fini();
	kfree(fs);
	vk->fs = NULL;
}
