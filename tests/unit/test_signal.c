/*
 * test_signal.c - signals: queues, masks, handlers and their frames, restarts,
 * stops.
 */
#include "unit.h"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "vksup/proc.h"

#define RT		34

/* Signals seen by handlers, in order. */
static int seen[64], seen_value[64], nseen;

static void
note(struct guest *g, int sig, const siginfo_t *si)
{
	(void)g;
	ck_assert_int_lt(nseen, (int)nitems(seen));
	seen_value[nseen] = si->si_value.sival_int;
	seen[nseen++] = sig;
}

static struct guest *
boot(void)
{
	nseen = 0;
	return fake_boot();
}

static void
block(struct guest *g, int how, uint64_t set)
{
	expect(guest_call(g, SYS_rt_sigprocmask, how, guest_buf(g, &set, 8), 0, 8), 0);
}

static uint64_t
mask_of(struct guest *g)
{
	uint64_t at = guest_alloc(g, 8), set;

	expect(guest_call(g, SYS_rt_sigprocmask, 0, 0, at, 8), 0);
	guest_get(g, at, &set, 8);
	return set;
}

static long
queue(struct guest *g, int pid, int sig, int value)
{
	siginfo_t si;

	memset(&si, 0, sizeof(si));
	si.si_signo = sig;
	si.si_code = SI_QUEUE;
	si.si_value.sival_int = value;
	return guest_call(g, SYS_rt_sigqueueinfo, pid, sig, guest_buf(g, &si, sizeof(si)));
}

static void
expect_seen(int n, const int *sigs)
{
	int i;

	ck_assert_int_eq(nseen, n);
	for (i = 0; i < n; i++)
		ck_assert_msg(seen[i] == sigs[i], "signal %d: %d, not %d", i, seen[i], sigs[i]);
}

START_TEST(handler_runs)
{
	struct guest *g = boot();

	expect(guest_sigaction(g, SIGUSR1, note, SA_SIGINFO, 0), 0);
	expect(guest_call(g, SYS_kill, 2, SIGUSR1), 0);
	expect_seen(1, (const int[]){ SIGUSR1 });
	/* Blocked while it runs, and not any more. */
	ck_assert_uint_eq(mask_of(g), 0);
}
END_TEST

/* Lowest number first, the thread's own before the process's. */
START_TEST(order)
{
	struct guest *g = boot();
	static const int sigs[] = { SIGUSR2, RT + 1, SIGUSR1, RT, SIGTERM };
	size_t i;

	for (i = 0; i < nitems(sigs); i++)
		expect(guest_sigaction(g, sigs[i], note, 0, ~0UL), 0);
	block(g, SIG_BLOCK, ~0UL);
	for (i = 0; i < nitems(sigs); i++)
		expect(guest_call(g, SYS_kill, 2, sigs[i]), 0);
	ck_assert_int_eq(nseen, 0);
	block(g, SIG_SETMASK, 0);
	/* Frames are stacked as they are taken: the last one taken runs first,
	 * unless each blocks the others, as here. */
	expect_seen(5, (const int[]){ SIGUSR1, SIGUSR2, SIGTERM, RT, RT + 1 });
}
END_TEST

START_TEST(coalescing)
{
	struct guest *g = boot();
	int i;

	expect(guest_sigaction(g, SIGUSR1, note, SA_SIGINFO, ~0UL), 0);
	expect(guest_sigaction(g, RT, note, SA_SIGINFO, ~0UL), 0);
	block(g, SIG_BLOCK, ~0UL);
	for (i = 1; i <= 3; i++) {
		expect(queue(g, 2, SIGUSR1, i), 0);
		expect(queue(g, 2, RT, i), 0);
	}
	block(g, SIG_SETMASK, 0);
	expect_seen(4, (const int[]){ SIGUSR1, RT, RT, RT });
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(seen_value[1 + i], 1 + i);
	ck_assert_int_eq(seen_value[0], 1);
}
END_TEST

