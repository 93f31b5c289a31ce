/*
 * fs_view.c - what the guest sees of the host's tree: binds, empty file
 * systems, hidden names, and whose the files are.
 *
 * The rules are applied in their order at boot, before there is a guest, but
 * for the sources of binds, which are looked up before anything is hidden: so
 * what is hidden where it lies can be shown on purpose somewhere else.
 *
 * A name is hidden in two ways at once.  A whiteout stands at the place it was
 * found at, which nothing but the guest's own new file replaces.  And the
 * host's directory is remembered with the name, and so is the host's object:
 * the names that the host is asked for are compared with these (ovl_lookup),
 * so that a second way into the directory, a hard link, or a file that the
 * host only makes later, shows nothing either.
 */
#include <string.h>
#include <sys/mount.h>

#include "vkern/fs_impl.h"
#include "vksup/view.h"

struct hidden {
	uint64_t	pdev, pino;	/* the host's directory */
	uint64_t	dev, ino;	/* the object itself; 0: there was none */
	char		*name;
	int		rule;		/* its number */
	struct dentry	*gone;		/* what was there: a root of its own, or NULL */
};

struct view {
	struct hidden	*hidden;	/* all [I] after boot */
	unsigned	nhidden;
	struct path	*srcs;		/* of rules, while they are applied */
	int		rule;		/* the one that is being applied */
};

/* --- questions --- */

bool
view_hides(const struct hnode *dir, const char *name, const struct stat *st)
{
	const struct view *v = vk->fs->view;
	const struct hidden *h;
	unsigned i;

	for (i = 0; i < v->nhidden; i++) {
		h = &v->hidden[i];
		if (h->pino == dir->ino && h->pdev == dir->dev && strcmp(h->name, name) == 0)
			return true;
		/* Numbers are used again: only what may have other names is known by it. */
		if (h->ino == st->st_ino && h->dev == st->st_dev && h->ino != 0 &&
		    (S_ISDIR(st->st_mode) || st->st_nlink > 1))
			return true;
	}
	return false;
}

bool
view_hides_entry(const struct hnode *dir, const char *name, uint64_t ino)
{
	const struct view *v = vk->fs->view;
	const struct hidden *h;
	unsigned i;

	for (i = 0; i < v->nhidden; i++) {
		h = &v->hidden[i];
		if (h->pino == dir->ino && h->pdev == dir->dev && strcmp(h->name, name) == 0)
			return true;
		if (h->ino == ino && h->dev == dir->dev && ino != 0)
			return true;
	}
	return false;
}

/* One that covers h of the host's tree with something else. */
static bool
mount_covers(const struct hnode *h) REQUIRES(vk->ns_lock)
{
	const struct mnode *c;
	struct mount *m;

	LIST_FOREACH(m, &vk->fs->mounts, link) {
		if ((m->parent != vk->fs->host_mount && m->parent != vk->root_mount) || m->parent == NULL ||
		    m->covered == m->root || m->covered->inode->ops != &mem_ops)
			continue;
		c = mnode_of(m->covered->inode);
		if (c->lower != NULL && c->lower->ino == h->ino && c->lower->dev == h->dev && h->ino != 0)
			return true;
	}
	return false;
}

bool
view_hides_lower(struct hnode *h)
{
	struct stat st = { .st_mode = S_IFDIR };

	for (; h->parent != NULL; h = h->parent) {
		st.st_dev = h->dev;
		st.st_ino = h->ino;
		if (view_hides(h->parent, h->name, &st) || mount_covers(h))
			return true;
		if (h->ino == PROC_ROOT_INO && lower_is_proc(h))
			return true;
	}
	return false;
}

/*
 * Whoever runs vksup without being root is, to the guest, who it was asked to
 * be, and so owns the same files.  Root's are not given away like that.
 */
