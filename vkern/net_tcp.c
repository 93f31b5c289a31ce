/*
 * net_tcp.c - streams of AF_INET and AF_INET6, without segments: connecting,
 * listening, the end.  Data is in net_tcp_data.c.
 *
 * A connection is two sockets that are each other's peer.  What TCP says with
 * flags is said by fields: fin (the peer sends no more), err and SK_CLOSE (it
 * was reset).  What is sent to a peer that was closed is answered by a reset.
 *
 * connect() makes the listener's end and puts it into acceptq.  With the queue
 * full the connecting socket waits in `pend`, as if its SYN were lost, and
 * accept() lets the next one in.  The first connect() without waiting always
 * answers EINPROGRESS, as on Linux, where the answer cannot come before the
 * call has returned.
 *
 * Two ends, or a connecting socket and a listener, are locked together by
 * sock_lock_two().
 */
#include "vkern/net_tcp.h"

#include <string.h>

/* --- ends --- */

/* The peer (or the net) resets s. */
void
tcp_reset(struct socket *s, int err)
{
	if (s->state == SK_CLOSE)
		return;
	s->err = s->in.fin && err == ECONNRESET ? EPIPE : err;
	s->state = SK_CLOSE;
	s->shut = SHUT_ALL;
	if (!s->in.bound_port)
		inet_port_unbind(s);
	sock_wake(s, EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLRDHUP);
}

/* The peer has sent all it will. */
static void
tcp_fin(struct socket *s)
	REQUIRES(s->lock)
{
	s->in.fin = true;
	s->shut |= SHUT_R;
	sock_wake(s, EPOLLIN | EPOLLRDNORM | EPOLLRDHUP | (s->shut == SHUT_ALL ? EPOLLHUP : 0));
}

/* --- the listener's side of a handshake --- */

/* s and the new end `child` are connected; s and l locked. */
NO_TSA static void
tcp_join(struct socket *s, struct socket *l, struct socket *child)
{
	struct naddr at = s->in.remote;

	sock_opts_inherit(child, l);
	if (!sock_flag(child, SF_SNDBUF_SET))
		child->opt.sndbuf = TCP_SNDBUF;
	if (!sock_flag(s, SF_SNDBUF_SET))
		s->opt.sndbuf = TCP_SNDBUF;
	child->in.v6only = l->in.v6only;
	child->in.uid = l->in.uid;
	memcpy(child->in.opt, l->in.opt, sizeof(child->in.opt));
	child->in.remote = s->in.local;
	child->in.bound_port = child->in.bound_addr = true;
	inet_port_share(child, &at);
	child->peer = sock_ref(s);
	child->state = SK_ESTABLISHED;
	child->in.ss = SS_CONNECTED_;
	s->peer = sock_ref(child);
	s->state = SK_ESTABLISHED;
	TAILQ_INSERT_TAIL(&l->acceptq, child, accept_link);
	l->acceptq_len++;
	sock_wake(l, EPOLLIN | EPOLLRDNORM);
	sock_wake(s, EPOLLOUT | EPOLLWRNORM);
}

/* What becomes of s, which wants to connect to l (NULL: nobody listens). */
NO_TSA static void
tcp_handshake(struct socket *s, struct socket *l)
{
	struct socket *child;

	if (l == NULL) {
		mutex_lock(&s->lock);
		if (s->state == SK_SYN_SENT)
			tcp_reset(s, ECONNREFUSED);
		mutex_unlock(&s->lock);
		return;
	}
	child = inet_new(&tcp_ops, l->family, SOCK_STREAM, l->protocol);
	sock_lock_two(s, l);
	if (s->state != SK_SYN_SENT || s->in.pend_on != NULL)
		;	/* released or answered meanwhile */
	else if (l->dead || l->state != SK_LISTEN)
		tcp_reset(s, ECONNREFUSED);
	else if (l->acceptq_len > l->backlog) {
		s->in.pend_on = sock_ref(l);
		TAILQ_INSERT_TAIL(&l->in.pend, sock_ref(s), in.pend_link);
	} else {
		tcp_join(s, l, child);
		child = NULL;
	}
	sock_unlock_two(s, l);
	if (child != NULL)
		sock_unref(child);
}

