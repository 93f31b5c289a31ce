/*
 * sys_file.c - read, write and their relatives, lseek, truncation, syncing.
 *
 * The order of checks is Linux's: descriptor, direction, address range, then
 * offset and length, then the file's own operation.  A file with an offset is
 * read and written under its pos_lock; all others get no offset and may sleep.
 */
#include <linux/falloc.h>
#include <sys/inotify.h>

#include "abi/abi.h"
#include "vkern/file_impl.h"

bool
guest_range_ok(gaddr_t a, size_t n)
{
	return a.v <= GUEST_TOP && n <= GUEST_TOP - a.v;
}

/* The part of rw_verify_area() that looks at numbers. */
static int
rw_range(const int64_t *pos, size_t n)
{
	int64_t end;

	if ((ssize_t)n < 0)
		return -EINVAL;
	if (pos == NULL)
		return 0;
	if (*pos < 0 || __builtin_add_overflow(*pos, (int64_t)n, &end))
		return -EINVAL;
	return 0;
}

static int
may_read(const struct file *f)
{
	if (!(f->mode & FMODE_READ))
		return -EBADF;
	if (f->ops->read == NULL && !S_ISDIR(f->inode->mode))
		return -EINVAL;
	return 0;
}

static int
may_write(const struct file *f)
{
	if (!(f->mode & FMODE_WRITE))
		return -EBADF;
	return f->ops->write == NULL ? -EINVAL : 0;
}

/* Leave at most n bytes in u. */
static void
uio_clip(struct uio *u, size_t n)
{
	size_t left = n;
	int i;

	if (u->resid <= n)
		return;
	for (i = u->cur; i < u->nseg; i++) {
		u->seg[i].len = min_of(u->seg[i].len, (uint64_t)left);
		left -= u->seg[i].len;
	}
	u->resid = n;
}

static int64_t
inode_size(struct inode *ino)
{
	int64_t size;

	mutex_lock(&ino->lock);
	size = ino->size;
	mutex_unlock(&ino->lock);
	return size;
}

/* RLIMIT_FSIZE, for a write that has not begun. */
int
file_check_fsize(struct file *f, struct uio *u, int64_t pos)
{
	uint64_t limit = rlimit_cur(RLIMIT_FSIZE);
	siginfo_t si;

	if (likely(limit == RLIM_INFINITY) || u->resid == 0)
		return 0;
	if (file_append(f, u))
		pos = inode_size(f->inode);
	if ((uint64_t)pos < limit) {
		uio_clip(u, limit - (uint64_t)pos);
		return 0;
	}
	limit_rlimit_cross(RLIMIT_FSIZE, EFBIG);
	siginfo_user(&si, SIGXFSZ, SI_USER);
	mutex_lock(&vk->proc_lock);
	(void)!signal_thread(curthread, SIGXFSZ, &si);
	mutex_unlock(&vk->proc_lock);
	return -EFBIG;
}

/* f may be read, and the range is good. */
ssize_t
file_read_uio(struct file *f, struct uio *u, int64_t *pos)
{
	ssize_t r;

	if (f->ops->read == NULL)
		return -EISDIR;
	r = f->ops->read(f, u, pos);
	if (r > 0)
		fsnotify_file(f, IN_ACCESS);
	return r;
}

ssize_t
file_write_uio(struct file *f, struct uio *u, int64_t *pos)
{
	ssize_t r;

	r = f->ops->write(f, u, pos);
	if (r > 0)
		fsnotify_file(f, IN_MODIFY);
	return r;
}

static ssize_t
rw_checked(struct file *f, struct uio *u, int64_t *pos, bool writing)
{
	int err;

	err = rw_range(pos, u->resid);
	if (err != 0)
		return err;
	return writing ? file_write_uio(f, u, pos) : file_read_uio(f, u, pos);
}

/* At the file's own offset. */
static ssize_t
rw_here(struct file *f, struct uio *u, bool writing)
{
	ssize_t r;

	if (!(f->mode & FMODE_SEEK))
		return rw_checked(f, u, NULL, writing);
	mutex_lock(&f->pos_lock);
	r = rw_checked(f, u, &f->pos, writing);
	mutex_unlock(&f->pos_lock);
	return r;
}