void
view_ids_init(void)
{
	const struct host_info *hi = host_info();
	const struct vkern_ids *ids = vk->cfg.ids;
	struct fs_state *fs = vk->fs;

	fs->view = xcalloc(1, sizeof(*fs->view));
	fs->own_uid = fs->as_uid = hi->uid;
	fs->own_gid = fs->as_gid = hi->gid;
	if (ids == NULL)
		return;
	fs->as_uid = ids->uid;
	fs->as_gid = ids->gid;
	if (hi->uid == 0) {
		fs->own_uid = ids->uid;
		fs->own_gid = ids->gid;
	}
}

/* --- hiding --- */

/* d leaves its directory and becomes a root, for binds that show it. */
static void
dentry_uproot(struct dentry *d) REQUIRES(vk->ns_lock)
{
	struct dentry *parent = d->parent;

	dentry_ref(d);
	dentry_unhash(d);
	d->parent = d;
	d->held = true;
	dentry_put(parent);
}

static void
whiteout_add(struct dentry *parent, const char *name, size_t len) REQUIRES(vk->ns_lock)
{
	struct dentry *d;

	d = dentry_new(parent, name, len);
	d->whiteout = d->hidden = true;
	dentry_hash(d, true);
	dentry_put(d);
}

/* The name in directory dir is no more: d is what we have of it, or NULL. */
static void
hide_name(struct dentry *dir, const char *name, size_t len, struct dentry *d)
    REQUIRES(vk->ns_lock)
{
	struct hnode *lower = mnode_lower_dir(mnode_of(dir->inode));
	struct view *v = vk->fs->view;
	struct hidden *h = &v->hidden[v->nhidden++];
	struct mnode *m;

	h->rule = v->rule;
	h->name = xcalloc(1, len + 1);
	memcpy(h->name, name, len);
	if (d != NULL && d->inode != NULL) {
		m = mnode_of(d->inode);
		if (ops_of_host(d->inode->ops) && m->lower != NULL) {
			h->dev = m->lower->dev;
			h->ino = m->lower->ino;
		}
		mount_hide(d);
	}
	if (d != NULL) {
		dentry_uproot(d);
		h->gone = d;
	}
	if (lower != NULL) {
		h->pdev = lower->dev;
		h->pino = lower->ino;
		/* Below --rw the host is asked every time. */
		if (dir->inode->ops == &mem_ops)
			whiteout_add(dir, h->name, len);
	}
}

/* The last component of w; or the first that there is not. */
static int
hide_walked(struct walk *w, int err) REQUIRES(vk->ns_lock)
{
	struct dentry *dir = w->cur.dentry, *d = NULL;

	if (err == 0 && w->last != LAST_NORM)
		return -EBUSY;
	if (!ops_of_host(dir->inode->ops))
		return err != 0 ? 0 : -EOPNOTSUPP;
	if (err == 0)
		err = walk_child(w, &d);
	else
		d = dentry_find(dir, w->name, w->len);
	if (err != 0 && err != -ENOENT)
		return err;
	hide_name(dir, w->name, w->len, d);
	return 0;
}

static int
hide_path(const char *name, unsigned flags)
{
	struct walk w;
	int err;

	err = walk_begin(&w, AT_FDCWD, name, flags);
	if (err == 0)
		err = walk_parent(&w);
	if (err == 0 || err == -ENOENT)
		err = hide_walked(&w, err);
	walk_end(&w);
	return err == -ENOTDIR ? 0 : err;
}

/* The file that a hidden link leads to would show what the link should not. */
static void
hide_target(const struct path *p)
{
	struct dentry *d = p->dentry;
	struct inode *ino = d->inode;

	if (!ops_of_host(ino->ops) || mnode_of(ino)->lower == NULL ||
	    !(S_ISREG(ino->mode) || S_ISDIR(ino->mode)))
		return;
	mutex_lock(&vk->ns_lock);
	if (d->parent != d && !d->unhashed)
		hide_name(d->parent, d->name, strlen(d->name), d);
	mutex_unlock(&vk->ns_lock);
}

