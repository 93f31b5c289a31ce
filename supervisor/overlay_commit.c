/*
 * overlay_commit.c - what an overlay says becomes the host's.
 *
 *	1. Contents that the overlay has of the host's files under other names
 *	   are copied into it, so that it depends on nothing that changes below.
 *	2. Everything that was made or changed is put in place: a file is written
 *	   beside its name, flushed, and renamed over it.
 *	3. What was deleted is deleted.
 *	4. The journal is written anew without what was committed.
 *
 * Whoever is killed does it again from the start: what is in place already
 * is no difference any more, and the deletions are known until step 4.
 *
 * All host paths are opened component by component, no link is ever followed:
 * a link that the overlay or somebody else put on the way ends with an error.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "options.h"
#include "overlay.h"
#include "vksup/vkern.h"

#define COPY_BUF	(1u << 18)

struct commit {
	struct overlay	*o;
	char		**gone;		/* to be deleted, a directory before what is in it */
	size_t		ngone;
	struct om_node	**dirs;		/* whose modes are set at the end */
	size_t		ndirs;
	int		failed;
};

static void
complain(struct commit *c, const char *path, const char *what)
{
	fprintf(stderr, "vksup: %s: %s\n", path, what);
	c->failed = 1;
}

/* --- copying --- */

static int
copy_stretch(int from, int to, off_t at, off_t end)
{
	static char buf[COPY_BUF];
	ssize_t n, done, r;

	for (; at < end; at += n) {
		n = pread(from, buf, min_of((size_t)(end - at), sizeof(buf)), at);
		if (n <= 0)
			return (int)n;
		for (done = 0; done < n; done += r) {
			r = pwrite(to, buf + done, (size_t)(n - done), at + done);
			if (r <= 0)
				return -1;
		}
	}
	return 0;
}

/* With its holes.  0 or -1 with errno set. */
static int
copy_contents(int from, int to)
{
	struct stat st;
	off_t at, end = 0;

	if (fstat(from, &st) != 0)
		return -1;
	if (!S_ISREG(st.st_mode))
		return 0;
	if (ftruncate(to, st.st_size) != 0)
		return -1;
	while ((at = lseek(from, end, SEEK_DATA)) >= 0) {
		end = lseek(from, at, SEEK_HOLE);
		if (end < 0 || copy_stretch(from, to, at, end) != 0)
			return -1;
	}
	return errno == ENXIO ? 0 : -1;
}

/* --- step 1 --- */

static bool
needs_own_data(const struct om_node *n)
{
	char *own, *lower;
	bool other;

	if (!(n->a.flags & OM_LOWER_DATA) || n->nnames == 0)
		return false;
	own = node_path(n);
	lower = lower_path(n->lower);
	other = n->nnames > 1 || strcmp(own, lower) != 0;
	kfree(own);
	kfree(lower);
	return other;
}

