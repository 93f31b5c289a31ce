/*
 * vm_ops.c - changes to an address space: the map and the carrier together.
 *
 * Each operation decides on the map first, has the carrier do it, and only
 * then changes the map: a refusal by the host leaves both as they were.
 * Everything runs under vm->lock, so that the two never part.
 *
 * mmap(2), mremap(2), mprotect(2), madvise(2), mlock(2); errors in the order
 * of mm/mmap.c.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>

#include "vksup/proc.h"
#include "vm_impl.h"

#ifndef MAP_UNINITIALIZED
#define MAP_UNINITIALIZED 0x4000000
#endif
/* Flags that MAP_SHARED_VALIDATE knows (LEGACY_MAP_MASK). */
#define MAP_VALIDATED	(MAP_SHARED_VALIDATE | MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_ANONYMOUS | \
	MAP_DENYWRITE | MAP_EXECUTABLE | MAP_UNINITIALIZED | MAP_GROWSDOWN | MAP_LOCKED | \
	MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | MAP_HUGETLB | MAP_32BIT)
#define GROW_GAP	(256 * PAGE_SIZE)
#define MAP_TYPE_BITS	0x0f
/* What the host is told beside FIXED, type and ANONYMOUS. */
#define MAP_PASS	(MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK)
#define MAP_KEEP	(MAP_SHARED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE | MAP_GROWSDOWN)

int
vm_order(struct vmthread *by, const struct vmorder *o)
{
	int failed;

	return vmthread_orders(by, o, 1, &failed);
}

/* Half of what the host allows: its count of areas may be another than ours. */
#define SURE_ENTRIES	(VM_ENTRIES_MAX / 2)

int
vm_order_late(struct vmthread *by, const struct vm_map *vm, const struct vmorder *o)
{
	if ((vk->cfg.slow & SLOW_BATCH) != 0 || vm->nentries > SURE_ENTRIES)
		return vm_order(by, o);
	return vmthread_order_late(by, o);
}

/* What may be written may be read: the processor has no other way, but the host
 * looks closer when it is us who read (process_vm_readv(2), mm/gup.c). */
static uint64_t
host_prot(int prot)
{
	return (uint64_t)((prot & PROT_WRITE) != 0 ? prot | PROT_READ : prot);
}

void
vm_order_mmap(struct vmorder *o, const struct vm_entry *e, int extra)
{
	memset(o, 0, sizeof(*o));
	o->op = VMO_MMAP;
	o->addr = e->start;
	o->len = e->end - e->start;
	o->prot = host_prot(e->prot);
	o->flags = (uint64_t)(MAP_FIXED | extra);
	o->fd = HFD_NONE;
	if (e->hf == NULL) {
		o->flags |= MAP_PRIVATE | MAP_ANONYMOUS;
		return;
	}
	o->flags |= (e->flags & MAP_SHARED) != 0 ? MAP_SHARED : MAP_PRIVATE;
	o->fd = e->hf_ro && hfd_ok(e->hf->ro) ? e->hf->ro : e->hf->fd;
	o->off = e->off;
}

static int
check_type(int type, int flags, bool file)
{
	if (type != MAP_SHARED && type != MAP_PRIVATE && (type != MAP_SHARED_VALIDATE || !file))
		return -EINVAL;
	if (type == MAP_SHARED_VALIDATE && (flags & ~MAP_VALIDATED) != 0)
		return -EOPNOTSUPP;
	if ((flags & MAP_GROWSDOWN) != 0 && (file || type != MAP_PRIVATE))
		return -EINVAL;
	return 0;
}

static int
check_file(struct file *f, int prot, int flags)
{
	bool shared = (flags & MAP_TYPE_BITS) != MAP_PRIVATE;

	if ((f->mode & FMODE_PATH) != 0)
		return -EBADF;
	if (shared && (prot & PROT_WRITE) != 0 && !(f->mode & FMODE_WRITE))
		return -EACCES;
	if (!(f->mode & FMODE_READ))
		return -EACCES;
	if ((prot & PROT_EXEC) != 0 && f->path.mnt != NULL && (f->path.mnt->flags & MS_NOEXEC) != 0)
		return -EPERM;
	/* What has no name is on mounts that are noexec (fs/libfs.c). */
	if (f->ops->mmap == NULL)
		return (prot & PROT_EXEC) != 0 && f->path.mnt == NULL ? -EPERM : -ENODEV;
	return 0;
}

