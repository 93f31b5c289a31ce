/*
 * handlers.h - what is between a call of a guest and its handler: modules.
 *
 * Without modules vk->handlers is NULL and a call goes straight to the table's
 * function.  With modules it is a table of chains, which never changes: loading
 * and swapping make a new one.  An old one may still be walked, so it is kept
 * until shutdown, as are modules themselves.
 *
 * Locks: module_lock (above all others of the kernel) covers loading and
 * swapping, one at a time.
 */
#ifndef VKSUP_HANDLERS_H
#define VKSUP_HANDLERS_H

#include "vksup/module.h"
#include "vksup/vkern.h"

struct mod_hook {
	struct mod	*mod;
	mod_call_fn	*fn;
	void		*arg;
	const struct mod_hook *below;	/* NULL: the kernel's own handler */
};
struct handlers {
	struct handlers	*old;		/* what this one replaced */
	bool		unserved;	/* a call that carriers answer has a hook */
	const struct mod_hook *chain[ABI_NR_LIMIT];
	unsigned	nown;
	const struct mod_own {
		unsigned	nr;
		struct mod_hook	hook;
	}		*own;		/* calls that the table does not have */
	struct mod_hook	*hooks;
};

/* --- dispatch, for syscall.c --- */

/* Of a number that may be in no table; NULL: no module has a part in it. */
const struct mod_hook *handlers_hook(unsigned nr);
/* Through hook; args NULL for numbers without a row. */
long handlers_call(const struct mod_hook *hook, struct thread *t, unsigned nr, void *args);
/* t ends within a call: it is in no module any more. */
void handlers_leave(struct thread *t);
/* The kernel's own handler, past all modules; -ENOSYS if it has none. */
long handler_native(struct thread *t, unsigned nr, void *args);
/* Is this call answered by the kernel's own handler alone? */
bool handler_is_native(struct vkern *k, unsigned nr);

/* --- loading --- */

/*
 * Load: init is called, then everything it registered appears at once.  `why`
 * gets the reason when it fails.  handle is the caller's, to close when the
 * kernel is gone; info->name is unique among the loaded or gets a number.
 * Only before the kernel ends; vk is k.
 */
int module_load(struct vkern *k, const struct mod_info *info, const char *args,
    char *why, size_t n) must_check;
/*
 * The module called `name` (NULL: info->name; or, failing that, the only one
 * there is) is replaced by info, in the same place of the stack, while guests
 * run.  Calls under way in the old one end there.  why: as above.
 */
int module_swap(struct vkern *k, const char *name, const struct mod_info *info,
    const char *args, char *why, size_t n) must_check;
/* Names of the loaded modules, from the lowest; NULL after the last. */
const char *module_name(struct vkern *k, unsigned i);
/* The run is over: fini of all.  Guests may still run. */
void modules_end(struct vkern *k);
/* At shutdown, when no thread is left. */
void modules_free(struct vkern *k);

#endif
