/*
 * fs_store.c - the overlay's directory on disk: what the guest changes is
 * written to a journal (overlay_meta.h) as it happens, and contents of files
 * are in data files named by the number of the inode.
 *
 * Whatever the moment at which we are killed, the journal says what was: a
 * frame is written with one call after the change was made in memory, and a
 * data file is only removed after the frame that says that nobody needs it.
 * How long a file is and when it was last written is the data file's own size
 * and time, so that writes need no record.
 *
 * An inode gets a number when it is changed for the first time, and so do the
 * directories on the way to it (store_adopt).  Objects of the host are known by
 * names in the host's tree, each with a number too.
 *
 * Locks: store.lock (RANK_STORE) is held while a frame is made and written, and
 * inode.lock taken inside it, so that the last record of an inode is what it is.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "vkern/fs_impl.h"
#include "vksup/overlay_meta.h"

#define ROOM_STEP	(4 << 20)
#define ROOM_MIN	(1 << 20)

struct store {
	struct mutex	lock;
	struct vkern_overlay *cfg;
	struct superblock *sb;
	struct om_buf	b;		/* [m] */
	int64_t		end;		/* [m] of the journal */
	int64_t		room;		/* [m] up to here there is space for it */
	uint64_t	next_lower;	/* [m] */
	_Atomic uint64_t next_id;
};

/* --- frames --- */

static NO_TSA void
frame_begin(struct store *s)
{
	mutex_lock(&s->lock);
	om_begin(&s->b);
}

/* What cannot be written is said once; the run goes on. */
static void
frame_write(struct store *s)
{
	size_t done = 0;
	ssize_t r = 0;

	while (done < s->b.n && (r = host_pwrite(s->cfg->journal, s->b.p + done, s->b.n - done,
	    s->end + (int64_t)done)) > 0)
		done += (size_t)r;
	if (done == s->b.n) {
		s->end += (int64_t)done;
		return;
	}
	s->cfg->err = r < 0 ? (int)r : -ENOSPC;
	host_log("overlay: what changes from now on is not kept: error %d", -s->cfg->err);
}

static NO_TSA void
frame_end(struct store *s)
{
	if (om_end(&s->b) && s->cfg->err == 0)
		frame_write(s);
	mutex_unlock(&s->lock);
}

int
store_room(struct superblock *sb)
{
	struct store *s = sb->store;
	int err = 0;

	if (s == NULL)
		return 0;
	mutex_lock(&s->lock);
	if (s->cfg->err != 0)
		err = s->cfg->err;
	else if (s->room - s->end < ROOM_MIN)
		err = host_fallocate(s->cfg->journal, FALLOC_FL_KEEP_SIZE, s->end, ROOM_STEP);
	if (err == 0 && s->room - s->end < ROOM_MIN)
		s->room = s->end + ROOM_STEP;
	mutex_unlock(&s->lock);
	return err == -ENOSPC || err == -EDQUOT ? err : 0;
}

/* --- records --- */

/* The number of a name of the host's, with those of its parents. */
static uint64_t
put_lower(struct store *s, struct hnode *h) REQUIRES(s->lock)
{
	struct hnode **chain, *i;
	size_t n = 0;

	for (i = h; i->parent != NULL && i->sid == 0; i = i->parent)
		n++;
	if (n > 0) {
		chain = xcalloc(n, sizeof(struct hnode *));
		for (n = 0, i = h; i->parent != NULL && i->sid == 0; i = i->parent)
			chain[n++] = i;
		while (n-- > 0) {
			chain[n]->sid = s->next_lower++;
			om_put_lower(&s->b, chain[n]->sid,
			    chain[n]->parent->parent == NULL ? OM_ROOT : chain[n]->parent->sid, chain[n]->name);
		}
		kfree(chain);
	}
	return h->parent == NULL ? OM_ROOT : h->sid;
}

static void
data_name(const struct mnode *m, char buf[20])
{
	snprintf(buf, 20, "%llx", (unsigned long long)m->sid);
}

static int
data_stat(struct store *s, const struct mnode *m, struct stat *st)
{
	char name[20];

	if (m->data != NULL && m->data->hf != NULL)
		return host_stat(m->data->hf->fd, "", st);
	data_name(m, name);
	return host_stat(s->cfg->data, name, st);
}

