/*
 * fs_impl.h - what the fs_*.c and sys_path*.c files share among each other.
 * The rest of the kernel sees vksup/fs.h only.
 *
 * One kind of inode serves tmpfs and the overlay: struct mnode.  It is in
 * memory, and may have a *lower*: the object of the host's tree that it shows
 * as long as the guest has not changed it.  tmpfs is an overlay over nothing.
 *
 *	lower	attr	data	what
 *	NULL	ours	ours	made by the guest
 *	set	host's	host's	untouched
 *	set	ours	host's	chmod, link, rename...: `upper`
 *	set	ours	ours	opened for writing, truncated: `upper`, !`lowdata`
 *
 * A directory with a lower shows the lower's names but for those hidden by a
 * dentry with `whiteout`, and the names in memory.
 */
#ifndef VKSUP_FS_IMPL_H
#define VKSUP_FS_IMPL_H

#include <stdatomic.h>
#include <string.h>

#include "vksup/file.h"
#include "vksup/fs.h"
#include "vksup/host.h"
#include "vksup/proc.h"
#include "vksup/vkern.h"
#include "vksup/watch.h"

#define NAME_MAX_LEN	255u
#define PATH_MAX_LEN	4096u
#define MAX_SYMLINKS	40
#define LINK_MAX_COUNT	65000u
#define K_O_TMPFILE	020000000u	/* __O_TMPFILE, without O_DIRECTORY */
#define INO_MEMORY	(1ULL << 52)	/* inodes of the overlay that have no host number */
#define PROC_ROOT_INO	1	/* of a procfs, among others */
#define LOWER_FRESH	NSEC_PER_SEC	/* how long what the host said is believed */

/* --- fs_host.c: the lower tree --- */

/*
 * A name of the host's tree.  The chain of parents is the host's parentage,
 * whatever the guest has renamed.  Directories keep an O_PATH descriptor while
 * there is room; those of the least recently used are closed and reopened.
 */
struct hnode {
	_Atomic int	refs;
	int		users;		/* [m] hnode_lock: fd may not be closed now */
	hfd_t		fd;		/* [m] O_PATH, or NONE */
	struct hnode	*parent;	/* [I] reference; NULL at the root; [n] below --rw */
	TAILQ_ENTRY(hnode) lru;		/* [m] those with an fd */
	uint64_t	dev, ino;	/* [n] what it was when last looked at */
	ktime_t		checked;	/* [a] relaxed */
	uint64_t	sid;		/* store.lock: its number in the journal, or 0 */
	bool		exact;		/* [I] another object of the same name will not do */
	char		*name;		/* [I], [n] below --rw; often own_name */
	char		own_name[];
};

int hnode_root(struct hnode **out) must_check;
struct hnode *hnode_new(struct hnode *parent, const char *name, const struct stat *st);
struct hnode *hnode_ref(struct hnode *h);
void hnode_put(struct hnode *h);
/* The object itself, by its name in its parent. */
int hnode_stat(struct hnode *h, struct stat *st) must_check;
int hnode_open(struct hnode *h, int flags, hfd_t *fd) must_check;
ssize_t hnode_readlink(struct hnode *h, char *buf, size_t n) must_check;
int hnode_statfs(struct hnode *h, struct statfs *st) must_check;
ssize_t hnode_getxattr(struct hnode *h, const char *name, void *buf, size_t n) must_check;
ssize_t hnode_listxattr(struct hnode *h, char *buf, size_t n) must_check;
/* A name in directory h. */
int hnode_stat_at(struct hnode *h, const char *name, struct stat *st) must_check;
/*
 * A pinned descriptor of directory h, until hnode_unpin().  Host calls about a
 * name in it go through it.
 */
int hnode_get(struct hnode *h, hfd_t *fd) must_check;
void hnode_unpin(struct hnode *h);
/* h has become `name` in parent: only where the guest changes the host. */
void hnode_move(struct hnode *h, struct hnode *parent, const char *name) REQUIRES(vk->ns_lock);
/* st_ino as the guest sees it: unique over all of the host's devices. */
uint64_t lower_ino(uint64_t dev, uint64_t ino);
void hnodes_fini(void);

/* --- fs_data.c: contents in memory, or in files of the overlay's directory --- */

#define MDATA_PAGES	256u

