/*
 * syscall.c - the loop of a kthread: run the guest, handle what it stopped for,
 * deliver signals, again.
 *
 * The order inside a call is the table's (abi_decode): flags, strings and
 * structures, then the handler, then results out.  At the end nothing is held.
 */
#include <linux/audit.h>
#include <setjmp.h>
#include <string.h>

#include "abi/abi.h"
#include "abi/abi_handlers.h"
#include "proc_impl.h"
#include "vksup/handlers.h"
#include "vksup/host.h"
#include "vksup/watch.h"

#define NR_RESTART	219
#define VSYSCALL_PAGE	0xffffffffff600000UL

static int
mem_copyin(void *ctx, void *dst, gaddr_t src, size_t n)
{
	(void)ctx;
	return copyin(dst, src, n);
}

static int
mem_copyout(void *ctx, gaddr_t dst, const void *src, size_t n)
{
	(void)ctx;
	return copyout(dst, src, n);
}

/*
 * Results are stored after the handler, when nothing is left to be undone: they
 * may as well travel back with the thread.  Not if somebody is to see them now.
 */
static int
mem_reply(void *ctx, gaddr_t dst, const void *src, size_t n)
{
	(void)ctx;
	if ((vk->cfg.slow & SLOW_WINDOW) == 0 && !watched_every_call() && !curthread->by_vsyscall &&
	    vmthread_reply(curthread->vt, dst, src, n))
		return 0;
	return copyout(dst, src, n);
}

static long
mem_copyinstr(void *ctx, char *dst, gaddr_t src, size_t max)
{
	(void)ctx;
	return copyinstr(dst, src, max);
}

const struct abi_mem guest_mem = { NULL, mem_copyin, mem_copyout, mem_copyinstr };
static const struct abi_mem reply_mem = { NULL, mem_copyin, mem_reply, mem_copyinstr };

static void
missing_call(const struct abi_row *row, unsigned nr)
{
	/* The last bit is for all numbers from there on. */
	unsigned bit = min_of(nr, (unsigned)sizeof(vk->enosys_seen) * 8 - 1);
	bool seen;

	if (!vk->cfg.verbose)
		return;
	mutex_lock(&vk->proc_lock);
	seen = (vk->enosys_seen[bit / 8] & 1 << bit % 8) != 0;
	vk->enosys_seen[bit / 8] |= (uint8_t)(1 << bit % 8);
	mutex_unlock(&vk->proc_lock);
	if (!seen && row != NULL)
		host_log("call %s is not there: %s", row->name, row->note != NULL ? row->note : "ENOSYS");
	else if (!seen)
		host_log("call number %u is not there", nr);
}

static inline long
call_handler(struct thread *t, const struct abi_row *row, void *args)
{
	const struct mod_hook *hook;

	if (likely(vk->handlers == NULL))
		return abi_handlers[row->nr](t, args);
	hook = handlers_hook(row->nr);
	return hook != NULL ? handlers_call(hook, t, row->nr, args) : handler_native(t, row->nr, args);
}

static long
call_row(struct thread *t, const struct abi_row *row)
{
	uint64_t args[ABI_ARGS_MAX / 8];
	long ret;
	int err;

	if (t->scratch == NULL) {
		t->scratch = kalloc(ABI_SCRATCH_SIZE);
		if (t->scratch == NULL)
			return -ENOMEM;
	}
	err = abi_decode(row, t->args, args, t->scratch, ABI_SCRATCH_SIZE, &guest_mem);
	if (err)
		return err;
	ret = call_handler(t, row, args);
	if (ret >= 0) {
		err = abi_copyout(row, t->args, args, &reply_mem);
		if (err)
			return err;
	}
	return ret;
}

/* A call that we do not have: a module may. */
static long
call_unknown(struct thread *t, const struct abi_row *row, unsigned nr)
{
	const struct mod_hook *hook = handlers_hook(nr);
	long ret = -ENOSYS;

	WATCH(call_enter, t, row);
	if (hook == NULL)
		missing_call(row, nr);
	else if (row != NULL)
		ret = call_row(t, row);
	else
		ret = handlers_call(hook, t, nr, NULL);
	WATCH(call_exit, t, row, ret);
	if (vk->watchers != NULL)
		refuse_tell(t, row, ret);
	return ret;
}

/* Any number, any arguments: a result or -errno (or a restart code). */
long
syscall_call(struct thread *t, unsigned nr)
{
	const struct abi_row *row = abi_row(nr);
	long ret;

	t->nr = (int)nr;
	if (row == NULL || row->state == ABI_STATE_ENOSYS || abi_handlers[nr] == NULL)
		return call_unknown(t, row, nr);
	WATCH(call_enter, t, row);
	ret = call_row(t, row);
	WATCH(call_exit, t, row, ret);
	if (vk->watchers != NULL)
		refuse_tell(t, row, ret);
	return ret;
}

