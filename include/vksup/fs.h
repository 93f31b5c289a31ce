/*
 * fs.h - inodes, dentries, mounts, path walk.
 *
 * An inode is a file; a dentry is a name for one in a directory (inode NULL:
 * the name is known not to exist); a mount puts the root of a superblock's
 * tree over a dentry.  A path is a dentry seen through a mount.
 *
 * The tree of names is in memory for all file systems.  Directories of the
 * overlay are filled from the host on demand: lookup asks the inode's ops.
 *
 * Locks: vk->ns_lock (RANK_NS) covers the shape of dentry trees and mounts;
 * inode.lock (RANK_INODE) covers attributes and data.  fs ops named below are
 * called with ns_lock held where it says [n].
 */
#ifndef VKSUP_FS_H
#define VKSUP_FS_H

#include <sys/queue.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>

#include "vksup/base.h"
#include "vksup/lock.h"
#include "vksup/vkern.h"

struct file;
struct inode;
struct dentry;
struct mount;
struct file_ops;
struct cred;
struct superblock;
struct inotify_watch;

struct path {
	struct mount	*mnt;
	struct dentry	*dentry;
};

/* Attributes to change: valid says which (ATTR_*). */
struct iattr {
	unsigned	valid;
	unsigned	mode;
	uint32_t	uid, gid;
	int64_t		size;
	struct timespec	atime, mtime;
};
#define ATTR_MODE	1u
#define ATTR_UID	2u
#define ATTR_GID	4u
#define ATTR_SIZE	8u
#define ATTR_ATIME	16u
#define ATTR_MTIME	32u

struct inode_ops {
	/* [n] Fill d->inode (a reference) for d->name in dir, or leave it NULL
	 * when there is no such name.  NULL op: nothing but what is in memory. */
	int	(*lookup)(struct inode *dir, struct dentry *d);
	/* [n] Make a new inode and attach it to the negative dentry d.  mode has
	 * the type bits; rdev for devices; ownership is set by the caller's cred. */
	int	(*mknod)(struct inode *dir, struct dentry *d, unsigned mode, uint64_t rdev);
	int	(*symlink)(struct inode *dir, struct dentry *d, const char *target);
	int	(*link)(struct inode *old, struct inode *dir, struct dentry *d);
	int	(*unlink)(struct inode *dir, struct dentry *d);
	int	(*rmdir)(struct inode *dir, struct dentry *d);
	/* flags RENAME_NOREPLACE|RENAME_EXCHANGE; permission and type checks done. */
	int	(*rename)(struct inode *odir, struct dentry *od, struct inode *ndir,
		    struct dentry *nd, unsigned flags);
	/* An unnamed regular file (O_TMPFILE). */
	int	(*tmpfile)(struct inode *dir, unsigned mode, struct inode **out);
	/* Bytes (not terminated); the target of a symlink. */
	ssize_t	(*readlink)(struct inode *ino, char *buf, size_t n);
	/* A magic link (/proc/self/fd/N, exe, cwd): jump to a path, with
	 * references; or -errno.  Used by the walk instead of readlink. */
	int	(*jump)(struct inode *ino, struct path *out);
	/* Bring the inode's attributes up to date before a stat (may be NULL). */
	int	(*getattr)(struct inode *ino);
	/* Change attributes: permission checks done by the caller. */
	int	(*setattr)(struct inode *ino, const struct iattr *a);
	ssize_t	(*getxattr)(struct inode *ino, const char *name, void *buf, size_t n);
	ssize_t	(*listxattr)(struct inode *ino, char *buf, size_t n);
	int	(*setxattr)(struct inode *ino, const char *name, const void *buf, size_t n, int flags);
	int	(*removexattr)(struct inode *ino, const char *name);
	/* Open: return a new file.  flags are open(2)'s; access is checked. */
	int	(*open)(struct inode *ino, const struct path *p, unsigned flags, struct file **out);
	/* The last reference is gone. */
	void	(*evict)(struct inode *ino);
};

