/*
 * carrier.h - the sigsys machine: vmspaces as host processes (vmspace.h).
 *
 * Locks, innermost last: template_lock (template.c; one clone at a time),
 * vmspace.lock, registry_lock, place_lock.  None is held while a carrier is
 * waited for, but template_lock (for the template itself, which is ours) and,
 * outside all others, vmspace.fd_lock: threads of one carrier receive from one
 * socket, so that only one at a time may have descriptors under way.  A carrier
 * that does not answer keeps its own threads waiting, until it is killed.
 */
#ifndef CARRIER_H
#define CARRIER_H

#include <pthread.h>
#include <sys/queue.h>
#include <ucontext.h>

#include "abi/wire.h"
#include "vksup/vmspace.h"

struct vmthread {
	TAILQ_ENTRY(vmthread) link;	/* [vs lock] */
	struct vmspace	*vs;		/* [I] reference */
	struct slot	*slot;		/* [I] our mapping of the slot */
	int		index;		/* [I] which slot of the carrier */
	pid_t		tid;		/* [vs lock] host thread id; 0: unknown */
	_Atomic bool	dead;		/* the carrier is gone */
	uint32_t	uc_off;		/* [o] checked offset of the live frame */
	bool		fresh;		/* [o] never ran: the frame is ours */
	struct wire_piece in[WIRE_PIECES]; /* [o] checked: inside the window */
	struct wire_piece out[WIRE_PIECES]; /* [o] ours: what the slot's are copies of */
	uint32_t	nin, nout;	/* [o] pieces */
	uint32_t	out_used;	/* [o] bytes of the window */
	bool		awake;		/* [o] counted by the watchman */
	uint32_t	norders, nfds;	/* [o] in the slot, for the next run */
	/* placement, [place_lock] */
	TAILQ_ENTRY(vmthread) place_link;
	int		cpu;		/* home */
	uint64_t	allowed;	/* CPUs it may have as home */
	bool		active;		/* counted in its CPU's load */
	int		kcpu;		/* [o] where the kthread is bound */
	pid_t		ktid;		/* [o] the kthread's host tid */
};

struct slot_use {
	bool		used;
	pid_t		exiting;	/* reuse only when this tid is gone */
};

struct vmspace {
	_Atomic int	refs;		/* users, and vmthreads */
	_Atomic int	users;
	pthread_mutex_t	lock, fd_lock;
	LIST_ENTRY(vmspace) hash;	/* [registry_lock] */
	pid_t		pid;		/* [lock] -1 once reaped */
	pid_t		hpid;		/* [I] the same, for naming it afterwards */
	int		sock;		/* [I] our end */
	int		mem;		/* [lock] /proc/PID/mem, or -1 */
	_Atomic bool	dead;		/* set before it is reaped */
	_Atomic int	lookers;	/* in the middle of something by hpid */
	TAILQ_HEAD(, vmthread) threads;	/* [lock] */
	int		crowded;	/* [watchman] sweeps with too many threads */
	struct slot_use	*slots;		/* [lock] */
	int		nslots;		/* [lock] */
};

/* template.c: make and end the process that clean carriers are cloned from. */
int template_start(void) must_check;
/* template.c: the guard process that ends the process group if we die. */
int warden_start(void) must_check;
void warden_stop(void);
pid_t warden_pid(void);
/* The host terminal to restore if the kernel dies (term.c). */
extern struct vmthread *template_thread;
extern pthread_mutex_t template_lock;

void template_prepare(struct vmthread *child, struct vmthread *by, const struct vregs *none);

/* seccomp.c: the carriers' filter; number of instructions. */
struct sock_filter;
int carrier_filter(struct sock_filter *prog, int max);

/* channel.c */
struct vmthread *vmthread_alloc(struct vmspace *vs, int index, int *slotfd);
void vmthread_free(struct vmthread *vt);
uint64_t slot_addr(int index);
void slot_prepare(struct slot *s, int index, const struct vregs *r, uint64_t uc_off);
void uc_boot(struct slot *s, int index, const struct vregs *r, bool masked);
/* Give the turn to the carrier and wait for it to come back: 0 or -ESRCH. */
int slot_turn(struct vmthread *vt);
/* Have the orders that wait for the next run carried out now, if it is the
 * calling kthread whose thread of vs has any. */
void orders_flush(struct vmspace *vs);
int slot_command(struct vmthread *vt, uint32_t cmd);
/* The same with n descriptors to go along. */
int slot_command_fds(struct vmthread *vt, uint32_t cmd, const int *fds, int n);

/* carrier.c */
/*
 * Whoever names a carrier by its pid on the host, without its lock, does so
 * between these two: it is not reaped meanwhile, so the pid is nobody else's.
 * False: it is dead.
 */
bool vmspace_look(struct vmspace *vs) must_check;
void vmspace_looked(struct vmspace *vs);
struct vmspace *vmspace_alloc(int sock);
void vmspace_register(struct vmspace *vs, pid_t pid);
int carrier_clone(struct vmthread *by, struct vmspace **vs, struct vmthread **first,
    void (*prepare)(struct vmthread *child, struct vmthread *by, const struct vregs *r),
    const struct vregs *r);
int reaper_start(void) must_check;
/* The registered vmspace with this carrier, with a reference; or NULL. */
struct vmspace *vmspace_find(pid_t pid);
bool vmspace_known(pid_t pid);
/* May vt be running?  For the watchman. */
void vmthread_set_awake(struct vmthread *vt, bool on);
void vmspace_put(struct vmspace *vs);
int vmspace_slot_get(struct vmspace *vs);
void vmspace_slot_put(struct vmspace *vs, int index);
void carriers_kill_all(void);

/* strays.c: a watchman over what guests clone by themselves. */
/* Note a clone that we ask for, from before it until it is registered. */
struct flight {
	LIST_ENTRY(flight) link;
	uint64_t	number;
	int64_t		since;
	struct vmspace	*by;
};
void flight_begin(struct flight *f, struct vmspace *by);
void flight_end(struct flight *f);
/* A guest thread more, or less, that may be running. */
void strays_awake(bool more);
/* The children that there are now are ours; all that come later are carriers. */
int strays_start(void) must_check;

/* place.c */
void place_init(void);
int place_ncpu(void);
void place_template(void);
void place_new(struct vmthread *vt, struct vmthread *by);
void place_forget(struct vmthread *vt);
void place_kthread(struct vmthread *vt);
void place_guest(struct vmthread *vt);

#endif