static void
node_attr(struct store *s, struct mnode *m, struct om_attr *a)
{
	struct stat st;

	mutex_lock(&m->i.lock);
	*a = (struct om_attr){
		.id = m->sid, .mode = m->i.mode, .uid = m->i.uid, .gid = m->i.gid,
		.nlink = m->i.nlink, .rdev = m->i.rdev,
		.atime = m->i.atime, .mtime = m->i.mtime, .ctime = m->i.ctime,
		.flags = (m->lower != NULL && !m->upper ? OM_LOWER_ATTR : 0) |
		    (m->lowdata ? OM_LOWER_DATA : 0) | (m->ondisk && !m->lowdata ? OM_DATA : 0) |
		    (m->lower != NULL && m->lowxattr ? OM_LOWER_XATTR : 0) |
		    (m->opaque ? OM_OPAQUE : 0) | (m->i.cached ? OM_SHARED : 0),
		.target = S_ISLNK(m->i.mode) ? m->target : NULL,
	};
	if ((a->flags & OM_DATA) && data_stat(s, m, &st) == 0)
		a->data_mtime = st.st_mtim;
	m->unsaved = 0;
	m->saved = m->upper;
	mutex_unlock(&m->i.lock);
}

static void
put_node(struct store *s, struct mnode *m) REQUIRES(s->lock)
{
	struct om_attr a;

	node_attr(s, m, &a);
	if (m->lower != NULL)
		a.lower = put_lower(s, m->lower);
	om_put_node(&s->b, &a);
}

static void
put_xattrs(struct store *s, struct mnode *m) REQUIRES(s->lock)
{
	struct xattr *x;

	mutex_lock(&m->i.lock);
	if (m->xattrs != NULL)
		SLIST_FOREACH(x, m->xattrs, link)
			om_put_xattr(&s->b, m->sid, x->name, x->value, x->len);
	mutex_unlock(&m->i.lock);
}

static void
put_name(struct store *s, struct dentry *parent, const char *name, struct dentry *d)
    REQUIRES(s->lock) REQUIRES(vk->ns_lock)
{
	struct mnode *dir = mnode_of(parent->inode), *m = NULL;
	unsigned flags = 0;

	if (d != NULL) {
		flags = (d->whiteout ? OM_WHITEOUT : 0) | (d->lower ? OM_LOWER_NAME : 0);
		m = d->inode != NULL ? mnode_of(d->inode) : NULL;
	}
	om_put_name(&s->b, dir->sid, m != NULL ? m->sid : 0, flags, name, strlen(name),
	    dir->upper ? &dir->i.mtime : NULL);
}

/* --- numbers --- */

static void
number(struct store *s, struct mnode *m) REQUIRES(vk->ns_lock)
{
	if (m->sid == 0)
		m->sid = s->next_id++;
}

void
store_number(struct superblock *sb, struct mnode *m)
{
	/* Nobody else has it yet. */
	if (sb->store == NULL)
		return;
	m->sid = sb->store->next_id++;
	m->i.ino = INO_MEMORY + m->sid;
}

/* False: d is not in the tree (any more). */
static bool
dentry_in_tree(struct superblock *sb, struct dentry *d) REQUIRES(vk->ns_lock)
{
	for (; d != sb->root; d = d->parent)
		if (d->unhashed || d->parent == d)
			return false;
	return true;
}

/* Numbers and names for all from the root to d. */
static void
adopt(struct store *s, struct dentry *d) REQUIRES(s->lock) REQUIRES(vk->ns_lock)
{
	struct dentry **chain, *i;
	struct mnode *m;
	size_t n = 0;

	for (i = d; i != s->sb->root && mnode_of(i->inode)->sid == 0; i = i->parent)
		n++;
	if (n == 0)
		return;
	chain = xcalloc(n, sizeof(struct dentry *));
	for (n = 0, i = d; i != s->sb->root && mnode_of(i->inode)->sid == 0; i = i->parent)
		chain[n++] = i;
	while (n-- > 0) {
		m = mnode_of(chain[n]->inode);
		number(s, m);
		put_node(s, m);
		put_xattrs(s, m);
		put_name(s, chain[n]->parent, chain[n]->name, chain[n]);
	}
	kfree(chain);
}

