/*
 * fakehost_fs.c - the fake host's files: a tree that the test fills,
 * descriptors, memory files, attributes.
 *
 * Contents are in memory files of the real host, made when a file is first
 * opened: they give holes, truncation and shared mappings as they must be.
 * What the kernel may change of the tree is in fakehost_change.c.
 *
 * All under files.lock.
 */
#include "fakehost_fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FD_BASE		1000		/* so that no real descriptor is one */
#define HOST_DEV	0x801

struct fake_files files = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* --- nodes --- */

struct fnode *
fnode_new(unsigned mode)
{
	struct fnode *n = calloc(1, sizeof(*n));

	FAKE_ASSERT(n != NULL);
	n->refs = 1;
	n->mode = mode;
	n->ino = ++files.last_ino;
	n->nlink = S_ISDIR(mode) ? 2 : 1;
	n->memfd = -1;
	n->mtime = 1600000000;
	return n;
}

void
fnode_put(struct fnode *n)
{
	struct fent *e;
	struct fxattr *x;

	if (--n->refs > 0)
		return;
	while ((e = n->ents) != NULL) {
		n->ents = e->next;
		fnode_put(e->node);
		free(e->name);
		free(e);
	}
	while ((x = n->xattrs) != NULL) {
		n->xattrs = x->next;
		free(x->name);
		free(x->value);
		free(x);
	}
	if (n->memfd >= 0)
		close(n->memfd);
	free(n->text);
	free(n);
}

struct fent *
fnode_find(struct fnode *dir, const char *name, size_t len)
{
	struct fent *e;

	for (e = dir->ents; e != NULL; e = e->next)
		if (strlen(e->name) == len && memcmp(e->name, name, len) == 0)
			return e;
	return NULL;
}

/* At the end: the order of a directory is that of its making. */
void
fnode_add(struct fnode *dir, const char *name, size_t len, struct fnode *n)
{
	struct fent **p = &dir->ents, *e = calloc(1, sizeof(*e));

	FAKE_ASSERT(e != NULL && fnode_find(dir, name, len) == NULL);
	e->name = strndup(name, len);
	e->node = n;
	while (*p != NULL)
		p = &(*p)->next;
	*p = e;
	if (S_ISDIR(n->mode))
		dir->nlink++;
}

void
fnode_remove(struct fnode *dir, const char *name)
{
	struct fent **p, *e;

	for (p = &dir->ents; *p != NULL && strcmp((*p)->name, name) != 0; p = &(*p)->next)
		;
	e = *p;
	FAKE_ASSERT(e != NULL);
	*p = e->next;
	if (S_ISDIR(e->node->mode))
		dir->nlink--;
	e->node->nlink--;
	fnode_put(e->node);
	free(e->name);
	free(e);
}

/* The node at an absolute path; its missing directories are made. */
static struct fnode *
walk(const char *path, const char **last)
{
	struct fnode *n = files.root, *child;
	const char *end;
	struct fent *e;

	FAKE_ASSERT(*path == '/');
	for (path++; (end = strchr(path, '/')) != NULL; path = end + 1) {
		e = fnode_find(n, path, (size_t)(end - path));
		if (e == NULL) {
			child = fnode_new(S_IFDIR | 0755);
			fnode_add(n, path, (size_t)(end - path), child);
			n = child;
		} else {
			n = e->node;
		}
	}
	*last = path;
	return n;
}

static struct fnode *
find_path(const char *path)
{
	const char *last;
	struct fnode *dir = walk(path, &last);
	struct fent *e = fnode_find(dir, last, strlen(last));

	if (*last == '\0')
		return dir;
	FAKE_ASSERT(e != NULL);
	return e->node;
}

static struct fnode *
add_path(const char *path, unsigned mode)
{
	const char *last;
	struct fnode *dir = walk(path, &last), *n;
	struct fent *e = fnode_find(dir, last, strlen(last));

	if (e != NULL && S_ISDIR(mode) && S_ISDIR(e->node->mode)) {
		e->node->mode = mode;
		return e->node;
	}
	FAKE_ASSERT(e == NULL);
	n = fnode_new(mode);
	fnode_add(dir, last, strlen(last), n);
	return n;
}

/* --- the test's side --- */

void
fake_host_data(const char *path, const void *data, size_t n, unsigned mode)
{
	struct fnode *f;

	pthread_mutex_lock(&files.lock);
	f = add_path(path, S_IFREG | mode);
	f->text = malloc(n + 1);
	FAKE_ASSERT(f->text != NULL);
	memcpy(f->text, data, n);
	f->size = (int64_t)n;
	pthread_mutex_unlock(&files.lock);
}

