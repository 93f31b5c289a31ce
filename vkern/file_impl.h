/*
 * file_impl.h - what the file_*.c and sys_file*.c files share among each
 * other.  Nothing here is for the rest of the kernel: see vksup/file.h.
 */
#ifndef VKSUP_FILE_IMPL_H
#define VKSUP_FILE_IMPL_H

#include <stdatomic.h>

#include "vksup/file.h"
#include "vksup/host.h"
#include "vksup/proc.h"

/* As Linux: the most that one read or write moves. */
#define MAX_RW_COUNT	0x7ffff000L

/* preadv2 and pwritev2. */
#define K_RWF_HIPRI	0x01u
#define K_RWF_DSYNC	0x02u
#define K_RWF_SYNC	0x04u
#define K_RWF_NOWAIT	0x08u
#define K_RWF_APPEND	0x10u
#define K_RWF_NOAPPEND	0x20u
#define K_RWF_ATOMIC	0x40u
#define K_RWF_DONTCACHE	0x80u

/* One per kernel; made when first asked for. */
struct file_state {
	struct superblock anon, pipe, sock, memfd;	/* [I] but for next_ino */
	struct superblock stdio[3];	/* [I] one per descriptor: st_dev is the host's */
	struct mutex	flock_lock;	/* RANK_FLOCK: every file lock there is */
	TAILQ_HEAD(, flock_waiter) flock_blocked; /* [m] flock_lock */
	struct mutex	notify_lock;	/* RANK_OBJ: every inotify object */
	_Atomic int	nwatches;
	_Atomic uint32_t cookie;
	struct mutex	epoll_graph;	/* RANK_EPOLL, outside of any epoll.lock */
	unsigned	epoll_mark;	/* [m] epoll_graph: of the last walk */
	struct mutex	sigio_lock;	/* RANK_LEAF: queue of file_async.c */
	TAILQ_HEAD(, fasync) sigio_queue; /* [m] sigio_lock */
	struct host_parker sigio_parker;
	bool		sigio_started;	/* [m] sigio_lock */
	_Atomic bool	sigio_stop, sigio_ended;
};
struct file_state *file_state(void);

/* --- anonymous inodes (file_anon.c) --- */
/* What inode.priv points to on any of the superblocks above. */
struct anon_priv {
	char		*name;		/* as /proc/PID/fd shows it */
	void		*obj;		/* of the kind of file, or NULL */
	/* Frees obj; NULL: nothing to free. */
	void		(*evict)(struct inode *ino);
	int		(*open)(struct inode *ino, const struct path *p,
			    unsigned flags, struct file **out);
	int		(*getattr)(struct inode *ino);
	int		(*setattr)(struct inode *ino, const struct iattr *a);
};
/* A new inode of sb called name, as it is. */
struct inode *anon_inode_on(struct superblock *sb, unsigned mode, const char *name);
static inline struct anon_priv *
anon_priv(struct inode *ino)
{
	return ino->priv;
}
/* A file on a fresh "anon_inode:NAME" inode of mode 0600. */
struct file *anon_file(const struct file_ops *ops, const char *name, void *priv, unsigned flags);

/* --- descriptors --- */
/* Installs f or drops it: a descriptor, or -errno. */
int fd_install_or_put(struct file *f, bool cloexec);
/* Is f (of which the caller has a reference) what the descriptor says now? */
bool fd_is(int fd, const struct file *f);

/* --- reading and writing from inside (sys_file.c) --- */
ssize_t file_read_uio(struct file *f, struct uio *u, int64_t *pos);
ssize_t file_write_uio(struct file *f, struct uio *u, int64_t *pos);
/* RLIMIT_FSIZE for a write of u at pos: clips u, or -EFBIG with SIGXFSZ.  For
 * the write op of regular files outside of fs_*.c. */
int file_check_fsize(struct file *f, struct uio *u, int64_t pos) must_check;
/* The address range is one that a guest can have: false is -EFAULT. */
bool guest_range_ok(gaddr_t a, size_t n);

