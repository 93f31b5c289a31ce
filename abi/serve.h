/*
 * serve.h - what a carrier may answer by itself: struct vmserve, one for each
 * guest thread, in memory that the kernel and the thread's trampoline share.
 *
 * Everything in it is the guest's own to know, and what the guest writes there
 * it could also have had by asking: its signal mask.  So nothing is checked but
 * the mask's form.  Writers: the kernel between two runs of the thread, and
 * flags (only to clear bits) at any time; `mask` and `count` the trampoline.
 *
 * The signal mask: the trampoline changes it alone as long as all that the
 * kernel believes to be blocked (kmask) stays blocked.  Then a signal that the
 * kernel finds unblocked still calls the thread in, which is when the kernel
 * learns of the true mask; and unblocking what it knows as blocked is a call.
 *
 * The actions: those of the process, as long as SERVE_ACTIONS is set.  Setting
 * one to what it is already is no call, unless it is one that discards signals.
 * With SERVE_OWN nobody shares them, and a default action whose flags, mask or
 * restorer change stays a default action: that is noted (`changed`), and the
 * kernel takes it over when the thread comes in.
 */
#ifndef ABI_SERVE_H
#define ABI_SERVE_H

#include <stdint.h>

#define SERVE_IDS	1u
#define SERVE_MASK	2u
#define SERVE_ACTIONS	4u
#define SERVE_OWN	8u

#define SERVE_NSIG	64

/* As the kernel's struct sigaction, and k_sigaction of types.h. */
struct serve_action {
	uint64_t	handler, flags, restorer, mask;
};

struct vmserve {
	_Atomic uint32_t flags;		/* SERVE_*: which parts are true */
	uint32_t	pid, tid;
	uint32_t	uid, euid, gid, egid;
	uint32_t	count;		/* calls answered */
	uint64_t	kmask;
	uint64_t	mask;		/* bit n-1: signal n is blocked */
	uint64_t	changed;	/* bit n-1: act[n] is new to the kernel */
	struct serve_action act[SERVE_NSIG + 1];
};

/* Flags of an action that are kept (sigaction(2)); others read as not set. */
#define SERVE_SA_KNOWN	0xdc000807UL

#endif
