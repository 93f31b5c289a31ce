/*
 * fs_dentry.c - names: the tables of children, references, what is forgotten.
 *
 * A dentry holds a reference on its parent and on its inode.  A parent's table
 * holds a reference on each child (`held`), except for names that a nocache
 * file system looked up, which live as long as somebody uses them.
 *
 * Names that only repeat what the host says are on the LRU list and are
 * forgotten when there are too many.  Whatever the guest made or changed is
 * not on it, and stays.
 *
 * dentry_put() and inode_put() never lock.  The last reference is not dropped
 * but handed to a list; fs_reap() drops it under ns_lock.  Whoever holds
 * ns_lock may therefore use what he finds in the tables without a reference.
 *
 * No function recurses: trees are as deep as the guest likes.
 */
#include <sys/inotify.h>
#include <sys/sysmacros.h>

#include "vkern/fs_impl.h"

/* --- names and their hash --- */

/* Seeded, so that a guest cannot prepare names that collide. */
uint32_t
dentry_hash_name(const char *name, size_t len)
{
	uint64_t h = vk->fs->hash_seed + len, w;

	for (; len >= 8; name += 8, len -= 8) {
		memcpy(&w, name, 8);
		h = (h ^ w) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 29;
	}
	for (w = 0; len > 0; name++, len--)
		w = w << 8 | (unsigned char)*name;
	h = (h ^ w) * 0x9e3779b97f4a7c15ULL;
	h ^= h >> 32;
	return (uint32_t)h;
}

static char *
dentry_inline_name(struct dentry *d)
{
	return (char *)(d + 1);
}

static struct dentry *
dentry_alloc(struct superblock *sb, const char *name, size_t len)
{
	struct dentry *d;

	d = xcalloc(1, sizeof(*d) + len + 1);
	d->refs = 1;
	d->sb = sb;
	d->unhashed = true;
	d->name = dentry_inline_name(d);
	memcpy(d->name, name, len);
	return d;
}

struct dentry *
dentry_new(struct dentry *parent, const char *name, size_t len)
{
	struct dentry *d;

	d = dentry_alloc(parent->sb, name, len);
	d->parent = dentry_ref(parent);
	d->hash = dentry_hash_name(name, len);
	return d;
}

struct dentry *
dentry_detached(struct inode *ino, const char *name)
{
	struct dentry *d;

	d = dentry_alloc(ino->sb, name, strlen(name));
	d->parent = d;
	d->inode = inode_ref(ino);
	return d;
}

void
sb_init(struct superblock *sb, const struct super_ops *ops, const char *type,
    uint64_t magic, struct inode *root)
{
	sb->ops = ops;
	sb->type = type;
	sb->magic = magic;
	if (sb->dev == 0)
		sb->dev = makedev(0, 0x100 + vk->fs->next_dev++);
	if (sb->next_ino == 0)
		sb->next_ino = root->ino + 1;
	root->sb = sb;
	sb->root = dentry_alloc(sb, "/", 1);
	sb->root->parent = sb->root;
	sb->root->inode = root;
	sb->root->held = true;
}

/* --- the table of a directory --- */

static void
dentry_table_grow(struct dentry *p)
{
	struct dentry **tab, *c, *next;
	uint32_t size, i;

	/* A larger table only saves time, the first one has to be. */
	size = p->hash_size == 0 ? 8 : p->hash_size * 4;
	if (p->hash_size == 0)
		tab = xcalloc(size, sizeof(*tab));
	else
		tab = kalloc(size * sizeof(*tab));
	if (tab == NULL)
		return;
	for (i = 0; i < p->hash_size; i++) {
		for (c = p->children[i]; c != NULL; c = next) {
			next = c->hash_next;
			c->hash_next = tab[c->hash & (size - 1)];
			tab[c->hash & (size - 1)] = c;
		}
	}
	kfree(p->children);
	p->children = tab;
	p->hash_size = size;
}

void
dentry_hash(struct dentry *d, bool held)
{
	struct dentry *p = d->parent, **head;

	KASSERT(d->unhashed);
	if (p->nchildren >= p->hash_size)
		dentry_table_grow(p);
	head = &p->children[d->hash & (p->hash_size - 1)];
	d->hash_next = *head;
	*head = d;
	p->nchildren++;
	d->unhashed = false;
	d->held = held;
	if (held)
		dentry_ref(d);
}

/* Out of the table; the table's reference, if any, is the caller's now. */
static bool
dentry_unlink_table(struct dentry *d) REQUIRES(vk->ns_lock)
{
	struct dentry *p = d->parent, **at;
	bool held = d->held;

	if (d->unhashed)
		return false;
	for (at = &p->children[d->hash & (p->hash_size - 1)]; *at != d;)
		at = &(*at)->hash_next;
	*at = d->hash_next;
	d->hash_next = NULL;
	d->unhashed = true;
	d->held = false;
	if (--p->nchildren == 0) {
		kfree(p->children);
		p->children = NULL;
		p->hash_size = 0;
	}
	return held;
}

