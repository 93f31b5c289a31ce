/*
 * sys_net.c - the handlers of the socket calls: descriptors, addresses and
 * headers in and out; the rest is the families' (net_*.c).
 *
 * The order of errors is Linux's net/socket.c: the descriptor, then addresses,
 * headers and control messages as they are copied in, then the family.
 */
#include "abi/abi.h"
#include "vkern/file_impl.h"
#include "vkern/net_impl.h"

#include <string.h>
#include <time.h>

#define TYPE_MASK	0xf
#define SOMAXCONN_	4096
#define IOV_MAX_	1024

/* --- descriptors and addresses --- */

/* The socket of a descriptor; *f is a reference to put when done. */
static int
sock_get(int fd, struct file **f, struct socket **s)
{
	*f = file_get(fd);
	if (*f == NULL)
		return -EBADF;
	*s = file_socket(*f);
	if (*s != NULL)
		return 0;
	file_put(*f);
	return -ENOTSOCK;
}

static int
addr_in(struct sockaddr_storage *a, gaddr_t from, int len)
{
	memset(a, 0, sizeof(*a));
	if (len < 0 || len > (int)sizeof(*a))
		return -EINVAL;
	return len > 0 ? copyin(a, from, (size_t)len) : 0;
}

/* klen: what there is; the guest's length says how much it wants. */
static int
addr_out(const struct sockaddr_storage *a, int klen, gaddr_t to, gaddr_t lenp)
{
	uint32_t v;
	int len;

	if (copyin_u32(lenp, &v))
		return -EFAULT;
	len = (int)v;
	if (len > klen)
		len = klen;
	if (len < 0)
		return -EINVAL;
	if (len > 0 && copyout(to, a, (size_t)len))
		return -EFAULT;
	return copyout_u32(lenp, (uint32_t)klen);
}

static long
sock_install(struct socket *s, unsigned flags)
{
	return fd_install_or_put(sock_file(s, flags & SOCK_NONBLOCK ? O_NONBLOCK : 0),
	    (flags & SOCK_CLOEXEC) != 0);
}

/* --- making sockets --- */