static int check_limits(struct vm_map *vm, uint64_t len, uint64_t replaced, int prot, int flags) REQUIRES(vm->lock);

static int
check_limits(struct vm_map *vm, uint64_t len, uint64_t replaced, int prot, int flags)
{
	uint64_t as = rlimit_cur(RLIMIT_AS), lim;

	if (vm->total - replaced + len > as)
		return -ENOMEM;
	if ((prot & PROT_WRITE) != 0 && (flags & MAP_TYPE_BITS) == MAP_PRIVATE &&
	    (vm->data_bytes + len > rlimit_cur(RLIMIT_DATA) || limit_memory((int64_t)len, ENOMEM)))
		return -ENOMEM;
	if ((vm->lock_future || (flags & MAP_LOCKED) != 0) && !capable(14 /* IPC_LOCK */)) {
		lim = rlimit_cur(RLIMIT_MEMLOCK);
		if (lim != RLIM_INFINITY && vm->locked_bytes + len > lim)
			return -EAGAIN;
	}
	return vm->nentries >= VM_ENTRIES_MAX ? -ENOMEM : 0;
}

/* Where a new mapping goes: the address, or -errno. */
static long place(struct vm_map *vm, uint64_t addr, uint64_t len, int flags) REQUIRES(vm->lock);

static long
place(struct vm_map *vm, uint64_t addr, uint64_t len, int flags)
{
	uint64_t top = vm->mmap_top;

	if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0) {
		if ((addr & PAGE_MASK) != 0)
			return -EINVAL;
		if (addr > GUEST_TOP - len)
			return -ENOMEM;
		if ((flags & MAP_FIXED_NOREPLACE) != 0 && !vm_map_is_free(vm, addr, len))
			return -EEXIST;
		return (long)addr;
	}
	addr = page_up(addr);
	if (addr >= VM_MMAP_BOTTOM && addr <= GUEST_TOP - len && vm_map_is_free(vm, addr, len) &&
	    addr + len <= VDSO_FLOOR)
		return (long)addr;
	if ((flags & MAP_32BIT) != 0)
		top = 0x80000000UL;
	addr = vm_map_gap(vm, len, top);
	return addr != 0 ? (long)addr : -ENOMEM;
}

/* Shared anonymous memory is a memory file of its own. */
static int
back_anon_shared(struct vm_entry *e)
{
	hfd_t fd;
	int err = host_memfd("dev/zero", &fd);

	if (err)
		return -ENOMEM;
	err = host_truncate(fd, (int64_t)(e->end - e->start));
	if (err) {
		host_close(fd);
		return -ENOMEM;
	}
	e->hf = hfile_new(fd);
	e->off = 0;
	return 0;
}

static int
back(struct vm_entry *e, struct file *f, int prot, int flags)
{
	struct vm_backing b = { 0 };
	int err;

	if (f == NULL)
		return (e->flags & MAP_SHARED) != 0 ? back_anon_shared(e) : 0;
	err = f->ops->mmap(f, prot, flags, &b);
	if (err)
		return err;
	if (b.anon) {
		hfile_unref(b.hf);
		e->flags |= MAP_ANONYMOUS;
		return (e->flags & MAP_SHARED) != 0 ? back_anon_shared(e) : 0;
	}
	e->hf = b.hf;
	e->hf_ro = b.ro;
	e->file = file_ref(f);
	return 0;
}

static struct vm_entry *
entry_new(uint64_t addr, uint64_t len, int prot, int flags, uint64_t off)
{
	struct vm_entry *e = xcalloc(1, sizeof(*e));

	e->start = addr;
	e->end = addr + len;
	e->prot = prot & (PROT_READ | PROT_WRITE | PROT_EXEC);
	e->flags = flags & MAP_KEEP;
	if ((flags & MAP_TYPE_BITS) == MAP_SHARED_VALIDATE)
		e->flags = (e->flags & ~MAP_PRIVATE) | MAP_SHARED;
	e->off = off;
	e->maywrite = true;
	return e;
}

/* Under vm->lock, everything checked but the place. */
static long mmap_locked(struct thread *t, struct vm_map *vm, uint64_t addr, uint64_t len, int prot, int flags, struct file *f, uint64_t off) REQUIRES(vm->lock);