START_TEST(queue_limit)
{
	struct guest *g = boot();
	uint64_t lim[2] = { 3, 1000 };
	int i;

	expect(guest_call(g, SYS_prlimit64, 0, RLIMIT_SIGPENDING, guest_buf(g, lim, 16), 0), 0);
	block(g, SIG_BLOCK, ~0UL);
	for (i = 0; i < 3; i++)
		expect(queue(g, 2, RT, i), 0);
	expect(queue(g, 2, RT, 3), -EAGAIN);
	/* kill() always gets through. */
	expect(guest_call(g, SYS_kill, 2, RT + 1), 0);
	expect(guest_call(g, SYS_kill, 2, SIGUSR1), 0);
}
END_TEST

START_TEST(pending_and_mask)
{
	struct guest *g = boot();
	uint64_t at = guest_alloc(g, 8), set;

	block(g, SIG_BLOCK, ~0UL);
	ck_assert_uint_eq(mask_of(g), ~SIG_UNBLOCKABLE);
	block(g, SIG_UNBLOCK, SIGBIT(SIGHUP));
	ck_assert_uint_eq(mask_of(g), ~(SIG_UNBLOCKABLE | SIGBIT(SIGHUP)));
	expect(guest_call(g, SYS_kill, 2, SIGUSR1), 0);
	expect(guest_call(g, SYS_tkill, 2, SIGUSR2), 0);
	expect(guest_call(g, SYS_rt_sigpending, at, 8), 0);
	guest_get(g, at, &set, 8);
	ck_assert_uint_eq(set, SIGBIT(SIGUSR1) | SIGBIT(SIGUSR2));
	/* Made ignored: forgotten. */
	expect(guest_signal(g, SIGUSR1, 1), 0);
	expect(guest_call(g, SYS_rt_sigpending, at, 8), 0);
	guest_get(g, at, &set, 8);
	ck_assert_uint_eq(set, SIGBIT(SIGUSR2));
	expect(guest_call(g, SYS_rt_sigprocmask, 7, at, 0, 8), -EINVAL);
	expect(guest_call(g, SYS_rt_sigprocmask, 0, at, 0, 4), -EINVAL);
	expect(guest_call(g, SYS_rt_sigprocmask, 0, 16, 0, 8), -EFAULT);
	expect(guest_signal(g, SIGKILL, 1), -EINVAL);
	expect(guest_signal(g, 65, 1), -EINVAL);
}
END_TEST

START_TEST(ignored)
{
	static const int by_default[] = { SIGCHLD, SIGCONT, SIGURG, SIGWINCH };
	struct guest *g = boot();
	size_t i;

	for (i = 0; i < nitems(by_default); i++)
		expect(guest_call(g, SYS_kill, 2, by_default[i]), 0);
	expect(guest_signal(g, SIGTERM, 1), 0);
	expect(guest_call(g, SYS_kill, 2, SIGTERM), 0);
	expect(guest_call(g, SYS_getpid), 2);
}
END_TEST

/* --- frames --- */

static uint8_t xs_before[836], xs_after[836];