/* Take the first of those that wait on l off its list, with a reference. */
NO_TSA static struct socket *
tcp_pend_pop(struct socket *l)
{
	struct socket *s, *on = NULL;

	for (;;) {
		mutex_lock(&l->lock);
		s = TAILQ_FIRST(&l->in.pend);
		if (s != NULL)
			sock_ref(s);
		mutex_unlock(&l->lock);
		if (s == NULL)
			return NULL;
		sock_lock_two(s, l);
		if (s->in.pend_on == l) {
			TAILQ_REMOVE(&l->in.pend, s, in.pend_link);
			on = s->in.pend_on;
			s->in.pend_on = NULL;
		}
		sock_unlock_two(s, l);
		if (on != NULL) {
			sock_unref(on);
			sock_unref(s);	/* the list's; ours is the caller's */
			return s;
		}
		sock_unref(s);
	}
}

/* s does not wait on a listener any more. */
NO_TSA static void
tcp_pend_leave(struct socket *s)
{
	struct socket *l;
	bool was = false;

	mutex_lock(&s->lock);
	l = s->in.pend_on != NULL ? sock_ref(s->in.pend_on) : NULL;
	mutex_unlock(&s->lock);
	if (l == NULL)
		return;
	sock_lock_two(s, l);
	if (s->in.pend_on == l) {
		TAILQ_REMOVE(&l->in.pend, s, in.pend_link);
		s->in.pend_on = NULL;
		was = true;
	}
	sock_unlock_two(s, l);
	if (was) {
		sock_unref(l);
		sock_unref(s);
	}
	sock_unref(l);
}

/* --- connect --- */

/* Forget the connection; what is not bound by name is not bound any more. */
static void
tcp_unconnect(struct socket *s)
	REQUIRES(s->lock)
{
	struct naddr any = s->in.local;
	size_t i;

	s->state = SK_CLOSE;
	s->in.ss = SS_UNCONNECTED_;
	s->shut = 0;
	s->err = 0;
	s->in.fin = s->in.has_oob = false;
	s->in.remote.port = 0;
	if (!s->in.bound_port)
		inet_port_unbind(s);
	if (!s->in.bound_addr) {
		for (i = naddr_is_v4(&any) && s->family == AF_INET ? 12 : 0; i < 16; i++)
			any.a[i] = 0;
		any.port = s->in.local.port;
		inet_set_local(s, &any);
	}
}

static int
tcp_connect_start(struct socket *s, const struct sockaddr_storage *a, int len)
	REQUIRES(s->lock)
{
	struct naddr to, from;
	int err;

	if (s->state != SK_CLOSE)
		return -EISCONN;
	err = inet_dest(s, a, len, false, &to);
	if (err)
		return err;
	if (inet_autobind(s))
		return -EADDRNOTAVAIL;
	from = inet_source(s, &to);
	from.port = s->in.local.port;
	inet_set_local(s, &from);
	s->in.remote = to;
	s->in.ss = SS_CONNECTING_;
	s->state = SK_SYN_SENT;
	s->shut = 0;
	return 0;
}

/* The connection is made, refused, or under way. */
static int
tcp_connect_result(struct socket *s)
	REQUIRES(s->lock)
{
	int err;

	if (s->state == SK_SYN_SENT)
		return -EALREADY;
	if (s->state == SK_ESTABLISHED) {
		s->in.ss = SS_CONNECTED_;
		return 0;
	}
	err = sock_error(s);
	tcp_unconnect(s);
	return err ? err : -ECONNABORTED;
}