/* The other names of the host's that were looked at. */
static void
adopt_links(struct store *s, struct mnode *m) REQUIRES(s->lock) REQUIRES(vk->ns_lock)
{
	struct dentry *d;

	for (d = s->sb->root; d != NULL; d = dentry_next(s->sb->root, d)) {
		if (d->inode != &m->i || d == m->alias)
			continue;
		adopt(s, d->parent);
		put_name(s, d->parent, d->name, d);
	}
}

NO_TSA void
store_put_link(struct dentry *d)
{
	struct store *s = d->sb->store;

	if (s == NULL || mnode_of(d->inode)->sid == 0 || !dentry_in_tree(d->sb, d->parent))
		return;
	frame_begin(s);
	adopt(s, d->parent);
	put_name(s, d->parent, d->name, d);
	frame_end(s);
}

NO_TSA void
store_adopt_slow(struct mnode *m)
{
	struct store *s = m->i.sb->store;

	mutex_lock(&vk->ns_lock);
	if (m->sid == 0) {
		frame_begin(s);
		if (m->alias != NULL && dentry_in_tree(m->i.sb, m->alias))
			adopt(s, m->alias);
		else
			number(s, m);
		if (m->i.cached && m->i.refs > 1)
			adopt_links(s, m);
		frame_end(s);
	}
	mutex_unlock(&vk->ns_lock);
}

/* --- changes --- */

NO_TSA void
store_save(struct mnode *m, bool xattrs)
{
	struct store *s = m->i.sb->store;

	if (s == NULL || m->sid == 0)
		return;
	frame_begin(s);
	put_node(s, m);
	if (xattrs)
		put_xattrs(s, m);
	frame_end(s);
}

NO_TSA void
store_del_xattr(struct mnode *m, const char *name)
{
	struct store *s = m->i.sb->store;

	frame_begin(s);
	om_del_xattr(&s->b, m->sid, name);
	frame_end(s);
}

NO_TSA struct store *
store_begin(struct superblock *sb)
{
	if (sb->store != NULL)
		frame_begin(sb->store);
	return sb->store;
}

NO_TSA void
store_put_name(struct store *s, struct dentry *parent, const char *name)
{
	struct dentry *d = dentry_find(parent, name, strlen(name));
	struct mnode *dir = mnode_of(parent->inode), *m;

	if (!dentry_in_tree(s->sb, parent))
		return;
	adopt(s, parent);
	m = d != NULL && d->inode != NULL ? mnode_of(d->inode) : NULL;
	if (!dir->saved || m == NULL || S_ISDIR(m->i.mode))
		put_node(s, dir);
	if (m != NULL) {
		number(s, m);
		put_node(s, m);
		put_xattrs(s, m);
	}
	put_name(s, parent, name, d);
}

NO_TSA void
store_put_inode(struct store *s, struct inode *ino)
{
	struct mnode *m = mnode_of(ino);

	if (S_ISDIR(ino->mode) || ino->nlink == 0)
		return;
	number(s, m);
	put_node(s, m);
}

NO_TSA void
store_end(struct store *s)
{
	frame_end(s);
}

/* --- data files --- */

int
store_open(struct mnode *m, bool create, hfd_t *fd)
{
	struct store *s = m->i.sb->store;
	struct stat st;
	char name[20];
	int err;

	data_name(m, name);
	if (create) {
		err = host_create(s->cfg->data, name, 0600, fd);
		if (err != -EEXIST)
			return err;
		/* Of a copy that went wrong. */
		err = host_unlink(s->cfg->data, name, false);
		return err != 0 ? err : host_create(s->cfg->data, name, 0600, fd);
	}
	err = host_openat(s->cfg->data, name, O_RDWR, fd);
	if (err != 0)
		return err == -ENOENT || err == -ELOOP ? -EIO : err;
	/* Somebody else may have been at the directory. */
	err = host_stat(*fd, "", &st);
	if (err == 0 && !S_ISREG(st.st_mode))
		err = -EIO;
	if (err != 0)
		host_close(*fd);
	return err;
}

void
store_unlink(struct mnode *m)
{
	char name[20];

	data_name(m, name);
	(void)!host_unlink(m->i.sb->store->cfg->data, name, false);
}

uint64_t
store_blocks(struct mnode *m)
{
	struct stat st;

	return data_stat(m->i.sb->store, m, &st) == 0 ? (uint64_t)st.st_blocks : 0;
}

/* --- loading --- */