START_TEST(frame_roundtrip)
{
	struct guest *g = boot();
	struct vregs before, *r;
	uint64_t pretcode;
	const void *xs;
	size_t len, i;

	expect(guest_sigaction(g, SIGUSR1, NULL, SA_SIGINFO, SIGBIT(SIGTERM)), 0);
	xs = guest_xstate(g, &len);
	memcpy(xs_before, xs, len);
	for (i = 160; i < 416; i++)		/* xmm registers */
		xs_before[i] = (uint8_t)i;
	for (i = 576; i < 832; i++)		/* upper halves of ymm */
		xs_before[i] = (uint8_t)(i * 3);
	memset(xs_before + 512, 0, 64);
	xs_before[512] = 7;
	guest_set_xstate(g, xs_before, len);
	r = guest_regs(g);
	r->rbx = 0x1111;
	r->r15 = 0xffff0000ffff;
	r->eflags = 0x246 | 0x400;
	before = *r;
	expect(guest_call(g, SYS_kill, 2, SIGUSR1), GUEST_HANDLER);
	r = guest_regs(g);
	ck_assert_uint_eq(r->rip, GUEST_HANDLER_IP(SIGUSR1));
	ck_assert_uint_eq(r->rdi, SIGUSR1);
	ck_assert_uint_eq(r->rsp % 16, 8);
	ck_assert_uint_lt(r->rsp, before.rsp - 128 - 836);
	ck_assert_uint_eq(r->eflags & 0x400, 0);
	guest_get(g, r->rsp, &pretcode, 8);
	ck_assert_uint_eq(pretcode, GUEST_RESTORER);
	ck_assert_uint_eq(mask_of(g), SIGBIT(SIGUSR1) | SIGBIT(SIGTERM));
	/* The handler spoils everything. */
	r = guest_regs(g);
	r->rbx = r->r15 = 0;
	xs = guest_xstate(g, &len);
	ck_assert_int_eq(((const uint8_t *)xs)[200], 0);
	memcpy(xs_after, xs, len);
	memset(xs_after + 160, 0xee, 256);
	guest_set_xstate(g, xs_after, len);
	expect(guest_sigreturn(g), 0);
	r = guest_regs(g);
	ck_assert_uint_eq(r->rbx, before.rbx);
	ck_assert_uint_eq(r->r15, before.r15);
	ck_assert_uint_eq(r->rsp, before.rsp);
	ck_assert_uint_eq(r->rip, GUEST_AFTER_IP);
	ck_assert_uint_eq(r->eflags & 0x400, 0x400);
	xs = guest_xstate(g, &len);
	ck_assert_mem_eq((const uint8_t *)xs + 160, xs_before + 160, 256);
	ck_assert_mem_eq((const uint8_t *)xs + 576, xs_before + 576, 256);
	ck_assert_uint_eq(mask_of(g), 0);
}
END_TEST

/* What a handler writes into its frame takes effect. */
START_TEST(frame_changed)
{
	struct guest *g = boot();
	uint64_t uc, v;

	expect(guest_sigaction(g, SIGUSR1, NULL, SA_SIGINFO, 0), 0);
	expect(guest_call(g, SYS_kill, 2, SIGUSR1), GUEST_HANDLER);
	uc = guest_regs(g)->rdx;
	v = 0x1234;
	guest_put(g, uc + 40 + 8 * 13, &v, 8);		/* gregs[REG_RAX] */
	v = SIGBIT(SIGUSR2) | SIGBIT(SIGKILL);
	guest_put(g, uc + 40 + 256, &v, 8);		/* uc_sigmask */
	expect(guest_sigreturn(g), 0x1234);
	ck_assert_uint_eq(mask_of(g), SIGBIT(SIGUSR2));
}
END_TEST

START_TEST(frame_bad)
{
	struct guest *g = boot(), *c;
	int pid, st;
	uint64_t at = guest_alloc(g, 4);

	/* No stack for the frame, then a frame that is not there. */
	c = guest_fork(g, &pid);
	expect(guest_sigaction(c, SIGUSR1, NULL, 0, 0), 0);
	guest_regs(c)->rsp = 0x1000;
	expect(guest_call(c, SYS_kill, pid, SIGUSR1), GUEST_GONE);
	expect(guest_call(g, SYS_wait4, pid, at, 0, 0), pid);
	st = (int)guest_u32(g, at);
	ck_assert_int_eq(st & 0x7f, SIGSEGV);
	c = guest_fork(g, &pid);
	guest_regs(c)->rsp = 0x1000;
	expect(guest_call(c, SYS_rt_sigreturn), GUEST_GONE);
	expect(guest_call(g, SYS_wait4, pid, at, 0, 0), pid);
	ck_assert_int_eq((int)guest_u32(g, at) & 0x7f, SIGSEGV);
}
END_TEST

