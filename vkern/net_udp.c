/*
 * net_udp.c - datagrams of AF_INET and AF_INET6.
 *
 * A datagram to a port that nobody has is lost; if the sender is connected to
 * that port, his next call says ECONNREFUSED.  One that finds no room at the
 * receiver (SO_RCVBUF) is lost silently.
 */
#include "vkern/net_impl.h"

#include <netinet/in.h>
#include <time.h>

#define UDP_MAX4	65507u
#define UDP_MAX6	65527u

/* --- connecting --- */

static int
udp_disconnect(struct socket *s)
{
	struct naddr any;
	int i;

	mutex_lock(&s->lock);
	s->state = SK_CLOSE;
	s->in.remote.port = 0;
	if (!s->in.bound_addr) {
		any = s->in.local;
		for (i = s->family == AF_INET ? 12 : 0; i < 16; i++)
			any.a[i] = 0;
		inet_set_local(s, &any);
	}
	if (!s->in.bound_port)
		inet_port_unbind(s);
	mutex_unlock(&s->lock);
	return 0;
}

static int
udp_connect(struct socket *s, const struct sockaddr_storage *a, int len, bool nowait)
{
	struct naddr to, from;
	int err;

	(void)nowait;
	if (len < (int)sizeof(sa_family_t))
		return -EINVAL;
	if (a->ss_family == AF_UNSPEC)
		return udp_disconnect(s);
	mutex_lock(&s->lock);
	err = inet_autobind(s);
	if (err == 0)
		err = inet_dest(s, a, len, false, &to);
	if (err == 0) {
		from = inet_source(s, &to);
		from.port = s->in.local.port;
		inet_set_local(s, &from);
		s->in.remote = to;
		s->state = SK_ESTABLISHED;
		s->in.ss = SS_CONNECTED_;
		sock_wake(s, EPOLLOUT);
	}
	mutex_unlock(&s->lock);
	return err;
}

static int
udp_listen(struct socket *s, int backlog)
{
	(void)s;
	(void)backlog;
	return -EOPNOTSUPP;
}

static int
udp_accept(struct socket *s, bool nowait, struct socket **out)
{
	(void)s;
	(void)nowait;
	(void)out;
	return -EOPNOTSUPP;
}

static int
udp_shutdown(struct socket *s, int how)
{
	int err;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	mutex_lock(&s->lock);
	err = s->state == SK_CLOSE ? -ENOTCONN : 0;
	s->shut |= (unsigned)how + 1;
	sock_wake(s, EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLRDHUP);
	mutex_unlock(&s->lock);
	return err;
}

static void
udp_release(struct socket *s)
{
	mutex_lock(&s->lock);
	s->state = SK_CLOSE;
	inet_port_unbind(s);
	mutex_unlock(&s->lock);
}

/* --- sending --- */

/* Where the datagram goes, and from where. */
static int
udp_route(struct socket *s, struct msgio *io, struct naddr *to, struct naddr *from)
{
	int err = 0;

	mutex_lock(&s->lock);
	if (io->namelen > 0)
		err = inet_dest(s, &io->name, io->namelen, true, to);
	else if (s->state != SK_ESTABLISHED)
		err = -EDESTADDRREQ;
	else
		*to = s->in.remote;
	if (err == 0)
		err = sock_error(s);
	if (err == 0 && (s->shut & SHUT_W))
		err = -EPIPE;
	if (err == 0)
		err = inet_autobind(s);
	if (err == 0) {
		*from = inet_source(s, to);
		from->port = s->in.local.port;
		/* An address of the one family does not reach the other. */
		if (naddr_is_v4(from) != naddr_is_v4(to))
			err = -ENETUNREACH;
	}
	mutex_unlock(&s->lock);
	return err;
}

/* Nobody has the port: a sender that is connected to it is told. */
static void
udp_refused(struct socket *s, const struct naddr *to)
{
	mutex_lock(&s->lock);
	if (s->state == SK_ESTABLISHED && s->in.remote.port == to->port &&
	    naddr_same(&s->in.remote, to)) {
		s->err = ECONNREFUSED;
		sock_wake(s, EPOLLERR);
	}
	mutex_unlock(&s->lock);
}

