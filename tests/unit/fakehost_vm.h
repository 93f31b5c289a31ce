/*
 * fakehost_vm.h - threads of the fake machine's spaces; memory is lib_vm.h.
 */
#ifndef FAKEHOST_VM_H
#define FAKEHOST_VM_H

#include "fakehost_impl.h"
#include "supervisor/lib_vm.h"

#define XSTATE_SIZE	836		/* fxsave, header, AVX, the second magic */

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

/* fakehost_guest.c, under fk.lock */
struct vmthread *vmthread_new(struct vmspace *vs);

#endif
