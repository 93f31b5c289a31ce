/*
 * vm_advice.c - madvise(2), mlock(2): properties of ranges.
 */
#include <sys/mman.h>

#include "vksup/proc.h"
#include "vm_impl.h"

/* What the host does with its own pages when told so. */
static bool
advice_known(int a)
{
	return (a >= MADV_NORMAL && a <= MADV_DONTNEED) || (a >= MADV_FREE && a <= MADV_DOFORK) ||
	    (a >= MADV_MERGEABLE && a <= 25);
}

static void advice_mark(struct vm_map *vm, uint64_t addr, uint64_t end, int advice) REQUIRES(vm->lock);

static void
advice_mark(struct vm_map *vm, uint64_t addr, uint64_t end, int advice)
{
	struct vm_entry *e;

	if (advice != MADV_DONTFORK && advice != MADV_DOFORK && advice != MADV_WIPEONFORK &&
	    advice != MADV_KEEPONFORK)
		return;
	vm_map_clip(vm, addr, end);
	for (e = vm_map_find(vm, addr); e != NULL && e->start < end; e = vm_map_next(vm, e)) {
		if (advice == MADV_DONTFORK || advice == MADV_DOFORK)
			e->dontfork = advice == MADV_DONTFORK;
		else
			e->wipeonfork = advice == MADV_WIPEONFORK;
	}
	vm_map_join(vm, addr, end);
}

static int advice_check(struct vm_map *vm, uint64_t addr, uint64_t end, int advice) REQUIRES(vm->lock);

static int
advice_check(struct vm_map *vm, uint64_t addr, uint64_t end, int advice)
{
	struct vm_entry *e;

	for (e = vm_map_find(vm, addr); e != NULL && e->start < end; e = vm_map_next(vm, e)) {
		if ((advice == MADV_DONTNEED || advice == MADV_FREE) && e->locked)
			return -EINVAL;
		if ((advice == MADV_FREE || advice == MADV_WIPEONFORK) &&
		    (e->hf != NULL || (e->flags & MAP_SHARED) != 0))
			return -EINVAL;
		if (advice == MADV_REMOVE && (e->locked || e->hf == NULL))
			return -EINVAL;
		if (advice == MADV_REMOVE && (!(e->flags & MAP_SHARED) || !e->maywrite))
			return -EACCES;
	}
	return 0;
}

/*
 * The host is told about the parts that are mapped; a hole makes the whole
 * -ENOMEM, after the rest was done, as in Linux.
 */
long
vm_madvise(struct thread *t, uint64_t addr, uint64_t len, int advice)
{
	struct vm_map *vm = t->proc->vm;
	struct vmorder o = { .op = VMO_MADVISE, .flags = (uint64_t)advice, .fd = HFD_NONE };
	struct vm_entry *e;
	uint64_t end;
	long err = 0;
	bool whole;

	if (!advice_known(advice))
		return advice == MADV_HWPOISON || advice == 101 /* SOFT_OFFLINE */ ? -EPERM : -EINVAL;
	if ((addr & PAGE_MASK) != 0 || page_up(len) < len)
		return -EINVAL;
	end = addr + page_up(len);
	if (end < addr)
		return -EINVAL;
	if (end == addr)
		return 0;
	if (end > GUEST_TOP)
		return -ENOMEM;
	mutex_lock(&vm->lock);
	whole = vm_map_is_whole(vm, addr, end, NULL);
	err = advice_check(vm, addr, end, advice);
	for (e = vm_map_find(vm, addr); err == 0 && e != NULL && e->start < end; e = vm_map_next(vm, e)) {
		o.addr = max_of(e->start, addr);
		o.len = min_of(e->end, end) - o.addr;
		err = vm_order(t->vt, &o);
	}
	if (err == 0)
		advice_mark(vm, addr, end, advice);
	mutex_unlock(&vm->lock);
	return err ? err : whole ? 0 : -ENOMEM;
}

static long lock_limit(struct vm_map *vm, uint64_t addr, uint64_t end) REQUIRES(vm->lock);

static long
lock_limit(struct vm_map *vm, uint64_t addr, uint64_t end)
{
	struct vm_entry *e;
	uint64_t more = 0, lim = rlimit_cur(RLIMIT_MEMLOCK);

	if (capable(14 /* CAP_IPC_LOCK */))
		return 0;
	if (lim == 0)
		return -EPERM;
	for (e = vm_map_find(vm, addr); e != NULL && e->start < end; e = vm_map_next(vm, e))
		if (!e->locked)
			more += min_of(e->end, end) - max_of(e->start, addr);
	return vm->locked_bytes + more > lim ? -ENOMEM : 0;
}

/* Locked pages are there: one order for each stretch of like protection.
 * False: some of it can never be. */
bool
vm_populate(struct thread *t, struct vm_map *vm, uint64_t addr, uint64_t end)
{
	struct vmorder o = { .op = VMO_MADVISE, .fd = HFD_NONE };
	struct vm_entry *e;
	bool all = true;

	for (e = vm_map_find(vm, addr); e != NULL && e->start < end; e = vm_map_next(vm, e)) {
		if ((e->prot & (PROT_READ | PROT_WRITE)) == 0)
			all = false;
		if ((e->prot & (PROT_READ | PROT_WRITE)) == 0 || e->tag == VMT_STACK || e->tag == VMT_VVAR)
			continue;
		o.addr = max_of(e->start, addr);
		o.len = min_of(e->end, end) - o.addr;
		o.flags = (e->prot & PROT_WRITE) != 0 && (e->flags & MAP_SHARED) == 0 ?
		    23 /* POPULATE_WRITE */ : 22 /* POPULATE_READ */;
		(void)!vm_order(t->vt, &o);
	}
	return all;
}

long
vm_mlock(struct thread *t, uint64_t addr, uint64_t len, bool lock, bool onfault)
{
	struct vm_map *vm = t->proc->vm;
	struct vm_entry *e;
	uint64_t end, hole;
	bool missing = false;
	long err = 0;

	len = page_up(len + (addr & PAGE_MASK));
	addr = page_down(addr);
	end = addr + len;
	if (end < addr)
		return -EINVAL;
	if (lock && rlimit_cur(RLIMIT_MEMLOCK) == 0 && !capable(14 /* CAP_IPC_LOCK */))
		return -EPERM;
	if (len == 0)
		return 0;
	mutex_lock(&vm->lock);
	if (lock)
		err = lock_limit(vm, addr, end);
	if (err == 0) {
		/* What lies before a hole is done all the same. */
		if (!vm_map_is_whole(vm, addr, end, &hole)) {
			end = hole;
			missing = true;
		}
		vm_map_clip(vm, addr, end);
		for (e = vm_map_find(vm, addr); e != NULL && e->start < end; e = vm_map_next(vm, e)) {
			if (e->locked == lock)
				continue;
			vm->locked_bytes += lock ? vm_entry_bytes(e) : -vm_entry_bytes(e);
			e->locked = lock;
		}
		vm_map_join(vm, addr, end);
		if (lock && !onfault && !vm_populate(t, vm, addr, end))
			missing = true;
	}
	mutex_unlock(&vm->lock);
	return err ? err : missing ? -ENOMEM : 0;
}
