/*
 * inject.h - failures on demand: calls, what the kernel asks of its host, and
 * its own allocations.
 *
 * A rule is text, as --inject takes it:
 *
 *	CALL:ERRNO[@N[+]][%P][~SEED]	a system call of a guest, or * for all
 *	host:NAME:ERRNO...		a function of host.h or vmspace.h, or *
 *	alloc[@N...]			kalloc(); ENOMEM
 *
 * @N: only the N-th time; @N+: from then on.  %P: with a chance of P per cent
 * (decimals allowed), the dice being thrown from SEED, or 1.  A rule counts all
 * its occasions, of all guests.
 *
 * Rules hang on the kernel they are made for; vk->inject is NULL without any,
 * and host functions and kalloc() look at no more.
 */
#ifndef VKSUP_INJECT_H
#define VKSUP_INJECT_H

#include "vksup/vkern.h"

/* Functions of the host that can be made to fail. */
#define INJECT_HOST(X) \
	X(openat) X(dup) X(stat) X(readlink) X(pread) X(pwrite) X(seek) X(truncate) \
	X(fallocate) X(getdents) X(rewinddir) X(statfs) X(getxattr) X(listxattr) X(memfd) \
	X(reopen_ro) X(map) X(read_nb) X(write_nb) X(proc_text) X(thread) X(watch) \
	X(space) X(fork) X(clone) X(orders)
enum inject_host {
#define INJECT_ENUM(name)	INJECT_##name,
	INJECT_HOST(INJECT_ENUM)
#undef INJECT_ENUM
	INJECT_HOST_COUNT
};

/* A new rule, which holds at once.  0; or -errno, and in `why` what is wrong. */
int inject_add(struct vkern *k, const char *rule, char *why, size_t n) must_check;
/* Is it one?  The same without doing anything. */
int inject_check(const char *rule, char *why, size_t n) must_check;
/* No rule holds any more. */
void inject_clear(struct vkern *k);
/* How often the i-th rule had an occasion and how often it failed it; its text,
 * or NULL: there are no more. */
const char *inject_at(struct vkern *k, unsigned i, uint64_t *seen, uint64_t *done);
void inject_free(struct vkern *k);

bool inject_alloc_slow(void);

/* At the beginning of a host function that may fail.  Asked through a pointer
 * (vksup/host.h), because the host's side is used without a kernel too. */
#define HOST_FAULT(name) do {						\
	if (unlikely(host_fault != NULL)) {				\
		int fault_ = host_fault(INJECT_##name);			\
		if (fault_ != 0)					\
			return fault_;					\
	}								\
} while (0)

static inline bool
inject_alloc(void)
{
	return unlikely(vk != NULL && vk->inject != NULL) && inject_alloc_slow();
}

#endif
