/*
 * file_inotify.c - inotify: watches on inodes, and the queue behind the file;
 * and dnotify, its predecessor, whose watches belong to an open directory.
 *
 * A watch holds a reference on its inode and hangs on two lists, the inode's
 * and the instance's.  One mutex per kernel covers all watches and queues; it
 * is only taken when there are watches at all, so that nobody pays for what
 * is not used.  Hooks are called with no lock that ranks above RANK_NS;
 * fsnotify_dentry() and fsnotify_file() take vk->ns_lock themselves, to look
 * up a name's parent.
 */
#include <bsd/sys/tree.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>

#include "vkern/file_event.h"

#define QUEUE_MAX	16384		/* fs.inotify.max_queued_events */
#define WATCHES_MAX	(1 << 19)

/* An event as it waits; the name is padded as the guest sees it. */
struct inev_head {		/* struct inotify_event without its name */
	int32_t		wd;
	uint32_t	mask, cookie, len;
};
struct inev {
	TAILQ_ENTRY(inev) link;
	struct inev_head ev;
	char		name[];
};

struct inotify_watch {
	LIST_ENTRY(inotify_watch) ilink;	/* [notify_lock] inode.watches */
	RB_ENTRY(inotify_watch) node;	/* [notify_lock] inotify.watches */
	struct inotify	*group;		/* [I] NULL: dnotify */
	struct file	*dir;		/* [I] dnotify: no reference */
	const void	*owner;		/* [notify_lock] dnotify: whose close ends it */
	bool		multishot;	/* [notify_lock] dnotify */
	struct inode	*inode;		/* [I] reference */
	int		wd;		/* [I] */
	uint32_t	mask;		/* [notify_lock] */
};

RB_HEAD(watch_tree, inotify_watch);

struct inotify {
	struct watch_tree watches;	/* [notify_lock] */
	TAILQ_HEAD(inev_list, inev) queue; /* [notify_lock] */
	unsigned	nevents;	/* [notify_lock] */
	int		last_wd;	/* [notify_lock] */
	struct waitq	wq;
};

static const struct file_ops inotify_ops;

static int
watch_cmp(struct inotify_watch *a, struct inotify_watch *b)
{
	return a->wd < b->wd ? -1 : a->wd > b->wd;
}

RB_GENERATE_INTERNAL(watch_tree, inotify_watch, node, watch_cmp, __attribute__((unused)) static)

bool
file_is_inotify(const struct file *f)
{
	return f->ops == &inotify_ops;
}

/* --- the queue --- */

static bool
inev_same(const struct inev *e, int wd, uint32_t mask, const char *name)
{
	if (e->ev.wd != wd || e->ev.mask != mask || (mask & IN_IGNORED))
		return false;
	if (name == NULL || e->ev.len == 0)
		return name == NULL && e->ev.len == 0;
	return strcmp(e->name, name) == 0;
}

static void
inev_append(struct inotify *in, int wd, uint32_t mask, uint32_t cookie, const char *name)
{
	const size_t unit = sizeof(struct inev_head);
	size_t len = 0;
	struct inev *e;

	if (name != NULL)
		len = (strlen(name) + 1 + unit - 1) / unit * unit;
	e = kalloc(sizeof(*e) + len);
	if (e == NULL)
		return;
	e->ev = (struct inev_head){
		.wd = wd, .mask = mask, .cookie = cookie, .len = (uint32_t)len,
	};
	if (name != NULL)
		memcpy(e->name, name, strlen(name));
	TAILQ_INSERT_TAIL(&in->queue, e, link);
	in->nevents++;
	waitq_wake_all(&in->wq, EPOLLIN | EPOLLRDNORM);
}

/* [notify_lock] */
static void
inotify_queue(struct inotify *in, int wd, uint32_t mask, uint32_t cookie, const char *name)
{
	struct inev *last = TAILQ_LAST(&in->queue, inev_list);

	/* The same again says nothing new. */
	if (last != NULL && inev_same(last, wd, mask, name))
		return;
	if (in->nevents >= QUEUE_MAX) {
		if (!(last->ev.mask & IN_Q_OVERFLOW))
			inev_append(in, -1, IN_Q_OVERFLOW, 0, NULL);
		return;
	}
	inev_append(in, wd, mask, cookie, name);
}

