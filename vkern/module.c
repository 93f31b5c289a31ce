/*
 * module.c - loading, stacking and swapping of modules, and their services.
 *
 * init only notes what the module has (items).  Then the devices, file systems
 * and watchers are set up, and last a new table of handlers is published: a
 * call that began before goes on with the table it found.  Guest threads are
 * called in once, so that carriers answer no call that now has a hook.
 */
#include "module_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proc_impl.h"
#include "vksup/host.h"
#include "vksup/watch.h"

/* --- a module's life --- */

struct module_state *
module_state(void)
{
	struct module_state *ms = __atomic_load_n(&vk->modules, __ATOMIC_ACQUIRE);

	if (ms != NULL)
		return ms;
	mutex_lock(&vk->watch_lock);
	ms = vk->modules;
	if (ms == NULL) {
		ms = xcalloc(1, sizeof(*ms));
		mutex_init(&ms->lock, RANK_MODULE);
		TAILQ_INIT(&ms->stack);
		TAILQ_INIT(&ms->gone);
		LIST_INIT(&ms->mounts);
		__atomic_store_n(&vk->modules, ms, __ATOMIC_RELEASE);
	}
	mutex_unlock(&vk->watch_lock);
	return ms;
}

struct mod *
mod_ref(struct mod *m)
{
	m->refs++;
	return m;
}

/* The last one may be called with any lock held. */
void
mod_put(struct mod *m)
{
	if (atomic_fetch_sub(&m->refs, 1) == 1)
		ktimer_set(&m->end_timer, 0);
}

static void
mod_end(struct mod *m)
{
	if (!atomic_exchange(&m->ended, true) && m->info->fini != NULL)
		m->info->fini(m);
}

static void
mod_end_timer(struct ktimer *kt)
{
	mod_end(container_of(kt, struct mod, end_timer));
}

static void
mod_free(struct mod *m)
{
	struct mod_item *it;

	while ((it = STAILQ_FIRST(&m->items)) != NULL) {
		STAILQ_REMOVE_HEAD(&m->items, link);
		kfree(it);
	}
	kfree(m);
}

static int
complain(char *why, size_t n, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, n, fmt, ap);
	va_end(ap);
	return err;
}

static const char *
error_text(int err)
{
	const char *s = strerrordesc_np(-err);

	return s != NULL ? s : "no error that has a name";
}

static struct mod *
mod_new(struct vkern *k, const struct mod_info *info)
{
	struct mod *m = xcalloc(1, sizeof(*m));

	m->k = k;
	m->info = info;
	m->refs = 1;
	STAILQ_INIT(&m->items);
	ktimer_init(&m->end_timer, mod_end_timer);
	snprintf(m->name, sizeof(m->name), "%s", info->name);
	return m;
}

/* A module that has told what it has, or NULL. */
static struct mod *
mod_begin(struct vkern *k, const struct mod_info *info, const char *args, char *why, size_t n,
    int *err)
{
	struct mod *m;

	if (info->abi != VKSUP_MODULE_ABI) {
		*err = complain(why, n, -ENOEXEC, "it is made for version %u of vksup/module.h, this is %u",
		    info->abi, VKSUP_MODULE_ABI);
		return NULL;
	}
	if (info->name == NULL || info->name[0] == '\0' || info->init == NULL) {
		*err = complain(why, n, -EINVAL, "it has no name or no init function");
		return NULL;
	}
	m = mod_new(k, info);
	m->registering = true;
	*err = info->init(m, args);
	m->registering = false;
	if (*err == 0)
		return m;
	if (m->why[0] != '\0')
		complain(why, n, *err, "%s", m->why);
	else
		complain(why, n, *err, "its init function: %s", error_text(*err));
	mod_free(m);
	return NULL;
}

/* --- registration --- */

static struct mod_item *
item_add(struct mod *m, enum mod_kind kind)
{
	struct mod_item *it;

	if (!m->registering)
		return NULL;
	it = xcalloc(1, sizeof(*it));
	it->kind = kind;
	STAILQ_INSERT_TAIL(&m->items, it, link);
	return it;
}

static int
wrap_one(struct mod *m, unsigned nr, mod_call_fn *fn, void *arg)
{
	struct mod_item *it = item_add(m, MOD_WRAP);

	if (it == NULL)
		return -EPERM;
	it->nr = nr;
	it->fn = fn;
	it->arg = arg;
	return 0;
}

int
mod_wrap(struct mod *m, const char *name, mod_call_fn *fn, void *arg)
{
	const struct abi_row *row = abi_row_by_name(name);
	unsigned nr;
	int err = 0;

	if (fn == NULL)
		return -EINVAL;
	if (row != NULL)
		return wrap_one(m, row->nr, fn, arg);
	if (strcmp(name, "*") != 0)
		return -ENOENT;
	for (nr = 0; err == 0 && nr < ABI_NR_LIMIT; nr++)
		if (abi_row(nr) != NULL && abi_row(nr)->state != ABI_STATE_ENOSYS)
			err = wrap_one(m, nr, fn, arg);
	return err;
}

