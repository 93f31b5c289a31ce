/*
 * sys_futex.c - handlers of the futex family.
 */
#include <linux/futex.h>
#include <time.h>

#include "abi/abi.h"
#include "futex_impl.h"
#include "vksup/host.h"

#define WAITV_MAX	128
#define FUTEX_LOCK_PI2_	13

static int
timeout_read(gaddr_t from, bool absolute, int clock, ktime_t *deadline)
{
	struct timespec ts;
	int64_t ns;
	int err;

	*deadline = NEVER;
	if (ga_null(from))
		return 0;
	err = copyin(&ts, from, sizeof(ts));
	if (err)
		return err;
	if (ts.tv_sec < 0 || ts.tv_nsec < 0 || ts.tv_nsec >= NSEC_PER_SEC)
		return -EINVAL;
	ns = ts.tv_sec > INT64_MAX / NSEC_PER_SEC - 2 ? NEVER - 1 : ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
	if (!absolute)
		*deadline = ktime_after(ns);
	else if (clock == CLOCK_REALTIME)
		*deadline = ktime_after(ns - host_clock(CLOCK_REALTIME));
	else
		*deadline = ns;
	return 0;
}

/* An interrupted wait with a time limit goes on to the same limit. */
static long
wait_result(struct thread *t, int err, ktime_t deadline)
{
	if (err == -ERESTARTSYS && deadline != NEVER) {
		t->restart_deadline = deadline;
		return -ERESTART_RESTARTBLOCK;
	}
	return err;
}

static long
do_wait(struct thread *t, struct futex_args *a, int op, bool private, bool realtime)
{
	ktime_t deadline;
	int err;

	err = timeout_read(a->timeout, op == FUTEX_WAIT_BITSET,
	    realtime ? CLOCK_REALTIME : CLOCK_MONOTONIC, &deadline);
	if (err)
		return err;
	if (t->restarting)
		deadline = t->restart_deadline;
	err = futex_wait(a->uaddr.v, private, a->val, deadline,
	    op == FUTEX_WAIT_BITSET ? a->val3 : FUTEX_BITSET_MATCH_ANY);
	return wait_result(t, err, deadline);
}

/* LOCK_PI's limit is absolute, and CLOCK_REALTIME; LOCK_PI2's as flagged. */
static long
do_lock_pi(struct futex_args *a, int op, bool private, bool realtime)
{
	ktime_t deadline;
	int err = timeout_read(a->timeout, true,
	    op == FUTEX_LOCK_PI || realtime ? CLOCK_REALTIME : CLOCK_MONOTONIC, &deadline);

	return err ? err : futex_lock_pi(a->uaddr.v, private, deadline, false);
}

long
sys_futex(struct thread *t, struct futex_args *a)
{
	int op = a->op & FUTEX_CMD_MASK, val2 = (int)a->timeout.v;
	bool private = (a->op & FUTEX_PRIVATE_FLAG) != 0;
	bool realtime = (a->op & FUTEX_CLOCK_REALTIME) != 0;

	if (realtime && op != FUTEX_WAIT_BITSET && op != FUTEX_LOCK_PI2_)
		return -ENOSYS;
	switch (op) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		return do_wait(t, a, op, private, realtime);
	case FUTEX_WAKE:
		return futex_wake(a->uaddr.v, private, (int)a->val, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return futex_wake(a->uaddr.v, private, (int)a->val, a->val3);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(a->uaddr.v, a->uaddr2.v, private, (int)a->val, val2,
		    op == FUTEX_CMP_REQUEUE, a->val3);
	case FUTEX_WAKE_OP:
		return futex_wake_op(a->uaddr.v, a->uaddr2.v, private, (int)a->val, val2, a->val3);
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2_:
		return do_lock_pi(a, op, private, realtime);
	case FUTEX_TRYLOCK_PI:
		return futex_lock_pi(a->uaddr.v, private, NEVER, true);
	case FUTEX_UNLOCK_PI:
		return futex_unlock_pi(a->uaddr.v, private);
	default:
		return -ENOSYS;
	}
}

long
sys_futex_waitv(struct thread *t, struct futex_waitv_args *a)
{
	struct k_futex_waitv v[WAITV_MAX];
	struct futex_want want[WAITV_MAX];
	ktime_t deadline;
	unsigned i;
	int err;

	if (a->nr_futexes == 0 || a->nr_futexes > WAITV_MAX || ga_null(a->waiters))
		return -EINVAL;
	if (!ga_null(a->timeout) && a->clockid != CLOCK_MONOTONIC && a->clockid != CLOCK_REALTIME)
		return -EINVAL;
	err = timeout_read(a->timeout, true, a->clockid, &deadline);
	if (err)
		return err;
	err = copyin(v, a->waiters, a->nr_futexes * sizeof(v[0]));
	if (err)
		return err;
	for (i = 0; i < a->nr_futexes; i++) {
		if (v[i].reserved != 0 || (v[i].flags & ~(2U | FUTEX_PRIVATE_FLAG)) != 0 ||
		    (v[i].flags & 2U) == 0 || v[i].val > UINT32_MAX)
			return -EINVAL;
		want[i] = (struct futex_want){ v[i].uaddr, (uint32_t)v[i].val,
			(v[i].flags & FUTEX_PRIVATE_FLAG) != 0 };
	}
	err = futex_wait_many(want, (int)a->nr_futexes, deadline);
	(void)t;
	return err;
}

long
sys_set_robust_list(struct thread *t, struct set_robust_list_args *a)
{
	if (a->len != 24)
		return -EINVAL;
	t->robust_list = a->head.v;
	t->robust_len = a->len;
	return 0;
}

long
sys_get_robust_list(struct thread *t, struct get_robust_list_args *a)
{
	struct thread *o = t;
	long err = 0;

	mutex_lock(&vk->proc_lock);
	if (a->pid != 0)
		o = thread_find(a->pid);
	if (o == NULL) {
		err = -ESRCH;
	} else if (o->proc != t->proc && o->cred->uid != t->cred->euid && !capable(19 /* SYS_PTRACE */)) {
		err = -EPERM;
	} else {
		*a->head_ptr = o->robust_list;
		*a->len_ptr = 24;
	}
	mutex_unlock(&vk->proc_lock);
	return err;
}