static int
rule_hide(const struct vkern_rule *r, unsigned flags)
{
	struct path name, target;
	bool link = false;
	int err;

	if (path_lookup_kernel(r->dst, flags, &name) == 0) {
		link = S_ISLNK(name.dentry->inode->mode);
		path_put(name);
	}
	if (link && path_lookup_kernel(r->dst, flags | LOOKUP_FOLLOW, &target) == 0) {
		hide_target(&target);
		path_put(target);
	}
	err = hide_path(r->dst, flags);
	return r->kind == RULE_HIDE_HOST ? 0 : err;
}

/* --- mounting --- */

/* Directories up to the last component, and that as mode says; *at: it. */
static int
rule_place(const char *dst, unsigned mode, struct path *at)
{
	char *name = xstrdup(dst), *s;
	int err = 0;

	for (s = strchr(name + 1, '/'); s != NULL && err == 0; s = strchr(s + 1, '/')) {
		*s = '\0';
		err = mount_make_point(name, S_IFDIR | 0755);
		*s = '/';
	}
	if (err == 0 && name[strlen(name) - 1] != '/')
		err = mount_make_point(name, mode);
	if (err == 0)
		err = path_lookup_kernel(name, LOOKUP_FOLLOW, at);
	kfree(name);
	return err;
}

static int
root_set(struct mount *root, unsigned flags)
{
	root->flags |= flags;
	root->rule = vk->fs->view->rule + 1;
	return 0;
}

static int
rule_bind(const struct vkern_rule *r, struct path *src)
{
	bool isdir = inode_is_dir(src->dentry->inode);
	unsigned flags = r->ro ? MS_RDONLY : 0;
	struct path at;
	int err;

	err = rule_place(r->dst, isdir ? S_IFDIR | 0755 : S_IFREG | 0644, &at);
	if (err != 0)
		return err;
	if (inode_is_dir(at.dentry->inode) != isdir)
		err = isdir ? -ENOTDIR : -EISDIR;
	else if (at.mnt == vk->root_mount && at.dentry == at.mnt->root)
		/* The root as it is, whatever that is, but read-only. */
		err = src->dentry == vk->fs->host_mount->root ? root_set(at.mnt, flags) : -EBUSY;
	else
		mount_bind(src, &at, flags)->rule = vk->fs->view->rule + 1;
	path_put(at);
	return err;
}

static int
rule_mount(struct superblock *sb, const struct path *at, unsigned flags, const char *source)
{
	struct mount *m;
	int err;

	err = mount_add(sb, at, flags, source, &m);
	if (err == 0)
		m->rule = vk->fs->view->rule + 1;
	return err;
}

/* The same file as before, but what is done to it is done to the host's. */
static int
rule_rw(const struct vkern_rule *r, struct path *src)
{
	struct superblock *sb;
	struct path at;
	int err;

	err = rule_place(r->dst, src->dentry->inode->mode & S_IFMT, &at);
	if (err != 0)
		return err;
	if (inode_is_dir(at.dentry->inode) != inode_is_dir(src->dentry->inode))
		err = -ENOTDIR;
	else if (at.mnt == vk->root_mount && at.dentry == at.mnt->root)
		err = -EBUSY;
	if (err == 0)
		err = through_new(src, &sb);
	if (err == 0)
		err = rule_mount(sb, &at, 0, "hostfs");
	path_put(at);
	return err;
}

static int
rule_tmpfs(const struct vkern_rule *r)
{
	struct superblock *sb;
	struct path at;
	int err;

	err = rule_place(r->dst, S_IFDIR | 0755, &at);
	if (err != 0)
		return err;
	if (!inode_is_dir(at.dentry->inode))
		err = -ENOTDIR;
	else if (at.mnt == vk->root_mount && at.dentry == at.mnt->root)
		err = -EBUSY;
	if (err == 0) {
		sb = tmpfs_new(01777);
		sb->limit = (int64_t)r->size;
		err = rule_mount(sb, &at, MS_NOSUID | MS_NODEV, "tmpfs");
	}
	path_put(at);
	return err;
}

/* --- all --- */

