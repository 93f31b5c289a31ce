/*
 * file_eventfd.c - a counter that can be waited for.
 *
 * A read takes all of it, or one (EFD_SEMAPHORE); a write adds, and waits
 * while the sum would not fit below 2^64 - 1.
 */
#include <stdio.h>

#include "vkern/file_event.h"

struct eventfd {
	struct mutex	lock;		/* RANK_OBJ */
	uint64_t	count;		/* [m] */
	bool		semaphore;	/* [I] */
	struct waitq	wq;
};

static ssize_t
eventfd_read(struct file *f, struct uio *u, int64_t *pos)
{
	struct eventfd *e = f->priv;
	uint64_t value = 0;
	int err = 0;

	(void)pos;
	if (u->resid < sizeof(value))
		return -EINVAL;
	mutex_lock(&e->lock);
	while (e->count == 0 && err == 0)
		err = file_nowait(f, u) ? -EAGAIN : waitq_wait(&e->wq, &e->lock, NEVER);
	if (e->count != 0) {
		err = 0;
		value = e->semaphore ? 1 : e->count;
		e->count -= value;
		waitq_wake_all(&e->wq, EPOLLOUT);
	}
	mutex_unlock(&e->lock);
	return err != 0 ? err : uio_put(u, &value, sizeof(value));
}

static ssize_t
eventfd_write(struct file *f, struct uio *u, int64_t *pos)
{
	struct eventfd *e = f->priv;
	uint64_t value;
	ssize_t r;
	int err = 0;

	(void)pos;
	/* writev() has no meaning here but eight bytes in one piece. */
	if (u->resid != sizeof(value) || u->seg[u->cur].len != sizeof(value))
		return -EINVAL;
	r = uio_get(u, &value, sizeof(value));
	if (r < (ssize_t)sizeof(value))
		return -EFAULT;
	if (value == UINT64_MAX)
		return -EINVAL;
	mutex_lock(&e->lock);
	while (UINT64_MAX - e->count <= value && err == 0)
		err = file_nowait(f, u) ? -EAGAIN : waitq_wait(&e->wq, &e->lock, NEVER);
	if (UINT64_MAX - e->count > value) {
		err = 0;
		e->count += value;
		waitq_wake_all(&e->wq, EPOLLIN);
	}
	mutex_unlock(&e->lock);
	return err != 0 ? err : r;
}

static unsigned
eventfd_poll(struct file *f, struct poll_table *pt)
{
	struct eventfd *e = f->priv;
	unsigned ev = 0;

	mutex_lock(&e->lock);
	poll_wait(pt, f, &e->wq);
	if (e->count > 0)
		ev |= EPOLLIN;
	if (e->count == UINT64_MAX)
		ev |= EPOLLERR;
	if (e->count < UINT64_MAX - 1)
		ev |= EPOLLOUT;
	mutex_unlock(&e->lock);
	return ev;
}

static size_t
eventfd_fdinfo(struct file *f, char *buf, size_t n)
{
	struct eventfd *e = f->priv;
	uint64_t count;
	int k;

	mutex_lock(&e->lock);
	count = e->count;
	mutex_unlock(&e->lock);
	k = snprintf(buf, n, "eventfd-count: %16llx\neventfd-id: 0\neventfd-semaphore: %d\n",
	    (unsigned long long)count, e->semaphore);
	return k < 0 ? 0 : min_of((size_t)k, n);
}

static void
eventfd_release(struct file *f)
{
	struct eventfd *e = f->priv;

	waitq_destroy(&e->wq);
	mutex_destroy(&e->lock);
	kfree(e);
}

static const struct file_ops eventfd_ops = {
	.name = "eventfd",
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
	.lseek = file_lseek_none,
	.release = eventfd_release,
	.fdinfo = eventfd_fdinfo,
};

struct file *
eventfd_new(unsigned count, bool semaphore, unsigned flags)
{
	struct eventfd *e;
	struct file *f;

	e = xcalloc(1, sizeof(*e));
	mutex_init(&e->lock, RANK_OBJ);
	waitq_init(&e->wq);
	e->count = count;
	e->semaphore = semaphore;
	f = anon_file(&eventfd_ops, "anon_inode:[eventfd]", e, O_RDWR | flags);
	f->mode |= FMODE_NOWAIT;
	return f;
}
