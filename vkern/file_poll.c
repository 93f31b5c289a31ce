/*
 * file_poll.c - waiting for many files at once, and deadlines.
 *
 * The first scan registers a waiter with every file until one is found ready;
 * after that only scans.  A wake unparks the thread whatever it came from, so
 * every wake means one more scan.
 */
#include "vkern/file_poll.h"

static struct waiter *
poller_slot(struct poller *p)
{
	struct poller_chunk *c;
	unsigned i = p->n;

	if (i < POLLER_INLINE) {
		p->n++;
		return &p->w[i];
	}
	i = (i - POLLER_INLINE) % POLLER_CHUNK;
	if (i == 0) {
		c = kalloc(sizeof(*c));
		if (c == NULL) {
			p->failed = true;
			return NULL;
		}
		c->next = p->chunks;
		p->chunks = c;
	}
	p->n++;
	return &p->chunks->w[i];
}

static void
poller_add(struct poll_table *pt, struct file *f, struct waitq *wq)
{
	struct poller *p = container_of(pt, struct poller, pt);
	struct waiter *w;

	(void)f;
	w = poller_slot(p);
	if (w == NULL)
		return;
	waiter_init(w, curthread);
	waitq_add(wq, w);
}

void
poller_init(struct poller *p)
{
	p->pt.add = poller_add;
	p->n = 0;
	p->failed = false;
	p->chunks = NULL;
}

void
poller_fini(struct poller *p)
{
	struct poller_chunk *c;
	unsigned i, n = p->n;

	for (i = 0; i < min_of(n, (unsigned)POLLER_INLINE); i++)
		waitq_remove(&p->w[i]);
	n -= i;
	while ((c = p->chunks) != NULL) {
		for (i = 0; i < POLLER_CHUNK; i++)
			waitq_remove(&c->w[i]);
		p->chunks = c->next;
		kfree(c);
	}
}

long
poll_loop(long (*scan)(void *arg, struct poll_table *pt), void *arg, ktime_t deadline)
{
	struct poller p;
	bool late = deadline == 0;
	long n;
	int err = 0;

	poller_init(&p);
	n = scan(arg, late ? NULL : &p.pt);
	while (n == 0) {
		if (p.failed)
			n = -ENOMEM;
		else if (err == -ERESTARTSYS || signal_pending(curthread))
			n = -ERESTARTNOHAND;
		if (n != 0 || late)
			break;
		err = thread_park(deadline);
		late = err == -ETIMEDOUT;
		n = scan(arg, NULL);
	}
	poller_fini(&p);
	return n;
}

/* --- deadlines --- */

int
deadline_timespec(const struct timespec *ts, ktime_t *deadline)
{
	int64_t ns;

	if (ts->tv_sec < 0 || (uint64_t)ts->tv_nsec >= NSEC_PER_SEC)
		return -EINVAL;
	if (ts->tv_sec == 0 && ts->tv_nsec == 0) {
		*deadline = 0;
		return 0;
	}
	if (__builtin_mul_overflow(ts->tv_sec, NSEC_PER_SEC, &ns) ||
	    __builtin_add_overflow(ns, ts->tv_nsec, &ns))
		*deadline = NEVER;
	else
		*deadline = ktime_after(ns);
	return 0;
}

ktime_t
deadline_msec(int ms)
{
	if (ms < 0)
		return NEVER;
	return ms == 0 ? 0 : ktime_after(ms * 1000000LL);
}

struct timespec
deadline_left(ktime_t deadline)
{
	int64_t left = deadline - ktime_now();

	left = max_of(left, (int64_t)0);
	return (struct timespec){ left / NSEC_PER_SEC, left % NSEC_PER_SEC };
}

/* --- masks --- */

void
temp_mask_begin(struct thread *t, const uint64_t *mask)
{
	if (mask != NULL)
		signal_temp_mask(t, *mask & ~SIG_UNBLOCKABLE);
}

void
temp_mask_end(struct thread *t, bool interrupted)
{
	if (interrupted || !t->restore_mask)
		return;
	t->restore_mask = false;
	signal_set_mask(t, t->saved_mask);
}
