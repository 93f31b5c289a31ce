/*
 * lock.h - mutexes with ranks, and the one lock order of the kernel.
 *
 * A thread may take a lock only if its rank is higher than that of every lock
 * it holds (debug builds abort otherwise and say which two).  Locks of one
 * rank are nested with mutex_lock_same() in the order its users document.
 *
 *	RANK_MODULE	loading and swapping of modules
 *	RANK_POS	file.pos_lock: the offset of a seekable open file, held
 *			around its read, write and getdents
 *	RANK_VM		vm_map.lock: one guest's address space; the only lock
 *			that may be held while a carrier carries out orders
 *	RANK_RENAME	vk->rename_lock: one rename across directories at a time
 *	RANK_NS		vk->ns_lock: dentry trees, mounts
 *	RANK_STORE	the journal of an overlay on disk: its frames in order
 *	RANK_INODE	inode.lock: data and attributes (parent before child)
 *	RANK_EPOLL	epoll.lock: interest list
 *	RANK_OBJ	pipe, socket, tty, eventfd, timerfd, inotify objects
 *	RANK_FLOCK	file and record locks
 *	RANK_FDTABLE	fdtable.lock
 *	RANK_FSCTX	fs_ctx.lock: root, cwd, umask
 *	RANK_FUTEX	futex buckets
 *	RANK_PROC	vk->proc_lock: process tree, groups, sessions, signals
 *	RANK_TIMER	vk->timer_lock
 *	RANK_WAITQ	waitq.lock (waking an epoll nests one in another)
 *	RANK_READY	epoll ready lists
 *	RANK_LEAF	never anything inside
 *
 * Nobody sleeps with a lock held except in waitq_wait(), which drops the one
 * it is given, and under RANK_VM.
 */
#ifndef VKSUP_LOCK_H
#define VKSUP_LOCK_H

#include <pthread.h>

#include "vksup/base.h"

#if defined(__clang__)
#define TSA(x)		__attribute__((x))
#else
#define TSA(x)
#endif
#define CAPABILITY(n)	TSA(capability(n))
#define REQUIRES(...)	TSA(requires_capability(__VA_ARGS__))
#define ACQUIRE(...)	TSA(acquire_capability(__VA_ARGS__))
#define RELEASE(...)	TSA(release_capability(__VA_ARGS__))
#define EXCLUDES(...)	TSA(locks_excluded(__VA_ARGS__))
#define NO_TSA		TSA(no_thread_safety_analysis)

enum lock_rank {
	RANK_MODULE = 1,
	RANK_POS,
	RANK_VM,
	RANK_RENAME,
	RANK_NS,
	RANK_STORE,
	RANK_INODE,
	RANK_EPOLL,
	RANK_OBJ,
	RANK_FLOCK,
	RANK_FDTABLE,
	RANK_FSCTX,
	RANK_FUTEX,
	RANK_PROC,
	RANK_TIMER,
	RANK_WAITQ,
	RANK_READY,
	RANK_LEAF,
};

struct CAPABILITY("mutex") mutex {
	pthread_mutex_t	m;
	enum lock_rank	rank;
};

#define MUTEX_INIT(r)	{ PTHREAD_MUTEX_INITIALIZER, (r) }

void mutex_init(struct mutex *m, enum lock_rank rank);
void mutex_destroy(struct mutex *m);
void mutex_lock(struct mutex *m) ACQUIRE(m);
/* For a second lock of a rank already held; the caller knows the order. */
void mutex_lock_same(struct mutex *m) ACQUIRE(m);
void mutex_unlock(struct mutex *m) RELEASE(m);
/* How many locks this kernel thread holds. */
int locks_held(void);
/* Aborts if this kernel thread holds any lock: called at the end of every call. */
void locks_assert_none(const char *where);

#endif
