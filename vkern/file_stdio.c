/*
 * file_stdio.c - the run's own descriptors 0, 1 and 2.
 *
 * What vksup was given as standard input, output and error is handed to the
 * first guest as files over the host's descriptors.  Nothing here waits for
 * the host in a system call: a transfer that would wait sets a host_watch and
 * sleeps on a waitq, so that signals end it.  A watch fires once; who finds
 * the file not ready sets it again.
 *
 * A regular file keeps the host's own offset (the shell that started us goes
 * on where we stop).  A terminal is offered to stdio_tty first (file_tty.c).
 * The null device and its like are replaced by the guest's own.
 *
 * struct stdio belongs to the inode, so that /proc/self/fd/0 can be opened.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#include "vkern/file_impl.h"

#define STDIO_CHUNK	65536U

int (*stdio_tty)(int n, const struct stat *st, struct file **out);

enum { DIR_IN, DIR_OUT };
enum watch_state { W_IDLE, W_ARMING, W_ARMED, W_FIRED };

struct stdio;

struct stdio_watch {
	struct stdio	*s;
	int		events;		/* [I] */
	enum watch_state state;		/* [m] */
	struct host_watch *w;		/* [m] to be cancelled before the next */
};

struct stdio {
	struct vkern	*vk;		/* [I] */
	int		n;		/* [I] 0, 1, 2 */
	hfd_t		fd;		/* [I] */
	struct hfile	*hf;		/* [I] for mappings of a regular file */
	struct mutex	lock;		/* RANK_OBJ */
	struct waitq	wq;
	struct stdio_watch watch[2];
	_Atomic bool	polled;		/* somebody polls: announce changes */
};

static struct stdio *
file_stdio(struct file *f)
{
	return anon_priv(f->inode)->obj;
}

/* --- watching the host --- */

/* On a host thread, which has no kernel of its own yet. */
static void
stdio_fired(void *arg, int revents)
{
	struct stdio_watch *sw = arg;
	struct stdio *s = sw->s;

	vk = s->vk;
	mutex_lock(&s->lock);
	sw->state = W_FIRED;
	mutex_unlock(&s->lock);
	waitq_wake_all(&s->wq, (unsigned)revents);
}

static bool
watch_begin(struct stdio *s, struct stdio_watch *sw, struct host_watch **old)
{
	bool mine;

	mutex_lock(&s->lock);
	mine = sw->state == W_IDLE || sw->state == W_FIRED;
	*old = NULL;
	if (mine) {
		sw->state = W_ARMING;
		*old = sw->w;
		sw->w = NULL;
	}
	mutex_unlock(&s->lock);
	return mine;
}

/*
 * Have wq woken when the direction is ready.  Already set: nothing to do.
 * Cancelling the old watch waits for its function, so s->lock is free then.
 */
static int
stdio_arm(struct stdio *s, int dir)
{
	struct stdio_watch *sw = &s->watch[dir];
	struct host_watch *old, *w = NULL;
	int err;

	if (!watch_begin(s, sw, &old))
		return 0;
	if (old != NULL)
		host_watch_cancel(old);
	err = host_watch(s->fd, sw->events, stdio_fired, sw, &w);
	mutex_lock(&s->lock);
	if (err != 0) {
		sw->state = W_IDLE;
	} else {
		sw->w = w;
		if (sw->state == W_ARMING)
			sw->state = W_ARMED;
	}
	mutex_unlock(&s->lock);
	/* Whoever relied on this watch tries for itself. */
	if (err != 0)
		waitq_wake_all(&s->wq, 0);
	return err;
}

/* Sleep until dir may be ready: 0, or -errno. */
static int
stdio_wait(struct stdio *s, int dir)
{
	struct waiter w;
	int err;

	waiter_init(&w, curthread);
	waitq_add(&s->wq, &w);
	err = stdio_arm(s, dir);
	if (err == 0)
		err = thread_park(NEVER);
	waitq_remove(&w);
	return w.woken ? 0 : err;
}

static void
stdio_announce(struct stdio *s, int dir)
{
	if (s->polled)
		(void)!stdio_arm(s, dir);
}

/* --- transfers --- */

static ssize_t
host_read_wait(struct stdio *s, void *buf, size_t n, bool nowait)
{
	ssize_t r;
	int err;

	for (;;) {
		r = host_read_nb(s->fd, buf, n);
		if (r != -EAGAIN || nowait)
			return r;
		err = stdio_wait(s, DIR_IN);
		if (err != 0)
			return err;
	}
}