/* The host's name l, as a reference; *st is 0 if it is not there now. */
static struct hnode *
load_lower(struct om_lower *l, struct stat *st)
{
	struct om_lower **chain, *i;
	struct hnode *h;
	size_t n = 0;

	for (i = l; i->user == NULL; i = i->parent)
		n++;
	chain = xcalloc(n + 1, sizeof(struct om_lower *));
	for (n = 0, i = l; i->user == NULL; i = i->parent)
		chain[n++] = i;
	for (h = i->user; n-- > 0; h = chain[n]->user) {
		memset(st, 0, sizeof(*st));
		if (hnode_stat_at(h, chain[n]->name, st) != 0)
			memset(st, 0, sizeof(*st));
		chain[n]->user = hnode_new(h, chain[n]->name, st);
		((struct hnode *)chain[n]->user)->sid = chain[n]->id;
	}
	kfree(chain);
	if (hnode_stat(h, st) != 0)
		memset(st, 0, sizeof(*st));
	return hnode_ref(h);
}

static void
load_attr(struct mnode *m, const struct om_attr *a)
{
	m->i.mode = a->mode;
	m->i.uid = a->uid;
	m->i.gid = a->gid;
	m->i.nlink = max_of(a->nlink, 1u);
	m->i.rdev = a->rdev;
	m->i.atime = a->atime;
	m->i.mtime = a->mtime;
	m->i.ctime = a->ctime;
	m->upper = true;
	m->saved = true;
}

static int
load_data(struct store *s, struct mnode *m, const struct om_attr *a)
{
	char name[20];
	struct stat st;
	int err;

	data_name(m, name);
	err = host_stat(s->cfg->data, name, &st);
	if (err != 0 || !S_ISREG(st.st_mode)) {
		snprintf(s->cfg->why, sizeof(s->cfg->why), "data/%s: %s", name,
		    err == -ENOENT ? "missing" : err != 0 ? "cannot be read" : "not a regular file");
		return -EINVAL;
	}
	m->ondisk = true;
	m->i.size = st.st_size;
	/* Written to after the last record: killed, or through a mapping. */
	if (memcmp(&st.st_mtim, &a->data_mtime, sizeof(st.st_mtim)) != 0)
		m->i.mtime = m->i.ctime = st.st_mtim;
	return 0;
}

static int
load_node(struct store *s, struct om_node *n) REQUIRES(vk->ns_lock)
{
	struct stat st = { 0 };
	struct hnode *h = n->lower != NULL ? load_lower(n->lower, &st) : NULL;
	bool there = h != NULL && ((st.st_mode ^ n->a.mode) & S_IFMT) == 0;
	struct om_xattr *x;
	struct mnode *m;
	int err = 0;

	if (there) {
		m = ovl_restore(s->sb, h, &st);
	} else {
		m = mnode_new(s->sb, n->a.mode);
		m->lower = h;
		m->i.ino = INO_MEMORY + n->a.id;
	}
	n->user = m;
	m->sid = n->a.id;
	if (!there || !(n->a.flags & OM_LOWER_ATTR))
		load_attr(m, &n->a);
	if (h == NULL) {
		m->charged = true;
		vk->fs->mem_used += 1024;
	}
	m->lowdata = n->a.flags & OM_LOWER_DATA;
	m->lowxattr = n->a.flags & OM_LOWER_XATTR;
	m->opaque = n->a.flags & OM_OPAQUE;
	if (n->a.target != NULL) {
		m->target = xstrdup(n->a.target);
		m->i.size = (int64_t)strlen(n->a.target);
	}
	if (S_ISREG(n->a.mode) && !m->lowdata)
		m->i.size = 0;
	if (n->a.flags & OM_DATA)
		err = load_data(s, m, &n->a);
	SLIST_FOREACH(x, &n->xattrs, link)
		if (err == 0)
			err = xattr_store(m, x->name, x->value, x->len);
	if (there && st.st_nlink > 1 && !S_ISDIR(st.st_mode) && (n->a.flags & OM_SHARED))
		ovl_share(m);
	return err;
}

static int
load_name(struct store *s, struct dentry *parent, struct om_name *n) REQUIRES(vk->ns_lock)
{
	struct dentry *d;
	struct mnode *m;
	int err = 0;

	d = dentry_new(parent, n->name, strlen(n->name));
	d->whiteout = n->flags & OM_WHITEOUT;
	if (n->node != NULL) {
		if (n->node->user == NULL)
			err = load_node(s, n->node);
		m = n->node->user;
		dentry_attach(d, inode_ref(&m->i));
		m->alias = d;
		/* What the host does not have any more is ours alone. */
		d->lower = (n->flags & OM_LOWER_NAME) && m->lower != NULL && m->lower->ino != 0;
	}
	dentry_hash(d, true);
	dentry_put(d);
	return err;
}

