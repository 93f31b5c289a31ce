/*
 * file_epoll.c - epoll.
 *
 * An item watches one descriptor: it has waiters on the file's queues and,
 * when one of them is woken, puts itself on the ready list.  The list is only
 * a hint: epoll_wait() polls what is on it and reports what is true.  Level
 * triggered items go back to its end after they were reported.
 *
 * Items hold no reference on their file.  The last file_put() removes them
 * under epoll.lock (epoll_forget), so under that lock an item's file may be
 * polled, even if nobody holds it any more.
 *
 * Locks: ep->lock (RANK_EPOLL; an outer set before the sets it watches) covers
 * the items; file.ep_lock a file's list of items; ep->ready_lock the ready
 * list.  The last two are RANK_READY and never held together, but for file
 * lists of one chain upwards (epoll_height).
 */
#include <stdio.h>
#include <bsd/sys/tree.h>

#include "vkern/file_epoll.h"
#include "vkern/file_poll.h"

#define EP_MAX_NESTS	4		/* as Linux: sets within sets */
#define EP_BATCH	16
#define EP_PRIVATE	(EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)
#define EP_EXCLUSIVE_OK	(EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | \
	EPOLLET | EPOLLEXCLUSIVE)

/* One waiter of an item; a file may have several queues. */
struct epwait {
	struct epwait	*next;
	struct epitem	*epi;
	struct waiter	w;
};

struct epitem {
	RB_ENTRY(epitem) node;		/* [ep->lock] */
	LIST_ENTRY(epitem) flink;	/* [file->ep_lock] */
	TAILQ_ENTRY(epitem) rlink;	/* [ep->ready_lock] */
	bool		ready;		/* [ep->ready_lock] is on the list */
	struct eventpoll *ep;		/* [I] */
	struct file	*file;		/* [I] no reference */
	int		fd;		/* [I] */
	_Atomic unsigned events;	/* written under ep->lock */
	uint64_t	data;		/* [ep->lock] */
	struct epwait	*waits;		/* [ep->lock] */
};

RB_HEAD(epitem_tree, epitem);

struct eventpoll {
	_Atomic int	refs;		/* its file, and epoll_forget() */
	struct file	*file;		/* [I] its own; valid while it has items */
	struct mutex	lock;
	struct epitem_tree items;	/* [m] */
	struct mutex	ready_lock;
	TAILQ_HEAD(, epitem) ready;	/* [ready_lock] */
	unsigned	nready;		/* [ready_lock] */
	struct waitq	wq;		/* epoll_wait() */
	struct waitq	poll_wq;	/* who polls the set itself */
	unsigned	visited;	/* [epoll_graph] mark of a walk */
	int		depth;		/* [epoll_graph] found by it */
};

static const struct file_ops epoll_ops;

static int
epitem_cmp(struct epitem *a, struct epitem *b)
{
	if (a->file != b->file)
		return (uintptr_t)a->file < (uintptr_t)b->file ? -1 : 1;
	return a->fd < b->fd ? -1 : a->fd > b->fd;
}

RB_GENERATE_INTERNAL(epitem_tree, epitem, node, epitem_cmp, __attribute__((unused)) static)

bool
file_is_epoll(const struct file *f)
{
	return f->ops == &epoll_ops;
}

/* --- the ready list --- */

/* True if it was not on it. */
static bool
ready_add(struct epitem *epi, bool front)
{
	struct eventpoll *ep = epi->ep;
	bool added;

	mutex_lock(&ep->ready_lock);
	added = !epi->ready;
	if (added && front)
		TAILQ_INSERT_HEAD(&ep->ready, epi, rlink);
	else if (added)
		TAILQ_INSERT_TAIL(&ep->ready, epi, rlink);
	if (added) {
		epi->ready = true;
		ep->nready++;
	}
	mutex_unlock(&ep->ready_lock);
	return added;
}

static void
ready_drop(struct epitem *epi)
{
	struct eventpoll *ep = epi->ep;

	mutex_lock(&ep->ready_lock);
	if (epi->ready) {
		TAILQ_REMOVE(&ep->ready, epi, rlink);
		epi->ready = false;
		ep->nready--;
	}
	mutex_unlock(&ep->ready_lock);
}