int
view_root(struct path *p)
{
	struct vkern_rule *r;

	for (r = vk->cfg.rules; r != NULL && r < vk->cfg.rules + vk->cfg.nrules; r++) {
		if (r->kind != RULE_ROOT)
			continue;
		r->err = path_lookup_kernel(r->src, LOOKUP_HOST | LOOKUP_FOLLOW | LOOKUP_DIRECTORY, p);
		/* -ENOENT is for who did not ask. */
		return r->err == -ENOENT ? -ENOTDIR : r->err;
	}
	return -ENOENT;
}

static int
sources_find(struct view *v, struct vkern_rule *rules, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		if (rules[i].kind != RULE_BIND && rules[i].kind != RULE_RW)
			continue;
		rules[i].err = path_lookup_kernel(rules[i].src, LOOKUP_HOST | LOOKUP_FOLLOW, &v->srcs[i]);
		if (rules[i].err != 0)
			return rules[i].err;
	}
	return 0;
}

static int
rule_apply(struct vkern_rule *r, struct path *src)
{
	switch (r->kind) {
	case RULE_BIND:
		return rule_bind(r, src);
	case RULE_RW:
		return rule_rw(r, src);
	case RULE_ROOT:
		return 0;
	case RULE_TMPFS:
		return rule_tmpfs(r);
	case RULE_HIDE:
		return rule_hide(r, 0);
	case RULE_HIDE_HOST:
		return rule_hide(r, LOOKUP_HOST);
	}
	return -EINVAL;
}

int
view_apply(void)
{
	struct vkern_rule *rules = vk->cfg.rules;
	unsigned n = vk->cfg.nrules, i;
	struct view *v = vk->fs->view;
	int err;

	if (n == 0)
		return 0;
	/* One for a name, one for what it is a link to. */
	v->hidden = xcalloc(2 * (size_t)n, sizeof(*v->hidden));
	v->srcs = xcalloc(n, sizeof(*v->srcs));
	err = sources_find(v, rules, n);
	for (i = 0; i < n && err == 0; i++) {
		v->rule = (int)i;
		err = rules[i].err = rule_apply(&rules[i], &v->srcs[i]);
		if (rules[i].kind == RULE_ROOT)
			vk->root_mount->rule = (int)i + 1;
	}
	for (i = 0; i < n; i++)
		path_put(v->srcs[i]);
	kfree(v->srcs);
	v->srcs = NULL;
	vk->cfg.rules = NULL;
	vk->cfg.nrules = 0;
	return err;
}

/* --- what became of a name --- */

/* The rule that hides the last component of name in directory p, or -1. */
static int
hidden_by(const struct path *p, const char *name)
{
	struct inode *dir = p->dentry->inode;
	const struct view *v = vk->fs->view;
	struct hnode *h = ops_of_host(dir->ops) ? mnode_lower_dir(mnode_of(dir)) : NULL;
	struct stat st = { .st_nlink = 0 };
	unsigned i;

	if (h == NULL)
		return -1;
	(void)!hnode_stat_at(h, name, &st);
	for (i = 0; i < v->nhidden; i++) {
		if (v->hidden[i].pino == h->ino && v->hidden[i].pdev == h->dev &&
		    strcmp(v->hidden[i].name, name) == 0)
			return v->hidden[i].rule;
		if (st.st_ino != 0 && v->hidden[i].ino == st.st_ino && v->hidden[i].dev == st.st_dev)
			return v->hidden[i].rule;
	}
	return -1;
}

/* Both fit. */
static void
answer_path(struct view_answer *a, const char *dir, const char *name)
{
	size_t n = strlen(dir);

	memcpy(a->path, dir, n);
	memcpy(a->path + n, name, strlen(name) + 1);
}