/* restart_syscall: the interrupted call again, with the deadline it had. */
static unsigned
restart_prepare(struct thread *t, unsigned nr)
{
	t->restarting = false;
	if (nr != NR_RESTART)
		return nr;
	if (t->restart_nr < 0)
		return nr;
	memcpy(t->args, t->restart_args, sizeof(t->args));
	t->restarting = true;
	return (unsigned)t->restart_nr;
}

static void
event_syscall(struct thread *t, const struct vmevent *ev)
{
	struct vregs *r = &t->regs;
	uint32_t nr = (uint32_t)r->rax;	/* the upper half is ignored */
	long ret;

	t->orig_rax = r->rax;
	t->in_syscall = true;
	if (ev->arch != AUDIT_ARCH_X86_64) {
		r->rax = (uint64_t)-ENOSYS;
		return;
	}
	t->args[0] = r->rdi;
	t->args[1] = r->rsi;
	t->args[2] = r->rdx;
	t->args[3] = r->r10;
	t->args[4] = r->r8;
	t->args[5] = r->r9;
	if (unlikely((vk->cfg.slow & SLOW_WINDOW) != 0))
		vmthread_window_drop(t->vt);
	t->by_vsyscall = ev->addr >= VSYSCALL_PAGE;
	nr = restart_prepare(t, nr);
	ret = syscall_call(t, nr);
	if (ret == -ERESTART_RESTARTBLOCK) {
		t->restart_nr = (int)nr;
		memcpy(t->restart_args, t->args, sizeof(t->args));
	}
	t->regs.rax = (uint64_t)ret;
	/* A call through the vsyscall page faults instead (vsyscall_64.c). */
	if (t->by_vsyscall && ret == -EFAULT)
		signal_fault(t, SIGSEGV, SI_KERNEL, 0, 0, 0);
}

static void
event_handle(struct thread *t, const struct vmevent *ev)
{
	switch (ev->cause) {
	case VMC_SYSCALL:
		event_syscall(t, ev);
		break;
	case VMC_FAULT:
		WATCH(fault, t, ev);
		if (ev->signo == SIGSEGV && ev->code == SEGV_MAPERR && vm_grow_down(t, ev->addr))
			break;
		signal_fault(t, ev->signo, ev->code, ev->addr, (int)t->regs.trapno, t->regs.err);
		break;
	case VMC_KICK:
		break;
	case VMC_DEAD:
		if (t->killed)
			thread_exit(t->exit_code);
		proc_exit_group(SIGKILL);
	}
}

static void
guest_loop(struct thread *t)
{
	struct vmevent ev;

	for (;;) {
		t->in_guest = true;
		if (t->sigpending || t->in_syscall) {
			t->in_guest = false;
			signal_deliver(t);
			t->in_syscall = false;
			continue;
		}
		serve_publish(t);
		vmthread_run(t->vt, &t->regs, &ev);
		t->in_guest = false;
		serve_collect(t);
		event_handle(t, &ev);
		t->nr = -1;
		fs_reap();
		locks_assert_none("end of a call");
	}
}

/* Nothing of the kernel is touched by this thread afterwards. */
static void
kthread_ends(struct thread *t)
{
	struct vkern *k = vk;

	thread_put(t);
	fs_reap();
	unparks_flush();
	vk = NULL;
	if (atomic_fetch_sub(&k->nkthreads, 1) == 1)
		host_unpark(&k->idle);
}

void
thread_main(void *arg)
{
	struct thread *t = arg;
	jmp_buf leave;

	vk = t->vk;
	while (t->start == 0)
		host_park(&t->parker, NEVER);
	if (t->start == 1) {
		curthread = t;
		t->leave = &leave;
		if (setjmp(leave) == 0)
			guest_loop(t);
	}
	curthread = NULL;
	kthread_ends(t);
}

void
thread_leave(struct thread *t)
{
	locks_assert_none("exit of a thread");
	handlers_leave(t);
	longjmp(*(jmp_buf *)t->leave, 1);
}

/* The kthread takes over the caller's reference. */
int
thread_start(struct thread *t)
{
	int err;

	t->restart_nr = -1;
	t->leave = t;
	vk->nkthreads++;
	err = host_thread(thread_main, thread_ref(t), "kthread");
	if (err) {
		vk->nkthreads--;
		t->leave = NULL;
		thread_put(t);
		return -EAGAIN;
	}
	return 0;
}

void
thread_go(struct thread *t, bool wanted)
{
	t->start = wanted ? 1 : 2;
	host_unpark(&t->parker);
}
