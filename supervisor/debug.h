/*
 * debug.h - being debugged: by whom, and what debuggers call.
 *
 * vksup-gdb.py, which gdb loads by itself, uses what is declared here.
 */
#ifndef SUPERVISOR_DEBUG_H
#define SUPERVISOR_DEBUG_H

#include "vksup/base.h"

struct thread;
struct vkern;

/* Does a debugger hold vksup now? */
bool host_traced(void);
/* Is the run recorded or replayed by rr?  Then nobody may spin or rely on time. */
bool host_under_rr(void);
/* A debugger stops here; without one it does nothing. */
void debug_stop(void);

/* The kernel of this run, also where `vk` is not set. */
extern struct vkern *debug_kernel;
/* For a debugger to call in a thread that has stopped: text in memory of ours,
 * good until the next call.  The call that t is in, decoded; its guest's stack. */
const char *debug_call_text(struct thread *t);
const char *debug_guest_stack(struct thread *t);

#endif
