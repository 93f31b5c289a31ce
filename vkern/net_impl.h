/*
 * net_impl.h - sockets: what the net_*.c files and sys_net.c share.
 *
 * A socket is common state plus what its family keeps.  Data never passes a
 * wire: a sender puts messages (struct nmsg) on the receive queue of its peer,
 * and is charged for them until they are read.
 *
 * Life: a file holds a reference; a peer, the messages a socket has sent and
 * calls in progress hold others.  sock_release() (the file is gone) makes it
 * dead: from then on nothing is queued on it.
 *
 * Locks: socket.lock (RANK_OBJ) [m].  Two sockets are locked in the order of
 * their addresses by sock_lock_two().  inode.lock (RANK_INODE) of a bound name
 * comes before; the tables of names (RANK_LEAF) inside.  No file is put and no
 * guest memory touched with a socket locked: consumed messages are collected
 * and freed later (msgs_free()).
 */
#ifndef VKSUP_NET_IMPL_H
#define VKSUP_NET_IMPL_H

#include <sys/socket.h>
#include <sys/un.h>

#include "vksup/file.h"
#include "vksup/proc.h"
#include "vksup/vkern.h"

#define SOL_TCP_	6
#define SOL_UDP_	17
#define SCM_MAX_FD_	253
#define K_MSG_CMSG_COMPAT 0x80000000u
#define CAP_NET_BIND_SERVICE_ 10
#define CAP_NET_ADMIN_	12
#define CAP_NET_RAW_	13
#define CAP_SYS_ADMIN_	21
#define CAP_SYS_RESOURCE_ 24

#define SHUT_R		1u	/* RCV_SHUTDOWN */
#define SHUT_W		2u	/* SEND_SHUTDOWN */
#define SHUT_ALL	3u

struct socket;

/* --- messages --- */

/* Files under way (SCM_RIGHTS). */
struct scm_fds {
	int		n;
	struct file	*f[SCM_MAX_FD_];	/* references */
};

/* What goes with a message. */
struct scm {
	struct scm_fds	*fds;		/* or NULL */
	bool		has_cred;
	int		pid;
	uint32_t	uid, gid;
};

/* An address of AF_UNIX; immutable, counted. */
struct unix_addr {
	_Atomic int	refs;
	int		len;		/* of sun, as getsockname() gives it */
	struct sockaddr_un sun;
	char		pad;		/* so that a full sun_path is terminated */
};

/* An address and port of AF_INET or AF_INET6: v4 is mapped (::ffff:a.b.c.d). */
struct naddr {
	uint8_t		a[16];
	uint16_t	port;		/* host order */
};

/* What goes with a datagram of inet beside addresses. */
struct inet_ctl {
	int		ttl, tos;	/* to send: -1: the socket's own */
	int64_t		stamp;		/* CLOCK_REALTIME of its coming, 0: not asked for */
};

struct nmsg {
	TAILQ_ENTRY(nmsg) link;		/* [m] of the queue's socket */
	_Atomic int	refs;		/* the queue's, a reader's */
	bool		queued;		/* [m] */
	size_t		len, off;	/* [I], [m] bytes in all; read already */
	size_t		charge;		/* [I] against owner->wmem */
	struct socket	*owner;		/* [I] reference, or NULL */
	struct scm	scm;		/* [m] */
	struct naddr	from, to;	/* [I] inet */
	struct inet_ctl	ctl;		/* [I] inet */
	uint8_t		data[];
};
TAILQ_HEAD(nmsgq, nmsg);

/* One send or receive call. */
struct msgio {
	struct uio	*u;
	unsigned	flags;		/* MSG_*; MSG_DONTWAIT also for O_NONBLOCK */
	unsigned	out_flags;	/* MSG_* for the receiver to see */
	int		namelen;	/* send: 0: none; receive: filled in */
	struct sockaddr_storage name;
	struct scm	scm;		/* to send, or received */
	struct naddr	to;		/* receive: where it came to (IP_PKTINFO) */
	struct inet_ctl	ctl;		/* to send (has_ctl: given), or received */
	bool		has_ctl;	/* to and ctl hold something */
	bool		no_control;	/* receive: the caller gave no room for control */
	size_t		controllen;	/* send: bytes of control messages given */
};

/* --- sockets --- */

