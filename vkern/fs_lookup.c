/*
 * fs_lookup.c - from a path to a dentry: the walk, and back to a name.
 *
 * The walk goes component by component under ns_lock and holds no references:
 * what it sees stays until ns_lock is dropped (fs_dentry.c).  That happens
 * only to read a symbolic link, with references for the time being.  The text
 * of a link is put before what is left of the path, so that a link in a link
 * needs no recursion, and "the last component" means the same everywhere.
 *
 * Order of errors as in fs/namei.c: the directory is searchable, the name is
 * not too long, it exists, it is a directory if something follows.
 */
#include <stdio.h>

#include "abi/abi.h"
#include "vkern/fs_impl.h"

static bool
path_equal(const struct path *a, const struct path *b)
{
	return a->mnt == b->mnt && a->dentry == b->dentry;
}

static bool
path_is_dir(const struct path *p)
{
	return p->dentry->inode != NULL && inode_is_dir(p->dentry->inode);
}

/* --- children --- */

/* Should a name that does not exist be remembered? */
static bool
keep_negative(const struct inode *dir)
{
	return ops_of_host(dir->ops) && mnode_lower_dir((const struct mnode *)dir) != NULL;
}

static struct dentry *
child_cached(struct dentry *dir, const char *name, size_t len) REQUIRES(vk->ns_lock)
{
	struct dentry *d;

	d = dentry_find(dir, name, len);
	if (d == NULL || dir->sb->ops == NULL || dir->sb->ops->revalidate == NULL)
		return d;
	if (dir->sb->ops->revalidate(d))
		return d;
	/* The host's object is gone, but what the guest made in it is not. */
	if (d->mounted != NULL || !dentry_prune(d, dir->sb->nocache))
		return d;
	dentry_unhash(d);
	return NULL;
}

/*
 * The name `name` in directory dir: *out is NULL if there is none and make is
 * false; else a dentry, negative or not, without a reference.
 */
static int
child_lookup(struct dentry *dir, const char *name, size_t len, bool make,
    struct dentry **out) REQUIRES(vk->ns_lock)
{
	const struct inode_ops *ops = dir->inode->ops;
	struct dentry *d;
	bool held;
	int err = 0;

	*out = NULL;
	if (len > NAME_MAX_LEN)
		return -ENAMETOOLONG;
	d = child_cached(dir, name, len);
	if (d != NULL) {
		*out = d;
		return 0;
	}
	d = dentry_new(dir, name, len);
	if (ops != NULL && ops->lookup != NULL)
		err = ops->lookup(dir->inode, d);
	if (err == 0 && (d->inode != NULL || make || keep_negative(dir->inode))) {
		/* In a directory that is gone nothing is kept: who would free it? */
		held = !dir->sb->nocache && (dir->held || dir->parent == dir);
		dentry_hash(d, held);
		if (held && ops_of_host(ops))
			dentry_cache(d);
		*out = d;
	}
	/* The table has its own reference; without one, d lives while we look. */
	dentry_put(d);
	return err;
}

int
walk_child(struct walk *w, struct dentry **out)
{
	return child_lookup(w->cur.dentry, w->name, w->len, true, out);
}

/* --- mounts --- */

static int
walk_mounts(struct walk *w) REQUIRES(vk->ns_lock)
{
	struct mount *m;

	if (w->flags & LOOKUP_HOST)
		return 0;
	while ((m = mount_over(&w->cur)) != NULL) {
		if (w->flags & LOOKUP_NO_XDEV)
			return -EXDEV;
		w->cur = (struct path){ m, m->root };
	}
	return 0;
}

static int
walk_up(struct walk *w) REQUIRES(vk->ns_lock)
{
	struct mount *m;

	for (;;) {
		if (path_equal(&w->cur, &w->root))
			return w->flags & LOOKUP_BENEATH ? -EXDEV : 0;
		m = w->cur.mnt;
		if (m == NULL || w->cur.dentry != m->root) {
			w->cur.dentry = w->cur.dentry->parent;
			break;
		}
		if (m->parent == NULL)
			return 0;
		if (w->flags & LOOKUP_NO_XDEV)
			return -EXDEV;
		w->cur = (struct path){ m->parent, m->covered };
	}
	return walk_mounts(w);
}

/* --- symbolic links --- */

static int
walk_jumped(struct walk *w, struct path *to) REQUIRES(vk->ns_lock)
{
	int err = 0;

	if (w->flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT))
		err = -EXDEV;
	else if ((w->flags & LOOKUP_NO_XDEV) && to->mnt != w->cur.mnt)
		err = -EXDEV;
	else
		w->cur = *to;
	/* Stays valid: we hold ns_lock. */
	path_put(*to);
	return err;
}

