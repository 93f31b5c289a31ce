/*
 * file_lock.c - flock(2), POSIX and open-file-description record locks.
 *
 * All locks of a file hang on inode.flocks, which exists while there is a
 * lock or somebody waits for one.  Who owns a lock: a descriptor table
 * (POSIX), or an open file (flock and OFD).  POSIX and OFD locks conflict
 * with each other; flock locks only among themselves.
 *
 * One mutex per kernel covers every lock there is: deadlock detection follows
 * owners from file to file.  Waiters look again whenever a lock of their file
 * goes or shrinks.
 */
#include <limits.h>

#include "vkern/file_impl.h"

#define OFF_MAX		INT64_MAX
#define DEADLOCK_STEPS	10		/* as Linux: longer chains are not followed */

enum lock_kind { LOCK_FLOCK, LOCK_POSIX, LOCK_OFD };

struct flk {
	TAILQ_ENTRY(flk) link;
	enum lock_kind	kind;
	const void	*owner;		/* compared, not followed */
	int		pid;		/* for F_GETLK */
	int		type;		/* F_RDLCK, F_WRLCK */
	int64_t		start, end;	/* inclusive */
};
TAILQ_HEAD(flk_list, flk);

struct flock_state {
	struct flk_list	flocks;		/* flock(2) */
	struct flk_list	ranges;		/* POSIX and OFD; by owner, then by start */
	struct waitq	wq;
	int		waiters;
};

/* A thread that sleeps for a record lock. */
struct flock_waiter {
	TAILQ_ENTRY(flock_waiter) link;
	struct flock_state *st;
	const void	*owner;
	const void	*blocker;	/* owner it waits for; NULL: woken meanwhile */
};

/* --- the state of an inode --- */

static struct flock_state *
state_get(struct inode *ino)
{
	struct flock_state *st = ino->flocks;

	if (st != NULL)
		return st;
	st = xcalloc(1, sizeof(*st));
	TAILQ_INIT(&st->flocks);
	TAILQ_INIT(&st->ranges);
	waitq_init(&st->wq);
	__atomic_store_n(&ino->flocks, st, __ATOMIC_RELEASE);
	return st;
}

/* Free it if it says nothing. */
static void
state_trim(struct inode *ino)
{
	struct flock_state *st = ino->flocks;

	if (st == NULL || st->waiters > 0 || !TAILQ_EMPTY(&st->flocks) || !TAILQ_EMPTY(&st->ranges))
		return;
	__atomic_store_n(&ino->flocks, NULL, __ATOMIC_RELEASE);
	waitq_destroy(&st->wq);
	kfree(st);
}

/* Locks went: whoever waits for this file looks again. */
static void
state_wake(struct flock_state *st)
{
	struct flock_waiter *w;

	if (st->waiters == 0)
		return;
	TAILQ_FOREACH(w, &file_state()->flock_blocked, link)
		if (w->st == st)
			w->blocker = NULL;
	waitq_wake_all(&st->wq, 0);
}

/* -ERESTARTSYS, or 0: look again. */
static int
state_wait(struct flock_state *st, struct file_state *fs) REQUIRES(fs->flock_lock)
{
	int err;

	st->waiters++;
	err = waitq_wait(&st->wq, &fs->flock_lock, NEVER);
	st->waiters--;
	return err;
}

static void
flk_drop(struct flk_list *list, struct flk *l)
{
	TAILQ_REMOVE(list, l, link);
	kfree(l);
}

static bool
types_conflict(int a, int b)
{
	return a == F_WRLCK || b == F_WRLCK;
}

/* --- flock(2) --- */

static bool
flock_blocked(struct flock_state *st, struct file *f, int type)
{
	struct flk *l;

	TAILQ_FOREACH(l, &st->flocks, link)
		if (l->owner != f && types_conflict(l->type, type))
			return true;
	return false;
}

/* What f holds, unless it is of that type already (true). */
static bool
flock_drop_old(struct flock_state *st, struct file *f, int type)
{
	struct flk *l;

	TAILQ_FOREACH(l, &st->flocks, link)
		if (l->owner == f)
			break;
	if (l == NULL)
		return false;
	if (l->type == type)
		return true;
	/* A change of type lets others in between. */
	flk_drop(&st->flocks, l);
	state_wake(st);
	return false;
}

