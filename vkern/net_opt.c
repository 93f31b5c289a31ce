/*
 * net_opt.c - socket options of level SOL_SOCKET, in the order of checks of
 * Linux's sk_setsockopt() and sk_getsockopt().
 */
#include "vkern/net_impl.h"

#include <string.h>
#include <sys/time.h>

#define MEM_DEFAULT	212992u
#define MEM_MAX		4194304u
#define SNDBUF_MIN	4608u
#define RCVBUF_MIN	2304u

/* Options that <sys/socket.h> of Debian 12 does not have, or has in two forms. */
#define K_SO_RCVTIMEO	20
#define K_SO_SNDTIMEO	21
#define K_SO_TIMESTAMP	29
#define K_SO_TIMESTAMPNS 35
#define K_SO_TIMESTAMP_NEW 63
#define K_SO_TIMESTAMPNS_NEW 64
#define K_SO_RCVTIMEO_NEW 66
#define K_SO_SNDTIMEO_NEW 67
#define K_SO_RESERVE_MEM 73

void
sock_opts_init(struct socket *s)
{
	s->opt = (struct sock_opts){
		.sndbuf = MEM_DEFAULT, .rcvbuf = MEM_DEFAULT, .rcvlowat = 1, .linger = -1,
		.peek_off = -1,
	};
}

void
sock_opts_inherit(struct socket *child, const struct socket *parent)
{
	child->opt = parent->opt;
	child->opt.peek_off = -1;
}

/* --- get --- */

int
sockopt_put(const void *v, int n, gaddr_t val, gaddr_t len)
{
	uint32_t room;

	if (copyin_u32(len, &room))
		return -EFAULT;
	if ((int)room < 0)
		return -EINVAL;
	if ((int)room < n)
		n = (int)room;
	if (copyout(val, v, (size_t)n) || copyout_u32(len, (uint32_t)n))
		return -EFAULT;
	return 0;
}

struct flag_opt {
	int		name;
	uint32_t	flag;
};
static const struct flag_opt flag_opts[] = {
	{ SO_DEBUG, SF_DEBUG }, { SO_REUSEADDR, SF_REUSEADDR }, { SO_REUSEPORT, SF_REUSEPORT },
	{ SO_KEEPALIVE, SF_KEEPALIVE }, { SO_BROADCAST, SF_BROADCAST },
	{ SO_OOBINLINE, SF_OOBINLINE }, { SO_DONTROUTE, SF_DONTROUTE },
	{ SO_NO_CHECK, SF_NO_CHECK }, { K_SO_TIMESTAMP, SF_TIMESTAMP },
	{ K_SO_TIMESTAMPNS, SF_TIMESTAMPNS }, { K_SO_TIMESTAMP_NEW, SF_TIMESTAMP },
	{ K_SO_TIMESTAMPNS_NEW, SF_TIMESTAMPNS }, { SO_RXQ_OVFL, SF_RXQ_OVFL },
	{ SO_PASSCRED, SF_PASSCRED }, { SO_PASSSEC, SF_PASSSEC }, { SO_ZEROCOPY, SF_ZEROCOPY },
	{ SO_LOCK_FILTER, SF_LOCK_FILTER },
};

static const struct flag_opt *
flag_opt(int name)
{
	size_t i;

	for (i = 0; i < nitems(flag_opts); i++)
		if (flag_opts[i].name == name)
			return &flag_opts[i];
	return NULL;
}

static bool
is_inet(const struct socket *s)
{
	return s->family == AF_INET || s->family == AF_INET6;
}

/* Options whose value is an int. */
static int
get_int(struct socket *s, int name, int *v)
	REQUIRES(s->lock)
{
	const struct flag_opt *fo = flag_opt(name);

	if (fo != NULL) {
		if ((fo->flag & (SF_PASSCRED | SF_PASSSEC)) && is_inet(s))
			return -EOPNOTSUPP;
		*v = sock_flag(s, fo->flag);
		return 0;
	}
	switch (name) {
	case SO_SNDBUF: *v = (int)s->opt.sndbuf; return 0;
	case SO_RCVBUF: *v = (int)s->opt.rcvbuf; return 0;
	case SO_TYPE: *v = s->type; return 0;
	case SO_PROTOCOL: *v = s->protocol; return 0;
	case SO_DOMAIN: *v = s->family; return 0;
	case SO_ERROR: *v = -sock_error(s); return 0;
	case SO_PRIORITY: *v = s->opt.priority; return 0;
	case SO_RCVLOWAT: *v = s->opt.rcvlowat; return 0;
	case SO_SNDLOWAT: *v = 1; return 0;
	case SO_ACCEPTCONN: *v = s->state == SK_LISTEN; return 0;
	case SO_MARK: *v = s->opt.mark; return 0;
	case SO_PEEK_OFF:
		if (s->family == AF_NETLINK || (is_inet(s) && s->type == SOCK_RAW))
			return -EOPNOTSUPP;
		*v = s->opt.peek_off;
		return 0;
	case SO_BSDCOMPAT:
	case SO_BUSY_POLL:
	case SO_INCOMING_CPU:
	case SO_SELECT_ERR_QUEUE:
	case SO_WIFI_STATUS:
	case SO_NOFCS:
	case K_SO_RESERVE_MEM: *v = 0; return 0;
	default: return -ENOPROTOOPT;
	}
}