/* The link's text (n bytes at buf) comes before the rest of the path. */
static int
walk_splice(struct walk *w, char *buf, ssize_t n) REQUIRES(vk->ns_lock)
{
	if (n == 0)
		return -ENOENT;
	memcpy(buf + n, w->p, strlen(w->p) + 1);
	kfree(w->buf);
	w->buf = buf;
	w->p = buf;
	if (*buf != '/')
		return 0;
	if (w->flags & LOOKUP_BENEATH)
		return -EXDEV;
	if ((w->flags & LOOKUP_NO_XDEV) && w->cur.mnt != w->root.mnt)
		return -EXDEV;
	w->cur = w->root;
	return 0;
}

/* With ns_lock dropped: jump() and readlink() may take any lock. */
static int
walk_follow(struct walk *w, struct dentry *d) REQUIRES(vk->ns_lock)
{
	const struct inode_ops *ops = d->inode->ops;
	struct path root, cur, to = { NULL, NULL };
	struct inode *ino;
	ssize_t n = -EINVAL;
	char *buf = NULL;

	if (w->links++ >= MAX_SYMLINKS || (w->flags & LOOKUP_NO_SYMLINKS))
		return -ELOOP;
	if (ops->jump != NULL && (w->flags & LOOKUP_NO_MAGICLINKS))
		return -ELOOP;
	if (ops->jump == NULL) {
		buf = kalloc(PATH_MAX_LEN + strlen(w->p) + 1);
		if (buf == NULL)
			return -ENOMEM;
	}
	root = path_ref(w->root);
	cur = path_ref(w->cur);
	ino = inode_ref(d->inode);
	mutex_unlock(&vk->ns_lock);
	if (ops->jump != NULL)
		n = ops->jump(ino, &to);
	else if (ops->readlink != NULL)
		n = ops->readlink(ino, buf, PATH_MAX_LEN - 1);
	inode_put(ino);
	mutex_lock(&vk->ns_lock);
	path_put(root);
	path_put(cur);
	if (n >= 0)
		n = buf == NULL ? walk_jumped(w, &to) : walk_splice(w, buf, n);
	if (buf != w->buf)
		kfree(buf);
	return (int)n;
}

/* --- the walk --- */

static int
walk_start_fd(struct walk *w) REQUIRES(vk->ns_lock)
{
	struct dentry *d;

	if (w->start == NULL)
		return -EBADF;
	w->cur = w->start->path;
	if (w->cur.dentry == NULL) {
		if (*w->p != '\0')
			return -ENOTDIR;
		/* A pipe or the like, for AT_EMPTY_PATH. */
		d = dentry_detached(w->start->inode, "anon");
		w->cur = (struct path){ NULL, d };
		dentry_put(d);
	}
	return *w->p != '\0' && !path_is_dir(&w->cur) ? -ENOTDIR : 0;
}

static void
walk_start_ctx(struct walk *w) REQUIRES(vk->ns_lock)
{
	struct fs_ctx *c;

	if (curthread == NULL) {
		w->root.mnt = w->flags & LOOKUP_HOST ? vk->fs->host_mount : vk->root_mount;
		w->root.dentry = w->root.mnt->root;
		w->cur = w->root;
		return;
	}
	c = curthread->fs;
	mutex_lock(&c->lock);
	w->root = c->root;
	w->cur = c->cwd;
	mutex_unlock(&c->lock);
}

void
walk_open(struct walk *w, int dirfd, const char *name, unsigned flags)
{
	*w = (struct walk){ .p = name, .flags = flags, .dirfd = dirfd };
	if (abi_string_error(name) == 0 && dirfd != AT_FDCWD && (*name != '/' || (flags & LOOKUP_IN_ROOT)))
		w->start = file_get_any(dirfd);
}

int
walk_start(struct walk *w)
{
	const char *name = w->p;
	int err = abi_string_error(name);

	if (err != 0)
		return err;
	vk->fs->now = ktime_now();
	if (*name == '\0' && !(w->flags & LOOKUP_EMPTY))
		return -ENOENT;
	walk_start_ctx(w);
	if (*name == '/' && !(w->flags & LOOKUP_IN_ROOT)) {
		w->cur = w->root;
		return w->flags & LOOKUP_BENEATH ? -EXDEV : 0;
	}
	if (w->dirfd != AT_FDCWD)
		err = walk_start_fd(w);
	if (w->flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT))
		w->root = w->cur;
	return err;
}

void
walk_close(struct walk *w)
{
	kfree(w->buf);
	if (w->start != NULL)
		file_put(w->start);
}

int
walk_begin(struct walk *w, int dirfd, const char *name, unsigned flags)
{
	walk_open(w, dirfd, name, flags);
	mutex_lock(&vk->ns_lock);
	return walk_start(w);
}