enum sock_state { SK_CLOSE, SK_SYN_SENT, SK_ESTABLISHED, SK_LISTEN };

struct sock_opts {
	uint32_t	sndbuf, rcvbuf;
	int		rcvlowat, priority, mark, peek_off;
	int64_t		rcvtimeo, sndtimeo;	/* ns, 0: none */
	int		linger;			/* seconds, -1: off */
	uint32_t	flags;			/* bit per boolean option, net_opt.c */
};

struct unix_sock {
	struct unix_addr *addr;		/* [m] reference; NULL: unbound */
	struct inode	*ino;		/* [m] reference: where the name is */
	LIST_ENTRY(socket) hash;	/* table lock: abstract names */
	LIST_ENTRY(socket) all;		/* garbage lock */
	LIST_HEAD(, socket) conns;	/* [m] datagram sockets connected to this one */
	LIST_ENTRY(socket) conn;	/* [m] of the peer */
	bool		hashed;		/* table lock */
	bool		embryo;		/* [o] released before it was accepted */
	int		inflight;	/* garbage lock: how often its file is under way */
	int		gc_refs;	/* garbage lock */
	bool		gc_seen, listed; /* garbage lock */
};

#define INET_NOPTS	48
/* What connect() has told, socket.state of <linux/net.h>. */
enum inet_ss { SS_UNCONNECTED_, SS_CONNECTING_, SS_CONNECTED_ };
struct inet_sock {
	struct naddr	local, remote;	/* [m]; local also under the table lock */
	bool		bound;		/* [m] in the table of ports */
	bool		bound_addr;	/* [m] bind() named the address */
	bool		bound_port;	/* [m] bind() named the port */
	bool		v6only;		/* [m] */
	bool		fin;		/* [m] the peer sends no more */
	bool		has_oob;	/* [m] */
	uint8_t		oob;		/* [m] urgent byte */
	enum inet_ss	ss;		/* [m] */
	uint32_t	uid;		/* [I] SO_REUSEPORT is for one user's */
	LIST_ENTRY(socket) hash;	/* table lock */
	TAILQ_HEAD(, socket) pend;	/* [m] connects that wait for room, references */
	TAILQ_ENTRY(socket) pend_link;	/* [m] of the listener */
	struct socket	*pend_on;	/* [m] reference: the listener */
	int		opt[INET_NOPTS]; /* [m] net_inet_opt.c */
};

struct netlink_sock {
	uint32_t	portid, groups;	/* [m] */
	LIST_ENTRY(socket) all;		/* table lock */
	bool		bound;		/* [m] */
};

struct sock_ops {
	int	(*bind)(struct socket *s, const struct sockaddr_storage *a, int len);
	int	(*connect)(struct socket *s, const struct sockaddr_storage *a, int len, bool nowait);
	int	(*listen)(struct socket *s, int backlog);
	/* A connected socket with a reference. */
	int	(*accept)(struct socket *s, bool nowait, struct socket **out);
	/* Length of the name put at a, or -errno. */
	int	(*getname)(struct socket *s, struct sockaddr_storage *a, bool peer);
	ssize_t	(*send)(struct socket *s, struct msgio *m);
	ssize_t	(*recv)(struct socket *s, struct msgio *m);
	int	(*shutdown)(struct socket *s, int how);
	unsigned (*poll)(struct socket *s);
	/* Levels other than SOL_SOCKET; NULL: -EOPNOTSUPP. */
	int	(*setopt)(struct socket *s, int level, int name, gaddr_t val, int len);
	int	(*getopt)(struct socket *s, int level, int name, gaddr_t val, gaddr_t len);
	long	(*ioctl)(struct socket *s, unsigned cmd, unsigned long arg);
	/* The file is gone: leave peer and names.  Before the queue is emptied. */
	void	(*release)(struct socket *s);
	/* The last reference is gone. */
	void	(*destroy)(struct socket *s);
};

