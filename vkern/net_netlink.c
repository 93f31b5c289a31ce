/*
 * net_netlink.c - AF_NETLINK, as much of it as programs need to find out that
 * there is one interface: dumps of links and addresses.  Everything else that
 * NETLINK_ROUTE is asked is answered by an error message; sockets of
 * NETLINK_KOBJECT_UEVENT and the like can be had, and hear nothing.
 *
 * Answers are put on the socket's own queue by the send that asks.
 */
#include "vkern/net_impl.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#define REPLY_MAX	4096
#define REQUEST_MAX	65536u
#define ARPHRD_LO	772
#define LOWER_UP	0x10000u

/* A message under construction; what does not fit is a bug. */
struct reply {
	size_t		len, at;	/* at: of the message that is open */
	uint32_t	portid, seq;
	uint16_t	flags;
	_Alignas(8) uint8_t buf[REPLY_MAX];
};

static void *
reply_room(struct reply *r, size_t n)
{
	void *p = r->buf + r->len;

	KASSERT(r->len + NLMSG_ALIGN(n) <= sizeof(r->buf));
	memset(p, 0, NLMSG_ALIGN(n));
	r->len += NLMSG_ALIGN(n);
	return p;
}

static void *
reply_begin(struct reply *r, uint16_t type, size_t n)
{
	struct nlmsghdr *h;

	r->at = r->len;
	h = reply_room(r, sizeof(*h));
	*h = (struct nlmsghdr){ .nlmsg_type = type, .nlmsg_flags = r->flags,
	    .nlmsg_seq = r->seq, .nlmsg_pid = r->portid };
	return reply_room(r, n);
}

static void
reply_end(struct reply *r)
{
	((struct nlmsghdr *)(void *)(r->buf + r->at))->nlmsg_len = (uint32_t)(r->len - r->at);
}

static void
reply_attr(struct reply *r, uint16_t type, const void *data, size_t n)
{
	struct rtattr *a = reply_room(r, sizeof(*a) + n);

	a->rta_type = type;
	a->rta_len = (uint16_t)(sizeof(*a) + n);
	memcpy(a + 1, data, n);
}

static void
reply_u32(struct reply *r, uint16_t type, uint32_t v)
{
	reply_attr(r, type, &v, sizeof(v));
}

/* --- what there is --- */

static void
put_link(struct reply *r)
{
	static const uint8_t mac[6], one = 0, stats[96];
	struct ifinfomsg *ifi = reply_begin(r, RTM_NEWLINK, sizeof(*ifi));

	ifi->ifi_type = ARPHRD_LO;
	ifi->ifi_index = 1;
	ifi->ifi_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING | LOWER_UP;
	reply_attr(r, IFLA_IFNAME, "lo", 3);
	reply_u32(r, IFLA_TXQLEN, 1000);
	reply_attr(r, IFLA_OPERSTATE, &one, 1);
	reply_attr(r, IFLA_LINKMODE, &one, 1);
	reply_u32(r, IFLA_MTU, 65536);
	reply_attr(r, IFLA_QDISC, "noqueue", 8);
	reply_attr(r, IFLA_ADDRESS, mac, sizeof(mac));
	reply_attr(r, IFLA_BROADCAST, mac, sizeof(mac));
	reply_attr(r, IFLA_STATS, stats, sizeof(stats));
	reply_end(r);
}

static void
put_addr(struct reply *r, int family)
{
	static const uint8_t v4[4] = { 127, 0, 0, 1 }, v6[16] = { [15] = 1 };
	struct ifaddrmsg *ifa = reply_begin(r, RTM_NEWADDR, sizeof(*ifa));

	ifa->ifa_family = (uint8_t)family;
	ifa->ifa_prefixlen = family == AF_INET ? 8 : 128;
	ifa->ifa_flags = IFA_F_PERMANENT;
	ifa->ifa_scope = RT_SCOPE_HOST;
	ifa->ifa_index = 1;
	if (family == AF_INET) {
		reply_attr(r, IFA_ADDRESS, v4, sizeof(v4));
		reply_attr(r, IFA_LOCAL, v4, sizeof(v4));
		reply_attr(r, IFA_LABEL, "lo", 3);
	} else
		reply_attr(r, IFA_ADDRESS, v6, sizeof(v6));
	reply_u32(r, IFA_FLAGS, IFA_F_PERMANENT);
	reply_end(r);
}