static long
mmap_locked(struct thread *t, struct vm_map *vm, uint64_t addr, uint64_t len, int prot,
    int flags, struct file *f, uint64_t off)
{
	struct vm_entry *e;
	struct vmorder o;
	long at = place(vm, addr, len, flags);
	int err;

	if (at < 0)
		return at;
	addr = (uint64_t)at;
	err = check_limits(vm, len, vm_map_mapped(vm, addr, addr + len), prot, flags);
	if (err)
		return err;
	e = entry_new(addr, len, prot, flags, off);
	e->locked = vm->lock_future || (flags & MAP_LOCKED) != 0;
	err = back(e, f, prot, flags);
	if (err == 0) {
		if ((e->flags & MAP_SHARED) != 0 && f != NULL && !(f->mode & FMODE_WRITE))
			e->maywrite = false;
		vm_order_mmap(&o, e, (flags & MAP_PASS) | 
		    (e->locked && !(vm->lock_onfault && !(flags & MAP_LOCKED)) ? MAP_POPULATE : 0));
		err = vm_order_late(t->vt, vm, &o);
	}
	if (err) {
		vm_entry_drop(e);
		return err;
	}
	vm_map_remove_range(vm, addr, addr + len);
	vm_entry_insert(vm, e);
	vm_map_join(vm, addr, addr + len);
	return at;
}

long
vm_mmap(struct thread *t, uint64_t addr, uint64_t len, int prot, int flags,
    struct file *f, uint64_t off)
{
	struct vm_map *vm = t->proc->vm;
	int type = flags & MAP_TYPE_BITS, err;
	long r;

	if (len == 0)
		return -EINVAL;
	len = page_up(len);
	if (len == 0 || len > GUEST_TOP)
		return -ENOMEM;
	if (off + len < off)
		return -EOVERFLOW;
	if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0 && (addr & PAGE_MASK) != 0)
		return -EINVAL;
	err = check_type(type, flags, f != NULL);
	if (err)
		return err;
	if (f != NULL) {
		err = check_file(f, prot, flags);
		if (err)
			return err;
	}
	mutex_lock(&vm->lock);
	r = mmap_locked(t, vm, addr, len, prot, flags, f, off);
	mutex_unlock(&vm->lock);
	return r;
}

int
vm_munmap(struct thread *t, uint64_t addr, uint64_t len)
{
	struct vm_map *vm = t->proc->vm;
	struct vmorder o = { .op = VMO_MUNMAP, .addr = addr, .fd = HFD_NONE };
	int err = 0;

	if ((addr & PAGE_MASK) != 0 || addr > GUEST_TOP || len > GUEST_TOP - addr || len == 0)
		return -EINVAL;
	len = page_up(len);
	if (addr + len > GUEST_TOP)
		return -EINVAL;
	o.len = len;
	mutex_lock(&vm->lock);
	if (!vm_map_is_free(vm, addr, len)) {
		err = vm_order_late(t->vt, vm, &o);
		if (err == 0)
			vm_map_remove_range(vm, addr, addr + len);
	}
	mutex_unlock(&vm->lock);
	return err;
}

/* --- growing down --- */

/*
 * A fault below a MAP_GROWSDOWN mapping: extend it to the page of addr, as far
 * as RLIMIT_STACK and a gap of GROW_GAP to the next mapping let it.
 */
bool
vm_grow_down(struct thread *t, uint64_t addr)
{
	struct vm_map *vm = t->proc->vm;
	uint64_t start = page_down(addr);
	struct vm_entry *e, *n;
	struct vmorder o;
	bool grown = false;

	mutex_lock(&vm->lock);
	e = vm_map_find(vm, addr);
	if (e != NULL && e->start > addr && (e->flags & MAP_GROWSDOWN) != 0 && e->tag != VMT_STACK &&
	    e->end - start <= rlimit_cur(RLIMIT_STACK) && start > GROW_GAP &&
	    vm_map_is_free(vm, start - GROW_GAP, e->start - start + GROW_GAP)) {
		n = vm_entry_dup(e);
		n->start = start;
		n->end = e->start;
		vm_order_mmap(&o, n, 0);
		grown = vm_order(t->vt, &o) == 0;
		if (grown) {
			vm_entry_insert(vm, n);
			vm_map_join(vm, start, n->end);
		} else {
			vm_entry_drop(n);
		}
	}
	mutex_unlock(&vm->lock);
	return grown;
}