/* Parents before what is in them: a list instead of recursion. */
static int
load_names(struct store *s, const struct om_tree *t) REQUIRES(vk->ns_lock)
{
	struct om_node **todo = xcalloc(t->nodes.n + 1, sizeof(*todo)), *d;
	struct dentry *parent;
	struct om_name *n;
	size_t count = 0;
	int err = 0;

	todo[count++] = t->root;
	while (count > 0 && err == 0) {
		d = todo[--count];
		parent = d == t->root ? s->sb->root : ((struct mnode *)d->user)->alias;
		TAILQ_FOREACH(n, &d->names, link) {
			err = load_name(s, parent, n);
			if (err != 0)
				break;
			if (n->node != NULL && S_ISDIR(n->node->a.mode))
				todo[count++] = n->node;
		}
	}
	kfree(todo);
	return err;
}

/* Those without a name here that are known by another name of the host's. */
static int
load_shared(struct store *s, const struct om_tree *t) REQUIRES(vk->ns_lock)
{
	struct om_node *n;
	size_t i = 0;
	int err = 0;

	while (err == 0 && (n = om_node_next(t, &i)) != NULL)
		if (n->user == NULL)
			err = load_node(s, n);
	return err;
}

/* The tree's own references, and what it pointed to. */
static void
load_end(struct store *s, const struct om_tree *t) REQUIRES(vk->ns_lock)
{
	struct om_node *n;
	struct om_lower *l;
	size_t i = 0;

	while ((n = om_node_next(t, &i)) != NULL) {
		if (n->user != NULL && n != t->root)
			inode_put(&((struct mnode *)n->user)->i);
		n->user = NULL;
	}
	for (i = 0; i < t->lowers.size; i++) {
		l = t->lowers.values[i];
		if (l != NULL && l->user != NULL && l->user != (void *)mnode_of(s->sb->root->inode)->lower)
			hnode_put(l->user);
		if (l != NULL)
			l->user = NULL;
	}
}

static int
load(struct store *s, const struct om_tree *t)
{
	struct mnode *root = mnode_of(s->sb->root->inode);
	int err;

	mutex_lock(&vk->ns_lock);
	t->root->user = root;
	t->root->lower->user = root->lower;
	root->sid = OM_ROOT;
	if (!(t->root->a.flags & OM_LOWER_ATTR))
		load_attr(root, &t->root->a);
	err = load_names(s, t);
	if (err == 0)
		err = load_shared(s, t);
	load_end(s, t);
	mutex_unlock(&vk->ns_lock);
	return err;
}

int
store_attach(struct superblock *sb, struct vkern_overlay *cfg)
{
	struct store *s;

	if (cfg == NULL)
		return 0;
	s = xcalloc(1, sizeof(*s));
	mutex_init(&s->lock, RANK_STORE);
	s->cfg = cfg;
	s->sb = sb;
	s->end = cfg->end;
	s->next_id = cfg->tree->max_id + 1;
	s->next_lower = cfg->tree->max_lower + 1;
	sb->store = s;
	return load(s, cfg->tree);
}

/* What is known by names of the host's that this run does not show. */
void
store_hide(struct superblock *sb)
{
	struct dentry *d, *next;
	struct mnode *m;

	if (sb->store == NULL)
		return;
	mutex_lock(&vk->ns_lock);
	for (d = dentry_next(sb->root, sb->root); d != NULL; d = next) {
		m = d->inode != NULL ? mnode_of(d->inode) : NULL;
		if (m != NULL && m->lower != NULL && d->mounted == NULL &&
		    (S_ISDIR(m->i.mode) || m->lowdata || !m->upper) && view_hides_lower(m->lower))
			dentry_blank(d);
		next = dentry_next(sb->root, d);
	}
	mutex_unlock(&vk->ns_lock);
}

void
store_free(struct superblock *sb)
{
	struct store *s = sb->store;

	if (s == NULL)
		return;
	om_buf_free(&s->b);
	mutex_destroy(&s->lock);
	kfree(s);
	sb->store = NULL;
}