/* Bytes written before the error or signal, if any. */
static ssize_t
host_write_wait(struct stdio *s, const char *buf, size_t n, bool nowait)
{
	size_t done = 0;
	ssize_t r = -EDQUOT;

	n = limit_output(n);
	while (done < n) {
		r = host_write_nb(s->fd, buf + done, n - done);
		if (r > 0)
			done += (size_t)r;
		else if (r == -EAGAIN && !nowait)
			r = stdio_wait(s, DIR_OUT);
		else if (r == 0)
			break;
		if (r < 0)
			break;
	}
	limit_output_done(done);
	return done > 0 ? (ssize_t)done : r;
}

static ssize_t
stdio_read(struct file *f, struct uio *u, int64_t *pos)
{
	struct stdio *s = file_stdio(f);
	size_t n = min_of(u->resid, (size_t)STDIO_CHUNK);
	ssize_t r;
	void *buf;

	(void)pos;
	buf = kalloc(n);
	if (buf == NULL)
		return -ENOMEM;
	r = host_read_wait(s, buf, n, file_nowait(f, u));
	if (r > 0)
		r = uio_put(u, buf, (size_t)r);
	kfree(buf);
	stdio_announce(s, DIR_IN);
	return r;
}

static ssize_t
stdio_write(struct file *f, struct uio *u, int64_t *pos)
{
	struct stdio *s = file_stdio(f);
	bool nowait = file_nowait(f, u);
	size_t done = 0;
	ssize_t got, r = 0;
	char *buf;

	(void)pos;
	buf = kalloc(min_of(u->resid, (size_t)STDIO_CHUNK));
	if (buf == NULL)
		return -ENOMEM;
	while (u->resid > 0) {
		got = r = uio_get(u, buf, min_of(u->resid, (size_t)STDIO_CHUNK));
		if (r > 0)
			r = host_write_wait(s, buf, (size_t)got, nowait);
		if (r > 0)
			done += (size_t)r;
		if (r <= 0 || r < got)
			break;
	}
	kfree(buf);
	if (r == -EPIPE && done == 0)
		return file_sigpipe();
	stdio_announce(s, DIR_OUT);
	return done > 0 ? (ssize_t)done : r;
}

/* --- regular files: the host's offset where the guest uses its own --- */

static ssize_t
reg_read(struct file *f, struct uio *u, int64_t *pos)
{
	struct stdio *s = file_stdio(f);
	bool here = pos == &f->pos;
	size_t n, done = 0;
	ssize_t r = 0, put;
	char *buf;

	buf = kalloc(min_of(u->resid, (size_t)STDIO_CHUNK));
	if (buf == NULL)
		return -ENOMEM;
	while (u->resid > 0) {
		n = min_of(u->resid, (size_t)STDIO_CHUNK);
		r = here ? host_read_nb(s->fd, buf, n) : host_pread(s->fd, buf, n, *pos);
		if (r <= 0)
			break;
		*pos += r;
		put = uio_put(u, buf, (size_t)r);
		if (put > 0)
			done += (size_t)put;
		if (put < r) {
			r = put;
			break;
		}
	}
	kfree(buf);
	return done > 0 ? (ssize_t)done : r;
}

/* The host appends by itself if the descriptor was opened so. */
static ssize_t
reg_write(struct file *f, struct uio *u, int64_t *pos)
{
	struct stdio *s = file_stdio(f);
	bool here = pos == &f->pos;
	size_t done = 0, n;
	ssize_t r = 0, got;
	char *buf;

	buf = kalloc(min_of(u->resid, (size_t)STDIO_CHUNK));
	if (buf == NULL)
		return -ENOMEM;
	if (here && file_append(f, u))
		*pos = host_seek(s->fd, 0, SEEK_END);
	r = file_check_fsize(f, u, *pos);
	if (r != 0)
		u->resid = 0;
	while (u->resid > 0) {
		got = r = uio_get(u, buf, min_of(u->resid, (size_t)STDIO_CHUNK));
		if (r > 0) {
			n = limit_output((size_t)got);
			r = n == 0 ? -EDQUOT : here ? host_write_nb(s->fd, buf, n)
			    : host_pwrite(s->fd, buf, n, *pos);
		}
		if (r <= 0)
			break;
		*pos += r;
		done += (size_t)r;
		if (r < got)
			break;
	}
	kfree(buf);
	limit_output_done(done);
	return done > 0 ? (ssize_t)done : r;
}

static int64_t
reg_lseek(struct file *f, int64_t off, int whence)
{
	int64_t r;

	r = host_seek(file_stdio(f)->fd, off, whence);
	if (r >= 0)
		f->pos = r;
	return r;
}

