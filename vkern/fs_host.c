/*
 * fs_host.c - the host's tree: hnodes and the descriptors they keep.
 *
 * Every object of the host is reached by its name in its parent, one component
 * at a time, from an O_PATH descriptor of the root; no link is ever followed.
 * At most HNODE_FDS directories keep their descriptor; others are opened again
 * from the nearest ancestor that has one.
 *
 * Locks: host_state.lock (RANK_LEAF) covers descriptors and their LRU.  A
 * descriptor in use is pinned by hnode.users, so that host calls are made
 * without the lock.
 */
#include "vkern/fs_impl.h"

#define HNODE_FDS	1500
#define HOST_DEVS	255

struct host_state {
	struct mutex	lock;
	TAILQ_HEAD(, hnode) lru;	/* [m] with an fd, but the root */
	int		nopen;		/* [m] */
	struct hnode	*root;		/* [I] reference */
	uint64_t	devs[HOST_DEVS];	/* [m] the host's file systems, by age */
	_Atomic int	ndevs;
};

static struct hnode *
hnode_alloc(struct hnode *parent, const char *name)
{
	size_t len = strlen(name);
	struct hnode *h;

	h = xcalloc(1, sizeof(*h) + len + 1);
	h->refs = 1;
	h->fd = HFD_NONE;
	h->parent = parent != NULL ? hnode_ref(parent) : NULL;
	h->name = h->own_name;
	memcpy(h->name, name, len);
	return h;
}

int
hnode_root(struct hnode **out)
{
	struct host_state *hs = vk->fs->host;
	struct stat st;
	int err;

	if (hs == NULL) {
		hs = xcalloc(1, sizeof(*hs));
		mutex_init(&hs->lock, RANK_LEAF);
		TAILQ_INIT(&hs->lru);
		vk->fs->host = hs;
		hs->root = hnode_alloc(NULL, "");
		err = host_open_root(&hs->root->fd);
		if (err == 0)
			err = host_stat(hs->root->fd, "", &st);
		if (err != 0)
			return err;
		hs->root->dev = st.st_dev;
		hs->root->ino = st.st_ino;
		hs->devs[hs->ndevs++] = st.st_dev;
	}
	*out = hnode_ref(hs->root);
	return 0;
}

struct hnode *
hnode_new(struct hnode *parent, const char *name, const struct stat *st)
{
	struct hnode *h;

	h = hnode_alloc(parent, name);
	h->dev = st->st_dev;
	h->ino = st->st_ino;
	h->checked = vk->fs->now;
	return h;
}

struct hnode *
hnode_ref(struct hnode *h)
{
	h->refs++;
	return h;
}

/* The chain of parents may be long: no recursion. */
void
hnode_put(struct hnode *h)
{
	struct host_state *hs = vk->fs->host;
	struct hnode *parent;

	while (h != NULL && --h->refs == 0) {
		mutex_lock(&hs->lock);
		if (hfd_ok(h->fd) && h->parent != NULL) {
			TAILQ_REMOVE(&hs->lru, h, lru);
			hs->nopen--;
		}
		mutex_unlock(&hs->lock);
		if (hfd_ok(h->fd))
			host_close(h->fd);
		parent = h->parent;
		if (h->name != h->own_name)
			kfree(h->name);
		kfree(h);
		h = parent;
	}
}

/* --- descriptors --- */

/* Pin h if it has a descriptor. */
static bool
hnode_pin(struct host_state *hs, struct hnode *h)
{
	bool ok;

	mutex_lock(&hs->lock);
	ok = hfd_ok(h->fd);
	if (ok) {
		h->users++;
		if (h->parent != NULL && TAILQ_NEXT(h, lru) != NULL) {
			TAILQ_REMOVE(&hs->lru, h, lru);
			TAILQ_INSERT_TAIL(&hs->lru, h, lru);
		}
	}
	mutex_unlock(&hs->lock);
	return ok;
}

void
hnode_unpin(struct hnode *h)
{
	struct host_state *hs = vk->fs->host;

	mutex_lock(&hs->lock);
	h->users--;
	mutex_unlock(&hs->lock);
}

/* Give h the descriptor fd and pin it; one that is too many is closed. */
static void
hnode_install(struct host_state *hs, struct hnode *h, hfd_t fd)
{
	hfd_t extra = HFD_NONE;
	struct hnode *v;

	mutex_lock(&hs->lock);
	h->users++;
	if (hfd_ok(h->fd)) {
		extra = fd;
	} else {
		h->fd = fd;
		TAILQ_INSERT_TAIL(&hs->lru, h, lru);
		if (++hs->nopen > HNODE_FDS) {
			TAILQ_FOREACH(v, &hs->lru, lru)
				if (v->users == 0)
					break;
			if (v != NULL) {
				TAILQ_REMOVE(&hs->lru, v, lru);
				hs->nopen--;
				extra = v->fd;
				v->fd = HFD_NONE;
			}
		}
	}
	mutex_unlock(&hs->lock);
	if (hfd_ok(extra))
		host_close(extra);
}

/* O_PATH of h in a directory. */
static int
hnode_open_at(struct hnode *h, hfd_t dir, hfd_t *fd)
{
	struct stat st;
	int err;

	err = host_openat(dir, h->name, O_PATH | O_DIRECTORY, fd);
	if (err != 0 || !h->exact)
		return err;
	err = host_stat(*fd, "", &st);
	if (err == 0 && (st.st_ino != h->ino || st.st_dev != h->dev))
		err = -ENOENT;
	if (err != 0)
		host_close(*fd);
	return err;
}

