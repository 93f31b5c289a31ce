/*
 * net_inet_port.c - who has which port.
 *
 * One table for TCP and one for UDP.  The table lock (RANK_LEAF) is taken with
 * the socket's own held; addresses of sockets in the table change only under
 * both.  State and options of others are read without their locks: an answer
 * may be as old as if the call had come a moment earlier.
 */
#include "vkern/net_impl.h"

#include <netinet/in.h>

#define PORT_FIRST	32768u
#define PORT_LAST	60999u

static int
table_of(const struct socket *s)
{
	return s->type == SOCK_STREAM ? 0 : s->protocol == IPPROTO_UDP ? 1 : 2;
}

/* Does one bound to l take what is for n's address? */
static bool
covers(const struct naddr *l, bool v6only, const struct naddr *n)
{
	if (!naddr_is_any(l))
		return naddr_same(l, n);
	if (naddr_is_v4(l))
		return naddr_is_v4(n);
	return !v6only || !naddr_is_v4(n);
}

/* May s not be bound to n beside o? */
static bool
conflict(const struct socket *s, const struct naddr *n, const struct socket *o)
{
	bool reuse = sock_flag(s, SF_REUSEADDR) && sock_flag(o, SF_REUSEADDR);

	if (!covers(n, s->in.v6only, &o->in.local) && !covers(&o->in.local, o->in.v6only, n))
		return false;
	if (reuse && (s->type == SOCK_DGRAM || o->state != SK_LISTEN))
		return false;
	return !sock_flag(s, SF_REUSEPORT) || !sock_flag(o, SF_REUSEPORT) || s->in.uid != o->in.uid;
}

static bool
port_taken(const struct socket *s, const struct naddr *n)
	REQUIRES(vk->net->lock)
{
	struct socket *o;

	LIST_FOREACH(o, &vk->net->ports[table_of(s)][n->port % PORT_HASH], in.hash)
		if (o != s && o->in.local.port == n->port && conflict(s, n, o))
			return true;
	return false;
}

static bool
port_used(const struct socket *s, uint16_t port)
	REQUIRES(vk->net->lock)
{
	struct socket *o;

	LIST_FOREACH(o, &vk->net->ports[table_of(s)][port % PORT_HASH], in.hash)
		if (o->in.local.port == port)
			return true;
	return false;
}

static bool
port_choose(const struct socket *s, uint16_t *port)
	REQUIRES(vk->net->lock)
{
	struct net_state *ns = vk->net;
	unsigned i;

	for (i = PORT_FIRST; i <= PORT_LAST; i++) {
		if (++ns->ephemeral > PORT_LAST || ns->ephemeral < PORT_FIRST)
			ns->ephemeral = PORT_FIRST;
		if (!port_used(s, ns->ephemeral)) {
			*port = ns->ephemeral;
			return true;
		}
	}
	return false;
}

static void
port_insert(struct socket *s, const struct naddr *n)
	REQUIRES(vk->net->lock)
{
	s->in.local = *n;
	s->in.bound = true;
	LIST_INSERT_HEAD(&vk->net->ports[table_of(s)][n->port % PORT_HASH], s, in.hash);
}

int
inet_port_bind(struct socket *s, const struct naddr *n)
{
	struct net_state *ns = net_state();
	struct naddr at = *n;
	int err = 0;

	KASSERT(ns == vk->net && !s->in.bound);
	mutex_lock(&vk->net->lock);
	if (at.port == 0 ? !port_choose(s, &at.port) : port_taken(s, &at))
		err = -EADDRINUSE;
	else
		port_insert(s, &at);
	mutex_unlock(&vk->net->lock);
	return err;
}

int
inet_autobind(struct socket *s)
{
	if (s->in.bound)
		return 0;
	return inet_port_bind(s, &s->in.local) ? -EAGAIN : 0;
}

void
inet_port_unbind(struct socket *s)
{
	if (!s->in.bound)
		return;
	mutex_lock(&vk->net->lock);
	LIST_REMOVE(s, in.hash);
	s->in.bound = false;
	s->in.local.port = 0;
	mutex_unlock(&vk->net->lock);
}

void
inet_port_share(struct socket *child, const struct naddr *n)
{
	mutex_lock(&vk->net->lock);
	port_insert(child, n);
	mutex_unlock(&vk->net->lock);
}

void
inet_set_local(struct socket *s, const struct naddr *n)
{
	net_state();
	mutex_lock(&vk->net->lock);
	s->in.local = *n;
	mutex_unlock(&vk->net->lock);
}

int
inet_port_listen(struct socket *s)
{
	int err;

	err = inet_autobind(s);
	if (err)
		return -EADDRINUSE;
	mutex_lock(&vk->net->lock);
	if (port_taken(s, &s->in.local))
		err = -EADDRINUSE;
	else
		s->state = SK_LISTEN;
	mutex_unlock(&vk->net->lock);
	return err;
}

/* --- finding --- */

/* How well s fits, 0: not at all. */
static int
score(const struct socket *s, const struct naddr *to)
{
	if (s->in.local.port != to->port || !covers(&s->in.local, s->in.v6only, to))
		return 0;
	return 1 + !naddr_is_any(&s->in.local) * 4 + (s->family == (naddr_is_v4(to) ? AF_INET : AF_INET6)) * 2;
}

struct socket *
inet_find_listener(const struct naddr *to)
{
	struct net_state *ns = net_state();
	struct socket *s, *best = NULL;
	int sc, best_sc = 0;

	mutex_lock(&ns->lock);
	LIST_FOREACH(s, &ns->ports[0][to->port % PORT_HASH], in.hash) {
		sc = s->state == SK_LISTEN ? score(s, to) : 0;
		if (sc > best_sc) {
			best = s;
			best_sc = sc;
		}
	}
	if (best != NULL)
		sock_ref(best);
	mutex_unlock(&ns->lock);
	return best;
}

struct socket *
inet_find_udp(const struct naddr *to, const struct naddr *from, int protocol)
{
	struct net_state *ns = net_state();
	struct socket *s, *best = NULL;
	int sc, best_sc = 0;

	mutex_lock(&ns->lock);
	LIST_FOREACH(s, &ns->ports[protocol == IPPROTO_UDP ? 1 : 2][to->port % PORT_HASH], in.hash) {
		sc = score(s, to);
		if (sc > 0 && s->in.remote.port != 0) {
			/* A connected one hears its peer only. */
			if (s->in.remote.port != from->port || !naddr_same(&s->in.remote, from))
				continue;
			sc += 8;
		}
		if (sc > best_sc) {
			best = s;
			best_sc = sc;
		}
	}
	if (best != NULL)
		sock_ref(best);
	mutex_unlock(&ns->lock);
	return best;
}
