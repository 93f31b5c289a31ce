/*
 * sys_file_splice.c - splice, tee, vmsplice, sendfile, copy_file_range.
 *
 * An offset that the guest passes is read before the transfer and stored
 * after it; without one the file's own offset moves.
 */
#include "abi/abi.h"
#include "vkern/file_splice.h"

#define K_SPLICE_F_NONBLOCK	2u

/* What Linux gives a splice_read operation: data, not events or names. */
static bool
can_splice(const struct file *f)
{
	switch (f->inode->mode & S_IFMT) {
	case S_IFREG:
	case S_IFBLK:
	case S_IFCHR:
	case S_IFSOCK:
		return true;
	default:
		return false;
	}
}

/* Where one side of a transfer is. */
struct side {
	struct file	*f;
	struct pipe	*pipe;		/* NULL: another kind of file */
	gaddr_t		off;		/* the guest's offset, or null */
	int64_t		pos;
};

static int
side_get(struct side *s, int fd, gaddr_t off)
{
	*s = (struct side){ .f = file_get(fd), .off = off };
	if (s->f == NULL)
		return -EBADF;
	s->pipe = file_pipe(s->f);
	return 0;
}

static int
side_load(struct side *s)
{
	if (!ga_null(s->off))
		return copyin(&s->pos, s->off, sizeof(s->pos));
	mutex_lock(&s->f->pos_lock);
	s->pos = s->f->pos;
	mutex_unlock(&s->f->pos_lock);
	return 0;
}

static int
side_store(struct side *s)
{
	if (!ga_null(s->off))
		return copyout(s->off, &s->pos, sizeof(s->pos));
	mutex_lock(&s->f->pos_lock);
	s->f->pos = s->pos;
	mutex_unlock(&s->f->pos_lock);
	return 0;
}

/* For the file's operations: files without an offset get none. */
static int64_t *
side_pos(struct side *s)
{
	return s->f->mode & FMODE_SEEK ? &s->pos : NULL;
}

static int
side_range(const struct side *s, size_t len)
{
	int64_t end;

	if (s->pos < 0 || (ssize_t)len < 0 ||
	    __builtin_add_overflow(s->pos, (int64_t)len, &end))
		return -EINVAL;
	return 0;
}

static bool
splice_nowait(const struct side *s, unsigned flags)
{
	return (flags & K_SPLICE_F_NONBLOCK) || file_nonblock(s->f);
}

/* --- splice --- */

static ssize_t
splice_out(struct side *in, struct side *out, size_t len, unsigned flags)
{
	int err;

	if (!ga_null(out->off) && !(out->f->mode & FMODE_SEEK))
		return -EINVAL;
	if (out->f->flags & O_APPEND)
		return -EINVAL;
	err = side_range(out, len);
	if (err != 0)
		return err;
	if (!can_splice(out->f) || out->f->ops->write == NULL)
		return -EINVAL;
	return splice_pipe_to_file(in->pipe, out->f, side_pos(out), len, splice_nowait(in, flags));
}

static ssize_t
splice_in(struct side *in, struct side *out, size_t len, unsigned flags)
{
	int err;

	if (!ga_null(in->off) && !(in->f->mode & FMODE_SEEK))
		return -EINVAL;
	err = side_range(in, len);
	if (err != 0)
		return err;
	if (!can_splice(in->f) || in->f->ops->read == NULL)
		return -EINVAL;
	return splice_file_to_pipe(in->f, side_pos(in), out->pipe, len, splice_nowait(out, flags));
}

static ssize_t
splice_any(struct side *in, struct side *out, size_t len, unsigned flags)
{
	if (!(in->f->mode & FMODE_READ) || !(out->f->mode & FMODE_WRITE))
		return -EBADF;
	if (in->pipe != NULL && out->pipe != NULL) {
		if (in->pipe == out->pipe)
			return -EINVAL;
		return splice_pipe_to_pipe(in->pipe, out->pipe, len,
		    splice_nowait(in, flags) || splice_nowait(out, flags), false);
	}
	if (in->pipe != NULL)
		return splice_out(in, out, len, flags);
	if (out->pipe != NULL)
		return splice_in(in, out, len, flags);
	return -EINVAL;
}