long
sys_socket(struct thread *t, struct socket_args *a)
{
	unsigned flags = (unsigned)a->type & ~(unsigned)TYPE_MASK;
	struct socket *s;
	int err;

	(void)t;
	if (flags & ~(unsigned)(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	err = sock_create(a->domain, (int)a->type & TYPE_MASK, a->protocol, &s);
	return err ? err : sock_install(s, flags);
}

static long
pair_install(struct socket *s[2], unsigned flags, gaddr_t sv)
{
	uint32_t fd[2];
	long r;

	r = sock_install(s[0], flags);
	if (r < 0) {
		sock_release(s[1]);
		return r;
	}
	fd[0] = (uint32_t)r;
	r = sock_install(s[1], flags);
	if (r < 0) {
		(void)!fd_close((int)fd[0]);
		return r;
	}
	fd[1] = (uint32_t)r;
	if (copyout(sv, fd, sizeof(fd)) == 0)
		return 0;
	(void)!fd_close((int)fd[0]);
	(void)!fd_close((int)fd[1]);
	return -EFAULT;
}

long
sys_socketpair(struct thread *t, struct socketpair_args *a)
{
	unsigned flags = (unsigned)a->type & ~(unsigned)TYPE_MASK;
	struct socket *s[2];
	uint32_t probe[2];
	int err;

	(void)t;
	if (flags & ~(unsigned)(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	/* Linux takes and writes the numbers before it makes the sockets. */
	err = fd_room();
	if (err)
		return err;
	if (copyin(probe, a->sv, sizeof(probe)) || copyout(a->sv, probe, sizeof(probe)))
		return -EFAULT;
	err = sock_create(a->domain, (int)a->type & TYPE_MASK, a->protocol, &s[0]);
	if (err)
		return err;
	err = sock_create(a->domain, (int)a->type & TYPE_MASK, a->protocol, &s[1]);
	if (err == 0 && a->domain != AF_UNIX) {
		sock_release(s[1]);
		err = -EOPNOTSUPP;
	}
	if (err) {
		sock_release(s[0]);
		return err;
	}
	unix_pair(s[0], s[1]);
	return pair_install(s, flags, a->sv);
}

/* --- names --- */

long
sys_bind(struct thread *t, struct bind_args *a)
{
	struct sockaddr_storage addr;
	struct socket *s;
	struct file *f;
	long err;

	(void)t;
	err = sock_get(a->sockfd, &f, &s);
	if (err)
		return err;
	err = addr_in(&addr, a->addr, a->addrlen);
	if (err == 0)
		err = s->ops->bind(s, &addr, a->addrlen);
	file_put(f);
	return err;
}

long
sys_connect(struct thread *t, struct connect_args *a)
{
	struct sockaddr_storage addr;
	struct socket *s;
	struct file *f;
	long err;

	(void)t;
	f = file_get(a->sockfd);
	if (f == NULL)
		return -EBADF;
	err = addr_in(&addr, a->addr, a->addrlen);
	s = file_socket(f);
	if (err == 0 && s == NULL)
		err = -ENOTSOCK;
	if (err == 0)
		err = s->ops->connect(s, &addr, a->addrlen, file_nonblock(f));
	file_put(f);
	return err;
}

long
sys_listen(struct thread *t, struct listen_args *a)
{
	struct socket *s;
	struct file *f;
	long err;

	(void)t;
	err = sock_get(a->sockfd, &f, &s);
	if (err)
		return err;
	err = s->ops->listen(s, (unsigned)a->backlog > SOMAXCONN_ ? SOMAXCONN_ : a->backlog);
	file_put(f);
	return err;
}

static long
accept_on(struct file *f, gaddr_t addr, gaddr_t lenp, unsigned flags)
{
	struct sockaddr_storage name;
	struct socket *s = file_socket(f), *child;
	int err, n;

	err = fd_room();
	if (err == 0 && s == NULL)
		err = -ENOTSOCK;
	if (err)
		return err;
	err = s->ops->accept(s, file_nonblock(f), &child);
	if (err)
		return err;
	if (!ga_null(addr)) {
		n = child->ops->getname(child, &name, true);
		err = n < 0 ? -ECONNABORTED : addr_out(&name, n, addr, lenp);
		if (err) {
			sock_release(child);
			return err;
		}
	}
	return sock_install(child, flags);
}

static long
do_accept(int fd, gaddr_t addr, gaddr_t lenp, unsigned flags)
{
	struct file *f;
	long r;

	f = file_get(fd);
	if (f == NULL)
		return -EBADF;
	if (flags & ~(unsigned)(SOCK_CLOEXEC | SOCK_NONBLOCK))
		r = -EINVAL;
	else
		r = accept_on(f, addr, lenp, flags);
	file_put(f);
	return r;
}

long
sys_accept(struct thread *t, struct accept_args *a)
{
	(void)t;
	return do_accept(a->sockfd, a->addr, a->addrlen, 0);
}

long
sys_accept4(struct thread *t, struct accept4_args *a)
{
	(void)t;
	return do_accept(a->sockfd, a->addr, a->addrlen, (unsigned)a->flags);
}

static long
get_name(int fd, gaddr_t addr, gaddr_t lenp, bool peer)
{
	struct sockaddr_storage name;
	struct socket *s;
	struct file *f;
	long r;

	r = sock_get(fd, &f, &s);
	if (r)
		return r;
	r = s->ops->getname(s, &name, peer);
	if (r >= 0)
		r = addr_out(&name, (int)r, addr, lenp);
	file_put(f);
	return r;
}

long
sys_getsockname(struct thread *t, struct getsockname_args *a)
{
	(void)t;
	return get_name(a->sockfd, a->addr, a->addrlen, false);
}

long
sys_getpeername(struct thread *t, struct getpeername_args *a)
{
	(void)t;
	return get_name(a->sockfd, a->addr, a->addrlen, true);
}

long
sys_shutdown(struct thread *t, struct shutdown_args *a)
{
	struct socket *s;
	struct file *f;
	long err;

	(void)t;
	err = sock_get(a->sockfd, &f, &s);
	if (err)
		return err;
	err = s->ops->shutdown(s, a->how);
	file_put(f);
	return err;
}

/* --- options --- */

long
sys_setsockopt(struct thread *t, struct setsockopt_args *a)
{
	struct socket *s;
	struct file *f;
	long err;

	(void)t;
	err = sock_get(a->sockfd, &f, &s);
	if (err)
		return err;
	if (a->optlen < 0)
		err = -EINVAL;
	else if (a->level == SOL_SOCKET)
		err = sock_setopt(s, a->optname, a->optval, a->optlen);
	else if (s->ops->setopt == NULL)
		err = -EOPNOTSUPP;
	else
		err = s->ops->setopt(s, a->level, a->optname, a->optval, a->optlen);
	file_put(f);
	return err;
}

long
sys_getsockopt(struct thread *t, struct getsockopt_args *a)
{
	struct socket *s;
	struct file *f;
	long err;

	(void)t;
	err = sock_get(a->sockfd, &f, &s);
	if (err)
		return err;
	if (a->level == SOL_SOCKET)
		err = sock_getopt(s, a->optname, a->optval, a->optlen);
	else if (s->ops->getopt == NULL)
		err = -EOPNOTSUPP;
	else
		err = s->ops->getopt(s, a->level, a->optname, a->optval, a->optlen);
	file_put(f);
	return err;
}

/* --- plain sends and receives --- */

static unsigned
call_flags(const struct file *f, uint64_t flags)
{
	return (unsigned)flags | (file_nonblock(f) ? MSG_DONTWAIT : 0);
}

long
sys_sendto(struct thread *t, struct sendto_args *a)
{
	struct msgio io = { 0 };
	struct socket *s;
	struct file *f;
	struct uio u;
	long r;

	(void)t;
	if (!guest_range_ok(a->buf, a->len))
		return -EFAULT;
	r = sock_get(a->sockfd, &f, &s);
	if (r)
		return r;
	if (!ga_null(a->dest_addr)) {
		r = addr_in(&io.name, a->dest_addr, a->addrlen);
		io.namelen = a->addrlen;
	}
	if (r == 0) {
		uio_guest(&u, a->buf, min_of(a->len, (size_t)MAX_RW_COUNT));
		io.u = &u;
		io.flags = call_flags(f, a->flags);
		r = s->ops->send(s, &io);
	}
	file_put(f);
	return r;
}

long
sys_recvfrom(struct thread *t, struct recvfrom_args *a)
{
	struct msgio io = { .no_control = true };
	struct socket *s;
	struct file *f;
	struct uio u;
	long r;
	int err;

	(void)t;
	if (!guest_range_ok(a->buf, a->len))
		return -EFAULT;
	r = sock_get(a->sockfd, &f, &s);
	if (r)
		return r;
	uio_guest(&u, a->buf, min_of(a->len, (size_t)MAX_RW_COUNT));
	io.u = &u;
	io.flags = call_flags(f, a->flags);
	r = s->ops->recv(s, &io);
	scm_free(&io.scm);
	if (r >= 0 && !ga_null(a->src_addr)) {
		err = addr_out(&io.name, io.namelen, a->src_addr, a->addrlen);
		if (err)
			r = err;
	}
	file_put(f);
	return r;
}

/* --- messages --- */

/* Header of a message, its name (when sending) and its segments. */
static int
msg_in(struct msgio *io, struct uio *u, struct k_msghdr *h, gaddr_t msg, bool send)
{
	int err;

	if (copyin(h, msg, sizeof(*h)))
		return -EFAULT;
	if (h->name == 0)
		h->namelen = 0;
	if (h->namelen < 0)
		return -EINVAL;
	if (h->namelen > (int)sizeof(io->name))
		h->namelen = sizeof(io->name);
	if (send && h->namelen > 0) {
		err = addr_in(&io->name, ga(h->name), h->namelen);
		if (err)
			return err;
		io->namelen = h->namelen;
	}
	if (h->iovlen > IOV_MAX_)
		return -EMSGSIZE;
	err = uio_from_iovec(u, ga(h->iov), h->iovlen);
	io->u = u;
	return err;
}

/* The control messages of a send. */
static int
control_in(struct socket *s, struct msgio *io, const struct k_msghdr *h)
{
	void *ctl;
	int err;

	if (h->controllen > INT32_MAX)
		return -ENOBUFS;
	if (h->controllen == 0)
		return 0;
	if (h->controllen > 131072)
		return -ENOBUFS;
	ctl = kalloc(h->controllen);
	if (ctl == NULL)
		return -ENOBUFS;
	io->controllen = h->controllen;
	err = copyin(ctl, ga(h->control), h->controllen);
	if (err == 0)
		err = scm_send(s, io, ctl, h->controllen);
	kfree(ctl);
	return err;
}

static long
send_msg(struct file *f, struct socket *s, gaddr_t msg, uint64_t flags)
{
	struct msgio io = { .flags = call_flags(f, flags) };
	struct k_msghdr h;
	struct uio u;
	long r;

	r = msg_in(&io, &u, &h, msg, true);
	if (r)
		return r;
	r = control_in(s, &io, &h);
	if (r == 0)
		r = s->ops->send(s, &io);
	scm_free(&io.scm);
	uio_free(&u);
	return r;
}

/* What a receive has found out goes into the guest's header. */
static int
msg_out(struct socket *s, struct msgio *io, const struct k_msghdr *h, gaddr_t msg)
{
	size_t used = h->controllen;
	int err = 0;

	scm_recv(s, io, ga(h->control), &used, (io->flags & MSG_CMSG_CLOEXEC) != 0);
	if (h->name != 0)
		err = addr_out(&io->name, io->namelen, ga(h->name),
		    ga_add(msg, offsetof(struct k_msghdr, namelen)));
	io->out_flags |= io->flags & MSG_CMSG_CLOEXEC;
	if (err == 0 && (copyout_u32(ga_add(msg, offsetof(struct k_msghdr, flags)), io->out_flags) ||
	    copyout_u64(ga_add(msg, offsetof(struct k_msghdr, controllen)), used)))
		err = -EFAULT;
	return err;
}

static long
recv_msg(struct file *f, struct socket *s, gaddr_t msg, uint64_t flags)
{
	struct msgio io = { .flags = call_flags(f, flags) };
	struct k_msghdr h;
	struct uio u;
	long r;
	int err;

	r = msg_in(&io, &u, &h, msg, false);
	if (r)
		return r;
	r = s->ops->recv(s, &io);
	if (r >= 0) {
		err = msg_out(s, &io, &h, msg);
		if (err)
			r = err;
	}
	scm_free(&io.scm);
	uio_free(&u);
	return r;
}

long
sys_sendmsg(struct thread *t, struct sendmsg_args *a)
{
	struct socket *s;
	struct file *f;
	long r;

	(void)t;
	if (a->flags & K_MSG_CMSG_COMPAT)
		return -EINVAL;
	r = sock_get(a->sockfd, &f, &s);
	if (r)
		return r;
	r = send_msg(f, s, a->msg, a->flags);
	file_put(f);
	return r;
}

long
sys_recvmsg(struct thread *t, struct recvmsg_args *a)
{
	struct socket *s;
	struct file *f;
	long r;

	(void)t;
	if (a->flags & K_MSG_CMSG_COMPAT)
		return -EINVAL;
	r = sock_get(a->sockfd, &f, &s);
	if (r)
		return r;
	r = recv_msg(f, s, a->msg, a->flags);
	file_put(f);
	return r;
}

/* --- many messages --- */

static gaddr_t
mmsg_at(gaddr_t vec, unsigned i)
{
	return ga_add(vec, (uint64_t)i * sizeof(struct k_mmsghdr));
}

static int
mmsg_len(gaddr_t vec, unsigned i, long n)
{
	return copyout_u32(ga_add(mmsg_at(vec, i), offsetof(struct k_mmsghdr, len)), (uint32_t)n);
}

long
sys_sendmmsg(struct thread *t, struct sendmmsg_args *a)
{
	unsigned i, n = min_of(a->vlen, (unsigned)IOV_MAX_);
	struct socket *s;
	struct file *f;
	long r;

	(void)t;
	if (a->flags & K_MSG_CMSG_COMPAT)
		return -EINVAL;
	r = sock_get(a->sockfd, &f, &s);
	if (r)
		return r;
	for (i = 0; i < n; i++) {
		r = send_msg(f, s, mmsg_at(a->msgvec, i), a->flags);
		if (r >= 0)
			r = mmsg_len(a->msgvec, i, r);
		if (r < 0)
			break;
	}
	file_put(f);
	return i > 0 ? (long)i : r;
}

/* The time limit is looked at after each message, as Linux does. */
static long
recv_many(struct file *f, struct socket *s, const struct recvmmsg_args *a, ktime_t deadline,
    unsigned *done)
{
	uint64_t flags = a->flags & ~(uint64_t)MSG_WAITFORONE;
	unsigned i;
	long r = 0;

	for (i = 0; i < a->vlen; i++) {
		r = recv_msg(f, s, mmsg_at(a->msgvec, i), flags);
		if (r >= 0)
			r = mmsg_len(a->msgvec, i, r);
		if (r < 0)
			break;
		if (a->flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if (deadline != NEVER && ktime_now() >= deadline) {
			i++;
			break;
		}
	}
	*done = i;
	return r;
}

static int
timeout_in(gaddr_t from, ktime_t *deadline)
{
	struct timespec ts;

	*deadline = NEVER;
	if (ga_null(from))
		return 0;
	if (copyin(&ts, from, sizeof(ts)))
		return -EFAULT;
	if (ts.tv_sec < 0 || ts.tv_nsec < 0 || ts.tv_nsec >= NSEC_PER_SEC)
		return -EINVAL;
	if (ts.tv_sec < INT64_MAX / NSEC_PER_SEC - 1)
		*deadline = ktime_after(ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec);
	return 0;
}

static int
timeout_out(gaddr_t to, ktime_t deadline)
{
	int64_t left = deadline - ktime_now();
	struct timespec ts;

	if (ga_null(to) || deadline == NEVER)
		return 0;
	if (left < 0)
		left = 0;
	ts.tv_sec = left / NSEC_PER_SEC;
	ts.tv_nsec = left % NSEC_PER_SEC;
	return copyout(to, &ts, sizeof(ts));
}

long
sys_recvmmsg(struct thread *t, struct recvmmsg_args *a)
{
	struct socket *s;
	struct file *f;
	ktime_t deadline;
	unsigned n = 0;
	long r;

	(void)t;
	if (a->flags & K_MSG_CMSG_COMPAT)
		return -EINVAL;
	r = timeout_in(a->timeout, &deadline);
	if (r == 0)
		r = sock_get(a->sockfd, &f, &s);
	if (r)
		return r;
	mutex_lock(&s->lock);
	r = sock_error(s);
	mutex_unlock(&s->lock);
	if (r == 0)
		r = recv_many(f, s, a, deadline, &n);
	if (n > 0 && r < 0 && r != -EAGAIN && r != -ERESTARTSYS && r != -EINTR && r != -EFAULT) {
		/* The error is for the next call. */
		mutex_lock(&s->lock);
		s->err = (int)-r;
		mutex_unlock(&s->lock);
	}
	file_put(f);
	if (n == 0)
		return r;
	if (timeout_out(a->timeout, deadline))
		return -EFAULT;
	return (long)n;
}