static void
udp_deliver(struct socket *s, struct nmsg *m)
{
	struct socket *r = inet_find_udp(&m->to, &m->from, s->protocol);
	bool taken = false;

	if (r == NULL) {
		udp_refused(s, &m->to);
		msg_unref(m);
		return;
	}
	mutex_lock(&r->lock);
	if (!r->dead && r->rcv_bytes + m->len + msg_charge(0) * (r->rcv_count + 1) <= r->opt.rcvbuf) {
		if (sock_flag(r, SF_TIMESTAMP | SF_TIMESTAMPNS))
			m->ctl.stamp = host_clock(CLOCK_REALTIME);
		sock_enqueue(r, m);
		taken = true;
	}
	mutex_unlock(&r->lock);
	sock_unref(r);
	if (!taken)
		msg_unref(m);
}

/* Time to live and type of service: of the call, or of the socket. */
static void
udp_ctl(const struct socket *s, const struct msgio *io, struct nmsg *m)
{
	bool v4 = naddr_is_v4(&m->to);

	m->ctl.ttl = inet_opt(s, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_TTL : IPV6_UNICAST_HOPS);
	m->ctl.tos = inet_opt(s, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_TOS : IPV6_TCLASS);
	if (io->has_ctl && io->ctl.ttl >= 0)
		m->ctl.ttl = io->ctl.ttl;
	if (io->has_ctl && io->ctl.tos >= 0)
		m->ctl.tos = io->ctl.tos;
}

static ssize_t
udp_send(struct socket *s, struct msgio *io)
{
	size_t n = io->u->resid;
	struct naddr to, from;
	struct nmsg *m;
	int err;

	if (n > 0xffff)
		return -EMSGSIZE;
	if (io->flags & MSG_OOB)
		return -EOPNOTSUPP;
	err = udp_route(s, io, &to, &from);
	if (err)
		return err;
	if (n > (naddr_is_v4(&to) ? UDP_MAX4 : UDP_MAX6))
		return -EMSGSIZE;
	m = msg_new(n, NULL);
	if (m == NULL)
		return -ENOBUFS;
	err = msg_fill(m, io->u);
	if (err) {
		msg_unref(m);
		return err;
	}
	if (io->flags & 0x10 /* MSG_PROBE */) {
		msg_unref(m);
		return (ssize_t)n;
	}
	m->to = to;
	m->from = from;
	udp_ctl(s, io, m);
	udp_deliver(s, m);
	return (ssize_t)n;
}

/* --- receiving --- */

NO_TSA static int
udp_empty(struct socket *s, bool got)
{
	(void)got;
	return (s->shut & SHUT_R) ? 1 : 0;
}

static void
udp_name(struct socket *s, struct msgio *io, struct nmsg *m)
{
	io->namelen = naddr_to(s->family, &m->from, &io->name);
	io->to = m->to;
	io->ctl = m->ctl;
	io->has_ctl = !io->no_control;
}

static const struct stream_ops udp_stream = { .empty = udp_empty, .name = udp_name };

static ssize_t
udp_recv(struct socket *s, struct msgio *io)
{
	if (io->flags & MSG_ERRQUEUE)
		return -EAGAIN;
	if (io->flags & MSG_OOB)
		return -EOPNOTSUPP;
	return dgram_recv(s, io, &udp_stream);
}

static unsigned
udp_poll(struct socket *s)
{
	unsigned ev = EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;

	mutex_lock(&s->lock);
	if (s->err != 0)
		ev |= EPOLLERR;
	if (s->shut & SHUT_R)
		ev |= EPOLLRDHUP | EPOLLIN | EPOLLRDNORM;
	if (s->shut == SHUT_ALL)
		ev |= EPOLLHUP;
	if (!TAILQ_EMPTY(&s->rcvq))
		ev |= EPOLLIN | EPOLLRDNORM;
	mutex_unlock(&s->lock);
	return ev;
}

const struct sock_ops udp_ops = {
	.bind = inet_bind, .connect = udp_connect, .listen = udp_listen, .accept = udp_accept,
	.getname = inet_getname, .send = udp_send, .recv = udp_recv, .shutdown = udp_shutdown,
	.poll = udp_poll, .setopt = inet_setopt, .getopt = inet_getopt, .release = udp_release,
};