/* --- mprotect --- */

static int protect_check(struct vm_map *vm, uint64_t addr, uint64_t end, int prot) REQUIRES(vm->lock);

static int
protect_check(struct vm_map *vm, uint64_t addr, uint64_t end, int prot)
{
	struct vm_entry *e;

	uint64_t data = 0;

	if (!(prot & PROT_WRITE))
		return 0;
	for (e = vm_map_find(vm, addr); e != NULL && e->start < end; e = vm_map_next(vm, e)) {
		if (!e->maywrite)
			return -EACCES;
		if (!(e->prot & PROT_WRITE) && !(e->flags & MAP_SHARED))
			data += min_of(e->end, end) - max_of(e->start, addr);
	}
	return data != 0 && (vm->data_bytes + data > rlimit_cur(RLIMIT_DATA) ||
	    limit_memory((int64_t)data, ENOMEM)) ? -ENOMEM : 0;
}

static bool any_shared(struct vm_map *vm, uint64_t addr, uint64_t end) REQUIRES(vm->lock);

/* The host may refuse to have some made writable: sealed files. */
static bool
any_shared(struct vm_map *vm, uint64_t addr, uint64_t end)
{
	struct vm_entry *e;

	for (e = vm_map_find(vm, addr); e != NULL && e->start < end; e = vm_map_next(vm, e))
		if ((e->flags & MAP_SHARED) != 0)
			return true;
	return false;
}

static void protect_apply(struct vm_map *vm, uint64_t addr, uint64_t end, int prot) REQUIRES(vm->lock);

static void
protect_apply(struct vm_map *vm, uint64_t addr, uint64_t end, int prot)
{
	struct vm_entry *e, *c;

	vm_map_clip(vm, addr, end);
	for (e = vm_map_find(vm, addr); e != NULL && e->start < end; e = vm_map_next(vm, e)) {
		if (e->prot == prot)
			continue;
		/* Through a copy, so that the accounts follow. */
		c = vm_entry_dup(e);
		c->prot = prot;
		vm_entry_remove(vm, e);
		vm_entry_insert(vm, c);
		e = c;
	}
	vm_map_join(vm, addr, end);
}

long
vm_mprotect(struct thread *t, uint64_t addr, uint64_t len, int prot)
{
	struct vm_map *vm = t->proc->vm;
	struct vmorder o = { .op = VMO_MPROTECT, .addr = addr, .fd = HFD_NONE };
	uint64_t end;
	long err = 0;
	bool whole;

	if ((addr & PAGE_MASK) != 0)
		return -EINVAL;
	if (len == 0)
		return 0;
	len = page_up(len);
	if (len == 0 || addr > GUEST_TOP || len > GUEST_TOP - addr)
		return -ENOMEM;
	if ((prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC | 0x8)) != 0)
		return -EINVAL;
	mutex_lock(&vm->lock);
	whole = vm_map_is_whole(vm, addr, addr + len, &end);
	end = min_of(end, addr + len);
	if (end > addr) {
		err = protect_check(vm, addr, end, prot);
		o.len = end - addr;
		o.prot = host_prot(prot);
		if (err == 0)
			err = (prot & PROT_WRITE) != 0 && any_shared(vm, addr, end) ?
			    vm_order(t->vt, &o) : vm_order_late(t->vt, vm, &o);
		if (err == 0)
			protect_apply(vm, addr, end, prot);
	}
	mutex_unlock(&vm->lock);
	return err ? err : whole ? 0 : -ENOMEM;
}

/* --- brk --- */

static long brk_grow(struct thread *t, struct vm_map *vm, uint64_t from, uint64_t to) REQUIRES(vm->lock);

