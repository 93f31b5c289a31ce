/*
 * file_pipe.c - pipes and fifos.
 *
 * A pipe is a ring of buffers, each a part of a page, as in Linux: how much
 * fits, which writes are merged and what poll says follow from that.  A write
 * of up to PIPE_BUF bytes needs one buffer, so it is atomic.  O_DIRECT marks
 * buffers as packets.  Pages are counted, because tee shares them.
 *
 * A fifo's pipe hangs on its inode from the first open to the last close; the
 * same holds for the inode of an anonymous pipe, which /proc/PID/fd can open.
 *
 * Locks: inode.lock covers inode.pipe and pipe.files; pipe.lock the rest.
 */
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>

#include "vkern/file_impl.h"

#define PIPE_DEF_BUFFERS	16
#define PIPE_MAX_SIZE		(1u << 20)	/* fs.pipe-max-size */
#define K_CAP_SYS_RESOURCE	24

/* file.priv of one end. */
struct pipe_end {
	struct pipe	*pipe;
	/* A fifo opened O_NONBLOCK before any writer came: no POLLHUP until one
	 * has been there. */
	unsigned	w_seen;
};

static const struct file_ops pipe_ops;

struct pipe *
file_pipe(struct file *f)
{
	if (f->ops != &pipe_ops)
		return NULL;
	return ((struct pipe_end *)f->priv)->pipe;
}

/* --- pages and buffers --- */

struct pipe_page *
pipe_page_new(void)
{
	struct pipe_page *pg;

	pg = kalloc(sizeof(*pg));
	if (pg != NULL)
		pg->refs = 1;
	return pg;
}

void
pipe_buf_drop(struct pipe_buf *b)
{
	if (--b->page->refs == 0)
		kfree(b->page);
	b->page = NULL;
}

/* The same, but keep a page that nobody shares for the next write. */
static void
pipe_buf_done(struct pipe *p, struct pipe_buf *b) REQUIRES(p->lock)
{
	if (p->spare == NULL && b->page->refs == 1) {
		p->spare = b->page;
		b->page = NULL;
	} else {
		pipe_buf_drop(b);
	}
}

static struct pipe_page *
pipe_page_get(struct pipe *p) REQUIRES(p->lock)
{
	struct pipe_page *pg = p->spare;

	if (pg == NULL)
		return pipe_page_new();
	p->spare = NULL;
	return pg;
}

/* --- life --- */

static struct pipe *
pipe_alloc(void)
{
	struct pipe *p;

	p = kalloc(sizeof(*p));
	if (p == NULL)
		return NULL;
	p->max_usage = PIPE_DEF_BUFFERS;
	p->ring_size = 2 * p->max_usage;
	p->bufs = kalloc(p->ring_size * sizeof(*p->bufs));
	if (p->bufs == NULL) {
		kfree(p);
		return NULL;
	}
	mutex_init(&p->lock, RANK_OBJ);
	waitq_init(&p->rd_wq);
	waitq_init(&p->wr_wq);
	return p;
}

static void
pipe_free(struct pipe *p)
{
	for (; p->tail != p->head; p->tail++)
		pipe_buf_drop(pipe_at(p, p->tail));
	kfree(p->spare);
	kfree(p->bufs);
	waitq_destroy(&p->rd_wq);
	waitq_destroy(&p->wr_wq);
	mutex_destroy(&p->lock);
	kfree(p);
}

/* The inode's pipe, made if need be, counted as in use; NULL: no memory. */
static struct pipe *
pipe_hold(struct inode *ino)
{
	struct pipe *p;

	mutex_lock(&ino->lock);
	if (ino->pipe == NULL)
		ino->pipe = pipe_alloc();
	p = ino->pipe;
	if (p != NULL)
		p->files++;
	mutex_unlock(&ino->lock);
	return p;
}

static void
pipe_drop(struct inode *ino, struct pipe *p)
{
	bool last;

	mutex_lock(&ino->lock);
	last = --p->files == 0;
	if (last)
		ino->pipe = NULL;
	mutex_unlock(&ino->lock);
	if (last)
		pipe_free(p);
}

/* --- waiting and waking --- */

void
pipe_wake_readers(struct pipe *p)
{
	waitq_wake_all(&p->rd_wq, EPOLLIN | EPOLLRDNORM);
}

void
pipe_wake_writers(struct pipe *p)
{
	waitq_wake_all(&p->wr_wq, EPOLLOUT | EPOLLWRNORM);
}

/* By address, so that two calls on the same two pipes do not meet. */
NO_TSA void
pipe_lock_two(struct pipe *a, struct pipe *b)
{
	mutex_lock(a < b ? &a->lock : &b->lock);
	mutex_lock_same(a < b ? &b->lock : &a->lock);
}