START_TEST(altstack)
{
	struct guest *g = boot();
	uint64_t stack = guest_alloc(g, 16384), at = guest_alloc(g, 24);
	stack_t ss = { .ss_sp = (void *)stack, .ss_size = 16384 }, got;

	expect(guest_call(g, SYS_sigaltstack, guest_buf(g, &ss, sizeof(ss)), 0), 0);
	expect(guest_sigaction(g, SIGUSR1, NULL, SA_ONSTACK, 0), 0);
	expect(guest_sigaction(g, SIGUSR2, NULL, 0, 0), 0);
	expect(guest_call(g, SYS_kill, 2, SIGUSR2), GUEST_HANDLER);
	ck_assert(guest_regs(g)->rsp - stack > 16384);
	guest_sigreturn(g);
	expect(guest_call(g, SYS_kill, 2, SIGUSR1), GUEST_HANDLER);
	ck_assert(guest_regs(g)->rsp - stack < 16384);
	expect(guest_call(g, SYS_sigaltstack, 0, at), 0);
	guest_get(g, at, &got, sizeof(got));
	ck_assert_int_eq(got.ss_flags, SS_ONSTACK);
	expect(guest_call(g, SYS_sigaltstack, guest_buf(g, &ss, sizeof(ss)), 0), -EPERM);
	guest_sigreturn(g);
	ss.ss_size = 100;
	expect(guest_call(g, SYS_sigaltstack, guest_buf(g, &ss, sizeof(ss)), 0), -ENOMEM);
	ss.ss_flags = 64;
	expect(guest_call(g, SYS_sigaltstack, guest_buf(g, &ss, sizeof(ss)), 0), -EINVAL);
	ss.ss_flags = SS_DISABLE;
	expect(guest_call(g, SYS_sigaltstack, guest_buf(g, &ss, sizeof(ss)), 0), 0);
	expect(guest_call(g, SYS_kill, 2, SIGUSR1), GUEST_HANDLER);
	ck_assert(guest_regs(g)->rsp - stack > 16384);
}
END_TEST

START_TEST(flags_of_handlers)
{
	struct guest *g = boot();

	expect(guest_sigaction(g, SIGUSR1, NULL, SA_NODEFER, 0), 0);
	expect(guest_call(g, SYS_kill, 2, SIGUSR1), GUEST_HANDLER);
	ck_assert_uint_eq(mask_of(g), 0);
	guest_sigreturn(g);
	expect(guest_sigaction(g, SIGUSR1, NULL, SA_RESETHAND, 0), 0);
	expect(guest_call(g, SYS_kill, 2, SIGUSR1), GUEST_HANDLER);
	guest_sigreturn(g);
	expect(guest_call(g, SYS_kill, 2, SIGUSR1), GUEST_GONE);
	ck_assert_int_eq(fake_exit_status(), SIGUSR1);
}
END_TEST

START_TEST(faults)
{
	struct guest *g = boot(), *c;
	uint64_t at = guest_alloc(g, 4), si_at;
	siginfo_t si;
	int pid;

	expect(guest_sigaction(g, SIGSEGV, NULL, SA_SIGINFO, 0), 0);
	expect(guest_fault(g, SIGSEGV, SEGV_MAPERR, 0x1234), GUEST_HANDLER);
	si_at = guest_regs(g)->rsi;
	guest_get(g, si_at, &si, sizeof(si));
	ck_assert_int_eq(si.si_code, SEGV_MAPERR);
	ck_assert_ptr_eq(si.si_addr, (void *)0x1234);
	guest_sigreturn(g);
	/* Blocked or ignored: it kills all the same. */
	c = guest_fork(g, &pid);
	block(c, SIG_BLOCK, SIGBIT(SIGSEGV));
	expect(guest_fault(c, SIGSEGV, SEGV_ACCERR, 0), GUEST_GONE);
	expect(guest_call(g, SYS_wait4, pid, at, 0, 0), pid);
	ck_assert_int_eq((int)guest_u32(g, at), SIGSEGV);
	c = guest_fork(g, &pid);
	expect(guest_signal(c, SIGFPE, 1), 0);
	expect(guest_fault(c, SIGFPE, FPE_INTDIV, 0), GUEST_GONE);
	expect(guest_call(g, SYS_wait4, pid, at, 0, 0), pid);
	ck_assert_int_eq((int)guest_u32(g, at), SIGFPE);
}
END_TEST