static ssize_t
splice_sides(struct side *in, struct side *out, size_t len, unsigned flags)
{
	ssize_t r;
	int err = 0;

	if ((in->pipe != NULL && !ga_null(in->off)) || (out->pipe != NULL && !ga_null(out->off)))
		return -ESPIPE;
	if (out->pipe == NULL)
		err = side_load(out);
	if (err == 0 && in->pipe == NULL)
		err = side_load(in);
	if (err != 0)
		return err;
	r = splice_any(in, out, min_of(len, (size_t)MAX_RW_COUNT), flags);
	if (r < 0)
		return r;
	if (out->pipe == NULL)
		err = side_store(out);
	if (err == 0 && in->pipe == NULL)
		err = side_store(in);
	return err != 0 ? err : r;
}

long
sys_splice(struct thread *t, struct splice_args *a)
{
	struct side in, out = { .f = NULL };
	long r;

	(void)t;
	if (a->len == 0)
		return 0;
	r = side_get(&in, a->fd_in, a->off_in);
	if (r == 0)
		r = side_get(&out, a->fd_out, a->off_out);
	if (r == 0)
		r = splice_sides(&in, &out, a->len, (unsigned)a->flags);
	file_put(in.f);
	file_put(out.f);
	return r;
}

static ssize_t
tee_sides(struct side *in, struct side *out, size_t len, unsigned flags)
{
	if (!(in->f->mode & FMODE_READ) || !(out->f->mode & FMODE_WRITE))
		return -EBADF;
	if (in->pipe == NULL || out->pipe == NULL || in->pipe == out->pipe)
		return -EINVAL;
	return splice_pipe_to_pipe(in->pipe, out->pipe, len,
	    splice_nowait(in, flags) || splice_nowait(out, flags), true);
}

long
sys_tee(struct thread *t, struct tee_args *a)
{
	struct side in, out = { .f = NULL };
	long r;

	(void)t;
	if (a->len == 0)
		return 0;
	r = side_get(&in, a->fd_in, ga(0));
	if (r == 0)
		r = side_get(&out, a->fd_out, ga(0));
	if (r == 0)
		r = tee_sides(&in, &out, a->len, (unsigned)a->flags);
	file_put(in.f);
	file_put(out.f);
	return r;
}

static ssize_t
vmsplice_uio(struct side *s, struct uio *u, unsigned flags)
{
	bool nowait = (flags & K_SPLICE_F_NONBLOCK) != 0;

	if (u->resid == 0)
		return 0;
	if (s->pipe == NULL)
		return -EBADF;
	if (s->f->mode & FMODE_WRITE)
		return splice_guest_to_pipe(u, s->pipe, nowait);
	return splice_pipe_to_guest(s->pipe, u, nowait);
}

long
sys_vmsplice(struct thread *t, struct vmsplice_args *a)
{
	struct side s;
	struct uio u;
	long r;

	(void)t;
	r = side_get(&s, a->fd, ga(0));
	if (r != 0)
		return r;
	if (!(s.f->mode & (FMODE_READ | FMODE_WRITE)))
		r = -EBADF;
	else
		r = uio_from_iovec(&u, a->iov, a->nr_segs);
	if (r == 0) {
		r = vmsplice_uio(&s, &u, (unsigned)a->flags);
		uio_free(&u);
	}
	file_put(s.f);
	return r;
}

/* --- sendfile --- */

static int
sendfile_check(struct side *in, struct side *out, size_t count)
{
	int err;

	if (!(in->f->mode & FMODE_READ))
		return -EBADF;
	if (!ga_null(in->off) && !(in->f->mode & FMODE_SEEK))
		return -ESPIPE;
	err = side_range(in, count);
	if (err != 0)
		return err;
	if (out->f == NULL || !(out->f->mode & FMODE_WRITE))
		return -EBADF;
	if (!can_splice(in->f) || in->f->ops->read == NULL)
		return -EINVAL;
	return 0;
}

