/*
 * watch.h - what happens in the kernel, for those who watch it: traces, audits,
 * statistics, crash reports, modules.
 *
 * A watcher is a set of functions; those it leaves NULL cost nothing, and
 * without any watcher an event costs one load.  They are called on the thread
 * that the event happens to, one kernel's threads at the same time, some with
 * vk->proc_lock held ([p] below): a watcher must not take a kernel lock, sleep
 * in the kernel or touch guest memory then, and has its own locks as leaves.
 *
 * A new kind of event: one line here, and WATCH(...) where it happens.
 */
#ifndef VKSUP_WATCH_H
#define VKSUP_WATCH_H

#include <signal.h>

#include "vksup/vkern.h"

struct abi_row;
struct path;
struct proc;
struct thread;
struct vmevent;

/* A call, or a look at a name, that was refused by a rule of this run. */
struct watch_denial {
	const char	*rule;		/* which: "ro", "hide", "limit memory", "enosys"... */
	const char	*object;	/* a path, an address, a name; or NULL */
	int		err;		/* the errno the guest got, positive */
};

/* What a program did with a file of the host or of its overlay. */
enum watch_use {
	USE_READ,		/* opened to be read, or mapped */
	USE_WRITE,		/* opened to be written, made, renamed to */
	USE_EXEC,		/* run, or the interpreter of what was run */
	USE_MISSING,		/* looked for, and not there */
	USE_STAT,		/* only looked at */
	USE_LIST,		/* a directory that was listed */
	USE_DELETE,
};

/*
 * Note, under whatever lock, that a rule of this run refuses the current
 * thread something: it is told as `denied` at the end of its call, if that
 * fails.  rule must last; object NULL: what the call's arguments name.
 */
void deny(const char *rule, int err, const char *object);
/* The same for `file`: told at the end of the call, in any case. */
void file_used(enum watch_use use, const char *path, int err);
/* By its path; takes ns_lock (fs_lookup.c). */
void path_used(enum watch_use use, const struct path *p, int err);
/* At the end of a call: tell.  At the end of a thread: forget. */
void refuse_tell(struct thread *t, const struct abi_row *row, long ret);
void uses_tell(struct thread *t);
void refuse_forget(struct thread *t);

struct watcher {
	/* It must see every call, also those that a carrier could answer by
	 * itself (abi/serve.h); true costs every thread its fast calls. */
	bool	every_call;
	/* Entry and exit of a call, t->args raw; row NULL for a number the table
	 * does not have.  Calls that do not return have no exit.  No lock held. */
	void	(*call_enter)(struct watcher *w, struct thread *t, const struct abi_row *row);
	void	(*call_exit)(struct watcher *w, struct thread *t, const struct abi_row *row, long ret);
	/* The guest's own fault, before it becomes a signal.  No lock held. */
	void	(*fault)(struct watcher *w, struct thread *t, const struct vmevent *ev);
	/* A signal was taken by t and is about to have its effect.  [p] */
	void	(*signal)(struct watcher *w, struct thread *t, const siginfo_t *si);
	/* t sleeps; t goes on (err as of thread_park()); curthread, which may be
	 * NULL, makes t runnable.  Any lock may be held at wake. */
	void	(*sleep)(struct watcher *w, struct thread *t);
	void	(*awake)(struct watcher *w, struct thread *t, int err);
	void	(*wake)(struct watcher *w, struct thread *t);
	/* A thread begins, made by parent (NULL: the first); t->proc may be new.  [p] */
	void	(*thread_start)(struct watcher *w, struct thread *t, struct thread *parent);
	void	(*thread_end)(struct watcher *w, struct thread *t, int status);	/* [p] */
	void	(*proc_end)(struct watcher *w, struct proc *p, int status);	/* [p] */
	/* t's process has a new program, by the name it was found as. */
	void	(*exec)(struct watcher *w, struct thread *t, const char *path);
	/* No lock held. */
	void	(*denied)(struct watcher *w, struct thread *t, const struct watch_denial *d);
	/* path is absolute in the guest's tree; err 0 or positive.  No lock held. */
	void	(*file)(struct watcher *w, struct thread *t, enum watch_use use,
		    const char *path, int err);
};

#define WATCHERS_MAX	16
struct watchers {
	int		n;
	bool		every_call;	/* of any of them */
	struct watcher	*w[WATCHERS_MAX];
	struct watchers	*old;		/* what this one replaced; freed at shutdown */
};

/* Tell all watchers of event `name`; the arguments are those after w. */
#define WATCH(name, ...) do { \
	const struct watchers *ws_ = __atomic_load_n(&vk->watchers, __ATOMIC_ACQUIRE); \
	if (__builtin_expect(ws_ != NULL, 0)) { \
		for (int i_ = 0; i_ < ws_->n; i_++) \
			if (ws_->w[i_]->name != NULL) \
				ws_->w[i_]->name(ws_->w[i_], __VA_ARGS__); \
	} \
} while (0)
/* Is anybody interested?  For events whose arguments are dear to make. */
#define WATCHED(name)	watched_at(offsetof(struct watcher, name))
bool watched_at(size_t function);
static inline bool
watched_every_call(void)
{
	const struct watchers *ws = __atomic_load_n(&vk->watchers, __ATOMIC_ACQUIRE);

	return __builtin_expect(ws != NULL, 0) && ws->every_call;
}

/* 0, or -ENOSPC.  w must live until the kernel is shut down, even if removed. */
int watch_add(struct vkern *k, struct watcher *w) must_check;
/* Events under way may still come. */
void watch_remove(struct vkern *k, struct watcher *w);
/* At shutdown. */
void watchers_free(struct vkern *k);

#endif