static void
answer_found(struct view_answer *a, const struct path *p)
{
	struct inode *ino = p->dentry->inode;
	struct stat st = { .st_mode = 0 };

	(void)!inode_stat(ino, &st);
	a->mode = st.st_mode;
	a->uid = st.st_uid;
	a->gid = st.st_gid;
	a->rule = p->mnt->rule - 1;
	a->ro = p->mnt->flags & MS_RDONLY;
	(void)!path_name(p, a->path, sizeof(a->path));
	if (ino->ops == &through_ops)
		a->kind = VIEW_THROUGH;
	else if (ino->ops == &mem_ops)
		a->kind = mnode_of(ino)->lower != NULL ? VIEW_COPY : VIEW_MEMORY;
	else
		a->kind = VIEW_KERNEL;
}

/* The nearest directory that there is says why the next name is not. */
static int
answer_missing(struct view_answer *a, const char *path, unsigned flags)
{
	char *name = xstrdup(path), *slash = NULL, *last;
	struct path p;
	int err = -ENOENT;

	while (err == -ENOENT && (last = strrchr(name, '/')) != NULL) {
		if (slash != NULL)
			*slash = '\0';
		slash = last;
		*last = '\0';
		err = path_lookup_kernel(*name != '\0' ? name : "/", LOOKUP_FOLLOW | flags, &p);
		if (err != 0)
			continue;
		answer_found(a, &p);
		a->above = a->kind;
		a->kind = VIEW_MISSING;
		a->mode = 0;
		answer_path(a, "", path);
		err = *(last + 1) != '\0' ? hidden_by(&p, last + 1) : -1;
		if (err >= 0) {
			a->kind = VIEW_HIDDEN;
			a->rule = err;
		}
		err = 0;
		path_put(p);
	}
	kfree(name);
	return err == -ENOTDIR ? 0 : err;
}

/* Where the link at p leads to, if that is not found. */
static bool
answer_link(struct view_answer *a, const char *path)
{
	struct path p;
	ssize_t n = -1;
	char *text, *dir;

	if (path_lookup_kernel(path, 0, &p) != 0)
		return false;
	text = xcalloc(1, PATH_MAX_LEN);
	if (S_ISLNK(p.dentry->inode->mode) && p.dentry->inode->ops->readlink != NULL)
		n = p.dentry->inode->ops->readlink(p.dentry->inode, text, PATH_MAX_LEN - 1);
	path_put(p);
	if (n > 0) {
		dir = xstrdup(path);
		*(strrchr(dir, '/') + 1) = '\0';
		if (strlen(dir) + (size_t)n < sizeof(a->path))
			answer_path(a, *text == '/' ? "" : dir, text);
		else
			n = -1;
		kfree(dir);
	}
	kfree(text);
	return n > 0;
}

int
view_explain(const char *path, struct view_answer *a)
{
	struct path p;
	char *name;
	int err, links;

	*a = (struct view_answer){ .kind = VIEW_MISSING, .rule = -1 };
	if (*path != '/' || strlen(path) >= sizeof(a->path))
		return -EINVAL;
	answer_path(a, "", path);
	err = path_lookup_kernel(path, LOOKUP_FOLLOW, &p);
	if (err == 0) {
		answer_found(a, &p);
		path_put(p);
		return 0;
	}
	if (err != -ENOENT && err != -ENOTDIR)
		return err;
	for (links = 0; links < MAX_SYMLINKS; links++) {
		name = xstrdup(a->path);
		if (!answer_link(a, name)) {
			err = answer_missing(a, name, 0);
			kfree(name);
			return err;
		}
		kfree(name);
	}
	return -ELOOP;
}

/* Before the trees that the uprooted names belong to. */
void
view_fini(void)
{
	struct view *v = vk->fs->view;
	unsigned i;

	mutex_lock(&vk->ns_lock);
	for (i = 0; i < v->nhidden; i++) {
		if (v->hidden[i].gone != NULL) {
			dentry_prune(v->hidden[i].gone, true);
			dentry_put(v->hidden[i].gone);
		}
		kfree(v->hidden[i].name);
	}
	mutex_unlock(&vk->ns_lock);
	kfree(v->hidden);
	kfree(v);
	vk->fs->view = NULL;
}