static void
put_done(struct reply *r)
{
	int *err = reply_begin(r, NLMSG_DONE, sizeof(*err));

	*err = 0;
	reply_end(r);
}

static void
put_error(struct reply *r, const struct nlmsghdr *req, int err)
{
	struct nlmsgerr *e;

	r->flags = 0;
	e = reply_begin(r, NLMSG_ERROR, sizeof(*e));
	e->error = err;
	e->msg = *req;
	reply_end(r);
}

/* --- questions --- */

/* Puts r on the queue of s, as from the kernel. */
static void
reply_send(struct socket *s, struct reply *r)
{
	struct nmsg *m;

	if (r->len == 0)
		return;
	m = msg_new(r->len, NULL);
	if (m != NULL) {
		memcpy(m->data, r->buf, r->len);
		mutex_lock(&s->lock);
		sock_enqueue(s, m);
		mutex_unlock(&s->lock);
	}
	r->len = 0;
}

/* Is it lo that a RTM_GETLINK asks for? */
static bool
asks_lo(const uint8_t *p, size_t n)
{
	struct ifinfomsg ifi;
	struct rtattr a;

	if (n < sizeof(ifi))
		return false;
	memcpy(&ifi, p, sizeof(ifi));
	if (ifi.ifi_index != 0)
		return ifi.ifi_index == 1;
	p += NLMSG_ALIGN(sizeof(ifi));
	n -= min_of(n, (size_t)NLMSG_ALIGN(sizeof(ifi)));
	if (n < sizeof(a) + 3)
		return false;
	memcpy(&a, p, sizeof(a));
	return a.rta_type == IFLA_IFNAME && memcmp(p + sizeof(a), "lo", 3) == 0;
}

static void
dump(struct socket *s, struct reply *r, uint16_t type, int family)
{
	r->flags = NLM_F_MULTI;
	if (type == RTM_GETLINK)
		put_link(r);
	if (type == RTM_GETADDR && (family == AF_UNSPEC || family == AF_INET))
		put_addr(r, AF_INET);
	if (type == RTM_GETADDR && (family == AF_UNSPEC || family == AF_INET6))
		put_addr(r, AF_INET6);
	reply_send(s, r);
	put_done(r);
	reply_send(s, r);
}

static void
answer(struct socket *s, struct reply *r, const struct nlmsghdr *h, const uint8_t *body, size_t n)
{
	bool get = (h->nlmsg_type & 3) == 2;
	int err = 0;

	r->seq = h->nlmsg_seq;
	if (!(h->nlmsg_flags & NLM_F_REQUEST) || h->nlmsg_type < NLMSG_MIN_TYPE)
		;	/* control messages and answers are no questions */
	else if (h->nlmsg_type < RTM_BASE || h->nlmsg_type > RTM_MAX)
		err = -EOPNOTSUPP;
	else if (n < sizeof(struct rtgenmsg))
		err = 0;
	else if (!get)
		err = capable(CAP_NET_ADMIN_) ? -EOPNOTSUPP : -EPERM;
	else if ((h->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP) {
		dump(s, r, h->nlmsg_type, body[0]);
		return;
	} else if (h->nlmsg_type != RTM_GETLINK)
		err = -EOPNOTSUPP;
	else if (!asks_lo(body, n))
		err = -ENODEV;
	else {
		r->flags = 0;
		put_link(r);
		reply_send(s, r);
	}
	if (err || (h->nlmsg_flags & NLM_F_ACK)) {
		put_error(r, h, err);
		reply_send(s, r);
	}
}

static void
answer_all(struct socket *s, const uint8_t *p, size_t n)
{
	struct reply *r = xcalloc(1, sizeof(*r));
	struct nlmsghdr h;
	size_t step;

	r->portid = s->nl.portid;
	while (n >= sizeof(h)) {
		memcpy(&h, p, sizeof(h));
		if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > n)
			break;
		answer(s, r, &h, p + sizeof(h), h.nlmsg_len - sizeof(h));
		step = min_of((size_t)NLMSG_ALIGN(h.nlmsg_len), n);
		p += step;
		n -= step;
	}
	kfree(r);
}

