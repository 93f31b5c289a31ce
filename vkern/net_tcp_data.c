/*
 * net_tcp_data.c - sending and receiving on TCP sockets.
 *
 * A sender is charged for what its peer has not read, up to SO_SNDBUF; there is
 * no window beside that.  Urgent data is one byte that stands apart.
 */
#include "vkern/net_tcp.h"

#define TCP_CHUNK	65536u

/* --- sending --- */

/* Wait until s is connected, and find the peer; NULL: it is gone. */
static int
send_peer(struct socket *s, ktime_t deadline, struct socket **out)
{
	int err = 0;

	*out = NULL;
	mutex_lock(&s->lock);
	while (s->state != SK_ESTABLISHED && err == 0) {
		err = sock_error(s);
		if (err == 0 && s->state != SK_SYN_SENT)
			err = -EPIPE;
		if (err == 0)
			err = sock_wait(&s->wq, &s->lock, deadline);
	}
	if (err == 0 && s->peer != NULL)
		*out = sock_ref(s->peer);
	mutex_unlock(&s->lock);
	return err;
}

/* The peer takes no more: as if the bytes were sent and a reset came back. */
static void
send_to_nobody(struct socket *s)
{
	mutex_lock(&s->lock);
	tcp_reset(s, EPIPE);
	mutex_unlock(&s->lock);
}

static void
put_urgent(struct socket *p, struct nmsg *m)
	REQUIRES(p->lock)
{
	p->in.oob = m->data[m->len - 1];
	p->in.has_oob = true;
	if (!sock_flag(p, SF_OOBINLINE))
		m->len--;
	sock_wake(p, EPOLLPRI);
}

/* m goes to p (which may be NULL), or is freed. */
static void
deliver(struct socket *s, struct socket *p, struct nmsg *m, bool urgent)
{
	bool taken = false, gone = true;

	if (p != NULL) {
		mutex_lock(&p->lock);
		gone = p->dead || p->state == SK_CLOSE;
		if (!gone && urgent)
			put_urgent(p, m);
		if (!gone && m->len > 0) {
			sock_enqueue(p, m);
			taken = true;
		}
		mutex_unlock(&p->lock);
	}
	if (!taken)
		msg_unref(m);
	if (gone)
		send_to_nobody(s);
}

static ssize_t
send_piece(struct socket *s, struct socket *p, struct msgio *io, ktime_t deadline)
{
	size_t n = min_of(io->u->resid, (size_t)TCP_CHUNK);
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
	if (err) {
		msg_unref(m);
		return err;
	}
	deliver(s, p, m, (io->flags & MSG_OOB) && io->u->resid == 0);
	return (ssize_t)n;
}

ssize_t
tcp_send(struct socket *s, struct msgio *io)
{
	ktime_t deadline = sock_deadline(s->opt.sndtimeo, (io->flags & MSG_DONTWAIT) != 0);
	struct socket *p;
	size_t sent = 0;
	ssize_t n;
	int err;

	err = send_peer(s, deadline, &p);
	if (err == 0) {
		mutex_lock(&s->lock);
		if (s->err != 0 || (s->shut & SHUT_W))
			err = -EPIPE;
		if (err && s->err != 0)
			err = sock_error(s);
		mutex_unlock(&s->lock);
	}
	while (err == 0 && io->u->resid > 0) {
		n = send_piece(s, p, io, deadline);
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

/* tcp_recvmsg()'s order: end of file, error, shut down, never connected. */
NO_TSA static int
tcp_empty(struct socket *s, bool got)
{
	int err;

	if (got)
		return s->err != 0 || s->state == SK_CLOSE || (s->shut & SHUT_R);
	if (s->in.fin)
		return 1;
	err = sock_error(s);
	if (err)
		return err;
	if (s->shut & SHUT_R)
		return 1;
	return s->state == SK_CLOSE ? -ENOTCONN : 0;
}

static const struct stream_ops tcp_stream = { .empty = tcp_empty, .trunc_discards = true };

static ssize_t
recv_urgent(struct socket *s, struct msgio *io)
{
	uint8_t c = 0;
	int err = 0;

	mutex_lock(&s->lock);
	if (sock_flag(s, SF_OOBINLINE) || !s->in.has_oob)
		err = s->state == SK_CLOSE && !s->in.fin ? -ENOTCONN : -EINVAL;
	else {
		c = s->in.oob;
		if (!(io->flags & MSG_PEEK))
			s->in.has_oob = false;
	}
	mutex_unlock(&s->lock);
	if (err)
		return err;
	io->out_flags |= MSG_OOB;
	if (io->u->resid == 0) {
		io->out_flags |= MSG_TRUNC;
		return 0;
	}
	return (io->flags & MSG_TRUNC) ? 1 : uio_put(io->u, &c, 1);
}

ssize_t
tcp_recv(struct socket *s, struct msgio *io)
{
	bool listens;

	mutex_lock(&s->lock);
	listens = s->state == SK_LISTEN;
	mutex_unlock(&s->lock);
	if (io->flags & MSG_ERRQUEUE)
		return -EAGAIN;
	if (listens)
		return -ENOTCONN;
	if (io->flags & MSG_OOB)
		return recv_urgent(s, io);
	return stream_recv(s, io, &tcp_stream);
}

unsigned
tcp_poll(struct socket *s)
{
	unsigned ev = 0;

	mutex_lock(&s->lock);
	if (s->state == SK_LISTEN) {
		if (!TAILQ_EMPTY(&s->acceptq))
			ev = EPOLLIN | EPOLLRDNORM;
		mutex_unlock(&s->lock);
		return ev;
	}
	if (s->shut == SHUT_ALL || s->state == SK_CLOSE)
		ev |= EPOLLHUP;
	if (s->shut & SHUT_R)
		ev |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
	if (s->state != SK_SYN_SENT) {
		if (s->rcv_bytes >= (size_t)s->opt.rcvlowat)
			ev |= EPOLLIN | EPOLLRDNORM;
		if ((s->shut & SHUT_W) || sock_writable(s))
			ev |= EPOLLOUT | EPOLLWRNORM;
		if (s->in.has_oob)
			ev |= EPOLLPRI;
	}
	if (s->err != 0)
		ev |= EPOLLERR;
	mutex_unlock(&s->lock);
	return ev;
}
