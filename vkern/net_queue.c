/*
 * net_queue.c - messages and receive queues.
 *
 * A message is made by its sender, who is charged for it (socket.wmem) until it
 * has been read, then put on the receiver's queue.  Lengths and senders do not
 * change after that, only how much has been read.  Readers copy with no lock
 * held.  In a stream `reading` is held meanwhile: only its holder takes
 * messages off the queue (sock_purge() included), so they stay; a datagram is
 * taken off first, or kept by a reference.
 *
 * A message is freed with no socket locked, because that locks its sender.
 */
#include "vkern/net_impl.h"

#include <string.h>

/* What Linux counts for the administration of a buffer. */
#define MSG_OVERHEAD	576

/* --- messages --- */

size_t
msg_charge(size_t n)
{
	return n + MSG_OVERHEAD;
}

struct nmsg *
msg_new(size_t n, struct socket *owner)
{
	struct nmsg *m = kalloc(sizeof(*m) + n);

	if (m == NULL)
		return NULL;
	m->refs = 1;
	m->len = n;
	if (owner != NULL)
		m->owner = sock_ref(owner);
	return m;
}

bool
sock_writable(const struct socket *s)
{
	if (s->family == AF_UNIX)
		return s->wmem * 4 <= s->opt.sndbuf;
	return s->wmem <= s->opt.sndbuf / 3 * 2;
}

