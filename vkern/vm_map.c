/*
 * vm_map.c - the map of one address space: finding, splitting, joining.
 *
 * Only bookkeeping: nothing here talks to the carrier (vm_ops.c does), so all
 * of it is tested without one.  Locks: vm->lock throughout.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "vksup/file.h"
#include "vksup/host.h"
#include "vksup/vm.h"
#include "vm_impl.h"

static int
entry_cmp(struct vm_entry *a, struct vm_entry *b)
{
	return a->start < b->start ? -1 : a->start > b->start;
}

#ifndef __unused
#define __unused __attribute__((unused))
#endif
RB_GENERATE_STATIC(vm_tree, vm_entry, node, entry_cmp)

/* --- host files that mappings share --- */

struct hfile *
hfile_new(hfd_t fd)
{
	struct hfile *h = xcalloc(1, sizeof(*h));

	h->refs = 1;
	h->fd = fd;
	h->ro = HFD_NONE;
	return h;
}

struct hfile *
hfile_ref(struct hfile *h)
{
	if (h != NULL)
		h->refs++;
	return h;
}

void
hfile_unref(struct hfile *h)
{
	if (h == NULL || atomic_fetch_sub(&h->refs, 1) != 1)
		return;
	host_close(h->fd);
	if (hfd_ok(h->ro))
		host_close(h->ro);
	kfree(h);
}

/* --- life of a map --- */

struct vm_map *
vm_map_new(struct vmspace *space)
{
	struct vm_map *vm = xcalloc(1, sizeof(*vm));

	vm->refs = 1;
	mutex_init(&vm->lock, RANK_VM);
	vm->space = space;
	RB_INIT(&vm->entries);
	vm->mmap_top = VM_MMAP_TOP;
	vm->dumpable = true;
	return vm;
}

struct vm_map *
vm_map_ref(struct vm_map *vm)
{
	vm->refs++;
	return vm;
}

void
vm_map_unref(struct vm_map *vm)
{
	struct vm_entry *e;

	if (vm == NULL || atomic_fetch_sub(&vm->refs, 1) != 1)
		return;
	while ((e = RB_MIN(vm_tree, &vm->entries)) != NULL)
		vm_entry_remove(vm, e);
	vm_map_set_exe(vm, NULL);
	if (vm->space != NULL)
		vmspace_unref(vm->space);
	mutex_destroy(&vm->lock);
	kfree(vm);
}

/* While it is some map's program, a file cannot be opened for writing. */
void
vm_map_set_exe(struct vm_map *vm, struct file *f)
{
	struct file *old = vm->exe;

	if (f != NULL) {
		file_ref(f);
		f->inode->execs++;
	}
	vm->exe = f;
	if (old != NULL) {
		old->inode->execs--;
		file_put(old);
	}
}

/* --- entries --- */

#define STACK_COUNTED	(33 * PAGE_SIZE)

uint64_t
vm_entry_bytes(const struct vm_entry *e)
{
	uint64_t n = e->end - e->start;

	return e->tag == VMT_STACK ? min_of(n, STACK_COUNTED) : n;
}

static bool
counts_as_data(const struct vm_entry *e)
{
	return (e->flags & MAP_SHARED) == 0 && (e->prot & PROT_WRITE) != 0 && e->tag != VMT_STACK;
}

static void
account(struct vm_map *vm, const struct vm_entry *e, int sign)
{
	int64_t len = (int64_t)vm_entry_bytes(e) * sign;

	vm->nentries += sign;
	if (e->tag == VMT_VDSO || e->tag == VMT_VVAR)
		return;
	vm->total += (uint64_t)len;
	if (counts_as_data(e)) {
		vm->data_bytes += (uint64_t)len;
		limit_commit(len);
	}
	if (e->locked)
		vm->locked_bytes += (uint64_t)len;
}

void
vm_entry_insert(struct vm_map *vm, struct vm_entry *e)
{
	RB_INSERT(vm_tree, &vm->entries, e);
	account(vm, e, 1);
}

void
vm_entry_drop(struct vm_entry *e)
{
	if (e->file != NULL)
		file_put(e->file);
	hfile_unref(e->hf);
	kfree(e);
}

void
vm_entry_remove(struct vm_map *vm, struct vm_entry *e)
{
	account(vm, e, -1);
	RB_REMOVE(vm_tree, &vm->entries, e);
	vm_entry_drop(e);
}

struct vm_entry *
vm_entry_dup(const struct vm_entry *e)
{
	struct vm_entry *n = xcalloc(1, sizeof(*n));

	*n = *e;
	if (n->file != NULL)
		file_ref(n->file);
	hfile_ref(n->hf);
	return n;
}

struct vm_entry *
vm_map_find(struct vm_map *vm, uint64_t addr)
{
	struct vm_entry *e = RB_ROOT(&vm->entries), *best = NULL;

	while (e != NULL) {
		if (addr < e->end) {
			best = e;
			e = RB_LEFT(e, node);
		} else {
			e = RB_RIGHT(e, node);
		}
	}
	return best;
}

struct vm_entry *
vm_map_next(struct vm_map *vm, struct vm_entry *e)
{
	(void)vm;
	return RB_NEXT(vm_tree, &vm->entries, e);
}

/* Cut e at addr (inside it); e keeps the lower part. */
static void
entry_split(struct vm_map *vm, struct vm_entry *e, uint64_t addr)
{
	struct vm_entry *hi = vm_entry_dup(e);

	account(vm, e, -1);
	hi->start = addr;
	if (hi->hf != NULL)
		hi->off += addr - e->start;
	e->end = addr;
	account(vm, e, 1);
	vm_entry_insert(vm, hi);
}

