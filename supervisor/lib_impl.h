/*
 * lib_impl.h - what the files of library mode share (vksup/vk.h).
 *
 * lib_host.c	host.h for a kernel inside somebody's process
 * lib_vm.c	memory of its processes
 * lib_run.c	their threads: vmspace.h's other half
 * lib_proc.c	handles, kernels, calls in steps
 * lib_call.c	pointers of the caller become memory of the process
 */
#ifndef VKSUP_LIB_IMPL_H
#define VKSUP_LIB_IMPL_H

#include <pthread.h>
#include <sys/queue.h>

#include "abi.h"
#include "lib_vm.h"
#include "vksup/host.h"
#include "vksup/vk.h"
#include "vksup/vkern.h"

#define XSTATE_SIZE	836	/* fxsave, header, AVX, the second magic */

/* Where processes make calls and have their handlers.  Nothing is mapped there;
 * a thread whose rip is SYSCALL_IP makes a call. */
#define SYSCALL_IP	0x21000UL
#define RESTORER_IP	0x22000UL
#define HANDLER_IP(sig)	(0x23000UL + 16 * (uint64_t)(sig))

#define VK_SIGNALS	65

/* The host of one kernel. */
struct vk {
	struct vkern	*kern;		/* [I] */
	pthread_mutex_t	lock;		/* below all of the kernel's locks */
	pthread_cond_t	changed;	/* [lock] a call ended, a thread sleeps or ended */
	TAILQ_HEAD(, vk_proc) procs;	/* [lock] every handle */
	struct vk_proc	*first;		/* [I] pid 2 */
	pthread_mutex_t	first_lock;	/* its calls */
	int		nthreads;	/* [lock] kernel threads not ended */
	int		root;		/* [I] descriptor of the tree's root */
	int		stdio[3];	/* [I] -1: closed */
	struct host_info info;		/* [I] */
	void		(*log)(void *, const char *); /* [I] */
	void		*log_arg;
};

struct vk_proc {
	TAILQ_ENTRY(vk_proc) link;	/* [lock] by age */
	struct vk	*k;		/* [I] */
	struct vk_proc	*parent;	/* [I] */
	struct vmthread	*vt;		/* [lock] NULL: in exec, or gone */
	bool		ran, gone, claimed; /* [lock] */
	vk_handler	*handler[VK_SIGNALS]; /* the caller's */
	/* Memory that was mapped for the library, in vs; 0: none. */
	struct vmspace	*vs;		/* the caller's; only compared */
	uint64_t	stage, heap, heap_end; /* the caller's */
	uint64_t	staged;		/* of stage is in use up to here */
};

struct vmthread {
	struct vmspace	*vs;		/* [I] reference */
	struct vk	*k;		/* [I] */
	struct vk_proc	*p;		/* [lock] */
	bool		in_run;		/* [lock] between vmthread_run() and its event */
	bool		kicked, posted, fresh, blocked; /* [lock] */
	pthread_cond_t	cond;
	struct vregs	regs;		/* [lock] while in_run */
	struct vmevent	ev;		/* [lock] of a posted fault */
	bool		xs_valid;	/* [o] */
	uint8_t		xs[XSTATE_SIZE]; /* [o] */
};

/* lib_host.c: the host of the kernel whose code runs. */
struct vk *lib_here(void);
void lib_info_init(struct host_info *hi, const struct vk_options *opt);
/* lib_run.c, under lock: the kernel thread that ends served somebody. */
void lib_serving_ends(struct vk *k);
struct vk_proc *lib_proc_new(struct vk *k, struct vk_proc *parent);
/* lib_proc.c: the space that p is in, or NULL; valid while p makes no call. */
struct vmspace *lib_space(struct vk_proc *p);
/* Memory for lib_call.c: VK_BUFFER_MAX and VK_STAGE_MORE bytes, or 0. */
#define VK_STAGE_MORE	(128UL << 10)
uint64_t lib_stage(struct vk_proc *p);

#endif
