/*
 * strace_net.c - sockets, and waiting for many descriptors.
 */
#define _GNU_SOURCE
#include "strace_impl.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* ---- socket addresses and options ------------------------------------------- */

static void
put_addr_len(struct st *s, uint64_t v, uint64_t len)
{
	_Alignas(16) char sa[sizeof(struct sockaddr_storage)];

	len = min_of(len, (uint64_t)sizeof(sa));
	if (v == 0 || len < sizeof(sa_family_t) || !st_read(s, sa, v, len))
		text_addr(s->o, v);
	else
		text_sockaddr(s->o, sa, len);
}

static void
put_addr_in(struct st *s, unsigned i, uint64_t v)
{
	put_addr_len(s, v, (uint32_t)s->raw[i + 1]);
}

static void
put_addr_out(struct st *s, unsigned i, uint64_t v)
{
	uint32_t len = 0;

	if (!st_ok(s) || s->raw[i + 1] == 0 ||
	    !st_read(s, &len, s->raw[i + 1], sizeof(len)))
		text_addr(s->o, v);
	else
		put_addr_len(s, v, len);
}

static void
put_protocol(struct st *s, unsigned i, uint64_t v)
{
	int domain = (int)s->raw[0];

	if (domain == AF_INET || domain == AF_INET6)
		text_enum(s->o, &abi_set_ipproto, v);
	else
		put_decimal(s, i, v);
}

static void
put_option(struct st *s, unsigned i, uint64_t v)
{
	int level = (int)s->raw[1];

	if (level == SOL_SOCKET)
		text_enum(s->o, &abi_set_so, v);
	else if (level == 6)
		text_enum(s->o, &abi_set_tcpopt, v);
	else
		put_decimal(s, i, v);
}

static void
put_option_value(struct st *s, uint64_t v, uint64_t len)
{
	bool sol = (int)s->raw[1] == SOL_SOCKET;
	int opt = (int)s->raw[2], n[3];

	if (sol && opt == SO_LINGER && len == 8 && st_read(s, n, v, 8))
		text_printf(s->o, "{l_onoff=%d, l_linger=%d}", n[0], n[1]);
	else if (sol && opt == SO_PEERCRED && len == 12 && st_read(s, n, v, 12))
		text_printf(s->o, "{pid=%d, uid=%u, gid=%u}", n[0],
		    (unsigned)n[1], (unsigned)n[2]);
	else if (sol && (opt == 20 || opt == 21) && len == 16)
		st_struct(s, v, len, "struct timeval");
	else if (len == sizeof(int))
		put_number(s, 3, v);
	else
		st_buffer(s, v, len, true);
}

static void
put_option_in(struct st *s, unsigned i, uint64_t v)
{
	put_option_value(s, v, (uint32_t)s->raw[i + 1]);
}

static void
put_option_out(struct st *s, unsigned i, uint64_t v)
{
	uint32_t len;

	if (!st_ok(s) || !st_read(s, &len, s->raw[i + 1], sizeof(len)))
		text_addr(s->o, v);
	else
		put_option_value(s, v, len);
}

/* ---- messages ----------------------------------------------------------------- */

static void
put_msg(struct st *s, uint64_t v, bool in)
{
	struct k_msghdr m;

	if (v == 0 || !st_read(s, &m, v, sizeof(m))) {
		text_addr(s->o, v);
		return;
	}
	text_put(s->o, "{msg_name=");
	put_addr_len(s, m.name, (uint32_t)m.namelen);
	text_printf(s->o, ", msg_namelen=%d, msg_iov=", m.namelen);
	st_iovec(s, m.iov, m.iovlen, in, (uint64_t)s->ret);
	text_printf(s->o, ", msg_iovlen=%lu", (unsigned long)m.iovlen);
	if (m.controllen != 0) {
		text_put(s->o, ", msg_control=");
		text_addr(s->o, m.control);
	}
	text_printf(s->o, ", msg_controllen=%lu, msg_flags=",
	    (unsigned long)m.controllen);
	text_set(s->o, &abi_set_msg, m.flags);
	text_char(s->o, '}');
}

static void
put_msg_in(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	put_msg(s, v, false);
}

static void
put_msg_out(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	if (st_ok(s))
		put_msg(s, v, true);
	else
		text_addr(s->o, v);
}

