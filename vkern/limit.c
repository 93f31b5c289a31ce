/*
 * limit.c - what a whole run may use (vksup/limit.h).
 *
 * Most limits are checked where the thing is given.  CPU time, and memory that
 * is used without being asked for (stacks, shared memory, the pages of a new
 * program), nobody asks for: a timer looks at them.
 */
#include "vksup/limit.h"

#include <stdio.h>
#include <string.h>

#include "vkern/fs_impl.h"
#include "vksup/proc.h"
#include "vksup/watch.h"

#define POLL_PERIOD	(NSEC_PER_SEC / 20)
#define POLL_MIN	(NSEC_PER_SEC / 200)

/* The timer and what it has said. */
struct limit_poll {
	struct ktimer	timer;
	struct vkern	*vk;
	bool		warned;		/* SIGXCPU has been sent */
};

static const char *const names[] = {
#define LIMIT_NAME(e, name)	name,
	LIMIT_LIST(LIMIT_NAME)
};

const char *
limit_name(enum limit_kind kind)
{
	return names[kind];
}

/* --- crossing --- */

static const char *const rules[] = {
#define LIMIT_RULE(e, name)	"limit " name,
	LIMIT_LIST(LIMIT_RULE)
};

static void
limit_say(enum limit_kind kind)
{
	const struct limits *l = &vk->limits;

	if (kind == LIMIT_CPU)
		host_log("limit %s=%.10gs is reached", names[kind], (double)l->max[kind] / NSEC_PER_SEC);
	else
		host_log("limit %s=%llu is reached", names[kind], (unsigned long long)l->max[kind]);
}

void
limit_cross(enum limit_kind kind, int err)
{
	unsigned bit = 1u << kind;

	if (vk->limits.max[kind] == LIMIT_NONE)
		return;
	if ((atomic_fetch_or(&vk->limits.crossed, bit) & bit) == 0)
		limit_say(kind);
	deny(rules[kind], err, NULL);
}

bool
limit_over(enum limit_kind kind, uint64_t now, int err)
{
	if (likely(now <= vk->limits.max[kind]))
		return false;
	limit_cross(kind, err);
	return true;
}

/* Nothing can fail, so the program is killed, and the run ends with it. */
static void
limit_end_locked(enum limit_kind kind) REQUIRES(vk->proc_lock)
{
	int none = -1;

	limit_cross(kind, EPERM);
	atomic_compare_exchange_strong(&vk->limits.ended_by, &none, (int)kind);
	if (vk->main_proc != NULL)
		proc_kill_threads(vk->main_proc, SIGKILL);
}

static void
limit_end(enum limit_kind kind)
{
	mutex_lock(&vk->proc_lock);
	limit_end_locked(kind);
	mutex_unlock(&vk->proc_lock);
}

/* --- memory --- */

static int64_t
memory_now(void)
{
	return vk->limits.committed + max_of((int64_t)vk->fs->mem_used, (int64_t)0);
}

bool
limit_memory(int64_t n, int err)
{
	uint64_t max = vk->limits.max[LIMIT_MEMORY];

	return max != LIMIT_NONE && n > 0 && limit_over(LIMIT_MEMORY, (uint64_t)(memory_now() + n), err);
}

void
limit_commit(int64_t n)
{
	uint64_t now, peak;

	vk->limits.committed += n;
	if (n <= 0 || vk->fs == NULL)
		return;
	now = (uint64_t)memory_now();
	peak = vk->limits.memory_peak;
	while (now > peak && !atomic_compare_exchange_weak(&vk->limits.memory_peak, &peak, now))
		;
}

int64_t
limit_memory_left(void)
{
	uint64_t max = vk->limits.max[LIMIT_MEMORY];

	return max == LIMIT_NONE ? INT64_MAX : (int64_t)max - memory_now();
}

/* --- processes, files --- */

static unsigned
procs_count(void) REQUIRES(vk->proc_lock)
{
	struct proc *p;
	unsigned n = 0;

	TAILQ_FOREACH(p, &vk->procs, all)
		n += p != vk->init;
	return n;
}

bool
limit_clone(bool new_process)
{
	const struct limits *l = &vk->limits;

	if (likely(!l->any))
		return false;
	if (limit_over(LIMIT_THREADS, (uint64_t)vk->nthreads + 1, EAGAIN))
		return true;
	return new_process && l->max[LIMIT_PROCESSES] != LIMIT_NONE &&
	    limit_over(LIMIT_PROCESSES, procs_count() + 1, EAGAIN);
}

/* Which of them is a limit of the run's; or LIMIT_KINDS. */
static enum limit_kind
kind_of_rlimit(int resource)
{
	return resource == RLIMIT_NOFILE ? LIMIT_FILES : resource == RLIMIT_FSIZE ? LIMIT_FSIZE :
	    resource == RLIMIT_SIGPENDING ? LIMIT_SIGNALS : LIMIT_KINDS;
}

uint64_t
limit_rlimit(int resource, uint64_t cur)
{
	enum limit_kind kind;

	if (likely(!vk->limits.any))
		return cur;
	kind = kind_of_rlimit(resource);
	return kind == LIMIT_KINDS ? cur : min_of(cur, vk->limits.max[kind]);
}

