/*
 * net_socket.c - sockets as objects and as files: life, the operations that
 * all families share.
 *
 * sock_release() runs when the last descriptor is gone.  It makes the socket
 * dead, lets the family leave its peer and its names, and throws away what was
 * not read.  Files under way in that are put by file_put_later(): a chain of
 * sockets, each with the next one in its queue, must not become a chain of C
 * stack frames.
 */
#include "vkern/net_impl.h"

#include <sys/ioctl.h>

#include "vksup/net.h"

#define K_SIOCINQ	0x541bu
#define K_SIOCOUTQ	0x5411u
#define K_FIOSETOWN	0x8901u
#define K_SIOCSPGRP	0x8902u
#define K_FIOGETOWN	0x8903u
#define K_SIOCGPGRP	0x8904u

/* --- state of the kernel --- */

struct net_state *
net_state(void)
{
	struct net_state *ns = __atomic_load_n(&vk->net, __ATOMIC_ACQUIRE), *none = NULL;

	if (ns != NULL)
		return ns;
	ns = xcalloc(1, sizeof(*ns));
	mutex_init(&ns->lock, RANK_LEAF);
	mutex_init(&ns->gc_lock, RANK_LEAF);
	ns->ephemeral = 32768;
	if (__atomic_compare_exchange_n(&vk->net, &none, ns, false,
	    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return ns;
	kfree(ns);
	return none;
}

void
net_fini(void)
{
	struct net_state *ns = vk->net;

	if (ns == NULL)
		return;
	/* There may have been no memory for it when it was time. */
	unix_gc();
	fs_reap();
	vk->net = NULL;
	mutex_destroy(&ns->lock);
	mutex_destroy(&ns->gc_lock);
	kfree(ns);
}

/* --- life --- */

struct socket *
sock_new(const struct sock_ops *ops, int family, int type, int protocol)
{
	struct socket *s = xcalloc(1, sizeof(*s));

	s->refs = 1;
	s->ops = ops;
	s->family = family;
	s->type = type;
	s->protocol = protocol;
	mutex_init(&s->lock, RANK_OBJ);
	waitq_init(&s->wq);
	TAILQ_INIT(&s->rcvq);
	TAILQ_INIT(&s->acceptq);
	sock_opts_init(s);
	return s;
}

void
sock_unref(struct socket *s)
{
	if (--s->refs != 0)
		return;
	KASSERT(TAILQ_EMPTY(&s->rcvq));
	if (s->ops->destroy != NULL)
		s->ops->destroy(s);
	if (s->peer_cred != NULL)
		cred_put(s->peer_cred);
	waitq_destroy(&s->wq);
	mutex_destroy(&s->lock);
	kfree(s);
}

/* Files whose turn to be put comes when the put under way is over. */
struct later {
	SLIST_ENTRY(later) link;
	struct file	*file;
};
static __thread SLIST_HEAD(, later) later_list = SLIST_HEAD_INITIALIZER(later_list);
static __thread bool later_active;

void
file_put_later(struct file *f)
{
	struct later *l = xcalloc(1, sizeof(*l));

	l->file = f;
	SLIST_INSERT_HEAD(&later_list, l, link);
	if (later_active)
		return;
	later_active = true;
	while ((l = SLIST_FIRST(&later_list)) != NULL) {
		SLIST_REMOVE_HEAD(&later_list, link);
		f = l->file;
		kfree(l);
		file_put(f);
	}
	later_active = false;
}

void
sock_release(struct socket *s)
{
	struct nmsgq q = TAILQ_HEAD_INITIALIZER(q);

	mutex_lock(&s->lock);
	s->dead = true;
	s->shut = SHUT_ALL;
	s->file = NULL;
	sock_wake(s, EPOLLHUP);
	mutex_unlock(&s->lock);
	s->ops->release(s);
	mutex_lock(&s->lock);
	sock_purge(s, &q);
	mutex_unlock(&s->lock);
	msgs_free(&q);
	sock_unref(s);
}

int
sock_create(int family, int type, int protocol, struct socket **out)
{
	if (family < 0 || family >= 46)
		return -EAFNOSUPPORT;
	if (type < 0 || type >= 11)
		return -EINVAL;
	switch (family) {
	case AF_UNIX:
		return unix_create(type, protocol, out);
	case AF_INET:
	case AF_INET6:
		return inet_create(family, type, protocol, out);
	case AF_NETLINK:
		return netlink_create(type, protocol, out);
	default:
		return -EAFNOSUPPORT;
	}
}

/* --- small things --- */

NO_TSA void
sock_lock_two(struct socket *a, struct socket *b)
{
	struct socket *first = a < b ? a : b;

	mutex_lock(&first->lock);
	if (a != b)
		mutex_lock_same(&(first == a ? b : a)->lock);
}

NO_TSA void
sock_unlock_two(struct socket *a, struct socket *b)
{
	mutex_unlock(&a->lock);
	if (a != b)
		mutex_unlock(&b->lock);
}

/*
 * A call that had a limit is not restarted after a signal: it would begin to
 * wait anew.
 */
int
sock_wait(struct waitq *wq, struct mutex *m, ktime_t deadline)
{
	int err;

	if (deadline == 0)
		return -EAGAIN;
	err = waitq_wait(wq, m, deadline);
	if (err == -ETIMEDOUT)
		return -EAGAIN;
	if (err == -ERESTARTSYS && deadline != NEVER)
		return -EINTR;
	return err;
}

ktime_t
sock_deadline(int64_t timeo, bool nowait)
{
	if (nowait)
		return 0;
	return timeo == 0 ? NEVER : ktime_after(timeo);
}

int
sock_error(struct socket *s)
{
	int err = s->err;

	s->err = 0;
	return -err;
}

void
sock_wake(struct socket *s, unsigned events)
{
	waitq_wake_all(&s->wq, events);
}

void
sock_peercred_copy(struct socket *to, struct cred *c, int pid)
{
	struct cred *old = to->peer_cred;

	to->peer_cred = c != NULL ? cred_ref(c) : NULL;
	to->peer_pid = pid;
	if (old != NULL)
		cred_put(old);
}

void
sock_peercred_current(struct socket *s)
{
	sock_peercred_copy(s, curthread->cred, curthread->proc->pid);
}

/* --- the file --- */

static ssize_t
socket_read(struct file *f, struct uio *u, int64_t *pos)
{
	struct socket *s = f->priv;
	struct msgio io = { .u = u, .flags = file_nowait(f, u) ? MSG_DONTWAIT : 0, .no_control = true };
	ssize_t n;

	(void)pos;
	if (u->resid == 0)
		return 0;
	n = s->ops->recv(s, &io);
	scm_free(&io.scm);
	return n;
}

static ssize_t
socket_write(struct file *f, struct uio *u, int64_t *pos)
{
	struct socket *s = f->priv;
	struct msgio io = { .u = u, .flags = file_nowait(f, u) ? MSG_DONTWAIT : 0 };

	(void)pos;
	return s->ops->send(s, &io);
}

static unsigned
socket_poll(struct file *f, struct poll_table *pt)
{
	struct socket *s = f->priv;

	poll_wait(pt, f, &s->wq);
	return s->ops->poll(s);
}

static long
socket_owner(struct file *f, unsigned cmd, unsigned long arg)
{
	uint32_t v;

	if (cmd == K_FIOGETOWN || cmd == K_SIOCGPGRP) {
		v = (uint32_t)(f->owner_type == F_OWNER_PGRP ? -f->owner_pid : f->owner_pid);
		return copyout_u32(ga(arg), v);
	}
	if (copyin_u32(ga(arg), &v))
		return -EFAULT;
	if ((int)v == INT32_MIN)
		return -EINVAL;
	f->owner_type = (int)v < 0 ? F_OWNER_PGRP : F_OWNER_PID;
	f->owner_pid = (int)v < 0 ? -(int)v : (int)v;
	return 0;
}

/* Bytes to read now: of a stream all, of datagrams the first. */
static long
socket_inq(struct socket *s, unsigned long arg)
{
	struct nmsg *m;
	size_t n;

	mutex_lock(&s->lock);
	if (s->state == SK_LISTEN) {
		mutex_unlock(&s->lock);
		return -EINVAL;
	}
	m = TAILQ_FIRST(&s->rcvq);
	n = s->type == SOCK_DGRAM ? (m != NULL ? m->len : 0) : s->rcv_bytes;
	mutex_unlock(&s->lock);
	return copyout_u32(ga(arg), (uint32_t)n);
}

static long
socket_outq(struct socket *s, unsigned long arg)
{
	bool listens;
	size_t n;

	mutex_lock(&s->lock);
	listens = s->state == SK_LISTEN && s->family != AF_UNIX;
	/* What is sent to the loopback has been received. */
	n = s->family == AF_UNIX ? s->wmem : 0;
	mutex_unlock(&s->lock);
	if (listens)
		return -EINVAL;
	return copyout_u32(ga(arg), (uint32_t)n);
}

static long
socket_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct socket *s = f->priv;
	long r = -ENOTTY;

	switch (cmd) {
	case K_FIOSETOWN:
	case K_SIOCSPGRP:
	case K_FIOGETOWN:
	case K_SIOCGPGRP:
		return socket_owner(f, cmd, arg);
	case K_SIOCINQ:
		return socket_inq(s, arg);
	case K_SIOCOUTQ:
		return socket_outq(s, arg);
	default:
		if (s->ops->ioctl != NULL)
			r = s->ops->ioctl(s, cmd, arg);
		return r == -ENOTTY ? netif_ioctl(cmd, arg) : r;
	}
}

static void
socket_file_release(struct file *f)
{
	sock_release(f->priv);
}

static const struct file_ops socket_ops = {
	.name = "socket", .read = socket_read, .write = socket_write, .poll = socket_poll,
	.ioctl = socket_ioctl, .release = socket_file_release,
};

struct file *
sock_file(struct socket *s, unsigned flags)
{
	struct inode *ino = anon_inode(S_IFSOCK | 0777, "socket:[%lu]");
	struct file *f;

	f = file_alloc(&socket_ops, NULL, ino, O_RDWR | (flags & O_NONBLOCK));
	f->mode = (f->mode & ~FMODE_SEEK) | FMODE_STREAM | FMODE_NOWAIT;
	f->priv = s;
	inode_put(ino);
	mutex_lock(&s->lock);
	s->file = f;
	mutex_unlock(&s->lock);
	return f;
}

struct socket *
file_socket(struct file *f)
{
	return f->ops == &socket_ops ? f->priv : NULL;
}
