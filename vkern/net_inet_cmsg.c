/*
 * net_inet_cmsg.c - control messages of IP and IPv6: address information, time
 * to live (hop limit), type of service (traffic class), time stamps.
 */
#include "vkern/net_impl.h"

#include <netinet/in.h>
#include <string.h>

/* --- sending --- */

static int
ctl_int(const void *data, size_t n, int min, int max, int *v)
{
	if (n != sizeof(int))
		return -EINVAL;
	memcpy(v, data, sizeof(*v));
	return *v < min || *v > max ? -EINVAL : 0;
}

static int
send_ip(struct msgio *io, int type, const void *data, size_t n)
{
	uint8_t byte;

	switch (type) {
	case IP_TTL:
		return ctl_int(data, n, 1, 255, &io->ctl.ttl);
	case IP_TOS:
		if (n == 1) {
			memcpy(&byte, data, 1);
			io->ctl.tos = byte;
			return 0;
		}
		return ctl_int(data, n, 0, 255, &io->ctl.tos);
	case IP_PKTINFO:	/* from which address: there is one */
		return n == sizeof(struct in_pktinfo) ? 0 : -EINVAL;
	case IP_RETOPTS:
		return 0;
	default:
		return -EINVAL;
	}
}

static int
send_ipv6(struct msgio *io, int type, const void *data, size_t n)
{
	switch (type) {
	case IPV6_HOPLIMIT:
		return ctl_int(data, n, -1, 255, &io->ctl.ttl);
	case IPV6_TCLASS:
		return ctl_int(data, n, -1, 255, &io->ctl.tos);
	case IPV6_PKTINFO:
		return n >= sizeof(struct in6_pktinfo) ? 0 : -EINVAL;
	case IPV6_DONTFRAG:
		return n == sizeof(int) ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

int
inet_cmsg_send(struct socket *s, struct msgio *io, const struct cmsghdr *h, const void *data)
{
	size_t n = h->cmsg_len - sizeof(*h);

	if ((s->family != AF_INET && s->family != AF_INET6) || s->type != SOCK_DGRAM)
		return 0;
	if (!io->has_ctl) {
		io->has_ctl = true;
		io->ctl = (struct inet_ctl){ .ttl = -1, .tos = -1 };
	}
	if (h->cmsg_level == IPPROTO_IPV6 && s->family == AF_INET6)
		return send_ipv6(io, h->cmsg_type, data, n);
	if (h->cmsg_level == IPPROTO_IP && s->family == AF_INET)
		return send_ip(io, h->cmsg_type, data, n);
	return 0;
}

/* --- receiving --- */

static void
recv_stamp(struct ctl_out *o, struct socket *s, int64_t ns)
{
	struct timespec ts = { ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };
	struct timeval tv = { ts.tv_sec, ts.tv_nsec / 1000 };

	if (sock_flag(s, SF_TIMESTAMPNS))
		ctl_put(o, SOL_SOCKET, SO_TIMESTAMPNS, &ts, sizeof(ts));
	else if (sock_flag(s, SF_TIMESTAMP))
		ctl_put(o, SOL_SOCKET, SO_TIMESTAMP, &tv, sizeof(tv));
}

static void
recv_ip(struct ctl_out *o, struct socket *s, const struct msgio *io)
{
	struct in_pktinfo pi;
	uint8_t tos = (uint8_t)io->ctl.tos;

	if (inet_opt(s, IPPROTO_IP, IP_PKTINFO)) {
		memset(&pi, 0, sizeof(pi));
		memcpy(&pi.ipi_addr, io->to.a + 12, 4);
		pi.ipi_spec_dst = pi.ipi_addr;
		pi.ipi_ifindex = 1;
		ctl_put(o, IPPROTO_IP, IP_PKTINFO, &pi, sizeof(pi));
	}
	if (inet_opt(s, IPPROTO_IP, IP_RECVTTL))
		ctl_put(o, IPPROTO_IP, IP_TTL, &io->ctl.ttl, sizeof(int));
	if (inet_opt(s, IPPROTO_IP, IP_RECVTOS))
		ctl_put(o, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
}

static void
recv_ipv6(struct ctl_out *o, struct socket *s, const struct msgio *io)
{
	struct in6_pktinfo pi;

	if (inet_opt(s, IPPROTO_IPV6, IPV6_RECVPKTINFO)) {
		memset(&pi, 0, sizeof(pi));
		memcpy(&pi.ipi6_addr, io->to.a, 16);
		pi.ipi6_ifindex = 1;
		ctl_put(o, IPPROTO_IPV6, IPV6_PKTINFO, &pi, sizeof(pi));
	}
	if (inet_opt(s, IPPROTO_IPV6, IPV6_RECVHOPLIMIT))
		ctl_put(o, IPPROTO_IPV6, IPV6_HOPLIMIT, &io->ctl.ttl, sizeof(int));
	if (inet_opt(s, IPPROTO_IPV6, IPV6_RECVTCLASS))
		ctl_put(o, IPPROTO_IPV6, IPV6_TCLASS, &io->ctl.tos, sizeof(int));
}

void
inet_cmsg_recv(struct ctl_out *o, struct socket *s, const struct msgio *io)
{
	if (io->ctl.stamp != 0)
		recv_stamp(o, s, io->ctl.stamp);
	if (s->family == AF_INET6)
		recv_ipv6(o, s, io);
	else
		recv_ip(o, s, io);
}