/* Make start and end fall between entries. */
void
vm_map_clip(struct vm_map *vm, uint64_t start, uint64_t end)
{
	struct vm_entry *e;

	e = vm_map_find(vm, start);
	if (e != NULL && e->start < start)
		entry_split(vm, e, start);
	e = vm_map_find(vm, end);
	if (e != NULL && e->start < end)
		entry_split(vm, e, end);
}

/* Linux's rule for joining neighbours (mm/vma.c, can_vma_merge). */
static bool
can_join(const struct vm_entry *a, const struct vm_entry *b)
{
	return a->end == b->start && a->prot == b->prot && a->flags == b->flags &&
	    a->file == b->file && a->hf == b->hf && a->tag == b->tag &&
	    a->locked == b->locked && a->dontfork == b->dontfork &&
	    a->wipeonfork == b->wipeonfork && a->maywrite == b->maywrite &&
	    (a->hf == NULL || a->off + (a->end - a->start) == b->off);
}

static void
entry_join(struct vm_map *vm, struct vm_entry *a, struct vm_entry *b)
{
	uint64_t end = b->end;

	vm_entry_remove(vm, b);
	account(vm, a, -1);
	a->end = end;
	account(vm, a, 1);
}

/* Join what has become alike in and around a range. */
void
vm_map_join(struct vm_map *vm, uint64_t start, uint64_t end)
{
	struct vm_entry *e, *n;

	e = vm_map_find(vm, start == 0 ? 0 : start - 1);
	while (e != NULL && e->start <= end) {
		n = RB_NEXT(vm_tree, &vm->entries, e);
		if (n != NULL && can_join(e, n))
			entry_join(vm, e, n);
		else
			e = n;
	}
}

void
vm_map_remove_range(struct vm_map *vm, uint64_t start, uint64_t end)
{
	struct vm_entry *e, *n;

	vm_map_clip(vm, start, end);
	for (e = vm_map_find(vm, start); e != NULL && e->start < end; e = n) {
		n = RB_NEXT(vm_tree, &vm->entries, e);
		vm_entry_remove(vm, e);
	}
}

bool
vm_map_is_free(struct vm_map *vm, uint64_t start, uint64_t len)
{
	struct vm_entry *e = vm_map_find(vm, start);

	return e == NULL || e->start >= start + len;
}

/* Every byte of the range is mapped; else *hole is the first that is not. */
bool
vm_map_is_whole(struct vm_map *vm, uint64_t start, uint64_t end, uint64_t *hole)
{
	struct vm_entry *e = vm_map_find(vm, start);
	uint64_t at = start;

	for (; e != NULL && e->start <= at && at < end; e = RB_NEXT(vm_tree, &vm->entries, e))
		at = e->end;
	if (hole != NULL)
		*hole = at;
	return at >= end;
}

/* Bytes of the range that are mapped. */
uint64_t
vm_map_mapped(struct vm_map *vm, uint64_t start, uint64_t end)
{
	struct vm_entry *e;
	uint64_t sum = 0;

	for (e = vm_map_find(vm, start); e != NULL && e->start < end; e = RB_NEXT(vm_tree, &vm->entries, e))
		sum += min_of(e->end, end) - max_of(e->start, start);
	return sum;
}

/* The highest gap of len bytes below top; 0 if there is none. */
uint64_t
vm_map_gap(struct vm_map *vm, uint64_t len, uint64_t top)
{
	struct vm_entry *e;
	uint64_t end = top;

	for (e = RB_MAX(vm_tree, &vm->entries); e != NULL; e = RB_PREV(vm_tree, &vm->entries, e)) {
		if (e->start >= top)
			continue;
		if (e->end < end && end - e->end >= len)
			return end - len;
		end = min_of(end, e->start);
	}
	return end >= len + VM_MMAP_BOTTOM ? end - len : 0;
}

int
vm_map_fork(struct vm_map *from, struct vmspace *space, struct vm_map **out)
{
	struct vm_map *vm = vm_map_new(space);
	struct vm_entry *e, *n;

	RB_FOREACH(e, vm_tree, &from->entries) {
		if (e->dontfork)
			continue;
		n = vm_entry_dup(e);
		n->locked = false;
		vm_entry_insert(vm, n);
	}
	vm->mmap_top = from->mmap_top;
	vm->brk_start = from->brk_start;
	vm->brk = from->brk;
	vm->start_code = from->start_code;
	vm->end_code = from->end_code;
	vm->start_data = from->start_data;
	vm->end_data = from->end_data;
	vm->start_stack = from->start_stack;
	vm->arg_start = from->arg_start;
	vm->arg_end = from->arg_end;
	vm->env_start = from->env_start;
	vm->env_end = from->env_end;
	memcpy(vm->auxv, from->auxv, sizeof(vm->auxv));
	vm->nauxv = from->nauxv;
	vm_map_set_exe(vm, from->exe);
	vm->dumpable = from->dumpable;
	*out = vm;
	return 0;
}

int
vm_map_shared_key(struct vm_map *vm, uint64_t addr, const void **obj, uint64_t *off)
{
	struct vm_entry *e;
	int shared = -EFAULT;

	mutex_lock(&vm->lock);
	e = vm_map_find(vm, addr);
	if (e != NULL && e->start <= addr && !(e->flags & MAP_SHARED) && !(e->prot & PROT_WRITE) &&
	    e->hf == NULL)
		shared = -EFAULT;	/* a word that can never change */
	else if (e != NULL && e->start <= addr)
		shared = (e->flags & MAP_SHARED) != 0 && e->hf != NULL;
	if (shared == 1) {
		*obj = e->hf;
		*off = e->off + (addr - e->start);
	}
	mutex_unlock(&vm->lock);
	return shared;
}
