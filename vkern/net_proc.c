/*
 * net_proc.c - the tables of sockets in /proc/net.
 *
 * Rows are written while the list of sockets is locked.  A socket's state and
 * file are read without its lock: the file cannot go, because a socket leaves
 * its list before.
 */
#include "vkern/net_impl.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vksup/net.h"

struct rows {
	char		*text;
	size_t		len, size;
	int		n;
};

static void printf_like(2, 3)
row(struct rows *r, const char *fmt, ...)
{
	char line[512], *more;
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	n = strlen(line);
	if (r->len + n + 1 > r->size) {
		more = kalloc(r->size * 2 + sizeof(line));
		if (more == NULL)
			return;
		if (r->text != NULL)
			memcpy(more, r->text, r->len);
		kfree(r->text);
		r->text = more;
		r->size = r->size * 2 + sizeof(line);
	}
	memcpy(r->text + r->len, line, n + 1);
	r->len += n;
	r->n++;
}

static unsigned long
sock_ino(struct socket *s)
{
	struct file *f = s->file;

	return f != NULL ? (unsigned long)f->inode->ino : 0;
}

/* --- AF_UNIX --- */

/* The name as it is shown: abstract ones with @ for each NUL. */
static void
unix_path(struct socket *s, char *buf)
{
	struct unix_addr *ua = __atomic_load_n(&s->un.addr, __ATOMIC_ACQUIRE);
	int i, n;

	buf[0] = '\0';
	if (ua == NULL)
		return;
	*buf++ = ' ';
	n = ua->len - (int)offsetof(struct sockaddr_un, sun_path);
	if (ua->sun.sun_path[0] != '\0')
		n--;
	for (i = 0; i < n; i++)
		buf[i] = ua->sun.sun_path[i] != '\0' ? ua->sun.sun_path[i] : '@';
	buf[i] = '\0';
}

static void
unix_rows(struct rows *r)
{
	struct net_state *ns = net_state();
	char name[sizeof(struct sockaddr_un) + 2];
	struct socket *s;
	bool listens;

	mutex_lock(&ns->gc_lock);
	LIST_FOREACH(s, &ns->unixes, un.all) {
		listens = s->state == SK_LISTEN;
		unix_path(s, name);
		row(r, "%016x: %08X %08X %08X %04X %02X %5lu%s\n", 0, 2, 0, listens ? 0x10000 : 0,
		    s->type, s->state == SK_ESTABLISHED ? 3 : 1, sock_ino(s), name);
	}
	mutex_unlock(&ns->gc_lock);
}

/* --- AF_INET, AF_INET6 --- */

static int
state_number(const struct socket *s)
{
	if (s->type == SOCK_DGRAM)
		return s->state == SK_ESTABLISHED ? 1 : 7;
	switch (s->state) {
	case SK_ESTABLISHED:
		return s->in.fin ? 8 : (s->shut & SHUT_W) ? 5 : 1;
	case SK_SYN_SENT:
		return 2;
	case SK_LISTEN:
		return 10;
	default:
		return 7;
	}
}

/* Words of the machine's order, in hexadecimal, as Linux prints them. */
static const char *
hex_addr(const struct socket *s, const struct naddr *n, char buf[48])
{
	uint32_t w[4];

	memcpy(w, n->a, 16);
	if (s->family == AF_INET)
		snprintf(buf, 48, "%08X:%04X", w[3], n->port);
	else
		snprintf(buf, 48, "%08X%08X%08X%08X:%04X", w[0], w[1], w[2], w[3], n->port);
	return buf;
}

static void
inet_rows(struct rows *r, int table, int family)
{
	struct net_state *ns = net_state();
	char local[48], remote[48];
	struct socket *s;
	unsigned i;

	mutex_lock(&ns->lock);
	for (i = 0; i < PORT_HASH; i++) {
		LIST_FOREACH(s, &ns->ports[table][i], in.hash) {
			if (s->family != family)
				continue;
			row(r, "%4d: %s %s %02X %08X:%08X 00:00000000 00000000 %5u        0 %lu 2 %016x %s\n",
			    r->n, hex_addr(s, &s->in.local, local), hex_addr(s, &s->in.remote, remote),
			    state_number(s), 0, (unsigned)s->rcv_bytes, s->in.uid, sock_ino(s), 0,
			    table == 0 ? "100 0 0 10 0" : "0");
		}
	}
	mutex_unlock(&ns->lock);
}

char *
net_proc_rows(const char *name)
{
	struct rows r = { 0 };

	if (strcmp(name, "unix") == 0)
		unix_rows(&r);
	else if (strcmp(name, "tcp") == 0)
		inet_rows(&r, 0, AF_INET);
	else if (strcmp(name, "tcp6") == 0)
		inet_rows(&r, 0, AF_INET6);
	else if (strcmp(name, "udp") == 0)
		inet_rows(&r, 1, AF_INET);
	else if (strcmp(name, "udp6") == 0)
		inet_rows(&r, 1, AF_INET6);
	return r.text;
}
