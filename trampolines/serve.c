/*
 * serve.c - calls that are answered without the kernel (abi/serve.h).
 *
 * Whatever is not plain here - a bad pointer, a strange size, a mask that
 * unblocks - is left to the kernel, which then does all of the call.
 */
#include <asm/unistd.h>
#include <signal.h>
#include <ucontext.h>

#include "trampoline.h"

#define GUEST_TOP	TRAMP_BASE
#define MASK_ALWAYS	(1UL << (SIGKILL - 1) | 1UL << (SIGSTOP - 1))
/* Default actions that ignore: setting one discards what is pending. */
#define MASK_IGNORED	(1UL << (SIGCHLD - 1) | 1UL << (SIGCONT - 1) | 1UL << (SIGURG - 1) | \
			    1UL << (SIGWINCH - 1))

static struct vmserve *
serve_of(struct slot *s)
{
	return (struct vmserve *)((char *)s + SLOT_SERVE);
}

static int
guest_read(void *dst, uint64_t addr, size_t n)
{
	return addr < GUEST_TOP - n && tramp_copy(dst, (const void *)addr, n) == 0;
}

static int
guest_write(uint64_t addr, const void *src, size_t n)
{
	return addr < GUEST_TOP - n && tramp_copy((void *)addr, src, n) == 0;
}

static int
serve_sigprocmask(struct vmserve *v, const long long *g)
{
	uint64_t set, now = v->mask, next = now;

	if (g[REG_R10] != 8)
		return 0;
	if (g[REG_RSI] != 0) {
		if (!guest_read(&set, (uint64_t)g[REG_RSI], 8))
			return 0;
		set &= ~MASK_ALWAYS;
		switch ((int)g[REG_RDI]) {
		case SIG_BLOCK: next |= set; break;
		case SIG_UNBLOCK: next &= ~set; break;
		case SIG_SETMASK: next = set; break;
		default: return 0;
		}
		if ((v->kmask & ~next) != 0)
			return 0;
	}
	if (g[REG_RDX] != 0 && !guest_write((uint64_t)g[REG_RDX], &now, 8))
		return 0;
	v->mask = next;
	return 1;
}

/* May it be set here: has it no effect but to be read back? */
static int
action_settable(struct vmserve *v, const struct serve_action *now, const struct serve_action *act,
    uint64_t bit)
{
	int same = act->restorer == now->restorer && act->flags == now->flags && act->mask == now->mask;

	if (act->handler != now->handler || act->handler == (uint64_t)SIG_IGN)
		return 0;
	if (act->handler != (uint64_t)SIG_DFL)
		return same;
	return (bit & MASK_IGNORED) == 0 && (same || (v->flags & SERVE_OWN) != 0);
}

static int
serve_sigaction(struct vmserve *v, const long long *g)
{
	unsigned long sig = (unsigned long)(int)g[REG_RDI];
	struct serve_action act, now;
	uint64_t bit;

	if (sig < 1 || sig > SERVE_NSIG || g[REG_R10] != 8)
		return 0;
	bit = 1UL << (sig - 1);
	now = v->act[sig];
	if (g[REG_RSI] != 0) {
		if ((bit & MASK_ALWAYS) != 0 || !guest_read(&act, (uint64_t)g[REG_RSI], sizeof(act)))
			return 0;
		act.flags &= SERVE_SA_KNOWN;
		act.mask &= ~MASK_ALWAYS;
		if (!action_settable(v, &now, &act, bit))
			return 0;
	}
	/* Read before it was said to be stale? */
	if (!(v->flags & SERVE_ACTIONS))
		return 0;
	if (g[REG_RDX] != 0 && !guest_write((uint64_t)g[REG_RDX], &now, sizeof(now)))
		return 0;
	if (g[REG_RSI] != 0) {
		v->act[sig] = act;
		v->changed |= bit;
	}
	return 1;
}

static int
serve_call(struct vmserve *v, long long *g, long *ret)
{
	uint32_t flags = v->flags;

	switch (g[REG_RAX] & 0xffffffff) {
	case __NR_getpid: *ret = v->pid; return (flags & SERVE_IDS) != 0;
	case __NR_gettid: *ret = v->tid; return (flags & SERVE_IDS) != 0;
	case __NR_getuid: *ret = v->uid; return (flags & SERVE_IDS) != 0;
	case __NR_geteuid: *ret = v->euid; return (flags & SERVE_IDS) != 0;
	case __NR_getgid: *ret = v->gid; return (flags & SERVE_IDS) != 0;
	case __NR_getegid: *ret = v->egid; return (flags & SERVE_IDS) != 0;
	case __NR_rt_sigprocmask:
		*ret = 0;
		return (flags & SERVE_MASK) != 0 && serve_sigprocmask(v, g);
	case __NR_rt_sigaction:
		*ret = 0;
		return (flags & SERVE_ACTIONS) != 0 && serve_sigaction(v, g);
	default:
		return 0;
	}
}

int
tramp_serve(struct slot *s, long long *g)
{
	struct vmserve *v = serve_of(s);
	long ret;

	if (v->flags == 0 || !serve_call(v, g, &ret))
		return 0;
	v->count++;
	g[REG_RAX] = ret;
	return 1;
}
