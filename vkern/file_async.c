/*
 * file_async.c - O_ASYNC: a signal when a file becomes ready.
 *
 * A file that is asynchronous has waiters on its own queues, like an epoll
 * item.  A wake may come with any object's lock held, where no signal can be
 * sent; so it only puts the file on a list, and a thread of the kernel, made
 * with the first O_ASYNC file, sends the signals.
 *
 * file.fasync is set once and stays until the file is released.  sigio_lock
 * (RANK_LEAF) covers the list; an entry on it has its file.
 */
#include "vkern/file_event.h"

#define FASYNC_QUEUES	3		/* of one file */

struct fasync_wait {
	struct waiter	w;
	struct fasync	*fa;
};

struct fasync {
	TAILQ_ENTRY(fasync) link;	/* [sigio_lock] */
	struct file	*file;		/* [I] whose release waits for us */
	struct file_state *fs;		/* [I] */
	_Atomic int	fd;		/* for si_fd */
	bool		queued;		/* [sigio_lock] */
	unsigned	events;		/* [sigio_lock] since last sent */
	unsigned	n;		/* [I] after set-up: waiters in use */
	struct fasync_wait w[FASYNC_QUEUES];
	struct poll_table pt;
};

/* What is needed to send one signal, when the file may be gone. */
struct sigio {
	int		type, pid, sig, fd;
	unsigned	events;
};

/* --- sending --- */

static void
sigio_info(const struct sigio *s, siginfo_t *si)
{
	unsigned band = s->events;
	int code = POLL_OUT;

	if (s->sig == 0) {
		siginfo_kernel(si, SIGIO);
		return;
	}
	if (s->events & EPOLLMSG) {
		code = POLL_MSG;
		band = EPOLLIN | EPOLLRDNORM | EPOLLMSG;
	} else if (s->events & (EPOLLIN | EPOLLRDNORM)) {
		code = POLL_IN;
		band = EPOLLIN | EPOLLRDNORM;
	} else if (s->events & EPOLLHUP) {
		code = POLL_HUP;
	}
	*si = (siginfo_t){ .si_signo = s->sig };
	si->si_code = code;
	si->si_band = (long)band;
	si->si_fd = s->fd;
}

static void
sigio_send(const struct sigio *s)
{
	struct thread *t;
	struct proc *p;
	siginfo_t si;

	sigio_info(s, &si);
	mutex_lock(&vk->proc_lock);
	if (s->type == F_OWNER_PGRP) {
		(void)!signal_pgrp(s->pid, si.si_signo, &si);
	} else if (s->type == F_OWNER_TID) {
		t = thread_find(s->pid);
		if (t != NULL)
			(void)!signal_thread(t, si.si_signo, &si);
	} else {
		p = proc_find(s->pid);
		if (p != NULL)
			(void)!signal_proc(p, si.si_signo, &si);
	}
	mutex_unlock(&vk->proc_lock);
}

static bool
sigio_next(struct file_state *fs, struct sigio *s)
{
	struct fasync *fa;

	mutex_lock(&fs->sigio_lock);
	fa = TAILQ_FIRST(&fs->sigio_queue);
	if (fa != NULL) {
		TAILQ_REMOVE(&fs->sigio_queue, fa, link);
		fa->queued = false;
		*s = (struct sigio){
			.type = fa->file->owner_type, .pid = fa->file->owner_pid,
			.sig = fa->file->owner_sig, .fd = fa->fd, .events = fa->events,
		};
		fa->events = 0;
	}
	mutex_unlock(&fs->sigio_lock);
	return fa != NULL;
}

static void
sigio_thread(void *arg)
{
	struct file_state *fs;
	struct sigio s;

	vk = arg;
	fs = vk->files;
	while (!fs->sigio_stop) {
		while (sigio_next(fs, &s))
			if (s.pid != 0)
				sigio_send(&s);
		(void)host_park(&fs->sigio_parker, NEVER);
	}
	fs->sigio_ended = true;		/* fs may go any moment now */
}