struct inode {
	_Atomic int	refs;
	const struct inode_ops *ops;	/* [I] */
	struct superblock *sb;		/* [I] */
	uint64_t	ino;		/* [I] */
	struct mutex	lock;
	/* [i] to write; [a] so that checks may read them without the lock */
	_Atomic unsigned mode;		/* type and permission bits; type [I] */
	_Atomic uint32_t uid, gid;
	_Atomic uint32_t nlink;
	uint64_t	rdev;		/* [I] */
	int64_t		size;		/* [i] */
	uint64_t	blocks;		/* [i] of 512 bytes */
	struct timespec	atime, mtime, ctime, btime;	/* [i] */
	void		*priv;		/* ops' own */
	struct flock_state *flocks;	/* file_lock.c */
	LIST_HEAD(, inotify_watch) watches; /* file_inotify.c */
	struct pipe	*pipe;		/* fifos: [i] */
	struct socket	*sock;		/* bound AF_UNIX sockets: [i] */
	_Atomic int	writers;	/* open for writing (ETXTBSY, -1..: denied) */
	_Atomic int	execs;		/* being executed: open for write is ETXTBSY */
	_Atomic uint8_t	rw_hint;	/* F_SET_RW_HINT: kept, means nothing */
	bool		cached;		/* [I] in a table of its file system: freed by fs_reap() */
	bool		linkable;	/* [n] O_TMPFILE: link(2) may raise nlink from 0 */
	_Atomic bool	reaping;	/* [a] on the list of fs_reap(), which holds a reference */
	struct inode	*reap_next;	/* [a] */
};

struct dentry {
	_Atomic int	refs;
	struct dentry	*parent;	/* [n] reference; itself at a root */
	struct inode	*inode;		/* [n] reference; NULL: negative */
	struct mount	*mounted;	/* [n] mounts that cover it, by their next_at */
	struct superblock *sb;		/* [I] */
	struct dentry	*hash_next;	/* [n] in parent's children */
	struct dentry	**children;	/* [n] hash table, sized by nchildren */
	uint32_t	nchildren, hash_size;	/* [n] */
	uint32_t	hash;		/* [n] of name */
	bool		unhashed;	/* [n] not (any more) in its parent's table */
	bool		whiteout;	/* [n] hides a lower name, be it negative or not */
	bool		hidden;		/* [n] a whiteout that is a rule's */
	bool		lower;		/* [n] its inode is the lower one of this very name */
	bool		held;		/* [n] its parent's table has a reference */
	bool		on_lru;		/* [n] may be forgotten when nobody holds it */
	bool		used;		/* [n] found since the LRU last looked */
	_Atomic bool	reaping;	/* [a] on the list of fs_reap(), which holds a reference */
	ktime_t		checked;	/* [n] when last compared with the host */
	void		*priv;		/* [n] file system's own */
	struct dentry	*reap_next;	/* [a] */
	TAILQ_ENTRY(dentry) lru;	/* [n] */
	char		*name;		/* [n] */
};

struct super_ops {
	int	(*statfs)(struct superblock *sb, struct inode *ino, struct statfs *st);
	/* Is a cached dentry still true?  false: look it up again. [n] */
	bool	(*revalidate)(struct dentry *d);
	/* At the end, before and after the tree is dropped (may be NULL). */
	void	(*put)(struct superblock *sb);
	void	(*free)(struct superblock *sb);
};

struct superblock {
	const struct super_ops *ops;
	const char	*type;		/* "overlay", "tmpfs", "proc", "devtmpfs", "devpts" */
	uint64_t	dev;		/* st_dev */
	_Atomic uint64_t next_ino;
	struct dentry	*root;
	uint64_t	magic;		/* statfs f_type */
	void		*priv;
	int64_t		limit;		/* [I] bytes of contents; 0: only the kernel's own limit */
	_Atomic int64_t	used;		/* bytes of contents, where there is a limit */
	struct store	*store;		/* [I] fs_store.c: its changes are kept on disk; or NULL */
	bool		nocache;	/* [I] names nobody holds are forgotten at once (proc) */
};