void
walk_end(struct walk *w)
{
	mutex_unlock(&vk->ns_lock);
	walk_close(w);
}

/* Split the next component off w->p: true if there is none. */
static bool
walk_parse(struct walk *w)
{
	const char *s = w->p;

	while (*s == '/')
		s++;
	w->slash = s != w->p;
	w->name = s;
	while (*s != '\0' && *s != '/')
		s++;
	w->len = (size_t)(s - w->name);
	w->p = s;
	if (w->len == 0) {
		w->last = LAST_ROOT;
		return true;
	}
	w->slash = *s == '/';
	w->last = LAST_NORM;
	if (w->name[0] == '.' && w->len == 1)
		w->last = LAST_DOT;
	else if (w->name[0] == '.' && w->name[1] == '.' && w->len == 2)
		w->last = LAST_DOTDOT;
	return false;
}

static bool
only_slashes(const char *s)
{
	while (*s == '/')
		s++;
	return *s == '\0';
}

int
walk_last(struct walk *w, bool follow)
{
	struct dentry *d;
	int err;

	switch (w->last) {
	case LAST_ROOT:
	case LAST_DOT:
		return 0;
	case LAST_DOTDOT:
		return walk_up(w);
	case LAST_NORM:
		break;
	}
	err = child_lookup(w->cur.dentry, w->name, w->len, false, &d);
	if (err != 0)
		return err;
	if (d == NULL || d->inode == NULL)
		return -ENOENT;
	if (follow && S_ISLNK(d->inode->mode)) {
		err = walk_follow(w, d);
		return err != 0 ? err : 1;
	}
	w->cur.dentry = d;
	return walk_mounts(w);
}

int
walk_parent(struct walk *w)
{
	int err;

	for (;;) {
		if (walk_parse(w))
			return 0;
		if (!path_is_dir(&w->cur))
			return -ENOTDIR;
		err = inode_permission(w->cur.dentry->inode, MAY_EXEC);
		if (err != 0)
			return err;
		if (only_slashes(w->p))
			return 0;
		err = walk_last(w, true);
		if (err < 0)
			return err;
	}
}

int
walk_final(struct walk *w, bool follow)
{
	int err;

	do {
		err = walk_parent(w);
		if (err == 0)
			err = walk_last(w, follow || w->slash);
	} while (err == 1);
	if (err == 0 && (w->slash || (w->flags & LOOKUP_DIRECTORY)) && !path_is_dir(&w->cur))
		err = -ENOTDIR;
	return err;
}

/* --- for watchers --- */

static bool name_build(struct path p, const struct path *root, char *buf, char **at)
    REQUIRES(vk->ns_lock);
static bool name_prepend(char *buf, char **at, const char *s, size_t len);

/* p's name in the guest's tree, whatever the root of the thread; NULL: none. */
static char *
name_absolute(struct mount *mnt, struct dentry *d, char *buf, size_t n) REQUIRES(vk->ns_lock)
{
	struct path root = { vk->root_mount, vk->root_mount->root };
	char *at = buf + n - 1;

	*at = '\0';
	if (mnt == NULL || (d->unhashed && d->parent != d) ||
	    !name_build((struct path){ mnt, d }, &root, buf, &at))
		return NULL;
	return at;
}

void
walk_used(enum watch_use use, struct mount *mnt, struct dentry *d)
{
	char buf[PATH_MAX_LEN], *name;

	if (likely(vk->watchers == NULL) || curthread == NULL || !WATCHED(file))
		return;
	name = name_absolute(mnt, d, buf, sizeof(buf));
	if (name != NULL)
		file_used(use, name, 0);
}

void
path_used(enum watch_use use, const struct path *p, int err)
{
	char buf[PATH_MAX_LEN], *name;

	if (likely(vk->watchers == NULL) || curthread == NULL || !WATCHED(file))
		return;
	mutex_lock(&vk->ns_lock);
	name = name_absolute(p->mnt, p->dentry, buf, sizeof(buf));
	mutex_unlock(&vk->ns_lock);
	if (name != NULL)
		file_used(use, name, err);
}

/* Is there nothing of this name because the run hides it? */
static bool
walk_hidden(const struct walk *w) REQUIRES(vk->ns_lock)
{
	struct dentry *d = dentry_find(w->cur.dentry, w->name, w->len);

	return d != NULL && d->inode == NULL && d->whiteout && d->hidden;
}