void
fake_host_file(const char *path, const char *text, unsigned mode)
{
	fake_host_data(path, text, strlen(text), mode);
}

void
fake_host_dir(const char *path, unsigned mode)
{
	pthread_mutex_lock(&files.lock);
	add_path(path, S_IFDIR | mode);
	pthread_mutex_unlock(&files.lock);
}

void
fake_host_symlink(const char *path, const char *target)
{
	struct fnode *f;

	pthread_mutex_lock(&files.lock);
	f = add_path(path, S_IFLNK | 0777);
	f->text = strdup(target);
	f->size = (int64_t)strlen(target);
	pthread_mutex_unlock(&files.lock);
}

void
fake_host_hardlink(const char *path, const char *existing)
{
	const char *last;
	struct fnode *dir, *n;

	pthread_mutex_lock(&files.lock);
	n = find_path(existing);
	dir = walk(path, &last);
	n->refs++;
	n->nlink++;
	fnode_add(dir, last, strlen(last), n);
	pthread_mutex_unlock(&files.lock);
}

void
fake_host_mknod(const char *path, unsigned mode, uint64_t rdev)
{
	pthread_mutex_lock(&files.lock);
	add_path(path, mode)->rdev = rdev;
	pthread_mutex_unlock(&files.lock);
}

void
fake_host_owner(const char *path, uint32_t uid, uint32_t gid)
{
	struct fnode *n;

	pthread_mutex_lock(&files.lock);
	n = find_path(path);
	n->uid = uid;
	n->gid = gid;
	pthread_mutex_unlock(&files.lock);
}

void
fake_host_xattr(const char *path, const char *name, const char *value)
{
	struct fxattr *x = calloc(1, sizeof(*x));
	struct fnode *n;

	FAKE_ASSERT(x != NULL);
	x->name = strdup(name);
	x->value = strdup(value);
	pthread_mutex_lock(&files.lock);
	n = find_path(path);
	x->next = n->xattrs;
	n->xattrs = x;
	pthread_mutex_unlock(&files.lock);
}

void
fake_host_remove(const char *path)
{
	const char *last;
	struct fnode *dir;

	pthread_mutex_lock(&files.lock);
	dir = walk(path, &last);
	fnode_remove(dir, last);
	pthread_mutex_unlock(&files.lock);
}

/* --- descriptors --- */

/* Takes over the reference to n. */
int
fd_new(struct fnode *n, int flags, hfd_t *out)
{
	struct fdesc *grown;
	int i;

	for (i = 0; i < files.nfds && files.fds[i].node != NULL; i++)
		;
	if (i == files.nfds) {
		files.nfds = files.nfds * 2 + 16;
		grown = realloc(files.fds, (size_t)files.nfds * sizeof(*grown));
		FAKE_ASSERT(grown != NULL);
		memset(grown + i, 0, (size_t)(files.nfds - i) * sizeof(*grown));
		files.fds = grown;
	}
	files.fds[i] = (struct fdesc){ .node = n, .flags = flags };
	out->v = FD_BASE + i;
	return 0;
}

struct fdesc *
fd_get(hfd_t fd)
{
	FAKE_ASSERT(fd.v >= FD_BASE && fd.v < FD_BASE + files.nfds);
	FAKE_ASSERT(files.fds[fd.v - FD_BASE].node != NULL);
	return &files.fds[fd.v - FD_BASE];
}

int
fake_open_fds(void)
{
	int i, n = 0;

	pthread_mutex_lock(&files.lock);
	for (i = 0; i < files.nfds; i++)
		n += files.fds[i].node != NULL;
	pthread_mutex_unlock(&files.lock);
	return n;
}

/* As whoever started the run: vksup has no rights of its own. */
int
fnode_may(const struct fnode *n, unsigned want)
{
	unsigned bits = n->mode;

	if (fk.info.uid == 0)
		return 0;
	if (fk.info.uid == n->uid)
		bits >>= 6;
	else if (fk.info.gid == n->gid)
		bits >>= 3;
	return (bits & want) == want ? 0 : -EACCES;
}