static int
get_linger(struct socket *s, gaddr_t val, gaddr_t len)
{
	struct linger l = { 0, 0 };

	mutex_lock(&s->lock);
	if (s->opt.linger >= 0)
		l = (struct linger){ 1, s->opt.linger };
	mutex_unlock(&s->lock);
	return sockopt_put(&l, sizeof(l), val, len);
}

static int
get_timeo(struct socket *s, bool send, gaddr_t val, gaddr_t len)
{
	struct timeval tv;
	int64_t ns;

	mutex_lock(&s->lock);
	ns = send ? s->opt.sndtimeo : s->opt.rcvtimeo;
	mutex_unlock(&s->lock);
	tv.tv_sec = ns / NSEC_PER_SEC;
	tv.tv_usec = ns % NSEC_PER_SEC / 1000;
	return sockopt_put(&tv, sizeof(tv), val, len);
}

static int
get_peercred(struct socket *s, gaddr_t val, gaddr_t len)
{
	struct ucred uc = { 0, ~0u, ~0u };

	mutex_lock(&s->lock);
	if (s->peer_cred != NULL)
		uc = (struct ucred){ s->peer_pid, s->peer_cred->euid, s->peer_cred->egid };
	mutex_unlock(&s->lock);
	return sockopt_put(&uc, sizeof(uc), val, len);
}

static int
get_peergroups(struct socket *s, gaddr_t val, gaddr_t len)
{
	struct cred *c;
	uint32_t room;
	int err = 0;
	size_t n;

	mutex_lock(&s->lock);
	c = s->peer_cred != NULL ? cred_ref(s->peer_cred) : NULL;
	mutex_unlock(&s->lock);
	if (c == NULL)
		return -ENODATA;
	n = (size_t)c->ngroups * 4;
	if (copyin_u32(len, &room))
		err = -EFAULT;
	else if (room < n)
		err = copyout_u32(len, (uint32_t)n) ? -EFAULT : -ERANGE;
	else if (copyout(val, c->groups, n) || copyout_u32(len, (uint32_t)n))
		err = -EFAULT;
	cred_put(c);
	return err;
}

static int
get_peername(struct socket *s, gaddr_t val, gaddr_t len)
{
	struct sockaddr_storage a;
	uint32_t room;
	int n;

	n = s->ops->getname(s, &a, true);
	if (n < 0)
		return -ENOTCONN;
	if (copyin_u32(len, &room))
		return -EFAULT;
	if ((uint32_t)n < room)
		return -EINVAL;
	return copyout(val, &a, room);
}

int
sock_getopt(struct socket *s, int name, gaddr_t val, gaddr_t len)
{
	uint32_t room;
	int v, err;

	if (copyin_u32(len, &room))
		return -EFAULT;
	if ((int)room < 0)
		return -EINVAL;
	switch (name) {
	case SO_LINGER:
		return get_linger(s, val, len);
	case K_SO_RCVTIMEO:
	case K_SO_RCVTIMEO_NEW:
		return get_timeo(s, false, val, len);
	case K_SO_SNDTIMEO:
	case K_SO_SNDTIMEO_NEW:
		return get_timeo(s, true, val, len);
	case SO_PEERCRED:
		return get_peercred(s, val, len);
	case SO_PEERGROUPS:
		return get_peergroups(s, val, len);
	case SO_PEERNAME:
		return get_peername(s, val, len);
	case SO_BINDTODEVICE:
		return sockopt_put("", 0, val, len);
	case SO_GET_FILTER:
		return copyout_u32(len, 0);
	}
	mutex_lock(&s->lock);
	err = get_int(s, name, &v);
	mutex_unlock(&s->lock);
	return err ? err : sockopt_put(&v, sizeof(v), val, len);
}

/* --- set --- */

static int
set_linger(struct socket *s, gaddr_t val, int len)
{
	struct linger l;

	if (len < (int)sizeof(l))
		return -EINVAL;
	if (copyin(&l, val, sizeof(l)))
		return -EFAULT;
	mutex_lock(&s->lock);
	s->opt.linger = l.l_onoff ? (l.l_linger < 0 ? INT32_MAX : l.l_linger) : -1;
	mutex_unlock(&s->lock);
	return 0;
}

static int
set_timeo(struct socket *s, bool send, gaddr_t val, int len)
{
	struct timeval tv;
	int64_t ns;

	if (len < (int)sizeof(tv))
		return -EINVAL;
	if (copyin(&tv, val, sizeof(tv)))
		return -EFAULT;
	if (tv.tv_usec < 0 || tv.tv_usec >= 1000000)
		return -EDOM;
	ns = tv.tv_sec * NSEC_PER_SEC + tv.tv_usec * 1000;
	if (tv.tv_sec < 0)
		ns = 1;		/* a negative time does not wait */
	else if (tv.tv_sec > INT64_MAX / NSEC_PER_SEC - 1)
		ns = 0;
	mutex_lock(&s->lock);
	*(send ? &s->opt.sndtimeo : &s->opt.rcvtimeo) = ns;
	mutex_unlock(&s->lock);
	return 0;
}