void
walk_failed(const struct walk *w, int err)
{
	char buf[2 * PATH_MAX_LEN], *name;
	size_t len;
	bool hidden;

	if (likely(vk->watchers == NULL) || curthread == NULL || err != -ENOENT ||
	    w->name == NULL || w->cur.dentry == NULL || !path_is_dir(&w->cur))
		return;
	hidden = walk_hidden(w);
	if (!hidden && !WATCHED(file))
		return;
	name = name_absolute(w->cur.mnt, w->cur.dentry, buf, PATH_MAX_LEN);
	if (name == NULL)
		return;
	len = strlen(name);
	memmove(buf, name, len + 1);
	snprintf(buf + len, sizeof(buf) - len, "%s%s", len > 1 ? "/" : "", w->name);
	file_used(USE_MISSING, buf, -err);
	if (hidden)
		deny("hide", ENOENT, buf);
}

bool
walk_read_only(const struct walk *w)
{
	char buf[2 * PATH_MAX_LEN], *name;
	size_t len;

	if (likely(mount_writable(w->cur.mnt) == 0))
		return false;
	if (vk->watchers == NULL || !WATCHED(denied))
		return true;
	name = name_absolute(w->cur.mnt, w->cur.dentry, buf, PATH_MAX_LEN);
	if (name == NULL)
		return true;
	len = strlen(name);
	memmove(buf, name, len + 1);
	if (w->last == LAST_NORM && w->name != NULL)
		snprintf(buf + len, sizeof(buf) - len, "%s%.*s", len > 1 ? "/" : "", (int)w->len, w->name);
	deny("ro", EROFS, buf);
	return true;
}

/* --- lookups as a whole --- */

int
path_lookup(int dirfd, const char *name, unsigned flags, struct path *out)
{
	struct walk w;
	int err;

	fs_reap();
	err = walk_begin(&w, dirfd, name, flags);
	if (err == 0)
		err = walk_final(&w, flags & LOOKUP_FOLLOW);
	if (err == 0) {
		*out = path_ref(w.cur);
		walk_used(USE_STAT, w.cur.mnt, w.cur.dentry);
	} else {
		walk_failed(&w, err);
	}
	walk_end(&w);
	return err;
}

int
path_lookup_kernel(const char *name, unsigned flags, struct path *out)
{
	struct thread *t = curthread;
	int err;

	curthread = NULL;
	err = path_lookup(AT_FDCWD, name, flags, out);
	curthread = t;
	return err;
}

/* --- from a dentry to its name --- */

/* Put s before what is at *at; false if it does not fit above buf. */
static bool
name_prepend(char *buf, char **at, const char *s, size_t len)
{
	if ((size_t)(*at - buf) < len)
		return false;
	*at -= len;
	memcpy(*at, s, len);
	return true;
}

static bool
name_build(struct path p, const struct path *root, char *buf, char **at)
    REQUIRES(vk->ns_lock)
{
	bool reached = true, fits = true, any = false;

	if (p.dentry->unhashed && p.dentry->parent != p.dentry)
		fits = name_prepend(buf, at, " (deleted)", 10);
	while (fits && !path_equal(&p, root)) {
		if (p.dentry == p.mnt->root || p.dentry->parent == p.dentry) {
			reached = p.mnt->parent != NULL;
			if (!reached)
				break;
			p = (struct path){ p.mnt->parent, p.mnt->covered };
			continue;
		}
		fits = name_prepend(buf, at, p.dentry->name, strlen(p.dentry->name)) &&
		    name_prepend(buf, at, "/", 1);
		any = true;
		p.dentry = p.dentry->parent;
	}
	if (fits && !any)
		fits = name_prepend(buf, at, "/", 1);
	if (fits && !reached)
		fits = name_prepend(buf, at, "(unreachable)", 13);
	return fits;
}

bool
dentry_name(struct dentry *d, char *buf, size_t n)
{
	char *at = buf + n - 1;
	bool fits = true;

	*at = '\0';
	mutex_lock(&vk->ns_lock);
	if (d->parent == d)
		fits = name_prepend(buf, &at, "/", 1);
	for (; fits && d->parent != d; d = d->parent)
		fits = name_prepend(buf, &at, d->name, strlen(d->name)) &&
		    name_prepend(buf, &at, "/", 1);
	mutex_unlock(&vk->ns_lock);
	memmove(buf, at, (size_t)(buf + n - at));
	return fits;
}

long
path_name(const struct path *p, char *buf, size_t n)
{
	struct walk w = { .p = "" };
	char *at;
	size_t len;
	bool fits;

	if (n == 0)
		return -ENAMETOOLONG;
	at = buf + n - 1;
	*at = '\0';
	mutex_lock(&vk->ns_lock);
	walk_start_ctx(&w);
	if (p->mnt == NULL)
		fits = name_prepend(buf, &at, p->dentry->name, strlen(p->dentry->name));
	else
		fits = name_build(*p, &w.root, buf, &at);
	mutex_unlock(&vk->ns_lock);
	if (!fits)
		return -ENAMETOOLONG;
	len = (size_t)(buf + n - 1 - at);
	memmove(buf, at, len + 1);
	return (long)len;
}
