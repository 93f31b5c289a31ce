/*
 * net_inet.c - AF_INET and AF_INET6 on a loopback of our own: what TCP and UDP
 * share.
 *
 * There is one interface, lo, with 127.0.0.0/8 and ::1.  Whatever else is
 * named does not exist: EADDRNOTAVAIL to bind, ENETUNREACH to reach.
 *
 * Addresses of both families are of 16 bytes; those of AF_INET are mapped
 * (::ffff:a.b.c.d), so that a socket of AF_INET6 meets one of AF_INET.
 */
#include "vkern/net_impl.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define SIN6_LEN_MIN	24	/* without sin6_scope_id */

static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

/* --- addresses --- */

bool
naddr_is_v4(const struct naddr *n)
{
	return memcmp(n->a, mapped_prefix, 12) == 0;
}

bool
naddr_is_any(const struct naddr *n)
{
	static const uint8_t zero[16];

	if (naddr_is_v4(n))
		return memcmp(n->a + 12, zero, 4) == 0;
	return memcmp(n->a, zero, 16) == 0;
}

bool
naddr_same(const struct naddr *a, const struct naddr *b)
{
	return memcmp(a->a, b->a, 16) == 0;
}

static struct naddr
naddr_v4(uint32_t host_order, uint16_t port)
{
	struct naddr n = { .port = port };
	uint32_t be = htonl(host_order);

	memcpy(n.a, mapped_prefix, 12);
	memcpy(n.a + 12, &be, 4);
	return n;
}

static uint32_t
naddr_v4_addr(const struct naddr *n)
{
	uint32_t be;

	memcpy(&be, n->a + 12, 4);
	return ntohl(be);
}

static struct naddr
naddr_loopback(bool v4, uint16_t port)
{
	struct naddr n = { .port = port };

	if (v4)
		return naddr_v4(INADDR_LOOPBACK, port);
	n.a[15] = 1;
	return n;
}

static bool
naddr_is_local(const struct naddr *n)
{
	struct naddr lo = naddr_loopback(false, 0);

	if (naddr_is_v4(n))
		return naddr_v4_addr(n) >> 24 == 127;
	return naddr_same(n, &lo);
}

/* May a socket be bound to it, though it is nobody's? */
static bool
naddr_is_group(const struct naddr *n)
{
	uint32_t v;

	if (!naddr_is_v4(n))
		return n->a[0] == 0xff;
	v = naddr_v4_addr(n);
	return v == INADDR_BROADCAST || v >> 28 == 14;
}

int
naddr_to(int family, const struct naddr *n, struct sockaddr_storage *a)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)a;
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)a;

	memset(a, 0, sizeof(*a));
	a->ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		sin->sin_port = htons(n->port);
		memcpy(&sin->sin_addr, n->a + 12, 4);
		return sizeof(*sin);
	}
	sin6->sin6_port = htons(n->port);
	memcpy(&sin6->sin6_addr, n->a, 16);
	return sizeof(*sin6);
}

static struct naddr
from_sin(const struct sockaddr_storage *a)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)a;

	return naddr_v4(ntohl(sin->sin_addr.s_addr), ntohs(sin->sin_port));
}

static struct naddr
from_sin6(const struct sockaddr_storage *a)
{
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)a;
	struct naddr n = { .port = ntohs(sin6->sin6_port) };

	memcpy(n.a, &sin6->sin6_addr, 16);
	return n;
}

/* --- creation --- */

struct socket *
inet_new(const struct sock_ops *ops, int family, int type, int protocol)
{
	struct socket *s = sock_new(ops, family, type, protocol);

	TAILQ_INIT(&s->in.pend);
	if (family == AF_INET) {
		s->in.local = naddr_v4(INADDR_ANY, 0);
		s->in.remote = naddr_v4(INADDR_ANY, 0);
	}
	if (type == SOCK_STREAM) {
		s->opt.sndbuf = 16384;
		s->opt.rcvbuf = 131072;
	}
	if (curthread != NULL)
		s->in.uid = curthread->cred->fsuid;
	inet_opts_init(s);
	return s;
}

/*
 * Which protocols there are for a type, as inet_create() goes through its
 * table.  Raw and ICMP sockets would need a network: root is told that there
 * is no such protocol, others that they may not.
 */
int
inet_create(int family, int type, int protocol, struct socket **out)
{
	const struct sock_ops *ops;
	int proto;

	if (protocol < 0 || protocol >= 263)
		return -EINVAL;
	switch (type) {
	case SOCK_STREAM:
		ops = &tcp_ops;
		proto = IPPROTO_TCP;
		break;
	case SOCK_DGRAM:
		ops = &udp_ops;
		proto = IPPROTO_UDP;
		if (protocol == (family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6))
			return -EACCES;
		break;
	case SOCK_RAW:
		return capable(CAP_NET_RAW_) || protocol == 0 ? -EPROTONOSUPPORT : -EPERM;
	default:
		return -ESOCKTNOSUPPORT;
	}
	if (type == SOCK_DGRAM && protocol == IPPROTO_UDPLITE)
		proto = IPPROTO_UDPLITE;
	if (protocol != 0 && protocol != proto)
		return -EPROTONOSUPPORT;
	*out = inet_new(ops, family, type, proto);
	return 0;
}

