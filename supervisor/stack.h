/*
 * stack.h - stacks of the kernel and of guests, with names.
 *
 * Nothing here allocates or takes a kernel lock, so that it works when the
 * kernel is broken: in a crash report, in a debugger.  libunwind, which finds
 * the frames, keeps caches of its own and maps the files it looks at.
 */
#ifndef SUPERVISOR_STACK_H
#define SUPERVISOR_STACK_H

#include <ucontext.h>

#include "vksup/base.h"

struct thread;
struct vm_map;
struct vregs;

#define STACK_MAX	40

struct frame {
	uint64_t	pc;
	uint64_t	off;		/* into name */
	char		name[80];	/* of the function, or "" */
	char		object[80];	/* the file it is in, without directories, or "" */
};

struct stack {
	int		n;
	bool		cut;		/* there is more */
	struct frame	f[STACK_MAX];
};

/* The caller's own stack, or that of the code that a signal with context uc
 * interrupted.  Also in a signal handler. */
void stack_kernel(struct stack *s, ucontext_t *uc);
/* A guest's stack, given its memory (may be NULL) and registers.  -EBUSY:
 * somebody else looks at one; -ESRCH: its carrier is gone. */
int stack_guest(struct stack *s, struct vm_map *vm, const struct vregs *r) must_check;
/* A line for each frame, begun by indent.  Length, as snprintf(3). */
size_t stack_text(char *buf, size_t len, const struct stack *s, const char *indent);
/* The call that t is in, as strace(1) would begin its line; or "".  */
size_t stack_call_text(char *buf, size_t len, const struct thread *t, struct vm_map *vm);

#endif