struct mount {
	LIST_ENTRY(mount) link;		/* [n] all mounts */
	int		id;
	struct mount	*parent;	/* [n] */
	struct dentry	*covered;	/* [n] reference: mount point in parent */
	struct dentry	*root;		/* [I] reference */
	struct superblock *sb;
	unsigned	flags;		/* MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC */
	const char	*source;	/* for /proc/mounts */
	struct mount	*next_at;	/* [n] covers the same dentry in another parent */
	struct mount	*clone;		/* [n] mount_bind()'s own */
	bool		bind;		/* [I] of a tree that another mount owns */
	int		rule;		/* [I] 1 + the number of the rule that made it; 0: none */
	bool		hidden;		/* [n] its place was hidden: not in /proc/mounts */
};

/* A process's view of the tree. */
struct fs_ctx {
	_Atomic int	refs;
	struct mutex	lock;
	struct path	root, cwd;	/* [m] references */
	unsigned	umask;		/* [m] */
};
struct fs_ctx *fs_ctx_new(struct path root, struct path cwd, unsigned umask);
struct fs_ctx *fs_ctx_copy(struct fs_ctx *from);
struct fs_ctx *fs_ctx_ref(struct fs_ctx *c);
void fs_ctx_unref(struct fs_ctx *c);

/* One reference; mode with type bits; nlink 1 (2 for a directory), times now,
 * owner 0, ino the superblock's next.  _sized: size bytes, of which the first
 * are the inode (the file system's own fields behind it). */
struct inode *inode_new(struct superblock *sb, const struct inode_ops *ops, unsigned mode);
struct inode *inode_new_sized(struct superblock *sb, const struct inode_ops *ops,
    unsigned mode, size_t size);
struct inode *inode_ref(struct inode *i);
void inode_put(struct inode *i);
struct dentry *dentry_ref(struct dentry *d);
void dentry_put(struct dentry *d);
struct path path_ref(struct path p);
void path_put(struct path p);
/*
 * The put functions never lock: what became free is put on a list, and freed
 * by fs_reap(), which may be called by anybody who holds no lock (at the end
 * of every system call, for one).  So what was seen under ns_lock stays there
 * until ns_lock is dropped.
 */
void fs_reap(void);

/*
 * For file systems that fill their own trees (proc, dev, pts).
 * sb_init: ops, a device number, root dentry on `root` (takes the reference).
 * dentry_add: a new name in parent for ino (takes the reference); it stays
 * until dentry_drop().  Gives no reference.
 * dentry_drop: the name and all below it are forgotten; open files go on.
 * dentry_detached: a name in no directory, for paths of things without one
 * (mnt NULL): pipes opened through /proc/PID/fd, memfds.  One reference.
 */
void sb_init(struct superblock *sb, const struct super_ops *ops, const char *type,
    uint64_t magic, struct inode *root);
struct dentry *dentry_add(struct dentry *parent, const char *name, struct inode *ino)
    REQUIRES(vk->ns_lock);
struct dentry *dentry_find(struct dentry *parent, const char *name, size_t len)
    REQUIRES(vk->ns_lock);
void dentry_drop(struct dentry *d) REQUIRES(vk->ns_lock);
struct dentry *dentry_detached(struct inode *ino, const char *name);
/* An ops->open for directories whose names are all in memory, and for inodes
 * of the other kinds (fifos, devices, sockets); regular files: -ENXIO. */
int fs_open_generic(struct inode *ino, const struct path *p, unsigned flags,
    struct file **out) must_check;

/*
 * Path walk.  dirfd as in openat(2) (AT_FDCWD or a guest descriptor).
 * LOOKUP_FOLLOW: follow a symlink in the last component.  On success *out
 * holds references.  Errors as path_resolution(7).
 */
