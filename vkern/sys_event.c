/*
 * sys_event.c - poll, ppoll, select, pselect6.
 *
 * All make one deadline at entry and wait in poll_loop(); files stay
 * referenced for the whole call.  What is stored, and when, is Linux's:
 * poll stores its results even when a signal ended it, select does not;
 * ppoll, select and pselect6 tell how much time was left.
 */
#include <poll.h>
#include <string.h>
#include <sys/select.h>

#include "abi/abi.h"
#include "vkern/file_poll.h"

/* --- poll --- */

struct poll_set {
	struct pollfd	*fds;		/* as the guest gave them; revents are ours */
	struct file	**files;	/* NULL: none, or a bad number */
	unsigned	n;
};

static long
poll_scan(void *arg, struct poll_table *pt)
{
	struct poll_set *ps = arg;
	long hits = 0;
	unsigned i, ev;

	for (i = 0; i < ps->n; i++) {
		struct pollfd *p = &ps->fds[i];

		ev = 0;
		if (ps->files[i] != NULL)
			ev = file_poll(ps->files[i], pt) &
			    ((uint16_t)p->events | EPOLLERR | EPOLLHUP);
		else if (p->fd >= 0)
			ev = POLLNVAL;
		p->revents = (short)ev;
		if (ev != 0) {
			hits++;
			pt = NULL;
		}
	}
	return hits;
}

static void
poll_set_free(struct poll_set *ps)
{
	unsigned i;

	for (i = 0; ps->files != NULL && i < ps->n; i++)
		file_put(ps->files[i]);
	kfree(ps->files);
	kfree(ps->fds);
}

static int
poll_set_get(struct poll_set *ps, gaddr_t fds, unsigned n)
{
	unsigned i;
	int err;

	*ps = (struct poll_set){ .n = n };
	if (n > rlimit_cur(RLIMIT_NOFILE))
		return -EINVAL;
	/* The last part holds what the guest had in revents. */
	ps->fds = kalloc(n * (sizeof(*ps->fds) + sizeof(short)));
	ps->files = kalloc(n * sizeof(*ps->files));
	err = ps->fds == NULL || ps->files == NULL ? -ENOMEM
	    : copyin(ps->fds, fds, n * sizeof(*ps->fds));
	if (err != 0) {
		poll_set_free(ps);
		return err;
	}
	for (i = 0; i < n; i++) {
		((short *)(ps->fds + n))[i] = ps->fds[i].revents;
		ps->files[i] = file_get(ps->fds[i].fd);
	}
	return 0;
}

/*
 * Only revents are stored, and only those that change; but one on each page,
 * so that memory that cannot be written is noticed.
 */
static int
poll_set_put(struct poll_set *ps, gaddr_t fds)
{
	const short *was = (const short *)(ps->fds + ps->n);
	uint64_t page = 1;
	gaddr_t to;
	unsigned i;
	int err;

	for (i = 0; i < ps->n; i++) {
		to = ga_add(fds, i * sizeof(*ps->fds) + offsetof(struct pollfd, revents));
		if (ps->fds[i].revents == was[i] && page_down(to.v) == page)
			continue;
		page = page_down(to.v);
		err = copyout(to, &ps->fds[i].revents, sizeof(short));
		if (err != 0)
			return err;
	}
	return 0;
}

static long
do_poll(gaddr_t fds, unsigned n, ktime_t deadline)
{
	struct poll_set ps;
	long r;
	int err;

	err = poll_set_get(&ps, fds, n);
	if (err != 0)
		return err;
	r = poll_loop(poll_scan, &ps, deadline);
	if (r != -ENOMEM) {
		err = poll_set_put(&ps, fds);
		if (err != 0)
			r = err;
	}
	poll_set_free(&ps);
	return r;
}

long
sys_poll(struct thread *t, struct poll_args *a)
{
	ktime_t deadline = t->restarting ? t->restart_deadline : deadline_msec(a->timeout);
	long r;

	r = do_poll(a->fds, a->nfds, deadline);
	if (r != -ERESTARTNOHAND)
		return r;
	t->restart_deadline = deadline;
	return -ERESTART_RESTARTBLOCK;
}