/* Take the first off; NULL: none.  It stays valid under ep->lock. */
static struct epitem *
ready_pop(struct eventpoll *ep)
{
	struct epitem *epi;

	mutex_lock(&ep->ready_lock);
	epi = TAILQ_FIRST(&ep->ready);
	if (epi != NULL) {
		TAILQ_REMOVE(&ep->ready, epi, rlink);
		epi->ready = false;
		ep->nready--;
	}
	mutex_unlock(&ep->ready_lock);
	return epi;
}

static unsigned
ready_count(struct eventpoll *ep)
{
	unsigned n;

	mutex_lock(&ep->ready_lock);
	n = ep->nready;
	mutex_unlock(&ep->ready_lock);
	return n;
}

/*
 * An item that is on the list already has woken everybody: going on would let
 * sets that watch each other in many ways wake each other for ever.
 */
static void
item_ready(struct epitem *epi)
{
	struct eventpoll *ep = epi->ep;

	if (!ready_add(epi, false))
		return;
	waitq_wake_one(&ep->wq, EPOLLIN);
	waitq_wake_all(&ep->poll_wq, EPOLLIN | EPOLLRDNORM);
}

/* The file's queue was woken; its waitq.lock is held. */
static void
item_woken(struct waiter *w, unsigned events)
{
	struct epitem *epi = container_of(w, struct epwait, w)->epi;
	unsigned want = epi->events;

	if (!(want & ~EP_PRIVATE))
		return;			/* a one-shot that has been reported */
	if (events != 0 && !(events & want))
		return;
	item_ready(epi);
}

/* --- items --- */

struct ep_table {
	struct poll_table pt;
	struct epitem	*epi;
};

static void
item_wait_on(struct poll_table *pt, struct file *f, struct waitq *wq)
{
	struct epitem *epi = container_of(pt, struct ep_table, pt)->epi;
	struct epwait *ew;

	(void)f;
	ew = xcalloc(1, sizeof(*ew));
	ew->epi = epi;
	ew->next = epi->waits;
	epi->waits = ew;
	ew->w.fn = item_woken;
	ew->w.exclusive = (epi->events & EPOLLEXCLUSIVE) != 0;
	waitq_add(wq, &ew->w);
}

/* The events of an item that hold now.  ep->lock is held. */
static unsigned
item_poll(struct epitem *epi, struct poll_table *pt)
{
	if (epi->file->refs == 0)
		return 0;		/* about to be removed */
	return file_poll(epi->file, pt) & epi->events;
}

static struct epitem *
item_find(struct eventpoll *ep, struct file *f, int fd) REQUIRES(ep->lock)
{
	struct epitem key = { .file = f, .fd = fd };

	return RB_FIND(epitem_tree, &ep->items, &key);
}

static void
item_remove(struct eventpoll *ep, struct epitem *epi) REQUIRES(ep->lock)
{
	struct epwait *ew;

	while ((ew = epi->waits) != NULL) {
		epi->waits = ew->next;
		waitq_remove(&ew->w);
		kfree(ew);
	}
	/* Nobody puts it on the list any more. */
	ready_drop(epi);
	mutex_lock(&epi->file->ep_lock);
	LIST_REMOVE(epi, flink);
	mutex_unlock(&epi->file->ep_lock);
	RB_REMOVE(epitem_tree, &ep->items, epi);
	kfree(epi);
}

static int
item_insert(struct eventpoll *ep, struct file *f, int fd, const struct epoll_event *ev)
    REQUIRES(ep->lock)
{
	struct ep_table et = { .pt.add = item_wait_on };
	struct epitem *epi;

	epi = kalloc(sizeof(*epi));
	if (epi == NULL)
		return -ENOMEM;
	epi->ep = ep;
	epi->file = f;
	epi->fd = fd;
	epi->events = ev->events | EPOLLERR | EPOLLHUP;
	epi->data = ev->data.u64;
	RB_INSERT(epitem_tree, &ep->items, epi);
	mutex_lock(&f->ep_lock);
	LIST_INSERT_HEAD(&f->epitems, epi, flink);
	mutex_unlock(&f->ep_lock);
	et.epi = epi;
	if (item_poll(epi, &et.pt) != 0)
		item_ready(epi);
	return 0;
}

