/*
 * fakehost_change.c - the fake host's files as the kernel changes them, for
 * what is written through to the host.
 *
 * All under files.lock.
 */
#include "fakehost_fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
name_check(const char *name)
{
	FAKE_ASSERT(*name != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
	    strcmp(name, "..") != 0);
}

/* The directory, which may be changed, and what is called name in it or NULL. */
static int
dir_for_change(hfd_t dir, const char *name, struct fnode **out, struct fent **e)
{
	struct fnode *n = fd_get(dir)->node;

	name_check(name);
	if (!S_ISDIR(n->mode))
		return -ENOTDIR;
	if (strlen(name) > 255)
		return -ENAMETOOLONG;
	*out = n;
	*e = fnode_find(n, name, strlen(name));
	return fnode_may(n, 3);
}

static struct fnode *
node_make(unsigned mode)
{
	struct fnode *n = fnode_new(mode);

	n->uid = fk.info.uid;
	n->gid = fk.info.gid;
	return n;
}

static int
make(hfd_t dir, const char *name, unsigned mode, const char *target, hfd_t *fd)
{
	struct fnode *d, *n;
	struct fent *e;
	int err;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	err = dir_for_change(dir, name, &d, &e);
	if (err == 0 && e != NULL)
		err = -EEXIST;
	if (err == 0 && d->nlink == 0)
		err = -ENOENT;
	if (err == 0) {
		n = node_make(mode);
		if (target != NULL) {
			n->text = strdup(target);
			n->size = (int64_t)strlen(target);
		}
		fnode_add(d, name, strlen(name), n);
		if (fd != NULL) {
			fnode_memory(n);
			n->refs++;
			fd_new(n, O_RDWR, fd);
		}
	}
	pthread_mutex_unlock(&files.lock);
	return err;
}

int
host_create(hfd_t dir, const char *name, unsigned mode, hfd_t *fd)
{
	return make(dir, name, S_IFREG | (mode & 01777 & ~fk.info.umask), NULL, fd);
}

int
host_mkdir(hfd_t dir, const char *name, unsigned mode)
{
	return make(dir, name, S_IFDIR | (mode & 01777 & ~fk.info.umask), NULL, NULL);
}

int
host_mknod(hfd_t dir, const char *name, unsigned mode)
{
	FAKE_ASSERT(S_ISFIFO(mode) || S_ISSOCK(mode));
	return make(dir, name, mode & (S_IFMT | 0777) & ~fk.info.umask, NULL, NULL);
}

int
host_symlink(const char *target, hfd_t dir, const char *name)
{
	return make(dir, name, S_IFLNK | 0777, target, NULL);
}

int
host_tmpfile(hfd_t dir, unsigned mode, hfd_t *fd)
{
	struct fnode *n;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	FAKE_ASSERT(S_ISDIR(fd_get(dir)->node->mode));
	n = node_make(S_IFREG | (mode & 01777 & ~fk.info.umask));
	n->nlink = 0;
	fnode_memory(n);
	fd_new(n, O_RDWR, fd);
	pthread_mutex_unlock(&files.lock);
	return 0;
}

static int
unlink_check(const struct fent *e, bool isdir)
{
	if (e == NULL)
		return -ENOENT;
	if (isdir && !S_ISDIR(e->node->mode))
		return -ENOTDIR;
	if (!isdir && S_ISDIR(e->node->mode))
		return -EISDIR;
	return isdir && e->node->ents != NULL ? -ENOTEMPTY : 0;
}

int
host_unlink(hfd_t dir, const char *name, bool isdir)
{
	struct fnode *d;
	struct fent *e;
	int err;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	err = dir_for_change(dir, name, &d, &e);
	if (err == 0)
		err = unlink_check(e, isdir);
	if (err == 0) {
		if (isdir)
			e->node->nlink = 1;
		fnode_remove(d, name);
	}
	pthread_mutex_unlock(&files.lock);
	return err;
}