static int
tcp_connect_wait(struct socket *s, ktime_t deadline, bool first)
{
	int err = 0;

	mutex_lock(&s->lock);
	while (s->state == SK_SYN_SENT && err == 0)
		err = sock_wait(&s->wq, &s->lock, deadline);
	if (err == 0)
		err = tcp_connect_result(s);
	else if (err == -EAGAIN)
		err = first ? -EINPROGRESS : -EALREADY;
	mutex_unlock(&s->lock);
	return err;
}

static int
tcp_connect(struct socket *s, const struct sockaddr_storage *a, int len, bool nowait)
{
	struct socket *l;
	struct naddr to;
	enum inet_ss ss;
	int err = 0;

	if (len < (int)sizeof(sa_family_t))
		return -EINVAL;
	if (a->ss_family == AF_UNSPEC)
		return tcp_disconnect(s);
	mutex_lock(&s->lock);
	ss = s->in.ss;
	if (ss == SS_UNCONNECTED_)
		err = tcp_connect_start(s, a, len);
	to = s->in.remote;
	mutex_unlock(&s->lock);
	if (err || ss == SS_CONNECTED_)
		return err ? err : -EISCONN;
	if (ss == SS_UNCONNECTED_) {
		l = inet_find_listener(&to);
		tcp_handshake(s, l);
		if (l != NULL)
			sock_unref(l);
		if (nowait)
			return -EINPROGRESS;
	}
	return tcp_connect_wait(s, sock_deadline(s->opt.sndtimeo, nowait), ss == SS_UNCONNECTED_);
}

/* --- listen and accept --- */

static int
tcp_listen(struct socket *s, int backlog)
{
	int err = 0;

	mutex_lock(&s->lock);
	if (s->in.ss != SS_UNCONNECTED_ || (s->state != SK_CLOSE && s->state != SK_LISTEN))
		err = -EINVAL;
	else if (s->state == SK_CLOSE)
		err = inet_port_listen(s);
	if (err == 0) {
		s->backlog = (unsigned)backlog;
		s->shut = 0;
	}
	mutex_unlock(&s->lock);
	return err;
}

static int
tcp_accept(struct socket *s, bool nowait, struct socket **out)
{
	struct socket *child, *next;
	ktime_t deadline = sock_deadline(s->opt.rcvtimeo, nowait);
	int err = 0;

	mutex_lock(&s->lock);
	for (;;) {
		if (s->state != SK_LISTEN)
			err = -EINVAL;
		child = TAILQ_FIRST(&s->acceptq);
		if (err || child != NULL)
			break;
		err = sock_wait(&s->wq, &s->lock, deadline);
		if (err)
			break;
	}
	if (err == 0) {
		TAILQ_REMOVE(&s->acceptq, child, accept_link);
		s->acceptq_len--;
		*out = child;
	}
	mutex_unlock(&s->lock);
	if (err)
		return err;
	next = tcp_pend_pop(s);
	if (next != NULL) {
		tcp_handshake(next, s);
		sock_unref(next);
	}
	return 0;
}

/* A listener ends: those in its queues are reset, those that wait refused. */
static void
tcp_listen_stop(struct socket *s)
{
	struct socket *c;

	for (;;) {
		mutex_lock(&s->lock);
		c = TAILQ_FIRST(&s->acceptq);
		if (c != NULL) {
			TAILQ_REMOVE(&s->acceptq, c, accept_link);
			s->acceptq_len--;
			c->opt.linger = 0;	/* a reset, not an end */
		}
		mutex_unlock(&s->lock);
		if (c == NULL)
			break;
		sock_release(c);
	}
	while ((c = tcp_pend_pop(s)) != NULL) {
		tcp_handshake(c, NULL);
		sock_unref(c);
	}
}

/* --- the end of a connection --- */