/* A carrier gets a descriptor that can write only if its mapping may. */
static int
reg_mmap(struct file *f, int prot, int flags, struct vm_backing *b)
{
	struct hfile *hf = file_stdio(f)->hf;
	int err = 0;

	(void)prot;
	if (hf == NULL)
		return -ENODEV;
	b->ro = (f->mode & FMODE_WRITE) && !(flags & MAP_SHARED);
	mutex_lock(&f->inode->lock);
	if (b->ro && !hfd_ok(hf->ro))
		err = host_reopen_ro(hf->fd, &hf->ro);
	mutex_unlock(&f->inode->lock);
	if (err == 0)
		b->hf = hfile_ref(hf);
	return err;
}

static int
reg_fallocate(struct file *f, int mode, int64_t off, int64_t len)
{
	return host_fallocate(file_stdio(f)->fd, mode, off, len);
}

static int
reg_fsync(struct file *f, bool data_only)
{
	(void)f;
	(void)data_only;
	return 0;
}

/* --- poll and ioctl --- */

static unsigned
stdio_poll(struct file *f, struct poll_table *pt)
{
	struct stdio *s = file_stdio(f);
	int ev;

	if (pt != NULL) {
		s->polled = true;
		poll_wait(pt, f, &s->wq);
	}
	ev = host_poll(s->fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP | POLLRDNORM | POLLWRNORM);
	if (ev < 0)
		return EPOLLERR;
	if (s->polled && (f->mode & FMODE_READ) && !(ev & (POLLIN | POLLHUP | POLLERR)))
		(void)!stdio_arm(s, DIR_IN);
	if (s->polled && (f->mode & FMODE_WRITE) && !(ev & (POLLOUT | POLLHUP | POLLERR)))
		(void)!stdio_arm(s, DIR_OUT);
	return (unsigned)ev;
}

/* The host does not tell how much there is to read; that there is. */
static long
stdio_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	if (cmd != FIONREAD)
		return -ENOTTY;
	return copyout_u32(ga(arg), (host_poll(file_stdio(f)->fd, POLLIN) & POLLIN) != 0);
}

static int
stdio_setfl(struct file *f, unsigned flags)
{
	(void)f;
	return flags & O_DIRECT ? -EINVAL : 0;
}

static const struct file_ops stdio_ops = {
	.name = "stdio",
	.read = stdio_read,
	.write = stdio_write,
	.poll = stdio_poll,
	.ioctl = stdio_ioctl,
	.setfl = stdio_setfl,
};

static const struct file_ops stdio_reg_ops = {
	.name = "stdio-file",
	.read = reg_read,
	.write = reg_write,
	.lseek = reg_lseek,
	.mmap = reg_mmap,
	.fallocate = reg_fallocate,
	.fsync = reg_fsync,
};

/* --- the inode --- */

static void
stdio_attrs(struct inode *ino, const struct stat *st)
{
	mutex_lock(&ino->lock);
	ino->mode = (ino->mode & S_IFMT) | (st->st_mode & 07777);
	ino->uid = st->st_uid;
	ino->gid = st->st_gid;
	ino->nlink = (uint32_t)st->st_nlink;
	ino->size = st->st_size;
	ino->blocks = (uint64_t)st->st_blocks;
	ino->atime = st->st_atim;
	ino->mtime = st->st_mtim;
	ino->ctime = st->st_ctim;
	mutex_unlock(&ino->lock);
}

static int
stdio_getattr(struct inode *ino)
{
	struct stdio *s = anon_priv(ino)->obj;
	struct stat st;
	int err;

	err = host_stdio_stat(s->n, &st);
	if (err == 0 && (st.st_mode & S_IFMT) == (ino->mode & S_IFMT))
		stdio_attrs(ino, &st);
	return 0;
}

static int
stdio_setattr(struct inode *ino, const struct iattr *a)
{
	struct stdio *s = anon_priv(ino)->obj;

	if (!(a->valid & ATTR_SIZE))
		return 0;
	return S_ISREG(ino->mode) ? host_truncate(s->fd, a->size) : -EINVAL;
}

static void
stdio_evict(struct inode *ino)
{
	struct stdio *s = anon_priv(ino)->obj;
	int i;

	for (i = 0; i < 2; i++)
		if (s->watch[i].w != NULL)
			host_watch_cancel(s->watch[i].w);
	if (s->hf != NULL)
		hfile_unref(s->hf);
	host_close(s->fd);
	waitq_destroy(&s->wq);
	mutex_destroy(&s->lock);
	kfree(s);
}

static struct file *
stdio_file(struct inode *ino, unsigned flags)
{
	if (!S_ISFIFO(ino->mode) && !S_ISSOCK(ino->mode))
		flags |= K_O_LARGEFILE;
	return file_alloc(S_ISREG(ino->mode) ? &stdio_reg_ops : &stdio_ops, NULL, ino, flags);
}