/* Open h, and all between it and the nearest ancestor that is open. */
static int
hnode_reopen(struct host_state *hs, struct hnode *h)
{
	struct hnode *one = h, **chain = &one, *at;
	size_t n = 0, i;
	int err = 0;
	hfd_t fd;

	for (at = h; !hnode_pin(hs, at); at = at->parent)
		n++;
	if (n > 1) {
		chain = kalloc(n * sizeof(struct hnode *));
		if (chain == NULL) {
			hnode_unpin(at);
			return -ENOMEM;
		}
		for (i = 0; i < n; i++, h = h->parent)
			chain[i] = h;
	}
	for (i = n; i > 0 && err == 0; i--) {
		err = hnode_open_at(chain[i - 1], at->fd, &fd);
		if (err != 0)
			break;
		hnode_install(hs, chain[i - 1], fd);
		hnode_unpin(at);
		at = chain[i - 1];
	}
	if (err != 0)
		hnode_unpin(at);
	if (chain != &one)
		kfree(chain);
	return err;
}

int
hnode_get(struct hnode *h, hfd_t *fd)
{
	struct host_state *hs = vk->fs->host;
	int err;

	if (!hnode_pin(hs, h)) {
		err = hnode_reopen(hs, h);
		if (err != 0)
			return err;
	}
	*fd = h->fd;
	return 0;
}

/*
 * Nobody else looks at parent and name now: all that do, of what the guest may
 * move, hold ns_lock.
 */
void
hnode_move(struct hnode *h, struct hnode *parent, const char *name)
{
	struct hnode *old = h->parent;
	char *s;

	if (old == parent && strcmp(h->name, name) == 0)
		return;
	s = xstrdup(name);
	if (h->name != h->own_name)
		kfree(h->name);
	h->name = s;
	h->parent = hnode_ref(parent);
	hnode_put(old);
}

/* The directory that h is in, pinned; the root is "" in itself. */
static int
hnode_get_parent(struct hnode *h, struct hnode **parent, hfd_t *fd)
{
	*parent = h->parent != NULL ? h->parent : h;
	return hnode_get(*parent, fd);
}

/* --- questions --- */

int
hnode_stat_at(struct hnode *h, const char *name, struct stat *st)
{
	hfd_t fd;
	int err;

	err = hnode_get(h, &fd);
	if (err != 0)
		return err;
	err = host_stat(fd, name, st);
	hnode_unpin(h);
	return err;
}

int
hnode_stat(struct hnode *h, struct stat *st)
{
	return hnode_stat_at(h->parent != NULL ? h->parent : h, h->name, st);
}

int
hnode_open(struct hnode *h, int flags, hfd_t *out)
{
	struct hnode *p;
	hfd_t fd;
	int err;

	err = hnode_get_parent(h, &p, &fd);
	if (err != 0)
		return err;
	err = host_openat(fd, p == h ? "." : h->name, flags, out);
	hnode_unpin(p);
	return err;
}

ssize_t
hnode_readlink(struct hnode *h, char *buf, size_t n)
{
	struct hnode *p;
	hfd_t fd;
	ssize_t r;

	r = hnode_get_parent(h, &p, &fd);
	if (r != 0)
		return r;
	r = host_readlink(fd, h->name, buf, n);
	hnode_unpin(p);
	return r;
}

int
hnode_statfs(struct hnode *h, struct statfs *st)
{
	struct hnode *p;
	hfd_t fd;
	int err;

	err = hnode_get_parent(h, &p, &fd);
	if (err != 0)
		return err;
	err = host_statfs(fd, st);
	hnode_unpin(p);
	return err;
}

ssize_t
hnode_getxattr(struct hnode *h, const char *name, void *buf, size_t n)
{
	struct hnode *p;
	hfd_t fd;
	ssize_t r;

	r = hnode_get_parent(h, &p, &fd);
	if (r != 0)
		return r;
	r = host_getxattr(fd, h->name, name, buf, n);
	hnode_unpin(p);
	return r;
}

ssize_t
hnode_listxattr(struct hnode *h, char *buf, size_t n)
{
	struct hnode *p;
	hfd_t fd;
	ssize_t r;

	r = hnode_get_parent(h, &p, &fd);
	if (r != 0)
		return r;
	r = host_listxattr(fd, h->name, buf, n);
	hnode_unpin(p);
	return r;
}

/* --- numbers --- */

/* Which of the host's file systems, 0 for the root's. */
static int
host_dev_index(struct host_state *hs, uint64_t dev)
{
	int i, n = hs->ndevs;

	for (i = 0; i < n; i++)
		if (hs->devs[i] == dev)
			return i;
	mutex_lock(&hs->lock);
	for (i = 0; i < hs->ndevs; i++)
		if (hs->devs[i] == dev)
			break;
	if (i == hs->ndevs && i < HOST_DEVS) {
		hs->devs[i] = dev;
		hs->ndevs++;
	}
	mutex_unlock(&hs->lock);
	return i;
}

/*
 * The root file system's own numbers are kept.  Those of others get the index
 * of the file system above bit 44: still exact in a double, and below the
 * numbers of what is only in memory.  What does not fit is mixed.
 */
uint64_t
lower_ino(uint64_t dev, uint64_t ino)
{
	uint64_t i = (uint64_t)host_dev_index(vk->fs->host, dev);

	if (ino < 1ULL << 44)
		return ino | i << 44;
	return ((ino ^ dev << 7) * 0x9e3779b97f4a7c15ULL) >> 11 | 1ULL << 53;
}

void
hnodes_fini(void)
{
	struct host_state *hs = vk->fs->host;

	if (hs == NULL)
		return;
	hnode_put(hs->root);
	mutex_destroy(&hs->lock);
	kfree(hs);
	vk->fs->host = NULL;
}
