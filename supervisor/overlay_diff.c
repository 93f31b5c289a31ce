/*
 * overlay_diff.c - what an overlay says, compared with what the host has now.
 *
 * A directory either shows the host's names at the same place, and then only
 * the names that the overlay has can differ; or it has all its names itself,
 * and what the host has besides is deleted.  A directory that was renamed is
 * turned into one of the second kind first (expand).
 *
 * Every path of the host is opened component by component without following
 * links.  Nothing recurses: trees are as deep as a guest likes.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "options.h"
#include "overlay.h"
#include "vksup/vkern.h"

/* --- paths --- */

/* "/a/b" of n names that get(i) gives from the last to the first. */
static char *
path_make(const char **parts, size_t n)
{
	size_t len = 2, i;
	char *s, *p;

	for (i = 0; i < n; i++)
		len += strlen(parts[i]) + 1;
	p = s = xcalloc(1, len);
	if (n == 0)
		*p = '/';
	while (n-- > 0) {
		*p++ = '/';
		p = stpcpy(p, parts[n]);
	}
	return s;
}

char *
lower_path(const struct om_lower *l)
{
	const struct om_lower *i;
	const char **parts;
	size_t n = 0;
	char *s;

	for (i = l; i->parent != NULL; i = i->parent)
		n++;
	parts = xcalloc(n + 1, sizeof(*parts));
	for (n = 0, i = l; i->parent != NULL; i = i->parent)
		parts[n++] = i->name;
	s = path_make(parts, n);
	kfree(parts);
	return s;
}

char *
node_path(const struct om_node *node)
{
	const struct om_node *i;
	const char **parts;
	size_t n = 0;
	char *s;

	for (i = node; i->at != NULL; i = i->at->dir)
		n++;
	parts = xcalloc(n + 1, sizeof(*parts));
	for (n = 0, i = node; i->at != NULL; i = i->at->dir)
		parts[n++] = i->at->name;
	s = path_make(parts, n);
	kfree(parts);
	return s;
}

int
host_dir_open(const char *path)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), next;
	char name[NAME_MAX + 1];
	const char *p, *e;

	for (p = path; fd >= 0; p = e) {
		p += strspn(p, "/");
		e = strchrnul(p, '/');
		if (e == p)
			break;
		if ((size_t)(e - p) > NAME_MAX) {
			close(fd);
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, p, (size_t)(e - p));
		name[e - p] = '\0';
		next = openat(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	return fd;
}

/* The directory of a lower, and its name there ("." of the root). */
static int
lower_parent(const struct om_lower *l, const char **name)
{
	char *path;
	int fd;

	*name = l->parent != NULL ? l->name : ".";
	path = lower_path(l->parent != NULL ? l->parent : l);
	fd = host_dir_open(path);
	kfree(path);
	return fd;
}

static bool
lower_stat(const struct om_lower *l, struct stat *st)
{
	const char *name;
	int dir = lower_parent(l, &name);
	bool ok = dir >= 0 && fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) == 0;

	if (dir >= 0)
		close(dir);
	return ok;
}

/* Is the node's lower what the host has at the node's own (only) place? */
static bool
lower_in_place(const struct om_node *n)
{
	const struct om_lower *l = n->lower;
	const struct om_node *i = n;

	if (l == NULL || n->nnames > 1)
		return false;
	for (; l->parent != NULL && i->at != NULL; l = l->parent, i = i->at->dir)
		if (strcmp(l->name, i->at->name) != 0)
			return false;
	return l->parent == NULL && i->at == NULL;
}

static bool
dir_merges(const struct om_node *n)
{
	return !(n->a.flags & OM_OPAQUE) && lower_in_place(n);
}

char **
paths_resolve(char **args)
{
	char cwd[PATH_MAX], **out;
	size_t n, i;

	for (n = 0; args[n] != NULL; n++)
		;
	if (n == 0)
		return NULL;
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		fail("the current directory", -errno);
	out = xcalloc(n + 1, sizeof(*out));
	for (i = 0; i < n; i++) {
		char *full = NULL, *s, *save = NULL, *p;

		if (asprintf(&full, "%s/%s", args[i][0] == '/' ? "" : cwd, args[i]) < 0)
			fail("out of memory", 0);
		p = out[i] = xcalloc(1, strlen(full) + 2);
		for (s = strtok_r(full, "/", &save); s != NULL; s = strtok_r(NULL, "/", &save)) {
			if (strcmp(s, ".") == 0)
				continue;
			if (strcmp(s, "..") == 0) {
				while (p > out[i] && *--p != '/')
					;
				*p = '\0';
				continue;
			}
			*p++ = '/';
			p = stpcpy(p, s);
		}
		free(full);
	}
	return out;
}

