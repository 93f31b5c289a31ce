/*
 * vm.h - vm_map: what is mapped where in one guest address space.
 *
 * The map is the kernel's truth; the carrier is told what to do by orders.
 * Entries never overlap and are sorted; each is a range with one protection
 * and one backing.
 *
 * Locks: vm_map.lock (RANK_VM) protects all of it, and is held while the
 * carrier carries out the orders that a change needs.
 */
#ifndef VKSUP_VM_H
#define VKSUP_VM_H

#include <bsd/sys/tree.h>

#include "vksup/lock.h"
#include "vksup/vmspace.h"

struct file;
struct inode;
struct thread;

/* A host file that mappings refer to: a host descriptor with a count.  One
 * per lower file opened, or per memory object.  Its address and an offset
 * identify shared memory (futex keys). */
struct hfile {
	_Atomic int	refs;
	hfd_t		fd;		/* [I] what the kernel reads and writes */
	hfd_t		ro;		/* [I] read-only twin for mappings, or NONE */
};
struct hfile *hfile_new(hfd_t fd);	/* takes over fd */
struct hfile *hfile_ref(struct hfile *h);
void hfile_unref(struct hfile *h);

/* What file_ops.mmap gives back. */
struct vm_backing {
	struct hfile	*hf;		/* a reference for the map; NULL: zeroes */
	bool		ro;		/* hand out the read-only descriptor */
	bool		anon;		/* like /dev/zero: map anonymous memory */
};

struct vm_entry {
	RB_ENTRY(vm_entry) node;
	uint64_t	start, end;	/* page aligned, end exclusive */
	int		prot;		/* PROT_* */
	int		flags;		/* MAP_SHARED/PRIVATE, ANONYMOUS, STACK, GROWSDOWN, NORESERVE */
	struct file	*file;		/* reference, or NULL */
	struct hfile	*hf;		/* reference, or NULL */
	uint64_t	off;		/* of start in the file */
	uint8_t		tag;		/* VMT_* */
	bool		locked, dontfork, wipeonfork, maywrite;
	bool		hf_ro;		/* hf was given read-only */
};
enum vm_tag { VMT_NONE, VMT_STACK, VMT_HEAP, VMT_VDSO, VMT_VVAR };

RB_HEAD(vm_tree, vm_entry);

struct vm_map {
	_Atomic int	refs;
	struct mutex	lock;
	struct vmspace	*space;		/* [I] */
	struct vm_tree	entries;	/* [m] */
	int		nentries;	/* [m] */
	uint64_t	total;		/* [m] bytes mapped */
	uint64_t	locked_bytes;	/* [m] */
	uint64_t	data_bytes;	/* [m] private writable */
	bool		lock_future, lock_onfault; /* [m] mlockall() for what comes */
	uint64_t	mmap_top;	/* [I] addresses are searched below this */
	uint64_t	brk_start, brk;	/* [m] */
	uint64_t	start_code, end_code, start_data, end_data, start_stack; /* [m] */
	uint64_t	arg_start, arg_end, env_start, env_end;	/* [m] */
	uint64_t	auxv[64];	/* [m] as given to the program */
	int		nauxv;		/* [m] words */
	struct file	*exe;		/* [m] reference */
	bool		dumpable;	/* [a] */
};

struct vm_map *vm_map_new(struct vmspace *space);	/* takes over a use of space */
struct vm_map *vm_map_ref(struct vm_map *vm);
void vm_map_unref(struct vm_map *vm);
/* The program of a map (NULL: none); takes its own reference. */
void vm_map_set_exe(struct vm_map *vm, struct file *f);
/* The entry that holds addr, or the next one above; NULL. */
struct vm_entry *vm_map_find(struct vm_map *vm, uint64_t addr) REQUIRES(vm->lock);
struct vm_entry *vm_map_next(struct vm_map *vm, struct vm_entry *e) REQUIRES(vm->lock);

/*
 * mmap(2) for the thread's own map: addr 0 = choose.  off in bytes.  f may be
 * NULL with MAP_ANONYMOUS.  The address, or -errno.
 */
long vm_mmap(struct thread *t, uint64_t addr, uint64_t len, int prot, int flags,
    struct file *f, uint64_t off);
/* A fault at addr: was it below a mapping that grows, and is it mapped now? */
bool vm_grow_down(struct thread *t, uint64_t addr);
int vm_munmap(struct thread *t, uint64_t addr, uint64_t len) must_check;
/* Copy a map for fork; the host side has been copied by vmspace_fork(). */
int vm_map_fork(struct vm_map *from, struct vmspace *space, struct vm_map **out) must_check;
/* The file and offset behind a shared mapping at addr (futex keys): 1; 0 if it
 * is private, -EFAULT if nothing is mapped.  obj is only compared, never
 * followed. */
int vm_map_shared_key(struct vm_map *vm, uint64_t addr, const void **obj, uint64_t *off);

#endif