/* --- what ppoll, select and pselect6 have in common --- */

enum time_kind { TIME_SPEC, TIME_VAL };

/* The guest's timeout: NEVER if it gave none. */
static int
timeout_get(gaddr_t addr, enum time_kind kind, ktime_t *deadline)
{
	struct timespec ts;
	int err;

	*deadline = NEVER;
	if (ga_null(addr))
		return 0;
	/* A timeval has the same size, and microseconds that may exceed one. */
	err = copyin(&ts, addr, sizeof(ts));
	if (err != 0)
		return err;
	if (kind == TIME_VAL) {
		if (__builtin_add_overflow(ts.tv_sec, ts.tv_nsec / 1000000, &ts.tv_sec))
			return -EINVAL;
		ts.tv_nsec = ts.tv_nsec % 1000000 * 1000;
	}
	return deadline_timespec(&ts, deadline);
}

/*
 * Store what is left.  If it cannot be stored, the call must not be restarted:
 * it would wait for the whole time again.
 */
static long
timeout_put(gaddr_t addr, enum time_kind kind, ktime_t deadline, long r)
{
	struct timespec ts;

	if (ga_null(addr) || deadline == 0)
		return r;
	/* Centuries from now: as good as it was. */
	if (deadline == NEVER)
		return r;
	ts = deadline_left(deadline);
	if (kind == TIME_VAL)
		ts.tv_nsec /= 1000;
	if (copyout(addr, &ts, sizeof(ts)) != 0 && r == -ERESTARTNOHAND)
		return -EINTR;
	return r;
}

long
sys_ppoll(struct thread *t, struct ppoll_args *a)
{
	ktime_t deadline;
	long r;

	r = timeout_get(a->timeout, TIME_SPEC, &deadline);
	if (r != 0)
		return r;
	temp_mask_begin(t, a->sigmask);
	r = do_poll(a->fds, a->nfds, deadline);
	temp_mask_end(t, r == -ERESTARTNOHAND);
	return timeout_put(a->timeout, TIME_SPEC, deadline, r);
}

/* --- select --- */

#define SEL_IN	(EPOLLRDNORM | EPOLLRDBAND | EPOLLIN | EPOLLHUP | EPOLLERR | POLLNVAL)
#define SEL_OUT	(EPOLLWRBAND | EPOLLWRNORM | EPOLLOUT | EPOLLERR | POLLNVAL)
#define SEL_EX	(EPOLLPRI | POLLNVAL)

struct select_set {
	int		n;
	size_t		words;		/* of one set */
	uint64_t	*in[3];		/* read, write, except: what is asked */
	uint64_t	*out[3];	/* and found */
	struct file	**files;
};

static const unsigned sel_events[3] = { SEL_IN, SEL_OUT, SEL_EX };

static bool
sel_has(const uint64_t *set, int fd)
{
	return (set[fd / 64] >> (fd % 64)) & 1;
}

static unsigned
sel_wanted(const struct select_set *ss, int fd)
{
	unsigned ev = 0;
	int i;

	for (i = 0; i < 3; i++)
		if (sel_has(ss->in[i], fd))
			ev |= sel_events[i];
	return ev;
}

static long
select_scan(void *arg, struct poll_table *pt)
{
	struct select_set *ss = arg;
	unsigned want, ev;
	long hits = 0;
	int fd, i;

	for (fd = 0; fd < ss->n; fd++) {
		if (ss->files[fd] == NULL)
			continue;
		want = sel_wanted(ss, fd);
		ev = file_poll(ss->files[fd], pt) & want;
		if (ev == 0)
			continue;
		pt = NULL;
		for (i = 0; i < 3; i++) {
			if (!(ev & sel_events[i]) || !sel_has(ss->in[i], fd))
				continue;
			ss->out[i][fd / 64] |= 1ULL << (fd % 64);
			hits++;
		}
	}
	return hits;
}

static void
select_free(struct select_set *ss)
{
	int fd;

	for (fd = 0; ss->files != NULL && fd < ss->n; fd++)
		file_put(ss->files[fd]);
	kfree(ss->files);
	kfree(ss->in[0]);
}

