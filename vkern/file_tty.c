/*
 * file_tty.c - pseudo terminals as files: pairs, opening, reading, writing,
 * polling, closing.
 *
 * A pair lives as long as anything refers to it: its master (a file, or the
 * console's supervisor), slave files, a session whose terminal it is.  Its
 * number is free again after that; its name in /dev/pts goes with the master.
 *
 * Bytes are copied from and to the guest with no lock held: a call works on
 * pieces in a buffer of its own, and `reading`/`writing` keep the calls of
 * others on the same side from mixing theirs in.
 */
#include "vksup/tty.h"

#include <asm/termbits.h>
#include <stdio.h>
#include <string.h>

#include "vksup/proc.h"

#define TTY_WRITE_CHUNK	2048

/* --- numbers and references --- */

struct tty_state *
tty_state(void)
{
	struct tty_state *st = __atomic_load_n(&vk->tty, __ATOMIC_ACQUIRE);
	struct tty_state *none = NULL;

	if (st != NULL)
		return st;
	st = xcalloc(1, sizeof(*st));
	mutex_init(&st->lock, RANK_LEAF);
	if (__atomic_compare_exchange_n(&vk->tty, &none, st, false,
	    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return st;
	mutex_destroy(&st->lock);
	kfree(st);
	return none;
}

void
tty_fini(void)
{
	struct tty_state *st = vk->tty;

	if (st == NULL)
		return;
	if (st->console != NULL)
		tty_unref(st->console);
	if (st->ptmx != NULL)
		inode_put(st->ptmx);
	vk->tty = NULL;
	mutex_destroy(&st->lock);
	kfree(st);
}

struct tty *
tty_ref(struct tty *t)
{
	struct tty_state *st = tty_state();

	mutex_lock(&st->lock);
	t->refs++;
	mutex_unlock(&st->lock);
	return t;
}

struct tty *
tty_lookup(int index)
{
	struct tty_state *st = tty_state();
	struct tty *t;

	if (index < 0 || index >= TTY_MAX)
		return NULL;
	mutex_lock(&st->lock);
	t = st->tab[index];
	if (t != NULL)
		t->refs++;
	mutex_unlock(&st->lock);
	return t;
}

void
tty_unref(struct tty *t)
{
	struct tty_state *st = tty_state();
	bool last;

	mutex_lock(&st->lock);
	last = --t->refs == 0;
	if (last) {
		st->tab[t->index] = NULL;
		st->count--;
	}
	mutex_unlock(&st->lock);
	if (!last)
		return;
	waitq_destroy(&t->wq[TTY_SLAVE]);
	waitq_destroy(&t->wq[TTY_MASTER]);
	mutex_destroy(&t->lock);
	kfree(t->raw.data);
	kfree(t);
}

static int
tty_number(struct tty *t)
{
	struct tty_state *st = tty_state();
	int i;

	mutex_lock(&st->lock);
	for (i = 0; i < TTY_MAX && st->tab[i] != NULL; i++)
		;
	if (i < TTY_MAX) {
		t->index = i;
		st->tab[i] = t;
		st->count++;
	}
	mutex_unlock(&st->lock);
	return i < TTY_MAX ? 0 : -ENOSPC;
}

int
tty_new(struct tty **out)
{
	struct tty *t = xcalloc(1, sizeof(*t));
	struct inode *ino;
	int err;

	t->refs = 1;
	t->vk = vk;
	mutex_init(&t->lock, RANK_OBJ);
	waitq_init(&t->wq[TTY_SLAVE]);
	waitq_init(&t->wq[TTY_MASTER]);
	termios_init(&t->tio);
	ldisc_init(t);
	t->lock_flag = true;
	t->master_open = true;
	err = tty_number(t);
	if (err) {
		mutex_destroy(&t->lock);
		kfree(t->raw.data);
		kfree(t);
		return err;
	}
	/* From now on the name can be looked up; it is still locked. */
	ino = devpts_inode(t);
	mutex_lock(&tty_state()->lock);
	t->inode = ino;
	mutex_unlock(&tty_state()->lock);
	*out = t;
	return 0;
}

/* --- small things --- */

void
tty_wake(struct tty *t, int side, unsigned events)
{
	waitq_wake_all(&t->wq[side], events);
	if (side == TTY_MASTER && t->kick != NULL)
		t->kick(t->kick_arg);
}

void
tty_want(struct tty *t)
{
	if (t->wanted)
		return;
	t->wanted = true;
	if (t->kick != NULL)
		t->kick(t->kick_arg);
}

bool
tty_file_hung(struct tty *t, const struct tty_file *tf)
{
	return tf->side == TTY_SLAVE && tf->gen != t->hup_gen;
}

/*
 * Be the only reader or writer of a side.  0, -EAGAIN, -ERESTARTSYS.
 */
static int
side_enter(struct tty *t, bool *busy, int side, bool nowait)
	REQUIRES(t->lock)
{
	int err;

	while (*busy) {
		if (nowait)
			return -EAGAIN;
		err = waitq_wait(&t->wq[side], &t->lock, NEVER);
		if (err)
			return err;
	}
	*busy = true;
	return 0;
}

static void
side_leave(struct tty *t, bool *busy, int side)
	REQUIRES(t->lock)
{
	*busy = false;
	waitq_wake_all(&t->wq[side], 0);
}

/* --- reading the slave --- */

struct slave_read {
	uint8_t		*buf;
	size_t		size, got, minimum;
	ktime_t		deadline;	/* VTIME; 0: do not wait at all */
	int64_t		between;	/* restart of it after each piece, or 0 */
};

static void
slave_read_limits(struct tty *t, struct slave_read *r)
	REQUIRES(t->lock)
{
	int64_t vtime = t->tio.cc[VTIME] * (NSEC_PER_SEC / 10);

	r->deadline = NEVER;
	if (t->icanon)
		return;
	r->minimum = t->tio.cc[VMIN];
	if (r->minimum > 0) {
		r->between = vtime;
		return;
	}
	r->minimum = 1;
	r->deadline = vtime > 0 ? ktime_after(vtime) : 0;
}

/* Nothing to read: 0 to look again, 1 to end with what there is, or -errno. */
static int
slave_wait(struct tty *t, struct file *f, struct uio *u, struct slave_read *r)
	REQUIRES(t->lock)
{
	struct tty_file *tf = f->priv;
	int err;

	if (!t->master_open)
		return -EIO;
	if (tty_file_hung(t, tf))
		return 1;
	if (r->deadline == 0)
		return 1;
	tty_want(t);
	if (file_nowait(f, u))
		return -EAGAIN;
	err = waitq_wait(&t->wq[TTY_SLAVE], &t->lock, r->deadline);
	return err == -ETIMEDOUT ? 1 : err;
}

static int
slave_collect(struct tty *t, struct file *f, struct uio *u, struct slave_read *r)
	REQUIRES(t->lock)
{
	bool done;
	int err;

	slave_read_limits(t, r);
	while (r->got < r->size) {
		if (!ldisc_readable(t, false)) {
			err = slave_wait(t, f, u, r);
			if (err)
				return err > 0 ? 0 : err;
			continue;
		}
		r->got += ldisc_read(t, r->buf + r->got, r->size - r->got, &done);
		if (t->icanon || r->got >= r->minimum)
			break;
		if (r->between > 0)
			r->deadline = ktime_after(r->between);
	}
	ldisc_pull(t);
	return 0;
}

static ssize_t
slave_read(struct file *f, struct uio *u, int64_t *pos)
{
	struct tty_file *tf = f->priv;
	struct tty *t = tf->tty;
	uint8_t buf[TTY_BUF_SIZE];
	struct slave_read r = { .buf = buf, .size = min_of(u->resid, sizeof(buf)) };
	bool hung;
	int err;

	(void)pos;
	mutex_lock(&t->lock);
	hung = tty_file_hung(t, tf);
	mutex_unlock(&t->lock);
	if (hung)
		return 0;
	err = tty_check_change(t, SIGTTIN);
	if (err)
		return err;
	mutex_lock(&t->lock);
	err = side_enter(t, &t->reading[TTY_SLAVE], TTY_SLAVE, file_nowait(f, u));
	if (err == 0) {
		err = slave_collect(t, f, u, &r);
		side_leave(t, &t->reading[TTY_SLAVE], TTY_SLAVE);
	}
	mutex_unlock(&t->lock);
	if (r.got > 0)
		return uio_put(u, buf, r.got);
	return err;
}

/* --- reading the master --- */

/* Bytes for the reader of the master, with the packet's head; 0: none. */
static size_t
master_collect(struct tty *t, uint8_t *p, size_t n)
	REQUIRES(t->lock)
{
	size_t head = 0;

	if (n == 0)
		return 0;
	if (t->packet && t->pktstatus != 0) {
		p[0] = t->pktstatus;
		t->pktstatus = 0;
		return 1;
	}
	if (ring_count(&t->out) == 0)
		return 0;
	if (t->packet)
		p[head++] = TIOCPKT_DATA;
	return head + ldisc_take(t, p + head, min_of(n - head, (size_t)TTY_MASTER_CHUNK));
}

static ssize_t
master_read(struct file *f, struct uio *u, int64_t *pos)
{
	struct tty *t = ((struct tty_file *)f->priv)->tty;
	uint8_t buf[TTY_MASTER_CHUNK + 1];
	size_t got = 0, size = min_of(u->resid, sizeof(buf));
	int err;

	(void)pos;
	mutex_lock(&t->lock);
	err = side_enter(t, &t->reading[TTY_MASTER], TTY_MASTER, file_nowait(f, u));
	if (err)
		goto out;
	while (size > 0 && (got = master_collect(t, buf, size)) == 0) {
		if (t->master_eof)
			err = -EIO;
		else if (file_nowait(f, u))
			err = -EAGAIN;
		else
			err = waitq_wait(&t->wq[TTY_MASTER], &t->lock, NEVER);
		if (err)
			break;
	}
	side_leave(t, &t->reading[TTY_MASTER], TTY_MASTER);
out:
	mutex_unlock(&t->lock);
	return got > 0 ? uio_put(u, buf, got) : err;
}

/* --- writing --- */

/* Room for the next byte from that side? */
static bool
can_write(struct tty *t, int side)
	REQUIRES(t->lock)
{
	if (side == TTY_MASTER)
		return ldisc_input_room(t) > 0;
	return ldisc_out_room(t) > 0;
}

/* All of buf, unless the call may not wait; the bytes that went in *done. */
static int
write_chunk(struct file *f, struct uio *u, const uint8_t *buf, size_t n, size_t *done)
{
	struct tty_file *tf = f->priv;
	struct tty *t = tf->tty;
	int err = 0;

	*done = 0;
	mutex_lock(&t->lock);
	for (;;) {
		if (curthread != NULL && signal_pending(curthread))
			err = -ERESTARTSYS;
		else if (tty_file_hung(t, tf) || !t->master_open)
			err = -EIO;
		if (err)
			break;
		if (tf->side == TTY_MASTER)
			*done += ldisc_input(t, buf + *done, n - *done);
		else
			*done += ldisc_write(t, buf + *done, n - *done);
		if (*done == n)
			break;
		if (file_nowait(f, u))
			err = -EAGAIN;
		else
			err = waitq_wait(&t->wq[tf->side], &t->lock, NEVER);
		if (err)
			break;
	}
	mutex_unlock(&t->lock);
	return err;
}

static ssize_t
write_all(struct file *f, struct uio *u)
{
	uint8_t buf[TTY_WRITE_CHUNK];
	ssize_t total = 0, n;
	size_t done;
	int err = 0;

	while (u->resid > 0) {
		n = uio_get(u, buf, min_of(u->resid, sizeof(buf)));
		if (n <= 0) {
			err = n < 0 ? (int)n : -EFAULT;
			break;
		}
		err = write_chunk(f, u, buf, n, &done);
		total += done;
		if (err)
			break;
	}
	return total > 0 ? total : err;
}

static ssize_t
tty_write(struct file *f, struct uio *u, int64_t *pos)
{
	struct tty_file *tf = f->priv;
	struct tty *t = tf->tty;
	bool hung, tostop;
	ssize_t n;
	int err;

	(void)pos;
	mutex_lock(&t->lock);
	hung = tty_file_hung(t, tf);
	tostop = tf->side == TTY_SLAVE && (t->tio.lflag & TOSTOP);
	mutex_unlock(&t->lock);
	if (hung)
		return -EIO;
	err = tostop ? tty_check_change(t, SIGTTOU) : 0;
	if (err)
		return err;
	mutex_lock(&t->lock);
	err = side_enter(t, &t->writing[tf->side], tf->side, file_nowait(f, u));
	mutex_unlock(&t->lock);
	if (err)
		return err;
	n = write_all(f, u);
	mutex_lock(&t->lock);
	side_leave(t, &t->writing[tf->side], tf->side);
	mutex_unlock(&t->lock);
	return n;
}

/* --- poll --- */

static unsigned
tty_poll(struct file *f, struct poll_table *pt)
{
	struct tty_file *tf = f->priv;
	struct tty *t = tf->tty;
	unsigned ev = 0;
	bool in;

	poll_wait(pt, f, &t->wq[tf->side]);
	mutex_lock(&t->lock);
	if (tty_file_hung(t, tf)) {
		mutex_unlock(&t->lock);
		return EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLRDNORM | EPOLLWRNORM;
	}
	if (tf->side == TTY_SLAVE) {
		in = ldisc_readable(t, true);
		if (!in && pt != NULL)
			tty_want(t);
		if (!t->master_open)
			ev |= EPOLLHUP;
	} else {
		in = ring_count(&t->out) > 0;
		if (t->packet && t->pktstatus != 0)
			ev |= EPOLLPRI | EPOLLIN | EPOLLRDNORM;
		if (t->master_eof)
			ev |= EPOLLHUP;
	}
	if (in)
		ev |= EPOLLIN | EPOLLRDNORM;
	if (can_write(t, tf->side))
		ev |= EPOLLOUT | EPOLLWRNORM;
	mutex_unlock(&t->lock);
	return ev;
}

/* --- closing --- */

void
tty_master_close(struct tty *t)
{
	struct tty_state *st = tty_state();
	struct inode *ino;

	mutex_lock(&t->lock);
	t->master_open = false;
	t->master_eof = true;
	t->packet = false;
	mutex_unlock(&t->lock);
	mutex_lock(&st->lock);
	ino = t->inode;
	t->inode = NULL;
	mutex_unlock(&st->lock);
	tty_hangup(t);
	if (ino != NULL)
		inode_put(ino);
}

static void
tty_release(struct file *f)
{
	struct tty_file *tf = f->priv;
	struct tty *t = tf->tty;

	if (tf->side == TTY_MASTER)
		tty_master_close(t);
	else {
		mutex_lock(&t->lock);
		if (--t->nslaves == 0) {
			t->packet = false;
			t->master_eof = true;
			tty_wake(t, TTY_MASTER, EPOLLHUP | EPOLLIN);
		}
		mutex_unlock(&t->lock);
	}
	tty_unref(t);
	kfree(tf);
}

static const struct file_ops slave_ops = {
	.name = "tty", .read = slave_read, .write = tty_write, .poll = tty_poll,
	.ioctl = tty_ioctl, .release = tty_release,
};
static const struct file_ops master_ops = {
	.name = "ptmx", .read = master_read, .write = tty_write, .poll = tty_poll,
	.ioctl = tty_ioctl, .release = tty_release,
};

struct tty_file *
file_tty(struct file *f)
{
	return f->ops == &slave_ops || f->ops == &master_ops ? f->priv : NULL;
}

/* --- opening --- */

/* Takes over the caller's reference to t. */
static struct file *
tty_file_new(struct tty *t, int side, unsigned gen, struct inode *ino,
    const struct path *p, unsigned flags)
{
	const struct file_ops *ops = side == TTY_MASTER ? &master_ops : &slave_ops;
	struct tty_file *tf = xcalloc(1, sizeof(*tf));
	struct file *f;

	tf->tty = t;
	tf->side = side;
	tf->gen = gen;
	f = file_alloc(ops, p, ino, flags & ~(O_NOCTTY | O_CREAT | O_EXCL | O_TRUNC));
	f->mode = (f->mode & ~FMODE_SEEK) | FMODE_STREAM;
	f->priv = tf;
	return f;
}

int
ptmx_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out)
{
	struct tty *t;
	int err;

	err = tty_new(&t);
	if (err)
		return err;
	*out = tty_file_new(t, TTY_MASTER, 0, ino, p, flags);
	return 0;
}

int
tty_open_slave(struct tty *t, struct inode *ino, const struct path *p, unsigned flags,
    struct file **out)
{
	unsigned gen;
	int err = 0;

	mutex_lock(&t->lock);
	if (t->excl[TTY_SLAVE] && !capable(21 /* CAP_SYS_ADMIN */))
		err = -EBUSY;
	else if (!t->master_open || t->lock_flag)
		err = -EIO;
	else {
		t->nslaves++;
		t->master_eof = false;
	}
	gen = t->hup_gen;
	mutex_unlock(&t->lock);
	if (err)
		return err;
	*out = tty_file_new(tty_ref(t), TTY_SLAVE, gen, ino, p, flags);
	if (!(flags & O_NOCTTY) && ((*out)->mode & FMODE_READ))
		tty_open_ctty(t);
	return 0;
}

int
pts_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out)
{
	unsigned major = (ino->rdev >> 8) & 0xfff, minor = (ino->rdev & 0xff) | (ino->rdev >> 12 & 0xfff00);
	struct tty *t;
	int err;

	if (major < 136 || major > 143)
		return -ENXIO;
	t = tty_lookup((int)((major - 136) * 256 + minor));
	if (t == NULL)
		return -EIO;
	err = tty_open_slave(t, ino, p, flags, out);
	tty_unref(t);
	return err;
}

int
tty_open_current(struct inode *ino, const struct path *p, unsigned flags, struct file **out)
{
	struct tty *t;
	int err;

	mutex_lock(&vk->proc_lock);
	t = tty_current();
	if (t != NULL)
		tty_ref(t);
	mutex_unlock(&vk->proc_lock);
	if (t == NULL)
		return -ENXIO;
	err = tty_open_slave(t, ino, p, flags, out);
	tty_unref(t);
	return err;
}

int
tty_open_peer(struct tty *t, unsigned flags, struct file **out)
{
	struct path p;
	char name[32];
	int err;

	snprintf(name, sizeof(name), "/dev/pts/%d", t->index);
	err = path_lookup_kernel(name, 0, &p);
	if (err)
		return err;
	err = tty_open_slave(t, p.dentry->inode, &p, flags, out);
	path_put(p);
	return err;
}
