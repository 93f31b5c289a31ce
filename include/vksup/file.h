/*
 * file.h - open files and descriptor tables.
 *
 * struct file is an open file description (what dup and fork share); its
 * file_ops say what it is.  A descriptor table maps small numbers to files.
 *
 * Life: file_alloc() gives one reference; every descriptor, mapping and call
 * in progress holds one; the last file_put() calls ops->release.
 *
 * Locks: file.pos_lock covers pos for seekable files; fdtable.lock covers the
 * table.  Objects behind files have locks of their own (RANK_OBJ).
 */
#ifndef VKSUP_FILE_H
#define VKSUP_FILE_H

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/queue.h>

#include "vksup/fs.h"
#include "vksup/lock.h"
#include "vksup/vkern.h"
#include "vksup/vm.h"
#include "vksup/wait.h"

struct file;
struct epitem;

/* Registers waiters with the objects that poll functions look at. */
struct poll_table {
	/* NULL-safe through poll_wait(); adds a waiter to wq for the poller. */
	void		(*add)(struct poll_table *pt, struct file *f, struct waitq *wq);
};
/* For file_ops.poll: a change of f's state will be announced on wq. */
static inline void
poll_wait(struct poll_table *pt, struct file *f, struct waitq *wq)
{
	if (pt != NULL && pt->add != NULL)
		pt->add(pt, f, wq);
}

/* getdents: what a directory hands out.  emit returns false when full. */
struct dir_ctx {
	bool		(*emit)(struct dir_ctx *c, const char *name, size_t len,
			    uint64_t ino, unsigned char dt_type, int64_t next_off);
};

struct file_ops {
	const char	*name;
	/* pos is NULL for things without an offset; else advanced by the callee.
	 * Bytes, 0 at end, or -errno (-EAGAIN when O_NONBLOCK and it would wait). */
	ssize_t		(*read)(struct file *f, struct uio *u, int64_t *pos);
	ssize_t		(*write)(struct file *f, struct uio *u, int64_t *pos);
	/* EPOLL* bits that hold now; registers with pt (may be NULL). */
	unsigned	(*poll)(struct file *f, struct poll_table *pt);
	/* -ENOTTY for unknown commands.  FIONBIO, FIOCLEX etc. are done above. */
	long		(*ioctl)(struct file *f, unsigned cmd, unsigned long arg);
	int64_t		(*lseek)(struct file *f, int64_t off, int whence);
	/* Emit entries from f->pos (under pos_lock); sets f->pos. */
	int		(*getdents)(struct file *f, struct dir_ctx *c);
	int		(*fsync)(struct file *f, bool data_only);
	int		(*mmap)(struct file *f, int prot, int flags, struct vm_backing *b);
	int		(*fallocate)(struct file *f, int mode, int64_t off, int64_t len);
	/* A descriptor of this file is being closed by t's process (flush). */
	void		(*close)(struct file *f);
	void		(*release)(struct file *f);
	/* O_NONBLOCK/O_APPEND/O_ASYNC/O_DIRECT are about to become `flags`. */
	int		(*setfl)(struct file *f, unsigned flags);
	/* Extra lines of /proc/PID/fdinfo/N; bytes written. */
	size_t		(*fdinfo)(struct file *f, char *buf, size_t n);
};

/* O_LARGEFILE as the kernel has it (glibc says 0): file_alloc() adds it to the
 * flags of files that have a path. */
#define K_O_LARGEFILE	0100000u

#define FMODE_READ	1u
#define FMODE_WRITE	2u
#define FMODE_SEEK	4u	/* has an offset: lseek, pread, pwrite */
#define FMODE_PATH	8u	/* O_PATH */
#define FMODE_STREAM	16u	/* pread/pwrite/lseek: -ESPIPE */
#define FMODE_NOWAIT	32u	/* RWF_NOWAIT is understood (file_nowait()) */

struct file {
	_Atomic int	refs;
	const struct file_ops *ops;	/* [I] */
	_Atomic unsigned flags;		/* [a] O_* as F_GETFL gives them */
	unsigned	mode;		/* [I] FMODE_* */
	struct mutex	pos_lock;
	int64_t		pos;		/* [m] pos_lock */
	struct path	path;		/* [I] reference; mnt NULL: anonymous inode */
	struct inode	*inode;		/* [I] reference, never NULL */
	void		*priv;		/* ops' own */
	/* F_SETOWN, F_SETSIG (O_ASYNC) */
	_Atomic int	owner_pid, owner_sig;	/* [a] owner_pid: as F_OWNER_* says */
	_Atomic int	owner_type;	/* [a] F_OWNER_TID, F_OWNER_PID, F_OWNER_PGRP */
	_Atomic int	async;		/* O_ASYNC is on */
	_Atomic(struct fasync *) fasync; /* file_async.c; NULL until it first is */
	struct mutex	ep_lock;	/* RANK_READY */
	LIST_HEAD(, epitem) epitems;	/* [m] ep_lock: epolls that watch it */
	bool		has_flock;	/* [a] locks to drop on release */
	_Atomic bool	has_dnotify;	/* [a] F_NOTIFY is on (file_inotify.c) */
};

/*
 * A file on an existing path (open) or on an anonymous inode (pipes, epoll:
 * path NULL; inode from anon_inode()).  Takes its own references.  Mode comes
 * from flags; FMODE_SEEK if ops->lseek is there or it is a file or directory,
 * else FMODE_STREAM; the caller may change it before the file is shared.
 */
struct file *file_alloc(const struct file_ops *ops, const struct path *path,
    struct inode *inode, unsigned flags);