/* --- interrupted calls --- */

/* A call that sleeps; another process sends sig; what comes of the call. */
static long
interrupted(struct guest *g, struct guest *by, int sig)
{
	ck_assert(guest_waits(g));
	expect(guest_call(by, SYS_kill, 2, sig), 0);
	fake_settle();
	return guest_waits(g) ? 1 : guest_result(g);
}

START_TEST(restarts)
{
	struct guest *g = boot(), *c = guest_fork(g, NULL);
	uint64_t fds = guest_alloc(g, 8), buf = guest_alloc(g, 8), ts = guest_alloc(g, 16);
	uint64_t one[2] = { 1, 0 };

	expect(guest_call(g, SYS_pipe2, fds, 0), 0);
	expect(guest_sigaction(g, SIGUSR1, note, 0, 0), 0);
	expect(guest_sigaction(g, SIGUSR2, note, SA_RESTART, 0), 0);
	/* ERESTARTSYS: read, wait4, futex. */
	guest_post(g, SYS_read, guest_u32(g, fds), buf, 1);
	expect(interrupted(g, c, SIGUSR2), 1);
	expect(interrupted(g, c, SIGUSR1), -EINTR);
	guest_post(g, SYS_wait4, -1, 0, 0, 0);
	expect(interrupted(g, c, SIGUSR2), 1);
	expect(interrupted(g, c, SIGUSR1), -EINTR);
	guest_post(g, SYS_futex, buf, FUTEX_WAIT, 0, 0);
	expect(interrupted(g, c, SIGUSR2), 1);
	expect(interrupted(g, c, SIGUSR1), -EINTR);
	/* ERESTARTNOHAND: never after a handler. */
	guest_post(g, SYS_pause);
	expect(interrupted(g, c, SIGUSR2), -EINTR);
	/* With its deadline: EINTR after a handler. */
	guest_put(g, ts, one, 16);
	guest_post(g, SYS_nanosleep, ts, 0);
	expect(interrupted(g, c, SIGUSR2), -EINTR);
	ck_assert_int_eq(nseen, 8);
}
END_TEST

/* No handler: calls go on by themselves, sleeps until their old deadline. */
START_TEST(restarts_without_handler)
{
	struct guest *g = boot(), *c = guest_fork(g, NULL);
	uint64_t one[2] = { 1, 0 };

	guest_post(g, SYS_nanosleep, guest_buf(g, one, 16), 0);
	ck_assert(guest_waits(g));
	fake_clock_advance(NSEC_PER_SEC / 2);
	expect(guest_call(c, SYS_kill, 2, SIGSTOP), 0);
	fake_settle();
	expect(guest_call(c, SYS_kill, 2, SIGCONT), 0);
	ck_assert(guest_waits(g));
	fake_clock_advance(NSEC_PER_SEC / 2 - 1);
	ck_assert(guest_waits(g));
	fake_clock_advance(1);
	ck_assert(!guest_waits(g));
	expect(guest_result(g), 0);
}
END_TEST

START_TEST(suspend)
{
	struct guest *g = boot(), *c = guest_fork(g, NULL);
	uint64_t set = ~SIGBIT(SIGUSR1);

	expect(guest_sigaction(g, SIGUSR1, note, 0, 0), 0);
	expect(guest_sigaction(g, SIGUSR2, note, 0, 0), 0);
	block(g, SIG_BLOCK, SIGBIT(SIGUSR1));
	guest_post(g, SYS_rt_sigsuspend, guest_buf(g, &set, 8), 8);
	expect(interrupted(g, c, SIGUSR2), 1);
	expect(interrupted(g, c, SIGUSR1), -EINTR);
	expect_seen(2, (const int[]){ SIGUSR1, SIGUSR2 });
	ck_assert_uint_eq(mask_of(g), SIGBIT(SIGUSR1));
}
END_TEST