/* Small files are in buf, larger and mapped ones in a memory file. */
struct mdata {
	char		*buf;
	uint32_t	cap;		/* bytes at buf; all beyond size are 0 */
	uint64_t	present[MDATA_PAGES / 64]; /* bit per page of a small file: no hole */
	struct hfile	*hf;		/* or the memory file */
	struct superblock *sb;		/* with a limit of its own, or NULL */
	uint64_t	charged;	/* bytes counted in fs_state.mem_used */
	uint64_t	unsynced;	/* bytes written since charged was true */
	bool		stored;		/* hf is the overlay's data file, or would be */
	bool		mapped;		/* a shared mapping may have written to hf */
};

struct xattr {
	SLIST_ENTRY(xattr) link;
	char		*name;
	void		*value;
	size_t		len;
};
SLIST_HEAD(xattrs, xattr);

struct mnode {
	struct inode	i;
	union {
		struct mdata *data;	/* [i] regular files; NULL: empty */
		char	*target;	/* [i] symlinks; NULL: ask the lower */
	};
	struct hnode	*lower;		/* [I] reference */
	struct hfile	*lhf;		/* [i] the lower file, open; or NULL */
	struct xattrs	*xattrs;	/* [i] all of them; NULL: none, or the lower's */
	struct mnode	*tab_next;	/* [n] inode table */
	struct dentry	*alias;		/* [n] a name of it, if its file system has a store */
	uint64_t	sid;		/* [n] its number in the journal and data directory, or 0 */
	int		lopens;		/* [i] open files that read lhf */
	_Atomic bool	upper;		/* [i] to write: attributes are ours */
	bool		lowdata;	/* [i] contents are the lower's */
	bool		lowxattr;	/* [i] extended attributes are the lower's */
	bool		opaque;		/* [n] directories: removed, the lower is no more */
	bool		charged;	/* [I] counts in fs_state.mem_used */
	uint8_t		unsaved;	/* [i] UNSAVED_* */
	bool		ondisk;		/* [i] contents are in a data file of the overlay's directory */
	bool		saved;		/* store.lock: the journal knows that attributes are ours */
	bool		kept;		/* [m] keep_lock of fs_overlay.c: lhf stays open */
};

static inline struct mnode *
mnode_of(struct inode *ino)
{
	return (struct mnode *)ino;
}

/* The host's directory whose names show through, or NULL. */
static inline struct hnode *
mnode_lower_dir(const struct mnode *m)
{
	return m->opaque ? NULL : m->lower;
}

/* All with inode.lock held.  Offsets and lengths are checked by the caller. */
ssize_t mdata_read(struct mnode *m, struct uio *u, int64_t off, size_t n) must_check;
ssize_t mdata_write(struct mnode *m, struct uio *u, int64_t off, size_t n) must_check;
int mdata_truncate(struct mnode *m, int64_t size) must_check;
int64_t mdata_seek(struct mnode *m, int64_t off, int whence);
int mdata_fallocate(struct mnode *m, int mode, int64_t off, int64_t len) must_check;
int mdata_to_memfd(struct mnode *m) must_check;
void mdata_free(struct mnode *m);
/* Nobody has the file open any more. */
void mdata_closed(struct mnode *m);
void mdata_fini(void);
uint64_t mdata_blocks(struct mnode *m);
/* From a host file to a uio; no lock needed. */
ssize_t hfile_read(hfd_t fd, struct uio *u, int64_t off, size_t n) must_check;
/* The other way; off HFILE_APPEND: at the end. */
#define HFILE_APPEND	(-1)
ssize_t hfile_write(hfd_t fd, struct uio *u, int64_t off, size_t n) must_check;

/* --- fs_store.c: the overlay's directory --- */

/* What the journal does not know yet of an inode. */
#define UNSAVED_LATER	1	/* to be written when the file is closed */
#define UNSAVED_NOW	2	/* as soon as inode.lock is dropped */

/* Loads what is there; NULL cfg: nothing to do.  Root's tree has nothing yet. */
int store_attach(struct superblock *sb, struct vkern_overlay *cfg) must_check;
/* d is one more of the host's names of an inode that the journal knows. */
void store_put_link(struct dentry *d) REQUIRES(vk->ns_lock);
/* Once everything is mounted and hidden: forget what shows hidden things. */
void store_hide(struct superblock *sb);
void store_free(struct superblock *sb);
/* m is about to be changed: it has a number and its name is known.  No lock
 * of rank NS or above is held. */
