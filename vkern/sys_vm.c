/*
 * sys_vm.c - handlers of the vm family.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "abi/abi.h"
#include "vksup/proc.h"
#include "proc_impl.h"
#include "vm_impl.h"

long
sys_mmap(struct thread *t, struct mmap_args *a)
{
	struct file *f = NULL;
	int flags = (int)a->flags;
	long r;

	if ((a->offset & (int64_t)PAGE_MASK) != 0)
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS)) {
		f = file_get(a->fd);
		if (f == NULL)
			return -EBADF;
		if ((flags & MAP_HUGETLB) != 0) {
			file_put(f);
			return -EINVAL;
		}
	} else if ((flags & MAP_HUGETLB) != 0) {
		return -ENOMEM;		/* no huge pages are set aside */
	}
	r = vm_mmap(t, a->addr.v, a->length, (int)a->prot, flags, f,
	    f == NULL ? 0 : (uint64_t)a->offset);
	if (f != NULL)
		file_put(f);
	return r;
}

long
sys_munmap(struct thread *t, struct munmap_args *a)
{
	return vm_munmap(t, a->addr.v, a->length);
}

long
sys_mprotect(struct thread *t, struct mprotect_args *a)
{
	return vm_mprotect(t, a->addr.v, a->len, (int)a->prot);
}

long
sys_brk(struct thread *t, struct brk_args *a)
{
	return vm_brk(t, a->addr.v);
}

long
sys_mremap(struct thread *t, struct mremap_args *a)
{
	return vm_mremap(t, a->old_address.v, a->old_size, a->new_size, (int)a->flags, a->new_address.v);
}

long
sys_madvise(struct thread *t, struct madvise_args *a)
{
	return vm_madvise(t, a->addr.v, a->length, a->advice);
}

/* Shared mappings and files are one page cache: there is nothing to write
 * back but what fsync does. */
