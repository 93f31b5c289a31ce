/*
 * futex_impl.h - what proc_futex.c gives to sys_futex.c.
 *
 * `private`: the caller says that the word is in memory of its own.  All
 * return a count, 0, or a negative errno.
 */
#ifndef VKERN_FUTEX_IMPL_H
#define VKERN_FUTEX_IMPL_H

#include "proc_impl.h"

struct futex_key {
	const void	*obj;
	uint64_t	off;
};

struct futex_want {
	uint64_t	addr;
	uint32_t	val;
	bool		private;
};

int futex_key_get(uint64_t addr, bool private, struct futex_key *k) must_check;
int futex_wait(uint64_t addr, bool private, uint32_t val, ktime_t deadline, uint32_t bitset) must_check;
int futex_wake(uint64_t addr, bool private, int n, uint32_t bitset) must_check;
int futex_requeue(uint64_t addr, uint64_t addr2, bool private, int nwake, int nmove,
    bool compare, uint32_t val) must_check;
int futex_wake_op(uint64_t addr, uint64_t addr2, bool private, int n, int n2, uint32_t encoded) must_check;
int futex_lock_pi(uint64_t addr, bool private, ktime_t deadline, bool try) must_check;
int futex_unlock_pi(uint64_t addr, bool private) must_check;
int futex_wait_many(const struct futex_want *want, int n, ktime_t deadline) must_check;

#endif