static int
item_modify(struct epitem *epi, const struct epoll_event *ev)
{
	if (epi->events & EPOLLEXCLUSIVE)
		return -EINVAL;
	epi->events = ev->events | EPOLLERR | EPOLLHUP;
	epi->data = ev->data.u64;
	if (item_poll(epi, NULL) != 0)
		item_ready(epi);
	return 0;
}

/* --- sets within sets --- */

/*
 * How many levels of sets are below ep, itself included; -ELOOP when `top` is
 * among them or there are too many.  Marks keep it linear.
 */
static NO_TSA int
epoll_depth(struct eventpoll *ep, struct eventpoll *top, unsigned mark, int level)
{
	struct epitem *epi;
	int depth = 1, d;

	if (ep == top || level > EP_MAX_NESTS)
		return -ELOOP;
	if (ep->visited == mark)
		return ep->depth;
	mutex_lock_same(&ep->lock);
	RB_FOREACH(epi, epitem_tree, &ep->items) {
		if (!file_is_epoll(epi->file))
			continue;
		d = epoll_depth(epi->file->priv, top, mark, level + 1);
		if (d < 0)
			depth = d;
		else if (depth > 0)
			depth = max_of(depth, d + 1);
		if (depth < 0)
			break;
	}
	mutex_unlock(&ep->lock);
	if (depth > 0) {
		ep->visited = mark;
		ep->depth = depth;
	}
	return depth;
}

/*
 * How many levels watch epf, itself included.  A set that watches cannot go
 * while its item is on a list that is locked.
 */
static NO_TSA int
epoll_height(struct file *epf, int level)
{
	struct epitem *epi;
	int height = 1;

	if (level > EP_MAX_NESTS)
		return level;
	mutex_lock_same(&epf->ep_lock);
	LIST_FOREACH(epi, &epf->epitems, flink)
		height = max_of(height, 1 + epoll_height(epi->ep->file, level + 1));
	mutex_unlock(&epf->ep_lock);
	return height;
}

static int
epoll_nest_check(struct file_state *fs, struct file *epf, struct file *f)
    REQUIRES(fs->epoll_graph)
{
	int depth;

	depth = epoll_depth(f->priv, epf->priv, ++fs->epoll_mark, 0);
	if (depth < 0)
		return depth;
	return depth + epoll_height(epf, 0) > EP_MAX_NESTS + 1 ? -ELOOP : 0;
}

/* --- control --- */

static int
control_locked(struct eventpoll *ep, int op, struct file *f, int fd,
    const struct epoll_event *ev) REQUIRES(ep->lock)
{
	struct epitem *epi = item_find(ep, f, fd);

	switch (op) {
	case EPOLL_CTL_ADD:
		return epi != NULL ? -EEXIST : item_insert(ep, f, fd, ev);
	case EPOLL_CTL_MOD:
		return epi == NULL ? -ENOENT : item_modify(epi, ev);
	case EPOLL_CTL_DEL:
		if (epi == NULL)
			return -ENOENT;
		item_remove(ep, epi);
		return 0;
	default:
		return -EINVAL;
	}
}

static int
control_exclusive(int op, const struct file *f, const struct epoll_event *ev)
{
	if (ev == NULL || !(ev->events & EPOLLEXCLUSIVE))
		return 0;
	if (op == EPOLL_CTL_MOD)
		return -EINVAL;
	if (op == EPOLL_CTL_ADD && (file_is_epoll(f) || (ev->events & ~EP_EXCLUSIVE_OK)))
		return -EINVAL;
	return 0;
}

/* A set is added to a set: one such call at a time, so that no circle closes. */
static NO_TSA int
control_nested(struct eventpoll *ep, struct file *epf, struct file *f, int fd,
    const struct epoll_event *ev)
{
	struct file_state *fs = file_state();
	int err;

	mutex_lock(&fs->epoll_graph);
	err = epoll_nest_check(fs, epf, f);
	if (err == 0) {
		mutex_lock_same(&ep->lock);
		err = control_locked(ep, EPOLL_CTL_ADD, f, fd, ev);
		mutex_unlock(&ep->lock);
	}
	mutex_unlock(&fs->epoll_graph);
	return err;
}