/* The node called name in dir: "", "." or one component. */
int
fnode_lookup(hfd_t dir, const char *name, struct fnode **out)
{
	struct fnode *n = fd_get(dir)->node;
	struct fent *e;
	int err;

	FAKE_ASSERT(strchr(name, '/') == NULL && strcmp(name, "..") != 0);
	*out = n;
	if (*name == '\0')
		return 0;
	if (!S_ISDIR(n->mode))
		return -ENOTDIR;
	err = fnode_may(n, 1);
	if (err != 0 || strcmp(name, ".") == 0)
		return err;
	if (strlen(name) > 255)
		return -ENAMETOOLONG;
	e = fnode_find(n, name, strlen(name));
	if (e == NULL)
		return -ENOENT;
	*out = e->node;
	return 0;
}

/* Contents move to a memory file. */
void
fnode_memory(struct fnode *n)
{
	if (n->memfd >= 0 || !S_ISREG(n->mode))
		return;
	n->memfd = memfd_create("fakehost", MFD_CLOEXEC);
	FAKE_ASSERT(n->memfd >= 0);
	if (n->size > 0)
		FAKE_ASSERT(pwrite(n->memfd, n->text, (size_t)n->size, 0) == n->size);
	free(n->text);
	n->text = NULL;
}

int
fnode_open_check(struct fnode *n, int flags)
{
	static const unsigned want[] = { 4, 2, 6, 6 };

	if ((flags & O_DIRECTORY) != 0 && !S_ISDIR(n->mode))
		return -ENOTDIR;
	if ((flags & O_PATH) != 0)
		return 0;
	if (S_ISLNK(n->mode))
		return -ELOOP;
	if (S_ISDIR(n->mode) && (flags & O_ACCMODE) != O_RDONLY)
		return -EISDIR;
	if (S_ISSOCK(n->mode))
		return -ENXIO;
	return fnode_may(n, want[flags & O_ACCMODE]);
}

int
host_open_root(hfd_t *fd)
{
	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	files.root->refs++;
	fd_new(files.root, O_PATH | O_DIRECTORY, fd);
	pthread_mutex_unlock(&files.lock);
	return 0;
}

int
host_openat(hfd_t dir, const char *name, int flags, hfd_t *fd)
{
	struct fnode *n;
	int err;

	FAIL_POINT();
	FAKE_ASSERT((flags & O_PATH) != 0 || (flags & (O_CREAT | O_TRUNC)) == 0);
	pthread_mutex_lock(&files.lock);
	err = *name == '\0' ? -ENOENT : fnode_lookup(dir, name, &n);
	if (err == 0)
		err = fnode_open_check(n, flags);
	if (err == 0) {
		if (!(flags & O_PATH))
			fnode_memory(n);
		n->refs++;
		fd_new(n, flags, fd);
	}
	pthread_mutex_unlock(&files.lock);
	return err;
}

int
host_close(hfd_t fd)
{
	struct fdesc *d;

	pthread_mutex_lock(&files.lock);
	d = fd_get(fd);
	fnode_put(d->node);
	memset(d, 0, sizeof(*d));
	pthread_mutex_unlock(&files.lock);
	return 0;
}

int
host_dup(hfd_t fd, hfd_t *out)
{
	struct fdesc *d;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	d = fd_get(fd);
	d->node->refs++;
	fd_new(d->node, d->flags, out);
	pthread_mutex_unlock(&files.lock);
	return 0;
}

int
host_reopen_ro(hfd_t fd, hfd_t *out)
{
	struct fdesc *d;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	d = fd_get(fd);
	d->node->refs++;
	fd_new(d->node, O_RDONLY, out);
	pthread_mutex_unlock(&files.lock);
	return 0;
}

int
fake_fd_memory(hfd_t fd, bool write, int *memfd)
{
	struct fdesc *d;
	int err = 0, acc;

	pthread_mutex_lock(&files.lock);
	d = fd_get(fd);
	acc = d->flags & O_ACCMODE;
	if (d->node->memfd < 0)
		err = -ENODEV;
	else if (acc == O_WRONLY || (write && acc != O_RDWR))
		err = -EACCES;
	else
		*memfd = d->node->memfd;
	pthread_mutex_unlock(&files.lock);
	return err;
}

/* --- attributes --- */