START_TEST(timedwait)
{
	struct guest *g = boot(), *c = guest_fork(g, NULL);
	uint64_t set = SIGBIT(SIGUSR1) | SIGBIT(RT), s = guest_buf(g, &set, 8), si = guest_alloc(g, 128);
	uint64_t one[2] = { 1, 0 }, none[2] = { 0, 0 };

	block(g, SIG_BLOCK, set);
	expect(guest_call(g, SYS_rt_sigtimedwait, s, si, guest_buf(g, none, 16), 8), -EAGAIN);
	expect(queue(g, 2, RT, 5), 0);
	expect(guest_call(g, SYS_rt_sigtimedwait, s, si, 0, 8), RT);
	ck_assert_uint_eq(guest_u32(g, si), RT);
	ck_assert_uint_eq(guest_u32(g, si + 24), 5);
	guest_post(g, SYS_rt_sigtimedwait, s, 0, 0, 8);
	expect(interrupted(g, c, SIGUSR1), SIGUSR1);
	guest_post(g, SYS_rt_sigtimedwait, s, 0, guest_buf(g, one, 16), 8);
	ck_assert(guest_waits(g));
	fake_clock_advance(NSEC_PER_SEC);
	expect(guest_result(g), -EAGAIN);
	/* Another signal's handler ends it. */
	expect(guest_sigaction(g, SIGUSR2, note, SA_RESTART, 0), 0);
	guest_post(g, SYS_rt_sigtimedwait, s, 0, 0, 8);
	expect(interrupted(g, c, SIGUSR2), -EINTR);
}
END_TEST

START_TEST(signal_file)
{
	struct guest *g = boot(), *c = guest_fork(g, NULL);
	uint64_t set = SIGBIT(SIGUSR1) | SIGBIT(RT), buf = guest_alloc(g, 512);
	struct signalfd_siginfo si;
	int fd;

	fd = (int)must(guest_call(g, SYS_signalfd4, -1, guest_buf(g, &set, 8), 8, SFD_NONBLOCK));
	block(g, SIG_BLOCK, set);
	expect(guest_call(g, SYS_read, fd, buf, 512), -EAGAIN);
	expect(queue(g, 2, RT, 7), 0);
	expect(guest_call(g, SYS_kill, 2, SIGUSR1), 0);
	expect(guest_call(g, SYS_read, fd, buf, 127), -EINVAL);
	expect(guest_call(g, SYS_read, fd, buf, 512), 256);
	guest_get(g, buf, &si, sizeof(si));
	ck_assert_uint_eq(si.ssi_signo, SIGUSR1);
	ck_assert_uint_eq(si.ssi_pid, 2);
	guest_get(g, buf + 128, &si, sizeof(si));
	ck_assert_uint_eq(si.ssi_signo, RT);
	ck_assert_int_eq(si.ssi_int, 7);
	expect(guest_call(g, SYS_fcntl, fd, F_SETFL, 0), 0);
	guest_post(g, SYS_read, fd, buf, 512);
	expect(interrupted(g, c, SIGUSR1), 128);
}
END_TEST

/* --- threads --- */