/* --- pipes (file_pipe.c), as splice needs them (file_splice.c) --- */
struct pipe_page {
	_Atomic int	refs;
	char		data[PAGE_SIZE];
};
#define PB_MERGE	1u		/* a short write may go behind it */
#define PB_PACKET	2u		/* O_DIRECT: read as one */
struct pipe_buf {
	struct pipe_page *page;		/* a reference */
	uint32_t	off, len;
	unsigned	flags;		/* PB_* */
};
/* What a call moves at most before it looks again. */
#define PIPE_BATCH	16

struct pipe {
	struct mutex	lock;		/* RANK_OBJ; two: in_pipe before out_pipe by address */
	struct pipe_buf	*bufs;		/* [m] ring_size of them */
	unsigned	ring_size;	/* [m] twice max_usage */
	unsigned	max_usage;	/* [m] buffers that make it full; power of two */
	unsigned	head, tail;	/* [m] free running */
	unsigned	reserved;	/* [m] buffers that a splice will put in or back */
	unsigned	readers, writers;	/* [m] open files */
	unsigned	r_counter, w_counter;	/* [m] opens ever */
	unsigned	files;		/* [inode.lock] files and openers */
	bool		polled;		/* [m] somebody polls: wake at every change */
	struct pipe_page *spare;	/* [m] one kept for the next write */
	struct waitq	rd_wq, wr_wq;
};
/* The pipe behind a file, or NULL. */
struct pipe *file_pipe(struct file *f);
struct pipe_page *pipe_page_new(void);
void pipe_buf_drop(struct pipe_buf *b);

static inline bool
pipe_empty(const struct pipe *p)
{
	return p->head == p->tail;
}

static inline bool
pipe_full(const struct pipe *p)
{
	return p->head - p->tail + p->reserved >= p->max_usage;
}

static inline struct pipe_buf *
pipe_at(const struct pipe *p, unsigned i)
{
	return &p->bufs[i & (p->ring_size - 1)];
}

/* Wait until a buffer fits: 0, -EPIPE (with its signal), -EAGAIN, -ERESTARTSYS. */
int pipe_wait_room(struct pipe *p, bool nowait) REQUIRES(p->lock) must_check;
/* Wait for a buffer: 1, 0 when there are no writers, -EAGAIN, -ERESTARTSYS. */
int pipe_wait_data(struct pipe *p, bool nowait) REQUIRES(p->lock) must_check;
void pipe_wake_readers(struct pipe *p) REQUIRES(p->lock);
void pipe_wake_writers(struct pipe *p) REQUIRES(p->lock);
void pipe_lock_two(struct pipe *a, struct pipe *b);
long pipe_set_size(struct file *f, unsigned long n);
long pipe_get_size(struct file *f);

/* --- epoll (file_epoll.c) --- */
/* The last reference of f is gone: no epoll may watch it any more. */
void epoll_forget(struct file *f);

/* --- inotify --- */
void fsnotify_file(struct file *f, uint32_t mask);
/* fcntl(F_NOTIFY), and the end of it when `owner` closes a descriptor of f;
 * NULL: whoever asked for it. */
int dnotify_set(struct file *f, int fd, unsigned long arg) must_check;
void dnotify_drop(struct file *f, const struct fdtable *owner);

/* --- locks (file_lock.c) --- */
/* flock(2): F_RDLCK, F_WRLCK or F_UNLCK. */
int flock_whole(struct file *f, int type, bool nowait);
/* fcntl(2): F_GETLK, F_SETLK, F_SETLKW and their F_OFD_ forms. */
long fcntl_lock(struct file *f, int fd, int cmd, gaddr_t arg);

/* --- memfds (file_memfd.c) --- */
int memfd_create_file(const char *name, unsigned flags, struct file **out);
int memfd_add_seals(struct file *f, unsigned seals);
int memfd_get_seals(struct file *f);

/* --- O_ASYNC (file_async.c) --- */
/* Has Linux a fasync operation for it? */
bool fasync_possible(const struct file *f);
/* Switch it; does nothing where it is not possible. */
int fasync_set(struct file *f, int fd, bool on);
void fasync_release(struct file *f);
/* For dnotify: make f able to send, and send POLL_MSG with fd. */
int fasync_prepare(struct file *f, int fd) must_check;
void fasync_message(struct file *f);
void fasync_fini(struct file_state *fs);

#endif