int
pipe_wait_room(struct pipe *p, bool nowait)
{
	int err;

	for (;;) {
		if (p->readers == 0)
			return file_sigpipe();
		if (!pipe_full(p))
			return 0;
		if (nowait)
			return -EAGAIN;
		err = waitq_wait(&p->wr_wq, &p->lock, NEVER);
		if (err != 0)
			return err;
	}
}

int
pipe_wait_data(struct pipe *p, bool nowait)
{
	int err;

	for (;;) {
		if (!pipe_empty(p))
			return 1;
		if (p->writers == 0)
			return 0;
		if (nowait)
			return -EAGAIN;
		err = waitq_wait(&p->rd_wq, &p->lock, NEVER);
		if (err != 0)
			return err;
	}
}

/* --- reading --- */

/* From the first buffer.  Bytes; *last: nothing more may follow in this call. */
static ssize_t
pipe_read_buf(struct pipe *p, struct uio *u, bool *last) REQUIRES(p->lock)
{
	struct pipe_buf *b = pipe_at(p, p->tail);
	size_t n = min_of((size_t)b->len, u->resid);
	bool was_full = pipe_full(p);
	ssize_t r;

	r = uio_put(u, b->page->data + b->off, n);
	if (r < (ssize_t)n)
		return -EFAULT;
	b->off += (uint32_t)n;
	b->len -= (uint32_t)n;
	*last = (b->flags & PB_PACKET) != 0;
	if (b->len == 0 || *last) {
		pipe_buf_done(p, b);
		p->tail++;
		if (was_full || p->polled)
			pipe_wake_writers(p);
	}
	return (ssize_t)n;
}

static ssize_t
pipe_read_locked(struct pipe *p, struct uio *u, bool nowait) REQUIRES(p->lock)
{
	size_t done = 0;
	bool last = false;
	ssize_t r;

	r = pipe_wait_data(p, nowait);
	if (r <= 0)
		return r;
	while (u->resid > 0 && !last && !pipe_empty(p)) {
		r = pipe_read_buf(p, u, &last);
		if (r < 0)
			return done > 0 ? (ssize_t)done : r;
		done += (size_t)r;
	}
	return (ssize_t)done;
}

static ssize_t
pipe_read(struct file *f, struct uio *u, int64_t *pos)
{
	struct pipe *p = file_pipe(f);
	ssize_t r;

	(void)pos;
	if (u->resid == 0)
		return 0;
	mutex_lock(&p->lock);
	r = pipe_read_locked(p, u, file_nowait(f, u));
	mutex_unlock(&p->lock);
	if (r > 0 && f->path.dentry != NULL)
		inode_touch(f->inode, ATTR_ATIME);
	return r;
}

/* --- writing --- */

/* The odd bytes of a write go behind the last buffer if all of them fit. */
static ssize_t
pipe_write_merge(struct pipe *p, struct uio *u) REQUIRES(p->lock)
{
	size_t n = u->resid & PAGE_MASK;
	struct pipe_buf *b;
	ssize_t r;

	if (n == 0 || pipe_empty(p))
		return 0;
	b = pipe_at(p, p->head - 1);
	if (!(b->flags & PB_MERGE) || b->off + b->len + n > PAGE_SIZE)
		return 0;
	r = uio_get(u, b->page->data + b->off + b->len, n);
	if (r < (ssize_t)n)
		return -EFAULT;
	b->len += (uint32_t)n;
	return r;
}

static ssize_t
pipe_write_buf(struct pipe *p, struct uio *u, unsigned flags) REQUIRES(p->lock)
{
	size_t n = min_of(u->resid, PAGE_SIZE);
	struct pipe_page *pg;
	ssize_t r;

	pg = pipe_page_get(p);
	if (pg == NULL)
		return -ENOMEM;
	r = uio_get(u, pg->data, n);
	if (r < (ssize_t)n) {
		kfree(pg);
		return -EFAULT;
	}
	*pipe_at(p, p->head) = (struct pipe_buf){ pg, 0, (uint32_t)n, flags };
	p->head++;
	return r;
}

static ssize_t
pipe_write_locked(struct pipe *p, struct uio *u, bool nowait, unsigned flags) REQUIRES(p->lock)
{
	size_t done = 0;
	bool was_empty;
	ssize_t r;

	if (p->readers == 0)
		return file_sigpipe();
	was_empty = pipe_empty(p);
	r = pipe_write_merge(p, u);
	while (r >= 0) {
		done += (size_t)r;
		if (r > 0 && (was_empty || p->polled))
			pipe_wake_readers(p);
		if (u->resid == 0)
			break;
		r = pipe_wait_room(p, nowait);
		was_empty = pipe_empty(p);
		if (r == 0)
			r = pipe_write_buf(p, u, flags);
	}
	return done > 0 ? (ssize_t)done : r;
}

