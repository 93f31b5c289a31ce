/*
 * fs_overlay.c - the host's tree under the memory of fs_tmp.c.
 *
 * Names are looked up at the host when they are first asked for, and what it
 * said is believed for a second (LOWER_FRESH).  An inode whose attributes are
 * the host's follows them; one that the guest has changed (`upper`) does not.
 *
 * Files with several names at the host are in a table by the host's device and
 * number, so that they are one inode here, whichever name is asked for first.
 *
 * The descriptors of lower files are kept open for a while after the last
 * close: the same few libraries are opened all the time.
 *
 * Locks: ns_lock for names and the table; inode.lock for attributes and data;
 * ovl_state.keep_lock (RANK_LEAF) for the ring of kept descriptors.
 */
#include <linux/magic.h>

#include "vkern/fs_impl.h"

#define TABLE_SIZE	4096
#define KEEP_MAX	256
#define COPY_CHUNK	(128u * 1024)
#define XATTR_MAX	65536u

struct ovl_state {
	struct mnode	*table[TABLE_SIZE];	/* [n] no references */
	struct mutex	keep_lock;
	struct mnode	*keep[KEEP_MAX];	/* [m] references */
	unsigned	keep_next;		/* [m] */
	struct superblock *sb;			/* [I] */
};

/* --- inodes --- */

static struct mnode **
table_slot(uint64_t dev, uint64_t ino)
{
	uint64_t h = (ino ^ dev << 20) * 0x9e3779b97f4a7c15ULL;

	return &vk->fs->ovl->table[h >> 52];
}

static struct mnode *
table_find(const struct stat *st) REQUIRES(vk->ns_lock)
{
	struct mnode *m;

	for (m = *table_slot(st->st_dev, st->st_ino); m != NULL; m = m->tab_next)
		if (m->lower->ino == st->st_ino && m->lower->dev == st->st_dev)
			return m;
	return NULL;
}

static void
table_remove(struct mnode *m) REQUIRES(vk->ns_lock)
{
	struct mnode **at = table_slot(m->lower->dev, m->lower->ino);

	while (*at != m)
		at = &(*at)->tab_next;
	*at = m->tab_next;
}

void
lower_attrs(struct inode *ino, const struct stat *st)
{
	ino->mode = st->st_mode;
	ino->uid = view_uid(st->st_uid);
	ino->gid = view_gid(st->st_gid);
	ino->nlink = (uint32_t)max_of(st->st_nlink, (nlink_t)1);
	ino->size = st->st_size;
	ino->blocks = (uint64_t)st->st_blocks;
	ino->atime = st->st_atim;
	ino->mtime = st->st_mtim;
	ino->ctime = st->st_ctim;
}

static struct mnode *
lower_inode_new(struct superblock *sb, struct hnode *h, const struct stat *st)
{
	struct mnode *m;

	m = mnode_new(sb, st->st_mode);
	m->i.ino = lower_ino(st->st_dev, st->st_ino);
	m->i.rdev = st->st_rdev;
	m->i.btime = (struct timespec){ 0, 0 };
	lower_attrs(&m->i, st);
	m->lower = h;
	m->lowdata = S_ISREG(st->st_mode);
	m->lowxattr = true;
	return m;
}

struct mnode *
ovl_restore(struct superblock *sb, struct hnode *h, const struct stat *st)
{
	return lower_inode_new(sb, h, st);
}

void
ovl_share(struct mnode *m)
{
	struct mnode **slot = table_slot(m->lower->dev, m->lower->ino);

	m->tab_next = *slot;
	*slot = m;
	m->i.cached = true;
}

/* The inode of `name` in dir, of which the host said st: a reference. */
static struct inode *
lower_inode(struct superblock *sb, struct hnode *dir, const char *name,
    const struct stat *st) REQUIRES(vk->ns_lock)
{
	struct mnode *m;

	if (S_ISDIR(st->st_mode) || st->st_nlink <= 1) {
		m = lower_inode_new(sb, hnode_new(dir, name, st), st);
		return &m->i;
	}
	m = table_find(st);
	if (m != NULL && ((m->i.mode ^ st->st_mode) & S_IFMT) == 0)
		return inode_ref(&m->i);
	m = lower_inode_new(sb, hnode_new(dir, name, st), st);
	ovl_share(m);
	return &m->i;
}