int
mod_add_call(struct mod *m, unsigned nr, mod_call_fn *fn, void *arg)
{
	struct mod_item *it;

	if (nr < MOD_CALL_FIRST || nr > MOD_CALL_LAST || fn == NULL)
		return -EINVAL;
	STAILQ_FOREACH(it, &m->items, link)
		if (it->kind == MOD_OWN && it->nr == nr)
			return -EEXIST;
	it = item_add(m, MOD_OWN);
	if (it == NULL)
		return -EPERM;
	it->nr = nr;
	it->fn = fn;
	it->arg = arg;
	return 0;
}

int
mod_watch(struct mod *m, struct watcher *w)
{
	struct mod_item *it = item_add(m, MOD_WATCH);

	if (it == NULL)
		return -EPERM;
	it->watcher = w;
	return 0;
}

static struct mod_item *
item_add_named(struct mod *m, enum mod_kind kind, const char *name, int *err)
{
	struct mod_item *it;

	*err = -ENAMETOOLONG;
	if (strlen(name) >= sizeof(it->name))
		return NULL;
	*err = -EPERM;
	it = item_add(m, kind);
	if (it == NULL)
		return NULL;
	snprintf(it->name, sizeof(it->name), "%s", name);
	*err = 0;
	return it;
}

int
mod_add_dev(struct mod *m, const char *name, unsigned mode, const struct mod_dev *dev, void *arg)
{
	struct mod_item *it;
	int err;

	if (*name == '\0' || strchr(name, '/') != NULL || name[0] == '.')
		return -EINVAL;
	it = item_add_named(m, MOD_DEV, name, &err);
	if (it == NULL)
		return err;
	it->mode = mode & 07777;
	it->dev = dev;
	it->arg = arg;
	return 0;
}

int
mod_add_fs(struct mod *m, const char *path, const struct mod_fs *fs, void *arg)
{
	struct mod_item *it;
	int err;

	if (path[0] != '/' || fs->lookup == NULL || fs->list == NULL || fs->type == NULL)
		return -EINVAL;
	it = item_add_named(m, MOD_FS, path, &err);
	if (it == NULL)
		return err;
	it->fs = fs;
	it->arg = arg;
	return 0;
}

/* --- what was registered comes to be --- */

static int
item_apply(struct mod *m, struct mod_item *it, char *why, size_t n)
{
	int err = 0;

	switch (it->kind) {
	case MOD_WATCH:
		err = watch_add(m->k, it->watcher);
		return err == 0 ? 0 : complain(why, n, err, "there are too many watchers");
	case MOD_DEV:
		err = mod_dev_apply(m, it);
		return err == 0 ? 0 : complain(why, n, err, "/dev/%s: %s", it->name, error_text(err));
	case MOD_FS:
		err = mod_fs_apply(m, it);
		return err == 0 ? 0 : complain(why, n, err, "mount on %s: %s", it->name, error_text(err));
	case MOD_WRAP:
	case MOD_OWN:
		break;
	}
	return 0;
}

static void
item_remove(struct mod *m, struct mod_item *it)
{
	if (it->kind == MOD_WATCH)
		watch_remove(m->k, it->watcher);
	else if (it->kind == MOD_DEV)
		mod_dev_remove(m, it);
	else if (it->kind == MOD_FS)
		mod_fs_remove(m, it);
}

static int
mod_apply(struct mod *m, char *why, size_t n)
{
	struct mod_item *it, *done;
	int err = 0;

	STAILQ_FOREACH(it, &m->items, link) {
		err = item_apply(m, it, why, n);
		if (err != 0)
			break;
	}
	for (done = STAILQ_FIRST(&m->items); err != 0 && done != it; done = STAILQ_NEXT(done, link))
		item_remove(m, done);
	return err;
}

static void
mod_unapply(struct mod *m)
{
	struct mod_item *it;

	STAILQ_FOREACH(it, &m->items, link)
		item_remove(m, it);
}

/* --- the table --- */

static size_t
hooks_count(struct module_state *ms, enum mod_kind kind)
{
	struct mod_item *it;
	struct mod *m;
	size_t n = 0;

	TAILQ_FOREACH(m, &ms->stack, link)
		STAILQ_FOREACH(it, &m->items, link)
			n += it->kind == kind;
	return n;
}