static void
inev_drop_first(struct inotify *in)
{
	struct inev *e = TAILQ_FIRST(&in->queue);

	TAILQ_REMOVE(&in->queue, e, link);
	in->nevents--;
	kfree(e);
}

/* --- watches --- */

/* The caller owes an inode_put() of its inode, without the lock. [notify_lock] */
static void
watch_unlink(struct inotify_watch *w)
{
	LIST_REMOVE(w, ilink);
	if (w->group != NULL)
		RB_REMOVE(watch_tree, &w->group->watches, w);
	else
		w->dir->has_dnotify = false;
	file_state()->nwatches--;
	kfree(w);
}

/* Tell the group, too. */
static void
watch_ignored(struct inotify_watch *w)
{
	inotify_queue(w->group, w->wd, IN_IGNORED, 0, NULL);
	watch_unlink(w);
}

/* What happened to an inode. */
struct what {
	uint32_t	mask, cookie;
	const char	*name;		/* of the child it happened to, or NULL */
	bool		unlinked;	/* which has lost that name */
};

/* Dnotify speaks of what is in the directory only. [notify_lock] */
static bool
dnotify_event(struct inotify_watch *w, const struct what *e)
{
	if (e->name == NULL || !(e->mask & w->mask))
		return false;
	fasync_message(w->dir);
	if (w->multishot)
		return false;
	watch_unlink(w);
	return true;
}

/* One event for one watch; true if the watch is gone now. [notify_lock] */
static bool
watch_event(struct inotify_watch *w, const struct what *e)
{
	uint32_t what = e->mask & ~IN_ISDIR;

	if (w->group == NULL)
		return dnotify_event(w, e);
	if (e->unlinked && (w->mask & IN_EXCL_UNLINK))
		return false;
	if (what & w->mask & IN_ALL_EVENTS) {
		inotify_queue(w->group, w->wd, e->mask, e->cookie, e->name);
		if (w->mask & IN_ONESHOT) {
			watch_ignored(w);
			return true;
		}
	}
	if (what & IN_DELETE_SELF) {
		watch_ignored(w);
		return true;
	}
	return false;
}

static bool
nobody_watches(void)
{
	struct file_state *fs = vk->files;

	return likely(fs == NULL || fs->nwatches == 0);
}

static void
notify(struct inode *ino, struct what *e)
{
	struct file_state *fs = vk->files;
	struct inotify_watch *w, *next;
	int gone = 0;

	/* Linux never says ISDIR about the end or a move of the thing itself. */
	if (e->name == NULL && S_ISDIR(ino->mode) &&
	    !(e->mask & (IN_DELETE_SELF | IN_MOVE_SELF)))
		e->mask |= IN_ISDIR;
	mutex_lock(&fs->notify_lock);
	for (w = LIST_FIRST(&ino->watches); w != NULL; w = next) {
		next = LIST_NEXT(w, ilink);
		gone += watch_event(w, e);
	}
	mutex_unlock(&fs->notify_lock);
	while (gone-- > 0)
		inode_put(ino);
}

void
fsnotify(struct inode *ino, uint32_t mask, const char *name, uint32_t cookie)
{
	struct what e = { .mask = mask, .cookie = cookie, .name = name };

	if (!nobody_watches())
		notify(ino, &e);
}

void
fsnotify_dentry(struct dentry *d, uint32_t mask)
{
	struct inode *ino = NULL, *dir = NULL;
	struct what e = { .mask = mask };
	char name[NAME_MAX + 1];

	if (nobody_watches())
		return;
	mutex_lock(&vk->ns_lock);
	if (d->inode != NULL)
		ino = inode_ref(d->inode);
	if (d->parent != NULL && d->parent != d && d->parent->inode != NULL) {
		dir = inode_ref(d->parent->inode);
		strncpy(name, d->name, NAME_MAX);
		name[NAME_MAX] = '\0';
		e.name = name;
		e.unlinked = d->unhashed;
	}
	mutex_unlock(&vk->ns_lock);
	if (dir != NULL) {
		if (ino != NULL && S_ISDIR(ino->mode))
			e.mask |= IN_ISDIR;
		notify(dir, &e);
		inode_put(dir);
	}
	if (ino != NULL) {
		fsnotify(ino, mask, NULL, 0);
		inode_put(ino);
	}
}

void
fsnotify_file(struct file *f, uint32_t mask)
{
	if (f->path.dentry != NULL)
		fsnotify_dentry(f->path.dentry, mask);
}