static ssize_t
pipe_write(struct file *f, struct uio *u, int64_t *pos)
{
	struct pipe *p = file_pipe(f);
	unsigned flags = f->flags & O_DIRECT ? PB_PACKET : PB_MERGE;
	ssize_t r;

	(void)pos;
	if (u->resid == 0)
		return 0;
	mutex_lock(&p->lock);
	r = pipe_write_locked(p, u, file_nowait(f, u), flags);
	mutex_unlock(&p->lock);
	if (r > 0 && f->path.dentry != NULL)
		inode_touch(f->inode, ATTR_MTIME);
	return r;
}

/* --- poll, ioctl, size --- */

static unsigned
pipe_poll(struct file *f, struct poll_table *pt)
{
	struct pipe_end *e = f->priv;
	struct pipe *p = e->pipe;
	unsigned ev = 0;

	mutex_lock(&p->lock);
	if (f->mode & FMODE_READ)
		poll_wait(pt, f, &p->rd_wq);
	if (f->mode & FMODE_WRITE)
		poll_wait(pt, f, &p->wr_wq);
	if (pt != NULL)
		p->polled = true;
	if (f->mode & FMODE_READ) {
		if (!pipe_empty(p))
			ev |= EPOLLIN | EPOLLRDNORM;
		if (p->writers == 0 && e->w_seen != p->w_counter)
			ev |= EPOLLHUP;
	}
	if (f->mode & FMODE_WRITE) {
		if (!pipe_full(p))
			ev |= EPOLLOUT | EPOLLWRNORM;
		if (p->readers == 0)
			ev |= EPOLLERR;
	}
	mutex_unlock(&p->lock);
	return ev;
}

static long
pipe_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct pipe *p = file_pipe(f);
	uint32_t n = 0;
	unsigned i;

	if (cmd != FIONREAD)
		return -ENOTTY;
	mutex_lock(&p->lock);
	for (i = p->tail; i != p->head; i++)
		n += pipe_at(p, i)->len;
	mutex_unlock(&p->lock);
	return copyout_u32(ga(arg), n);
}

long
pipe_get_size(struct file *f)
{
	struct pipe *p = file_pipe(f);
	long n;

	if (p == NULL)
		return -EBADF;
	mutex_lock(&p->lock);
	n = (long)(p->max_usage * PAGE_SIZE);
	mutex_unlock(&p->lock);
	return n;
}

static int
pipe_resize(struct pipe *p, unsigned slots, struct pipe_buf *bufs) REQUIRES(p->lock)
{
	unsigned i, used = p->head - p->tail;

	if (used + p->reserved > slots)
		return -EBUSY;
	for (i = 0; i < used; i++)
		bufs[i] = *pipe_at(p, p->tail + i);
	kfree(p->bufs);
	p->bufs = bufs;
	p->ring_size = 2 * slots;
	p->max_usage = slots;
	p->tail = 0;
	p->head = used;
	pipe_wake_writers(p);
	return 0;
}

/* F_SETPIPE_SZ: a power of two of pages; the size it has then. */
long
pipe_set_size(struct file *f, unsigned long n)
{
	struct pipe *p = file_pipe(f);
	struct pipe_buf *bufs;
	unsigned slots;
	int err;

	if (p == NULL)
		return -EBADF;
	n = (unsigned)n;
	if (n > 1u << 31)
		return -EINVAL;
	for (slots = 1; slots * PAGE_SIZE < n; slots *= 2)
		;
	if (slots * PAGE_SIZE > PIPE_MAX_SIZE && (long)(slots * PAGE_SIZE) > pipe_get_size(f) &&
	    !capable(K_CAP_SYS_RESOURCE))
		return -EPERM;
	bufs = kalloc(2UL * slots * sizeof(*bufs));
	if (bufs == NULL)
		return -ENOMEM;
	mutex_lock(&p->lock);
	err = pipe_resize(p, slots, bufs);
	mutex_unlock(&p->lock);
	if (err != 0)
		kfree(bufs);
	return err != 0 ? err : (long)(slots * PAGE_SIZE);
}

/* O_DIRECT may come and go. */
static int
pipe_setfl(struct file *f, unsigned flags)
{
	(void)f;
	(void)flags;
	return 0;
}