void
dentry_unhash(struct dentry *d)
{
	dentry_pin(d);
	if (dentry_unlink_table(d))
		dentry_put(d);
}

struct dentry *
dentry_find(struct dentry *parent, const char *name, size_t len)
{
	struct dentry *d;
	uint32_t hash;

	if (parent->nchildren == 0)
		return NULL;
	hash = dentry_hash_name(name, len);
	d = parent->children[hash & (parent->hash_size - 1)];
	for (; d != NULL; d = d->hash_next)
		if (d->hash == hash && memcmp(d->name, name, len) == 0 &&
		    d->name[len] == '\0')
			break;
	if (d != NULL)
		d->used = true;
	return d;
}

void
dentry_attach(struct dentry *d, struct inode *ino)
{
	KASSERT(d->inode == NULL);
	d->inode = ino;
}

struct dentry *
dentry_add(struct dentry *parent, const char *name, struct inode *ino)
{
	struct dentry *d;

	d = dentry_new(parent, name, strlen(name));
	d->inode = ino;
	dentry_hash(d, true);
	dentry_put(d);
	return d;
}

void
dentry_move(struct dentry *d, struct dentry *parent, const char *name)
{
	size_t len = strlen(name);
	struct dentry *old = d->parent;
	bool held;
	char *s;

	dentry_pin(d);
	held = dentry_unlink_table(d);
	/* name may be another dentry's, which is about to get ours. */
	s = xcalloc(1, len + 1);
	memcpy(s, name, len);
	if (d->name != dentry_inline_name(d))
		kfree(d->name);
	d->name = s;
	d->hash = dentry_hash_name(s, len);
	d->parent = dentry_ref(parent);
	dentry_put(old);
	dentry_hash(d, true);
	if (held)
		dentry_put(d);
}

/* --- what may be forgotten --- */

void
dentry_pin(struct dentry *d)
{
	if (!d->on_lru)
		return;
	TAILQ_REMOVE(&vk->fs->lru, d, lru);
	vk->fs->nlru--;
	d->on_lru = false;
}

/* The name that a change of an inode with several would be written under. */
static bool
dentry_only_alias(struct dentry *d)
{
	return d->sb->store != NULL && d->inode != NULL && d->inode->refs > 1 &&
	    mnode_of(d->inode)->alias == d;
}

/* A second chance for what was used since the last look. */
static void
dentry_lru_scan(struct fs_state *fs) REQUIRES(vk->ns_lock)
{
	struct dentry *d;
	int i;

	for (i = 0; i < 16 && fs->nlru > DENTRY_LRU_MAX; i++) {
		d = TAILQ_FIRST(&fs->lru);
		if (d->inode != NULL && mnode_of(d->inode)->upper) {
			dentry_pin(d);
		} else if (d->used || d->refs > 1 || d->mounted != NULL || dentry_only_alias(d)) {
			TAILQ_REMOVE(&fs->lru, d, lru);
			TAILQ_INSERT_TAIL(&fs->lru, d, lru);
			d->used = false;
		} else {
			dentry_unhash(d);
		}
	}
}

void
dentry_cache(struct dentry *d)
{
	struct fs_state *fs = vk->fs;

	if (d->on_lru)
		return;
	TAILQ_INSERT_TAIL(&fs->lru, d, lru);
	fs->nlru++;
	d->on_lru = true;
	d->used = true;
	if (fs->nlru > DENTRY_LRU_MAX)
		dentry_lru_scan(fs);
}

static struct dentry *
dentry_first_child(struct dentry *d)
{
	uint32_t i;

	for (i = 0; d->nchildren != 0 && i < d->hash_size; i++)
		if (d->children[i] != NULL)
			return d->children[i];
	return NULL;
}

static struct dentry *
dentry_sibling(struct dentry *d)
{
	struct dentry *p = d->parent;
	uint32_t i;

	if (d->hash_next != NULL)
		return d->hash_next;
	for (i = (d->hash & (p->hash_size - 1)) + 1; i < p->hash_size; i++)
		if (p->children[i] != NULL)
			return p->children[i];
	return NULL;
}

struct dentry *
dentry_next(struct dentry *top, struct dentry *d)
{
	struct dentry *n;

	n = dentry_first_child(d);
	for (; n == NULL && d != top; d = d->parent)
		n = dentry_sibling(d);
	return n;
}

/* Is anything below d more than a copy of what the host says? */
static bool
dentry_has_memory(struct dentry *top) REQUIRES(vk->ns_lock)
{
	struct dentry *d;

	for (d = dentry_next(top, top); d != NULL; d = dentry_next(top, d))
		if (!d->on_lru || d->mounted != NULL ||
		    (d->inode != NULL && mnode_of(d->inode)->upper))
			return true;
	return false;
}

bool
dentry_prune(struct dentry *top, bool all)
{
	struct dentry *d = top, *c;

	if (!all && dentry_has_memory(top))
		return false;
	for (;;) {
		c = dentry_first_child(d);
		if (c != NULL) {
			d = c;
			continue;
		}
		if (d == top)
			return true;
		c = d->parent;
		dentry_unhash(d);
		d = c;
	}
}