/* The one that is found first is the upper one: what was there moves to the end. */
static void
table_own(struct handlers *h, struct mod_own *own, struct mod *m, const struct mod_item *it)
{
	struct mod_own *last = &own[h->nown];
	unsigned i;

	for (i = 0; i < h->nown && own[i].nr != it->nr; i++)
		;
	*last = own[i];
	own[i].nr = it->nr;
	own[i].hook = (struct mod_hook){ m, it->fn, it->arg, i < h->nown ? &last->hook : NULL };
	h->nown++;
}

static void
table_fill(struct module_state *ms, struct handlers *h, struct mod_own *own)
{
	struct mod_hook *next = h->hooks;
	struct mod_item *it;
	struct mod *m;

	TAILQ_FOREACH(m, &ms->stack, link) {
		STAILQ_FOREACH(it, &m->items, link) {
			if (it->kind == MOD_OWN)
				table_own(h, own, m, it);
			if (it->kind != MOD_WRAP)
				continue;
			*next = (struct mod_hook){ m, it->fn, it->arg, h->chain[it->nr] };
			h->chain[it->nr] = next++;
		}
	}
}

/* Calls that trampolines/serve.c answers. */
static bool
table_unserved(const struct handlers *h)
{
	static const unsigned served[] = { ABI_NR_getpid, ABI_NR_gettid, ABI_NR_getuid, ABI_NR_geteuid,
		ABI_NR_getgid, ABI_NR_getegid, ABI_NR_rt_sigprocmask, ABI_NR_rt_sigaction };
	size_t i;

	for (i = 0; i < nitems(served); i++)
		if (h->chain[served[i]] != NULL)
			return true;
	return false;
}

/* Every thread looks at the new table before it goes on. */
static void
threads_call_in(struct vkern *k) REQUIRES(k->proc_lock)
{
	struct thread *t;
	struct proc *p;

	TAILQ_FOREACH(p, &k->procs, all)
		TAILQ_FOREACH(t, &p->threads, link)
			if (t->in_guest && t->vt != NULL)
				vmthread_kick(t->vt);
}

static void
table_publish(struct module_state *ms)
{
	struct handlers *h = xcalloc(1, sizeof(*h));
	struct mod_own *own = xcalloc(hooks_count(ms, MOD_OWN) + 1, sizeof(*own));

	h->hooks = xcalloc(hooks_count(ms, MOD_WRAP) + 1, sizeof(*h->hooks));
	table_fill(ms, h, own);
	h->own = own;
	h->unserved = table_unserved(h);
	h->old = vk->handlers;
	__atomic_store_n(&vk->handlers, h, __ATOMIC_RELEASE);
	mutex_lock(&vk->proc_lock);
	threads_call_in(vk);
	mutex_unlock(&vk->proc_lock);
}

/* --- loading and swapping --- */

