/*
 * module.h - handlers of one's own: what a module (vksup -L FILE.so) is made
 * with.  This header is all that a module may use; docs/modules.md is the guide.
 *
 * A module is a shared object with one VKSUP_MODULE(...) in it.  Its init
 * function registers what it has: wraps around system calls, calls of its own,
 * watchers, devices, file systems.  The kernel calls them on the thread of the
 * guest that it is about, any number of them at the same time: a module has its
 * own locks, and holds none of them while it calls mod_next() or mod_sleep().
 * A module is part of the kernel: what it does wrong, the kernel does wrong.
 *
 * Modules are stacked in the order they were given; the last is met first.
 *
 * Errors are negative errno values, as the guest gets them.  Functions whose
 * names begin with mod_ are the kernel's, and there are no others.
 */
#ifndef VKSUP_MODULE_H
#define VKSUP_MODULE_H

#include <sys/types.h>

#include "abi/abi.h"		/* struct openat_args and its like, struct abi_row */

/* Raised when anything here changes that a module compiled before would not
 * stand: the kernel takes no module made for another number. */
#define VKSUP_MODULE_ABI 1

struct mod;			/* a loaded module: the kernel's */
struct watcher;			/* vksup/watch.h */

struct mod_info {
	unsigned	abi;		/* VKSUP_MODULE_ABI */
	const char	*name;
	/* Register what there is.  args: what follows the comma of -L FILE,ARGS, or
	 * "".  0; or -errno, if possible by way of mod_error().  Nothing that was
	 * registered before the error stays. */
	int		(*init)(struct mod *m, const char *args);
	/* May be NULL.  Called once: when another module has taken the place of this
	 * one and its last call has returned, or when the run is over.  In that case
	 * other guests' calls may still be in it: it must not free what they use. */
	void		(*fini)(struct mod *m);
};
#define VKSUP_MODULE(name_, init_, fini_)				\
	__attribute__((visibility("default")))				\
	const struct mod_info vksup_module = { VKSUP_MODULE_ABI, name_, init_, fini_ }

/* --- system calls --- */

struct mod_hook;
struct mod_call {
	struct thread	*t;		/* who calls; see mod_pid() */
	const struct abi_row *row;	/* of the call; NULL for one of a module's own */
	unsigned	nr;
	const uint64_t	*raw;		/* the six registers */
	/* struct NAME_args, decoded: strings and structures are copies in the
	 * kernel.  It may be changed before mod_next().  NULL if row is NULL. */
	void		*args;
	const struct mod_hook *next;	/* mod_next()'s own */
};
/* The call's result or -errno.  No lock is held. */
typedef long mod_call_fn(struct mod_call *c, void *arg);

/*
 * fn instead of call `name` of the table, or of every call: "*".  The call as
 * it was, or as the module below made it, is mod_next(); not calling it
 * replaces the call, calling it twice does it twice.  Calls that the table has
 * as ENOSYS can be given a handler like this.  Only what a guest calls goes
 * through fn; what the kernel does for other reasons (exit after a signal) does
 * not.  Arguments that do not decode (EFAULT, EINVAL) never reach fn.
 *
 * For use in init, as all functions up to mod_add_fs().  -ENOENT: no such call.
 */
int mod_wrap(struct mod *m, const char *name, mod_call_fn *fn, void *arg) must_check;
long mod_next(struct mod_call *c);
/* A call of the module's own; nr from MOD_CALL_FIRST on.  -EEXIST: taken. */
#define MOD_CALL_FIRST	1000u
#define MOD_CALL_LAST	0xffffu
int mod_add_call(struct mod *m, unsigned nr, mod_call_fn *fn, void *arg) must_check;
/* Events, as vksup/watch.h has them; w stays the module's, and is only looked
 * at from now on. */
int mod_watch(struct mod *m, struct watcher *w) must_check;

/* --- devices --- */

