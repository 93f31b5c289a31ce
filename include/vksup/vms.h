/*
 * vms.h - address spaces for kernels of one's own (libvmspace).
 *
 * DragonFly's vmspace_create(2) family on Linux: named spaces in which guest
 * code runs natively, and nothing it does reaches the host: system calls,
 * faults and traps come back to the caller of vms_run().  Each space is a
 * process of the host under a seccomp filter, with one thread of guest code.
 *
 * A space is named by any pointer.  Errors are negative errno: -ENOENT no such
 * space, -EEXIST there is one, -EBUSY it is running (or in use by another
 * thread), -EINVAL bad ranges.  All functions may be called by any thread.
 * Addresses end at GUEST_TOP, ranges are of whole pages.  Registers, events and
 * causes are those of vksup/vmspace.h.
 */
#ifndef VKSUP_VMS_H
#define VKSUP_VMS_H

#include "vksup/vmspace.h"

/* Once, before all others, with no other thread yet.  -errno if the host cannot
 * have guest processes. */
int vms_start(void) must_check;
/* End every space and the processes behind them. */
void vms_finish(void);

int vms_create(void *id) must_check;
int vms_destroy(void *id) must_check;
/* flags: MAP_SHARED or MAP_PRIVATE, MAP_ANONYMOUS.  Replaces what is there.  fd
 * is the caller's and can be closed afterwards; the same one in several spaces,
 * or at several addresses, is the same memory. */
int vms_mmap(void *id, uint64_t addr, uint64_t len, int prot, int flags, int fd, int64_t off) must_check;
int vms_munmap(void *id, uint64_t addr, uint64_t len) must_check;
int vms_mprotect(void *id, uint64_t addr, uint64_t len, int prot) must_check;
/* Bytes copied, short at the first that is not there.  Also while it runs. */
ssize_t vms_pread(void *id, void *buf, size_t n, uint64_t addr);
ssize_t vms_pwrite(void *id, const void *buf, size_t n, uint64_t addr);

/*
 * Run the space until something happens: 0 and *ev, with *regs as they are then;
 * -ETIMEDOUT after timeout ns (NEVER: no limit), with *regs too.
 */
int vms_run(void *id, struct vregs *regs, struct vmevent *ev, int64_t timeout) must_check;
/* Make a run end with VMC_KICK, now or, if it does not run, at once. */
int vms_kick(void *id);

/*
 * Software page tables: the range shows pages of memory file fd (read-write) as
 * a table in that file says, 4 levels of 512 64-bit entries over offsets into
 * the range.  It shows nothing until VMS_SETMAP.  Faults that the table resolves
 * are not seen by the caller; A and M are set in the entries.
 */
int vms_vpagetable(void *id, uint64_t addr, uint64_t len, int fd) must_check;
#define VMS_INVAL	10	/* entries for this range have changed */
#define VMS_SETMAP	11	/* value: offset of the root table; of a whole range */
int vms_mcontrol(void *id, uint64_t addr, uint64_t len, int behav, uint64_t value) must_check;
#define VPTE_V		0x001UL	/* valid */
#define VPTE_RW		0x002UL
#define VPTE_A		0x020UL	/* accessed */
#define VPTE_M		0x040UL	/* modified */
#define VPTE_PS		0x080UL	/* ends the walk above the last level */
#define VPTE_FRAME	0x000ffffffffff000UL

#endif