#define LOOKUP_FOLLOW	1u
#define LOOKUP_DIRECTORY 2u	/* must be a directory: -ENOTDIR */
#define LOOKUP_EMPTY	4u	/* AT_EMPTY_PATH: "" is dirfd itself */
#define LOOKUP_NO_XDEV	8u	/* openat2 RESOLVE_* */
#define LOOKUP_NO_MAGICLINKS 16u
#define LOOKUP_NO_SYMLINKS 32u
#define LOOKUP_BENEATH	64u
#define LOOKUP_IN_ROOT	128u
int path_lookup(int dirfd, const char *name, unsigned flags, struct path *out) must_check;
/* In the kernel's own root view, without a thread (boot, exec of pid 1). */
int path_lookup_kernel(const char *name, unsigned flags, struct path *out) must_check;
/* open(2) as a whole: create, truncate, check; a new file. */
int path_open(int dirfd, const char *name, unsigned flags, unsigned mode,
    unsigned lookup, struct file **out) must_check;
/* The name of a path as seen from the current root: "/a/b", with " (deleted)"
 * appended when gone, or "(unreachable)/..." .  Length, or -ENAMETOOLONG. */
long path_name(const struct path *p, char *buf, size_t n);
/* The name of d within its own file system, whatever is mounted where, with a
 * NUL; false: it does not fit. */
bool dentry_name(struct dentry *d, char *buf, size_t n) must_check;

/* MAY_READ 4, MAY_WRITE 2, MAY_EXEC 1 for the current thread's fsuid and
 * capabilities.  0, -EACCES, -EROFS. */
#define MAY_EXEC	1
#define MAY_WRITE	2
#define MAY_READ	4
int inode_permission(struct inode *ino, int may) must_check;
/* Fill st as stat(2) does. */
int inode_stat(struct inode *ino, struct stat *st) must_check;
/* truncate/chmod/utimes with permission checks left to the caller. */
int inode_setattr(struct inode *ino, const struct iattr *a) must_check;
void inode_touch(struct inode *ino, unsigned attr);	/* ATTR_ATIME | ATTR_MTIME -> now */
struct timespec fs_now(void);

/* May the current thread do what only the owner may?  0 or -EPERM. */
bool inode_owner_or_capable(struct inode *ino);
/* As inode_setattr() without ops: for setattr ops of other file systems. */
void inode_setattr_simple(struct inode *ino, const struct iattr *a);
/* All mounts, oldest first, under ns_lock: for /proc/mounts.  NULL: the end. */
struct mount *mount_next(struct mount *m) REQUIRES(vk->ns_lock);

/* Mount sb over path; consumes nothing. */
int mount_add(struct superblock *sb, const struct path *at, unsigned flags,
    const char *source, struct mount **out) must_check;
/* Show src, with what is mounted below it, at `at` as well. */
struct mount *mount_bind(const struct path *src, const struct path *at, unsigned flags);
/* What is mounted at or below d, which cannot be reached any more. */
void mount_hide(struct dentry *d) REQUIRES(vk->ns_lock);
/* The mount that covers p, or NULL. */
struct mount *mount_over(const struct path *p) REQUIRES(vk->ns_lock);

/*
 * In-memory file systems (fs_tmp.c): the building blocks that proc, dev and
 * the overlay use as well.
 */
struct superblock *tmpfs_new(unsigned mode);
struct superblock *overlay_new(void);	/* fs_overlay.c: host tree + memory */
struct superblock *procfs_new(void);	/* fs_proc.c */
struct superblock *devfs_new(void);	/* fs_dev.c */
struct superblock *devpts_new(void);	/* file_tty.c */
/* Mounts /, /proc, /dev, /dev/pts, /dev/shm, /tmp, /run.  Called by boot. */
int fs_init(void) must_check;
void fs_fini(void);

/* Character devices: open by device number. */
int chrdev_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out) must_check;

#endif