uint32_t
fsnotify_cookie(void)
{
	return ++file_state()->cookie;
}

/* --- dnotify --- */

static uint32_t
dnotify_mask(unsigned long arg)
{
	uint32_t mask = 0;

	if (arg & DN_ACCESS)
		mask |= IN_ACCESS;
	if (arg & DN_MODIFY)
		mask |= IN_MODIFY;
	if (arg & DN_CREATE)
		mask |= IN_CREATE | IN_MOVED_TO;
	if (arg & DN_DELETE)
		mask |= IN_DELETE | IN_MOVED_FROM;
	if (arg & DN_RENAME)
		mask |= IN_MOVED_FROM;
	if (arg & DN_ATTRIB)
		mask |= IN_ATTRIB;
	return mask;
}

/* [notify_lock] */
static struct inotify_watch *
dnotify_of(struct file *f)
{
	struct inotify_watch *w;

	LIST_FOREACH(w, &f->inode->watches, ilink)
		if (w->group == NULL && w->dir == f)
			return w;
	return NULL;
}

void
dnotify_drop(struct file *f, const struct fdtable *owner)
{
	struct file_state *fs = file_state();
	struct inotify_watch *w;

	mutex_lock(&fs->notify_lock);
	w = dnotify_of(f);
	if (w != NULL && owner != NULL && w->owner != owner)
		w = NULL;
	if (w != NULL)
		watch_unlink(w);
	mutex_unlock(&fs->notify_lock);
	if (w != NULL)
		inode_put(f->inode);
}

/* A second call adds to the first. */
int
dnotify_set(struct file *f, int fd, unsigned long arg)
{
	struct file_state *fs = file_state();
	struct inotify_watch *w;
	int err;

	if ((arg & ~(unsigned long)DN_MULTISHOT) == 0) {
		dnotify_drop(f, curthread->fds);
		return 0;
	}
	if (!S_ISDIR(f->inode->mode))
		return -ENOTDIR;
	err = fasync_prepare(f, fd);
	if (err != 0)
		return err;
	mutex_lock(&fs->notify_lock);
	w = dnotify_of(f);
	if (w == NULL) {
		w = xcalloc(1, sizeof(*w));
		w->dir = f;
		w->inode = inode_ref(f->inode);
		LIST_INSERT_HEAD(&f->inode->watches, w, ilink);
		fs->nwatches++;
		f->has_dnotify = true;
	}
	w->owner = curthread->fds;
	w->mask |= dnotify_mask(arg);
	w->multishot |= (arg & DN_MULTISHOT) != 0;
	mutex_unlock(&fs->notify_lock);
	return 0;
}

/* --- watches of an instance --- */

/* [notify_lock] */
static struct inotify_watch *
watch_on(struct inotify *in, struct inode *ino)
{
	struct inotify_watch *w;

	LIST_FOREACH(w, &ino->watches, ilink)
		if (w->group == in)
			return w;
	return NULL;
}

/* Numbers are not used again until they run out. [notify_lock] */
static struct inotify_watch *
watch_new(struct inotify *in, struct inode *ino, uint32_t mask)
{
	struct inotify_watch *w;

	w = kalloc(sizeof(*w));
	if (w == NULL)
		return NULL;
	w->group = in;
	w->inode = inode_ref(ino);
	w->mask = mask;
	do {
		in->last_wd = in->last_wd == INT_MAX ? 1 : in->last_wd + 1;
		w->wd = in->last_wd;
	} while (RB_INSERT(watch_tree, &in->watches, w) != NULL);
	LIST_INSERT_HEAD(&ino->watches, w, ilink);
	file_state()->nwatches++;
	return w;
}

int
inotify_watch_inode(struct file *f, struct inode *ino, uint32_t mask)
{
	const uint32_t keep = IN_ALL_EVENTS | IN_ONESHOT | IN_EXCL_UNLINK;
	struct file_state *fs = file_state();
	struct inotify *in = f->priv;
	struct inotify_watch *w;
	int r;

	mutex_lock(&fs->notify_lock);
	w = watch_on(in, ino);
	if (w != NULL && (mask & IN_MASK_CREATE)) {
		r = -EEXIST;
	} else if (w != NULL) {
		w->mask = (mask & IN_MASK_ADD ? w->mask : 0) | (mask & keep);
		r = w->wd;
	} else if (fs->nwatches >= WATCHES_MAX) {
		r = -ENOSPC;
	} else {
		w = watch_new(in, ino, mask & keep);
		r = w != NULL ? w->wd : -ENOMEM;
	}
	mutex_unlock(&fs->notify_lock);
	return r;
}

