/*
 * proc_futex.c - futex(2): wait, wake, requeue, wake_op, robust lists.
 *
 * A waiter is on a bucket's list under a key: (vm_map, address) for private
 * memory, (memory object, offset) for shared.  The word is compared under the
 * bucket's lock, so a wake between the look and the sleep is not lost.  A
 * requeue moves waiters between buckets with both locks held.
 *
 * Locks: vm->lock for the key (before), then bucket.lock (RANK_FUTEX).
 * PI futexes lock and hand over as FUTEX_LOCK_PI says; priorities are not
 * inherited, since guests have none that the host would honour.
 */
#include <linux/futex.h>
#include <string.h>
#include <sys/time.h>

#include "futex_impl.h"
#include "vksup/host.h"

#define NBUCKETS	256
#define ROBUST_MAX	2048
#define TID_MASK	0x3fffffffU

struct bucket {
	struct mutex	lock;
	TAILQ_HEAD(, futex_waiter) waiters;
};

struct futex_state {
	struct bucket	b[NBUCKETS];
};

struct futex_waiter {
	TAILQ_ENTRY(futex_waiter) link;	/* [bucket lock] */
	struct futex_key key;		/* [bucket lock] */
	struct bucket	*b;		/* [bucket lock] NULL once woken */
	uint32_t	bitset;
	struct thread	*thread;
	_Atomic bool	woken;
};

void
futex_init(void)
{
	int i;

	vk->futex = xcalloc(1, sizeof(*vk->futex));
	for (i = 0; i < NBUCKETS; i++) {
		mutex_init(&vk->futex->b[i].lock, RANK_FUTEX);
		TAILQ_INIT(&vk->futex->b[i].waiters);
	}
}

static struct bucket *
bucket_of(const struct futex_key *k)
{
	uint64_t h = (uint64_t)k->obj * 0x9e3779b97f4a7c15UL ^ k->off * 0xff51afd7ed558ccdUL;

	return &vk->futex->b[(h >> 32) % NBUCKETS];
}

int
futex_key_get(uint64_t addr, bool private, struct futex_key *k)
{
	struct vm_map *vm = curthread->proc->vm;

	if ((addr & 3) != 0)
		return -EINVAL;
	if (addr >= GUEST_TOP)
		return -EFAULT;
	k->obj = vm;
	k->off = addr;
	if (private)
		return 0;
	/* The two kinds do not meet even on private memory (FUT_OFF_MMSHARED). */
	k->off |= 1;
	return vm_map_shared_key(vm, addr, &k->obj, &k->off) < 0 ? -EFAULT : 0;
}

static bool
key_eq(const struct futex_key *a, const struct futex_key *b)
{
	return a->obj == b->obj && a->off == b->off;
}

/* Lock the bucket that w is on now; NULL when it was woken. */
static struct bucket *
waiter_lock(struct futex_waiter *w) NO_TSA
{
	struct bucket *b;

	for (;;) {
		b = __atomic_load_n(&w->b, __ATOMIC_SEQ_CST);
		if (b == NULL)
			return NULL;
		mutex_lock(&b->lock);
		if (w->b == b)
			return b;
		mutex_unlock(&b->lock);
	}
}

static void
waiter_leave(struct futex_waiter *w) NO_TSA
{
	struct bucket *b = waiter_lock(w);

	if (b == NULL)
		return;
	TAILQ_REMOVE(&b->waiters, w, link);
	w->b = NULL;
	mutex_unlock(&b->lock);
}

static int
waiter_enter(struct futex_waiter *w, uint64_t addr, uint32_t val) NO_TSA
{
	struct bucket *b = bucket_of(&w->key);
	uint32_t now;
	int err;

	mutex_lock(&b->lock);
	err = copyin_u32(ga(addr), &now);
	if (err == 0 && now != val)
		err = -EAGAIN;
	if (err == 0) {
		w->b = b;
		TAILQ_INSERT_TAIL(&b->waiters, w, link);
	}
	mutex_unlock(&b->lock);
	return err;
}

