/*
 * trampoline.h - freestanding code that runs inside carriers.
 *
 * It has no data of its own, trusts nothing to stay as it left it, and is
 * trusted by nobody: the host is safe because of the filter, and the kernel
 * because it checks what it reads from the slot.
 */
#ifndef TRAMPOLINE_H
#define TRAMPOLINE_H

#include <stddef.h>
#include <stdint.h>

#include "abi/wire.h"

long tramp_syscall(long nr, long a, long b, long c, long d, long e, long f);
long tramp_fork(struct slot *s, int slotfd, int sockfd);
long tramp_thread(struct slot *child);
void tramp_exit(struct slot *s) __attribute__((noreturn));
void tramp_die(void) __attribute__((noreturn));
void tramp_resume(struct slot *s) __attribute__((noreturn));
void tramp_restorer(void);
long tramp_atomic_op(long op, uint32_t *addr, uint32_t arg, uint32_t cmp, uint32_t *old);
/* Between the guest's memory and ours, either way. */
long tramp_copy(void *dst, const void *src, size_t n);
long tramp_copystr(char *dst, const char *src, size_t max);
extern const char tramp_guest_start[], tramp_guest_end[], tramp_guest_fault[];

/* sigsys.c */
void tramp_handler(int sig, void *si, void *uc);
void tramp_boot(struct slot *s) __attribute__((noreturn));
void tramp_start(struct slot *s) __attribute__((noreturn));
/* serve.c: answer the call in the registers g (a ucontext's); false: not here. */
int tramp_serve(struct slot *s, long long *g);
/* window.c: take along what the call's arguments point to. */
void tramp_window_in(struct slot *s, const long long *g);
/* Store the results.  0, or -EFAULT. */
long tramp_window_out(struct slot *s);
/* orders.c */
void tramp_orders(struct slot *s);
void tramp_command(struct slot *s);

#endif