static struct mod *
mod_find(struct module_state *ms, const char *name)
{
	struct mod *m;

	TAILQ_FOREACH(m, &ms->stack, link)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

static void
mod_name_unique(struct module_state *ms, struct mod *m)
{
	int i;

	for (i = 2; mod_find(ms, m->name) != NULL; i++)
		snprintf(m->name, sizeof(m->name), "%.48s-%d", m->info->name, i);
}

int
module_load(struct vkern *k, const struct mod_info *info, const char *args, char *why, size_t n)
{
	struct module_state *ms = module_state();
	struct mod *m;
	int err;

	mutex_lock(&ms->lock);
	m = mod_begin(k, info, args, why, n, &err);
	if (m != NULL) {
		err = mod_apply(m, why, n);
		if (err != 0)
			mod_end(m);
	}
	if (m != NULL && err == 0) {
		mod_name_unique(ms, m);
		TAILQ_INSERT_TAIL(&ms->stack, m, link);
		table_publish(ms);
	} else if (m != NULL) {
		/* Who saw it while it was there may still be in it. */
		TAILQ_INSERT_TAIL(&ms->gone, m, link);
	}
	mutex_unlock(&ms->lock);
	return err;
}

static struct mod *
swap_whom(struct module_state *ms, const char *name, const struct mod_info *info, char *why,
    size_t n, int *err)
{
	struct mod *m, *only = TAILQ_FIRST(&ms->stack);

	m = name != NULL ? mod_find(ms, name) : info->name != NULL ? mod_find(ms, info->name) : NULL;
	if (m == NULL && name == NULL && only != NULL && TAILQ_NEXT(only, link) == NULL)
		m = only;
	if (m != NULL)
		return m;
	if (only == NULL)
		*err = complain(why, n, -ENOENT, "no module is loaded");
	else if (name != NULL)
		*err = complain(why, n, -ENOENT, "no module is called %s", name);
	else
		*err = complain(why, n, -ENOENT, "none of the modules is called %s: say which",
		    info->name);
	return NULL;
}

static void
mod_replace(struct module_state *ms, struct mod *old, struct mod *m)
{
	struct mod *above = TAILQ_NEXT(old, link);

	TAILQ_REMOVE(&ms->stack, old, link);
	mod_name_unique(ms, m);
	if (above != NULL)
		TAILQ_INSERT_BEFORE(above, m, link);
	else
		TAILQ_INSERT_TAIL(&ms->stack, m, link);
	table_publish(ms);
	mod_unapply(old);
	TAILQ_INSERT_TAIL(&ms->gone, old, link);
	mod_put(old);
}

int
module_swap(struct vkern *k, const char *name, const struct mod_info *info, const char *args,
    char *why, size_t n)
{
	struct module_state *ms = module_state();
	struct mod *old, *m = NULL;
	int err = 0;

	mutex_lock(&ms->lock);
	old = swap_whom(ms, name, info, why, n, &err);
	if (old != NULL)
		m = mod_begin(k, info, args, why, n, &err);
	if (m != NULL)
		err = mod_apply(m, why, n);
	if (m != NULL && err == 0) {
		mod_replace(ms, old, m);
	} else if (m != NULL) {
		mod_end(m);
		TAILQ_INSERT_TAIL(&ms->gone, m, link);
	}
	mutex_unlock(&ms->lock);
	return err;
}

const char *
module_name(struct vkern *k, unsigned i)
{
	struct module_state *ms = k->modules;
	const char *name = NULL;
	struct mod *m;

	if (ms == NULL)
		return NULL;
	mutex_lock(&ms->lock);
	TAILQ_FOREACH(m, &ms->stack, link)
		if (i-- == 0) {
			name = m->name;
			break;
		}
	mutex_unlock(&ms->lock);
	return name;
}

void
modules_end(struct vkern *k)
{
	struct module_state *ms = k->modules;
	struct mod *m;

	if (ms == NULL)
		return;
	mutex_lock(&ms->lock);
	TAILQ_FOREACH(m, &ms->stack, link)
		mod_end(m);
	mutex_unlock(&ms->lock);
}

static void
handlers_free(struct vkern *k)
{
	struct handlers *h, *old;

	for (h = k->handlers; h != NULL; h = old) {
		old = h->old;
		kfree(h->hooks);
		kfree((void *)h->own);
		kfree(h);
	}
	k->handlers = NULL;
}

void
modules_free(struct vkern *k)
{
	struct module_state *ms = k->modules;
	struct mod *m;

	handlers_free(k);
	if (ms == NULL)
		return;
	TAILQ_CONCAT(&ms->stack, &ms->gone, link);
	TAILQ_FOREACH(m, &ms->stack, link)
		mod_end(m);
	while ((m = TAILQ_FIRST(&ms->stack)) != NULL) {
		TAILQ_REMOVE(&ms->stack, m, link);
		mod_free(m);
	}
	mod_mounts_free(ms);
	mod_devs_free(ms);
	mutex_destroy(&ms->lock);
	kfree(ms);
	k->modules = NULL;
}

/* --- services --- */

int
mod_error(struct mod *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m->why, sizeof(m->why), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

void
mod_log(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	host_log("%s", line);
}

int
mod_option(const char *args, const char *key, char *buf, size_t n)
{
	size_t len = strlen(key), value;
	const char *p;

	for (p = args; *p != '\0'; p += *p == ',') {
		value = strcspn(p, ",");
		if (value > len && strncmp(p, key, len) == 0 && p[len] == '=') {
			p += len + 1;
			value -= len + 1;
			if (value >= n)
				return -ERANGE;
			memcpy(buf, p, value);
			buf[value] = '\0';
			return (int)value;
		}
		p += value;
	}
	return -ENOENT;
}

int
mod_pid(const struct thread *t)
{
	return t->proc->pid;
}

int
mod_tid(const struct thread *t)
{
	return t->tid;
}

int
mod_copyin(void *dst, uint64_t src, size_t n)
{
	return copyin(dst, ga(src), n);
}

int
mod_copyout(uint64_t dst, const void *src, size_t n)
{
	return copyout(ga(dst), src, n);
}

long
mod_copyinstr(char *dst, uint64_t src, size_t max)
{
	return copyinstr(dst, ga(src), max);
}

/* Wakes that are not for us are slept through. */
int
mod_sleep(int64_t ns)
{
	ktime_t end = ktime_after(ns);
	int err;

	if (curthread == NULL || locks_held() != 0)
		return -EDEADLK;
	do
		err = thread_park(end);
	while (err == 0);
	return err == -ETIMEDOUT ? 0 : -EINTR;
}

int64_t
mod_now(void)
{
	return ktime_now();
}

void
mod_random(void *buf, size_t n)
{
	host_random(buf, n);
}
