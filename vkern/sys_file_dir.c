/*
 * sys_file_dir.c - getdents and getdents64.
 *
 * The directory emits entries into a buffer of the kernel's, which goes to
 * the guest in one piece; an entry that does not fit stays for the next call.
 */
#include <stddef.h>
#include <string.h>
#include <sys/inotify.h>

#include "abi/abi.h"
#include "vkern/file_impl.h"
#include "vksup/watch.h"

/* More at a time serves nobody: glibc asks for 32 KiB. */
#define DENTS_MAX	(256 * 1024U)

struct dents {
	struct dir_ctx	ctx;
	char		*buf;
	size_t		size, used;
	bool		old;		/* getdents(2): the type is in the last byte */
	bool		full;		/* an entry was turned away */
};

static bool
dents_emit(struct dir_ctx *c, const char *name, size_t len, uint64_t ino,
    unsigned char dt_type, int64_t next_off)
{
	struct dents *d = container_of(c, struct dents, ctx);
	struct k_dirent64 h = { .ino = ino, .off = next_off, .type = dt_type };
	size_t head, reclen;
	char *at;

	/* The old form has no type in its head, but a byte behind the name. */
	head = d->old ? sizeof(struct k_dirent) : sizeof(struct k_dirent64);
	reclen = (head + len + (d->old ? 2 : 1) + 7) & ~7UL;
	if (reclen > d->size - d->used) {
		d->full = true;
		return false;
	}
	h.reclen = (uint16_t)reclen;
	at = d->buf + d->used;
	memset(at, 0, reclen);
	memcpy(at, &h, head);
	memcpy(at + head, name, len);
	if (d->old)
		at[reclen - 1] = (char)dt_type;
	d->used += reclen;
	return true;
}

static bool
dir_is_dead(struct inode *ino)
{
	bool dead;

	mutex_lock(&ino->lock);
	dead = ino->nlink == 0;
	mutex_unlock(&ino->lock);
	return dead;
}

/* Bytes; the offset stays where it was if the guest did not get them. */
static long
dents_read(struct file *f, struct dents *d, gaddr_t dirp)
{
	int64_t start;
	long r;

	mutex_lock(&f->pos_lock);
	start = f->pos;
	r = f->ops->getdents(f, &d->ctx);
	if (d->used > 0)
		r = copyout(dirp, d->buf, d->used);
	else if (r == 0 && d->full)
		r = -EINVAL;
	if (r != 0)
		f->pos = start;
	mutex_unlock(&f->pos_lock);
	return r != 0 ? r : (long)d->used;
}

static long
file_getdents(struct file *f, gaddr_t dirp, unsigned count, bool old)
{
	struct dents d = { .ctx.emit = dents_emit, .old = old };
	long r;

	if (f->ops->getdents == NULL)
		return -ENOTDIR;
	if (dir_is_dead(f->inode))
		return -ENOENT;
	d.size = min_of(count, DENTS_MAX);
	d.buf = kalloc(d.size);
	if (d.buf == NULL)
		return -ENOMEM;
	if (f->pos == 0 && vk->watchers != NULL)
		path_used(USE_LIST, &f->path, 0);
	r = dents_read(f, &d, dirp);
	kfree(d.buf);
	if (r >= 0)
		fsnotify_file(f, IN_ACCESS);
	return r;
}

static long
do_getdents(int fd, gaddr_t dirp, unsigned count, bool old)
{
	struct file *f = file_get(fd);
	long r;

	if (f == NULL)
		return -EBADF;
	r = file_getdents(f, dirp, count, old);
	file_put(f);
	return r;
}

long
sys_getdents(struct thread *t, struct getdents_args *a)
{
	(void)t;
	return do_getdents(a->fd, a->dirp, a->count, true);
}

long
sys_getdents64(struct thread *t, struct getdents64_args *a)
{
	(void)t;
	return do_getdents(a->fd, a->dirp, a->count, false);
}