long
sys_read(struct thread *t, struct read_args *a)
{
	struct file *f = file_get(a->fd);
	struct uio u;
	ssize_t r;

	(void)t;
	if (f == NULL)
		return -EBADF;
	r = may_read(f);
	if (r == 0 && !guest_range_ok(a->buf, a->count))
		r = -EFAULT;
	if (r == 0) {
		uio_guest(&u, a->buf, a->count);
		r = rw_here(f, &u, false);
	}
	file_put(f);
	return r;
}

long
sys_write(struct thread *t, struct write_args *a)
{
	struct file *f = file_get(a->fd);
	struct uio u;
	ssize_t r;

	(void)t;
	if (f == NULL)
		return -EBADF;
	r = may_write(f);
	if (r == 0 && !guest_range_ok(a->buf, a->count))
		r = -EFAULT;
	if (r == 0) {
		uio_guest(&u, a->buf, a->count);
		r = rw_here(f, &u, true);
	}
	file_put(f);
	return r;
}

/* A file that is read or written at an offset of the caller's. */
static struct file *
file_get_at(int fd, int64_t pos, int *err)
{
	struct file *f;

	*err = pos < 0 ? -EINVAL : -EBADF;
	f = pos < 0 ? NULL : file_get(fd);
	if (f == NULL)
		return NULL;
	*err = 0;
	if (f->mode & FMODE_SEEK)
		return f;
	*err = -ESPIPE;
	file_put(f);
	return NULL;
}

long
sys_pread64(struct thread *t, struct pread64_args *a)
{
	int64_t pos = a->offset;
	struct file *f;
	struct uio u;
	ssize_t r;
	int err;

	(void)t;
	f = file_get_at(a->fd, pos, &err);
	if (f == NULL)
		return err;
	r = may_read(f);
	if (r == 0 && !guest_range_ok(a->buf, a->count))
		r = -EFAULT;
	if (r == 0) {
		uio_guest(&u, a->buf, a->count);
		r = rw_checked(f, &u, &pos, false);
	}
	file_put(f);
	return r;
}

long
sys_pwrite64(struct thread *t, struct pwrite64_args *a)
{
	int64_t pos = a->offset;
	struct file *f;
	struct uio u;
	ssize_t r;
	int err;

	(void)t;
	f = file_get_at(a->fd, pos, &err);
	if (f == NULL)
		return err;
	r = may_write(f);
	if (r == 0 && !guest_range_ok(a->buf, a->count))
		r = -EFAULT;
	if (r == 0) {
		uio_guest(&u, a->buf, a->count);
		r = rw_checked(f, &u, &pos, true);
	}
	file_put(f);
	return r;
}

/* kiocb_set_rw_flags() */
static int
rwf_check(const struct file *f, unsigned flags)
{
	if (flags & ~(K_RWF_HIPRI | K_RWF_DSYNC | K_RWF_SYNC | K_RWF_NOWAIT |
	    K_RWF_APPEND | K_RWF_NOAPPEND))
		return -EOPNOTSUPP;
	if ((flags & K_RWF_NOWAIT) && !(f->mode & FMODE_NOWAIT))
		return -EOPNOTSUPP;
	if ((flags & K_RWF_APPEND) && (flags & K_RWF_NOAPPEND))
		return -EINVAL;
	return 0;
}

/* pos NULL: at the file's own offset. */
static ssize_t
rw_vec(struct file *f, gaddr_t iov, uint64_t cnt, int64_t *pos, unsigned flags, bool writing)
{
	struct uio u;
	ssize_t r;

	r = writing ? may_write(f) : may_read(f);
	if (r == 0)
		r = uio_from_iovec(&u, iov, cnt);
	if (r != 0)
		return r;
	if (u.resid == 0)
		goto out;
	r = rwf_check(f, flags);
	if (r != 0)
		goto out;
	u.rwf = flags;
	r = pos == NULL ? rw_here(f, &u, writing) : rw_checked(f, &u, pos, writing);
out:
	uio_free(&u);
	return r;
}

static ssize_t
rwv_here(int fd, gaddr_t iov, uint64_t cnt, unsigned flags, bool writing)
{
	struct file *f = file_get(fd);
	ssize_t r;

	if (f == NULL)
		return -EBADF;
	r = rw_vec(f, iov, cnt, NULL, flags, writing);
	file_put(f);
	return r;
}

static ssize_t
rwv_at(int fd, gaddr_t iov, uint64_t cnt, int64_t pos, unsigned flags, bool writing)
{
	struct file *f;
	ssize_t r;
	int err;

	f = file_get_at(fd, pos, &err);
	if (f == NULL)
		return err;
	r = rw_vec(f, iov, cnt, &pos, flags, writing);
	file_put(f);
	return r;
}