void
fnode_stat(struct fnode *n, struct stat *st)
{
	struct stat real = { .st_size = n->size, .st_blocks = (n->size + 511) / 512 };

	if (n->memfd >= 0)
		FAKE_ASSERT(fstat(n->memfd, &real) == 0);
	memset(st, 0, sizeof(*st));
	st->st_dev = HOST_DEV;
	st->st_ino = n->ino;
	st->st_mode = n->mode;
	st->st_nlink = n->nlink;
	st->st_uid = n->uid;
	st->st_gid = n->gid;
	st->st_rdev = n->rdev;
	st->st_size = S_ISDIR(n->mode) ? 4096 : real.st_size;
	st->st_blksize = 4096;
	st->st_blocks = real.st_blocks;
	st->st_atim.tv_sec = st->st_mtim.tv_sec = st->st_ctim.tv_sec = n->mtime;
}

int
host_stat(hfd_t dir, const char *name, struct stat *st)
{
	struct fnode *n;
	int err;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	err = fnode_lookup(dir, name, &n);
	if (err == 0)
		fnode_stat(n, st);
	pthread_mutex_unlock(&files.lock);
	return err;
}

ssize_t
host_readlink(hfd_t dir, const char *name, char *buf, size_t n)
{
	struct fnode *f;
	ssize_t r;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	r = fnode_lookup(dir, name, &f);
	if (r == 0 && !S_ISLNK(f->mode))
		r = -EINVAL;
	if (r == 0) {
		r = (ssize_t)min_of(n, (size_t)f->size);
		memcpy(buf, f->text, (size_t)r);
	}
	pthread_mutex_unlock(&files.lock);
	return r;
}

static ssize_t
give(const char *text, size_t len, void *buf, size_t n)
{
	if (n == 0)
		return (ssize_t)len;
	if (n < len)
		return -ERANGE;
	memcpy(buf, text, len);
	return (ssize_t)len;
}

ssize_t
host_getxattr(hfd_t dir, const char *name, const char *attr, void *buf, size_t n)
{
	struct fnode *f;
	struct fxattr *x = NULL;
	ssize_t r;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	r = fnode_lookup(dir, name, &f);
	for (x = r == 0 ? f->xattrs : NULL; x != NULL; x = x->next)
		if (strcmp(x->name, attr) == 0)
			break;
	if (r == 0)
		r = x != NULL ? give(x->value, strlen(x->value), buf, n) : -ENODATA;
	pthread_mutex_unlock(&files.lock);
	return r;
}

ssize_t
host_listxattr(hfd_t dir, const char *name, char *buf, size_t n)
{
	struct fnode *f;
	struct fxattr *x;
	char all[4096];
	size_t len = 0;
	ssize_t r;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	r = fnode_lookup(dir, name, &f);
	for (x = r == 0 ? f->xattrs : NULL; x != NULL; x = x->next) {
		strcpy(all + len, x->name);
		len += strlen(x->name) + 1;
	}
	if (r == 0)
		r = give(all, len, buf, n);
	pthread_mutex_unlock(&files.lock);
	return r;
}

int
host_statfs(hfd_t fd, struct statfs *st)
{
	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	fd_get(fd);
	pthread_mutex_unlock(&files.lock);
	memset(st, 0, sizeof(*st));
	st->f_type = 0xef53;
	st->f_bsize = st->f_frsize = 4096;
	st->f_blocks = 1000000;
	st->f_bfree = st->f_bavail = 500000;
	st->f_files = 65536;
	st->f_ffree = 60000;
	st->f_namelen = 255;
	return 0;
}

/* --- directories --- */

struct dent64 {
	uint64_t	ino;
	int64_t		off;
	uint16_t	reclen;
	uint8_t		type;
	char		name[];
};

static size_t
put_dent(char *buf, size_t room, const char *name, struct fnode *n, size_t pos)
{
	size_t len = (offsetof(struct dent64, name) + strlen(name) + 1 + 7) & ~(size_t)7;
	struct dent64 d = { n->ino, (int64_t)pos + 1, (uint16_t)len, (uint8_t)(n->mode >> 12) };

	if (room < len)
		return 0;
	memset(buf, 0, len);
	memcpy(buf, &d, offsetof(struct dent64, name));
	strcpy(buf + offsetof(struct dent64, name), name);
	return len;
}

ssize_t
host_getdents(hfd_t fd, void *buf, size_t n)
{
	struct fdesc *d;
	struct fent *e;
	size_t i, len = 1, done = 0;

	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	d = fd_get(fd);
	FAKE_ASSERT(S_ISDIR(d->node->mode) && (d->flags & O_PATH) == 0);
	for (; d->pos < 2 && len > 0; d->pos += len > 0, done += len)
		len = put_dent((char *)buf + done, n - done, d->pos == 0 ? "." : "..",
		    d->node, (size_t)d->pos);
	for (e = d->node->ents, i = 2; e != NULL && len > 0; e = e->next, i++) {
		if ((int64_t)i < d->pos)
			continue;
		len = put_dent((char *)buf + done, n - done, e->name, e->node, i);
		d->pos += len > 0;
		done += len;
	}
	pthread_mutex_unlock(&files.lock);
	return done == 0 && len == 0 ? -EINVAL : (ssize_t)done;
}