/* a is b or below b. */
static bool
path_below(const char *a, const char *b)
{
	size_t n = strlen(b);

	return strncmp(a, b, n) == 0 && (a[n] == '\0' || a[n] == '/' || n == 0 || (n == 1 && *b == '/'));
}

static bool
path_wanted(char *const *paths, const char *path, bool parents)
{
	if (paths == NULL)
		return true;
	for (; *paths != NULL; paths++)
		if (path_below(path, *paths) || (parents && path_below(*paths, path)))
			return true;
	return false;
}

/* --- a node as the guest sees it --- */

int
node_open(const struct overlay *o, const struct om_node *n)
{
	const char *name;
	struct stat st;
	int dir, fd;

	if (n->a.flags & OM_DATA)
		return overlay_data(o, n);
	if (!(n->a.flags & OM_LOWER_DATA))
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	dir = lower_parent(n->lower, &name);
	if (dir < 0)
		return -1;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	close(dir);
	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
		close(fd);
		errno = ESTALE;
		return -1;
	}
	return fd;
}

bool
node_stat(const struct overlay *o, const struct om_node *n, struct stat *st)
{
	struct stat data;
	int fd;

	bool lower = n->a.flags & (OM_LOWER_ATTR | OM_LOWER_DATA);

	memset(st, 0, sizeof(*st));
	if (lower && (!lower_stat(n->lower, st) || ((st->st_mode ^ n->a.mode) & S_IFMT) != 0)) {
		/* A directory lives on for what is in it. */
		if (!S_ISDIR(n->a.mode))
			return false;
	} else if (n->a.flags & OM_LOWER_ATTR) {
		return true;
	}
	st->st_mode = n->a.mode;
	st->st_uid = n->a.uid;
	st->st_gid = n->a.gid;
	st->st_rdev = n->a.rdev;
	st->st_nlink = n->a.nlink;
	st->st_atim = n->a.atime;
	st->st_mtim = n->a.mtime;
	st->st_ctim = n->a.ctime;
	if (!(n->a.flags & OM_DATA))
		return true;
	fd = overlay_data(o, n);
	if (fd < 0 || fstat(fd, &data) != 0)
		return false;
	close(fd);
	st->st_size = data.st_size;
	st->st_blocks = data.st_blocks;
	if (memcmp(&data.st_mtim, &n->a.data_mtime, sizeof(data.st_mtim)) != 0)
		st->st_mtim = data.st_mtim;
	return true;
}

char *
node_target(const struct om_node *n)
{
	char buf[PATH_MAX];
	const char *name;
	ssize_t r = -1;
	int dir;

	if (n->a.target != NULL)
		return xstrdup(n->a.target);
	dir = lower_parent(n->lower, &name);
	if (dir < 0)
		return NULL;
	r = readlinkat(dir, name, buf, sizeof(buf) - 1);
	close(dir);
	if (r < 0)
		return NULL;
	buf[r] = '\0';
	return xstrdup(buf);
}

/* --- directories that show the host's names from elsewhere --- */

static void
expand_name(struct overlay *o, struct om_node *dir, int fd, const char *name)
{
	struct om_attr a = { .flags = OM_LOWER_ATTR | OM_LOWER_XATTR };
	struct stat st;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    om_name_find(o->tree, dir, name, strlen(name)) != NULL ||
	    fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	a.mode = st.st_mode;
	a.uid = st.st_uid;
	a.gid = st.st_gid;
	a.nlink = (uint32_t)max_of(st.st_nlink, (nlink_t)1);
	a.rdev = st.st_rdev;
	a.atime = st.st_atim;
	a.mtime = st.st_mtim;
	a.ctime = st.st_ctim;
	if (S_ISREG(st.st_mode))
		a.flags |= OM_LOWER_DATA;
	om_add_name(o->tree, dir, name, om_add_node(o->tree, &a, om_add_lower(o->tree, dir->lower, name)), 0);
}

static void
expand_dir(struct overlay *o, struct om_node *n)
{
	char *path = lower_path(n->lower);
	int fd = host_dir_open(path), list = -1;
	struct dirent *e;
	DIR *d = NULL;

	if (fd >= 0)
		list = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (list >= 0)
		d = fdopendir(list);
	if (d == NULL && errno != ENOENT)
		overlay_fail(&(struct overlay){ .name = path }, "", strerror(errno));
	while (d != NULL && (e = readdir(d)) != NULL)
		expand_name(o, n, fd, e->d_name);
	if (d != NULL)
		closedir(d);
	if (fd >= 0)
		close(fd);
	n->a.flags |= OM_OPAQUE;
	kfree(path);
}

