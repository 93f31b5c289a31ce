/*
 * net_inet_opt.c - options of the levels IP, IPv6, TCP and UDP.
 *
 * On a loopback without segments most of them have no effect: they are checked,
 * kept and read back.  Each has a row; a socket has a value per row.
 */
#include "vkern/net_impl.h"

#include <netinet/in.h>
#include <string.h>

#define L_IP	IPPROTO_IP
#define L_TCP	IPPROTO_TCP
#define L_UDP	IPPROTO_UDP
#define L_IPV6	IPPROTO_IPV6
#define L_UDPLITE IPPROTO_UDPLITE

enum opt_form {
	OF_INT,		/* min to max, or EINVAL */
	OF_BOOL,	/* reads back as 0 or 1 */
};

struct opt_row {
	int		level, name;
	enum opt_form	form;
	int		def, min, max;
};

static const struct opt_row rows[] = {
	{ L_UDPLITE, 10 /* SEND_CSCOV */, OF_INT, 0, 0, 65535 },
	{ L_UDPLITE, 11 /* RECV_CSCOV */, OF_INT, 0, 0, 65535 },
	{ L_IP, IP_TOS, OF_INT, 0, INT32_MIN, INT32_MAX },
	{ L_IP, IP_TTL, OF_INT, 64, 1, 255 },
	{ L_IP, IP_PKTINFO, OF_BOOL, 0, 0, 0 },
	{ L_IP, IP_MTU_DISCOVER, OF_INT, 1, 0, 5 },
	{ L_IP, IP_RECVERR, OF_BOOL, 0, 0, 0 },
	{ L_IP, IP_RECVTTL, OF_BOOL, 0, 0, 0 },
	{ L_IP, IP_RECVTOS, OF_BOOL, 0, 0, 0 },
	{ L_IP, IP_RETOPTS, OF_BOOL, 0, 0, 0 },
	{ L_IP, IP_FREEBIND, OF_BOOL, 0, 0, 0 },
	{ L_IP, IP_MULTICAST_TTL, OF_INT, 1, 0, 255 },
	{ L_IP, IP_MULTICAST_LOOP, OF_BOOL, 1, 0, 0 },
	{ L_IP, IP_MULTICAST_ALL, OF_BOOL, 1, 0, 0 },
	{ L_IP, IP_MINTTL, OF_INT, 0, 0, 255 },
	{ L_IP, IP_BIND_ADDRESS_NO_PORT, OF_BOOL, 0, 0, 0 },
	{ L_IP, IP_RECVORIGDSTADDR, OF_BOOL, 0, 0, 0 },
	{ L_TCP, 1 /* NODELAY */, OF_BOOL, 0, 0, 0 },
	{ L_TCP, 2 /* MAXSEG */, OF_INT, 536, 88, 32767 },
	{ L_TCP, 3 /* CORK */, OF_BOOL, 0, 0, 0 },
	{ L_TCP, 4 /* KEEPIDLE */, OF_INT, 7200, 1, 32767 },
	{ L_TCP, 5 /* KEEPINTVL */, OF_INT, 75, 1, 32767 },
	{ L_TCP, 6 /* KEEPCNT */, OF_INT, 9, 1, 127 },
	{ L_TCP, 7 /* SYNCNT */, OF_INT, 6, 1, 127 },
	{ L_TCP, 8 /* LINGER2 */, OF_INT, 60, INT32_MIN, INT32_MAX },
	{ L_TCP, 9 /* DEFER_ACCEPT */, OF_INT, 0, 0, INT32_MAX },
	{ L_TCP, 10 /* WINDOW_CLAMP */, OF_INT, 0, 0, INT32_MAX },
	{ L_TCP, 12 /* QUICKACK */, OF_BOOL, 1, 0, 0 },
	{ L_TCP, 18 /* USER_TIMEOUT */, OF_INT, 0, 0, INT32_MAX },
	{ L_TCP, 23 /* FASTOPEN */, OF_INT, 0, 0, INT32_MAX },
	{ L_TCP, 25 /* NOTSENT_LOWAT */, OF_INT, 0, INT32_MIN, INT32_MAX },
	{ L_TCP, 30 /* FASTOPEN_CONNECT */, OF_BOOL, 0, 0, 0 },
	{ L_UDP, 1 /* CORK */, OF_BOOL, 0, 0, 0 },
	{ L_UDP, 103 /* SEGMENT */, OF_INT, 0, 0, 65535 },
	{ L_UDP, 104 /* GRO */, OF_BOOL, 0, 0, 0 },
	{ L_IPV6, IPV6_UNICAST_HOPS, OF_INT, 64, 0, 255 },
	{ L_IPV6, IPV6_MULTICAST_HOPS, OF_INT, 1, 0, 255 },
	{ L_IPV6, IPV6_MULTICAST_LOOP, OF_BOOL, 1, 0, 1 },
	{ L_IPV6, IPV6_MULTICAST_IF, OF_INT, 0, 0, 1 },
	{ L_IPV6, IPV6_MTU_DISCOVER, OF_INT, 1, 0, 5 },
	{ L_IPV6, IPV6_RECVERR, OF_BOOL, 0, 0, 0 },
	{ L_IPV6, IPV6_RECVPKTINFO, OF_BOOL, 0, 0, 0 },
	{ L_IPV6, IPV6_RECVHOPLIMIT, OF_BOOL, 0, 0, 0 },
	{ L_IPV6, IPV6_RECVTCLASS, OF_BOOL, 0, 0, 0 },
	{ L_IPV6, IPV6_TCLASS, OF_INT, 0, -1, 255 },
	{ L_IPV6, IPV6_DONTFRAG, OF_BOOL, 0, 0, 0 },
};
_Static_assert(nitems(rows) <= INET_NOPTS, "a socket has a value per row");

