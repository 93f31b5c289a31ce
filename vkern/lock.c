/*
 * lock.c - mutexes that know their rank.
 *
 * Every kernel thread keeps the list of locks it holds.  Taking one out of
 * order is a bug of the kernel and ends the run at once, with both names: a
 * deadlock that shows itself once in a month is worse.  The list costs a few
 * nanoseconds; -DVKSUP_NO_RANKS leaves only the count.
 *
 * When the last lock is dropped, the wakes that were put off meanwhile are
 * done (wait.c): a thread that is woken never runs into the waker's locks.
 */
#include "vksup/lock.h"
#include "vksup/vkern.h"
#include "vksup/wait.h"

static __thread int held_count;

#ifndef VKSUP_NO_RANKS
#define HELD_MAX	32

/* By rank, because only higher ones may be added; unlocking keeps the order. */
static __thread const struct mutex *held[HELD_MAX];

static const char *const rank_names[] = {
	[RANK_MODULE] = "MODULE", [RANK_VM] = "VM", [RANK_RENAME] = "RENAME", [RANK_NS] = "NS",
	[RANK_INODE] = "INODE", [RANK_POS] = "POS", [RANK_EPOLL] = "EPOLL",
	[RANK_OBJ] = "OBJ", [RANK_FLOCK] = "FLOCK", [RANK_FDTABLE] = "FDTABLE",
	[RANK_FSCTX] = "FSCTX", [RANK_FUTEX] = "FUTEX", [RANK_PROC] = "PROC",
	[RANK_TIMER] = "TIMER", [RANK_WAITQ] = "WAITQ", [RANK_READY] = "READY",
	[RANK_LEAF] = "LEAF",
};

static const char *
rank_name(const struct mutex *m)
{
	if ((unsigned)m->rank >= nitems(rank_names) || rank_names[m->rank] == NULL)
		return "uninitialised";
	return rank_names[m->rank];
}

static void
held_check(const struct mutex *m, bool same)
{
	const struct mutex *top;

	if (held_count == 0)
		return;
	top = held[held_count - 1];
	if (top->rank < m->rank || (same && top->rank == m->rank && top != m))
		return;
	host_panic("lock order: %s (%p) wanted while %s (%p) is held",
	    rank_name(m), (const void *)m, rank_name(top), (const void *)top);
}

static void
held_push(const struct mutex *m)
{
	if (held_count == HELD_MAX)
		host_panic("lock order: more than %d locks held", HELD_MAX);
	held[held_count++] = m;
}

static void
held_pop(const struct mutex *m)
{
	int i;

	for (i = held_count - 1; i >= 0 && held[i] != m; i--)
		;
	if (i < 0)
		host_panic("lock order: %s (%p) dropped but not held",
		    rank_name(m), (const void *)m);
	for (held_count--; i < held_count; i++)
		held[i] = held[i + 1];
}

#else

static void
held_check(const struct mutex *m, bool same)
{
	(void)m;
	(void)same;
}

static void
held_push(const struct mutex *m)
{
	(void)m;
	held_count++;
}

static void
held_pop(const struct mutex *m)
{
	(void)m;
	held_count--;
}

#endif

void
mutex_init(struct mutex *m, enum lock_rank rank)
{
	pthread_mutex_init(&m->m, NULL);
	m->rank = rank;
}

void
mutex_destroy(struct mutex *m)
{
	pthread_mutex_destroy(&m->m);
}

NO_TSA void
mutex_lock(struct mutex *m)
{
	held_check(m, false);
	pthread_mutex_lock(&m->m);
	held_push(m);
}

NO_TSA void
mutex_lock_same(struct mutex *m)
{
	held_check(m, true);
	pthread_mutex_lock(&m->m);
	held_push(m);
}

NO_TSA void
mutex_unlock(struct mutex *m)
{
	held_pop(m);
	pthread_mutex_unlock(&m->m);
	if (held_count == 0 && unlikely(unparks_deferred != 0))
		unparks_flush();
}

int
locks_held(void)
{
	return held_count;
}

void
locks_assert_none(const char *where)
{
	if (likely(held_count == 0))
		return;
#ifndef VKSUP_NO_RANKS
	host_panic("%s: %d locks held, the last is %s", where, held_count,
	    rank_name(held[held_count - 1]));
#else
	host_panic("%s: %d locks held", where, held_count);
#endif
}