/* /proc/self/fd/0 and /dev/stdin: the same thing once more. */
static int
stdio_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out)
{
	(void)p;
	if (S_ISSOCK(ino->mode))
		return -ENXIO;
	*out = stdio_file(ino, flags);
	return 0;
}

/* --- setting up --- */

static struct stdio *
stdio_new(int n, hfd_t fd, bool regular)
{
	struct stdio *s;
	hfd_t dup;

	s = xcalloc(1, sizeof(*s));
	s->vk = vk;
	s->n = n;
	s->fd = fd;
	mutex_init(&s->lock, RANK_OBJ);
	waitq_init(&s->wq);
	s->watch[DIR_IN] = (struct stdio_watch){ .s = s, .events = POLLIN };
	s->watch[DIR_OUT] = (struct stdio_watch){ .s = s, .events = POLLOUT };
	if (regular && host_dup(fd, &dup) == 0)
		s->hf = hfile_new(dup);
	return s;
}

static void
stdio_name(const struct stat *st, char *buf, size_t n)
{
	unsigned long ino = (unsigned long)st->st_ino;

	if (S_ISFIFO(st->st_mode))
		snprintf(buf, n, "pipe:[%lu]", ino);
	else if (S_ISSOCK(st->st_mode))
		snprintf(buf, n, "socket:[%lu]", ino);
	else if (S_ISCHR(st->st_mode) && major(st->st_rdev) == 136)
		snprintf(buf, n, "/dev/pts/%u", minor(st->st_rdev));
	else
		snprintf(buf, n, "host:[%lu]", ino);
}

static bool
is_tty(const struct stat *st)
{
	unsigned maj = major(st->st_rdev);

	return S_ISCHR(st->st_mode) && (maj == 4 || maj == 5 || (maj >= 136 && maj <= 143));
}

/* The guest's own device where the host gave one of the memory devices. */
static int
stdio_memdev(int n, const struct stat *st, struct file **out)
{
	static const char *const names[] = {
		[3] = "/dev/null", [5] = "/dev/zero", [7] = "/dev/full",
		[8] = "/dev/random", [9] = "/dev/urandom",
	};
	unsigned min = minor(st->st_rdev), flags;
	struct inode *ino;
	struct path p;
	int err;

	if (!S_ISCHR(st->st_mode) || major(st->st_rdev) != 1 ||
	    min >= nitems(names) || names[min] == NULL)
		return -ENODEV;
	flags = host_stdio_flags(n);
	err = path_lookup_kernel(names[min], LOOKUP_FOLLOW, &p);
	if (err != 0)
		return err;
	ino = p.dentry->inode;
	err = ino->ops->open != NULL ? ino->ops->open(ino, &p, flags, out)
	    : chrdev_open(ino, &p, flags, out);
	path_put(p);
	return err;
}

static int
stdio_host_file(int n, const struct stat *st, struct file **out)
{
	struct superblock *sb = &file_state()->stdio[n];
	struct anon_priv *ap;
	struct inode *ino;
	struct stdio *s;
	char name[64];
	hfd_t fd;
	int err;

	err = host_stdio(n, &fd);
	if (err != 0)
		return err;
	s = stdio_new(n, fd, S_ISREG(st->st_mode));
	stdio_name(st, name, sizeof(name));
	sb->dev = st->st_dev;
	ino = anon_inode_on(sb, st->st_mode, name);
	ino->ino = st->st_ino;
	ino->rdev = st->st_rdev;
	ap = anon_priv(ino);
	ap->obj = s;
	ap->evict = stdio_evict;
	ap->open = stdio_open;
	ap->getattr = stdio_getattr;
	ap->setattr = stdio_setattr;
	stdio_attrs(ino, st);
	*out = stdio_file(ino, host_stdio_flags(n));
	inode_put(ino);
	return 0;
}

static int
stdio_make(int n, struct file **out)
{
	struct stat st;
	int err;

	err = host_stdio_stat(n, &st);
	if (err != 0)
		return err;
	if (is_tty(&st) && stdio_tty != NULL && stdio_tty(n, &st, out) == 0)
		return 0;
	if (stdio_memdev(n, &st, out) == 0)
		return 0;
	return stdio_host_file(n, &st, out);
}

int
stdio_files(struct fdtable *fdt)
{
	struct file *f;
	int n, err;

	for (n = 0; n < 3; n++) {
		err = stdio_make(n, &f);
		if (err == -EBADF)
			continue;
		if (err != 0)
			return err;
		mutex_lock(&fdt->lock);
		fdt->ents[n] = (struct fdent){ f, false };
		if (fdt->hint == n)
			fdt->hint = n + 1;
		mutex_unlock(&fdt->lock);
	}
	return 0;
}