void store_adopt_slow(struct mnode *m);
static inline void
store_adopt(struct mnode *m)
{
	if (unlikely(m->i.sb->store != NULL) && m->sid == 0)
		store_adopt_slow(m);
}
/* The attributes, and with xattrs those too.  No inode.lock is held. */
void store_save(struct mnode *m, bool xattrs);
/* After inode.lock has been dropped: store_save() if something is UNSAVED_NOW. */
static inline void
store_settle(struct mnode *m)
{
	if (unlikely(m->unsaved == UNSAVED_NOW))
		store_save(m, false);
}
/* Written to, through an open file. [i] */
static inline void
mnode_dirty(struct mnode *m)
{
	if (m->sid != 0 && m->unsaved == 0)
		m->unsaved = UNSAVED_LATER;
}
/* A fresh inode of sb: its number. */
void store_number(struct superblock *sb, struct mnode *m);
/* The next change can be written: 0 or -ENOSPC. */
int store_room(struct superblock *sb) must_check;
/*
 * A change of names, after it was made: between begin (NULL: no store) and end
 * the names and inodes that are to be written as they are now.
 */
struct store *store_begin(struct superblock *sb) REQUIRES(vk->ns_lock);
void store_put_name(struct store *s, struct dentry *parent, const char *name) REQUIRES(vk->ns_lock);
void store_put_inode(struct store *s, struct inode *ino) REQUIRES(vk->ns_lock);
void store_del_xattr(struct mnode *m, const char *name);
void store_end(struct store *s) REQUIRES(vk->ns_lock);
/* The data file of m; create: a new one. [i] */
int store_open(struct mnode *m, bool create, hfd_t *fd) must_check;
void store_unlink(struct mnode *m);
uint64_t store_blocks(struct mnode *m);

/* --- fs_tmp.c --- */
extern const struct inode_ops mem_ops;
struct mnode *mnode_new(struct superblock *sb, unsigned mode);
/* A fresh inode's owner and mode as the directory it is made in says. */
void inode_init_owner(struct inode *ino, const struct inode *dir);
int mem_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out);
/* Replaces an extended attribute of that name. [i] */
int xattr_store(struct mnode *m, const char *name, const void *buf, size_t n) must_check;

/* --- fs_file.c --- */
extern const struct file_ops reg_file_ops, dir_file_ops;
/* Is a file that long allowed?  -EFBIG, with SIGXFSZ at RLIMIT_FSIZE. */
int fs_check_length(int64_t size) must_check;
/* How many of n bytes may be written at off; -EFBIG if none. */
ssize_t fs_check_write(int64_t off, size_t n) must_check;
/* A write or chown by one who may not make files setuid. [i] */
void inode_drop_privs(struct inode *ino);

/* --- fs_overlay.c --- */
int ovl_lookup(struct inode *dir, struct dentry *d) REQUIRES(vk->ns_lock);
/* Contents up to `keep` bytes into memory. [i] */
int ovl_copy_data(struct mnode *m, int64_t keep) must_check;
int ovl_copy_xattrs(struct mnode *m) must_check;
/* The attributes are ours from now on. [i] */
static inline void
mnode_upper(struct mnode *m)
{
	m->upper = true;
}
/* The host's attributes, if they are shown and were not looked at lately. */
int ovl_refresh(struct inode *ino);
/* For each open file: m->lhf is there if it is needed; and the end of that. */
int ovl_open_lower(struct mnode *m, bool needed) must_check;
void ovl_close_lower(struct mnode *m);
/* For fs_store.c: an inode of a lower, and one whose lower has other names. */
struct mnode *ovl_restore(struct superblock *sb, struct hnode *h, const struct stat *st);
void ovl_share(struct mnode *m) REQUIRES(vk->ns_lock);
/* 0 if no name of the directory is visible, else -ENOTEMPTY or an error. */
int ovl_dir_empty(struct dentry *d) REQUIRES(vk->ns_lock);
void ovl_evict(struct mnode *m);
/* One name of a directory listing. */
struct dirent_emit {
	int	(*add)(void *arg, const char *name, size_t len, uint64_t ino, unsigned char type);
	void	*arg;
};
/* The lower's names that are not hidden; takes and drops ns_lock. */
int ovl_list(struct dentry *d, const struct dirent_emit *e) must_check;
void ovl_fini(void);
/* The host's attributes become the inode's. [i] */
void lower_attrs(struct inode *ino, const struct stat *st);
/*
 * A procfs of the host's, wherever it is mounted, would give guests the memory
 * and the files of the kernel that runs them: it shows nothing.
 */
bool lower_is_proc(struct hnode *h);
/* The part of struct dirent64 before the name. */
struct host_dirent {
	uint64_t	ino;
	int64_t		off;
	uint16_t	reclen;
	uint8_t		type;
	char		name[];
};
#define HOST_DIR_BUF	(32u * 1024)