int
futex_wait(uint64_t addr, bool private, uint32_t val, ktime_t deadline, uint32_t bitset)
{
	struct futex_waiter w = { .bitset = bitset, .thread = curthread };
	int err;

	if (bitset == 0)
		return -EINVAL;
	err = futex_key_get(addr, private, &w.key);
	if (err == 0)
		err = waiter_enter(&w, addr, val);
	if (err)
		return err;
	while (!w.woken && err == 0)
		err = thread_park(deadline);
	waiter_leave(&w);
	return w.woken ? 0 : err;
}

static void
waiter_wake(struct bucket *b, struct futex_waiter *w)
{
	struct thread *t = w->thread;

	TAILQ_REMOVE(&b->waiters, w, link);
	/* Once b is NULL the waiter may be gone. */
	thread_ref(t);
	w->woken = true;
	__atomic_store_n(&w->b, NULL, __ATOMIC_SEQ_CST);
	thread_unpark(t);
	thread_put(t);
}

static int
wake_key(const struct futex_key *k, int n, uint32_t bitset) NO_TSA
{
	struct bucket *b = bucket_of(k);
	struct futex_waiter *w, *next;
	int done = 0;

	mutex_lock(&b->lock);
	for (w = TAILQ_FIRST(&b->waiters); w != NULL; w = next) {
		next = TAILQ_NEXT(w, link);
		if (!key_eq(&w->key, k) || (w->bitset & bitset) == 0)
			continue;
		waiter_wake(b, w);
		if (++done >= n)	/* so 0 wakes one, as in Linux */
			break;
	}
	mutex_unlock(&b->lock);
	return done;
}

int
futex_wake(uint64_t addr, bool private, int n, uint32_t bitset)
{
	struct futex_key k;
	int err;

	if (bitset == 0)
		return -EINVAL;
	err = futex_key_get(addr, private, &k);
	return err ? err : wake_key(&k, n, bitset);
}

int
futex_wake_addr(struct thread *t, uint64_t addr, int n)
{
	struct futex_key k;
	int done = 0;

	(void)t;
	if (futex_key_get(addr, false, &k) == 0)
		done = wake_key(&k, n, ~0U);
	return done;
}

static void
lock_both(struct bucket *a, struct bucket *b) NO_TSA
{
	if (a > b) {
		struct bucket *x = a;

		a = b;
		b = x;
	}
	mutex_lock(&a->lock);
	if (a != b)
		mutex_lock_same(&b->lock);
}

static void
unlock_both(struct bucket *a, struct bucket *b) NO_TSA
{
	mutex_unlock(&a->lock);
	if (a != b)
		mutex_unlock(&b->lock);
}

int
futex_requeue(uint64_t addr, uint64_t addr2, bool private, int nwake, int nmove,
    bool compare, uint32_t val)
{
	struct futex_key k1, k2;
	struct bucket *b1, *b2;
	struct futex_waiter *w, *next;
	uint32_t now = val;
	int woken = 0, moved = 0, err;

	if (nwake < 0 || nmove < 0)
		return -EINVAL;
	err = futex_key_get(addr, private, &k1);
	if (err == 0)
		err = futex_key_get(addr2, private, &k2);
	if (err)
		return err;
	b1 = bucket_of(&k1);
	b2 = bucket_of(&k2);
	lock_both(b1, b2);
	if (compare)
		err = copyin_u32(ga(addr), &now);
	if (err == 0 && now != val)
		err = -EAGAIN;
	for (w = TAILQ_FIRST(&b1->waiters); err == 0 && w != NULL; w = next) {
		next = TAILQ_NEXT(w, link);
		if (!key_eq(&w->key, &k1))
			continue;
		if (woken < nwake) {
			waiter_wake(b1, w);
			woken++;
		} else if (moved < nmove) {
			if (b1 != b2) {
				TAILQ_REMOVE(&b1->waiters, w, link);
				TAILQ_INSERT_TAIL(&b2->waiters, w, link);
				__atomic_store_n(&w->b, b2, __ATOMIC_SEQ_CST);
			}
			w->key = k2;
			moved++;
		} else {
			break;
		}
	}
	unlock_both(b1, b2);
	return err ? err : woken + (compare || moved ? moved : 0);
}

/* FUTEX_WAKE_OP's second word: change it, and say whether its old value asks
 * for a wake. */
