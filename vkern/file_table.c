/*
 * file_table.c - descriptor tables, and the life of open files.
 *
 * A table is an array that grows; `hint` says below which number nothing is
 * free.  What is taken out of a table is closed after its lock was dropped,
 * because closing may lock anything.
 *
 * file_put() of the last reference tells epoll, drops locks, and calls
 * ops->release; until that moment ops->poll may still be called on the file,
 * even when its count is zero (epoll holds no references).
 */
#include <string.h>
#include <sys/inotify.h>

#include "vkern/file_impl.h"

/* fs.nr_open of Linux: no table is larger. */
#define FDTABLE_MAX	(1 << 20)
#define FDTABLE_MIN	64

/* --- files --- */

/*
 * A file or directory has an offset that one call at a time uses; a device
 * with an lseek op too.  An eventfd and its like answer lseek() (with 0), but
 * have no offset, and sleep in read: neither SEEK nor STREAM.
 */
static unsigned
mode_of(const struct file_ops *ops, bool named, struct inode *inode, unsigned flags)
{
	unsigned mode;

	if (flags & O_PATH)
		return FMODE_PATH;
	/* 0, 1, 2 -> read, write, both; 3 is neither. */
	mode = ((flags & O_ACCMODE) + 1) & (FMODE_READ | FMODE_WRITE);
	if (S_ISREG(inode->mode) || S_ISDIR(inode->mode) || (named && ops->lseek != NULL))
		mode |= FMODE_SEEK;
	else if (ops->lseek == NULL)
		mode |= FMODE_STREAM;
	if (S_ISREG(inode->mode) || S_ISFIFO(inode->mode) || S_ISSOCK(inode->mode))
		mode |= FMODE_NOWAIT;
	return mode;
}

struct file *
file_alloc(const struct file_ops *ops, const struct path *path,
    struct inode *inode, unsigned flags)
{
	struct file *f;

	f = xcalloc(1, sizeof(*f));
	f->refs = 1;
	f->ops = ops;
	f->mode = mode_of(ops, path != NULL && path->dentry != NULL, inode, flags);
	flags &= ~(unsigned)(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC);
	if (path != NULL && path->dentry != NULL && !(flags & O_PATH))
		flags |= K_O_LARGEFILE;
	f->flags = flags;
	mutex_init(&f->pos_lock, RANK_POS);
	mutex_init(&f->ep_lock, RANK_READY);
	LIST_INIT(&f->epitems);
	if (path != NULL && path->dentry != NULL)
		f->path = path_ref(*path);
	f->inode = inode_ref(inode);
	return f;
}

struct file *
file_ref(struct file *f)
{
	f->refs++;
	return f;
}