/* --- bind --- */

static int
bind_addr4(const struct sockaddr_storage *a, int len, struct naddr *n)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)a;

	if (len < (int)sizeof(*sin))
		return -EINVAL;
	/* AF_UNSPEC with no address is what old programs say. */
	if (a->ss_family != AF_INET &&
	    (a->ss_family != AF_UNSPEC || sin->sin_addr.s_addr != htonl(INADDR_ANY)))
		return -EAFNOSUPPORT;
	*n = from_sin(a);
	return 0;
}

static int
bind_addr6(struct socket *s, const struct sockaddr_storage *a, int len, struct naddr *n)
{
	if (len < SIN6_LEN_MIN)
		return -EINVAL;
	if (a->ss_family != AF_INET6)
		return -EAFNOSUPPORT;
	*n = from_sin6(a);
	if (n->a[0] == 0xff && s->type == SOCK_STREAM)
		return -EINVAL;
	return 0;
}

static bool
bindable(const struct naddr *n)
{
	return naddr_is_any(n) || naddr_is_local(n) || naddr_is_group(n);
}

int
inet_bind(struct socket *s, const struct sockaddr_storage *a, int len)
{
	bool v6 = s->family == AF_INET6;
	struct naddr n;
	int err;

	err = v6 ? bind_addr6(s, a, len, &n) : bind_addr4(a, len, &n);
	if (err)
		return err;
	if (!v6 && !bindable(&n))
		return -EADDRNOTAVAIL;
	if (n.port != 0 && n.port < 1024 && !capable(CAP_NET_BIND_SERVICE_))
		return -EACCES;
	mutex_lock(&s->lock);
	if (s->state != SK_CLOSE || s->in.bound || (v6 && naddr_is_v4(&n) && s->in.v6only))
		err = -EINVAL;
	else if (v6 && !bindable(&n))
		err = -EADDRNOTAVAIL;
	else
		err = inet_port_bind(s, &n);
	if (err == 0) {
		s->in.bound_addr = !naddr_is_any(&n);
		s->in.bound_port = n.port != 0;
	}
	mutex_unlock(&s->lock);
	return err;
}

int
inet_getname(struct socket *s, struct sockaddr_storage *a, bool peer)
{
	int len;

	mutex_lock(&s->lock);
	if (!peer)
		len = naddr_to(s->family, &s->in.local, a);
	else if (s->in.remote.port == 0 || s->state != SK_ESTABLISHED)
		len = -ENOTCONN;
	else
		len = naddr_to(s->family, &s->in.remote, a);
	mutex_unlock(&s->lock);
	return len;
}

/* --- destinations --- */

static int
dest6(const struct socket *s, const struct sockaddr_storage *a, int len, bool send, struct naddr *n)
{
	/* A datagram may be sent to an address of AF_INET as it is. */
	if (s->type == SOCK_DGRAM && a->ss_family == AF_INET) {
		if (len < (int)sizeof(struct sockaddr_in))
			return -EINVAL;
		if (s->in.v6only)
			return send ? -ENETUNREACH : -EAFNOSUPPORT;
		*n = from_sin(a);
		return 0;
	}
	if (len < SIN6_LEN_MIN)
		return -EINVAL;
	if (a->ss_family != AF_INET6)
		return send && a->ss_family != AF_UNSPEC ? -EINVAL : -EAFNOSUPPORT;
	*n = from_sin6(a);
	if (naddr_is_v4(n) && s->in.v6only)
		return -ENETUNREACH;
	return 0;
}

int
inet_dest(const struct socket *s, const struct sockaddr_storage *a, int len, bool send,
    struct naddr *out)
{
	int err = 0;

	if (s->family == AF_INET6)
		err = dest6(s, a, len, send, out);
	else if (len < (int)sizeof(struct sockaddr_in))
		err = -EINVAL;
	else if (a->ss_family != AF_INET && !(send && a->ss_family == AF_UNSPEC))
		err = -EAFNOSUPPORT;
	else
		*out = from_sin(a);
	if (err)
		return err;
	if (send && out->port == 0)
		return -EINVAL;
	if (naddr_is_any(out))
		*out = naddr_loopback(naddr_is_v4(out), out->port);
	return naddr_is_local(out) ? 0 : -ENETUNREACH;
}

struct naddr
inet_source(const struct socket *s, const struct naddr *to)
{
	if (!naddr_is_any(&s->in.local))
		return s->in.local;
	return naddr_loopback(naddr_is_v4(to), s->in.local.port);
}

/* SIOCATMARK: no byte of a stream stands before the urgent one here. */
long
inet_ioctl(struct socket *s, unsigned cmd, unsigned long arg)
{
	bool mark;

	if (cmd != 0x8905)
		return -ENOTTY;
	mutex_lock(&s->lock);
	mark = s->in.has_oob && TAILQ_EMPTY(&s->rcvq);
	mutex_unlock(&s->lock);
	return copyout_u32(ga(arg), mark);
}