static void
lower_update(struct mnode *m, const struct stat *st)
{
	mutex_lock(&m->i.lock);
	if (!m->upper && ((m->i.mode ^ st->st_mode) & S_IFMT) == 0) {
		if (S_ISLNK(st->st_mode) &&
		    memcmp(&m->i.ctime, &st->st_ctim, sizeof(m->i.ctime)) != 0) {
			kfree(m->target);
			m->target = NULL;
		}
		lower_attrs(&m->i, st);
	}
	mutex_unlock(&m->i.lock);
}

NO_TSA void
ovl_evict(struct mnode *m)
{
	if (m->i.cached)
		table_remove(m);
	if (m->lhf != NULL)
		hfile_unref(m->lhf);
	hnode_put(m->lower);
}

int
ovl_refresh(struct inode *ino)
{
	struct mnode *m = mnode_of(ino);
	struct hnode *h = m->lower;
	struct stat st;
	ktime_t now;

	if (h == NULL || m->upper)
		return 0;
	now = ktime_now();
	if (now - __atomic_load_n(&h->checked, __ATOMIC_RELAXED) < LOWER_FRESH)
		return 0;
	__atomic_store_n(&h->checked, now, __ATOMIC_RELAXED);
	/* What is gone at the host keeps the attributes it had. */
	if (hnode_stat(h, &st) == 0 && st.st_ino == h->ino && st.st_dev == h->dev)
		lower_update(m, &st);
	return 0;
}

/* --- names --- */

bool
lower_is_proc(struct hnode *h)
{
	struct statfs fst;
	hfd_t fd;
	bool is;

	if (hnode_open(h, O_PATH | O_DIRECTORY, &fd) != 0)
		return true;
	is = host_statfs(fd, &fst) != 0 || fst.f_type == PROC_SUPER_MAGIC;
	host_close(fd);
	return is;
}

int
ovl_lookup(struct inode *dir, struct dentry *d)
{
	struct hnode *h = mnode_lower_dir(mnode_of(dir));
	struct stat st;
	int err;

	if (h == NULL)
		return 0;
	d->checked = vk->fs->now;
	err = hnode_stat_at(h, d->name, &st);
	if (err == -ENOENT || err == -ENOTDIR || err == -ENAMETOOLONG)
		return 0;
	if (err != 0)
		return err;
	if (view_hides(h, d->name, &st)) {
		d->whiteout = d->hidden = true;
		return 0;
	}
	dentry_attach(d, lower_inode(d->sb, h, d->name, &st));
	d->lower = true;
	if (unlikely(mnode_of(d->inode)->sid != 0))
		store_put_link(d);
	else
		mnode_of(d->inode)->alias = d;
	if (S_ISDIR(st.st_mode) && st.st_ino == PROC_ROOT_INO && lower_is_proc(mnode_of(d->inode)->lower))
		mnode_of(d->inode)->opaque = true;
	return 0;
}

/* Does the host still say what it said?  d is not the guest's own. */
static bool
lower_still(struct dentry *d, struct hnode *dir) REQUIRES(vk->ns_lock)
{
	struct mnode *m = d->inode != NULL ? mnode_of(d->inode) : NULL;
	struct stat st;
	int err;

	err = hnode_stat_at(dir, d->name, &st);
	if (m == NULL)
		return err == -ENOENT || err == -ENOTDIR || err == -ENAMETOOLONG;
	if (err != 0 || m->lower == NULL || st.st_dev != m->lower->dev ||
	    st.st_ino != m->lower->ino || ((st.st_mode ^ m->i.mode) & S_IFMT) != 0)
		return false;
	__atomic_store_n(&m->lower->checked, vk->fs->now, __ATOMIC_RELAXED);
	lower_update(m, &st);
	return true;
}