int
epoll_control(struct file *epf, int op, struct file *f, int fd, const struct epoll_event *ev)
{
	struct eventpoll *ep = epf->priv;
	int err;

	if (f->ops->poll == NULL)
		return -EPERM;
	if (epf == f || !file_is_epoll(epf))
		return -EINVAL;
	err = control_exclusive(op, f, ev);
	if (err != 0)
		return err;
	if (op == EPOLL_CTL_ADD && file_is_epoll(f))
		return control_nested(ep, epf, f, fd, ev);
	mutex_lock(&ep->lock);
	err = control_locked(ep, op, f, fd, ev);
	mutex_unlock(&ep->lock);
	return err;
}

/* --- waiting --- */

struct sent {
	struct epitem	*epi;
	unsigned	events;		/* of the item before */
};

/* Up to n of the `left` items on the list that are really ready. */
static int
collect(struct eventpoll *ep, struct epoll_event *ev, struct sent *sent, int n, unsigned *left)
    REQUIRES(ep->lock)
{
	struct epitem *epi;
	unsigned events;
	int got = 0;

	while (got < n && *left > 0 && (epi = ready_pop(ep)) != NULL) {
		(*left)--;
		events = item_poll(epi, NULL);
		if (events == 0)
			continue;
		sent[got] = (struct sent){ epi, epi->events };
		ev[got].events = events;
		ev[got].data.u64 = epi->data;
		got++;
		if (epi->events & EPOLLONESHOT)
			epi->events &= EP_PRIVATE;
		else if (!(epi->events & EPOLLET))
			ready_add(epi, false);
	}
	return got;
}

/* The guest did not get them: as if they had not been looked at. */
static void
collect_undo(struct sent *sent, int n)
{
	while (n-- > 0) {
		sent[n].epi->events = sent[n].events;
		ready_add(sent[n].epi, true);
	}
}

static long
send_events(struct eventpoll *ep, gaddr_t to, int max)
{
	struct epoll_event ev[EP_BATCH];
	struct sent sent[EP_BATCH];
	unsigned left = ready_count(ep);
	long done = 0;
	int n, err = 0;

	if (left == 0)
		return 0;
	mutex_lock(&ep->lock);
	while (done < max && left > 0) {
		n = collect(ep, ev, sent, min_of(max - (int)done, EP_BATCH), &left);
		if (n == 0)
			break;
		err = copyout(ga_add(to, (uint64_t)done * sizeof(*ev)), ev,
		    (size_t)n * sizeof(*ev));
		if (err != 0) {
			collect_undo(sent, n);
			break;
		}
		done += n;
	}
	mutex_unlock(&ep->lock);
	/* Something for the next one. */
	if (ready_count(ep) > 0)
		waitq_wake_one(&ep->wq, EPOLLIN);
	return done > 0 ? done : err;
}

/* Sleep for the first item on the list: 0, -ETIMEDOUT, -ERESTARTSYS. */
static int
ready_wait(struct eventpoll *ep, ktime_t deadline)
{
	struct waiter w;
	int err = 0;

	waiter_init(&w, curthread);
	w.exclusive = true;
	waitq_add(&ep->wq, &w);
	if (ready_count(ep) == 0)
		err = thread_park(deadline);
	waitq_remove(&w);
	return w.woken ? 0 : err;
}

long
epoll_wait_events(struct file *epf, gaddr_t to, int max, ktime_t deadline)
{
	struct eventpoll *ep = epf->priv;
	bool late = deadline == 0;
	long r;
	int err = 0;

	for (;;) {
		r = send_events(ep, to, max);
		if (r != 0)
			return r;
		if (err == -ERESTARTSYS || (!late && signal_pending(curthread)))
			return -EINTR;
		if (late)
			return 0;
		err = ready_wait(ep, deadline);
		late = err == -ETIMEDOUT;
	}
}

/* --- the set as a file --- */

/* Is one of the items really ready?  Those that are not leave the list. */
static NO_TSA bool
any_ready(struct eventpoll *ep)
{
	unsigned left = ready_count(ep);
	struct epitem *epi;
	bool found = false;

	if (left == 0)
		return false;
	mutex_lock_same(&ep->lock);
	while (!found && left-- > 0 && (epi = ready_pop(ep)) != NULL) {
		found = item_poll(epi, NULL) != 0;
		if (found)
			ready_add(epi, true);
	}
	mutex_unlock(&ep->lock);
	return found;
}

