/*
 * sys_cred.c - who a guest is: ids, groups, capabilities.
 *
 * Credentials belong to a thread and are never changed in place: a call makes
 * a copy, changes that, and cred_commit() puts it in (the C library makes all
 * threads of a process do the same).  The rules are those of Linux's
 * kernel/sys.c and security/commoncap.c without user namespaces and without
 * capabilities on files; uid 0 gets its capabilities by exec.
 */
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdlib.h>
#include <string.h>

#include "abi/abi.h"
#include "vkern/sys_impl.h"

#define NO_ID		((uint32_t)-1)
#define GROUPS_LIMIT	65536		/* NGROUPS_MAX */

#define BIT(cap)	(1ULL << (cap))
/* What setfsuid() takes away from root and gives back. */
#define CAPS_FS		(BIT(CAP_CHOWN) | BIT(CAP_MKNOD) | BIT(CAP_DAC_OVERRIDE) | \
			BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER) | BIT(CAP_FSETID) | \
			BIT(CAP_MAC_OVERRIDE) | BIT(CAP_LINUX_IMMUTABLE))

/* --- life --- */

struct cred *
cred_ref(struct cred *c)
{
	c->refs++;
	return c;
}

void
cred_put(struct cred *c)
{
	if (c == NULL || --c->refs != 0)
		return;
	kfree(c->groups);
	kfree(c);
}

struct cred *
cred_dup(const struct cred *c)
{
	struct cred *n;

	n = xcalloc(1, sizeof(*n));
	memcpy(n, c, sizeof(*n));
	n->refs = 1;
	n->groups = NULL;
	if (c->ngroups > 0) {
		n->groups = xcalloc((size_t)c->ngroups, sizeof(*n->groups));
		memcpy(n->groups, c->groups, (size_t)c->ngroups * sizeof(*n->groups));
	}
	return n;
}

bool
cred_in_group(const struct cred *c, uint32_t gid)
{
	int i;

	if (gid == c->fsgid)
		return true;
	for (i = 0; i < c->ngroups; i++)
		if (c->groups[i] == gid)
			return true;
	return false;
}

bool
capable(int cap)
{
	return curthread == NULL || cred_has_cap(curthread->cred, cap);
}

void
cred_commit(struct thread *t, struct cred *new)
{
	struct cred *old = t->cred;

	mutex_lock(&vk->proc_lock);
	t->cred = new;
	if (old->euid != new->euid || old->egid != new->egid ||
	    old->fsuid != new->fsuid || old->fsgid != new->fsgid ||
	    (new->cap_permitted & ~old->cap_permitted) != 0) {
		proc_set_dumpable(t->proc, false);
		t->proc->pdeath_signal = 0;
	}
	mutex_unlock(&vk->proc_lock);
	cred_put(old);
}

static bool
secure(const struct cred *c, int bit)
{
	return (c->securebits >> bit & 1) != 0;
}

/* --- what a change of user ids does to capabilities --- */

static void
caps_fix_setuid(struct cred *new, const struct cred *old)
{
	bool was_root = old->uid == 0 || old->euid == 0 || old->suid == 0;
	bool is_root = new->uid == 0 || new->euid == 0 || new->suid == 0;

	if (secure(old, SECURE_NO_SETUID_FIXUP))
		return;
	if (was_root && !is_root) {
		if (!secure(old, SECURE_KEEP_CAPS))
			new->cap_permitted = new->cap_effective = 0;
		new->cap_ambient = 0;
	}
	if (old->euid == 0 && new->euid != 0)
		new->cap_effective = 0;
	if (old->euid != 0 && new->euid == 0)
		new->cap_effective = new->cap_permitted;
}

static void
caps_fix_setfsuid(struct cred *new, const struct cred *old)
{
	if (secure(old, SECURE_NO_SETUID_FIXUP))
		return;
	if (old->fsuid == 0 && new->fsuid != 0)
		new->cap_effective &= ~CAPS_FS;
	if (old->fsuid != 0 && new->fsuid == 0)
		new->cap_effective |= CAPS_FS & new->cap_permitted;
}

static long
commit_uids(struct thread *t, struct cred *new)
{
	new->fsuid = new->euid;
	caps_fix_setuid(new, t->cred);
	cred_commit(t, new);
	return 0;
}

static long
commit_gids(struct thread *t, struct cred *new)
{
	new->fsgid = new->egid;
	cred_commit(t, new);
	return 0;
}

/*
 * exec.  nosuid: the mount or no_new_privs forbids set-id bits.  *sec: the
 * program must not trust its environment (AT_SECURE).
 */