static void
file_free(struct file *f)
{
	if (!(f->mode & FMODE_PATH))
		fsnotify_file(f, f->mode & FMODE_WRITE ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
	epoll_forget(f);
	if (f->has_dnotify)
		dnotify_drop(f, NULL);
	flock_release_file(f);
	fasync_release(f);
	if (f->ops->release != NULL)
		f->ops->release(f);
	if (f->path.dentry != NULL)
		path_put(f->path);
	inode_put(f->inode);
	mutex_destroy(&f->pos_lock);
	mutex_destroy(&f->ep_lock);
	kfree(f);
}

void
file_put(struct file *f)
{
	if (f != NULL && --f->refs == 0)
		file_free(f);
}

/* --- tables --- */

static struct fdtable *
fdtable_alloc(int size)
{
	struct fdtable *fdt;

	fdt = xcalloc(1, sizeof(*fdt));
	fdt->refs = 1;
	mutex_init(&fdt->lock, RANK_FDTABLE);
	fdt->size = size;
	fdt->ents = xcalloc((size_t)size, sizeof(*fdt->ents));
	return fdt;
}

struct fdtable *
fdtable_new(void)
{
	return fdtable_alloc(FDTABLE_MIN);
}

struct fdtable *
fdtable_copy(struct fdtable *from)
{
	struct fdtable *fdt;
	int i, n;

	mutex_lock(&from->lock);
	for (n = from->size; n > FDTABLE_MIN && from->ents[n - 1].file == NULL; n--)
		;
	fdt = fdtable_alloc(n);
	for (i = 0; i < min_of(n, from->size); i++) {
		fdt->ents[i] = from->ents[i];
		if (fdt->ents[i].file != NULL)
			file_ref(fdt->ents[i].file);
	}
	fdt->hint = from->hint;
	mutex_unlock(&from->lock);
	return fdt;
}

struct fdtable *
fdtable_ref(struct fdtable *fdt)
{
	fdt->refs++;
	return fdt;
}

/* What close(2) does with a file that has left the table. */
static void
fd_finish(struct fdtable *fdt, struct file *f)
{
	if (!(f->mode & FMODE_PATH)) {
		if (f->ops->close != NULL)
			f->ops->close(f);
		flock_close_posix(f->inode, fdt);
		if (f->has_dnotify)
			dnotify_drop(f, fdt);
	}
	file_put(f);
}

static struct file *
fd_take(struct fdtable *fdt, int fd) REQUIRES(fdt->lock)
{
	struct file *f;

	if (fd < 0 || fd >= fdt->size)
		return NULL;
	f = fdt->ents[fd].file;
	if (f == NULL)
		return NULL;
	fdt->ents[fd] = (struct fdent){ NULL, false };
	fdt->hint = min_of(fdt->hint, fd);
	return f;
}

void
fdtable_unref(struct fdtable *fdt)
{
	int i;

	if (fdt == NULL || --fdt->refs != 0)
		return;
	for (i = 0; i < fdt->size; i++)
		if (fdt->ents[i].file != NULL)
			fd_finish(fdt, fdt->ents[i].file);
	mutex_destroy(&fdt->lock);
	kfree(fdt->ents);
	kfree(fdt);
}

void
fdtable_cloexec(struct fdtable *fdt)
{
	struct file *f;
	int i;

	mutex_lock(&fdt->lock);
	for (i = 0; i < fdt->size; i++) {
		if (!fdt->ents[i].cloexec)
			continue;
		f = fd_take(fdt, i);
		if (f == NULL)
			continue;
		mutex_unlock(&fdt->lock);
		fd_finish(fdt, f);
		mutex_lock(&fdt->lock);
	}
	mutex_unlock(&fdt->lock);
}

struct file *
fdtable_get(struct fdtable *fdt, int fd, bool *cloexec)
{
	struct file *f = NULL;

	mutex_lock(&fdt->lock);
	if (fd >= 0 && fd < fdt->size)
		f = fdt->ents[fd].file;
	if (f != NULL) {
		file_ref(f);
		if (cloexec != NULL)
			*cloexec = fdt->ents[fd].cloexec;
	}
	mutex_unlock(&fdt->lock);
	return f;
}

int
fdtable_next(struct fdtable *fdt, int fd)
{
	int r = -1;

	mutex_lock(&fdt->lock);
	for (fd = max_of(fd, 0); fd < fdt->size && r < 0; fd++)
		if (fdt->ents[fd].file != NULL)
			r = fd;
	mutex_unlock(&fdt->lock);
	return r;
}

bool
fd_is(int fd, const struct file *f)
{
	struct fdtable *fdt = curthread->fds;
	bool is;

	mutex_lock(&fdt->lock);
	is = fd >= 0 && fd < fdt->size && fdt->ents[fd].file == f;
	mutex_unlock(&fdt->lock);
	return is;
}

struct file *
file_get_any(int fd)
{
	return fdtable_get(curthread->fds, fd, NULL);
}

struct file *
file_get(int fd)
{
	struct file *f;

	f = file_get_any(fd);
	if (f != NULL && (f->mode & FMODE_PATH)) {
		file_put(f);
		return NULL;
	}
	return f;
}

/* Room for number fd, which is below FDTABLE_MAX. */
static int
fdtable_grow(struct fdtable *fdt, int fd) REQUIRES(fdt->lock)
{
	struct fdent *ents;
	int size;

	if (fd < fdt->size)
		return 0;
	for (size = fdt->size; size <= fd; size *= 2)
		;
	ents = kalloc((size_t)size * sizeof(*ents));
	if (ents == NULL)
		return -ENOMEM;
	memcpy(ents, fdt->ents, (size_t)fdt->size * sizeof(*ents));
	kfree(fdt->ents);
	fdt->ents = ents;
	fdt->size = size;
	return 0;
}

static int
fd_limit(void)
{
	return (int)min_of(rlimit_cur(RLIMIT_NOFILE), (uint64_t)FDTABLE_MAX);
}

int
fd_install(struct file *f, int min, bool cloexec)
{
	struct fdtable *fdt = curthread->fds;
	int fd, err, limit = fd_limit();

	mutex_lock(&fdt->lock);
	for (fd = max_of(min, fdt->hint); fd < fdt->size; fd++)
		if (fdt->ents[fd].file == NULL)
			break;
	err = fd >= limit ? -EMFILE : fdtable_grow(fdt, fd);
	if (err == -EMFILE)
		limit_rlimit_cross(RLIMIT_NOFILE, EMFILE);
	if (err == 0) {
		fdt->ents[fd] = (struct fdent){ f, cloexec };
		if (min <= fdt->hint)
			fdt->hint = fd + 1;
	}
	mutex_unlock(&fdt->lock);
	return err != 0 ? err : fd;
}

int
fd_room(void)
{
	struct fdtable *fdt = curthread->fds;
	int fd;

	mutex_lock(&fdt->lock);
	for (fd = fdt->hint; fd < fdt->size; fd++)
		if (fdt->ents[fd].file == NULL)
			break;
	mutex_unlock(&fdt->lock);
	if (fd < fd_limit())
		return 0;
	limit_rlimit_cross(RLIMIT_NOFILE, EMFILE);
	return -EMFILE;
}

int
fd_install_or_put(struct file *f, bool cloexec)
{
	int fd;

	fd = fd_install(f, 0, cloexec);
	if (fd < 0)
		file_put(f);
	return fd;
}

int
fd_close(int fd)
{
	struct fdtable *fdt = curthread->fds;
	struct file *f;

	mutex_lock(&fdt->lock);
	f = fd_take(fdt, fd);
	mutex_unlock(&fdt->lock);
	if (f == NULL)
		return -EBADF;
	fd_finish(fdt, f);
	return 0;
}

int
fd_install_at(struct file *f, int fd, bool cloexec)
{
	struct fdtable *fdt = curthread->fds;
	struct file *old = NULL;
	int err, limit = fd_limit();

	if (fd < 0 || fd >= limit)
		return -EBADF;
	mutex_lock(&fdt->lock);
	err = fdtable_grow(fdt, fd);
	if (err == 0) {
		old = fdt->ents[fd].file;
		fdt->ents[fd] = (struct fdent){ file_ref(f), cloexec };
	}
	mutex_unlock(&fdt->lock);
	if (old != NULL)
		fd_finish(fdt, old);
	return err != 0 ? err : fd;
}

/* --- whole operations for the kernel itself --- */

ssize_t
file_pread(struct file *f, void *buf, size_t n, int64_t off)
{
	size_t done = 0;
	struct uio u;
	ssize_t r;

	if (f->ops->read == NULL)
		return S_ISDIR(f->inode->mode) ? -EISDIR : -EINVAL;
	while (done < n) {
		uio_kernel(&u, (char *)buf + done, n - done);
		r = f->ops->read(f, &u, &off);
		if (r < 0)
			return done > 0 ? (ssize_t)done : r;
		if (r == 0)
			break;
		done += (size_t)r;
	}
	return (ssize_t)done;
}

ssize_t
file_pwrite(struct file *f, const void *buf, size_t n, int64_t off)
{
	size_t done = 0;
	struct uio u;
	ssize_t r;

	if (f->ops->write == NULL)
		return -EINVAL;
	while (done < n) {
		uio_kernel(&u, (char *)(uintptr_t)buf + done, n - done);
		r = f->ops->write(f, &u, &off);
		if (r < 0)
			return done > 0 ? (ssize_t)done : r;
		if (r == 0)
			break;
		done += (size_t)r;
	}
	return (ssize_t)done;
}
