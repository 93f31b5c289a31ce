/*
 * net_unix.c - AF_UNIX: creation, streams and sequenced packets, listening.
 * Datagrams are in net_unix_dgram.c, names in net_unix_name.c.
 *
 * connect() makes the other end itself: an embryo, connected to the caller,
 * that waits in the listener's acceptq for accept() to find.  A listener takes
 * backlog + 1 of them; connect() waits on the listener's queue for room.
 *
 * When one end is released, the other sees end of file; what had not been read
 * by the released end is lost, and ECONNRESET tells.
 *
 * The order of checks in each call is that of Linux's af_unix.c.
 */
#include "vkern/net_impl.h"

#include <string.h>

#define STREAM_CHUNK	36864u

/* --- creation --- */

static struct socket *
unix_new(int type)
{
	const struct sock_ops *ops = type == SOCK_STREAM ? &unix_stream_ops : &unix_dgram_ops;
	struct socket *s = sock_new(ops, AF_UNIX, type, 0);

	s->backlog = 10;	/* datagrams that wait: net.unix.max_dgram_qlen */
	LIST_INIT(&s->un.conns);
	unix_gc_add(s);
	return s;
}

int
unix_create(int type, int protocol, struct socket **out)
{
	if (protocol != 0 && protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	if (type == SOCK_RAW)
		type = SOCK_DGRAM;
	if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_SEQPACKET)
		return -ESOCKTNOSUPPORT;
	*out = unix_new(type);
	return 0;
}

/* socketpair(2): nobody else knows them yet. */
NO_TSA void
unix_pair(struct socket *a, struct socket *b)
{
	sock_lock_two(a, b);
	a->peer = sock_ref(b);
	b->peer = sock_ref(a);
	a->state = b->state = SK_ESTABLISHED;
	sock_peercred_current(a);
	sock_peercred_current(b);
	if (a->type == SOCK_DGRAM) {
		LIST_INSERT_HEAD(&b->un.conns, a, un.conn);
		LIST_INSERT_HEAD(&a->un.conns, b, un.conn);
	}
	sock_unlock_two(a, b);
}

static void
unix_destroy(struct socket *s)
{
	if (s->un.addr != NULL)
		unix_addr_put(s->un.addr);
}

/* --- connecting --- */

static int
unix_listen(struct socket *s, int backlog)
{
	int err = 0;

	if (s->type != SOCK_STREAM && s->type != SOCK_SEQPACKET)
		return -EOPNOTSUPP;
	mutex_lock(&s->lock);
	if (s->un.addr == NULL || (s->state != SK_CLOSE && s->state != SK_LISTEN))
		err = -EINVAL;
	else {
		s->backlog = (unsigned)backlog;
		s->state = SK_LISTEN;
		sock_peercred_current(s);
		sock_wake(s, EPOLLOUT);
	}
	mutex_unlock(&s->lock);
	return err;
}

/* The listener's end of a connection with s; both locked. */
NO_TSA static void
embryo_attach(struct socket *s, struct socket *listener, struct socket *child)
{
	child->peer = sock_ref(s);
	child->state = SK_ESTABLISHED;
	child->opt = listener->opt;
	child->opt.peek_off = -1;
	sock_peercred_copy(child, curthread->cred, curthread->proc->pid);
	child->un.addr = listener->un.addr;
	child->un.addr->refs++;
	sock_peercred_copy(s, listener->peer_cred, listener->peer_pid);
	s->peer = sock_ref(child);
	s->state = SK_ESTABLISHED;
	TAILQ_INSERT_TAIL(&listener->acceptq, child, accept_link);
	listener->acceptq_len++;
	sock_wake(listener, EPOLLIN | EPOLLRDNORM);
	sock_wake(s, EPOLLOUT);
}

/*
 * Try once: 0 connected, 1 look for the listener again, or -errno.  Waits for
 * room in the listener's queue.
 */
NO_TSA static int
stream_connect_try(struct socket *s, struct socket *l, struct socket *child, ktime_t deadline)
{
	int err = 0;

	sock_lock_two(s, l);
	if (l->dead)
		err = 1;
	else if (l->state != SK_LISTEN || (l->shut & SHUT_R))
		err = -ECONNREFUSED;
	else if (l->acceptq_len > l->backlog) {
		if (s != l)
			mutex_unlock(&s->lock);
		err = sock_wait(&l->wq, &l->lock, deadline);
		mutex_unlock(&l->lock);
		return err ? err : 1;
	} else if (s->state != SK_CLOSE)
		err = s->state == SK_ESTABLISHED ? -EISCONN : -EINVAL;
	else
		embryo_attach(s, l, child);
	sock_unlock_two(s, l);
	return err;
}