static int
flock_apply(struct flock_state *st, struct file_state *fs, struct file *f, int type,
    bool nowait) REQUIRES(fs->flock_lock)
{
	struct flk *l;
	int err;

	if (flock_drop_old(st, f, type) || type == F_UNLCK)
		return 0;
	while (flock_blocked(st, f, type)) {
		if (nowait)
			return -EAGAIN;
		err = state_wait(st, fs);
		if (err != 0)
			return err;
	}
	l = xcalloc(1, sizeof(*l));
	*l = (struct flk){
		.kind = LOCK_FLOCK, .owner = f, .pid = curthread->proc->pid,
		.type = type, .end = OFF_MAX,
	};
	TAILQ_INSERT_TAIL(&st->flocks, l, link);
	f->has_flock = true;
	return 0;
}

int
flock_whole(struct file *f, int type, bool nowait)
{
	struct file_state *fs = file_state();
	int err;

	mutex_lock(&fs->flock_lock);
	err = flock_apply(state_get(f->inode), fs, f, type, nowait);
	state_trim(f->inode);
	mutex_unlock(&fs->flock_lock);
	return err;
}

/* --- record locks --- */

static struct flk *
range_conflict(struct flock_state *st, const struct flk *want)
{
	struct flk *l;

	TAILQ_FOREACH(l, &st->ranges, link)
		if (l->owner != want->owner && types_conflict(l->type, want->type) &&
		    l->start <= want->end && want->start <= l->end)
			return l;
	return NULL;
}

/* F_OFD_GETLK with F_UNLCK: what the owner itself has there. */
static struct flk *
range_own(struct flock_state *st, const struct flk *want)
{
	struct flk *l;

	TAILQ_FOREACH(l, &st->ranges, link)
		if (l->owner == want->owner && l->start <= want->end && want->start <= l->end)
			return l;
	return NULL;
}

/* Would waiting for `block` close a circle? */
static bool
range_deadlock(struct file_state *fs, const struct flk *want, const struct flk *block)
{
	const void *owner = block->owner;
	struct flock_waiter *w;
	int i;

	if (want->kind == LOCK_OFD || block->kind == LOCK_OFD)
		return false;
	for (i = 0; i < DEADLOCK_STEPS; i++) {
		TAILQ_FOREACH(w, &fs->flock_blocked, link)
			if (w->owner == owner && w->blocker != NULL)
				break;
		if (w == NULL)
			return false;
		owner = w->blocker;
		if (owner == want->owner)
			return true;
	}
	return false;
}

static struct flk *
flk_copy(const struct flk *l, int64_t start, int64_t end)
{
	struct flk *c;

	c = xcalloc(1, sizeof(*c));
	*c = *l;
	c->start = start;
	c->end = end;
	return c;
}

/* Lock l of the same owner meets the new one. */
static void
range_meet(struct flock_state *st, struct flk *l, struct flk *want)
{
	struct flk *tail;

	if (l->type == want->type) {
		/* Neighbours become one. */
		if ((want->start > 0 && l->end < want->start - 1) ||
		    (want->end < OFF_MAX && l->start > want->end + 1))
			return;
		want->start = min_of(want->start, l->start);
		want->end = max_of(want->end, l->end);
		flk_drop(&st->ranges, l);
		return;
	}
	if (l->end < want->start || l->start > want->end)
		return;
	if (l->end > want->end) {
		tail = flk_copy(l, want->end + 1, l->end);
		TAILQ_INSERT_AFTER(&st->ranges, l, tail, link);
	}
	if (l->start < want->start)
		l->end = want->start - 1;
	else
		flk_drop(&st->ranges, l);
}