/* --- the socket --- */

static bool
portid_used(uint32_t id, int protocol)
	REQUIRES(vk->net->lock)
{
	struct socket *o;

	LIST_FOREACH(o, &vk->net->netlinks, nl.all)
		if (o->nl.portid == id && o->protocol == protocol)
			return true;
	return false;
}

/* id 0: the process's number if it is free, else any. */
static int
portid_take(struct socket *s, uint32_t id)
	REQUIRES(s->lock)
{
	int err = 0;

	net_state();
	mutex_lock(&vk->net->lock);
	if (id == 0) {
		id = (uint32_t)curthread->proc->pid;
		while (portid_used(id, s->protocol))
			id = (id | 0x80000000u) + 4099;
	} else if (portid_used(id, s->protocol))
		err = -EADDRINUSE;
	if (err == 0) {
		s->nl.portid = id;
		s->nl.bound = true;
		LIST_INSERT_HEAD(&vk->net->netlinks, s, nl.all);
	}
	mutex_unlock(&vk->net->lock);
	return err;
}

static int
netlink_bind(struct socket *s, const struct sockaddr_storage *a, int len)
{
	const struct sockaddr_nl *nl = (const struct sockaddr_nl *)a;
	int err = 0;

	if (len < (int)sizeof(*nl) || nl->nl_family != AF_NETLINK)
		return -EINVAL;
	mutex_lock(&s->lock);
	if (s->nl.bound && nl->nl_pid != s->nl.portid)
		err = -EINVAL;
	else if (!s->nl.bound)
		err = portid_take(s, nl->nl_pid);
	if (err == 0)
		s->nl.groups = nl->nl_groups;
	mutex_unlock(&s->lock);
	return err;
}

static int
netlink_connect(struct socket *s, const struct sockaddr_storage *a, int len, bool nowait)
{
	int err = 0;

	(void)nowait;
	if (len < (int)sizeof(sa_family_t))
		return -EINVAL;
	if (a->ss_family == AF_UNSPEC)
		return 0;
	if (a->ss_family != AF_NETLINK || len < (int)sizeof(struct sockaddr_nl))
		return -EINVAL;
	mutex_lock(&s->lock);
	if (!s->nl.bound)
		err = portid_take(s, 0);
	mutex_unlock(&s->lock);
	return err;
}

static int
netlink_listen(struct socket *s, int backlog)
{
	(void)s;
	(void)backlog;
	return -EOPNOTSUPP;
}

static int
netlink_accept(struct socket *s, bool nowait, struct socket **out)
{
	(void)s;
	(void)nowait;
	(void)out;
	return -EOPNOTSUPP;
}

static int
netlink_shutdown(struct socket *s, int how)
{
	(void)s;
	(void)how;
	return -EOPNOTSUPP;
}

static int
netlink_getname(struct socket *s, struct sockaddr_storage *a, bool peer)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK };

	mutex_lock(&s->lock);
	if (!peer) {
		nl.nl_pid = s->nl.portid;
		nl.nl_groups = s->nl.groups;
	}
	mutex_unlock(&s->lock);
	memset(a, 0, sizeof(*a));
	memcpy(a, &nl, sizeof(nl));
	return sizeof(nl);
}