struct cred *
cred_exec(const struct cred *old, struct inode *ino, bool nosuid, bool *sec)
{
	struct cred *new = cred_dup(old);
	bool setid, effective = false;

	if (curthread != NULL && curthread->proc->no_new_privs)
		nosuid = true;
	mutex_lock(&ino->lock);
	if (!nosuid && (ino->mode & S_ISUID))
		new->euid = ino->uid;
	/* Without group execute the bit means mandatory locking. */
	if (!nosuid && (ino->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		new->egid = ino->gid;
	mutex_unlock(&ino->lock);

	new->cap_permitted = 0;
	if (!secure(new, SECURE_NOROOT)) {
		if (new->euid == 0 || new->uid == 0)
			new->cap_permitted = old->cap_bset | old->cap_inheritable;
		effective = new->euid == 0;
	}
	setid = new->euid != old->uid || new->egid != old->gid;
	new->suid = new->fsuid = new->euid;
	new->sgid = new->fsgid = new->egid;
	if (setid)
		new->cap_ambient = 0;
	new->cap_permitted |= new->cap_ambient;
	new->cap_effective = effective ? new->cap_permitted : new->cap_ambient;
	new->securebits &= ~(1u << SECURE_KEEP_CAPS);
	*sec = setid || (new->uid != 0 &&
	    (effective || (new->cap_permitted & ~new->cap_ambient) != 0));
	return new;
}

/* --- user ids --- */

long
sys_getuid(struct thread *t, struct getuid_args *a)
{
	(void)a;
	return t->cred->uid;
}

long
sys_geteuid(struct thread *t, struct geteuid_args *a)
{
	(void)a;
	return t->cred->euid;
}

long
sys_getresuid(struct thread *t, struct getresuid_args *a)
{
	*a->ruid = t->cred->uid;
	*a->euid = t->cred->euid;
	*a->suid = t->cred->suid;
	return 0;
}

long
sys_setuid(struct thread *t, struct setuid_args *a)
{
	const struct cred *old = t->cred;
	struct cred *new;

	if (a->uid == NO_ID)
		return -EINVAL;
	if (!capable(CAP_SETUID) && a->uid != old->uid && a->uid != old->suid)
		return -EPERM;
	new = cred_dup(old);
	if (capable(CAP_SETUID))
		new->uid = new->suid = a->uid;
	new->euid = a->uid;
	return commit_uids(t, new);
}

long
sys_setreuid(struct thread *t, struct setreuid_args *a)
{
	const struct cred *old = t->cred;
	bool cap = capable(CAP_SETUID);
	struct cred *new;

	if (a->ruid != NO_ID && a->ruid != old->uid && a->ruid != old->euid && !cap)
		return -EPERM;
	if (a->euid != NO_ID && a->euid != old->uid && a->euid != old->euid &&
	    a->euid != old->suid && !cap)
		return -EPERM;
	new = cred_dup(old);
	if (a->ruid != NO_ID)
		new->uid = a->ruid;
	if (a->euid != NO_ID)
		new->euid = a->euid;
	if (a->ruid != NO_ID || (a->euid != NO_ID && a->euid != old->uid))
		new->suid = new->euid;
	return commit_uids(t, new);
}

/* May an unprivileged process make one of its three user ids this one? */
static bool
uid_ours(const struct cred *c, uint32_t uid)
{
	return uid == NO_ID || uid == c->uid || uid == c->euid || uid == c->suid;
}

static bool
gid_ours(const struct cred *c, uint32_t gid)
{
	return gid == NO_ID || gid == c->gid || gid == c->egid || gid == c->sgid;
}

static void
set_id(uint32_t *id, uint32_t to)
{
	if (to != NO_ID)
		*id = to;
}

long
sys_setresuid(struct thread *t, struct setresuid_args *a)
{
	const struct cred *old = t->cred;
	struct cred *new;

	if (!capable(CAP_SETUID) && (!uid_ours(old, a->ruid) ||
	    !uid_ours(old, a->euid) || !uid_ours(old, a->suid)))
		return -EPERM;
	new = cred_dup(old);
	set_id(&new->uid, a->ruid);
	set_id(&new->euid, a->euid);
	set_id(&new->suid, a->suid);
	return commit_uids(t, new);
}

long
sys_setfsuid(struct thread *t, struct setfsuid_args *a)
{
	const struct cred *old = t->cred;
	uint32_t was = old->fsuid;
	struct cred *new;

	if (a->fsuid == NO_ID || a->fsuid == was)
		return was;
	if (!uid_ours(old, a->fsuid) && !capable(CAP_SETUID))
		return was;
	new = cred_dup(old);
	new->fsuid = a->fsuid;
	caps_fix_setfsuid(new, old);
	cred_commit(t, new);
	return was;
}

/* --- group ids --- */

long
sys_getgid(struct thread *t, struct getgid_args *a)
{
	(void)a;
	return t->cred->gid;
}

long
sys_getegid(struct thread *t, struct getegid_args *a)
{
	(void)a;
	return t->cred->egid;
}

long
sys_getresgid(struct thread *t, struct getresgid_args *a)
{
	*a->rgid = t->cred->gid;
	*a->egid = t->cred->egid;
	*a->sgid = t->cred->sgid;
	return 0;
}

long
sys_setgid(struct thread *t, struct setgid_args *a)
{
	const struct cred *old = t->cred;
	struct cred *new;

	if (a->gid == NO_ID)
		return -EINVAL;
	if (!capable(CAP_SETGID) && a->gid != old->gid && a->gid != old->sgid)
		return -EPERM;
	new = cred_dup(old);
	if (capable(CAP_SETGID))
		new->gid = new->sgid = a->gid;
	new->egid = a->gid;
	return commit_gids(t, new);
}

long
sys_setregid(struct thread *t, struct setregid_args *a)
{
	const struct cred *old = t->cred;
	bool cap = capable(CAP_SETGID);
	struct cred *new;

	if (a->rgid != NO_ID && a->rgid != old->gid && a->rgid != old->egid && !cap)
		return -EPERM;
	if (!gid_ours(old, a->egid) && !cap)
		return -EPERM;
	new = cred_dup(old);
	set_id(&new->gid, a->rgid);
	set_id(&new->egid, a->egid);
	if (a->rgid != NO_ID || (a->egid != NO_ID && a->egid != old->gid))
		new->sgid = new->egid;
	return commit_gids(t, new);
}

long
sys_setresgid(struct thread *t, struct setresgid_args *a)
{
	const struct cred *old = t->cred;
	struct cred *new;

	if (!capable(CAP_SETGID) && (!gid_ours(old, a->rgid) ||
	    !gid_ours(old, a->egid) || !gid_ours(old, a->sgid)))
		return -EPERM;
	new = cred_dup(old);
	set_id(&new->gid, a->rgid);
	set_id(&new->egid, a->egid);
	set_id(&new->sgid, a->sgid);
	return commit_gids(t, new);
}

long
sys_setfsgid(struct thread *t, struct setfsgid_args *a)
{
	const struct cred *old = t->cred;
	uint32_t was = old->fsgid;
	struct cred *new;

	if (a->fsgid == NO_ID || a->fsgid == was)
		return was;
	if (!gid_ours(old, a->fsgid) && !capable(CAP_SETGID))
		return was;
	new = cred_dup(old);
	new->fsgid = a->fsgid;
	cred_commit(t, new);
	return was;
}

long
sys_getgroups(struct thread *t, struct getgroups_args *a)
{
	const struct cred *c = t->cred;
	int err;

	if (a->size < 0)
		return -EINVAL;
	if (a->size != 0) {
		if (c->ngroups > a->size)
			return -EINVAL;
		err = copyout(a->list, c->groups, (size_t)c->ngroups * sizeof(*c->groups));
		if (err != 0)
			return err;
	}
	return c->ngroups;
}

static int
gid_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

long
sys_setgroups(struct thread *t, struct setgroups_args *a)
{
	uint32_t *groups;
	struct cred *new;
	int i, err;

	if (!capable(CAP_SETGID))
		return -EPERM;
	if (a->size < 0 || a->size > GROUPS_LIMIT)
		return -EINVAL;
	groups = kalloc((size_t)a->size * sizeof(*groups));
	if (groups == NULL)
		return -ENOMEM;
	err = copyin(groups, a->list, (size_t)a->size * sizeof(*groups));
	for (i = 0; err == 0 && i < a->size; i++)
		if (groups[i] == NO_ID)
			err = -EINVAL;
	if (err != 0) {
		kfree(groups);
		return err;
	}
	/* Linux keeps them sorted, and getgroups() shows it. */
	qsort(groups, (size_t)a->size, sizeof(*groups), gid_cmp);
	new = cred_dup(t->cred);
	kfree(new->groups);
	new->groups = groups;
	new->ngroups = a->size;
	cred_commit(t, new);
	return 0;
}