/* One open file of a device. */
struct mod_file {
	void		*arg;		/* as registered */
	unsigned	flags;		/* O_*, at open */
	void		*priv;		/* the module's own */
};
struct mod_dev {
	/* All may be NULL.  open: -errno refuses.  release: nobody has it any more. */
	int		(*open)(struct mod_file *f);
	void		(*release)(struct mod_file *f);
	/* To or from a buffer in the kernel, at most MOD_IO_MAX bytes of what the
	 * guest asks for: bytes done, 0 for the end, -errno.  NULL: EINVAL. */
	ssize_t		(*read)(struct mod_file *f, void *buf, size_t n);
	ssize_t		(*write)(struct mod_file *f, const void *buf, size_t n);
	/* arg may be a guest's address.  -ENOTTY for what is not known. */
	long		(*ioctl)(struct mod_file *f, unsigned cmd, unsigned long arg);
};
#define MOD_IO_MAX	65536u
/* /dev/NAME, with these permissions.  Files that are open when the module is
 * swapped stay with the old one.  -EEXIST: /dev has that name. */
int mod_add_dev(struct mod *m, const char *name, unsigned mode, const struct mod_dev *dev,
    void *arg) must_check;

/* --- file systems --- */

struct mod_node {
	uint64_t	id;		/* what the module calls it; never 0; st_ino */
	unsigned	mode;		/* type (regular, directory, symlink) and permissions */
	uint32_t	uid, gid;
	uint32_t	nlink;		/* 0: 1, or 2 for a directory */
	int64_t		size;
	int64_t		mtime;		/* seconds */
};
#define MOD_ROOT	1u		/* id of the root, a directory */
/*
 * All but lookup and list may be NULL: -EROFS for those that write, -EINVAL
 * for the others.  Called with locks of the kernel held: no mod_sleep(), no
 * memory of guests.  Buffers are the kernel's, n at most MOD_IO_MAX.
 */
struct mod_fs {
	const char	*type;		/* as /proc/mounts shows it */
	/* name "": dir itself (for the root, and for stat).  -ENOENT. */
	int		(*lookup)(void *arg, uint64_t dir, const char *name, struct mod_node *n);
	/* The i-th name of a directory, from 0; node: id and mode.  -ENOENT: no more. */
	int		(*list)(void *arg, uint64_t dir, uint64_t i, char name[256],
			    struct mod_node *n);
	ssize_t		(*read)(void *arg, uint64_t id, void *buf, size_t n, int64_t off);
	/* Bytes, not terminated. */
	ssize_t		(*readlink)(void *arg, uint64_t id, char *buf, size_t n);
	ssize_t		(*write)(void *arg, uint64_t id, const void *buf, size_t n, int64_t off);
	int		(*truncate)(void *arg, uint64_t id, int64_t size);
	/* name is not there; n has mode, uid and gid, and gets the rest.  target: of
	 * a symbolic link, else NULL. */
	int		(*make)(void *arg, uint64_t dir, const char *name, const char *target,
			    struct mod_node *n);
	/* A file; or a directory, -ENOTEMPTY unless it is empty. */
	int		(*remove)(void *arg, uint64_t dir, const char *name);
};
/* Mounted at path, which is made if only its last component is missing; read-only
 * without write and make.  Its files cannot be mapped, and so not run.  It stays
 * when the module is swapped, and is then served by the one with the same path
 * in the new module: the ids must mean the same there. */
int mod_add_fs(struct mod *m, const char *path, const struct mod_fs *fs, void *arg) must_check;

/* --- services --- */

/* Why init fails: the rest of "vksup: -L FILE: ".  Gives -EINVAL. */
int mod_error(struct mod *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A line on standard error: "vksup: ...". */
void mod_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The value of key in "key=value,key=value", in buf: its length; -ENOENT, -ERANGE. */
int mod_option(const char *args, const char *key, char *buf, size_t n) must_check;
/* The caller as guests see it. */
int mod_pid(const struct thread *t);
int mod_tid(const struct thread *t);
/* Memory of the current guest: 0, -EFAULT; length without the NUL, -EFAULT,
 * -ENAMETOOLONG.  In calls and ioctl only. */
int mod_copyin(void *dst, uint64_t src, size_t n) must_check;
int mod_copyout(uint64_t dst, const void *src, size_t n) must_check;
long mod_copyinstr(char *dst, uint64_t src, size_t max) must_check;
/* The guest sleeps: 0, or -EINTR when a signal came.  In calls only: elsewhere,
 * where locks may be held, -EDEADLK. */
int mod_sleep(int64_t ns) must_check;
/* Nanoseconds, CLOCK_MONOTONIC; and chance, both as the kernel has them. */
int64_t mod_now(void);
void mod_random(void *buf, size_t n);

#endif