static void
pipe_release(struct file *f)
{
	struct pipe_end *e = f->priv;
	struct pipe *p = e->pipe;

	mutex_lock(&p->lock);
	if (f->mode & FMODE_READ)
		p->readers--;
	if (f->mode & FMODE_WRITE)
		p->writers--;
	if ((p->readers == 0) != (p->writers == 0)) {
		waitq_wake_all(&p->rd_wq, EPOLLIN | EPOLLRDNORM | EPOLLHUP);
		waitq_wake_all(&p->wr_wq, EPOLLOUT | EPOLLWRNORM | EPOLLERR);
	}
	mutex_unlock(&p->lock);
	pipe_drop(f->inode, p);
	kfree(e);
}

static const struct file_ops pipe_ops = {
	.name = "pipe",
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
	.release = pipe_release,
	.setfl = pipe_setfl,
};

/* --- making and opening --- */

/* Takes over one `files` of p. */
static struct file *
pipe_file(struct inode *ino, const struct path *path, struct pipe *p, unsigned flags)
{
	struct pipe_end *e;
	struct file *f;

	e = xcalloc(1, sizeof(*e));
	e->pipe = p;
	f = file_alloc(&pipe_ops, path, ino, flags);
	f->priv = e;
	return f;
}

int
pipe_create(unsigned flags, struct file **rd, struct file **wr)
{
	struct inode *ino;
	struct pipe *p;

	ino = anon_inode(S_IFIFO | 0600, "pipe:[%lu]");
	anon_priv(ino)->open = fifo_open;
	p = pipe_hold(ino);
	if (p == NULL) {
		inode_put(ino);
		return -ENOMEM;
	}
	p->files = 2;
	p->readers = p->writers = 1;
	p->r_counter = p->w_counter = 1;
	*rd = pipe_file(ino, NULL, p, O_RDONLY | (flags & O_NONBLOCK));
	*wr = pipe_file(ino, NULL, p, O_WRONLY | flags);
	inode_put(ino);
	return 0;
}

/* Until somebody has opened the other side since: *counter moves. */
static int
fifo_wait_partner(struct pipe *p, const unsigned *counter) REQUIRES(p->lock)
{
	unsigned was = *counter;
	int err;

	while (*counter == was) {
		err = waitq_wait(&p->rd_wq, &p->lock, NEVER);
		if (err != 0 && *counter == was)
			return err;
	}
	return 0;
}

/* What open(2) does to the pipe; -ERESTARTSYS and it is as before. */
static int
fifo_join(struct pipe *p, unsigned flags, bool anon, unsigned *w_seen) REQUIRES(p->lock)
{
	bool nonblock = (flags & O_NONBLOCK) != 0;
	unsigned acc = flags & O_ACCMODE;
	int err = 0;

	if (acc == O_WRONLY && !anon && nonblock && p->readers == 0)
		return -ENXIO;
	if (acc != O_WRONLY) {
		p->r_counter++;
		p->readers++;
	}
	if (acc != O_RDONLY) {
		p->w_counter++;
		p->writers++;
	}
	waitq_wake_all(&p->rd_wq, 0);
	if (acc == O_RDONLY && !anon && p->writers == 0) {
		if (nonblock)
			*w_seen = p->w_counter;
		else
			err = fifo_wait_partner(p, &p->w_counter);
		if (err != 0 && --p->readers == 0)
			pipe_wake_writers(p);
	} else if (acc == O_WRONLY && !anon && p->readers == 0) {
		err = fifo_wait_partner(p, &p->r_counter);
		if (err != 0 && --p->writers == 0)
			pipe_wake_readers(p);
	}
	return err;
}

int
fifo_open(struct inode *ino, const struct path *path, unsigned flags, struct file **out)
{
	bool anon = ino->sb == &file_state()->pipe;
	struct pipe *p;
	struct file *f;
	unsigned w_seen = 0;
	int err;

	if ((flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	p = pipe_hold(ino);
	if (p == NULL)
		return -ENOMEM;
	mutex_lock(&p->lock);
	err = fifo_join(p, flags, anon, &w_seen);
	mutex_unlock(&p->lock);
	if (err != 0) {
		pipe_drop(ino, p);
		return err;
	}
	f = pipe_file(ino, path, p, flags);
	((struct pipe_end *)f->priv)->w_seen = w_seen;
	*out = f;
	return 0;
}

int
file_sigpipe(void)
{
	siginfo_t si;

	/* A thread of the kernel itself, for the monitor. */
	if (curthread == NULL)
		return -EPIPE;
	siginfo_user(&si, SIGPIPE, SI_USER);
	mutex_lock(&vk->proc_lock);
	(void)!signal_thread(curthread, SIGPIPE, &si);
	mutex_unlock(&vk->proc_lock);
	return -EPIPE;
}