int
host_rewinddir(hfd_t fd)
{
	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	fd_get(fd)->pos = 0;
	pthread_mutex_unlock(&files.lock);
	return 0;
}

/* --- contents --- */

int
fd_memory(hfd_t fd, bool write)
{
	int memfd = -1, err;
	struct fdesc *d;

	pthread_mutex_lock(&files.lock);
	d = fd_get(fd);
	err = (d->flags & O_PATH) != 0 ? -EBADF : S_ISDIR(d->node->mode) ? -EISDIR : 0;
	if (err == 0 && (d->flags & O_ACCMODE) == (write ? O_RDONLY : O_WRONLY))
		err = -EBADF;
	memfd = d->node->memfd;
	pthread_mutex_unlock(&files.lock);
	return err != 0 ? err : memfd >= 0 ? memfd : -EINVAL;
}

static int64_t
result(int64_t r)
{
	return r < 0 ? -errno : r;
}

ssize_t
host_pread(hfd_t fd, void *buf, size_t n, int64_t off)
{
	int m;

	FAIL_POINT();
	m = fd_memory(fd, false);
	return m < 0 ? m : result(pread(m, buf, n, off));
}

ssize_t
host_pwrite(hfd_t fd, const void *buf, size_t n, int64_t off)
{
	int m;

	FAIL_POINT();
	m = fd_memory(fd, true);
	return m < 0 ? m : result(pwrite(m, buf, n, off));
}

/* SEEK_SET and SEEK_CUR are for the run's own regular files. */
int64_t
host_seek(hfd_t fd, int64_t off, int whence)
{
	struct fdesc *d;
	int64_t r;
	int m;

	FAIL_POINT();
	m = fd_memory(fd, false);
	if (m < 0)
		return m;
	pthread_mutex_lock(&files.lock);
	d = fd_get(fd);
	if (whence == SEEK_CUR)
		off += d->pos;
	r = result(lseek(m, off, whence == SEEK_CUR ? SEEK_SET : whence));
	if (r >= 0)
		d->pos = r;
	pthread_mutex_unlock(&files.lock);
	return r;
}

int
host_truncate(hfd_t fd, int64_t len)
{
	int m;

	FAIL_POINT();
	m = fd_memory(fd, true);
	return m < 0 ? m : (int)result(ftruncate(m, len));
}

int
host_fallocate(hfd_t fd, int mode, int64_t off, int64_t len)
{
	int m;

	FAIL_POINT();
	m = fd_memory(fd, true);
	return m < 0 ? m : (int)result(fallocate(m, mode, off, len));
}

int
host_memfd(const char *name, hfd_t *fd)
{
	struct fnode *n;

	(void)name;
	FAIL_POINT();
	pthread_mutex_lock(&files.lock);
	n = fnode_new(S_IFREG | 0777);
	n->nlink = 0;
	fnode_memory(n);
	fd_new(n, O_RDWR, fd);
	pthread_mutex_unlock(&files.lock);
	return 0;
}

int
host_map(hfd_t fd, size_t len, void **p)
{
	int m;

	FAIL_POINT();
	m = fd_memory(fd, true);
	if (m < 0)
		return m;
	*p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, m, 0);
	return *p == MAP_FAILED ? -errno : 0;
}

void
host_unmap(void *p, size_t len)
{
	munmap(p, len);
}

/* --- beginning and end --- */

void
fake_files_init(void)
{
	pthread_mutex_lock(&files.lock);
	FAKE_ASSERT(files.root == NULL);
	files.last_ino = 1;
	files.root = fnode_new(S_IFDIR | 0755);
	pthread_mutex_unlock(&files.lock);
	fake_streams_init();
}

void
fake_files_fini(void)
{
	int i;

	fake_streams_fini();
	for (i = 0; i < files.nfds; i++)
		if (files.fds[i].node != NULL)
			fnode_put(files.fds[i].node);
	free(files.fds);
	files.fds = NULL;
	files.nfds = 0;
	if (files.root != NULL)
		fnode_put(files.root);
	files.root = NULL;
}