static ssize_t
sendfile_move(struct side *in, struct side *out, size_t count)
{
	ssize_t r;

	if (out->pipe != NULL)
		return splice_file_to_pipe(in->f, side_pos(in), out->pipe, count,
		    file_nonblock(out->f));
	if (!(in->f->mode & FMODE_SEEK) || !can_splice(out->f) || out->f->ops->write == NULL)
		return -EINVAL;
	if (out->f->flags & O_APPEND)
		return -EINVAL;
	r = side_load(out);
	if (r != 0)
		return r;
	r = splice_file_to_file(in->f, &in->pos, out->f, side_pos(out), count);
	if (r > 0)
		(void)!side_store(out);
	return r;
}

static ssize_t
sendfile_sides(struct side *in, struct side *out, size_t count)
{
	ssize_t r;
	int err;

	r = side_load(in);
	if (r != 0)
		return r;
	r = sendfile_check(in, out, count);
	if (r == 0)
		r = sendfile_move(in, out, min_of(count, (size_t)MAX_RW_COUNT));
	/* The guest's copy is stored whatever happened. */
	if (ga_null(in->off) && r <= 0)
		return r;
	err = side_store(in);
	return err != 0 ? err : r;
}

/*
 * The offset is fetched before the descriptors are looked at, and the output
 * comes after the checks of the input.
 */
long
sys_sendfile(struct thread *t, struct sendfile_args *a)
{
	struct side in, out;
	int64_t pos;
	long r;

	(void)t;
	if (!ga_null(a->offset)) {
		r = copyin(&pos, a->offset, sizeof(pos));
		if (r != 0)
			return r;
	}
	(void)!side_get(&out, a->out_fd, ga(0));
	r = side_get(&in, a->in_fd, a->offset);
	if (r == 0)
		r = sendfile_sides(&in, &out, a->count);
	file_put(in.f);
	file_put(out.f);
	return r;
}

/* --- copy_file_range --- */

static int
copy_range_check(struct side *in, struct side *out, size_t *len)
{
	struct inode *from = in->f->inode, *to = out->f->inode;
	int64_t size, end;

	if (S_ISDIR(from->mode) || S_ISDIR(to->mode))
		return -EISDIR;
	if (!S_ISREG(from->mode) || !S_ISREG(to->mode))
		return -EINVAL;
	if (!(in->f->mode & FMODE_READ) || !(out->f->mode & FMODE_WRITE) ||
	    (out->f->flags & O_APPEND))
		return -EBADF;
	if (from->sb != to->sb)
		return -EXDEV;
	if ((uint64_t)in->pos + *len < (uint64_t)in->pos ||
	    (uint64_t)out->pos + *len < (uint64_t)out->pos)
		return -EOVERFLOW;
	mutex_lock(&from->lock);
	size = from->size;
	mutex_unlock(&from->lock);
	*len = in->pos >= size ? 0 : min_of(*len, (size_t)(size - in->pos));
	if (from == to && !__builtin_add_overflow(out->pos, (int64_t)*len, &end) &&
	    end > in->pos && in->pos + (int64_t)*len > out->pos)
		return -EINVAL;
	return side_range(in, *len) != 0 ? -EINVAL : side_range(out, *len);
}

static ssize_t
copy_range_sides(struct side *in, struct side *out, size_t len, unsigned flags)
{
	ssize_t r;
	int err;

	err = side_load(in);
	if (err == 0)
		err = side_load(out);
	if (err == 0 && flags != 0)
		err = -EINVAL;
	if (err == 0)
		err = copy_range_check(in, out, &len);
	if (err != 0 || len == 0)
		return err;
	r = splice_file_to_file(in->f, &in->pos, out->f, &out->pos,
	    min_of(len, (size_t)MAX_RW_COUNT));
	if (r <= 0)
		return r;
	err = side_store(in);
	if (err == 0)
		err = side_store(out);
	return err != 0 ? err : r;
}

long
sys_copy_file_range(struct thread *t, struct copy_file_range_args *a)
{
	struct side in, out = { .f = NULL };
	long r;

	(void)t;
	r = side_get(&in, a->fd_in, a->off_in);
	if (r == 0)
		r = side_get(&out, a->fd_out, a->off_out);
	if (r == 0)
		r = copy_range_sides(&in, &out, a->len, (unsigned)a->flags);
	file_put(in.f);
	file_put(out.f);
	return r;
}
