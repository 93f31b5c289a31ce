/*
 * net_gc.c - sockets that only their own messages still refer to.
 *
 * A socket whose file is under way in the queue of another one, which in turn
 * is only under way in its own, can never be reached again.  As in Linux's old
 * collector: candidates are sockets all of whose file's references are in
 * messages.  References from the queues of candidates are subtracted; whoever
 * has some left is reachable, and so is all that is in its queue.  The rest is
 * garbage, and its queues are emptied.
 *
 * gc_lock (RANK_LEAF) covers the counts and the list of sockets.  Queues are
 * looked at with no other lock held, while guests go on: garbage stays garbage
 * whatever they do, and a socket that only looked like it is found by looking
 * at the counts of all once more before anything is thrown away.
 */
#include "vkern/net_impl.h"

/* The AF_UNIX socket behind a file, or NULL. */
static struct socket *
file_unix(struct file *f)
{
	struct socket *s = file_socket(f);

	return s != NULL && s->family == AF_UNIX ? s : NULL;
}

void
unix_gc_add(struct socket *s)
{
	struct net_state *ns = net_state();

	mutex_lock(&ns->gc_lock);
	LIST_INSERT_HEAD(&ns->unixes, s, un.all);
	s->un.listed = true;
	mutex_unlock(&ns->gc_lock);
}

void
unix_gc_del(struct socket *s)
{
	struct net_state *ns = net_state();

	mutex_lock(&ns->gc_lock);
	if (s->un.listed)
		LIST_REMOVE(s, un.all);
	s->un.listed = false;
	mutex_unlock(&ns->gc_lock);
}

void
unix_gc_inflight(struct scm_fds *fds, int by)
{
	struct net_state *ns = net_state();
	struct socket *s;
	int i;

	mutex_lock(&ns->gc_lock);
	ns->inflight_files += by * fds->n;
	for (i = 0; i < fds->n; i++) {
		s = file_unix(fds->f[i]);
		if (s == NULL)
			continue;
		s->un.inflight += by;
		ns->inflight += by;
	}
	mutex_unlock(&ns->gc_lock);
}

bool
unix_too_many(void)
{
	struct net_state *ns = net_state();
	uint64_t n;

	mutex_lock(&ns->gc_lock);
	n = (uint64_t)ns->inflight_files;
	mutex_unlock(&ns->gc_lock);
	return n > rlimit_cur(RLIMIT_NOFILE) && !capable(CAP_SYS_RESOURCE_) && !capable(CAP_SYS_ADMIN_);
}

/* --- collecting --- */

struct gc {
	struct socket	**s;		/* candidates, referenced */
	int		*count;		/* their inflight when chosen */
	int		n, size;
};

static bool
only_inflight(struct socket *s)
{
	struct file *f = s->file;

	return f != NULL && s->un.inflight > 0 && f->refs == s->un.inflight;
}

static bool
gc_choose(struct net_state *ns, struct gc *gc)
{
	struct socket *s;

	gc->n = gc->size = 0;
	mutex_lock(&ns->gc_lock);
	LIST_FOREACH(s, &ns->unixes, un.all)
		gc->size += s->un.inflight > 0;
	gc->s = kalloc((size_t)gc->size * sizeof(*gc->s));
	gc->count = kalloc((size_t)gc->size * sizeof(*gc->count));
	if (gc->s == NULL || gc->count == NULL)
		gc->size = 0;
	LIST_FOREACH(s, &ns->unixes, un.all) {
		s->un.gc_refs = -1;	/* not a candidate */
		if (gc->n == gc->size || !only_inflight(s))
			continue;
		s->un.gc_refs = s->un.inflight;
		s->un.gc_seen = false;
		gc->count[gc->n] = s->un.inflight;
		gc->s[gc->n++] = sock_ref(s);
	}
	mutex_unlock(&ns->gc_lock);
	return gc->n > 0;
}