static int
wake_op_apply(uint64_t addr2, uint32_t encoded, bool *wake)
{
	static const enum vmatomic ops[] = { VMA_SET, VMA_ADD, VMA_OR, VMA_ANDN, VMA_XOR };
	unsigned op = encoded >> 28 & 7, cmp = encoded >> 24 & 15;
	int32_t arg = (int32_t)(encoded << 8) >> 20, cmparg = (int32_t)(encoded << 20) >> 20, o;
	uint32_t old;
	int err;

	if ((encoded & (8U << 28)) != 0)
		arg = (int32_t)(1U << (arg & 31));
	if (op >= nitems(ops))
		return -ENOSYS;
	err = vmthread_atomic(curthread->vt, ops[op], ga(addr2), (uint32_t)arg, 0, &old);
	if (err)
		return err;
	o = (int32_t)old;
	switch (cmp) {
	case FUTEX_OP_CMP_EQ: *wake = o == cmparg; break;
	case FUTEX_OP_CMP_NE: *wake = o != cmparg; break;
	case FUTEX_OP_CMP_LT: *wake = o < cmparg; break;
	case FUTEX_OP_CMP_GE: *wake = o >= cmparg; break;
	case FUTEX_OP_CMP_LE: *wake = o <= cmparg; break;
	case FUTEX_OP_CMP_GT: *wake = o > cmparg; break;
	default: return -ENOSYS;
	}
	return 0;
}

int
futex_wake_op(uint64_t addr, uint64_t addr2, bool private, int n, int n2, uint32_t encoded)
{
	struct futex_key k1, k2;
	bool wake2 = false;
	int err, done;

	err = futex_key_get(addr, private, &k1);
	if (err == 0)
		err = futex_key_get(addr2, private, &k2);
	if (err == 0)
		err = wake_op_apply(addr2, encoded, &wake2);
	if (err)
		return err;
	done = wake_key(&k1, n, ~0U);
	if (wake2)
		done += wake_key(&k2, n2, ~0U);
	return done;
}

/* --- PI: the word is the owner's tid; who unlocks hands it on --- */

static int
pi_cmpxchg(uint64_t addr, uint32_t cmp, uint32_t new, uint32_t *old)
{
	return vmthread_atomic(curthread->vt, VMA_CMPXCHG, ga(addr), new, cmp, old);
}

/* Is the thread that the word names alive?  0, -ESRCH, -EPERM, -EDEADLK. */
static int
pi_owner_check(uint32_t val)
{
	uint32_t tid = val & TID_MASK;
	struct thread *t;
	int err = 0;

	if (tid == (uint32_t)curthread->tid)
		return -EDEADLK;
	mutex_lock(&vk->proc_lock);
	t = thread_find((int)tid);
	if (t == NULL)
		err = -ESRCH;
	mutex_unlock(&vk->proc_lock);
	return err;
}

/* Take a free word, or mark an owned one as waited for.  1: ours. */
static int
pi_try(uint64_t addr, bool mark, uint32_t *seen)
{
	uint32_t val, old, want, me = (uint32_t)curthread->tid;
	int err = copyin_u32(ga(addr), &val);

	while (err == 0) {
		if ((val & TID_MASK) == 0) {
			want = me | (val & (FUTEX_WAITERS | FUTEX_OWNER_DIED));
		} else {
			err = pi_owner_check(val);
			if (err)
				return err;
			want = val | FUTEX_WAITERS;
			*seen = want;
			if (!mark || want == val)
				return 0;
		}
		err = pi_cmpxchg(addr, val, want, &old);
		if (err == 0 && old == val)
			return (val & TID_MASK) == 0;
		val = old;
	}
	return err;
}

int
futex_lock_pi(uint64_t addr, bool private, ktime_t deadline, bool try)
{
	struct futex_waiter w = { .bitset = ~0U, .thread = curthread };
	uint32_t val = 0;
	int err = futex_key_get(addr, private, &w.key), r;

	if (err)
		return err;
	for (;;) {
		r = pi_try(addr, !try, &val);
		if (r != 0)
			return r < 0 ? r : 0;
		if (try)
			return -EAGAIN;
		w.woken = false;
		err = waiter_enter(&w, addr, val);
		if (err == -EAGAIN)
			continue;		/* it changed meanwhile: look again */
		while (err == 0 && !w.woken)
			err = thread_park(deadline);
		waiter_leave(&w);
		if (w.woken)
			return 0;		/* the word was made ours */
		return err == -ERESTARTSYS ? -ERESTARTNOINTR : err;
	}
}