int
inotify_unwatch(struct file *f, int wd)
{
	struct file_state *fs = file_state();
	struct inotify_watch key = { .wd = wd }, *w;
	struct inotify *in = f->priv;
	struct inode *ino = NULL;

	mutex_lock(&fs->notify_lock);
	w = RB_FIND(watch_tree, &in->watches, &key);
	if (w != NULL) {
		ino = w->inode;
		watch_ignored(w);
	}
	mutex_unlock(&fs->notify_lock);
	if (ino == NULL)
		return -EINVAL;
	inode_put(ino);
	return 0;
}

/* --- the file --- */

/* As many events as fit, of those that are there.  [notify_lock] */
static ssize_t
inotify_take(struct inotify *in, struct uio *u)
{
	size_t done = 0, n;
	struct inev *e;
	ssize_t r;

	while ((e = TAILQ_FIRST(&in->queue)) != NULL) {
		n = sizeof(e->ev) + e->ev.len;
		if (u->resid < n)
			return done > 0 ? (ssize_t)done : -EINVAL;
		r = uio_put(u, &e->ev, n);
		if (r < (ssize_t)n)
			return done > 0 ? (ssize_t)done : -EFAULT;
		done += n;
		inev_drop_first(in);
	}
	return (ssize_t)done;
}

static ssize_t
inotify_read(struct file *f, struct uio *u, int64_t *pos)
{
	struct file_state *fs = file_state();
	struct inotify *in = f->priv;
	ssize_t r = 0;

	(void)pos;
	mutex_lock(&fs->notify_lock);
	while (TAILQ_EMPTY(&in->queue) && r == 0)
		r = file_nowait(f, u) ? -EAGAIN : waitq_wait(&in->wq, &fs->notify_lock, NEVER);
	if (!TAILQ_EMPTY(&in->queue))
		r = inotify_take(in, u);
	mutex_unlock(&fs->notify_lock);
	return r;
}

static unsigned
inotify_poll(struct file *f, struct poll_table *pt)
{
	struct file_state *fs = file_state();
	struct inotify *in = f->priv;
	unsigned ev;

	mutex_lock(&fs->notify_lock);
	poll_wait(pt, f, &in->wq);
	ev = TAILQ_EMPTY(&in->queue) ? 0 : EPOLLIN | EPOLLRDNORM;
	mutex_unlock(&fs->notify_lock);
	return ev;
}

static long
inotify_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct file_state *fs = file_state();
	struct inotify *in = f->priv;
	struct inev *e;
	uint32_t n = 0;

	if (cmd != FIONREAD)
		return -ENOTTY;
	mutex_lock(&fs->notify_lock);
	TAILQ_FOREACH(e, &in->queue, link)
		n += (uint32_t)sizeof(e->ev) + e->ev.len;
	mutex_unlock(&fs->notify_lock);
	return copyout_u32(ga(arg), n);
}

static void
inotify_release(struct file *f)
{
	struct file_state *fs = file_state();
	struct inotify *in = f->priv;
	struct inotify_watch *w;
	struct inode *ino;

	mutex_lock(&fs->notify_lock);
	while ((w = RB_ROOT(&in->watches)) != NULL) {
		ino = w->inode;
		watch_unlink(w);
		mutex_unlock(&fs->notify_lock);
		inode_put(ino);
		mutex_lock(&fs->notify_lock);
	}
	while (!TAILQ_EMPTY(&in->queue))
		inev_drop_first(in);
	mutex_unlock(&fs->notify_lock);
	waitq_destroy(&in->wq);
	kfree(in);
}

static const struct file_ops inotify_ops = {
	.name = "inotify",
	.read = inotify_read,
	.poll = inotify_poll,
	.ioctl = inotify_ioctl,
	.lseek = file_lseek_none,
	.release = inotify_release,
};

struct file *
inotify_new(unsigned flags)
{
	struct inotify *in;

	in = xcalloc(1, sizeof(*in));
	RB_INIT(&in->watches);
	TAILQ_INIT(&in->queue);
	waitq_init(&in->wq);
	return anon_file(&inotify_ops, "anon_inode:inotify", in, O_RDONLY | flags);
}