long
sys_readv(struct thread *t, struct readv_args *a)
{
	(void)t;
	return rwv_here(a->fd, a->iov, a->iovcnt, 0, false);
}

long
sys_writev(struct thread *t, struct writev_args *a)
{
	(void)t;
	return rwv_here(a->fd, a->iov, a->iovcnt, 0, true);
}

/* On a 64-bit machine the low word of the offset is all of it. */
long
sys_preadv(struct thread *t, struct preadv_args *a)
{
	(void)t;
	return rwv_at(a->fd, a->iov, a->iovcnt, (int64_t)a->pos_l, 0, false);
}

long
sys_pwritev(struct thread *t, struct pwritev_args *a)
{
	(void)t;
	return rwv_at(a->fd, a->iov, a->iovcnt, (int64_t)a->pos_l, 0, true);
}

long
sys_preadv2(struct thread *t, struct preadv2_args *a)
{
	(void)t;
	if ((int64_t)a->pos_l == -1)
		return rwv_here(a->fd, a->iov, a->iovcnt, (unsigned)a->flags, false);
	return rwv_at(a->fd, a->iov, a->iovcnt, (int64_t)a->pos_l, (unsigned)a->flags, false);
}

long
sys_pwritev2(struct thread *t, struct pwritev2_args *a)
{
	(void)t;
	if ((int64_t)a->pos_l == -1)
		return rwv_here(a->fd, a->iov, a->iovcnt, (unsigned)a->flags, true);
	return rwv_at(a->fd, a->iov, a->iovcnt, (int64_t)a->pos_l, (unsigned)a->flags, true);
}

/* --- offsets and sizes --- */

static int64_t
file_seek(struct file *f, int64_t off, int whence)
{
	int64_t r;

	if ((unsigned)whence > SEEK_HOLE)
		return -EINVAL;
	if (f->mode & FMODE_STREAM)
		return -ESPIPE;
	mutex_lock(&f->pos_lock);
	if (f->ops->lseek != NULL)
		r = f->ops->lseek(f, off, whence);
	else
		r = file_lseek_size(f, off, whence);
	mutex_unlock(&f->pos_lock);
	return r;
}

long
sys_lseek(struct thread *t, struct lseek_args *a)
{
	struct file *f = file_get(a->fd);
	int64_t r;

	(void)t;
	if (f == NULL)
		return -EBADF;
	r = file_seek(f, a->offset, a->whence);
	file_put(f);
	return r;
}

static int
file_truncate(struct file *f, int64_t len)
{
	struct iattr ia = { .valid = ATTR_SIZE, .size = len };
	uint64_t limit = rlimit_cur(RLIMIT_FSIZE);
	struct uio u = { .resid = 1 };
	int err;

	if (!S_ISREG(f->inode->mode) || !(f->mode & FMODE_WRITE))
		return -EINVAL;
	/* Only growing is limited; the signal is that of a write there. */
	if ((uint64_t)len > limit && len > inode_size(f->inode)) {
		u.rwf = K_RWF_NOAPPEND;
		err = file_check_fsize(f, &u, len);
		if (err != 0)
			return err;
	}
	err = inode_setattr(f->inode, &ia);
	if (err == 0)
		fsnotify_file(f, IN_MODIFY);
	return err;
}

long
sys_ftruncate(struct thread *t, struct ftruncate_args *a)
{
	struct file *f;
	long r;

	(void)t;
	if (a->length < 0)
		return -EINVAL;
	f = file_get(a->fd);
	if (f == NULL)
		return -EBADF;
	r = file_truncate(f, a->length);
	file_put(f);
	return r;
}

#define FALLOC_KNOWN (FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | \
	FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_ZERO_RANGE | \
	FALLOC_FL_INSERT_RANGE | FALLOC_FL_UNSHARE_RANGE)

/* The combinations of vfs_fallocate(). */
static int
fallocate_mode_ok(unsigned mode)
{
	if (mode & ~FALLOC_KNOWN)
		return -EOPNOTSUPP;
	switch (mode & ~FALLOC_FL_KEEP_SIZE) {
	case 0:
	case FALLOC_FL_UNSHARE_RANGE:
	case FALLOC_FL_ZERO_RANGE:
		return 0;
	case FALLOC_FL_PUNCH_HOLE:
		return mode & FALLOC_FL_KEEP_SIZE ? 0 : -EOPNOTSUPP;
	case FALLOC_FL_COLLAPSE_RANGE:
	case FALLOC_FL_INSERT_RANGE:
		return mode & FALLOC_FL_KEEP_SIZE ? -EOPNOTSUPP : 0;
	default:
		return -EOPNOTSUPP;
	}
}

