/*
 * net_unix_dgram.c - AF_UNIX datagrams, and sequenced packets where they are
 * like them.
 *
 * A datagram socket may be connected to one that is not connected to it, and
 * many to one.  The receiver takes backlog + 1 messages from those that it is
 * not connected to itself; the others wait on its queue.  So that poll() of
 * theirs is woken when it has room again, it keeps a list of them (conns).
 *
 * Lock order: both ends of a connection by address (sock_lock_two()).
 */
#include "vkern/net_impl.h"

#include <string.h>

bool
unix_recvq_full(const struct socket *s)
{
	return s->rcv_count > s->backlog;
}

/* May s send to `other`?  Not when that is connected to somebody else. */
static bool
may_send(const struct socket *s, const struct socket *other)
{
	return other->peer == NULL || other->peer == s;
}

/* --- connecting --- */

/* s has no peer any more; the old one with a reference, or NULL. */
NO_TSA static struct socket *
dgram_detach(struct socket *s)
{
	struct socket *p;

	for (;;) {
		mutex_lock(&s->lock);
		p = s->peer != NULL ? sock_ref(s->peer) : NULL;
		mutex_unlock(&s->lock);
		if (p == NULL)
			return NULL;
		sock_lock_two(s, p);
		if (s->peer == p)
			break;
		sock_unlock_two(s, p);
		sock_unref(p);
	}
	LIST_REMOVE(s, un.conn);
	s->peer = NULL;
	s->state = SK_CLOSE;
	sock_unlock_two(s, p);
	sock_unref(p);
	/* The reference that s->peer was is the caller's now. */
	return p;
}

/*
 * s has left old: what came from it is thrown away, and old, if it is connected
 * to s, is told.
 */
static void
dgram_disconnected(struct socket *s, struct socket *old)
{
	struct nmsgq q = TAILQ_HEAD_INITIALIZER(q);

	mutex_lock(&s->lock);
	sock_purge(s, &q);
	mutex_unlock(&s->lock);
	if (!TAILQ_EMPTY(&q)) {
		mutex_lock(&old->lock);
		if (!old->dead && old->peer == s) {
			old->err = ECONNRESET;
			sock_wake(old, EPOLLERR);
		}
		mutex_unlock(&old->lock);
	}
	msgs_free(&q);
	mutex_lock(&old->lock);
	if (old->peer == NULL)
		old->state = SK_CLOSE;
	mutex_unlock(&old->lock);
}

NO_TSA static int
dgram_connect_to(struct socket *s, struct socket *other)
{
	struct socket *old;

	old = dgram_detach(s);
	sock_lock_two(s, other);
	if (s->peer != NULL || other->dead) {
		/* Another thread connected it, or the name is gone: start anew. */
		sock_unlock_two(s, other);
		if (old != NULL) {
			dgram_disconnected(s, old);
			sock_unref(old);
		}
		return 1;
	}
	s->peer = sock_ref(other);
	LIST_INSERT_HEAD(&other->un.conns, s, un.conn);
	s->state = other->state = SK_ESTABLISHED;
	sock_wake(s, EPOLLOUT);
	sock_unlock_two(s, other);
	if (old != NULL) {
		if (old != other)
			dgram_disconnected(s, old);
		sock_unref(old);
	}
	return 0;
}

int
unix_dgram_connect(struct socket *s, const struct sockaddr_storage *a, int len, bool nowait)
{
	struct socket *other, *old;
	bool allowed;
	int err;

	(void)nowait;
	if (len < (int)sizeof(sa_family_t))
		return -EINVAL;
	if (a->ss_family == AF_UNSPEC) {
		old = dgram_detach(s);
		if (old != NULL) {
			dgram_disconnected(s, old);
			sock_unref(old);
		}
		return 0;
	}
	err = unix_check_addr(a, len);
	if (err == 0 && sock_flag(s, SF_PASSCRED) && s->un.addr == NULL)
		err = unix_autobind(s);
	if (err)
		return err;
	do {
		err = unix_find(a, len, s->type, &other);
		if (err)
			return err;
		mutex_lock(&other->lock);
		allowed = may_send(s, other);
		mutex_unlock(&other->lock);
		err = allowed ? dgram_connect_to(s, other) : -EPERM;
		sock_unref(other);
	} while (err > 0);
	return err;
}