static unsigned
epoll_poll(struct file *f, struct poll_table *pt)
{
	struct eventpoll *ep = f->priv;

	poll_wait(pt, f, &ep->poll_wq);
	return any_ready(ep) ? EPOLLIN | EPOLLRDNORM : 0;
}

static long
epoll_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	(void)f;
	(void)cmd;
	(void)arg;
	return -EINVAL;
}

static void
epoll_unref(struct eventpoll *ep)
{
	if (--ep->refs != 0)
		return;
	waitq_destroy(&ep->wq);
	waitq_destroy(&ep->poll_wq);
	mutex_destroy(&ep->lock);
	mutex_destroy(&ep->ready_lock);
	kfree(ep);
}

static void
epoll_release(struct file *f)
{
	struct eventpoll *ep = f->priv;
	struct epitem *epi;

	mutex_lock(&ep->lock);
	while ((epi = RB_ROOT(&ep->items)) != NULL)
		item_remove(ep, epi);
	mutex_unlock(&ep->lock);
	epoll_unref(ep);
}

static size_t
epoll_fdinfo(struct file *f, char *buf, size_t n)
{
	struct eventpoll *ep = f->priv;
	struct epitem *epi;
	size_t used = 0;
	int k;

	mutex_lock(&ep->lock);
	RB_FOREACH(epi, epitem_tree, &ep->items) {
		k = snprintf(buf + used, n - used,
		    "tfd: %8d events: %8x data: %16llx  pos:%lli ino:%lx sdev:%x\n",
		    epi->fd, epi->events, (unsigned long long)epi->data,
		    (long long)epi->file->pos, (unsigned long)epi->file->inode->ino,
		    (unsigned)epi->file->inode->sb->dev);
		if (k < 0 || (size_t)k >= n - used)
			break;
		used += (size_t)k;
	}
	mutex_unlock(&ep->lock);
	return used;
}

static const struct file_ops epoll_ops = {
	.name = "epoll",
	.poll = epoll_poll,
	.ioctl = epoll_ioctl,
	.lseek = file_lseek_none,
	.release = epoll_release,
	.fdinfo = epoll_fdinfo,
};

struct file *
epoll_new(void)
{
	struct eventpoll *ep;

	ep = xcalloc(1, sizeof(*ep));
	ep->refs = 1;
	RB_INIT(&ep->items);
	TAILQ_INIT(&ep->ready);
	mutex_init(&ep->lock, RANK_EPOLL);
	mutex_init(&ep->ready_lock, RANK_READY);
	waitq_init(&ep->wq);
	waitq_init(&ep->poll_wq);
	ep->file = anon_file(&epoll_ops, "anon_inode:[eventpoll]", ep, O_RDWR);
	return ep->file;
}

/* --- the end of a watched file --- */

/* A set that watches f, with a reference. */
static struct eventpoll *
watcher_of(struct file *f)
{
	struct eventpoll *ep = NULL;
	struct epitem *epi;

	mutex_lock(&f->ep_lock);
	epi = LIST_FIRST(&f->epitems);
	if (epi != NULL) {
		ep = epi->ep;
		ep->refs++;
	}
	mutex_unlock(&f->ep_lock);
	return ep;
}

/* Its item for f, if it still has one.  Only ep->lock lets items go. */
static struct epitem *
item_of(struct eventpoll *ep, struct file *f) REQUIRES(ep->lock)
{
	struct epitem *epi;

	mutex_lock(&f->ep_lock);
	LIST_FOREACH(epi, &f->epitems, flink)
		if (epi->ep == ep)
			break;
	mutex_unlock(&f->ep_lock);
	return epi;
}

void
epoll_forget(struct file *f)
{
	struct eventpoll *ep;
	struct epitem *epi;

	while ((ep = watcher_of(f)) != NULL) {
		mutex_lock(&ep->lock);
		epi = item_of(ep, f);
		if (epi != NULL)
			item_remove(ep, epi);
		mutex_unlock(&ep->lock);
		epoll_unref(ep);
	}
}