void
dentry_blank(struct dentry *d)
{
	struct inode *ino = d->inode;

	dentry_prune(d, true);
	if (mnode_of(ino)->alias == d)
		mnode_of(ino)->alias = NULL;
	d->inode = NULL;
	d->lower = false;
	d->whiteout = true;
	inode_put(ino);
}

void
dentry_drop(struct dentry *d)
{
	dentry_prune(d, true);
	dentry_unhash(d);
}

/* --- references --- */

struct dentry *
dentry_ref(struct dentry *d)
{
	d->refs++;
	return d;
}

/*
 * While more than one reference is left, drop it; else hand ours to the list,
 * unless the list has one already, in which case the count is about to change.
 */
void
dentry_put(struct dentry *d)
{
	struct fs_state *fs;
	int n = d->refs;

	for (;;) {
		if (n > 1) {
			if (atomic_compare_exchange_weak(&d->refs, &n, n - 1))
				return;
			continue;
		}
		if (!atomic_exchange(&d->reaping, true))
			break;
		n = d->refs;
	}
	fs = vk->fs;
	d->reap_next = fs->reap_dentries;
	while (!atomic_compare_exchange_weak(&fs->reap_dentries, &d->reap_next, d))
		;
}

/* An inode without a name any more, with watches to be told so. */
struct gone {
	SLIST_ENTRY(gone) link;
	struct inode	*ino;
};
SLIST_HEAD(gone_list, gone);

static void
dentry_free(struct dentry *d, struct gone_list *gone)
{
	struct inode *ino = d->inode;
	struct gone *g;

	if (ino != NULL && ino->ops == &mem_ops && mnode_of(ino)->alias == d)
		mnode_of(ino)->alias = NULL;
	if (ino != NULL && ino->nlink == 0 && !LIST_EMPTY(&ino->watches)) {
		g = xcalloc(1, sizeof(*g));
		g->ino = ino;
		SLIST_INSERT_HEAD(gone, g, link);
	} else if (ino != NULL) {
		inode_put(ino);
	}
	if (d->name != dentry_inline_name(d))
		kfree(d->name);
	kfree(d->children);
	kfree(d);
}

/* Drop the reference that the list had, and what falls with it. */
static void
dentry_release(struct dentry *d, struct gone_list *gone) REQUIRES(vk->ns_lock)
{
	struct dentry *parent;

	while (d != NULL && --d->refs == 0) {
		dentry_pin(d);
		dentry_unlink_table(d);
		parent = d->parent == d ? NULL : d->parent;
		dentry_free(d, gone);
		d = parent;
	}
}

static void
reap_locked(struct gone_list *gone) REQUIRES(vk->ns_lock)
{
	struct fs_state *fs = vk->fs;
	struct dentry *d, *dnext;
	struct inode *i, *inext;

	while ((d = atomic_exchange(&fs->reap_dentries, NULL)) != NULL) {
		for (; d != NULL; d = dnext) {
			dnext = d->reap_next;
			d->reaping = false;
			dentry_release(d, gone);
		}
	}
	for (i = atomic_exchange(&fs->reap_inodes, NULL); i != NULL; i = inext) {
		inext = i->reap_next;
		i->reaping = false;
		inode_release(i);
	}
}

void
fs_reap(void)
{
	struct fs_state *fs = vk->fs;
	struct gone_list gone = SLIST_HEAD_INITIALIZER(gone);
	struct gone *g;

	if (likely(fs->reap_dentries == NULL && fs->reap_inodes == NULL))
		return;
	mutex_lock(&vk->ns_lock);
	reap_locked(&gone);
	mutex_unlock(&vk->ns_lock);
	while ((g = SLIST_FIRST(&gone)) != NULL) {
		SLIST_REMOVE_HEAD(&gone, link);
		fsnotify(g->ino, IN_DELETE_SELF, NULL, 0);
		inode_put(g->ino);
		kfree(g);
	}
}

void
note_take(struct note *n, struct dentry *d)
{
	struct inode *dir = d->parent->inode;

	n->dir = NULL;
	if (likely(LIST_EMPTY(&dir->watches)))
		return;
	n->dir = inode_ref(dir);
	memcpy(n->name, d->name, strlen(d->name) + 1);
}

void
note_send(struct note *n, uint32_t mask, uint32_t cookie)
{
	if (likely(n->dir == NULL))
		return;
	fsnotify(n->dir, mask, n->name, cookie);
	inode_put(n->dir);
	n->dir = NULL;
}

void
sb_drop_tree(struct superblock *sb)
{
	mutex_lock(&vk->ns_lock);
	dentry_prune(sb->root, true);
	dentry_put(sb->root);
	mutex_unlock(&vk->ns_lock);
	fs_reap();
}

struct path
path_ref(struct path p)
{
	if (p.dentry != NULL)
		dentry_ref(p.dentry);
	return p;
}

void
path_put(struct path p)
{
	if (p.dentry != NULL)
		dentry_put(p.dentry);
}
