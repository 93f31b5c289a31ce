/*
 * sys_cred_caps.c - capget(2) and capset(2).
 *
 * The header's version says how many of the two 32-bit halves the guest knows.
 * A version that is not known is answered with the one that is; that is how
 * programs ask for it, so a null data pointer is then no error.
 */
#include <linux/capability.h>

#include "abi/abi.h"
#include "vkern/sys_impl.h"

#define VERSION_1	0x19980330u
#define VERSION_2	0x20071026u
#define VERSION_3	0x20080522u

/* *n: structures that the guest exchanges. */
static int
cap_version(gaddr_t hdr, unsigned *n)
{
	uint32_t version;
	int err;

	err = copyin_u32(hdr, &version);
	if (err != 0)
		return err;
	switch (version) {
	case VERSION_1:
		*n = 1;
		return 0;
	case VERSION_2:
	case VERSION_3:
		*n = 2;
		return 0;
	default:
		err = copyout_u32(hdr, VERSION_3);
		return err != 0 ? err : -EINVAL;
	}
}

static int
cap_read_pid(gaddr_t hdr, int *pid)
{
	return copyin(pid, ga_add(hdr, offsetof(struct k_cap_header, pid)), sizeof(*pid));
}

long
sys_capget(struct thread *t, struct capget_args *a)
{
	struct k_cap_data data[2] = { 0 };
	struct thread *who;
	unsigned n = 0, i;
	int pid, err;

	err = cap_version(a->hdrp, &n);
	if (ga_null(a->datap) || err != 0)
		return ga_null(a->datap) && err == -EINVAL ? 0 : err;
	err = cap_read_pid(a->hdrp, &pid);
	if (err != 0)
		return err;
	if (pid < 0)
		return -EINVAL;
	mutex_lock(&vk->proc_lock);
	who = pid == 0 ? t : thread_find(pid);
	/* Init has no thread, and may do everything. */
	if (who == NULL && pid == 1) {
		for (i = 0; i < 2; i++)
			data[i].effective = data[i].permitted = (uint32_t)(CAP_ALL >> (32 * i));
	} else if (who != NULL) {
		for (i = 0; i < 2; i++) {
			data[i].effective = (uint32_t)(who->cred->cap_effective >> (32 * i));
			data[i].permitted = (uint32_t)(who->cred->cap_permitted >> (32 * i));
			data[i].inheritable = (uint32_t)(who->cred->cap_inheritable >> (32 * i));
		}
	}
	mutex_unlock(&vk->proc_lock);
	if (who == NULL && pid != 1)
		return -ESRCH;
	return copyout(a->datap, data, n * sizeof(data[0]));
}

/* The rules of commoncap.c's cap_capset(). */
static bool
caps_allowed(const struct cred *old, uint64_t eff, uint64_t perm, uint64_t inh)
{
	if (!cred_has_cap(old, CAP_SETPCAP) &&
	    (inh & ~(old->cap_inheritable | old->cap_permitted)) != 0)
		return false;
	if ((inh & ~(old->cap_inheritable | old->cap_bset)) != 0)
		return false;
	return (perm & ~old->cap_permitted) == 0 && (eff & ~perm) == 0;
}

long
sys_capset(struct thread *t, struct capset_args *a)
{
	struct k_cap_data data[2] = { 0 };
	uint64_t eff, perm, inh;
	struct cred *new;
	unsigned n;
	int pid, err;

	err = cap_version(a->hdrp, &n);
	if (err != 0)
		return err;
	err = cap_read_pid(a->hdrp, &pid);
	if (err != 0)
		return err;
	if (pid != 0 && pid != t->tid)
		return -EPERM;
	err = copyin(data, a->datap, n * sizeof(data[0]));
	if (err != 0)
		return err;
	eff = (data[0].effective | (uint64_t)data[1].effective << 32) & CAP_ALL;
	perm = (data[0].permitted | (uint64_t)data[1].permitted << 32) & CAP_ALL;
	inh = (data[0].inheritable | (uint64_t)data[1].inheritable << 32) & CAP_ALL;
	if (!caps_allowed(t->cred, eff, perm, inh))
		return -EPERM;
	new = cred_dup(t->cred);
	new->cap_effective = eff;
	new->cap_permitted = perm;
	new->cap_inheritable = inh;
	new->cap_ambient &= perm & inh;
	cred_commit(t, new);
	return 0;
}