void
limit_rlimit_cross(int resource, int err)
{
	enum limit_kind kind = kind_of_rlimit(resource);

	if (kind != LIMIT_KINDS && rlimit_cur(resource) == vk->limits.max[kind])
		limit_cross(kind, err);
}

size_t
limit_write(size_t n)
{
	uint64_t max = vk->limits.max[LIMIT_WRITTEN], used = vk->limits.written;

	if (likely(max == LIMIT_NONE) || (used < max && n <= max - used))
		return n;
	limit_cross(LIMIT_WRITTEN, EDQUOT);
	return used < max ? (size_t)(max - used) : 0;
}

void
limit_written(size_t n)
{
	vk->limits.written += n;
}

size_t
limit_output(size_t n)
{
	uint64_t max = vk->limits.max[LIMIT_OUTPUT], used = vk->limits.output;

	if (likely(max == LIMIT_NONE) || (used < max && n <= max - used))
		return n;
	limit_end(LIMIT_OUTPUT);
	return used < max ? (size_t)(max - used) : 0;
}

void
limit_output_done(size_t n)
{
	vk->limits.output += n;
}

/* --- the timer --- */

void
limit_proc_end(struct proc *p)
{
	int64_t ut, st;

	proc_times(p, &ut, &st);
	vk->limits.cpu_gone += ut + st;
}

int64_t
limit_cpu_used(void)
{
	int64_t n = vk->limits.cpu_gone, ut, st;
	struct proc *p;

	TAILQ_FOREACH(p, &vk->procs, all) {
		if (p->state != PS_ALIVE)
			continue;
		proc_times(p, &ut, &st);
		n += ut + st;
	}
	return n;
}

static void
cpu_warn(void) REQUIRES(vk->proc_lock)
{
	siginfo_t si;
	struct proc *p;

	limit_cross(LIMIT_CPU, EINTR);
	siginfo_kernel(&si, SIGXCPU);
	TAILQ_FOREACH(p, &vk->procs, all)
		if (p != vk->init && p->state == PS_ALIVE)
			(void)!signal_proc(p, SIGXCPU, &si);
}

/* ns until it is worth another look. */
static int64_t
cpu_look(struct limit_poll *lp) REQUIRES(vk->proc_lock)
{
	int64_t max = (int64_t)vk->limits.max[LIMIT_CPU], used;

	if (vk->limits.max[LIMIT_CPU] == LIMIT_NONE)
		return NEVER;
	used = limit_cpu_used();
	if (used >= max && !lp->warned) {
		lp->warned = true;
		cpu_warn();
	}
	if (used >= max + NSEC_PER_SEC)
		limit_end_locked(LIMIT_CPU);
	if (used < max)
		return (max - used) / max_of(host_info()->ncpu, 1);
	return POLL_PERIOD;
}

/* What guests have in memory that nobody promised them. */
static uint64_t
resident(uint64_t files) REQUIRES(vk->proc_lock)
{
	struct vmusage u;
	struct proc *p;
	uint64_t n = 0;

	TAILQ_FOREACH(p, &vk->procs, all) {
		if (p->state != PS_ALIVE || p->vm == NULL || p->vforked)
			continue;
		vmspace_usage(p->vm->space, &u);
		n += u.anon;
		/* Memory files that are mapped, not yet counted as files. */
		files = max_of(files, u.shmem);
	}
	return n + files;
}

static void
memory_look(void) REQUIRES(vk->proc_lock)
{
	uint64_t max = vk->limits.max[LIMIT_MEMORY], used;

	if (max == LIMIT_NONE)
		return;
	used = max_of(resident((uint64_t)max_of((int64_t)vk->fs->mem_used, (int64_t)0)),
	    (uint64_t)memory_now());
	if (used > max)
		limit_end_locked(LIMIT_MEMORY);
}

static void
limit_poll(struct ktimer *kt)
{
	struct limit_poll *lp = container_of(kt, struct limit_poll, timer);
	int64_t wait;

	mutex_lock(&vk->proc_lock);
	memory_look();
	wait = cpu_look(lp);
	mutex_unlock(&vk->proc_lock);
	wait = max_of(min_of(wait, POLL_PERIOD), POLL_MIN);
	ktimer_set(&lp->timer, ktime_after(wait));
}

void
limits_init(const uint64_t *max)
{
	struct limits *l = &vk->limits;
	struct limit_poll *lp;
	int i;

	l->ended_by = -1;
	for (i = 0; i < LIMIT_KINDS; i++) {
		l->max[i] = max != NULL ? max[i] : LIMIT_NONE;
		l->any |= l->max[i] != LIMIT_NONE;
	}
	if (l->max[LIMIT_CPU] == LIMIT_NONE && l->max[LIMIT_MEMORY] == LIMIT_NONE)
		return;
	lp = vk->limit_poll = xcalloc(1, sizeof(*lp));
	ktimer_init(&lp->timer, limit_poll);
	ktimer_set(&lp->timer, ktime_after(POLL_PERIOD));
}

/* Timers have ended. */
void
limits_fini(void)
{
	kfree(vk->limit_poll);
}