struct socket {
	_Atomic int	refs;
	const struct sock_ops *ops;	/* [I] */
	int		family, type, protocol;	/* [I] */
	struct mutex	lock;
	struct waitq	wq;
	enum sock_state	state;		/* [m] */
	bool		dead;		/* [m] its file is gone */
	bool		reading;	/* [m] one reader at a time */
	int		readers;	/* [m] that wait for that */
	unsigned	shut;		/* [m] SHUT_* */
	int		err;		/* [m] pending error, positive */
	struct socket	*peer;		/* [m] reference */
	_Atomic(struct file *) file;	/* [a] not a reference; NULL before and after */
	struct nmsgq	rcvq;		/* [m] */
	size_t		rcv_bytes;	/* [m] not yet read in rcvq */
	unsigned	rcv_count;	/* [m] messages in rcvq */
	size_t		wmem;		/* [m] charged and not yet read */
	TAILQ_HEAD(, socket) acceptq;	/* [m] of a listener; references */
	TAILQ_ENTRY(socket) accept_link; /* [m] of the listener */
	unsigned	acceptq_len;	/* [m] */
	unsigned	backlog;	/* [m] */
	struct sock_opts opt;		/* [m] */
	struct cred	*peer_cred;	/* [m] reference; NULL: none */
	int		peer_pid;	/* [m] */
	union {
		struct unix_sock un;
		struct inet_sock in;
		struct netlink_sock nl;
	};
};

/* Boolean options: bits of opt.flags. */
#define SF_PASSCRED	0x001u
#define SF_REUSEADDR	0x002u
#define SF_REUSEPORT	0x004u
#define SF_KEEPALIVE	0x008u
#define SF_BROADCAST	0x010u
#define SF_OOBINLINE	0x020u
#define SF_DONTROUTE	0x040u
#define SF_DEBUG	0x080u
#define SF_NO_CHECK	0x100u
#define SF_TIMESTAMP	0x200u
#define SF_TIMESTAMPNS	0x400u
#define SF_RXQ_OVFL	0x800u
#define SF_PASSSEC	0x1000u
#define SF_ZEROCOPY	0x2000u
#define SF_LOCK_FILTER	0x4000u
#define SF_SNDBUF_SET	0x8000u

static inline bool
sock_flag(const struct socket *s, uint32_t f)
{
	return (s->opt.flags & f) != 0;
}

#define UNIX_HASH	256
#define PORT_HASH	256
struct net_state {
	struct mutex	lock;		/* RANK_LEAF: names and ports */
	LIST_HEAD(, socket) abstract[UNIX_HASH];
	LIST_HEAD(, socket) ports[3][PORT_HASH]; /* TCP, UDP, UDP-Lite */
	LIST_HEAD(, socket) netlinks;
	uint32_t	autobind;	/* [m] last name */
	uint16_t	ephemeral;	/* [m] last port */
	struct mutex	gc_lock;	/* RANK_LEAF: in-flight files, net_gc.c */
	LIST_HEAD(, socket) unixes;	/* [m] gc_lock */
	int		inflight;	/* [m] gc_lock: sockets' files, of all */
	int		inflight_files;	/* [m] gc_lock: all files under way */
	bool		collecting;	/* [m] gc_lock */
};
struct net_state *net_state(void);

/* --- net_socket.c --- */
/* One reference; family state zeroed; not yet a file. */
struct socket *sock_new(const struct sock_ops *ops, int family, int type, int protocol);
static inline struct socket *
sock_ref(struct socket *s)
{
	s->refs++;
	return s;
}
void sock_unref(struct socket *s);
/* socket(2) without the file. */
int sock_create(int family, int type, int protocol, struct socket **out) must_check;
/* Takes over the reference. */
struct file *sock_file(struct socket *s, unsigned flags);
/* NULL if f is none. */
struct socket *file_socket(struct file *f);
/* The end of a socket that nobody can name any more. */
void sock_release(struct socket *s);
/* file_put() that may be called from within a release: never recurses. */
void file_put_later(struct file *f);
void sock_lock_two(struct socket *a, struct socket *b) ACQUIRE(a->lock, b->lock);
void sock_unlock_two(struct socket *a, struct socket *b) RELEASE(a->lock, b->lock);
/* Wait on wq with m held: 0, -EAGAIN at the deadline, -EINTR, -ERESTARTSYS. */
int sock_wait(struct waitq *wq, struct mutex *m, ktime_t deadline) REQUIRES(m) must_check;
/* When a call with these flags gives up: 0: at once. */
ktime_t sock_deadline(int64_t timeo, bool nowait);
/* Takes the pending error: 0 or -errno. */
int sock_error(struct socket *s) REQUIRES(s->lock) must_check;
/* Something changed: readers, writers and pollers look again. */
void sock_wake(struct socket *s, unsigned events) REQUIRES(s->lock);
/* The credentials of the current process become those of s's peer. */
void sock_peercred_current(struct socket *s) REQUIRES(s->lock);
void sock_peercred_copy(struct socket *to, struct cred *c, int pid) REQUIRES(to->lock);

