/*
 * vkern.h - the kernel as a whole: its state, guest memory, messages.
 *
 * All state hangs on struct vkern, so that many kernels can live in one
 * process (unit tests boot one per case).  Every thread that runs kernel code
 * has `vk` set; one that serves a guest has `curthread` set too.
 *
 * Field legend (the same in all headers): [I] immutable after creation,
 * [a] atomic, [o] owner thread only, [p] vk->proc_lock, [n] vk->ns_lock,
 * [i] inode.lock, [m] the object's own mutex, [!] not yet protected.
 */
#ifndef VKSUP_VKERN_H
#define VKSUP_VKERN_H

#include "vksup/base.h"
#include "vksup/host.h"
#include "vksup/limit.h"
#include "vksup/lock.h"
#include "vksup/wait.h"

struct thread;
struct proc;
struct vm_map;
struct mount;
struct dentry;
struct superblock;

/*
 * What the guest sees of the host's tree, applied in order at boot (fs_view.c).
 * Paths are absolute; src and RULE_HIDE_HOST's dst are names of the host's own
 * tree, whatever is mounted over it, and all other dst are the guest's.
 */
enum vkern_rule_kind {
	RULE_BIND,		/* src of the host at dst, which is made if need be */
	RULE_RW,		/* src of the host at dst, written through to the host */
	RULE_ROOT,		/* src of the host is the guest's root; dst is not used */
	RULE_TMPFS,		/* an empty file system at dst, of size bytes (0: no limit) */
	RULE_HIDE,		/* dst does not exist, nor what it is a link to */
	RULE_HIDE_HOST,		/* the same; not being able to look for it is no error */
};
struct vkern_rule {
	enum vkern_rule_kind kind;
	const char	*src, *dst;
	bool		ro;
	uint64_t	size;
	int		err;	/* out: why it could not be applied, and boot failed */
};

/* Who the first program is, if not who runs vksup. */
struct vkern_ids {
	uint32_t	uid, gid;
	bool		all_caps;	/* with uid 0: every capability */
};

/*
 * An overlay on disk, opened and locked by whoever boots the kernel, who keeps
 * the descriptors.
 */
struct om_tree;
struct vkern_overlay {
	hfd_t		data;		/* the directory of data files */
	hfd_t		journal;	/* read-write */
	int64_t		end;		/* where the next frame goes */
	const struct om_tree *tree;	/* what is in it (overlay_meta.h), until boot has ended */
	char		why[256];	/* out: what is wrong with it, if boot failed for that */
	_Atomic int	err;		/* out: negative; changes since then are not kept */
};

/* Each of these can be left out, for comparisons and when in doubt. */
#define SLOW_SERVE	1u	/* carriers answer no call by themselves */
#define SLOW_WINDOW	2u	/* arguments and results do not travel with the call */
#define SLOW_BATCH	4u	/* orders are carried out at once, not with the next run */
#define SLOW_PATCH	8u	/* call sites are not rewritten */
#define SLOW_SPIN	16u	/* nobody spins */
struct vkern_config {
	const char	*hostname;	/* NULL: the host's */
	struct vkern_rule *rules;	/* nrules of them, until boot has ended */
	unsigned	nrules;
	const struct vkern_ids *ids;	/* NULL: the host's */
	const uint64_t	*limits;	/* LIMIT_KINDS of them (limit.h), until boot has ended; NULL: none */
	struct vkern_overlay *overlay;	/* NULL: changes are kept in memory */
	bool		verbose;	/* name each missing call once */
	unsigned	slow;		/* SLOW_*: ways of saving time not to use */
	/* Called when guest pid 1 has ended; wait status word. */
	void		(*on_exit)(void *arg, int status);
	/* The program has been stopped by a signal; locks are held.  May be NULL. */
	void		(*on_stop)(void *arg, int sig);
	void		*arg;
};

TAILQ_HEAD(proc_list, proc);

struct vkern {
	struct vkern_config cfg;	/* [I] */
	struct mutex	proc_lock;
	struct proc_list procs;		/* [p] all, by age */
	struct pid_table *pids;		/* [p] proc_table.c */
	struct proc	*init;		/* [p] pid 1 */
	struct proc	*main_proc;	/* [p] the program; the run ends with it */
	int		nthreads;	/* [p] guest threads alive */
	_Atomic int	nkthreads;	/* [a] kthreads, and one for vkern_shutdown() */
	struct host_parker idle;	/* the last of them has gone */
	struct mutex	ns_lock;
	struct mutex	rename_lock;
	struct mount	*root_mount;	/* [I] */
	struct fs_state	*fs;		/* [I] fs_*.c private */
	_Atomic(struct file_state *) files; /* [a] file_*.c private */
	struct dev_state *dev;		/* [I] fs_dev.c, file_tty.c private */
	struct tty_state *tty;		/* [I] file_tty.c private */
	struct net_state *net;		/* [I] net_*.c private */
	struct futex_state *futex;	/* [I] proc_futex.c private */
	struct mutex	timer_lock;
	struct timer_state *timers;	/* [I] clock.c private */
	struct mutex	uts_lock;
	char		hostname[65];	/* [m] uts_lock */
	char		domainname[65];	/* [m] uts_lock */
	ktime_t		boot_time;	/* [I] CLOCK_MONOTONIC at boot */
	struct limits	limits;		/* limit.h */
	struct limit_poll *limit_poll;	/* [I] limit.c private */
	struct watchers	*watchers;	/* [a] watch.h; NULL: nobody watches */
	struct mutex	watch_lock;	/* changes of it */
	struct handlers	*handlers;	/* [a] handlers.h; NULL: no modules */
	struct inject_state *inject;	/* [a] inject.c; NULL: nothing is to fail */
	struct module_state *modules;	/* [a] module.c private */
	_Atomic uint64_t forks, switches; /* [a] for /proc/stat */
	_Atomic uint64_t calls_served;	/* [a] by carriers whose threads are gone */
	struct sig_user { uint32_t uid; int n; } sig_users[64]; /* [p] queued signals */
	uint8_t		enosys_seen[64]; /* [p] bit per call named by verbose */
};