/* --- comparing --- */

static bool
same_bytes(int a, int b)
{
	static char ba[65536], bb[65536];
	ssize_t n, m, r;

	while ((n = read(a, ba, sizeof(ba))) > 0) {
		for (m = 0; m < n; m += r) {
			r = read(b, bb + m, (size_t)(n - m));
			if (r <= 0)
				return false;
		}
		if (memcmp(ba, bb, (size_t)n) != 0)
			return false;
	}
	return n == 0 && read(b, bb, 1) == 0;
}

static bool
same_contents(const struct overlay *o, const struct difference *d, const struct stat *st)
{
	int a, b;
	bool same;

	if ((d->node->a.flags & OM_LOWER_DATA) && lower_in_place(d->node))
		return true;
	if (st->st_size != d->host.st_size)
		return false;
	a = node_open(o, d->node);
	b = openat(d->dir, d->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	same = a >= 0 && b >= 0 && same_bytes(a, b);
	if (a >= 0)
		close(a);
	if (b >= 0)
		close(b);
	return same;
}

static bool
same_target(const struct difference *d)
{
	char buf[PATH_MAX], *target = node_target(d->node);
	ssize_t n = readlinkat(d->dir, d->name, buf, sizeof(buf));
	bool same = target != NULL && n == (ssize_t)strlen(target) && memcmp(buf, target, (size_t)n) == 0;

	kfree(target);
	return same;
}

/* The host's own extended attributes of users are the node's. */
static bool
same_xattrs(const struct difference *d)
{
	char proc[64], names[65536], value[65536], *s;
	struct om_xattr *x;
	ssize_t n, r = 0;
	bool same = true;
	int fd;

	if (d->node->a.flags & OM_LOWER_XATTR)
		return true;
	fd = openat(d->dir, d->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return true;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	SLIST_FOREACH(x, &d->node->xattrs, link) {
		if (strncmp(x->name, "user.", 5) != 0)
			continue;
		r = getxattr(proc, x->name, value, sizeof(value));
		same = same && r == (ssize_t)x->len && memcmp(value, x->value, x->len) == 0;
	}
	n = S_ISLNK(d->node->a.mode) ? 0 : listxattr(proc, names, sizeof(names));
	for (s = names; n > 0 && s < names + n; s += strlen(s) + 1) {
		if (strncmp(s, "user.", 5) != 0)
			continue;
		SLIST_FOREACH(x, &d->node->xattrs, link)
			if (strcmp(x->name, s) == 0)
				break;
		same = same && x != NULL;
	}
	close(fd);
	return same;
}

/* Owners count for who could set them. */
static bool
same_attrs(const struct difference *d, const struct stat *st)
{
	if (d->node->a.flags & OM_LOWER_ATTR)
		return true;
	if (S_ISLNK(st->st_mode))
		return true;
	if (((st->st_mode ^ d->host.st_mode) & 07777) != 0)
		return false;
	if (geteuid() == 0 && (st->st_uid != d->host.st_uid || st->st_gid != d->host.st_gid))
		return false;
	return !S_ISREG(st->st_mode) ||
	    (st->st_mtim.tv_sec == d->host.st_mtim.tv_sec && st->st_mtim.tv_nsec == d->host.st_mtim.tv_nsec);
}

/* Fills in d->change; false: no difference. */
static bool
node_differs(const struct overlay *o, struct difference *d)
{
	struct stat st;

	/* What cannot be known: the host's file that it was is gone. */
	if (!node_stat(o, d->node, &st))
		return false;
	d->change = CHANGE_ADDED;
	if (d->host.st_mode == 0)
		return true;
	d->change = CHANGE_TYPE;
	if (((st.st_mode ^ d->host.st_mode) & S_IFMT) != 0)
		return true;
	d->change = CHANGE_MODIFIED;
	if (S_ISREG(st.st_mode) && !same_contents(o, d, &st))
		return true;
	if (S_ISLNK(st.st_mode) && !same_target(d))
		return true;
	if ((S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) && st.st_rdev != d->host.st_rdev)
		return true;
	d->change = CHANGE_ATTR;
	return !same_attrs(d, &st) || !same_xattrs(d);
}

/* --- the walk --- */

struct name_list {
	char		**names;
	size_t		n;
};

struct walk {
	struct overlay	*o;
	char *const	*paths;
	bool		parents;
	int		(*fn)(void *arg, const struct difference *d);
	void		*arg;
};

static void
list_add(struct name_list *l, const char *name)
{
	if (l->n % 64 == 0) {
		l->names = realloc(l->names, (l->n + 64) * sizeof(*l->names));
		if (l->names == NULL)
			fail("out of memory", 0);
	}
	l->names[l->n++] = xstrdup(name);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of a directory that can differ. */
static void
dir_names(struct walk *w, struct om_node *n, int host, struct name_list *l)
{
	int fd = -1;
	struct om_name *name;
	struct dirent *e;
	DIR *d = NULL;

	if (!dir_merges(n) && host >= 0)
		fd = openat(host, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		d = fdopendir(fd);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    om_name_find(w->o->tree, n, e->d_name, strlen(e->d_name)) == NULL)
			list_add(l, e->d_name);
	if (d != NULL)
		closedir(d);
	TAILQ_FOREACH(name, &n->names, link)
		list_add(l, name->name);
	qsort(l->names, l->n, sizeof(*l->names), by_name);
}

static int
walk_name(struct walk *w, struct om_node *dir, const char *path, int host, const char *name)
{
	struct om_name *n = om_name_find(w->o->tree, dir, name, strlen(name));
	struct difference d = { .dir = host, .name = name, .node = n != NULL ? n->node : NULL };
	char *full = NULL;
	bool differs;
	int r = 0;

	if (host < 0 || fstatat(host, name, &d.host, AT_SYMLINK_NOFOLLOW) != 0)
		d.host.st_mode = 0;
	if (asprintf(&full, "%s/%s", path[1] == '\0' ? "" : path, name) < 0)
		fail("out of memory", 0);
	d.path = full;
	if (path_wanted(w->paths, full, w->parents)) {
		d.change = CHANGE_DELETED;
		differs = d.node != NULL ? node_differs(w->o, &d) : d.host.st_mode != 0;
		if (differs)
			r = w->fn(w->arg, &d);
	}
	free(full);
	return r;
}

static bool
path_on_way(char *const *paths, const char *path)
{
	return path_wanted(paths, path, true);
}

/* The directories below, the first name on top of the stack. */
static void
walk_push(struct walk *w, struct om_node *dir, const struct name_list *l, struct om_node **todo,
    size_t *count)
{
	struct om_name *n;
	size_t i;

	for (i = l->n; i-- > 0;) {
		n = om_name_find(w->o->tree, dir, l->names[i], strlen(l->names[i]));
		if (n != NULL && n->node != NULL && S_ISDIR(n->node->a.mode))
			todo[(*count)++] = n->node;
	}
}

static int
walk_dir(struct walk *w, struct om_node *dir, struct om_node **todo, size_t *count)
{
	struct name_list l = { 0 };
	char *path = node_path(dir);
	int host = -1, r = 0;
	size_t i;

	if (path_on_way(w->paths, path)) {
		host = host_dir_open(path);
		dir_names(w, dir, host, &l);
		for (i = 0; i < l.n && r == 0; i++)
			r = walk_name(w, dir, path, host, l.names[i]);
		walk_push(w, dir, &l, todo, count);
	}
	for (i = 0; i < l.n; i++)
		kfree(l.names[i]);
	free(l.names);
	if (host >= 0)
		close(host);
	kfree(path);
	return r;
}

static void
expand(struct overlay *o)
{
	struct om_node **todo = NULL, *n;
	struct om_name *name;
	size_t count = 0, size = 0;

	for (n = o->tree->root; n != NULL; n = count > 0 ? todo[--count] : NULL) {
		if (n->lower != NULL && !dir_merges(n) && !(n->a.flags & OM_OPAQUE))
			expand_dir(o, n);
		TAILQ_FOREACH(name, &n->names, link) {
			if (name->node == NULL || !S_ISDIR(name->node->a.mode))
				continue;
			if (count == size) {
				size = size * 2 + 64;
				todo = realloc(todo, size * sizeof(struct om_node *));
				if (todo == NULL)
					fail("out of memory", 0);
			}
			todo[count++] = name->node;
		}
	}
	free(todo);
}

int
overlay_diff(struct overlay *o, char *const *paths, bool parents,
    int (*fn)(void *arg, const struct difference *d), void *arg)
{
	struct walk w = { o, paths, parents, fn, arg };
	struct om_node **todo;
	size_t count = 0;
	int r = 0;

	expand(o);
	todo = xcalloc(o->tree->nodes.n + 1, sizeof(*todo));
	todo[count++] = o->tree->root;
	while (count > 0 && r == 0)
		r = walk_dir(&w, todo[--count], todo, &count);
	kfree(todo);
	return r;
}