static int
unix_stream_connect(struct socket *s, const struct sockaddr_storage *a, int len, bool nowait)
{
	struct socket *l, *child;
	ktime_t deadline;
	int err;

	err = unix_check_addr(a, len);
	if (err == 0 && sock_flag(s, SF_PASSCRED) && s->un.addr == NULL)
		err = unix_autobind(s);
	if (err)
		return err;
	deadline = sock_deadline(s->opt.sndtimeo, nowait);
	child = unix_new(s->type);
	do {
		err = unix_find(a, len, s->type, &l);
		if (err)
			break;
		err = stream_connect_try(s, l, child, deadline);
		sock_unref(l);
	} while (err > 0);
	if (err) {
		unix_gc_del(child);
		sock_unref(child);
	}
	return err;
}

static int
unix_accept(struct socket *s, bool nowait, struct socket **out)
{
	struct socket *child;
	ktime_t deadline;
	int err = 0;

	if (s->type != SOCK_STREAM && s->type != SOCK_SEQPACKET)
		return -EOPNOTSUPP;
	deadline = sock_deadline(s->opt.rcvtimeo, nowait);
	mutex_lock(&s->lock);
	if (s->state != SK_LISTEN)
		err = -EINVAL;
	while (err == 0 && (child = TAILQ_FIRST(&s->acceptq)) == NULL) {
		if ((s->shut & SHUT_R) && deadline != 0)
			err = -EINVAL;
		else
			err = sock_wait(&s->wq, &s->lock, deadline);
	}
	if (err == 0) {
		TAILQ_REMOVE(&s->acceptq, child, accept_link);
		s->acceptq_len--;
		sock_wake(s, EPOLLOUT);
		*out = child;
	}
	mutex_unlock(&s->lock);
	return err;
}

/* --- the end --- */

static void
peer_hangup(struct socket *p, bool lost)
{
	mutex_lock(&p->lock);
	p->shut = SHUT_ALL;
	if (lost)
		p->err = ECONNRESET;
	sock_wake(p, EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLRDHUP | (lost ? EPOLLERR : 0));
	mutex_unlock(&p->lock);
}

/* Embryos that nobody accepted: their other ends see a reset. */
static void
drop_embryos(struct socket *s)
{
	struct socket *child;

	for (;;) {
		mutex_lock(&s->lock);
		child = TAILQ_FIRST(&s->acceptq);
		if (child != NULL) {
			TAILQ_REMOVE(&s->acceptq, child, accept_link);
			s->acceptq_len--;
		}
		mutex_unlock(&s->lock);
		if (child == NULL)
			return;
		child->un.embryo = true;
		sock_release(child);
	}
}

static void
unix_release(struct socket *s)
{
	struct socket *p = NULL;
	bool lost;

	unix_gc_del(s);
	unix_unbind(s);
	if (s->type == SOCK_DGRAM)
		unix_dgram_leave(s);
	mutex_lock(&s->lock);
	lost = !TAILQ_EMPTY(&s->rcvq) || s->un.embryo;
	s->state = SK_CLOSE;
	p = s->peer;
	s->peer = NULL;
	mutex_unlock(&s->lock);
	if (p != NULL) {
		if (s->type != SOCK_DGRAM)
			peer_hangup(p, lost);
		sock_unref(p);
	}
	drop_embryos(s);
	unix_gc();
}

static int
unix_shutdown(struct socket *s, int how)
{
	struct socket *p = NULL;
	unsigned mode = (unsigned)how + 1, pmode = 0;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	mutex_lock(&s->lock);
	s->shut |= mode;
	if (s->peer != NULL && s->type != SOCK_DGRAM)
		p = sock_ref(s->peer);
	sock_wake(s, EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLRDHUP);
	mutex_unlock(&s->lock);
	if (p == NULL)
		return 0;
	pmode |= mode & SHUT_R ? SHUT_W : 0;
	pmode |= mode & SHUT_W ? SHUT_R : 0;
	mutex_lock(&p->lock);
	p->shut |= pmode;
	sock_wake(p, EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLRDHUP);
	mutex_unlock(&p->lock);
	sock_unref(p);
	return 0;
}

/* --- sending --- */

/* The peer that a stream may send to, with a reference. */
static int
stream_send_peer(struct socket *s, struct msgio *io, struct socket **out)
{
	int err = 0;

	if (io->flags & MSG_OOB)
		return -EOPNOTSUPP;
	mutex_lock(&s->lock);
	if (io->namelen > 0)
		err = s->state == SK_ESTABLISHED ? -EISCONN : -EOPNOTSUPP;
	else if (s->peer == NULL)
		err = -ENOTCONN;
	else if (s->shut & SHUT_W)
		err = -EPIPE;
	else
		*out = sock_ref(s->peer);
	mutex_unlock(&s->lock);
	return err;
}

