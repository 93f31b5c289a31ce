/*
 * watch.c - the list of watchers of a kernel.
 *
 * Readers walk an array that never changes; adding and removing make a new one.
 * An old array may still be walked, so it is kept until shutdown: watchers come
 * and go by hand, a few times in a run.
 */
#include "vksup/watch.h"

#include <stdlib.h>
#include <string.h>

#include "vksup/lock.h"

static struct watchers *
watchers_copy(struct vkern *k) REQUIRES(k->watch_lock)
{
	struct watchers *now = k->watchers, *ws = xcalloc(1, sizeof(*ws));

	if (now != NULL)
		*ws = *now;
	ws->old = now;
	return ws;
}

int
watch_add(struct vkern *k, struct watcher *w)
{
	struct watchers *ws;

	mutex_lock(&k->watch_lock);
	if (k->watchers != NULL && k->watchers->n == WATCHERS_MAX) {
		mutex_unlock(&k->watch_lock);
		return -ENOSPC;
	}
	ws = watchers_copy(k);
	ws->w[ws->n++] = w;
	ws->every_call |= w->every_call;
	__atomic_store_n(&k->watchers, ws, __ATOMIC_RELEASE);
	mutex_unlock(&k->watch_lock);
	return 0;
}

void
watch_remove(struct vkern *k, struct watcher *w)
{
	struct watchers *ws;
	int i, n = 0;

	mutex_lock(&k->watch_lock);
	if (k->watchers != NULL) {
		ws = watchers_copy(k);
		for (i = 0; i < ws->n; i++)
			if (ws->w[i] != w)
				ws->w[n++] = ws->w[i];
		ws->n = n;
		ws->every_call = false;
		for (i = 0; i < n; i++)
			ws->every_call |= ws->w[i]->every_call;
		__atomic_store_n(&k->watchers, ws, __ATOMIC_RELEASE);
	}
	mutex_unlock(&k->watch_lock);
}

bool
watched_at(size_t function)
{
	const struct watchers *ws = __atomic_load_n(&vk->watchers, __ATOMIC_ACQUIRE);
	void *fn;
	int i;

	for (i = 0; ws != NULL && i < ws->n; i++) {
		memcpy(&fn, (const char *)ws->w[i] + function, sizeof(fn));
		if (fn != NULL)
			return true;
	}
	return false;
}

void
watchers_free(struct vkern *k)
{
	struct watchers *ws, *old;

	for (ws = k->watchers; ws != NULL; ws = old) {
		old = ws->old;
		kfree(ws);
	}
	k->watchers = NULL;
}