static int
sigio_start(struct file_state *fs)
{
	bool start;
	int err = 0;

	mutex_lock(&fs->sigio_lock);
	start = !fs->sigio_started;
	fs->sigio_started = true;
	mutex_unlock(&fs->sigio_lock);
	if (start)
		err = host_thread(sigio_thread, vk, "vk-sigio");
	if (err != 0) {
		mutex_lock(&fs->sigio_lock);
		fs->sigio_started = false;
		mutex_unlock(&fs->sigio_lock);
	}
	return err;
}

/* The thread touches nothing after it has set sigio_ended. */
void
fasync_fini(struct file_state *fs)
{
	struct host_parker p = { 0 };

	if (!fs->sigio_started)
		return;
	fs->sigio_stop = true;
	while (!fs->sigio_ended) {
		host_unpark(&fs->sigio_parker);
		(void)host_park(&p, ktime_after(100000));
	}
}

/* --- files --- */

/* Any locks may be held. */
static void
fasync_queue(struct fasync *fa, unsigned events)
{
	struct file_state *fs = fa->fs;

	mutex_lock(&fs->sigio_lock);
	fa->events |= events;
	if (!fa->queued) {
		fa->queued = true;
		TAILQ_INSERT_TAIL(&fs->sigio_queue, fa, link);
	}
	mutex_unlock(&fs->sigio_lock);
	host_unpark(&fs->sigio_parker);
}

static void
fasync_woken(struct waiter *w, unsigned events)
{
	struct fasync *fa = container_of(w, struct fasync_wait, w)->fa;

	if (fa->file->async)
		fasync_queue(fa, events != 0 ? events : EPOLLIN);
}

static void
fasync_wait_on(struct poll_table *pt, struct file *f, struct waitq *wq)
{
	struct fasync *fa = container_of(pt, struct fasync, pt);
	struct fasync_wait *fw;

	(void)f;
	if (fa->n == FASYNC_QUEUES)
		return;
	fw = &fa->w[fa->n++];
	fw->fa = fa;
	fw->w.fn = fasync_woken;
	waitq_add(wq, &fw->w);
}

bool
fasync_possible(const struct file *f)
{
	unsigned type = f->inode->mode & S_IFMT;

	if (f->ops->poll == NULL)
		return false;
	return type == S_IFIFO || type == S_IFSOCK || type == S_IFCHR || file_is_inotify(f);
}

static int
fasync_make(struct file *f)
{
	struct file_state *fs = file_state();
	struct fasync *fa, *none = NULL;
	int err;

	if (f->fasync != NULL)
		return 0;
	err = sigio_start(fs);
	if (err != 0)
		return err;
	fa = xcalloc(1, sizeof(*fa));
	fa->file = f;
	fa->fs = fs;
	fa->pt.add = fasync_wait_on;
	if (!atomic_compare_exchange_strong(&f->fasync, &none, fa)) {
		kfree(fa);
		return 0;
	}
	if (f->ops->poll != NULL)
		(void)f->ops->poll(f, &fa->pt);
	return 0;
}

int
fasync_prepare(struct file *f, int fd)
{
	struct fasync *fa;
	int err;

	err = fasync_make(f);
	if (err != 0)
		return err;
	fa = f->fasync;
	fa->fd = fd;
	return 0;
}

void
fasync_message(struct file *f)
{
	fasync_queue(f->fasync, EPOLLMSG);
}

int
fasync_set(struct file *f, int fd, bool on)
{
	int err;

	if (!fasync_possible(f))
		return 0;
	if (on) {
		err = fasync_prepare(f, fd);
		if (err != 0)
			return err;
		atomic_fetch_or(&f->flags, O_ASYNC);
	} else {
		atomic_fetch_and(&f->flags, ~(unsigned)O_ASYNC);
	}
	f->async = on;
	return 0;
}

void
fasync_release(struct file *f)
{
	struct fasync *fa = f->fasync;
	unsigned i;

	if (fa == NULL)
		return;
	for (i = 0; i < fa->n; i++)
		waitq_remove(&fa->w[i].w);
	mutex_lock(&fa->fs->sigio_lock);
	if (fa->queued)
		TAILQ_REMOVE(&fa->fs->sigio_queue, fa, link);
	mutex_unlock(&fa->fs->sigio_lock);
	kfree(fa);
}