/* --- fs_through.c: --rw --- */
extern const struct inode_ops through_ops;
/* The host's object that the overlay's path shows, to be written to. */
int through_new(const struct path *src, struct superblock **out) must_check;
/* The host's names; takes and drops ns_lock. */
int through_list(struct dentry *d, const struct dirent_emit *e) must_check;

/* Inodes that are struct mnode, whose names may be forgotten. */
static inline bool
ops_of_host(const struct inode_ops *ops)
{
	return ops == &mem_ops || ops == &through_ops;
}

/* --- fs_dentry.c --- */

#define DENTRY_LRU_MAX	65536

struct fs_state {
	TAILQ_HEAD(, dentry) lru;	/* [n] */
	int		nlru;		/* [n] */
	ktime_t		now;		/* [n] of the walk under way */
	uint64_t	hash_seed;	/* [I] */
	struct dentry *_Atomic reap_dentries;
	struct inode *_Atomic reap_inodes;
	LIST_HEAD(, mount) mounts;	/* [n] newest first */
	int		next_mount_id;	/* [n] */
	_Atomic unsigned next_dev;
	_Atomic int64_t	mem_used;	/* bytes of file contents */
	int64_t		mem_limit;	/* [I] */
	_Atomic int	nmemfds;
	char *_Atomic	bounce[4];	/* idle buffers of fs_data.c */
	struct mount	*host_mount;	/* [I] the overlay at its root */
	uint32_t	own_uid, own_gid;	/* [I] who runs vksup... */
	uint32_t	as_uid, as_gid;	/* [I] ...and who that is to the guest */
	struct view	*view;		/* [I] fs_view.c */
	struct ovl_state *ovl;		/* [I] fs_overlay.c */
	struct host_state *host;	/* [I] fs_host.c */
};

uint32_t dentry_hash_name(const char *name, size_t len);
/* Unhashed, negative, one reference. */
struct dentry *dentry_new(struct dentry *parent, const char *name, size_t len);
void dentry_hash(struct dentry *d, bool held) REQUIRES(vk->ns_lock);
void dentry_unhash(struct dentry *d) REQUIRES(vk->ns_lock);
/* Takes the reference. */
void dentry_attach(struct dentry *d, struct inode *ino) REQUIRES(vk->ns_lock);
/* d becomes `name` in parent. */
void dentry_move(struct dentry *d, struct dentry *parent, const char *name)
    REQUIRES(vk->ns_lock);
/* d stays in memory from now on. */
void dentry_pin(struct dentry *d) REQUIRES(vk->ns_lock);
/* May be forgotten when nobody holds it. */
void dentry_cache(struct dentry *d) REQUIRES(vk->ns_lock);
/* Forget what is below d and can be; true if nothing is left. */
bool dentry_prune(struct dentry *d, bool all) REQUIRES(vk->ns_lock);
/* Of a name of the overlay: only a whiteout is left. */
void dentry_blank(struct dentry *d) REQUIRES(vk->ns_lock);
/* All below top, parents first; NULL at the end. */
struct dentry *dentry_next(struct dentry *top, struct dentry *d) REQUIRES(vk->ns_lock);
#define DENTRY_FOREACH(parent, i, c) \
	for ((i) = 0; (i) < (parent)->hash_size; (i)++) \
		for ((c) = (parent)->children[i]; (c) != NULL; (c) = (c)->hash_next)
/* All names of a file system, at its end. */
void sb_drop_tree(struct superblock *sb);
/* Drop the reference that the list of fs_reap() had on a cached inode. */
void inode_release(struct inode *ino) REQUIRES(vk->ns_lock);

/* --- fs_lookup.c --- */

enum last_type { LAST_NORM, LAST_DOT, LAST_DOTDOT, LAST_ROOT };

/* Of the walk's flags: in the host's tree, across no mount. */
#define LOOKUP_HOST	0x10000u

/* A path walk under way: between walk_begin(), whatever it returns, and
 * walk_end() ns_lock is held, but dropped for a moment where a link is read. */
struct walk {
	struct path	root, cur;	/* valid under ns_lock, no references */
	struct file	*start;		/* of dirfd, or NULL */
	const char	*p;		/* what is left of the path */
	char		*buf;		/* p is in here after a link */
	unsigned	flags;		/* LOOKUP_* */
	int		links;
	const char	*name;		/* the last component, in p */
	size_t		len;
	enum last_type	last;
	bool		slash;		/* slashes follow it */
	int		dirfd;
};