/* Up to one message's worth of the call's bytes: bytes sent, or -errno. */
static ssize_t
stream_send_piece(struct socket *s, struct socket *p, struct msgio *io, ktime_t deadline)
{
	size_t n = min_of(io->u->resid, (size_t)s->opt.sndbuf / 2 - 64);
	struct nmsg *m;
	int err;

	n = min_of(n, (size_t)STREAM_CHUNK);
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
	if (err == 0) {
		mutex_lock(&p->lock);
		if (p->dead || (p->shut & SHUT_R))
			err = -EPIPE;
		else {
			msg_take_scm(m, io, s, p);
			sock_enqueue(p, m);
		}
		mutex_unlock(&p->lock);
	}
	if (err == 0)
		return (ssize_t)n;
	msg_unref(m);
	return err;
}

static ssize_t
unix_stream_send(struct socket *s, struct msgio *io)
{
	struct socket *p = NULL;
	ktime_t deadline;
	size_t sent = 0;
	ssize_t n;
	int err;

	err = stream_send_peer(s, io, &p);
	if (err == 0 && io->scm.fds != NULL && unix_too_many())
		err = -ETOOMANYREFS;
	deadline = sock_deadline(s->opt.sndtimeo, (io->flags & MSG_DONTWAIT) != 0);
	while (err == 0 && io->u->resid > 0) {
		n = stream_send_piece(s, p, io, deadline);
		if (n < 0)
			err = (int)n;
		else
			sent += (size_t)n;
	}
	if (p != NULL)
		sock_unref(p);
	if (sent > 0)
		return (ssize_t)sent;
	if (err == -EPIPE && !(io->flags & MSG_NOSIGNAL))
		(void)file_sigpipe();
	return err;
}

/* --- receiving --- */

/* A pending error comes before the end of file. */
NO_TSA static int
stream_empty(struct socket *s, bool got)
{
	int err = sock_error(s);

	(void)got;
	if (err)
		return err;
	return (s->shut & SHUT_R) ? 1 : 0;
}

static const struct stream_ops unix_stream = {
	.empty = stream_empty, .name = unix_put_name, .unix_scm = true,
};

static ssize_t
unix_stream_recv(struct socket *s, struct msgio *io)
{
	enum sock_state st;

	mutex_lock(&s->lock);
	st = s->state;
	mutex_unlock(&s->lock);
	if (st != SK_ESTABLISHED)
		return -EINVAL;
	if (io->flags & MSG_OOB)
		return -EOPNOTSUPP;
	return stream_recv(s, io, &unix_stream);
}

static unsigned
unix_stream_poll(struct socket *s)
{
	unsigned ev = 0;

	mutex_lock(&s->lock);
	if (s->err != 0)
		ev |= EPOLLERR;
	if (s->shut == SHUT_ALL)
		ev |= EPOLLHUP;
	if (s->shut & SHUT_R)
		ev |= EPOLLRDHUP | EPOLLIN | EPOLLRDNORM;
	if (!TAILQ_EMPTY(&s->rcvq) || !TAILQ_EMPTY(&s->acceptq))
		ev |= EPOLLIN | EPOLLRDNORM;
	if (s->state == SK_CLOSE)
		ev |= EPOLLHUP;
	if (s->state != SK_LISTEN && sock_writable(s))
		ev |= EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
	mutex_unlock(&s->lock);
	return ev;
}

/* SIOCATMARK of a socket that has no urgent data. */
static long
unix_ioctl(struct socket *s, unsigned cmd, unsigned long arg)
{
	(void)s;
	if (cmd == 0x8905)
		return copyout_u32(ga(arg), 0);
	return -ENOTTY;
}

const struct sock_ops unix_stream_ops = {
	.bind = unix_bind, .connect = unix_stream_connect, .listen = unix_listen,
	.accept = unix_accept, .getname = unix_getname, .send = unix_stream_send,
	.recv = unix_stream_recv, .shutdown = unix_shutdown, .poll = unix_stream_poll,
	.ioctl = unix_ioctl, .release = unix_release, .destroy = unix_destroy,
};

/* --- datagrams and sequenced packets --- */

static int
unix_other_connect(struct socket *s, const struct sockaddr_storage *a, int len, bool nowait)
{
	if (s->type == SOCK_SEQPACKET)
		return unix_stream_connect(s, a, len, nowait);
	return unix_dgram_connect(s, a, len, nowait);
}

const struct sock_ops unix_dgram_ops = {
	.bind = unix_bind, .connect = unix_other_connect, .listen = unix_listen,
	.accept = unix_accept, .getname = unix_getname, .send = unix_dgram_send,
	.recv = unix_dgram_recv, .shutdown = unix_shutdown, .poll = unix_dgram_poll,
	.ioctl = unix_ioctl, .release = unix_release, .destroy = unix_destroy,
};