long
sys_msync(struct thread *t, struct msync_args *a)
{
	struct vm_map *vm = t->proc->vm;
	uint64_t end = a->addr.v + page_up(a->length);
	struct vm_entry *e;
	long err = 0;

	if ((a->addr.v & PAGE_MASK) != 0 || (a->flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	if (end < a->addr.v)
		return -ENOMEM;
	if (end == a->addr.v)
		return 0;
	mutex_lock(&vm->lock);
	if (!vm_map_is_whole(vm, a->addr.v, end, NULL))
		err = -ENOMEM;
	for (e = vm_map_find(vm, a->addr.v); e != NULL && e->start < end; e = vm_map_next(vm, e)) {
		if ((a->flags & MS_INVALIDATE) != 0 && e->locked)
			err = -EBUSY;
		/* The host does not tell whether it was written through. */
		if ((e->flags & MAP_SHARED) && (e->prot & PROT_WRITE) && e->file != NULL)
			inode_touch(e->file->inode, ATTR_MTIME);
	}
	mutex_unlock(&vm->lock);
	return err;
}

long
sys_mincore(struct thread *t, struct mincore_args *a)
{
	struct vm_map *vm = t->proc->vm;
	uint64_t at, len = page_up(a->length), n;
	uint8_t vec[512];
	long err = 0;
	bool whole;

	if ((a->addr.v & PAGE_MASK) != 0)
		return -EINVAL;
	if (a->addr.v > GUEST_TOP || len > GUEST_TOP - a->addr.v)
		return -ENOMEM;
	for (at = 0; at < len && err == 0; at += n * PAGE_SIZE) {
		n = min_of((uint64_t)sizeof(vec), (len - at) / PAGE_SIZE);
		mutex_lock(&vm->lock);
		whole = vm_map_is_whole(vm, a->addr.v + at, a->addr.v + at + n * PAGE_SIZE, NULL);
		mutex_unlock(&vm->lock);
		if (!whole)
			return -ENOMEM;
		err = vmspace_mincore(vm->space, ga_add(a->addr, at), n, vec);
		if (err == 0)
			err = copyout(ga_add(a->vec, at / PAGE_SIZE), vec, n);
	}
	return err;
}

long
sys_mlock(struct thread *t, struct mlock_args *a)
{
	return vm_mlock(t, a->addr.v, a->len, true, false);
}

long
sys_mlock2(struct thread *t, struct mlock2_args *a)
{
	return vm_mlock(t, a->addr.v, a->len, true, a->flags != 0);
}

long
sys_munlock(struct thread *t, struct munlock_args *a)
{
	return vm_mlock(t, a->addr.v, a->len, false, false);
}

static void lock_all(struct vm_map *vm, bool lock) REQUIRES(vm->lock);

static void
lock_all(struct vm_map *vm, bool lock)
{
	struct vm_entry *e;

	for (e = vm_map_find(vm, 0); e != NULL; e = vm_map_next(vm, e)) {
		if (e->tag == VMT_VDSO || e->tag == VMT_VVAR || e->locked == lock)
			continue;
		e->locked = lock;
		vm->locked_bytes += lock ? vm_entry_bytes(e) : -vm_entry_bytes(e);
	}
}

long
sys_mlockall(struct thread *t, struct mlockall_args *a)
{
	struct vm_map *vm = t->proc->vm;
	long err = 0;

	if (a->flags == 0 || a->flags == 4 /* MCL_ONFAULT alone */)
		return -EINVAL;
	mutex_lock(&vm->lock);
	if (!capable(14)) {
		if (rlimit_cur(RLIMIT_MEMLOCK) == 0)
			err = -EPERM;
		else if ((a->flags & MCL_CURRENT) != 0 && vm->total > rlimit_cur(RLIMIT_MEMLOCK))
			err = -ENOMEM;
	}
	if (err == 0) {
		vm->lock_future = (a->flags & MCL_FUTURE) != 0;
		vm->lock_onfault = (a->flags & 4 /* MCL_ONFAULT */) != 0;
		if ((a->flags & MCL_CURRENT) != 0) {
			lock_all(vm, true);
			if (!(a->flags & 4 /* MCL_ONFAULT */))
				vm_populate(t, vm, 0, GUEST_TOP);
		}
	}
	mutex_unlock(&vm->lock);
	return err;
}

long
sys_munlockall(struct thread *t, struct munlockall_args *a)
{
	struct vm_map *vm = t->proc->vm;

	(void)a;
	mutex_lock(&vm->lock);
	vm->lock_future = false;
	lock_all(vm, false);
	mutex_unlock(&vm->lock);
	return 0;
}

/* --- another process's memory --- */

#define IOV_MAX_	1024
#define PEEK_CHUNK	65536UL

/* ptrace(2)'s rule for attaching: the same ids, or CAP_SYS_PTRACE. */
static bool
may_peek(struct thread *t, struct thread *o) REQUIRES(vk->proc_lock)
{
	const struct cred *c = t->cred, *oc = o->cred;

	if (o->proc == t->proc || capable(19 /* CAP_SYS_PTRACE */))
		return true;
	return c->fsuid == oc->euid && c->fsuid == oc->suid && c->fsuid == oc->uid &&
	    c->fsgid == oc->egid && c->fsgid == oc->sgid && c->fsgid == oc->gid && o->proc->dumpable;
}

static int
peek_target(struct thread *t, int pid, struct vm_map **vm)
{
	struct thread *o;
	int err = 0;

	mutex_lock(&vk->proc_lock);
	o = thread_find(pid);
	if (o == NULL && proc_find(pid) != NULL)
		o = TAILQ_FIRST(&proc_find(pid)->threads);
	if (o == NULL || o->proc->vm == NULL)
		err = -ESRCH;
	else if (!may_peek(t, o))
		err = -EPERM;
	else
		*vm = vm_map_ref(o->proc->vm);
	mutex_unlock(&vk->proc_lock);
	return err;
}

/* Move bytes between the uio and one segment of the other; what was moved. */
static ssize_t
peek_segment(struct vm_map *vm, struct uio *u, uint64_t base, uint64_t len, bool write, uint8_t *buf)
{
	size_t done = 0, n;
	ssize_t r;

	while (done < len && u->resid > 0) {
		n = min_of(min_of(len - done, u->resid), PEEK_CHUNK);
		if (write) {
			r = uio_get(u, buf, n);
			if (r > 0)
				r = vmspace_pwrite(vm->space, buf, (size_t)r, ga(base + done));
		} else {
			r = vmspace_pread(vm->space, buf, n, ga(base + done));
			if (r > 0)
				r = uio_put(u, buf, (size_t)r);
		}
		if (r <= 0)
			break;
		done += (size_t)r;
		if ((size_t)r < n)
			break;
	}
	return (ssize_t)done;
}

static long
process_vm(struct thread *t, int pid, gaddr_t local, uint64_t nlocal, gaddr_t remote, uint64_t nremote,
    uint64_t flags, bool write)
{
	struct uio_seg *seg = NULL;
	struct vm_map *vm = NULL;
	uint8_t *buf = NULL;
	struct uio u;
	ssize_t moved, sum = 0;
	uint64_t i;
	long err;

	if (flags != 0)
		return -EINVAL;
	err = uio_from_iovec(&u, local, nlocal);
	if (err)
		return err;
	if (nremote > IOV_MAX_)
		err = -EINVAL;
	if (err == 0 && u.resid > 0 && nremote > 0) {
		seg = xcalloc(nremote, sizeof(*seg));
		err = copyin(seg, remote, nremote * sizeof(*seg));
		for (i = 0; err == 0 && i < nremote; i++)
			if ((int64_t)seg[i].len < 0)
				err = -EINVAL;
		if (err == 0)
			err = peek_target(t, pid, &vm);
	}
	if (vm != NULL) {
		buf = xcalloc(1, PEEK_CHUNK);
		for (i = 0; i < nremote && u.resid > 0; i++) {
			moved = peek_segment(vm, &u, seg[i].base, seg[i].len, write, buf);
			sum += moved;
			if ((uint64_t)moved < seg[i].len)
				break;
		}
		if (sum == 0 && i < nremote && u.resid > 0)
			err = -EFAULT;
		kfree(buf);
		vm_map_unref(vm);
	}
	kfree(seg);
	uio_free(&u);
	return err ? err : sum;
}

long
sys_process_vm_readv(struct thread *t, struct process_vm_readv_args *a)
{
	return process_vm(t, a->pid, a->local_iov, a->liovcnt, a->remote_iov, a->riovcnt, a->flags, false);
}

long
sys_process_vm_writev(struct thread *t, struct process_vm_writev_args *a)
{
	return process_vm(t, a->pid, a->local_iov, a->liovcnt, a->remote_iov, a->riovcnt, a->flags, true);
}

/* The same rule for taking a descriptor (pidfd_getfd). */
bool
proc_may_peek(struct thread *t, struct thread *o)
{
	return may_peek(t, o);
}