#define K_TCP_INFO	11
#define K_TCP_CONGESTION 13
#define K_TCP_ULP	31

void
inet_opts_init(struct socket *s)
{
	size_t i;

	for (i = 0; i < nitems(rows); i++)
		s->in.opt[i] = rows[i].def;
}

/* The row of an option that this socket has, or -1. */
static int
row_find(const struct socket *s, int level, int name)
{
	size_t i;

	if ((level == L_TCP && s->type != SOCK_STREAM) || (level == L_UDP && s->type != SOCK_DGRAM) ||
	    (level == L_IPV6 && s->family != AF_INET6) ||
	    (level == L_UDPLITE && s->protocol != L_UDPLITE))
		return -1;
	for (i = 0; i < nitems(rows); i++)
		if (rows[i].level == level && rows[i].name == name)
			return (int)i;
	return -1;
}

int
inet_opt(const struct socket *s, int level, int name)
{
	int i = row_find(s, level, name);

	return i < 0 ? 0 : s->in.opt[i];
}

/* --- set --- */

static int
value_in(int level, gaddr_t val, int len, int *v)
{
	uint8_t byte;

	*v = 0;
	if (len >= (int)sizeof(int))
		return copyin(v, val, sizeof(*v));
	if (level != L_IP)
		return -EINVAL;
	/* IP options may be given as one byte. */
	if (len > 0) {
		if (copyin(&byte, val, 1))
			return -EFAULT;
		*v = byte;
	}
	return 0;
}

static int
set_v6only(struct socket *s, int v)
{
	int err = 0;

	mutex_lock(&s->lock);
	if (s->in.bound)
		err = -EINVAL;
	else
		s->in.v6only = v != 0;
	mutex_unlock(&s->lock);
	return err;
}

static int
set_row(struct socket *s, const struct opt_row *r, int v, int *slot)
{
	/* -1 is the default of some. */
	if (v == -1 && (r->name == IP_TTL || r->name == IP_MULTICAST_TTL) && r->level == L_IP)
		v = r->def;
	if (v == -1 && r->level == L_IPV6 &&
	    (r->name == IPV6_UNICAST_HOPS || r->name == IPV6_MULTICAST_HOPS))
		v = r->def;
	if (r->form == OF_BOOL)
		v = v != 0;
	else if (v < r->min || v > r->max)
		return -EINVAL;
	if (r->level == L_IP && r->name == IP_TOS)
		v &= s->type == SOCK_STREAM ? 0xfc : 0xff;
	mutex_lock(&s->lock);
	*slot = v;
	mutex_unlock(&s->lock);
	return 0;
}

/* Joining a group needs an interface that has groups. */
static bool
is_membership(int level, int name)
{
	if (level == L_IP)
		return name == IP_ADD_MEMBERSHIP || name == IP_DROP_MEMBERSHIP ||
		    name == IP_ADD_SOURCE_MEMBERSHIP || name == IP_DROP_SOURCE_MEMBERSHIP ||
		    name == MCAST_JOIN_GROUP || name == MCAST_LEAVE_GROUP;
	return level == L_IPV6 && (name == IPV6_JOIN_GROUP || name == IPV6_LEAVE_GROUP);
}

static int
set_congestion(gaddr_t val, int len)
{
	char name[16] = "";

	if (len < 1)
		return -EINVAL;
	if (copyin(name, val, min_of((size_t)len, sizeof(name) - 1)))
		return -EFAULT;
	return strcmp(name, "cubic") == 0 || strcmp(name, "reno") == 0 ? 0 : -ENOENT;
}