START_TEST(any_thread_takes_it)
{
	struct guest *g = boot(), *t;
	int tid;

	expect(guest_sigaction(g, SIGUSR1, note, 0, 0), 0);
	t = guest_thread(g, 0, &tid);
	block(g, SIG_BLOCK, SIGBIT(SIGUSR1));
	guest_post(t, SYS_pause);
	ck_assert(guest_waits(t));
	expect(guest_call(g, SYS_kill, 2, SIGUSR1), 0);
	expect(guest_result(t), -EINTR);
	ck_assert_int_eq(nseen, 1);
	/* To one thread it stays there. */
	guest_post(t, SYS_pause);
	ck_assert(guest_waits(t));
	expect(guest_call(g, SYS_tgkill, 2, 2, SIGUSR1), 0);
	ck_assert(guest_waits(t));
	expect(guest_call(g, SYS_tgkill, 2, tid, SIGUSR1), 0);
	expect(guest_result(t), -EINTR);
	expect(guest_call(g, SYS_tgkill, 3, tid, SIGUSR1), -ESRCH);
	expect(guest_call(g, SYS_tgkill, 0, tid, SIGUSR1), -EINVAL);
	ck_assert_int_eq(nseen, 2);
}
END_TEST

/* A running guest is kicked out of its code. */
START_TEST(kick)
{
	struct guest *g = boot(), *c;
	int pid;

	c = guest_fork(g, &pid);
	expect(guest_sigaction(c, SIGUSR1, note, 0, 0), 0);
	guest_regs(c)->rip = GUEST_CODE + 0x123;
	expect(guest_call(g, SYS_kill, pid, SIGUSR1), 0);
	fake_settle();
	guest_result(c);
	ck_assert_int_eq(nseen, 1);
	ck_assert_uint_eq(guest_regs(c)->rip, GUEST_CODE + 0x123);
}
END_TEST

START_TEST(permission)
{
	struct guest *g = boot(), *c;
	int pid;

	c = guest_fork(g, &pid);
	expect(guest_call(c, SYS_setuid, 1000), 0);
	expect(guest_call(c, SYS_kill, 2, SIGTERM), -EPERM);
	expect(guest_call(c, SYS_kill, 2, SIGCONT), 0);	/* the same session */
	expect(guest_call(c, SYS_kill, 999, 0), -ESRCH);
	expect(guest_call(c, SYS_kill, pid, 0), 0);
	expect(guest_call(g, SYS_kill, pid, 0), 0);
	expect(guest_call(g, SYS_kill, pid, 65), -EINVAL);
	expect(guest_call(c, SYS_rt_sigqueueinfo, 2, RT, guest_alloc(c, 128)), -EPERM);
}
END_TEST

/* --- stops --- */

static long
wait_change(struct guest *g, int pid, int options, int *st)
{
	uint64_t at = guest_alloc(g, 4);
	long r;

	fake_settle();
	r = guest_call(g, SYS_wait4, pid, at, options | WNOHANG, 0);
	*st = (int)guest_u32(g, at);
	return r;
}

START_TEST(stop_and_continue)
{
	struct guest *g = boot(), *c;
	int pid, st;

	c = guest_fork(g, &pid);
	expect(guest_call(g, SYS_kill, pid, SIGSTOP), 0);
	expect(wait_change(g, pid, WUNTRACED, &st), pid);
	ck_assert_int_eq(st, SIGSTOP << 8 | 0x7f);
	expect(wait_change(g, pid, WUNTRACED, &st), 0);
	ck_assert(guest_waits(c));
	expect(guest_call(g, SYS_kill, pid, SIGCONT), 0);
	expect(wait_change(g, pid, WCONTINUED, &st), pid);
	ck_assert_int_eq(st, 0xffff);
	expect(guest_call(c, SYS_getpid), pid);
	/* Stopped, killed: no CONT is needed. */
	expect(guest_call(g, SYS_kill, pid, SIGSTOP), 0);
	fake_settle();
	expect(guest_call(g, SYS_kill, pid, SIGTERM), 0);
	expect(wait_change(g, pid, 0, &st), 0);
	expect(guest_call(g, SYS_kill, pid, SIGKILL), 0);
	expect(wait_change(g, pid, 0, &st), pid);
	ck_assert_int_eq(st, SIGKILL);
}
END_TEST