static long
brk_grow(struct thread *t, struct vm_map *vm, uint64_t from, uint64_t to)
{
	struct vm_entry *e;
	struct vmorder o;
	int err;

	if (!vm_map_is_free(vm, from, to - from + PAGE_SIZE) || to > vm->mmap_top)
		return -ENOMEM;
	err = check_limits(vm, to - from, 0, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	if (err)
		return err;
	e = entry_new(from, to - from, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	e->tag = VMT_HEAP;
	e->locked = vm->lock_future;
	vm_order_mmap(&o, e, 0);
	err = vm_order_late(t->vt, vm, &o);
	if (err) {
		vm_entry_drop(e);
		return err;
	}
	vm_entry_insert(vm, e);
	vm_map_join(vm, from, to);
	return 0;
}

/* The new break, or the old one when it cannot be. */
long
vm_brk(struct thread *t, uint64_t addr)
{
	struct vm_map *vm = t->proc->vm;
	struct vmorder o = { .op = VMO_MUNMAP, .fd = HFD_NONE };
	uint64_t old, new;
	long r = 0;

	mutex_lock(&vm->lock);
	if (addr < vm->brk_start || addr > GUEST_TOP)
		goto out;
	if (rlimit_cur(RLIMIT_DATA) != RLIM_INFINITY &&
	    addr - vm->brk_start + (vm->end_data - vm->start_data) > rlimit_cur(RLIMIT_DATA))
		goto out;
	old = page_up(vm->brk);
	new = page_up(addr);
	if (new > old) {
		r = brk_grow(t, vm, old, new);
	} else if (new < old) {
		o.addr = new;
		o.len = old - new;
		r = vm_order_late(t->vt, vm, &o);
		if (r == 0)
			vm_map_remove_range(vm, new, old);
	}
	if (r == 0)
		vm->brk = addr;
out:
	r = (long)vm->brk;
	mutex_unlock(&vm->lock);
	return r;
}

/* --- mremap --- */

static struct vm_entry * remap_source(struct vm_map *vm, uint64_t old, uint64_t old_len, long *err) REQUIRES(vm->lock);

static struct vm_entry *
remap_source(struct vm_map *vm, uint64_t old, uint64_t old_len, long *err)
{
	struct vm_entry *e = vm_map_find(vm, old);

	*err = -EFAULT;
	if (e == NULL || e->start > old)
		return NULL;
	if (old_len > e->end - old)
		return NULL;
	if (old_len == 0 && (e->flags & MAP_SHARED) == 0) {
		*err = -EINVAL;
		return NULL;
	}
	*err = 0;
	return e;
}

/* A copy of e's properties for [to, to+len), whose first byte is e's `at`. */
static struct vm_entry *
entry_moved(const struct vm_entry *e, uint64_t at, uint64_t to, uint64_t len)
{
	struct vm_entry *n = vm_entry_dup(e);

	if (n->hf != NULL)
		n->off = e->off + (at - e->start);
	n->start = to;
	n->end = to + len;
	return n;
}

/* Shared anonymous objects grow with the mapping. */
static void
object_grow(struct vm_entry *e, uint64_t end_off)
{
	if (e->hf != NULL && e->file == NULL && host_seek(e->hf->fd, 0, SEEK_END) < (int64_t)end_off)
		(void)!host_truncate(e->hf->fd, (int64_t)end_off);
}

static long remap_in_place(struct thread *t, struct vm_map *vm, struct vm_entry *e, uint64_t old, uint64_t old_len, uint64_t new_len) REQUIRES(vm->lock);

static long
remap_in_place(struct thread *t, struct vm_map *vm, struct vm_entry *e, uint64_t old,
    uint64_t old_len, uint64_t new_len)
{
	struct vmorder o = { .op = VMO_MREMAP, .addr = old, .len = old_len, .len2 = new_len,
		.fd = HFD_NONE };
	struct vm_entry *n = entry_moved(e, old, old, new_len);
	int err;

	err = vm_order(t->vt, &o);
	if (err) {
		vm_entry_drop(n);
		return err;
	}
	object_grow(n, n->off + new_len);
	vm_map_remove_range(vm, old, old + old_len);
	vm_entry_insert(vm, n);
	vm_map_join(vm, old, old + new_len);
	return (long)old;
}

static long remap_move(struct thread *t, struct vm_map *vm, struct vm_entry *e, uint64_t old, uint64_t old_len, uint64_t new_len, int flags, uint64_t to) REQUIRES(vm->lock);

static long
remap_move(struct thread *t, struct vm_map *vm, struct vm_entry *e, uint64_t old,
    uint64_t old_len, uint64_t new_len, int flags, uint64_t to)
{
	struct vmorder o = { .op = VMO_MREMAP, .addr = old, .len = old_len, .len2 = new_len,
		.addr2 = to, .flags = MREMAP_MAYMOVE | MREMAP_FIXED, .fd = HFD_NONE };
	struct vm_entry *n;
	int err;

	o.flags |= (uint64_t)(flags & MREMAP_DONTUNMAP);
	n = entry_moved(e, old, to, new_len);
	if ((flags & MREMAP_DONTUNMAP) != 0)
		n->locked = false;
	err = vm_order(t->vt, &o);
	if (err) {
		vm_entry_drop(n);
		return err;
	}
	object_grow(n, n->off + new_len);
	vm_map_remove_range(vm, to, to + new_len);
	if ((flags & MREMAP_DONTUNMAP) == 0 && old_len > 0)
		vm_map_remove_range(vm, old, old + old_len);
	vm_entry_insert(vm, n);
	vm_map_join(vm, to, to + new_len);
	return (long)to;
}

static long
remap_args(uint64_t old, uint64_t old_len, uint64_t new_len, int flags, uint64_t to)
{
	if ((flags & MREMAP_FIXED) != 0 && !(flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if ((flags & MREMAP_DONTUNMAP) != 0 && (!(flags & MREMAP_MAYMOVE) || old_len != new_len))
		return -EINVAL;
	if ((old & PAGE_MASK) != 0 || new_len == 0 || old > GUEST_TOP || old_len > GUEST_TOP)
		return -EINVAL;
	if ((flags & MREMAP_FIXED) != 0) {
		if ((to & PAGE_MASK) != 0 || new_len > GUEST_TOP || to > GUEST_TOP - new_len)
			return -EINVAL;
		if (to < old + old_len && old < to + new_len)
			return -EINVAL;
	}
	return new_len > GUEST_TOP ? -EINVAL : 0;
}

static long remap_locked(struct thread *t, struct vm_map *vm, uint64_t old, uint64_t old_len, uint64_t new_len, int flags, uint64_t to) REQUIRES(vm->lock);

static long
remap_locked(struct thread *t, struct vm_map *vm, uint64_t old, uint64_t old_len,
    uint64_t new_len, int flags, uint64_t to)
{
	struct vmorder cut = { .op = VMO_MUNMAP, .fd = HFD_NONE };
	struct vm_entry *e;
	long err = 0;

	if (old_len > new_len && !vm_map_is_free(vm, old + new_len, old_len - new_len)) {
		cut.addr = old + new_len;
		cut.len = old_len - new_len;
		err = vm_order(t->vt, &cut);
		if (err)
			return err;
		vm_map_remove_range(vm, cut.addr, old + old_len);
	}
	if (old_len > new_len)
		old_len = new_len;
	e = remap_source(vm, old, old_len, &err);
	if (e == NULL)
		return err;
	if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) == 0 && old_len == new_len)
		return (long)old;
	if (new_len > old_len) {
		err = check_limits(vm, new_len - old_len, 0, e->prot, e->flags);
		if (err)
			return err;
	}
	if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) == 0 && old_len > 0 &&
	    old + old_len == e->end && old + new_len <= VDSO_FLOOR &&
	    vm_map_is_free(vm, e->end, new_len - old_len)) {
		err = remap_in_place(t, vm, e, old, old_len, new_len);
		if (err >= 0 || !(flags & MREMAP_MAYMOVE))
			return err;
	}
	if (!(flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	if (!(flags & MREMAP_FIXED)) {
		to = to != 0 && (flags & MREMAP_DONTUNMAP) != 0 && vm_map_is_free(vm, to, new_len) ?
		    to : vm_map_gap(vm, new_len, vm->mmap_top);
		if (to == 0)
			return -ENOMEM;
	}
	return remap_move(t, vm, e, old, old_len, new_len, flags, to);
}

long
vm_mremap(struct thread *t, uint64_t old, uint64_t old_len, uint64_t new_len, int flags, uint64_t to)
{
	struct vm_map *vm = t->proc->vm;
	long r = remap_args(old, page_up(old_len), page_up(new_len), flags, to);

	if (r)
		return r;
	mutex_lock(&vm->lock);
	r = remap_locked(t, vm, old, page_up(old_len), page_up(new_len), flags, to);
	mutex_unlock(&vm->lock);
	return r;
}
