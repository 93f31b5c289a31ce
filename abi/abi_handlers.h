/*
 * abi_handlers.h - the handlers as an array, for vkern/syscall.c alone.
 *
 * It is apart from abi.c so that tools can have the rows without a kernel to
 * link with.  abi_handlers[nr] is NULL where the answer is ENOSYS.  Each one
 * goes through a function of the right type instead of a cast: a call through
 * a pointer to another type is undefined, and the jump costs nothing.
 */
#ifndef VKSUP_ABI_HANDLERS_H
#define VKSUP_ABI_HANDLERS_H

#include "abi.h"

typedef long (*abi_handler_fn)(struct thread *t, void *args);

#define ABI_CALL_FULL(name) \
	static long \
	abi_call_##name(struct thread *t, void *args) \
	{ \
		return sys_##name(t, args); \
	}
#define ABI_CALL_PART(name)	ABI_CALL_FULL(name)
#define ABI_CALL_ENOSYS(name)
#define SYSCALL(name, nr, family, state, ret, waits, ARGS, E) \
	ABI_CALL_##state(name)
#define NOTE(name, text)
#include "syscalls.def"
#undef SYSCALL

#define ABI_SLOT_FULL(name)	abi_call_##name
#define ABI_SLOT_PART(name)	abi_call_##name
#define ABI_SLOT_ENOSYS(name)	NULL
static const abi_handler_fn abi_handlers[ABI_NR_LIMIT] = {
#define SYSCALL(name, nr, family, state, ret, waits, ARGS, E) \
	[nr] = ABI_SLOT_##state(name),
#include "syscalls.def"
#undef SYSCALL
#undef NOTE
};

#endif