static NO_TSA bool
ovl_revalidate(struct dentry *d)
{
	struct hnode *dir;

	if (likely(vk->fs->now - d->checked < LOWER_FRESH))
		return true;
	/* The guest's own names and files are not the host's business. */
	if (d->whiteout || (d->inode != NULL && (!d->lower || mnode_of(d->inode)->upper)))
		return true;
	dir = mnode_lower_dir(mnode_of(d->parent->inode));
	if (dir == NULL)
		return true;
	d->checked = vk->fs->now;
	return lower_still(d, dir);
}

/* --- listing --- */

/* Is the lower's name visible?  *c is the dentry we have, if any. */
static bool
lower_visible(struct dentry *dir, const char *name, size_t len, struct dentry **c)
    REQUIRES(vk->ns_lock)
{
	struct dentry *d = dentry_find(dir, name, len);

	*c = NULL;
	if (d == NULL)
		return true;
	if (d->whiteout || (d->inode != NULL && !d->lower))
		return false;
	if (d->inode != NULL)
		*c = d;
	return true;
}

static bool
is_dots(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

static int
list_records(struct dentry *dir, uint64_t dev, const char *buf, ssize_t n,
    const struct dirent_emit *e) REQUIRES(vk->ns_lock)
{
	const struct host_dirent *r;
	struct dentry *c;
	ssize_t at;
	size_t len;
	int err = 0;

	for (at = 0; at < n && err == 0; at += r->reclen) {
		r = (const struct host_dirent *)(buf + at);
		len = strlen(r->name);
		if (is_dots(r->name) || !lower_visible(dir, r->name, len, &c))
			continue;
		if (c == NULL && view_hides_entry(mnode_of(dir->inode)->lower, r->name, r->ino))
			continue;
		if (c != NULL)
			err = e->add(e->arg, r->name, len, c->inode->ino,
			    (unsigned char)((c->inode->mode & S_IFMT) >> 12));
		else
			err = e->add(e->arg, r->name, len, lower_ino(dev, r->ino), r->type);
	}
	return err;
}

static int
lower_opendir(struct mnode *m, hfd_t *fd, char **buf)
{
	int err;

	err = hnode_open(m->lower, O_RDONLY | O_DIRECTORY, fd);
	if (err != 0)
		return err;
	*buf = kalloc(HOST_DIR_BUF);
	if (*buf != NULL)
		return 0;
	host_close(*fd);
	return -ENOMEM;
}

int
ovl_list(struct dentry *d, const struct dirent_emit *e)
{
	struct mnode *m = mnode_of(d->inode);
	ssize_t n = 0;
	char *buf;
	hfd_t fd;
	int err;

	if (mnode_lower_dir(m) == NULL)
		return 0;
	err = lower_opendir(m, &fd, &buf);
	if (err == -ENOENT)
		return 0;
	if (err != 0)
		return err;
	while (err == 0 && (n = host_getdents(fd, buf, HOST_DIR_BUF)) > 0) {
		mutex_lock(&vk->ns_lock);
		err = list_records(d, m->lower->dev, buf, n, e);
		mutex_unlock(&vk->ns_lock);
	}
	kfree(buf);
	host_close(fd);
	return err != 0 ? err : (int)min_of(n, (ssize_t)0);
}

static int
found_one(void *arg, const char *name, size_t len, uint64_t ino, unsigned char type)
{
	(void)arg;
	(void)name;
	(void)len;
	(void)ino;
	(void)type;
	return -ENOTEMPTY;
}

int
ovl_dir_empty(struct dentry *d)
{
	const struct dirent_emit e = { found_one, NULL };
	struct mnode *m = mnode_of(d->inode);
	struct dentry *c;
	ssize_t n = 0;
	uint32_t i;
	char *buf;
	hfd_t fd;
	int err;

	DENTRY_FOREACH(d, i, c)
		if (c->inode != NULL && !c->lower)
			return -ENOTEMPTY;
	if (mnode_lower_dir(m) == NULL)
		return 0;
	err = lower_opendir(m, &fd, &buf);
	if (err == -ENOENT)
		return 0;
	if (err != 0)
		return err;
	while (err == 0 && (n = host_getdents(fd, buf, HOST_DIR_BUF)) > 0)
		err = list_records(d, m->lower->dev, buf, n, &e);
	kfree(buf);
	host_close(fd);
	return err != 0 ? err : (int)min_of(n, (ssize_t)0);
}

/* --- the lower's contents --- */

/* m->lhf; and since we ask anyway, the attributes. [i] */
static int
lower_open_file(struct mnode *m)
{
	struct stat st;
	hfd_t fd;
	int err;

	if (m->lhf != NULL)
		return 0;
	err = hnode_open(m->lower, O_RDONLY, &fd);
	if (err != 0)
		return err;
	err = host_stat(fd, "", &st);
	if (err == 0 && !S_ISREG(st.st_mode))
		err = -ESTALE;
	if (err != 0) {
		host_close(fd);
		return err;
	}
	if (!m->upper && st.st_ino == m->lower->ino && st.st_dev == m->lower->dev)
		lower_attrs(&m->i, &st);
	m->lhf = hfile_new(fd);
	return 0;
}

int
ovl_open_lower(struct mnode *m, bool needed)
{
	int err = 0;

	mutex_lock(&m->i.lock);
	if (m->lowdata && needed)
		err = lower_open_file(m);
	if (err == 0)
		m->lopens++;
	mutex_unlock(&m->i.lock);
	return err;
}

static void
lower_drop(struct mnode *m)
{
	if (m->lhf != NULL)
		hfile_unref(m->lhf);
	m->lhf = NULL;
}

/* m may keep its descriptor; the one that had the place longest may not. */
static struct mnode *
keep_swap(struct ovl_state *os, struct mnode *m)
{
	struct mnode *old = NULL;

	mutex_lock(&os->keep_lock);
	if (!m->kept) {
		old = os->keep[os->keep_next];
		os->keep[os->keep_next] = m;
		os->keep_next = (os->keep_next + 1) % KEEP_MAX;
		m->kept = true;
		inode_ref(&m->i);
		if (old != NULL)
			old->kept = false;
	}
	mutex_unlock(&os->keep_lock);
	return old;
}

void
ovl_close_lower(struct mnode *m)
{
	struct mnode *old;
	bool last;

	mutex_lock(&m->i.lock);
	last = --m->lopens == 0 && m->lhf != NULL;
	if (m->lopens == 0)
		mdata_closed(m);
	if (m->lopens == 0 && m->unsaved != 0)
		m->unsaved = UNSAVED_NOW;
	mutex_unlock(&m->i.lock);
	store_settle(m);
	if (!last)
		return;
	old = keep_swap(vk->fs->ovl, m);
	if (old == NULL)
		return;
	mutex_lock(&old->i.lock);
	if (old->lopens == 0)
		lower_drop(old);
	mutex_unlock(&old->i.lock);
	inode_put(&old->i);
}

/* The next stretch of data at or behind off; false if there is none. */
static bool
lower_extent(hfd_t fd, int64_t off, int64_t size, int64_t *start, int64_t *end)
{
	int64_t s, e;

	if (off >= size)
		return false;
	s = host_seek(fd, off, SEEK_DATA);
	if (s == -ENXIO)
		return false;
	*start = s >= off ? s : off;
	e = s >= off ? host_seek(fd, s, SEEK_HOLE) : size;
	*end = e > *start ? min_of(e, size) : size;
	return *start < size;
}

static int
copy_extent(struct mnode *m, hfd_t fd, char *buf, int64_t start, int64_t end)
{
	struct uio u;
	ssize_t n;

	for (; start < end; start += n) {
		n = host_pread(fd, buf, (size_t)min_of(end - start, (int64_t)COPY_CHUNK), start);
		if (n <= 0)
			return (int)n;
		uio_kernel(&u, buf, (size_t)n);
		n = mdata_write(m, &u, start, (size_t)n);
		if (n < 0)
			return (int)n;
	}
	return 0;
}

static int
copy_contents(struct mnode *m, hfd_t fd, int64_t size)
{
	int64_t at = 0, start, end;
	char *buf;
	int err = 0;

	buf = kalloc((size_t)min_of(max_of(size, (int64_t)1), (int64_t)COPY_CHUNK));
	if (buf == NULL)
		return -ENOMEM;
	while (err == 0 && lower_extent(fd, at, size, &start, &end)) {
		err = copy_extent(m, fd, buf, start, end);
		at = end;
	}
	kfree(buf);
	if (err == 0 && m->i.size < size)
		err = mdata_truncate(m, size);
	return err;
}

int
ovl_copy_data(struct mnode *m, int64_t keep)
{
	int64_t size;
	int err = 0;

	if (keep > 0) {
		err = lower_open_file(m);
		if (err != 0)
			return err;
	}
	size = m->i.size;
	m->i.size = 0;
	if (keep > 0)
		err = copy_contents(m, m->lhf->fd, min_of(size, keep));
	if (err != 0) {
		mdata_free(m);
		m->i.size = size;
		return err;
	}
	m->lowdata = false;
	mnode_upper(m);
	if (m->sid != 0)
		m->unsaved = UNSAVED_NOW;
	lower_drop(m);
	return 0;
}

static int
copy_xattr(struct mnode *m, const char *name, char *buf)
{
	ssize_t n;

	n = hnode_getxattr(m->lower, name, buf, XATTR_MAX);
	return n < 0 ? 0 : xattr_store(m, name, buf, (size_t)n);
}

int
ovl_copy_xattrs(struct mnode *m)
{
	char *names, *buf, *s;
	ssize_t n;
	int err = 0;

	if (!m->lowxattr || m->lower == NULL)
		return 0;
	names = kalloc(XATTR_MAX + 1);
	buf = kalloc(XATTR_MAX);
	n = names == NULL || buf == NULL ? -ENOMEM :
	    hnode_listxattr(m->lower, names, XATTR_MAX);
	if (n == -ENOMEM)
		err = -ENOMEM;
	for (s = names; n > 0 && err == 0 && s < names + n; s += strlen(s) + 1)
		err = copy_xattr(m, s, buf);
	kfree(names);
	kfree(buf);
	if (err == 0)
		m->lowxattr = false;
	return err;
}

/* --- the file system --- */

static int
ovl_statfs(struct superblock *sb, struct inode *ino, struct statfs *st)
{
	struct mnode *m = mnode_of(ino);

	if (m->lower == NULL)
		m = mnode_of(sb->root->inode);
	return hnode_statfs(m->lower, st);
}

static const struct super_ops ovl_super_ops = {
	.statfs = ovl_statfs,
	.revalidate = ovl_revalidate,
};

static void
ovl_state_init(void)
{
	struct ovl_state *os;

	if (vk->fs->ovl != NULL)
		return;
	os = xcalloc(1, sizeof(*os));
	mutex_init(&os->keep_lock, RANK_LEAF);
	vk->fs->ovl = os;
}

struct superblock *
overlay_new(void)
{
	struct superblock *sb;
	struct hnode *root;
	struct mnode *m;
	struct statfs fst;
	struct stat st;

	ovl_state_init();
	if (hnode_root(&root) != 0 || hnode_stat(root, &st) != 0)
		return NULL;
	sb = xcalloc(1, sizeof(*sb));
	sb->dev = st.st_dev;
	sb->next_ino = INO_MEMORY;
	m = lower_inode_new(sb, root, &st);
	sb_init(sb, &ovl_super_ops, "overlay",
	    hnode_statfs(root, &fst) == 0 ? (uint64_t)fst.f_type : 0, &m->i);
	vk->fs->ovl->sb = sb;
	m->alias = sb->root;
	if (store_attach(sb, vk->cfg.overlay) != 0)
		return NULL;
	return sb;
}

/* After all trees are gone. */
void
ovl_fini(void)
{
	struct ovl_state *os = vk->fs->ovl;
	struct mnode *m;
	int i;

	if (os == NULL)
		return;
	for (i = 0; i < KEEP_MAX; i++)
		if (os->keep[i] != NULL)
			inode_put(&os->keep[i]->i);
	fs_reap();
	mutex_lock(&vk->ns_lock);
	for (i = 0; i < TABLE_SIZE; i++) {
		while ((m = os->table[i]) != NULL) {
			m->upper = false;
			m->i.refs = 1;
			inode_release(&m->i);
		}
	}
	mutex_unlock(&vk->ns_lock);
	mutex_destroy(&os->keep_lock);
	kfree(os);
	vk->fs->ovl = NULL;
}