static int
data_create(const struct overlay *o, const struct om_node *n)
{
	char name[20];

	snprintf(name, sizeof(name), "%llx", (unsigned long long)n->a.id);
	unlinkat(o->data, name, 0);
	return openat(o->data, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* The lower's xattrs are copied too: they would go with its name. */
static void
own_attrs(struct om_node *n, const struct stat *st)
{
	if (!(n->a.flags & OM_LOWER_ATTR))
		return;
	n->a.mode = st->st_mode;
	n->a.uid = st->st_uid;
	n->a.gid = st->st_gid;
	n->a.atime = st->st_atim;
	n->a.mtime = st->st_mtim;
	n->a.ctime = st->st_ctim;
	n->a.flags &= ~OM_LOWER_ATTR;
}

static int
own_data(struct commit *c, struct om_node *n)
{
	char *path = node_path(n);
	struct stat st, data;
	int from = node_open(c->o, n), to = -1, err = -1;

	if (from >= 0 && node_stat(c->o, n, &st))
		to = data_create(c->o, n);
	if (to >= 0 && copy_contents(from, to) == 0 && fsync(to) == 0 && fstat(to, &data) == 0)
		err = 0;
	if (err != 0) {
		complain(c, path, strerror(errno));
	} else {
		own_attrs(n, &st);
		n->a.mtime = st.st_mtim;
		n->a.data_mtime = data.st_mtim;
		n->a.flags = (n->a.flags & ~(OM_LOWER_DATA | OM_SHARED)) | OM_DATA;
	}
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	kfree(path);
	return err;
}

/* Links too: their targets are the lower's. */
static void
own_target(struct om_node *n)
{
	struct stat st;
	char *own, *lower;

	if (!S_ISLNK(n->a.mode) || n->a.target != NULL || n->nnames == 0)
		return;
	own = node_path(n);
	lower = lower_path(n->lower);
	if (strcmp(own, lower) != 0) {
		n->a.target = node_target(n);
		if (node_stat(NULL, n, &st))
			own_attrs(n, &st);
	}
	kfree(own);
	kfree(lower);
}

static int
nothing(void *arg, const struct difference *d)
{
	(void)arg;
	(void)d;
	return 1;
}

static int
step_own(struct commit *c)
{
	struct om_node *n;
	bool any = false;
	struct stat st;
	size_t i = 0;

	/* For what it does to directories that were renamed. */
	overlay_diff(c->o, NULL, false, nothing, NULL);
	while ((n = om_node_next(c->o->tree, &i)) != NULL) {
		own_target(n);
		if ((n->a.flags & (OM_OPAQUE | OM_LOWER_ATTR)) == (OM_OPAQUE | OM_LOWER_ATTR)) {
			if (node_stat(c->o, n, &st))
				own_attrs(n, &st);
			any = true;
		}
		if (!needs_own_data(n))
			continue;
		if (own_data(c, n) != 0)
			return -1;
		any = true;
	}
	if (any)
		overlay_rewrite(c->o);
	return 0;
}

/* --- step 2 --- */

static void
temp_name(const struct difference *d, char buf[40])
{
	snprintf(buf, 40, ".vksup-commit.%llx", (unsigned long long)d->node->a.id);
}

static int
set_owner(int dir, const char *name, const struct stat *st)
{
	if (geteuid() != 0)
		return 0;
	return fchownat(dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW);
}

static void
set_xattrs(const struct om_node *n, int fd)
{
	char names[65536], *s;
	struct om_xattr *x;
	ssize_t len;

	if (n->a.flags & OM_LOWER_XATTR)
		return;
	len = flistxattr(fd, names, sizeof(names));
	for (s = names; len > 0 && s < names + len; s += strlen(s) + 1)
		if (strncmp(s, "user.", 5) == 0)
			fremovexattr(fd, s);
	SLIST_FOREACH(x, &n->xattrs, link)
		if (strncmp(x->name, "user.", 5) == 0)
			(void)!fsetxattr(fd, x->name, x->value, x->len, 0);
}

static int
set_file_attrs(const struct om_node *n, int dir, const char *name, int fd, const struct stat *st)
{
	const struct timespec ts[2] = { st->st_atim, st->st_mtim };

	if (set_owner(dir, name, st) != 0 || fchmod(fd, st->st_mode & 07777) != 0)
		return -1;
	set_xattrs(n, fd);
	return futimens(fd, ts);
}

static int
make_regular(struct commit *c, const struct difference *d, const char *temp, const struct stat *st)
{
	int from = node_open(c->o, d->node), to = -1, r = -1;

	if (from >= 0)
		to = openat(d->dir, temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to >= 0 && copy_contents(from, to) == 0 && set_file_attrs(d->node, d->dir, temp, to, st) == 0)
		r = fsync(to);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return r;
}

/* A second name of what is in place under another. */
static int
make_link(const struct difference *d, const char *temp)
{
	const char *path = d->node->user, *name = strrchr(path, '/') + 1;
	char *parent = strndup(path, (size_t)(name - path));
	int dir = host_dir_open(parent), r = -1;

	if (dir >= 0) {
		r = linkat(dir, name, d->dir, temp, 0);
		close(dir);
	}
	free(parent);
	return r;
}

static int
make_other(const struct difference *d, const char *temp, const struct stat *st)
{
	const struct timespec ts[2] = { st->st_atim, st->st_mtim };
	char *target;
	int r;

	if (S_ISLNK(st->st_mode)) {
		target = node_target(d->node);
		r = target != NULL ? symlinkat(target, d->dir, temp) : -1;
		kfree(target);
		if (r == 0)
			r = set_owner(d->dir, temp, st);
	} else {
		r = mknodat(d->dir, temp, (st->st_mode & S_IFMT) | 0600, st->st_rdev);
		if (r == 0)
			r = set_owner(d->dir, temp, st);
		if (r == 0)
			r = fchmodat(d->dir, temp, st->st_mode & 07777, 0);
	}
	if (r == 0)
		(void)!utimensat(d->dir, temp, ts, AT_SYMLINK_NOFOLLOW);
	return r;
}

static int remove_tree(int dir, const char *name, int depth);

static int
dir_sync(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (fd < 0)
		return -1;
	r = fsync(fd);
	close(fd);
	return r;
}

/* Something that is not a directory, in the place of whatever there is. */
static int
apply_file(struct commit *c, const struct difference *d, const struct stat *st)
{
	char temp[40];
	int r;

	temp_name(d, temp);
	unlinkat(d->dir, temp, 0);
	if (d->node->user != NULL)
		r = make_link(d, temp);
	else if (S_ISREG(st->st_mode))
		r = make_regular(c, d, temp, st);
	else
		r = make_other(d, temp, st);
	if (r == 0 && S_ISDIR(d->host.st_mode))
		r = remove_tree(d->dir, d->name, 0);
	if (r == 0)
		r = renameat(d->dir, temp, d->dir, d->name);
	if (r != 0) {
		r = errno;
		unlinkat(d->dir, temp, 0);
		errno = r;
		return -1;
	}
	return dir_sync(d->dir);
}

static int
apply_attrs(const struct difference *d, const struct stat *st)
{
	int fd = openat(d->dir, d->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), r;
	struct stat now;

	if (fd < 0 && (errno == EACCES || errno == ELOOP || errno == ENXIO)) {
		/* Not to be read: by its name, which is what we have just looked at. */
		r = set_owner(d->dir, d->name, st);
		return r == 0 && !S_ISLNK(st->st_mode) ? fchmodat(d->dir, d->name, st->st_mode & 07777, 0) : r;
	}
	if (fd < 0)
		return -1;
	r = fstat(fd, &now);
	if (r == 0 && (now.st_ino != d->host.st_ino || now.st_dev != d->host.st_dev)) {
		errno = ESTALE;
		r = -1;
	}
	if (r == 0)
		r = set_file_attrs(d->node, d->dir, d->name, fd, st);
	close(fd);
	return r;
}

/* Modes of directories come last: they may forbid us to write there. */
static int
apply_dir(struct commit *c, const struct difference *d)
{
	int r = 0;

	if (d->change == CHANGE_TYPE)
		r = unlinkat(d->dir, d->name, 0);
	if (r == 0 && d->change != CHANGE_ATTR)
		r = mkdirat(d->dir, d->name, 0700);
	if (r == 0 && d->change != CHANGE_ATTR)
		r = dir_sync(d->dir);
	c->dirs = realloc(c->dirs, (c->ndirs + 1) * sizeof(struct om_node *));
	if (c->dirs == NULL)
		fail("out of memory", 0);
	c->dirs[c->ndirs++] = d->node;
	return r;
}

static int
step_apply(void *arg, const struct difference *d)
{
	struct commit *c = arg;
	struct stat st;
	int r = -1;

	if (d->change == CHANGE_DELETED) {
		c->gone = realloc(c->gone, (c->ngone + 1) * sizeof(*c->gone));
		if (c->gone == NULL)
			fail("out of memory", 0);
		c->gone[c->ngone++] = xstrdup(d->path);
		return 0;
	}
	/* A directory of the host's, used as it was: somebody else put a file there. */
	if (d->change == CHANGE_TYPE && S_ISDIR(d->node->a.mode) && d->node->at != NULL &&
	    (d->node->at->flags & OM_LOWER_NAME)) {
		complain(c, d->path, "is not what it was any more");
		return 0;
	}
	errno = ELOOP;
	if (d->dir >= 0 && node_stat(c->o, d->node, &st)) {
		if (S_ISSOCK(st.st_mode))
			return 0;	/* nobody is behind it */
		if (S_ISDIR(st.st_mode))
			r = apply_dir(c, d);
		else if (d->change == CHANGE_ATTR)
			r = apply_attrs(d, &st);
		else
			r = apply_file(c, d, &st);
	}
	if (r != 0)
		complain(c, d->path, d->dir < 0 ? "the directory that it is in is not there, or a link" :
		    strerror(errno));
	else if (d->node->nnames > 1 && d->node->user == NULL && !S_ISDIR(st.st_mode))
		d->node->user = xstrdup(d->path);
	return 0;
}

static void
step_dirs(struct commit *c)
{
	struct om_node *n;
	struct stat st;
	char *path;
	int fd, r;

	while (c->ndirs > 0) {
		n = c->dirs[--c->ndirs];
		path = node_path(n);
		fd = host_dir_open(path);
		r = -1;
		if (fd >= 0) {
			int real = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

			if (real >= 0 && node_stat(c->o, n, &st))
				r = set_file_attrs(n, fd, ".", real, &st);
			if (real >= 0)
				close(real);
			close(fd);
		}
		if (r != 0)
			complain(c, path, strerror(errno));
		kfree(path);
	}
}

/* --- step 3 --- */

#define DEPTH_MAX	900		/* a descriptor each */

static int
remove_names(int fd, int depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;
	int r = 0;

	if (d == NULL) {
		close(fd);
		return -1;
	}
	while (r == 0 && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			r = remove_tree(dirfd(d), e->d_name, depth + 1);
	closedir(d);
	return r;
}

static int
remove_tree(int dir, const char *name, int depth)
{
	int fd;

	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (depth >= DEPTH_MAX) {
		close(fd);
		errno = ELOOP;
		return -1;
	}
	if (remove_names(fd, depth) != 0)
		return -1;
	return unlinkat(dir, name, AT_REMOVEDIR);
}

static void
step_delete(struct commit *c)
{
	const char *name;
	char *parent;
	size_t i;
	int dir;

	for (i = 0; i < c->ngone; i++) {
		name = strrchr(c->gone[i], '/') + 1;
		parent = strndup(c->gone[i], (size_t)(name - c->gone[i]));
		dir = host_dir_open(parent);
		if (dir < 0 || remove_tree(dir, name, 0) != 0 || dir_sync(dir) != 0)
			complain(c, c->gone[i], strerror(errno));
		if (dir >= 0)
			close(dir);
		free(parent);
	}
}

/* --- step 4 --- */

static struct om_node *
node_at(const struct om_tree *t, const char *path, struct om_name **at)
{
	struct om_node *n = t->root;
	size_t len;

	*at = NULL;
	while (n != NULL && *path != '\0') {
		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (len == 0)
			break;
		*at = om_name_find(t, n, path, len);
		n = *at != NULL ? (*at)->node : NULL;
		path += len;
		if (n == NULL && *path != '\0')
			*at = NULL;
	}
	return n;
}

/* The host has it now; in a directory that hides the host's it must stay. */
static void
forget(struct overlay *o, char *const *paths)
{
	struct om_name *n;
	char *parent, *lower;
	bool merges;

	for (; *paths != NULL; paths++) {
		if (**paths == '\0') {
			om_free(o->tree);
			o->tree = om_new();
			return;
		}
		(void)node_at(o->tree, *paths, &n);
		if (n == NULL)
			continue;
		parent = node_path(n->dir);
		lower = n->dir->lower != NULL ? lower_path(n->dir->lower) : NULL;
		merges = lower != NULL && !(n->dir->a.flags & OM_OPAQUE) && strcmp(parent, lower) == 0;
		kfree(parent);
		kfree(lower);
		if (merges)
			om_drop_name(o->tree, n);
	}
}

int
overlay_commit(struct overlay *o, char *const *paths)
{
	static char all[] = "";
	char *everything[] = { all, NULL };
	struct commit c = { .o = o };
	struct om_node *n;
	size_t i = 0;

	if (step_own(&c) == 0)
		overlay_diff(o, paths, true, step_apply, &c);
	if (!c.failed)
		step_delete(&c);
	step_dirs(&c);
	while ((n = om_node_next(o->tree, &i)) != NULL) {
		kfree(n->user);
		n->user = NULL;
	}
	for (i = 0; i < c.ngone; i++)
		kfree(c.gone[i]);
	free(c.gone);
	free(c.dirs);
	if (c.failed)
		return 1;
	forget(o, paths != NULL ? paths : everything);
	overlay_rewrite(o);
	overlay_again(o, o);
	overlay_tidy(o);
	return 0;
}