/* --- net_queue.c --- */
/* A message with room for n bytes, charged to owner (may be NULL); NULL: no memory. */
struct nmsg *msg_new(size_t n, struct socket *owner);
void msg_unref(struct nmsg *m);
void msgs_free(struct nmsgq *q);
/* Charge s, waiting for room: 0, or -errno (-EPIPE when it may not send). */
int sock_charge(struct socket *s, size_t charge, size_t limit, ktime_t deadline) must_check;
size_t msg_charge(size_t n);
/* Is there enough room for poll() to say so? */
bool sock_writable(const struct socket *s);
/* Fill m from the call. */
int msg_fill(struct nmsg *m, struct uio *u) must_check;
void sock_enqueue(struct socket *s, struct nmsg *m) REQUIRES(s->lock);
/* The scm of a call goes with m. */
void msg_take_scm(struct nmsg *m, struct msgio *io, const struct socket *from, const struct socket *to);
/* Be the reader of s: 0, -EAGAIN, -ERESTARTSYS. */
int sock_read_enter(struct socket *s, ktime_t deadline) REQUIRES(s->lock) must_check;
void sock_read_leave(struct socket *s) REQUIRES(s->lock);
/*
 * Receive as a stream.  empty() says what to do when there is nothing to read:
 * >0 end with what there is, 0 wait, or -errno.  name() fills in io->name.
 */
struct stream_ops {
	int	(*empty)(struct socket *s, bool got);
	void	(*name)(struct socket *s, struct msgio *io, struct nmsg *m);
	bool	unix_scm;	/* credentials keep messages apart, files end a read */
	bool	trunc_discards;	/* MSG_TRUNC: throw bytes away */
};
ssize_t stream_recv(struct socket *s, struct msgio *io, const struct stream_ops *so);
/* Receive one datagram; empty() as above. */
ssize_t dgram_recv(struct socket *s, struct msgio *io, const struct stream_ops *so);
/* All messages of s, moved to q.  Of a stream: only by its reader, or when dead. */
void sock_purge(struct socket *s, struct nmsgq *q) REQUIRES(s->lock);

/* --- net_scm.c --- */
void scm_free(struct scm *scm);
/* Parse control messages of a send; fill io->scm. */
int scm_send(struct socket *s, struct msgio *io, const void *ctl, size_t len) must_check;
/* Write control messages of a receive into the guest's buffer. *len is its
 * size, and what was used after. */
void scm_recv(struct socket *s, struct msgio *io, gaddr_t ctl, size_t *len, bool cloexec);
struct scm_fds *scm_fds_dup(const struct scm_fds *fds);
/* The guest's buffer for control messages, being filled. */
struct ctl_out {
	gaddr_t		at;
	size_t		left;
	struct msgio	*io;
};
void ctl_put(struct ctl_out *o, int level, int type, const void *data, size_t n);

/* --- net_opt.c --- */
int sock_setopt(struct socket *s, int name, gaddr_t val, int len) must_check;
int sock_getopt(struct socket *s, int name, gaddr_t val, gaddr_t len) must_check;
void sock_opts_init(struct socket *s);
void sock_opts_inherit(struct socket *child, const struct socket *parent);
/* Store an int as getsockopt() does. */
int sockopt_put(const void *v, int n, gaddr_t val, gaddr_t len) must_check;