static void
put_two_sockets(struct st *s, unsigned i, uint64_t v)
{
	int fd[2];

	(void)i;
	if (st_ok(s) && st_read(s, fd, v, sizeof(fd)))
		text_printf(s->o, "[%d, %d]", fd[0], fd[1]);
	else
		text_addr(s->o, v);
}

/* ---- poll ----------------------------------------------------------------------- */

static void
element_pollfd(struct st *s, const void *e)
{
	const struct pollfd *p = e;

	text_printf(s->o, "{fd=%d", p->fd);
	if (p->fd >= 0) {
		text_put(s->o, ", events=");
		text_set(s->o, &abi_set_poll, (unsigned short)p->events);
	}
	text_char(s->o, '}');
}

static void
put_pollfds(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	put_array(s, v, (uint32_t)s->raw[1], sizeof(struct pollfd),
	    element_pollfd);
}

static void
put_left(struct st *s, uint64_t v, const char *tname)
{
	struct text *o = s->o;

	if (v == 0)
		return;
	s->o = &s->aux;
	text_put(s->o, s->aux.n > 0 ? ", left " : "left ");
	st_struct(s, v, sizeof(struct timespec), tname);
	s->o = o;
}

/* `= 1 ([{fd=3, revents=POLLIN}], left {...})` */
void
poll_result(struct st *s)
{
	uint64_t n = min_of((uint32_t)s->raw[1], (uint32_t)1024);
	const char *sep = "[";
	unsigned shown = 0;

	if (s->ret == 0) {
		text_put(&s->aux, "Timeout");
		return;
	}
	for (uint64_t i = 0; i < n; i++) {
		struct pollfd p;

		if (!st_read(s, &p, s->raw[0] + i * sizeof(p), sizeof(p)))
			break;
		if (p.revents == 0)
			continue;
		text_put(&s->aux, sep);
		sep = ", ";
		if (shown++ == ARRAY_MAX) {
			text_put(&s->aux, "...");
			break;
		}
		text_printf(&s->aux, "{fd=%d, revents=", p.fd);
		text_set(&s->aux, &abi_set_poll, (unsigned short)p.revents);
		text_char(&s->aux, '}');
	}
	if (shown > 0)
		text_char(&s->aux, ']');
	if (s->row->nr == ABI_NR_ppoll)
		put_left(s, s->raw[2], "struct timespec");
}

/* ---- select --------------------------------------------------------------------- */

#define FDSET_MAX	1024

static unsigned
fdset_size(const struct st *s)
{
	int n = (int)s->raw[0];

	return n < 0 ? 0 : min_of((unsigned)n, (unsigned)FDSET_MAX);
}

/* Whether a set could be read; what is beyond nfds is not looked at. */
static bool
read_fdset(const struct st *s, uint64_t v, unsigned char set[FDSET_MAX / 8])
{
	memset(set, 0, FDSET_MAX / 8);
	return v != 0 && st_read(s, set, v, (fdset_size(s) + 63) / 64 * 8);
}

static unsigned
put_fds(struct text *o, const unsigned char *set, unsigned n)
{
	unsigned shown = 0;

	text_char(o, '[');
	for (unsigned fd = 0; fd < n; fd++)
		if ((set[fd / 8] >> fd % 8 & 1) != 0)
			text_printf(o, "%s%u", shown++ > 0 ? " " : "", fd);
	text_char(o, ']');
	return shown;
}

static void
put_fdset(struct st *s, unsigned i, uint64_t v)
{
	unsigned char set[FDSET_MAX / 8];

	(void)i;
	if (read_fdset(s, v, set))
		put_fds(s->o, set, fdset_size(s));
	else
		text_addr(s->o, v);
}

static void
put_select_timeout(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	st_struct(s, v, sizeof(struct timeval), "struct timeval");
}

/* pselect6(2): a pointer to a set and its size. */
static void
put_sigset_arg(struct st *s, unsigned i, uint64_t v)
{
	struct k_sigset_arg arg;

	(void)i;
	if (v == 0 || !st_read(s, &arg, v, sizeof(arg))) {
		text_addr(s->o, v);
		return;
	}
	if (arg.set == 0) {
		text_put(s->o, "NULL");
		return;
	}
	text_put(s->o, "{sigmask=");
	st_struct(s, arg.set, sizeof(uint64_t), "sigset");
	text_printf(s->o, ", sigsetsize=%lu}", (unsigned long)arg.size);
}