/* No conflict: the owner's locks become what they are with `want` in force. */
static void
range_apply(struct flock_state *st, const struct flk *req)
{
	struct flk want = *req, *l, *next, *at = NULL;

	for (l = TAILQ_FIRST(&st->ranges); l != NULL; l = next) {
		next = TAILQ_NEXT(l, link);
		if (l->owner == want.owner)
			range_meet(st, l, &want);
	}
	if (want.type != F_UNLCK) {
		TAILQ_FOREACH(at, &st->ranges, link)
			if (at->owner == want.owner && at->start > want.start)
				break;
		l = flk_copy(&want, want.start, want.end);
		if (at != NULL)
			TAILQ_INSERT_BEFORE(at, l, link);
		else
			TAILQ_INSERT_TAIL(&st->ranges, l, link);
	}
	state_wake(st);
}

static int
range_lock(struct flock_state *st, struct file_state *fs, const struct flk *want,
    bool wait) REQUIRES(fs->flock_lock)
{
	struct flock_waiter w = { .st = st, .owner = want->owner };
	struct flk *block;
	int err = 0;

	if (want->type == F_UNLCK) {
		range_apply(st, want);
		return 0;
	}
	while ((block = range_conflict(st, want)) != NULL && err == 0) {
		if (!wait)
			return -EAGAIN;
		if (range_deadlock(fs, want, block))
			return -EDEADLK;
		w.blocker = block->owner;
		TAILQ_INSERT_TAIL(&fs->flock_blocked, &w, link);
		err = state_wait(st, fs);
		TAILQ_REMOVE(&fs->flock_blocked, &w, link);
	}
	if (block == NULL) {
		range_apply(st, want);
		err = 0;
	}
	return err;
}

/* --- fcntl --- */

static bool
cmd_is_ofd(int cmd)
{
	return cmd == F_OFD_GETLK || cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW;
}

static int
flock_base(struct file *f, int whence, int64_t *base)
{
	switch (whence) {
	case SEEK_SET:
		*base = 0;
		return 0;
	case SEEK_CUR:
		mutex_lock(&f->pos_lock);
		*base = f->pos;
		mutex_unlock(&f->pos_lock);
		return 0;
	case SEEK_END:
		mutex_lock(&f->inode->lock);
		*base = f->inode->size;
		mutex_unlock(&f->inode->lock);
		return 0;
	default:
		return -EINVAL;
	}
}

/* flock_to_posix_lock(): the same errors in the same order. */
static int
flock_range(struct file *f, const struct flock *fl, struct flk *l)
{
	int64_t start;
	int err;

	err = flock_base(f, fl->l_whence, &start);
	if (err != 0)
		return err;
	if (fl->l_start > OFF_MAX - start)
		return -EOVERFLOW;
	start += fl->l_start;
	if (start < 0)
		return -EINVAL;
	l->start = start;
	l->end = OFF_MAX;
	if (fl->l_len > 0) {
		if (fl->l_len - 1 > OFF_MAX - start)
			return -EOVERFLOW;
		l->end = start + fl->l_len - 1;
	} else if (fl->l_len < 0) {
		if (start + fl->l_len < 0)
			return -EINVAL;
		l->end = start - 1;
		l->start = start + fl->l_len;
	}
	if (fl->l_type != F_RDLCK && fl->l_type != F_WRLCK && fl->l_type != F_UNLCK)
		return -EINVAL;
	l->type = fl->l_type;
	return 0;
}

static void
flk_owner(struct flk *l, struct file *f, int cmd)
{
	bool ofd = cmd_is_ofd(cmd);

	l->kind = ofd ? LOCK_OFD : LOCK_POSIX;
	l->owner = ofd ? (const void *)f : (const void *)curthread->fds;
	l->pid = ofd ? -1 : curthread->proc->pid;
}