/* --- net_unix*.c --- */
extern const struct sock_ops unix_stream_ops, unix_dgram_ops;
int unix_create(int type, int protocol, struct socket **out) must_check;
void unix_pair(struct socket *a, struct socket *b);
void unix_addr_put(struct unix_addr *a);
/* net_unix_name.c */
int unix_check_addr(const struct sockaddr_storage *a, int len) must_check;
int unix_bind(struct socket *s, const struct sockaddr_storage *a, int len) must_check;
int unix_autobind(struct socket *s) must_check;
/* Whom a name of this type leads to, with a reference. */
int unix_find(const struct sockaddr_storage *a, int len, int type, struct socket **out) must_check;
void unix_unbind(struct socket *s);
int unix_getname(struct socket *s, struct sockaddr_storage *a, bool peer);
void unix_put_name(struct socket *s, struct msgio *io, struct nmsg *m);
/* net_unix_dgram.c */
ssize_t unix_dgram_send(struct socket *s, struct msgio *io);
ssize_t unix_dgram_recv(struct socket *s, struct msgio *io);
int unix_dgram_connect(struct socket *s, const struct sockaddr_storage *a, int len, bool nowait);
unsigned unix_dgram_poll(struct socket *s);
void unix_dgram_leave(struct socket *s);
bool unix_recvq_full(const struct socket *s);
/* net_gc.c */
void unix_gc_add(struct socket *s);
void unix_gc_del(struct socket *s);
void unix_gc_inflight(struct scm_fds *fds, int by);
/* Are more files under way than the current process may have open? */
bool unix_too_many(void);
void unix_gc(void);

/* --- net_inet*.c --- */
extern const struct sock_ops tcp_ops, udp_ops;
#define TCP_SNDBUF	2626560u	/* of a connection over the loopback */
/* net_inet.c: creation and what TCP and UDP share */
int inet_create(int family, int type, int protocol, struct socket **out) must_check;
struct socket *inet_new(const struct sock_ops *ops, int family, int type, int protocol);
int inet_bind(struct socket *s, const struct sockaddr_storage *a, int len) must_check;
int inet_getname(struct socket *s, struct sockaddr_storage *a, bool peer);
/* The address to connect or send to: parsed, and one that there is. */
int inet_dest(const struct socket *s, const struct sockaddr_storage *a, int len, bool send,
    struct naddr *out) must_check;
/* The local address for talking to `to`. */
struct naddr inet_source(const struct socket *s, const struct naddr *to);
long inet_ioctl(struct socket *s, unsigned cmd, unsigned long arg);
bool naddr_is_any(const struct naddr *n);
bool naddr_is_v4(const struct naddr *n);
bool naddr_same(const struct naddr *a, const struct naddr *b);
int naddr_to(int family, const struct naddr *n, struct sockaddr_storage *a);
/* net_inet_port.c; the table lock is taken inside */
/* Take n (port 0: any free one): -EADDRINUSE. */
int inet_port_bind(struct socket *s, const struct naddr *n) REQUIRES(s->lock) must_check;
void inet_port_unbind(struct socket *s) REQUIRES(s->lock);
/* A port for one that has none; -EAGAIN. */
int inet_autobind(struct socket *s) REQUIRES(s->lock) must_check;
/* An accepted socket shares its listener's port. */
void inet_port_share(struct socket *child, const struct naddr *n) REQUIRES(child->lock);
void inet_set_local(struct socket *s, const struct naddr *n) REQUIRES(s->lock);
/* May s listen where it is bound?  0 or -EADDRINUSE; makes it SK_LISTEN. */
int inet_port_listen(struct socket *s) REQUIRES(s->lock) must_check;
/* Who takes what is sent to `to`; with a reference, or NULL. */
struct socket *inet_find_listener(const struct naddr *to);
struct socket *inet_find_udp(const struct naddr *to, const struct naddr *from, int protocol);
/* net_inet_opt.c */
int inet_setopt(struct socket *s, int level, int name, gaddr_t val, int len) must_check;
int inet_getopt(struct socket *s, int level, int name, gaddr_t val, gaddr_t len) must_check;
void inet_opts_init(struct socket *s);
/* The value of an option of level IP or IPv6, 0 if s has none such. */
int inet_opt(const struct socket *s, int level, int name);
/* net_inet_cmsg.c: one control message of a send: 0 or -EINVAL... */
int inet_cmsg_send(struct socket *s, struct msgio *io, const struct cmsghdr *h, const void *data) must_check;
struct ctl_out;
/* All that s has asked for about what was received. */
void inet_cmsg_recv(struct ctl_out *o, struct socket *s, const struct msgio *io);
/* net_if.c: interface requests that any socket answers; -ENOTTY: none. */
long netif_ioctl(unsigned cmd, unsigned long arg);

/* --- net_netlink.c --- */
int netlink_create(int type, int protocol, struct socket **out) must_check;

#endif