/* The oldest waiter becomes the owner; the word is 0 when there is none. */
int
futex_unlock_pi(uint64_t addr, bool private) NO_TSA
{
	struct futex_waiter *w, *first, *o;
	struct futex_key k;
	struct bucket *b;
	uint32_t val, new;
	int err = futex_key_get(addr, private, &k);

	if (err == 0)
		err = copyin_u32(ga(addr), &val);
	if (err)
		return err;
	if ((val & TID_MASK) != (uint32_t)curthread->tid)
		return -EPERM;
	b = bucket_of(&k);
	mutex_lock(&b->lock);
	first = o = NULL;
	TAILQ_FOREACH(w, &b->waiters, link) {
		if (!key_eq(&w->key, &k))
			continue;
		if (first == NULL)
			first = w;
		else
			o = w;
	}
	/* Nobody but its owner changes a word that is waited for; a waiter that
	 * has set its bit but is not here yet finds another word and looks again. */
	new = first == NULL ? 0 : (uint32_t)first->thread->tid | (o != NULL ? FUTEX_WAITERS : 0);
	err = copyout_u32(ga(addr), new);
	if (err == 0 && first != NULL)
		waiter_wake(b, first);
	mutex_unlock(&b->lock);
	return err;
}

/* --- several at once (futex_waitv) --- */

int
futex_wait_many(const struct futex_want *want, int n, ktime_t deadline)
{
	struct futex_waiter *w = xcalloc((size_t)n, sizeof(*w));
	int i, err = 0, hit = -1, entered = 0;

	for (i = 0; i < n && err == 0; i++) {
		w[i].bitset = ~0U;
		w[i].thread = curthread;
		err = futex_key_get(want[i].addr, want[i].private, &w[i].key);
	}
	for (i = 0; i < n && err == 0; i++) {
		err = waiter_enter(&w[i], want[i].addr, want[i].val);
		if (err == 0)
			entered = i + 1;
	}
	while (err == 0 && hit < 0) {
		for (i = 0; i < n; i++)
			if (w[i].woken)
				hit = i;
		if (hit < 0)
			err = thread_park(deadline);
	}
	for (i = 0; i < entered; i++) {
		waiter_leave(&w[i]);
		if (w[i].woken)
			hit = i;
	}
	kfree(w);
	return hit >= 0 ? hit : err;
}

/* --- robust lists: get_robust_list(2), kernel/futex/core.c --- */

static void
robust_death(struct thread *t, uint64_t addr, bool pending)
{
	uint32_t val, old;

	if ((addr & 3) != 0 || copyin_u32(ga(addr), &val) != 0)
		return;
	if (pending && val == 0) {
		futex_wake_addr(t, addr, 1);
		return;
	}
	while ((val & TID_MASK) == (uint32_t)t->tid) {
		uint32_t dead = (val & FUTEX_WAITERS) | FUTEX_OWNER_DIED;

		if (vmthread_atomic(t->vt, VMA_CMPXCHG, ga(addr), dead, val, &old) != 0) {
			if (copyout_u32(ga(addr), dead) != 0)
				return;
			old = val;
		}
		if (old == val) {
			if ((val & FUTEX_WAITERS) != 0)
				futex_wake_addr(t, addr, 1);
			return;
		}
		val = old;
	}
}

void
futex_exit_robust(struct thread *t)
{
	struct { uint64_t next; int64_t off; uint64_t pending; } head;
	uint64_t e, next;
	int n;

	if (copyin(&head, ga(t->robust_list), sizeof(head)) != 0)
		return;
	for (e = head.next, n = 0; (e & ~1UL) != t->robust_list && n < ROBUST_MAX; e = next, n++) {
		if (copyin_u64(ga(e & ~1UL), &next) != 0)
			break;
		if (e != head.pending)
			robust_death(t, (e & ~1UL) + (uint64_t)head.off, false);
	}
	if (head.pending != 0)
		robust_death(t, (head.pending & ~1UL) + (uint64_t)head.off, true);
	t->robust_list = 0;
}