/* s leaves its peer: with a reset, or saying that it is through. */
static void
tcp_leave_peer(struct socket *s, bool reset)
{
	struct socket *p;

	mutex_lock(&s->lock);
	p = s->peer;
	s->peer = NULL;
	mutex_unlock(&s->lock);
	if (p == NULL)
		return;
	mutex_lock(&p->lock);
	if (reset)
		tcp_reset(p, ECONNRESET);
	else if (p->state != SK_CLOSE)
		tcp_fin(p);
	mutex_unlock(&p->lock);
	sock_unref(p);
}

int
tcp_disconnect(struct socket *s)
{
	struct nmsgq q = TAILQ_HEAD_INITIALIZER(q);
	bool listens;

	mutex_lock(&s->lock);
	listens = s->state == SK_LISTEN;
	s->state = SK_CLOSE;
	mutex_unlock(&s->lock);
	if (listens)
		tcp_listen_stop(s);
	tcp_pend_leave(s);
	tcp_leave_peer(s, true);
	mutex_lock(&s->lock);
	/* Not from under a reader. */
	while (s->reading)
		(void)!waitq_wait_nointr(&s->wq, &s->lock, NEVER);
	sock_purge(s, &q);
	tcp_unconnect(s);
	sock_wake(s, EPOLLHUP);
	mutex_unlock(&s->lock);
	msgs_free(&q);
	return 0;
}

static void
tcp_release(struct socket *s)
{
	bool listens, reset;

	mutex_lock(&s->lock);
	listens = s->state == SK_LISTEN;
	reset = !TAILQ_EMPTY(&s->rcvq) || s->opt.linger == 0;
	s->state = SK_CLOSE;
	inet_port_unbind(s);
	mutex_unlock(&s->lock);
	if (listens)
		tcp_listen_stop(s);
	tcp_pend_leave(s);
	tcp_leave_peer(s, reset);
}

/* Both ends have said that they are through: the connection is over. */
NO_TSA static void
tcp_shutdown_peer(struct socket *s, struct socket *p)
{
	sock_lock_two(s, p);
	if (p->state == SK_ESTABLISHED)
		tcp_fin(p);
	if (s->in.fin && p->in.fin) {
		s->state = p->state = SK_CLOSE;
		s->shut = p->shut = SHUT_ALL;
		sock_wake(s, EPOLLHUP);
		sock_wake(p, EPOLLHUP);
	}
	sock_unlock_two(s, p);
}

static int
tcp_shutdown(struct socket *s, int how)
{
	struct socket *p = NULL;
	unsigned mode = (unsigned)how + 1;
	bool stop = false;
	int err = 0;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	mutex_lock(&s->lock);
	switch (s->state) {
	case SK_LISTEN:
		stop = (mode & SHUT_R) != 0;
		break;
	case SK_SYN_SENT:
		stop = true;
		break;
	case SK_CLOSE:
		err = -ENOTCONN;
		s->shut |= mode;
		break;
	case SK_ESTABLISHED:
		if (s->in.ss == SS_CONNECTING_)
			s->in.ss = SS_CONNECTED_;
		if ((mode & SHUT_W) && !(s->shut & SHUT_W) && s->peer != NULL)
			p = sock_ref(s->peer);
		s->shut |= mode;
	}
	sock_wake(s, EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLRDHUP);
	mutex_unlock(&s->lock);
	if (stop)
		(void)tcp_disconnect(s);
	if (p != NULL) {
		tcp_shutdown_peer(s, p);
		sock_unref(p);
	}
	return err;
}

const struct sock_ops tcp_ops = {
	.bind = inet_bind, .connect = tcp_connect, .listen = tcp_listen, .accept = tcp_accept,
	.getname = inet_getname, .send = tcp_send, .recv = tcp_recv, .shutdown = tcp_shutdown,
	.poll = tcp_poll, .setopt = inet_setopt, .getopt = inet_getopt, .ioctl = inet_ioctl,
	.release = tcp_release,
};
