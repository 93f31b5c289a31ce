/*
 * base.h - the few types and macros everything else is made of.
 *
 * Guest addresses, host descriptors and host pids are types of their own, so
 * that mixing one up with a pointer, a guest descriptor or a guest pid does
 * not compile.  Guest descriptors and guest pids are plain ints.
 *
 * Errors: a fallible function returns 0 (or a count) or a negative errno.
 */
#ifndef VKSUP_BASE_H
#define VKSUP_BASE_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define must_check	__attribute__((warn_unused_result))
#define printf_like(f, a) __attribute__((format(printf, f, a)))
#define no_return	__attribute__((noreturn))
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) \
	((type *)((char *)(p) - offsetof(type, member)))
#define min_of(a, b) ({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a < _b ? _a : _b; })
#define max_of(a, b) ({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a > _b ? _a : _b; })

/* A guest virtual address.  Only copyio.c and the vm_* files open it. */
typedef struct { uint64_t v; } gaddr_t;
/* A descriptor and a process of the host; -1 is none. */
typedef struct { int v; } hfd_t;
typedef struct { int v; } hpid_t;

static inline gaddr_t
ga(uint64_t v)
{
	return (gaddr_t){ v };
}

static inline gaddr_t
ga_add(gaddr_t a, uint64_t n)
{
	return (gaddr_t){ a.v + n };
}

static inline bool
ga_null(gaddr_t a)
{
	return a.v == 0;
}

#define HFD_NONE	((hfd_t){ -1 })

static inline bool
hfd_ok(hfd_t fd)
{
	return fd.v >= 0;
}

#define PAGE_SIZE	4096UL
#define PAGE_MASK	(PAGE_SIZE - 1)
#define page_down(x)	((x) & ~PAGE_MASK)
#define page_up(x)	(((x) + PAGE_MASK) & ~PAGE_MASK)

/* Nanoseconds of CLOCK_MONOTONIC; an absolute deadline.  NEVER: no limit. */
typedef int64_t ktime_t;
#define NEVER		INT64_MAX
#define NSEC_PER_SEC	1000000000LL

/*
 * Codes that live only between wait.c and the end of a system call, with the
 * numbers Linux gives them (include/linux/errno.h).  ERESTARTSYS: restart if
 * SA_RESTART or no handler; ERESTARTNOINTR: always restart; ERESTARTNOHAND:
 * restart only if no handler ran; ERESTART_RESTARTBLOCK: the call restarts
 * with its absolute deadline kept in the thread (nanosleep, poll, futex).
 */
#define ERESTARTSYS	512
#define ERESTARTNOINTR	513
#define ERESTARTNOHAND	514
#define ERESTART_RESTARTBLOCK 516

#endif