extern __thread struct vkern *vk;
extern __thread struct thread *curthread;

/* Boot a kernel: mounts, timers, no processes.  Sets vk of the caller. */
int vkern_boot(const struct vkern_config *cfg, struct vkern **out) must_check;
/* End every guest and free the kernel. */
void vkern_shutdown(struct vkern *k);
/* Start guest pid 1 (or our own init with the program as its child).  path NULL:
 * no program, but an empty space in which somebody makes calls (library mode). */
int vkern_start(struct vkern *k, const char *path, char *const argv[],
    char *const envp[], const char *cwd) must_check;
struct file;
/* Another program beside it, with files as its descriptors 0, 1, 2; the run
 * does not end with it.  *p gets a reference. */
int vkern_spawn(struct vkern *k, char *const argv[], char *const envp[], const char *cwd,
    struct file *const files[3], struct proc **p) must_check;

/*
 * copyio.c: the only door to guest memory.  Addresses are of the current
 * thread's space (the vm_ forms name one).  0, or -EFAULT with an unknown
 * part done.  copyinstr: length without the NUL, -EFAULT, or -ENAMETOOLONG
 * when there is no NUL in the first max bytes.
 */
int copyin(void *dst, gaddr_t src, size_t n) must_check;
int copyout(gaddr_t dst, const void *src, size_t n) must_check;
long copyinstr(char *dst, gaddr_t src, size_t max) must_check;
int vm_copyin(struct vm_map *vm, void *dst, gaddr_t src, size_t n) must_check;
int vm_copyout(struct vm_map *vm, gaddr_t dst, const void *src, size_t n) must_check;
int copyout_zero(gaddr_t dst, size_t n) must_check;
static inline int must_check
copyin_u32(gaddr_t src, uint32_t *v)
{
	return copyin(v, src, 4);
}
static inline int must_check
copyin_u64(gaddr_t src, uint64_t *v)
{
	return copyin(v, src, 8);
}
static inline int must_check
copyout_u32(gaddr_t dst, uint32_t v)
{
	return copyout(dst, &v, 4);
}
static inline int must_check
copyout_u64(gaddr_t dst, uint64_t v)
{
	return copyout(dst, &v, 8);
}

/*
 * uio: where the bytes of a read or write come from or go to: guest segments,
 * or one kernel buffer.  Moving advances it.  A uio belongs to one call.
 */
struct uio_seg { uint64_t base; uint64_t len; };
struct uio {
	struct uio_seg	*seg;
	int		nseg, cur;
	size_t		off;		/* into seg[cur] */
	size_t		resid;		/* bytes left in all */
	bool		kernel;		/* base is a kernel pointer */
	unsigned	rwf;		/* RWF_* of preadv2, for file_ops; else 0 */
	struct uio_seg	one;		/* storage for the common case */
};
void uio_kernel(struct uio *u, void *buf, size_t n);
void uio_guest(struct uio *u, gaddr_t buf, size_t n);
/* From a guest iovec: -EINVAL (count, sum), -EFAULT.  Free with uio_free(). */
int uio_from_iovec(struct uio *u, gaddr_t iov, uint64_t count) must_check;
void uio_free(struct uio *u);
/* Kernel -> uio (a read).  Bytes moved: < n only if the uio is full or a bad
 * address was met after some bytes; -EFAULT if at once. */
ssize_t uio_put(struct uio *u, const void *buf, size_t n) must_check;
/* uio -> kernel (a write). */
ssize_t uio_get(struct uio *u, void *buf, size_t n) must_check;
ssize_t uio_put_zero(struct uio *u, size_t n) must_check;

/* xmalloc family: never NULL (the kernel's own memory is accounted elsewhere);
 * kalloc may fail and returns zeroed memory or NULL. */
void *kalloc(size_t n) must_check;
void *xcalloc(size_t n, size_t size);
char *xstrdup(const char *s);
void kfree(void *p);

#define KASSERT(x) \
	((x) ? (void)0 : host_panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #x))
void host_panic(const char *fmt, ...) printf_like(1, 2) no_return;

#endif
