/*
 * vm_impl.h - what vm_map.c, vm_ops.c, sys_vm.c and proc_exec.c share.
 * All need vm->lock unless they say otherwise.
 */
#ifndef VKERN_VM_IMPL_H
#define VKERN_VM_IMPL_H

#include "vksup/vm.h"

/* Room between the highest mapping and the stack's top for the stack itself. */
#define VM_STACK_TOP	0x7fffbff00000UL
#define VM_STACK_MAX	(1UL << 30)
#define VM_MMAP_TOP	(VM_STACK_TOP - VM_STACK_MAX - (1UL << 20))
#define VM_MMAP_BOTTOM	0x10000UL
#define VM_ENTRIES_MAX	65530
/* The vDSO and its data: no mapping is chosen at or above. */
#define VDSO_FLOOR	0x7fffbffe0000UL

void vm_entry_insert(struct vm_map *vm, struct vm_entry *e);
/* Free an entry that is in no map. */
void vm_entry_drop(struct vm_entry *e);
void vm_entry_remove(struct vm_map *vm, struct vm_entry *e);
/* What limits count: a stack, mapped at its full limit, as what Linux starts with. */
uint64_t vm_entry_bytes(const struct vm_entry *e);
struct vm_entry *vm_entry_dup(const struct vm_entry *e);
void vm_map_clip(struct vm_map *vm, uint64_t start, uint64_t end) REQUIRES(vm->lock);
void vm_map_join(struct vm_map *vm, uint64_t start, uint64_t end) REQUIRES(vm->lock);
void vm_map_remove_range(struct vm_map *vm, uint64_t start, uint64_t end) REQUIRES(vm->lock);
bool vm_map_is_free(struct vm_map *vm, uint64_t start, uint64_t len) REQUIRES(vm->lock);
bool vm_map_is_whole(struct vm_map *vm, uint64_t start, uint64_t end, uint64_t *hole) REQUIRES(vm->lock);
uint64_t vm_map_mapped(struct vm_map *vm, uint64_t start, uint64_t end) REQUIRES(vm->lock);
uint64_t vm_map_gap(struct vm_map *vm, uint64_t len, uint64_t top) REQUIRES(vm->lock);

/* One order of by's carrier. */
int vm_order(struct vmthread *by, const struct vmorder *o) must_check;
/* The same, with the next run of `by` if the host is sure to do it. */
int vm_order_late(struct vmthread *by, const struct vm_map *vm, const struct vmorder *o) must_check;
/* The host's flags and descriptor for an entry (exec batches orders itself). */
void vm_order_mmap(struct vmorder *o, const struct vm_entry *e, int extra_flags);
long vm_brk(struct thread *t, uint64_t addr);
long vm_mremap(struct thread *t, uint64_t old, uint64_t old_len, uint64_t new_len,
    int flags, uint64_t to);
long vm_mprotect(struct thread *t, uint64_t addr, uint64_t len, int prot);
long vm_madvise(struct thread *t, uint64_t addr, uint64_t len, int advice);
bool vm_populate(struct thread *t, struct vm_map *vm, uint64_t addr, uint64_t end) REQUIRES(vm->lock);
long vm_mlock(struct thread *t, uint64_t addr, uint64_t len, bool lock, bool onfault);

#endif