/* `= 1 (in [3], left {...})` */
void
select_result(struct st *s)
{
	static const char *const name[] = { "in ", "out ", "except " };
	unsigned char set[FDSET_MAX / 8];
	unsigned n = fdset_size(s);
	char *end;

	if (s->ret == 0) {
		text_put(&s->aux, "Timeout");
		return;
	}
	for (unsigned i = 0; i < 3; i++) {
		size_t before = s->aux.n;

		if (!read_fdset(s, s->raw[i + 1], set))
			continue;
		text_put(&s->aux, before > 0 ? ", " : "");
		text_put(&s->aux, name[i]);
		if (put_fds(&s->aux, set, n) > 0)
			continue;
		/* an empty set is not worth a word */
		end = s->aux.buf + before;
		*end = '\0';
		s->aux.n = before;
	}
	put_left(s, s->raw[4], s->row->nr == ABI_NR_select ?
	    "struct timeval" : "struct timespec");
}

/* ---- epoll ---------------------------------------------------------------------- */

static void
element_epoll(struct st *s, const void *e)
{
	struct epoll_event ev;

	memcpy(&ev, e, sizeof(ev));
	text_put(s->o, "{events=");
	text_set(s->o, &abi_set_epoll, ev.events);
	text_printf(s->o, ", data={u32=%u, u64=%lu}}", ev.data.u32,
	    ev.data.u64);
}

static void
put_epoll_in(struct st *s, unsigned i, uint64_t v)
{
	struct epoll_event ev;

	(void)i;
	if (v == 0 || !st_read(s, &ev, v, sizeof(ev)))
		text_addr(s->o, v);
	else
		element_epoll(s, &ev);
}

static void
put_epoll_out(struct st *s, unsigned i, uint64_t v)
{
	(void)i;
	if (st_ok(s))
		put_array(s, v, (uint64_t)s->ret, sizeof(struct epoll_event),
		    element_epoll);
	else
		text_addr(s->o, v);
}

#define P(call, arg, put)	{ ABI_NR_##call, arg, false, put }
#define LATE(call, arg, put)	{ ABI_NR_##call, arg, true, put }
const struct special special_net[] = {
	P(socket, 2, put_protocol),
	P(socketpair, 2, put_protocol),
	LATE(socketpair, 3, put_two_sockets),
	P(connect, 1, put_addr_in),
	P(bind, 1, put_addr_in),
	P(sendto, 4, put_addr_in),
	LATE(accept, 1, put_addr_out),
	LATE(accept, 2, put_number),
	LATE(accept4, 1, put_addr_out),
	LATE(accept4, 2, put_number),
	LATE(getsockname, 1, put_addr_out),
	LATE(getsockname, 2, put_number),
	LATE(getpeername, 1, put_addr_out),
	LATE(getpeername, 2, put_number),
	LATE(recvfrom, 4, put_addr_out),
	LATE(recvfrom, 5, put_number),
	P(setsockopt, 2, put_option),
	P(setsockopt, 3, put_option_in),
	P(getsockopt, 2, put_option),
	LATE(getsockopt, 3, put_option_out),
	LATE(getsockopt, 4, put_number),
	P(sendmsg, 1, put_msg_in),
	LATE(recvmsg, 1, put_msg_out),
	P(poll, 0, put_pollfds),
	P(ppoll, 0, put_pollfds),
	P(ppoll, 2, put_timespec_arg),
	P(select, 1, put_fdset),
	P(select, 2, put_fdset),
	P(select, 3, put_fdset),
	P(select, 4, put_select_timeout),
	P(pselect6, 1, put_fdset),
	P(pselect6, 2, put_fdset),
	P(pselect6, 3, put_fdset),
	P(pselect6, 4, put_timespec_arg),
	P(pselect6, 5, put_sigset_arg),
	P(epoll_ctl, 3, put_epoll_in),
	LATE(epoll_wait, 1, put_epoll_out),
	LATE(epoll_pwait, 1, put_epoll_out),
	LATE(epoll_pwait2, 1, put_epoll_out),
};
const unsigned special_net_count = nitems(special_net);
