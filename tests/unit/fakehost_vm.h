/*
 * fakehost_vm.h - between fakehost_vm.c (memory) and fakehost_guest.c (guests).
 */
#ifndef FAKEHOST_VM_H
#define FAKEHOST_VM_H

#include "fakehost_impl.h"

#define PAGE_BUCKETS	256
#define XSTATE_SIZE	836		/* fxsave, header, AVX, the second magic */

struct page;
struct region {
	uint64_t	start, end;
	int		prot;
	bool		shared, dontfork, wipeonfork;
	int		memfd;		/* a duplicate of our own, or -1 */
	uint64_t	off;		/* of start */
};

struct vmspace {
	int		refs, users;	/* [mem lock] vmthreads and users; users */
	bool		dead;		/* [fk.lock] */
	struct region	*r;		/* [mem lock] sorted, no overlaps */
	int		nr, room;
	struct page	*pages[PAGE_BUCKETS]; /* [mem lock] private ones */
	uint64_t	npages, npages_max;
};

struct vmthread {
	struct vmspace	*vs;		/* [I] reference */
	struct guest	*guest;		/* [fk.lock] */
	bool		in_run, awake;	/* [fk.lock] in guest code; will leave it */
	bool		kicked, posted, fresh; /* [fk.lock] */
	bool		blocked;	/* [fk.lock] */
	pthread_cond_t	cond;
	struct vregs	regs;		/* [fk.lock] while in_run */
	struct vmevent	ev;		/* [fk.lock] what was posted */
	bool		xs_valid;	/* [o] */
	uint8_t		xs[XSTATE_SIZE]; /* [o] */
	int64_t		utime, stime;	/* [fk.lock] */
};

/* fakehost_vm.c */
struct vmspace *space_new(void);
struct vmspace *space_copy(struct vmspace *from);
void space_get(struct vmspace *vs);
void space_put(struct vmspace *vs);
/* The guest's own access: bytes until the first it may not touch. */
size_t space_access(struct vmspace *vs, uint64_t addr, void *buf, size_t n, int prot);
int space_atomic(struct vmspace *vs, enum vmatomic op, uint64_t addr, uint32_t arg,
    uint32_t cmp, uint32_t *old);

/* fakehost_guest.c, under fk.lock */
struct vmthread *vmthread_new(struct vmspace *vs);

#endif