static int
fdtable_size(void)
{
	struct fdtable *fdt = curthread->fds;
	int n;

	mutex_lock(&fdt->lock);
	n = fdt->size;
	mutex_unlock(&fdt->lock);
	return n;
}

/* -EBADF if a bit stands for no open file. */
static int
select_files(struct select_set *ss)
{
	int fd;

	for (fd = 0; fd < ss->n; fd++) {
		if (sel_wanted(ss, fd) == 0)
			continue;
		ss->files[fd] = file_get(fd);
		if (ss->files[fd] == NULL)
			return -EBADF;
	}
	return 0;
}

/* Numbers beyond the table are not looked at, as in Linux. */
static int
select_get(struct select_set *ss, int n, const gaddr_t sets[3])
{
	int i, err;

	*ss = (struct select_set){ .n = n };
	if (n < 0)
		return -EINVAL;
	ss->n = min_of(n, fdtable_size());
	ss->words = ((size_t)ss->n + 63) / 64;
	ss->in[0] = kalloc(6 * ss->words * 8);
	ss->files = kalloc((size_t)ss->n * sizeof(*ss->files));
	if (ss->in[0] == NULL || ss->files == NULL)
		return -ENOMEM;
	for (i = 0; i < 3; i++) {
		ss->in[i] = ss->in[0] + (size_t)i * ss->words;
		ss->out[i] = ss->in[0] + (size_t)(3 + i) * ss->words;
		err = ga_null(sets[i]) ? 0 : copyin(ss->in[i], sets[i], ss->words * 8);
		if (err != 0)
			return err;
	}
	return select_files(ss);
}

static int
select_put(struct select_set *ss, const gaddr_t sets[3])
{
	int i, err;

	for (i = 0; i < 3; i++) {
		err = ga_null(sets[i]) ? 0 : copyout(sets[i], ss->out[i], ss->words * 8);
		if (err != 0)
			return err;
	}
	return 0;
}

static long
do_select(int n, const gaddr_t sets[3], ktime_t deadline)
{
	struct select_set ss;
	long r;
	int err;

	r = select_get(&ss, n, sets);
	if (r == 0)
		r = poll_loop(select_scan, &ss, deadline);
	if (r >= 0) {
		err = select_put(&ss, sets);
		if (err != 0)
			r = err;
	}
	select_free(&ss);
	return r;
}

long
sys_select(struct thread *t, struct select_args *a)
{
	const gaddr_t sets[3] = { a->readfds, a->writefds, a->exceptfds };
	ktime_t deadline;
	long r;

	(void)t;
	r = timeout_get(a->timeout, TIME_VAL, &deadline);
	if (r != 0)
		return r;
	r = do_select(a->nfds, sets, deadline);
	return timeout_put(a->timeout, TIME_VAL, deadline, r);
}

static int
pselect_mask(const struct k_sigset_arg *sa, uint64_t *mask)
{
	if (sa->set == 0)
		return 0;
	if (sa->size != sizeof(*mask))
		return -EINVAL;
	return copyin_u64(ga(sa->set), mask);
}

long
sys_pselect6(struct thread *t, struct pselect6_args *a)
{
	const gaddr_t sets[3] = { a->readfds, a->writefds, a->exceptfds };
	struct k_sigset_arg sa = { 0, 0 };
	ktime_t deadline;
	uint64_t mask;
	long r = 0;

	/* The sixth argument points to a pointer and a size. */
	if (!ga_null(a->sigmask))
		r = copyin(&sa, a->sigmask, sizeof(sa));
	if (r == 0)
		r = timeout_get(a->timeout, TIME_SPEC, &deadline);
	if (r == 0)
		r = pselect_mask(&sa, &mask);
	if (r != 0)
		return r;
	temp_mask_begin(t, sa.set != 0 ? &mask : NULL);
	r = do_select(a->nfds, sets, deadline);
	temp_mask_end(t, r == -ERESTARTNOHAND);
	return timeout_put(a->timeout, TIME_SPEC, deadline, r);
}