/* Those who wait for room are woken when there is a good deal of it. */
static void
uncharge(struct socket *s, size_t charge)
{
	mutex_lock(&s->lock);
	s->wmem -= charge;
	if (!s->dead && sock_writable(s))
		sock_wake(s, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	mutex_unlock(&s->lock);
}

void
msg_unref(struct nmsg *m)
{
	if (--m->refs != 0)
		return;
	if (m->scm.fds != NULL)
		unix_gc_inflight(m->scm.fds, -1);
	scm_free(&m->scm);
	if (m->owner != NULL) {
		if (m->charge > 0)
			uncharge(m->owner, m->charge);
		sock_unref(m->owner);
	}
	kfree(m);
}

void
msgs_free(struct nmsgq *q)
{
	struct nmsg *m;

	while ((m = TAILQ_FIRST(q)) != NULL) {
		TAILQ_REMOVE(q, m, link);
		msg_unref(m);
	}
}

/*
 * Wait until s has less than limit under way, then charge it.  The order of
 * checks is sock_alloc_send_pskb()'s.
 */
int
sock_charge(struct socket *s, size_t charge, size_t limit, ktime_t deadline)
{
	int err = 0;

	mutex_lock(&s->lock);
	for (;;) {
		err = sock_error(s);
		if (err == 0 && (s->shut & SHUT_W))
			err = -EPIPE;
		if (err || s->wmem < limit)
			break;
		err = sock_wait(&s->wq, &s->lock, deadline);
		if (err)
			break;
	}
	if (err == 0)
		s->wmem += charge;
	mutex_unlock(&s->lock);
	return err;
}

int
msg_fill(struct nmsg *m, struct uio *u)
{
	size_t done = 0;
	ssize_t n;

	while (done < m->len) {
		n = uio_get(u, m->data + done, m->len - done);
		if (n <= 0)
			return -EFAULT;
		done += (size_t)n;
	}
	return 0;
}

/*
 * Files and credentials of a call go with its first message.  Credentials are
 * those given with SCM_CREDENTIALS; if either end wants them they are the
 * sender's own otherwise.  Caller holds to's lock when he has queued it.
 */
void
msg_take_scm(struct nmsg *m, struct msgio *io, const struct socket *from, const struct socket *to)
{
	if (io->scm.fds != NULL) {
		m->scm.fds = io->scm.fds;
		io->scm.fds = NULL;
		unix_gc_inflight(m->scm.fds, 1);
	}
	if (io->scm.has_cred) {
		m->scm.has_cred = true;
		m->scm.pid = io->scm.pid;
		m->scm.uid = io->scm.uid;
		m->scm.gid = io->scm.gid;
	} else if ((sock_flag(from, SF_PASSCRED) || sock_flag(to, SF_PASSCRED)) && curthread != NULL) {
		m->scm.has_cred = true;
		m->scm.pid = curthread->proc->pid;
		m->scm.uid = curthread->cred->uid;
		m->scm.gid = curthread->cred->gid;
	}
}

/* The files of a message that is read are the reader's. */
static void
msg_give_fds(struct nmsg *m, struct msgio *io)
{
	if (m->scm.fds == NULL || io->scm.fds != NULL)
		return;
	io->scm.fds = m->scm.fds;
	m->scm.fds = NULL;
	unix_gc_inflight(io->scm.fds, -1);
}

/* --- queues --- */

void
sock_enqueue(struct socket *s, struct nmsg *m)
{
	m->queued = true;
	TAILQ_INSERT_TAIL(&s->rcvq, m, link);
	s->rcv_bytes += m->len;
	s->rcv_count++;
	sock_wake(s, EPOLLIN | EPOLLRDNORM | EPOLLRDBAND);
}

/* Off the queue; the queue's reference is the caller's. */
static void
sock_dequeue(struct socket *s, struct nmsg *m)
	REQUIRES(s->lock)
{
	m->queued = false;
	TAILQ_REMOVE(&s->rcvq, m, link);
	s->rcv_bytes -= m->len - m->off;
	s->rcv_count--;
}

void
sock_purge(struct socket *s, struct nmsgq *q)
{
	struct nmsg *m;

	while ((m = TAILQ_FIRST(&s->rcvq)) != NULL) {
		sock_dequeue(s, m);
		TAILQ_INSERT_TAIL(q, m, link);
	}
}

int
sock_read_enter(struct socket *s, ktime_t deadline)
{
	int err = 0;

	s->readers++;
	while (s->reading && err == 0)
		err = sock_wait(&s->wq, &s->lock, deadline);
	s->readers--;
	if (err == 0)
		s->reading = true;
	return err;
}

void
sock_read_leave(struct socket *s)
{
	s->reading = false;
	if (s->readers > 0)
		sock_wake(s, 0);
}

/* --- streams --- */

struct stream_read {
	size_t		left, got, target;
	ktime_t		deadline;
	bool		peek, have_cred;
	struct nmsg	*at;		/* peek: the last message looked at */
	size_t		skip;		/* SO_PEEK_OFF: bytes not to look at */
	struct nmsgq	done;		/* read messages, to be freed */
	int		cur;		/* of the uio at the start, to peek again */
	size_t		off, resid;
};

static bool
same_cred(const struct scm *a, const struct scm *b)
{
	return a->has_cred == b->has_cred && a->pid == b->pid && a->uid == b->uid && a->gid == b->gid;
}

/* Others may have read while a peek waited: it looks again from the start. */
static void
stream_rewind(struct msgio *io, struct stream_read *r)
{
	io->u->cur = r->cur;
	io->u->off = r->off;
	io->u->resid = r->resid;
	r->left += r->got;
	r->got = 0;
	r->at = NULL;
}

/* Nothing (more) to read: 0 look again, 1 the call ends, or -errno. */
static int
stream_wait(struct socket *s, struct msgio *io, const struct stream_ops *so, struct stream_read *r)
	REQUIRES(s->lock)
{
	int err;

	if (r->got >= r->target || (r->peek && r->got > 0 && so->unix_scm))
		return 1;
	err = so->empty(s, r->got > 0);
	if (err)
		return err;
	if (r->deadline == 0)
		return -EAGAIN;
	sock_read_leave(s);
	err = sock_wait(&s->wq, &s->lock, r->deadline);
	/* Whoever leaves has entered: the others only copy, it is soon done. */
	while (s->reading)
		(void)!waitq_wait_nointr(&s->wq, &s->lock, NEVER);
	s->reading = true;
	if (err == 0 && r->peek)
		stream_rewind(io, r);
	return err;
}

/* The message to read from now, NULL if there is none. */
static struct nmsg *
stream_next(struct socket *s, struct stream_read *r)
	REQUIRES(s->lock)
{
	struct nmsg *m;

	m = r->at != NULL ? TAILQ_NEXT(r->at, link) : TAILQ_FIRST(&s->rcvq);
	while (m != NULL && r->skip > 0 && r->skip >= m->len - m->off) {
		r->skip -= m->len - m->off;
		r->at = m;
		m = TAILQ_NEXT(m, link);
	}
	return m;
}

/* n bytes of m are read.  Its files are the caller's now.  True: read on. */
static bool
stream_consume(struct socket *s, struct msgio *io, struct stream_read *r, struct nmsg *m, size_t n)
	REQUIRES(s->lock)
{
	s->rcv_bytes -= n;
	m->off += n;
	if (s->opt.peek_off > 0)
		s->opt.peek_off = s->opt.peek_off > (int)n ? s->opt.peek_off - (int)n : 0;
	msg_give_fds(m, io);
	if (m->off < m->len)
		return false;
	sock_dequeue(s, m);
	TAILQ_INSERT_TAIL(&r->done, m, link);
	return io->scm.fds == NULL;
}

static bool
stream_peeked(struct socket *s, struct msgio *io, struct stream_read *r, struct nmsg *m, size_t n)
	REQUIRES(s->lock)
{
	if (s->opt.peek_off >= 0)
		s->opt.peek_off += (int)n;
	r->skip = 0;
	r->at = m;
	if (m->scm.fds != NULL && io->scm.fds == NULL)
		io->scm.fds = scm_fds_dup(m->scm.fds);
	return io->scm.fds == NULL;
}

/* One message, or a part: 1 read on, 0 the call ends, or -errno. */
static int
stream_piece(struct socket *s, struct msgio *io, const struct stream_ops *so,
    struct stream_read *r, struct nmsg *m)
	REQUIRES(s->lock)
{
	bool discard = so->trunc_discards && (io->flags & MSG_TRUNC), more;
	size_t n;
	ssize_t c;

	/* Messages of different writers are not glued. */
	if (r->have_cred && !same_cred(&m->scm, &io->scm))
		return 0;
	if (so->unix_scm && !r->have_cred && sock_flag(s, SF_PASSCRED)) {
		struct scm_fds *fds = io->scm.fds;

		io->scm = m->scm;
		io->scm.fds = fds;
		r->have_cred = true;
	}
	if (so->name != NULL && r->got == 0)
		so->name(s, io, m);
	n = min_of(m->len - m->off - r->skip, r->left);
	c = (ssize_t)n;
	if (n > 0 && !discard) {
		mutex_unlock(&s->lock);
		c = uio_put(io->u, m->data + m->off + r->skip, n);
		mutex_lock(&s->lock);
	}
	if (c < 0)
		return r->got > 0 ? 0 : (int)c;
	r->got += (size_t)c;
	r->left -= (size_t)c;
	if (r->peek)
		more = stream_peeked(s, io, r, m, (size_t)c);
	else
		more = stream_consume(s, io, r, m, (size_t)c);
	return more && (size_t)c == n && r->left > 0;
}

static int
stream_loop(struct socket *s, struct msgio *io, const struct stream_ops *so, struct stream_read *r)
	REQUIRES(s->lock)
{
	struct nmsg *m;
	int err;

	do {
		m = stream_next(s, r);
		if (m != NULL) {
			err = stream_piece(s, io, so, r, m);
			if (err <= 0)
				return err;
			continue;
		}
		err = stream_wait(s, io, so, r);
		if (err)
			return err > 0 ? 0 : err;
	} while (true);
}

ssize_t
stream_recv(struct socket *s, struct msgio *io, const struct stream_ops *so)
{
	struct stream_read r = {
		.left = io->u->resid, .peek = (io->flags & MSG_PEEK) != 0,
		.done = TAILQ_HEAD_INITIALIZER(r.done),
		.cur = io->u->cur, .off = io->u->off, .resid = io->u->resid,
	};
	int err;

	mutex_lock(&s->lock);
	r.target = r.left;
	if (!(io->flags & MSG_WAITALL))
		r.target = min_of(r.left, (size_t)s->opt.rcvlowat);
	if (r.target == 0)
		r.target = 1;
	if (r.peek && s->opt.peek_off > 0)
		r.skip = (size_t)s->opt.peek_off;
	r.deadline = sock_deadline(s->opt.rcvtimeo, (io->flags & MSG_DONTWAIT) != 0);
	err = sock_read_enter(s, r.deadline);
	if (err == 0) {
		err = stream_loop(s, io, so, &r);
		sock_read_leave(s);
	}
	mutex_unlock(&s->lock);
	msgs_free(&r.done);
	return r.got > 0 ? (ssize_t)r.got : err;
}

/* --- datagrams --- */

/* The next datagram, with a reference that is the caller's; waits. */
static int
dgram_take(struct socket *s, const struct stream_ops *so, bool peek, ktime_t deadline,
    struct nmsg **out)
	REQUIRES(s->lock)
{
	struct nmsg *m;
	int err;

	for (;;) {
		err = sock_error(s);
		if (err)
			return err;
		m = TAILQ_FIRST(&s->rcvq);
		if (m != NULL)
			break;
		/* Not being able to wait comes before having no reason to. */
		if (deadline == 0)
			return s->type == SOCK_SEQPACKET && (s->shut & SHUT_R) ? 1 : -EAGAIN;
		err = so->empty(s, false);
		if (err == 0)
			err = sock_wait(&s->wq, &s->lock, deadline);
		if (err)
			return err;
	}
	if (peek)
		m->refs++;
	else
		sock_dequeue(s, m);
	*out = m;
	return 0;
}

static void
dgram_scm(struct msgio *io, struct nmsg *m, bool peek)
{
	struct scm_fds *fds = m->scm.fds;

	io->scm = m->scm;
	io->scm.fds = NULL;
	if (fds == NULL)
		return;
	if (peek)
		io->scm.fds = scm_fds_dup(fds);
	else
		msg_give_fds(m, io);
}

ssize_t
dgram_recv(struct socket *s, struct msgio *io, const struct stream_ops *so)
{
	bool peek = (io->flags & MSG_PEEK) != 0;
	struct nmsg *m;
	size_t n, skip = 0;
	ssize_t r = 0;
	int err;

	mutex_lock(&s->lock);
	err = dgram_take(s, so, peek, sock_deadline(s->opt.rcvtimeo, (io->flags & MSG_DONTWAIT) != 0), &m);
	if (err) {
		mutex_unlock(&s->lock);
		return err > 0 ? 0 : err;
	}
	dgram_scm(io, m, peek);
	if (peek && s->opt.peek_off > 0)
		skip = min_of((size_t)s->opt.peek_off, m->len);
	mutex_unlock(&s->lock);
	if (so->name != NULL)
		so->name(s, io, m);
	n = min_of(m->len - skip, io->u->resid);
	if (n < m->len - skip)
		io->out_flags |= MSG_TRUNC;
	if (n > 0)
		r = uio_put(io->u, m->data + skip, n);
	if (r >= 0 && (size_t)r < n)
		r = -EFAULT;
	if (r >= 0 && (io->flags & MSG_TRUNC))
		r = (ssize_t)(m->len - skip);
	msg_unref(m);
	return r;
}
