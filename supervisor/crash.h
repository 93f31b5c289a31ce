/*
 * crash.h - what is said and done when the kernel itself fails.
 */
#ifndef SUPERVISOR_CRASH_H
#define SUPERVISOR_CRASH_H

#include "vksup/base.h"

/* Bytes of the stack of a thread of the kernel that faults in it are handled on. */
#define CRASH_STACK	(32 * 1024)
/* The calling thread's faults are handled on these CRASH_STACK bytes. */
void crash_thread(void *stack);
/*
 * The kernel cannot go on: reports on standard error and in a file, ends every
 * guest, restores the terminal, exits with 125.  In whatever state it is in.
 */
void crash(const char *why) no_return;

#endif
