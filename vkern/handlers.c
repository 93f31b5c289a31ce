/*
 * handlers.c - a call's way through the modules that have a hook on it.
 *
 * Each hook entered leaves a frame on the kthread's own stack: it counts for
 * the module as long as the call is in it, and a thread that ends on the way
 * (exit, a signal that kills) gives its frames back.
 */
#include "abi/abi_handlers.h"
#include "abi/serve.h"
#include "module_impl.h"
#include "proc_impl.h"

struct mod_frame {
	struct mod	*mod;
	struct mod_frame *below;
};

static inline const struct handlers *
handlers_now(struct vkern *k)
{
	return __atomic_load_n(&k->handlers, __ATOMIC_ACQUIRE);
}

const struct mod_hook *
handlers_hook(unsigned nr)
{
	const struct handlers *h = handlers_now(vk);
	unsigned i;

	if (h == NULL)
		return NULL;
	if (nr < ABI_NR_LIMIT)
		return h->chain[nr];
	for (i = 0; i < h->nown; i++)
		if (h->own[i].nr == nr)
			return &h->own[i].hook;
	return NULL;
}

bool
handler_is_native(struct vkern *k, unsigned nr)
{
	const struct handlers *h = handlers_now(k);

	return h == NULL || nr >= ABI_NR_LIMIT || h->chain[nr] == NULL;
}

long
handler_native(struct thread *t, unsigned nr, void *args)
{
	if (nr >= ABI_NR_LIMIT || abi_handlers[nr] == NULL)
		return -ENOSYS;
	return abi_handlers[nr](t, args);
}

static long
hook_call(const struct mod_hook *hook, struct mod_call *c)
{
	struct mod_frame frame = { mod_ref(hook->mod), c->t->mod_frames };
	long ret;

	c->t->mod_frames = &frame;
	c->next = hook->below;
	ret = hook->fn(c, hook->arg);
	c->next = hook;
	locks_assert_none(hook->mod->name);
	c->t->mod_frames = frame.below;
	mod_put(frame.mod);
	return ret;
}

long
handlers_call(const struct mod_hook *hook, struct thread *t, unsigned nr, void *args)
{
	struct mod_call c = { .t = t, .row = abi_row(nr), .nr = nr, .raw = t->args, .args = args };

	return hook_call(hook, &c);
}

long
mod_next(struct mod_call *c)
{
	if (c->next != NULL)
		return hook_call(c->next, c);
	return c->row != NULL ? handler_native(c->t, c->nr, c->args) : -ENOSYS;
}

void
handlers_leave(struct thread *t)
{
	struct mod_frame *f;

	for (f = t->mod_frames; f != NULL; f = f->below)
		mod_put(f->mod);
	t->mod_frames = NULL;
}