int
inet_setopt(struct socket *s, int level, int name, gaddr_t val, int len)
{
	int v, i, err;

	if (level == L_TCP && s->type == SOCK_STREAM && name == K_TCP_CONGESTION)
		return set_congestion(val, len);
	if (is_membership(level, name))
		return -ENODEV;
	i = row_find(s, level, name);
	if (i < 0 && !(level == L_IPV6 && name == IPV6_V6ONLY && s->family == AF_INET6)) {
		if (level == L_IP && (name == IP_TRANSPARENT || name == IP_OPTIONS))
			return name == IP_OPTIONS ? 0 : -EPERM;
		return -ENOPROTOOPT;
	}
	err = value_in(level, val, len, &v);
	if (err)
		return err;
	return i < 0 ? set_v6only(s, v) : set_row(s, &rows[i], v, &s->in.opt[i]);
}

/* --- get --- */

static int
get_tcp_info(struct socket *s, gaddr_t val, gaddr_t len)
{
	uint8_t info[104] = { 0 };
	static const uint8_t states[] = {
		[SK_CLOSE] = 7, [SK_SYN_SENT] = 2, [SK_ESTABLISHED] = 1, [SK_LISTEN] = 10,
	};

	mutex_lock(&s->lock);
	info[0] = states[s->state];
	if (s->state == SK_ESTABLISHED && (s->in.fin || (s->shut & SHUT_W)))
		info[0] = s->in.fin ? 8 : 5;	/* CLOSE_WAIT, FIN_WAIT2 */
	mutex_unlock(&s->lock);
	return sockopt_put(info, sizeof(info), val, len);
}

static int
get_mtu(struct socket *s, gaddr_t val, gaddr_t len)
{
	int v = 65536;
	bool connected;

	mutex_lock(&s->lock);
	connected = s->state == SK_ESTABLISHED;
	mutex_unlock(&s->lock);
	return connected ? sockopt_put(&v, sizeof(v), val, len) : -ENOTCONN;
}

/* Rows and the like: an int. */
static int
get_value(struct socket *s, int level, int name, int *v)
{
	int i = row_find(s, level, name);
	int err = 0;

	mutex_lock(&s->lock);
	if (i >= 0)
		*v = s->in.opt[i];
	else if (level == L_IPV6 && name == IPV6_V6ONLY && s->family == AF_INET6)
		*v = s->in.v6only;
	else
		err = -ENOPROTOOPT;
	if (level == L_TCP && name == 2 && s->state == SK_ESTABLISHED)
		*v = 65483;	/* of the loopback */
	mutex_unlock(&s->lock);
	return err;
}

/* Reading a level that the socket does not have: IPv6 words it otherwise. */
static int
no_level(const struct socket *s, int level)
{
	if (level == L_IP || level == s->protocol || (level == L_UDP && s->type == SOCK_DGRAM) ||
	    (level == L_IPV6 && s->family == AF_INET6))
		return 0;
	return s->family == AF_INET6 ? -ENOPROTOOPT : -EOPNOTSUPP;
}

int
inet_getopt(struct socket *s, int level, int name, gaddr_t val, gaddr_t len)
{
	char cong[16] = "cubic";
	uint32_t room;
	uint8_t byte;
	int v = 0, err;

	err = no_level(s, level);
	if (err)
		return err;
	if (copyin_u32(len, &room))
		return -EFAULT;
	if ((int)room < 0)
		return -EINVAL;
	if (level == L_TCP && s->type == SOCK_STREAM && name == K_TCP_INFO)
		return get_tcp_info(s, val, len);
	if (level == L_TCP && s->type == SOCK_STREAM && name == K_TCP_CONGESTION)
		return sockopt_put(cong, sizeof(cong), val, len);
	if (level == L_TCP && s->type == SOCK_STREAM && name == K_TCP_ULP)
		return copyout_u32(len, 0);
	if (level == L_IP && name == IP_OPTIONS)
		return copyout_u32(len, 0);
	if ((level == L_IP && name == IP_MTU) || (level == L_IPV6 && name == IPV6_MTU))
		return get_mtu(s, val, len);
	err = get_value(s, level, name, &v);
	if (err)
		return err;
	if (level == L_IP && room > 0 && room < sizeof(int) && v >= 0 && v <= 255) {
		byte = (uint8_t)v;
		return copyout_u32(len, 1) ? -EFAULT : copyout(val, &byte, 1);
	}
	return sockopt_put(&v, sizeof(v), val, len);
}
