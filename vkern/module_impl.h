/*
 * module_impl.h - what handlers.c and module*.c share.
 */
#ifndef VKSUP_MODULE_IMPL_H
#define VKSUP_MODULE_IMPL_H

#include <sys/queue.h>

#include "vksup/file.h"
#include "vksup/fs.h"
#include "vksup/handlers.h"

/* What init registered, in that order. */
enum mod_kind { MOD_WRAP, MOD_OWN, MOD_WATCH, MOD_DEV, MOD_FS };
struct mod_item {
	STAILQ_ENTRY(mod_item) link;
	enum mod_kind	kind;
	unsigned	nr;		/* WRAP, OWN */
	mod_call_fn	*fn;
	struct watcher	*watcher;
	char		name[256];	/* DEV: of the node; FS: where */
	unsigned	mode;
	const struct mod_dev *dev;
	const struct mod_fs *fs;
	void		*arg;
};

struct mod {
	TAILQ_ENTRY(mod) link;		/* [m] module_lock: stack, lowest first; or gone */
	struct vkern	*k;		/* [I] */
	const struct mod_info *info;	/* [I] */
	char		name[64];	/* [I] */
	STAILQ_HEAD(, mod_item) items;	/* [I] once init has returned */
	bool		registering;	/* init runs */
	char		why[256];	/* mod_error() */
	_Atomic int	refs;		/* calls and open files in it; one for the stack */
	_Atomic bool	ended;		/* fini was called, or is about to be */
	struct ktimer	end_timer;	/* calls fini where no lock is held */
};

struct module_state {
	struct mutex	lock;		/* RANK_MODULE */
	TAILQ_HEAD(mod_list, mod) stack; /* [m] lowest first */
	struct mod_list	gone;		/* [m] swapped out */
	LIST_HEAD(, mod_mount) mounts;	/* [m] module_fs.c */
	struct mod_node_dev *_Atomic devs[64]; /* module_dev.c, by minor number */
};

struct mod *mod_ref(struct mod *m);
void mod_put(struct mod *m);
struct module_state *module_state(void);

/* module_dev.c: the item's device appears, or takes over that of the same name. */
int mod_dev_apply(struct mod *m, struct mod_item *it) must_check;
/* The device of this name belongs to m no more. */
void mod_dev_remove(struct mod *m, struct mod_item *it);
void mod_devs_free(struct module_state *ms);
/* module_fs.c: the same for mounts. */
int mod_fs_apply(struct mod *m, struct mod_item *it) must_check;
void mod_fs_remove(struct mod *m, struct mod_item *it);
void mod_mounts_free(struct module_state *ms);

#endif
