/*
 * window.c - memory that travels with a call: strings, structures and short
 * buffers that its arguments point to go along, and what it stores comes back,
 * so that the kernel need not reach over for them.
 *
 * Only what can be read here is taken along.  The rest the kernel looks for
 * itself, and finds the errors.
 */
#include <ucontext.h>

#include "abi/abi.h"
#include "trampoline.h"

#define GUEST_TOP	TRAMP_BASE
#define TAKE_STRING	0xffff
#define TAKE_BUFFER	0xfffe		/* as long as the next argument says */
#define BUFFER_MAX	2048

/* What to take for each argument: nothing, so many bytes, or TAKE_*. */
struct row {
	uint16_t	take[6];
};

#define ABI_K(k, n, ct, ts, tn, st, ln, o) \
	ABI_KIND_##k == ABI_KIND_INSTR ? TAKE_STRING : \
	ABI_KIND_##k == ABI_KIND_INBUF ? TAKE_BUFFER : \
	ABI_KIND_##k == ABI_KIND_IN || ABI_KIND_##k == ABI_KIND_INOUT || \
	ABI_KIND_##k == ABI_KIND_SIGSET_IN ? (ts) : 0,
#include "abi/kinds.h"
#define SYSCALL(name, nr, family, state, ret, waits, ARGS, E) [nr] = { { ARGS } },
#define NOTE(name, text)
static const struct row rows[ABI_NR_LIMIT] = {
#include "abi/syscalls.def"
};
#undef SYSCALL
#undef NOTE
#include "abi/kinds.h"

static const uint8_t reg_of[6] = { REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9 };

/* Bytes that were put at dst; <= 0: none. */
static long
take(char *dst, uint64_t addr, uint32_t what, uint64_t next, size_t room)
{
	if (addr == 0 || addr >= GUEST_TOP)
		return 0;
	if (room > GUEST_TOP - addr)
		room = GUEST_TOP - addr;
	if (what == TAKE_STRING)
		return tramp_copystr(dst, (const char *)addr, room);
	if (what == TAKE_BUFFER) {
		if (next > BUFFER_MAX)
			return 0;
		what = (uint32_t)next;
	}
	if (what > room || tramp_copy(dst, (const void *)addr, what) != 0)
		return 0;
	return (long)what;
}

void
tramp_window_in(struct slot *s, const long long *g)
{
	uint64_t nr = (uint64_t)g[REG_RAX] & 0xffffffff;
	uint32_t used = 0, n = 0, what;
	const struct row *r;
	long len;
	int i;

	if (nr >= ABI_NR_LIMIT)
		return;
	r = &rows[nr];
	for (i = 0; i < 6 && n < WIRE_PIECES; i++) {
		what = r->take[i];
		if (what == 0)
			continue;
		len = take((char *)s + SLOT_IN + used, (uint64_t)g[reg_of[i]], what,
		    i < 5 ? (uint64_t)g[reg_of[i + 1]] : 0, SLOT_WINDOW - used);
		if (len <= 0)
			continue;
		s->in[n].addr = (uint64_t)g[reg_of[i]];
		s->in[n].len = (uint32_t)len;
		s->in[n++].off = used;
		used += ((uint32_t)len + 7) & ~7u;
		if (used >= SLOT_WINDOW)
			break;
	}
	s->nin = n;
}

long
tramp_window_out(struct slot *s)
{
	uint32_t i, n = s->nout;

	s->nout = 0;
	for (i = 0; i < n && i < WIRE_PIECES; i++)
		if (tramp_copy((void *)s->out[i].addr, (char *)s + SLOT_OUT + s->out[i].off,
		    s->out[i].len) != 0)
			return -1;
	return 0;
}