static ssize_t
netlink_send(struct socket *s, struct msgio *io)
{
	const struct sockaddr_nl *nl = (const struct sockaddr_nl *)&io->name;
	size_t n = io->u->resid;
	struct nmsg *m;
	int err = 0;

	if (io->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (io->namelen > 0 && (io->namelen < (int)sizeof(*nl) || nl->nl_family != AF_NETLINK))
		return -EINVAL;
	if (io->namelen > 0 && (nl->nl_groups != 0 || nl->nl_pid != 0) && !capable(CAP_NET_ADMIN_))
		return -EPERM;
	if (n > REQUEST_MAX)
		return -EMSGSIZE;
	mutex_lock(&s->lock);
	if (!s->nl.bound)
		err = portid_take(s, 0);
	mutex_unlock(&s->lock);
	if (err)
		return err;
	if (io->namelen > 0 && nl->nl_pid != 0)
		return -ECONNREFUSED;
	m = msg_new(n, NULL);
	if (m == NULL)
		return -ENOBUFS;
	err = msg_fill(m, io->u);
	if (err == 0 && s->protocol == NETLINK_ROUTE)
		answer_all(s, m->data, n);
	msg_unref(m);
	return err ? err : (ssize_t)n;
}

static int
netlink_empty(struct socket *s, bool got)
{
	(void)s;
	(void)got;
	return 0;
}

static void
netlink_name(struct socket *s, struct msgio *io, struct nmsg *m)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK };

	(void)s;
	(void)m;
	memcpy(&io->name, &nl, sizeof(nl));
	io->namelen = sizeof(nl);
}

static const struct stream_ops netlink_stream = { .empty = netlink_empty, .name = netlink_name };

static ssize_t
netlink_recv(struct socket *s, struct msgio *io)
{
	if (io->flags & MSG_OOB)
		return -EOPNOTSUPP;
	return dgram_recv(s, io, &netlink_stream);
}

static unsigned
netlink_poll(struct socket *s)
{
	unsigned ev = EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;

	mutex_lock(&s->lock);
	if (!TAILQ_EMPTY(&s->rcvq))
		ev |= EPOLLIN | EPOLLRDNORM;
	mutex_unlock(&s->lock);
	return ev;
}

/* The options are accepted: none has an effect on what is answered. */
static int
netlink_setopt(struct socket *s, int level, int name, gaddr_t val, int len)
{
	uint32_t v;

	(void)s;
	if (level != SOL_NETLINK || name < 1 || name > 12)
		return -ENOPROTOOPT;
	if (len < (int)sizeof(int))
		return -EINVAL;
	return copyin_u32(val, &v);
}

static int
netlink_getopt(struct socket *s, int level, int name, gaddr_t val, gaddr_t len)
{
	int v = 0;

	(void)s;
	if (level != SOL_NETLINK || name < 1 || name > 12)
		return -ENOPROTOOPT;
	return sockopt_put(&v, sizeof(v), val, len);
}

static void
netlink_release(struct socket *s)
{
	net_state();
	mutex_lock(&s->lock);
	mutex_lock(&vk->net->lock);
	if (s->nl.bound)
		LIST_REMOVE(s, nl.all);
	s->nl.bound = false;
	mutex_unlock(&vk->net->lock);
	mutex_unlock(&s->lock);
}

static const struct sock_ops netlink_ops = {
	.bind = netlink_bind, .connect = netlink_connect, .listen = netlink_listen,
	.accept = netlink_accept, .getname = netlink_getname, .send = netlink_send,
	.recv = netlink_recv, .shutdown = netlink_shutdown, .poll = netlink_poll,
	.setopt = netlink_setopt, .getopt = netlink_getopt, .release = netlink_release,
};

int
netlink_create(int type, int protocol, struct socket **out)
{
	if (type != SOCK_RAW && type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	if (protocol != NETLINK_ROUTE && protocol != NETLINK_KOBJECT_UEVENT)
		return -EPROTONOSUPPORT;
	*out = sock_new(&netlink_ops, AF_NETLINK, type, protocol);
	return 0;
}