struct file *file_ref(struct file *f);
void file_put(struct file *f);
/* A fresh inode on the anonymous file system: mode (S_IFIFO|0600, S_IFSOCK|0777,
 * 0600), and the name that /proc/PID/fd shows ("pipe:[INO]", "socket:[INO]",
 * "anon_inode:[eventpoll]"); `name` with %lu gets the inode number. */
struct inode *anon_inode(unsigned mode, const char *name);
/* What /proc/PID/fd/N reads as: the path's name or the anonymous inode's.
 * Length, or -errno. */
long file_name(struct file *f, char *buf, size_t n);
/* open(2) of /proc/PID/fd/N where f has no path (path.dentry NULL): a new file
 * on the same pipe, memfd or host descriptor; -ENXIO for the others. */
int file_reopen(struct file *f, unsigned flags, struct file **out) must_check;
/* For file_ops.lseek: by inode->size (SET CUR END, DATA and HOLE without
 * holes), and the one that goes nowhere and answers 0 (devices). */
int64_t file_lseek_size(struct file *f, int64_t off, int whence);
int64_t file_lseek_none(struct file *f, int64_t off, int whence);
/* SIGPIPE to the current thread; returns -EPIPE. */
int file_sigpipe(void);
/* Free what all kernels' files share; nothing may be open any more. */
void files_fini(struct vkern *k);

struct fdent {
	struct file	*file;
	bool		cloexec;
};

struct fdtable {
	_Atomic int	refs;
	struct mutex	lock;
	struct fdent	*ents;		/* [m] */
	int		size;		/* [m] */
	int		hint;		/* [m] no free number below */
};

struct fdtable *fdtable_new(void);
struct fdtable *fdtable_copy(struct fdtable *from);	/* fork */
struct fdtable *fdtable_ref(struct fdtable *fdt);
/* The last user closes everything. */
void fdtable_unref(struct fdtable *fdt);
void fdtable_cloexec(struct fdtable *fdt);		/* exec */
/* For /proc: the file of any table, O_PATH ones too, with a reference; and the
 * lowest descriptor in use >= fd, or -1. */
struct file *fdtable_get(struct fdtable *fdt, int fd, bool *cloexec);
int fdtable_next(struct fdtable *fdt, int fd);

/* A referenced file of the current thread's table, or NULL (-EBADF).  O_PATH
 * files are found only by file_get_any(). */
struct file *file_get(int fd);
struct file *file_get_any(int fd);
/* Lowest free number >= min; consumes the caller's reference on success.
 * -EMFILE at RLIMIT_NOFILE. */
int fd_install(struct file *f, int min, bool cloexec) must_check;
/* 0 if fd_install() would find a number now, else -EMFILE: for open(2), which
 * asks before it makes the file. */
int fd_room(void) must_check;
int fd_close(int fd) must_check;
/* dup2/dup3: closes what was there.  Does not consume the reference. */
int fd_install_at(struct file *f, int fd, bool cloexec) must_check;

/* Whole operations for in-kernel users (sendfile, exec, core): plain reads
 * at an offset into a kernel buffer. */
ssize_t file_pread(struct file *f, void *buf, size_t n, int64_t off) must_check;
ssize_t file_pwrite(struct file *f, const void *buf, size_t n, int64_t off) must_check;
static inline bool
file_nonblock(const struct file *f)
{
	return (f->flags & O_NONBLOCK) != 0;
}

/* For file_ops.read and write: must this call not wait, and does this write
 * append?  (O_NONBLOCK, O_APPEND, and preadv2's RWF_* in the uio.) */
static inline bool
file_nowait(const struct file *f, const struct uio *u)
{
	return file_nonblock(f) || (u->rwf & 0x8 /* RWF_NOWAIT */) != 0;
}

static inline bool
file_append(const struct file *f, const struct uio *u)
{
	if (u->rwf & 0x20 /* RWF_NOAPPEND */)
		return false;
	return (f->flags & O_APPEND) != 0 || (u->rwf & 0x10 /* RWF_APPEND */) != 0;
}

/* Record and whole-file locks (file_lock.c): called at close and exit. */
void flock_close_posix(struct inode *ino, struct fdtable *owner);
void flock_release_file(struct file *f);

/* Pipes (file_pipe.c): two files ready to install; flags O_NONBLOCK|O_DIRECT. */
int pipe_create(unsigned flags, struct file **rd, struct file **wr) must_check;
/* Open a fifo inode: waits for the other side as open(2) says. */
int fifo_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out) must_check;

/* The run's own descriptors 0, 1, 2 as files of a new table (file_stdio.c).
 * Those that are closed on the host stay free.  A terminal is passed to
 * stdio_tty first, when file_tty.c has set it: 0 and a file, or -errno to
 * have the plain one. */
int stdio_files(struct fdtable *fdt) must_check;
extern int (*stdio_tty)(int n, const struct stat *st, struct file **out);

/* pidfds (file_pidfd.c): flags PIDFD_NONBLOCK (O_NONBLOCK).  pidfd_proc: the
 * process, borrowed for as long as f is held; NULL when f is no pidfd. */
struct file *pidfd_create(struct proc *p, unsigned flags);
struct proc *pidfd_proc(struct file *f);
/* fs_proc.c: the process whose directory /proc/PID f is, borrowed; or NULL. */
struct proc *procfs_pid_dir(struct file *f);

/* inotify hooks (file_inotify.c), called after the fact with no lock above
 * RANK_NS held.  IN_* mask; name NULL for the object itself; cookie pairs moves. */
void fsnotify(struct inode *ino, uint32_t mask, const char *name, uint32_t cookie);
/* Both the file itself and its directory. */
void fsnotify_dentry(struct dentry *d, uint32_t mask);
uint32_t fsnotify_cookie(void);

#endif