static int
rename_check(const struct fent *oe, const struct fent *ne, unsigned flags)
{
	if (oe == NULL || (ne == NULL && (flags & RENAME_EXCHANGE)))
		return -ENOENT;
	if (ne != NULL && (flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (ne == NULL || (flags & RENAME_EXCHANGE))
		return 0;
	return unlink_check(ne, S_ISDIR(oe->node->mode));
}

int
host_rename(hfd_t odir, const char *oname, hfd_t ndir, const char *nname, unsigned flags)
{
	struct fnode *od, *nd, *n;
	struct fent *oe, *ne;
	int err;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	err = dir_for_change(odir, oname, &od, &oe);
	if (err == 0)
		err = dir_for_change(ndir, nname, &nd, &ne);
	if (err == 0)
		err = rename_check(oe, ne, flags);
	if (err == 0 && (flags & RENAME_EXCHANGE)) {
		n = oe->node;
		oe->node = ne->node;
		ne->node = n;
	} else if (err == 0 && oe != ne) {
		if (ne != NULL) {
			if (S_ISDIR(ne->node->mode))
				ne->node->nlink = 1;
			fnode_remove(nd, nname);
		}
		n = oe->node;
		n->refs++;
		n->nlink++;
		fnode_remove(od, oname);
		fnode_add(nd, nname, strlen(nname), n);
	}
	pthread_mutex_unlock(&files.lock);
	return err;
}

int
host_link(hfd_t fd, hfd_t dir, const char *name)
{
	struct fnode *d, *n;
	struct fent *e;
	int err;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	n = fd_get(fd)->node;
	err = dir_for_change(dir, name, &d, &e);
	if (err == 0 && e != NULL)
		err = -EEXIST;
	if (err == 0 && S_ISDIR(n->mode))
		err = -EPERM;
	if (err == 0) {
		n->refs++;
		n->nlink++;
		fnode_add(d, name, strlen(name), n);
	}
	pthread_mutex_unlock(&files.lock);
	return err;
}

int
host_reopen(hfd_t fd, int flags, hfd_t *out)
{
	struct fnode *n;
	int err;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	n = fd_get(fd)->node;
	FAKE_ASSERT(S_ISREG(n->mode));
	err = fnode_open_check(n, flags & O_ACCMODE);
	if (err == 0) {
		fnode_memory(n);
		n->refs++;
		fd_new(n, flags & O_ACCMODE, out);
	}
	pthread_mutex_unlock(&files.lock);
	return err;
}

/* What only the owner may change. */
static int
owned(hfd_t fd, struct fnode **n)
{
	*n = fd_get(fd)->node;
	return fk.info.uid == 0 || fk.info.uid == (*n)->uid ? 0 : -EPERM;
}

int
host_chmod(hfd_t fd, unsigned mode)
{
	struct fnode *n;
	int err;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	err = owned(fd, &n);
	if (err == 0 && S_ISLNK(n->mode))
		err = -EOPNOTSUPP;
	if (err == 0)
		n->mode = (n->mode & S_IFMT) | (mode & 07777);
	pthread_mutex_unlock(&files.lock);
	return err;
}

int
host_chown(hfd_t fd, uint32_t uid, uint32_t gid)
{
	struct fnode *n;
	int err;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	err = owned(fd, &n);
	if (err == 0 && fk.info.uid != 0 && uid != (uint32_t)-1 && uid != n->uid)
		err = -EPERM;
	if (err == 0 && uid != (uint32_t)-1)
		n->uid = uid;
	if (err == 0 && gid != (uint32_t)-1)
		n->gid = gid;
	pthread_mutex_unlock(&files.lock);
	return err;
}

/* One time for all three. */
int
host_utimes(hfd_t fd, const struct timespec ts[2])
{
	struct fnode *n;
	int err;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	err = owned(fd, &n);
	if (err == 0 && ts[1].tv_nsec != UTIME_OMIT)
		n->mtime = ts[1].tv_sec;
	pthread_mutex_unlock(&files.lock);
	return err;
}

static struct fxattr **
xattr_find(struct fnode *n, const char *attr)
{
	struct fxattr **x;

	for (x = &n->xattrs; *x != NULL && strcmp((*x)->name, attr) != 0; x = &(*x)->next)
		;
	return x;
}

static void
xattr_drop(struct fxattr **at)
{
	struct fxattr *x = *at;

	*at = x->next;
	free(x->name);
	free(x->value);
	free(x);
}

/* Values are text. */
int
host_setxattr(hfd_t fd, const char *attr, const void *buf, size_t n, int flags)
{
	struct fxattr **at, *x;
	int err = 0;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	at = xattr_find(fd_get(fd)->node, attr);
	if (*at != NULL && (flags & 1))
		err = -EEXIST;
	else if (*at == NULL && (flags & 2))
		err = -ENODATA;
	if (err == 0) {
		if (*at != NULL)
			xattr_drop(at);
		x = calloc(1, sizeof(*x));
		FAKE_ASSERT(x != NULL);
		x->name = strdup(attr);
		x->value = strndup(buf, n);
		x->next = *at;
		*at = x;
	}
	pthread_mutex_unlock(&files.lock);
	return err;
}

int
host_removexattr(hfd_t fd, const char *attr)
{
	struct fxattr **at;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	at = xattr_find(fd_get(fd)->node, attr);
	if (*at != NULL)
		xattr_drop(at);
	else
		at = NULL;
	pthread_mutex_unlock(&files.lock);
	return at != NULL ? 0 : -ENODATA;
}

int
host_fsync(hfd_t fd, bool data_only)
{
	(void)data_only;
	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	fd_get(fd);
	pthread_mutex_unlock(&files.lock);
	return 0;
}

ssize_t
host_append(hfd_t fd, const void *buf, size_t n)
{
	ssize_t r;
	off_t end;
	int m;

	FAIL_POINT();
	m = fd_memory(fd, true);
	if (m < 0)
		return m;
	end = lseek(m, 0, SEEK_END);
	r = pwrite(m, buf, n, end);
	return r < 0 ? -errno : r;
}