static int
file_fallocate(struct file *f, int mode, int64_t off, int64_t len)
{
	int64_t end;
	int err;

	if (off < 0 || len <= 0)
		return -EINVAL;
	err = fallocate_mode_ok((unsigned)mode);
	if (err != 0)
		return err;
	if (!(f->mode & FMODE_WRITE))
		return -EBADF;
	if (S_ISFIFO(f->inode->mode))
		return -ESPIPE;
	if (S_ISDIR(f->inode->mode))
		return -EISDIR;
	if (!S_ISREG(f->inode->mode) && !S_ISBLK(f->inode->mode))
		return -ENODEV;
	if (__builtin_add_overflow(off, len, &end))
		return -EFBIG;
	if (f->ops->fallocate == NULL)
		return -EOPNOTSUPP;
	err = f->ops->fallocate(f, mode, off, len);
	if (err == 0)
		fsnotify_file(f, IN_MODIFY);
	return err;
}

long
sys_fallocate(struct thread *t, struct fallocate_args *a)
{
	struct file *f = file_get(a->fd);
	long r;

	(void)t;
	if (f == NULL)
		return -EBADF;
	r = file_fallocate(f, (int)a->mode, a->offset, a->len);
	file_put(f);
	return r;
}

/* --- syncing: memory is all there is, so only the checks remain --- */

static long
file_sync(int fd, bool data_only)
{
	struct file *f = file_get(fd);
	long r = -EINVAL;

	if (f == NULL)
		return -EBADF;
	if (f->ops->fsync != NULL)
		r = f->ops->fsync(f, data_only);
	else if (S_ISREG(f->inode->mode) || S_ISDIR(f->inode->mode) || S_ISBLK(f->inode->mode))
		r = 0;
	file_put(f);
	return r;
}

long
sys_fsync(struct thread *t, struct fsync_args *a)
{
	(void)t;
	return file_sync(a->fd, false);
}

long
sys_fdatasync(struct thread *t, struct fdatasync_args *a)
{
	(void)t;
	return file_sync(a->fd, true);
}

long
sys_sync(struct thread *t, struct sync_args *a)
{
	(void)t;
	(void)a;
	return 0;
}

long
sys_syncfs(struct thread *t, struct syncfs_args *a)
{
	struct file *f = file_get(a->fd);

	(void)t;
	if (f == NULL)
		return -EBADF;
	file_put(f);
	return 0;
}

static int
sync_range_check(const struct file *f, int64_t off, int64_t n, unsigned flags)
{
	int64_t end;

	if (flags & ~7u)
		return -EINVAL;
	if (off < 0 || __builtin_add_overflow(off, n, &end) || end < off)
		return -EINVAL;
	if (!S_ISREG(f->inode->mode) && !S_ISBLK(f->inode->mode) &&
	    !S_ISDIR(f->inode->mode) && !S_ISLNK(f->inode->mode))
		return -ESPIPE;
	return 0;
}

long
sys_sync_file_range(struct thread *t, struct sync_file_range_args *a)
{
	struct file *f = file_get(a->fd);
	long r;

	(void)t;
	if (f == NULL)
		return -EBADF;
	r = sync_range_check(f, a->offset, a->nbytes, (unsigned)a->flags);
	file_put(f);
	return r;
}

long
sys_fadvise64(struct thread *t, struct fadvise64_args *a)
{
	struct file *f = file_get(a->fd);
	long r = 0;

	(void)t;
	if (f == NULL)
		return -EBADF;
	if (S_ISFIFO(f->inode->mode))
		r = -ESPIPE;
	else if ((int64_t)a->len < 0 || (unsigned)a->advice > 5)
		r = -EINVAL;
	file_put(f);
	return r;
}

long
sys_readahead(struct thread *t, struct readahead_args *a)
{
	struct file *f = file_get(a->fd);
	long r = 0;

	(void)t;
	if (f == NULL)
		return -EBADF;
	if (!(f->mode & FMODE_READ))
		r = -EBADF;
	else if (!S_ISREG(f->inode->mode) && !S_ISBLK(f->inode->mode))
		r = -EINVAL;
	file_put(f);
	return r;
}