static uint32_t
buf_size(int val, uint32_t min, bool force)
{
	uint32_t v = (uint32_t)val;

	if (force)
		v = val < 0 ? 0 : v;
	else if (v > MEM_MAX)
		v = MEM_MAX;
	if (v > MEM_MAX * 4)
		v = MEM_MAX * 4;	/* a guest does not get all of our memory */
	return v * 2 < min ? min : v * 2;
}

static int
set_flag(struct socket *s, const struct flag_opt *fo, bool on)
	REQUIRES(s->lock)
{
	if ((fo->flag & (SF_PASSCRED | SF_PASSSEC)) && is_inet(s))
		return -EOPNOTSUPP;
	if (fo->flag == SF_REUSEPORT && on && !is_inet(s))
		return -EOPNOTSUPP;
	if (fo->flag == SF_DEBUG && on && !capable(CAP_NET_ADMIN_))
		return -EACCES;
	if (fo->flag == SF_ZEROCOPY && !is_inet(s))
		return -EOPNOTSUPP;
	if (fo->flag == SF_LOCK_FILTER && !on && sock_flag(s, SF_LOCK_FILTER))
		return -EPERM;
	if (on)
		s->opt.flags |= fo->flag;
	else
		s->opt.flags &= ~fo->flag;
	return 0;
}

static int
set_priority(struct socket *s, int v)
	REQUIRES(s->lock)
{
	if ((v < 0 || v > 6) && !capable(CAP_NET_RAW_) && !capable(CAP_NET_ADMIN_))
		return -EPERM;
	s->opt.priority = v;
	return 0;
}

static int
set_int(struct socket *s, int name, int v)
	REQUIRES(s->lock)
{
	switch (name) {
	case SO_SNDBUFFORCE:
	case SO_RCVBUFFORCE:
		if (!capable(CAP_NET_ADMIN_))
			return -EPERM;
		/* fallthrough */
	case SO_SNDBUF:
	case SO_RCVBUF:
		if (name == SO_SNDBUF || name == SO_SNDBUFFORCE) {
			s->opt.sndbuf = buf_size(v, SNDBUF_MIN, name == SO_SNDBUFFORCE);
			s->opt.flags |= SF_SNDBUF_SET;
			sock_wake(s, EPOLLOUT);
		} else
			s->opt.rcvbuf = buf_size(v, RCVBUF_MIN, name == SO_RCVBUFFORCE);
		return 0;
	case SO_TYPE:
	case SO_PROTOCOL:
	case SO_DOMAIN:
	case SO_ERROR:
		return -ENOPROTOOPT;
	case SO_PRIORITY:
		return set_priority(s, v);
	case SO_RCVLOWAT:
		s->opt.rcvlowat = v < 0 ? INT32_MAX : v > 0 ? v : 1;
		return 0;
	case SO_MARK:
		if (!capable(CAP_NET_RAW_) && !capable(CAP_NET_ADMIN_))
			return -EPERM;
		s->opt.mark = v;
		return 0;
	case SO_PEEK_OFF:
		if (s->family == AF_NETLINK)
			return -EOPNOTSUPP;
		s->opt.peek_off = v;
		return 0;
	case SO_BSDCOMPAT:
	case SO_SELECT_ERR_QUEUE:
	case SO_INCOMING_CPU:
	case SO_WIFI_STATUS:
	case SO_NOFCS:
	case SO_BUSY_POLL:
		return 0;
	case SO_ATTACH_FILTER:
	case SO_ATTACH_BPF:
	case SO_ATTACH_REUSEPORT_CBPF:
	case SO_ATTACH_REUSEPORT_EBPF:
		return -EINVAL;
	case SO_DETACH_FILTER:
		return -ENOENT;
	default:
		return -ENOPROTOOPT;
	}
}

int
sock_setopt(struct socket *s, int name, gaddr_t val, int len)
{
	const struct flag_opt *fo = flag_opt(name);
	uint32_t v;
	int err;

	if (name == SO_BINDTODEVICE)
		return capable(CAP_NET_RAW_) ? 0 : -EPERM;
	if (len < (int)sizeof(int))
		return -EINVAL;
	if (copyin_u32(val, &v))
		return -EFAULT;
	switch (name) {
	case SO_LINGER:
		return set_linger(s, val, len);
	case K_SO_RCVTIMEO:
	case K_SO_RCVTIMEO_NEW:
		return set_timeo(s, false, val, len);
	case K_SO_SNDTIMEO:
	case K_SO_SNDTIMEO_NEW:
		return set_timeo(s, true, val, len);
	}
	mutex_lock(&s->lock);
	err = fo != NULL ? set_flag(s, fo, v != 0) : set_int(s, name, (int)v);
	mutex_unlock(&s->lock);
	return err;
}