START_TEST(stop_all_threads)
{
	struct guest *g = boot(), *c, *t;
	int pid, st;

	c = guest_fork(g, &pid);
	t = guest_thread(c, 0, NULL);
	guest_post(t, SYS_pause);
	ck_assert(guest_waits(t));
	expect(guest_call(g, SYS_kill, pid, SIGSTOP), 0);
	expect(wait_change(g, pid, WUNTRACED, &st), pid);
	ck_assert(guest_waits(c));
	ck_assert(guest_waits(t));
	expect(guest_call(g, SYS_kill, pid, SIGCONT), 0);
	ck_assert(guest_waits(t));
	ck_assert(!guest_waits(c));
	expect(guest_call(c, SYS_exit_group, 0), GUEST_GONE);
	ck_assert(guest_gone(t));
}
END_TEST

/* Stop signals and SIGCONT discard each other. */
START_TEST(stop_discards)
{
	struct guest *g = boot();
	uint64_t at = guest_alloc(g, 8), set;

	block(g, SIG_BLOCK, SIGBIT(SIGTSTP) | SIGBIT(SIGCONT));
	expect(guest_call(g, SYS_kill, 2, SIGTSTP), 0);
	expect(guest_call(g, SYS_kill, 2, SIGCONT), 0);
	expect(guest_call(g, SYS_rt_sigpending, at, 8), 0);
	guest_get(g, at, &set, 8);
	ck_assert_uint_eq(set, SIGBIT(SIGCONT));
	expect(guest_call(g, SYS_kill, 2, SIGTSTP), 0);
	expect(guest_call(g, SYS_rt_sigpending, at, 8), 0);
	guest_get(g, at, &set, 8);
	ck_assert_uint_eq(set, SIGBIT(SIGTSTP));
}
END_TEST

/* In an orphaned group the terminal's stops do nothing. */
START_TEST(orphaned_group)
{
	struct guest *g = boot(), *c, *gc;
	int pid, gpid, st;

	expect(guest_call(g, SYS_kill, 2, SIGTSTP), 0);
	expect(guest_call(g, SYS_getpid), 2);
	/* A stopped group that becomes one gets HUP and CONT. */
	c = guest_fork(g, &pid);
	gc = guest_fork(c, &gpid);
	expect(guest_call(gc, SYS_setpgid, 0, 0), 0);
	expect(guest_sigaction(gc, SIGHUP, note, 0, ~0UL), 0);
	expect(guest_sigaction(gc, SIGCONT, note, 0, ~0UL), 0);
	expect(guest_call(c, SYS_kill, gpid, SIGTSTP), 0);
	expect(wait_change(c, gpid, WUNTRACED, &st), gpid);
	guest_call(c, SYS_exit_group, 0);
	fake_settle();
	guest_result(gc);
	expect_seen(2, (const int[]){ SIGHUP, SIGCONT });
}
END_TEST

START_TEST(process_groups)
{
	struct guest *g = boot(), *a, *b;
	int pa, pb;

	a = guest_fork(g, &pa);
	expect(guest_sigaction(a, SIGUSR1, note, 0, 0), 0);
	expect(guest_call(a, SYS_setpgid, 0, 0), 0);
	b = guest_fork(a, &pb);
	expect(guest_call(g, SYS_kill, -pa, SIGUSR1), 0);
	fake_settle();
	guest_result(a);
	guest_result(b);
	ck_assert_int_eq(nseen, 2);
	expect(guest_call(g, SYS_kill, -999, SIGUSR1), -ESRCH);
	/* -1: everybody but init and the sender. */
	expect(guest_call(g, SYS_kill, -1, SIGUSR1), 0);
	fake_settle();
	guest_result(a);
	guest_result(b);
	ck_assert_int_eq(nseen, 4);
}
END_TEST

UNIT_MAIN("signal", handler_runs, order, coalescing, queue_limit, pending_and_mask, ignored,
    frame_roundtrip, frame_changed, frame_bad, altstack, flags_of_handlers, faults, restarts,
    restarts_without_handler, suspend, timedwait, signal_file, any_thread_takes_it, kick, permission,
    stop_and_continue, stop_all_threads, stop_discards, orphaned_group, process_groups)