static long
fcntl_getlk(struct file *f, int cmd, struct flock *fl, gaddr_t arg)
{
	struct file_state *fs = file_state();
	struct flk want, *l = NULL;
	int err;

	if (fl->l_type != F_RDLCK && fl->l_type != F_WRLCK &&
	    !(cmd == F_OFD_GETLK && fl->l_type == F_UNLCK))
		return -EINVAL;
	err = flock_range(f, fl, &want);
	if (err != 0)
		return err;
	if (cmd == F_OFD_GETLK && fl->l_pid != 0)
		return -EINVAL;
	flk_owner(&want, f, cmd);
	mutex_lock(&fs->flock_lock);
	if (f->inode->flocks != NULL)
		l = want.type == F_UNLCK ? range_own(f->inode->flocks, &want)
		    : range_conflict(f->inode->flocks, &want);
	fl->l_type = F_UNLCK;
	if (l != NULL) {
		fl->l_type = (short)l->type;
		fl->l_whence = SEEK_SET;
		fl->l_start = l->start;
		fl->l_len = l->end == OFF_MAX ? 0 : l->end - l->start + 1;
		fl->l_pid = l->pid;
	}
	mutex_unlock(&fs->flock_lock);
	return copyout(arg, fl, sizeof(*fl));
}

/*
 * Another thread may have closed the descriptor while we waited: then nobody
 * would ever drop the lock, so it goes at once.
 */
static int
range_recheck(struct file *f, int fd, struct flock_state *st, struct flk *l)
{
	if (l->type == F_UNLCK || l->kind != LOCK_POSIX || fd_is(fd, f))
		return 0;
	l->type = F_UNLCK;
	range_apply(st, l);
	return -EBADF;
}

static long
fcntl_setlk(struct file *f, int fd, int cmd, const struct flock *fl)
{
	struct file_state *fs = file_state();
	bool wait = cmd == F_SETLKW || cmd == F_OFD_SETLKW;
	struct flk want;
	int err;

	err = flock_range(f, fl, &want);
	if (err != 0)
		return err;
	if ((want.type == F_RDLCK && !(f->mode & FMODE_READ)) ||
	    (want.type == F_WRLCK && !(f->mode & FMODE_WRITE)))
		return -EBADF;
	if (cmd_is_ofd(cmd) && fl->l_pid != 0)
		return -EINVAL;
	flk_owner(&want, f, cmd);
	mutex_lock(&fs->flock_lock);
	err = range_lock(state_get(f->inode), fs, &want, wait);
	if (err == 0 && want.kind == LOCK_OFD)
		f->has_flock = true;
	if (err == 0)
		err = range_recheck(f, fd, state_get(f->inode), &want);
	state_trim(f->inode);
	mutex_unlock(&fs->flock_lock);
	return err;
}

long
fcntl_lock(struct file *f, int fd, int cmd, gaddr_t arg)
{
	struct flock fl;
	int err;

	err = copyin(&fl, arg, sizeof(fl));
	if (err != 0)
		return err;
	if (cmd == F_GETLK || cmd == F_OFD_GETLK)
		return fcntl_getlk(f, cmd, &fl, arg);
	return fcntl_setlk(f, fd, cmd, &fl);
}

/* --- the end of owners --- */

static void
drop_owner(struct inode *ino, struct flk_list *list, const void *owner)
{
	struct flk *l, *next;

	for (l = TAILQ_FIRST(list); l != NULL; l = next) {
		next = TAILQ_NEXT(l, link);
		if (l->owner == owner)
			flk_drop(list, l);
	}
	state_wake(ino->flocks);
}

void
flock_close_posix(struct inode *ino, struct fdtable *owner)
{
	struct file_state *fs;

	if (likely(__atomic_load_n(&ino->flocks, __ATOMIC_ACQUIRE) == NULL))
		return;
	fs = file_state();
	mutex_lock(&fs->flock_lock);
	if (ino->flocks != NULL) {
		drop_owner(ino, &ino->flocks->ranges, owner);
		state_trim(ino);
	}
	mutex_unlock(&fs->flock_lock);
}

void
flock_release_file(struct file *f)
{
	struct file_state *fs;

	if (!f->has_flock)
		return;
	fs = file_state();
	mutex_lock(&fs->flock_lock);
	if (f->inode->flocks != NULL) {
		drop_owner(f->inode, &f->inode->flocks->flocks, f);
		drop_owner(f->inode, &f->inode->flocks->ranges, f);
		state_trim(f->inode);
	}
	mutex_unlock(&fs->flock_lock);
}