/* walk_begin() is walk_open(), ns_lock, walk_start(); for two walks at once. */
void walk_open(struct walk *w, int dirfd, const char *name, unsigned flags);
int walk_start(struct walk *w) REQUIRES(vk->ns_lock) must_check;
void walk_close(struct walk *w);
int walk_begin(struct walk *w, int dirfd, const char *name, unsigned flags)
    ACQUIRE(vk->ns_lock) must_check;
void walk_end(struct walk *w) RELEASE(vk->ns_lock);
/* w->cur becomes the directory of the last component, which is parsed. */
int walk_parent(struct walk *w) REQUIRES(vk->ns_lock) must_check;
/* The last component too. */
int walk_final(struct walk *w, bool follow) REQUIRES(vk->ns_lock) must_check;
/* 1: the last component was a link that is followed: do walk_parent() again. */
int walk_last(struct walk *w, bool follow) REQUIRES(vk->ns_lock) must_check;
/* The child of w->cur that is the last component, negative or not. */
int walk_child(struct walk *w, struct dentry **out) REQUIRES(vk->ns_lock) must_check;
/* -EXDEV, -EROFS... before a change under mnt. */
int mount_writable(struct mount *mnt) must_check;
/* The same for the last component of w, told to those who watch. */
bool walk_read_only(const struct walk *w) REQUIRES(vk->ns_lock) must_check;
/* For watchers: a name was used; what w was looking for is not there. */
void walk_used(enum watch_use use, struct mount *mnt, struct dentry *d) REQUIRES(vk->ns_lock);
void walk_failed(const struct walk *w, int err) REQUIRES(vk->ns_lock);

/* What open(2) refuses before it looks for a descriptor. */
int path_open_check(const char *name, unsigned flags) must_check;

/* --- fs_mount.c --- */
/* The last component exists, or is made: a directory or an empty file. */
int mount_make_point(const char *name, unsigned mode) must_check;
/* sb over the directory `where`, which is made if need be. */
int mount_fs(struct superblock *sb, const char *where, unsigned flags, const char *source) must_check;

/* --- fs_dev.c --- */
#define MAJOR_MODULE	240	/* the first for local use: devices of modules */
/* One more name in /dev.  -EEXIST. */
int devfs_add_node(const char *name, unsigned mode, uint64_t rdev) must_check;
/* module_dev.c */
int mod_dev_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out) must_check;

/* --- fs_view.c --- */
/* The host's directory that is to be the root: -ENOENT if none is asked for. */
int view_root(struct path *p) must_check;
/* The rules of vkern_config, once everything is mounted. */
int view_apply(void) must_check;
/* Is this name of the host's, or what it is in, hidden or covered by a mount? */
bool view_hides_lower(struct hnode *h) REQUIRES(vk->ns_lock);
/* Is the name in this directory of the host hidden?  st: what the host said. */
bool view_hides(const struct hnode *dir, const char *name, const struct stat *st);
/* The same when all that is known is the number in a listing. */
bool view_hides_entry(const struct hnode *dir, const char *name, uint64_t ino);
/* Whose a file of the host's is, to the guest. */
void view_ids_init(void);
static inline uint32_t
view_uid(uint32_t uid)
{
	return uid == vk->fs->own_uid ? vk->fs->as_uid : uid;
}
static inline uint32_t
view_gid(uint32_t gid)
{
	return gid == vk->fs->own_gid ? vk->fs->as_gid : gid;
}
void view_fini(void);

/* --- helpers --- */
bool fs_capable(int cap);
uint32_t fs_fsuid(void);
uint32_t fs_fsgid(void);
bool fs_in_group(uint32_t gid);
unsigned fs_umask(void);
/*
 * A change of a name, to be told to who watches its directory: taken under
 * ns_lock, sent (and freed) without.
 */
struct note {
	struct inode	*dir;		/* reference; NULL: nobody watches */
	char		name[256];
};
void note_take(struct note *n, struct dentry *d) REQUIRES(vk->ns_lock);
void note_send(struct note *n, uint32_t mask, uint32_t cookie);
/* Permission and liveness for a new name in directory dir. */
int may_create(struct inode *dir) must_check;
/* mode as the new inode gets it: umask, setgid rules. */
unsigned create_mode(struct inode *dir, unsigned mode);
static inline bool
inode_is_dir(const struct inode *ino)
{
	return S_ISDIR(ino->mode);
}

#endif