/* Calls fn for every candidate that is under way in the queue of s. */
static void
queue_scan(struct socket *s, void (*fn)(struct socket *c))
	REQUIRES(s->lock)
{
	struct socket *c;
	struct nmsg *m;
	int i;

	TAILQ_FOREACH(m, &s->rcvq, link) {
		if (m->scm.fds == NULL)
			continue;
		for (i = 0; i < m->scm.fds->n; i++) {
			c = file_unix(m->scm.fds->f[i]);
			if (c != NULL && c->un.gc_refs >= 0)
				fn(c);
		}
	}
}

/* The same, with the sockets that wait to be accepted from s. */
NO_TSA static void
gc_scan(struct socket *s, void (*fn)(struct socket *c))
{
	struct socket *e;

	mutex_lock(&s->lock);
	queue_scan(s, fn);
	TAILQ_FOREACH(e, &s->acceptq, accept_link) {
		/* Nobody locks an embryo and then its listener. */
		mutex_lock_same(&e->lock);
		queue_scan(e, fn);
		mutex_unlock(&e->lock);
	}
	mutex_unlock(&s->lock);
}

static void
gc_subtract(struct socket *c)
{
	if (c->un.gc_refs > 0)
		c->un.gc_refs--;
}

static void
gc_reach(struct socket *c)
{
	c->un.gc_refs++;
}

/* What a reachable socket holds is reachable: until nothing changes. */
static void
gc_spread(struct gc *gc)
{
	bool again = true;
	int i;

	while (again) {
		again = false;
		for (i = 0; i < gc->n; i++) {
			if (gc->s[i]->un.gc_refs == 0 || gc->s[i]->un.gc_seen)
				continue;
			gc->s[i]->un.gc_seen = again = true;
			gc_scan(gc->s[i], gc_reach);
		}
	}
}

/* Nothing has moved that the judgement rests on. */
static bool
gc_still_true(struct net_state *ns, struct gc *gc)
{
	bool ok = true;
	int i;

	mutex_lock(&ns->gc_lock);
	for (i = 0; i < gc->n && ok; i++)
		if (gc->s[i]->un.gc_refs == 0)
			ok = only_inflight(gc->s[i]) && gc->s[i]->un.inflight == gc->count[i];
	mutex_unlock(&ns->gc_lock);
	return ok;
}

static void
gc_purge(struct gc *gc)
{
	struct nmsgq q = TAILQ_HEAD_INITIALIZER(q);
	struct socket *e;
	int i;

	for (i = 0; i < gc->n; i++) {
		if (gc->s[i]->un.gc_refs != 0)
			continue;
		mutex_lock(&gc->s[i]->lock);
		sock_purge(gc->s[i], &q);
		TAILQ_FOREACH(e, &gc->s[i]->acceptq, accept_link) {
			mutex_lock_same(&e->lock);
			sock_purge(e, &q);
			mutex_unlock(&e->lock);
		}
		mutex_unlock(&gc->s[i]->lock);
	}
	msgs_free(&q);
}

void
unix_gc(void)
{
	struct net_state *ns = net_state();
	struct gc gc;
	bool run;
	int i;

	mutex_lock(&ns->gc_lock);
	run = ns->inflight > 0 && !ns->collecting;
	if (run)
		ns->collecting = true;
	mutex_unlock(&ns->gc_lock);
	if (!run)
		return;
	if (gc_choose(ns, &gc)) {
		for (i = 0; i < gc.n; i++)
			gc_scan(gc.s[i], gc_subtract);
		gc_spread(&gc);
		if (gc_still_true(ns, &gc))
			gc_purge(&gc);
	}
	for (i = 0; i < gc.n; i++)
		sock_unref(gc.s[i]);
	kfree(gc.s);
	kfree(gc.count);
	mutex_lock(&ns->gc_lock);
	ns->collecting = false;
	mutex_unlock(&ns->gc_lock);
}