void
unix_dgram_leave(struct socket *s)
{
	struct socket *c, *old = dgram_detach(s);

	if (old != NULL)
		sock_unref(old);
	/* Those that wait for room here will find a dead socket. */
	mutex_lock(&s->lock);
	LIST_FOREACH(c, &s->un.conns, un.conn)
		waitq_wake_all(&c->wq, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	mutex_unlock(&s->lock);
}

/* --- sending --- */

static int
dgram_dest(struct socket *s, struct msgio *io, struct socket **out)
{
	if (io->namelen > 0)
		return unix_find(&io->name, io->namelen, s->type, out);
	mutex_lock(&s->lock);
	*out = s->peer != NULL ? sock_ref(s->peer) : NULL;
	mutex_unlock(&s->lock);
	return *out != NULL ? 0 : -ENOTCONN;
}

/* The destination is gone: -errno, or 1 to look for the name again. */
static int
dgram_dead(struct socket *s, struct msgio *io, struct socket *other)
{
	struct socket *old = NULL;

	if (s->type == SOCK_SEQPACKET)
		return -EPIPE;
	mutex_lock(&s->lock);
	if (s->peer == other)
		old = other;
	mutex_unlock(&s->lock);
	if (old == NULL)
		return io->namelen > 0 ? 1 : -ECONNRESET;
	old = dgram_detach(s);
	if (old != NULL) {
		dgram_disconnected(s, old);
		sock_unref(old);
	}
	return -ECONNREFUSED;
}

/* Put m on other's queue: 0, 1 look again, or -errno.  Waits for room. */
static int
dgram_deliver(struct socket *s, struct msgio *io, struct socket *other, struct nmsg *m,
    ktime_t deadline)
{
	int err = 0;

	mutex_lock(&other->lock);
	for (;;) {
		if (!may_send(s, other))
			err = -EPERM;
		else if (other->dead)
			break;
		else if (other->shut & SHUT_R)
			err = -EPIPE;
		else if (other != s && other->peer != s && unix_recvq_full(other)) {
			err = sock_wait(&other->wq, &other->lock, deadline);
			if (err == 0)
				continue;
		} else {
			msg_take_scm(m, io, s, other);
			sock_enqueue(other, m);
			mutex_unlock(&other->lock);
			return 0;
		}
		break;
	}
	mutex_unlock(&other->lock);
	return err ? err : dgram_dead(s, io, other);
}

static int
dgram_check(struct socket *s, struct msgio *io)
{
	int err = 0;

	if (s->type == SOCK_SEQPACKET) {
		mutex_lock(&s->lock);
		err = sock_error(s);
		if (err == 0 && s->state != SK_ESTABLISHED)
			err = -ENOTCONN;
		mutex_unlock(&s->lock);
		io->namelen = 0;
	}
	if (err == 0 && (io->flags & MSG_OOB))
		err = -EOPNOTSUPP;
	if (err == 0 && io->namelen > 0)
		err = unix_check_addr(&io->name, io->namelen);
	if (err == 0 && sock_flag(s, SF_PASSCRED) && s->un.addr == NULL)
		err = unix_autobind(s);
	if (err == 0 && io->u->resid > s->opt.sndbuf - 32)
		err = -EMSGSIZE;
	return err;
}

/* A message with the bytes of the call, charged to s. */
static int
dgram_make(struct socket *s, struct msgio *io, ktime_t deadline, struct nmsg **out)
{
	size_t n = io->u->resid;
	struct nmsg *m;
	int err;

	err = sock_charge(s, msg_charge(n), s->opt.sndbuf, deadline);
	if (err)
		return err;
	m = msg_new(n, s);
	if (m == NULL) {
		mutex_lock(&s->lock);
		s->wmem -= msg_charge(n);
		mutex_unlock(&s->lock);
		return -ENOBUFS;
	}
	m->charge = msg_charge(n);
	err = msg_fill(m, io->u);
	if (err)
		msg_unref(m);
	*out = m;
	return err;
}

ssize_t
unix_dgram_send(struct socket *s, struct msgio *io)
{
	struct socket *other;
	struct nmsg *m;
	ktime_t deadline;
	ssize_t n = (ssize_t)io->u->resid;
	int err;

	err = dgram_check(s, io);
	if (err)
		return err;
	deadline = sock_deadline(s->opt.sndtimeo, (io->flags & MSG_DONTWAIT) != 0);
	err = io->scm.fds != NULL && unix_too_many() ? -ETOOMANYREFS : 0;
	if (err == 0)
		err = dgram_make(s, io, deadline, &m);
	if (err)
		return err;
	do {
		err = dgram_dest(s, io, &other);
		if (err)
			break;
		err = dgram_deliver(s, io, other, m, deadline);
		sock_unref(other);
	} while (err > 0);
	if (err == 0)
		return n;
	msg_unref(m);
	return err;
}

/* --- receiving --- */

NO_TSA static int
dgram_empty(struct socket *s, bool got)
{
	(void)got;
	if (s->shut & SHUT_R)
		return 1;
	if (s->type == SOCK_SEQPACKET && s->state != SK_ESTABLISHED && s->state != SK_LISTEN)
		return -ENOTCONN;
	return 0;
}

static const struct stream_ops unix_dgram = {
	.empty = dgram_empty, .name = unix_put_name, .unix_scm = true,
};

/* There may be room again: tell those that are connected to s, and waiters. */
static void
dgram_room(struct socket *s)
{
	struct socket *c;

	mutex_lock(&s->lock);
	if (s->rcv_count == s->backlog) {
		sock_wake(s, EPOLLOUT);
		LIST_FOREACH(c, &s->un.conns, un.conn)
			waitq_wake_all(&c->wq, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	}
	mutex_unlock(&s->lock);
}

ssize_t
unix_dgram_recv(struct socket *s, struct msgio *io)
{
	bool connected;
	ssize_t n;

	if (s->type == SOCK_SEQPACKET) {
		mutex_lock(&s->lock);
		connected = s->state == SK_ESTABLISHED;
		mutex_unlock(&s->lock);
		if (!connected)
			return -ENOTCONN;
	}
	if (io->flags & MSG_OOB)
		return -EOPNOTSUPP;
	n = dgram_recv(s, io, &unix_dgram);
	if (s->type == SOCK_DGRAM && n >= 0 && !(io->flags & MSG_PEEK))
		dgram_room(s);
	return n;
}

/* Would a message to the peer have to wait? */
static bool
peer_is_full(struct socket *s)
{
	struct socket *p;
	bool full;

	mutex_lock(&s->lock);
	p = s->type == SOCK_DGRAM && s->peer != NULL ? sock_ref(s->peer) : NULL;
	mutex_unlock(&s->lock);
	if (p == NULL)
		return false;
	mutex_lock(&p->lock);
	full = !p->dead && p->peer != s && unix_recvq_full(p);
	mutex_unlock(&p->lock);
	sock_unref(p);
	return full;
}

unsigned
unix_dgram_poll(struct socket *s)
{
	unsigned ev = 0;

	mutex_lock(&s->lock);
	if (s->err != 0)
		ev |= EPOLLERR;
	if (s->shut & SHUT_R)
		ev |= EPOLLRDHUP | EPOLLIN | EPOLLRDNORM;
	if (s->shut == SHUT_ALL)
		ev |= EPOLLHUP;
	if (!TAILQ_EMPTY(&s->rcvq) || !TAILQ_EMPTY(&s->acceptq))
		ev |= EPOLLIN | EPOLLRDNORM;
	if (s->type == SOCK_SEQPACKET && s->state == SK_CLOSE)
		ev |= EPOLLHUP;
	if (s->state != SK_LISTEN && sock_writable(s))
		ev |= EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
	mutex_unlock(&s->lock);
	if ((ev & EPOLLOUT) && peer_is_full(s))
		ev &= ~(EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	return ev;
}
