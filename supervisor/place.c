/*
 * place.c - which CPU a guest thread and its kthread run on.
 *
 * A hand-over between two threads held to one CPU costs a context switch; left
 * to the scheduler the woken side lands on an idle CPU, and waking that costs
 * ten times as much (docs/architecture.md has the numbers).  So every guest
 * thread has a home CPU that its kthread shares, and threads are moved when a
 * CPU would otherwise be idle: by themselves at their next call, or from a CPU
 * that has more than one when another runs dry.
 *
 * place_lock covers everything here; it is a leaf.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "carrier.h"

#define CPUS_MAX	256

TAILQ_HEAD(placed, vmthread);

static pthread_mutex_t place_lock = PTHREAD_MUTEX_INITIALIZER;
static int ncpu;
static int cpus[CPUS_MAX];			/* host numbers of our CPUs */
static _Atomic int load[CPUS_MAX];		/* active threads per CPU */
static struct placed homes[CPUS_MAX];		/* active threads by home */
static bool off;

void
place_init(void)
{
	cpu_set_t set;
	int i;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		CPU_SET(0, &set);
	for (i = 0; i < CPU_SETSIZE && ncpu < CPUS_MAX; i++)
		if (CPU_ISSET(i, &set))
			cpus[ncpu++] = i;
	for (i = 0; i < CPUS_MAX; i++)
		TAILQ_INIT(&homes[i]);
	off = ncpu < 2;
}

int
place_ncpu(void)
{
	return ncpu;
}

static void
bind_to(pid_t tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpus[cpu], &set);
	sched_setaffinity(tid, sizeof(set), &set);
}

static bool
allowed(const struct vmthread *vt, int cpu)
{
	return cpu >= 64 || (vt->allowed >> cpu & 1) != 0;
}

/* The allowed CPU with the least to do; `prefer` when none is better. */
static int
least_loaded(const struct vmthread *vt, int prefer)
{
	int i, best = allowed(vt, prefer) ? prefer : -1;

	for (i = 0; i < ncpu; i++)
		if (allowed(vt, i) && (best < 0 || load[i] < load[best]))
			best = i;
	return best < 0 ? prefer : best;
}

/* tid is a guest's word: make sure that it is a thread of its carrier. */
static void
guest_bind(struct vmthread *vt, int cpu)
{
	if (vt->tid > 0 && vt->vs->hpid > 0 && !vt->dead &&
	    syscall(SYS_tgkill, vt->vs->hpid, vt->tid, 0) == 0)
		bind_to(vt->tid, cpu);
}

/* Under place_lock. */
static void
move_to(struct vmthread *vt, int cpu)
{
	if (vt->active) {
		TAILQ_REMOVE(&homes[vt->cpu], vt, place_link);
		load[vt->cpu]--;
		TAILQ_INSERT_TAIL(&homes[cpu], vt, place_link);
		load[cpu]++;
	}
	vt->cpu = cpu;
	guest_bind(vt, cpu);
	if (vt->ktid > 0) {
		bind_to(vt->ktid, cpu);
		vt->kcpu = cpu;
	}
}

static void
activate(struct vmthread *vt)
{
	if (vt->active)
		return;
	vt->active = true;
	TAILQ_INSERT_TAIL(&homes[vt->cpu], vt, place_link);
	load[vt->cpu]++;
}

static void
deactivate(struct vmthread *vt)
{
	if (!vt->active)
		return;
	vt->active = false;
	TAILQ_REMOVE(&homes[vt->cpu], vt, place_link);
	load[vt->cpu]--;
}

/* The CPU of the kthread that calls; -1: none of ours. */
static __thread int here = -1;

/*
 * The template works for whoever asks, next to him: both wakes of a crossing
 * then stay on one CPU.
 */
void
place_template(void)
{
	if (off || here < 0 || template_thread->kcpu == here)
		return;
	template_thread->kcpu = here;
	bind_to(template_thread->vs->hpid, here);
}

/* A new thread starts where its maker is, or who had it made. */
void
place_new(struct vmthread *vt, struct vmthread *by)
{
	int home;

	if (off)
		return;
	pthread_mutex_lock(&place_lock);
	home = by->cpu >= 0 ? by->cpu : 0;
	vt->allowed = by->allowed;
	vt->cpu = by == template_thread && here >= 0 ? here : home;
	guest_bind(vt, vt->cpu);
	activate(vt);
	pthread_mutex_unlock(&place_lock);
}

void
place_forget(struct vmthread *vt)
{
	if (off || vt->cpu < 0)
		return;
	pthread_mutex_lock(&place_lock);
	deactivate(vt);
	pthread_mutex_unlock(&place_lock);
}

/* Called by the kthread before each run. */
void
place_kthread(struct vmthread *vt)
{
	int to;

	if (off || vt->cpu < 0)
		return;
	if (vt->ktid == 0)
		vt->ktid = (pid_t)syscall(SYS_gettid);
	if (load[vt->cpu] > 1) {
		to = least_loaded(vt, vt->cpu);
		if (load[to] == 0) {
			pthread_mutex_lock(&place_lock);
			if (load[vt->cpu] > 1 && load[to] == 0)
				move_to(vt, to);
			pthread_mutex_unlock(&place_lock);
		}
	}
	if (vt->kcpu != vt->cpu) {
		bind_to(vt->ktid, vt->cpu);
		vt->kcpu = vt->cpu;
	}
	here = vt->cpu;
}

/* A CPU has run dry: take a thread from one that has several. */
static void
pull(int dry)
{
	struct vmthread *vt;
	int i, busy = -1;

	for (i = 0; i < ncpu; i++)
		if (load[i] > 1 && (busy < 0 || load[i] > load[busy]))
			busy = i;
	if (busy < 0)
		return;
	TAILQ_FOREACH(vt, &homes[busy], place_link)
		if (allowed(vt, dry))
			break;
	if (vt != NULL)
		move_to(vt, dry);
}

void
vmthread_blocked(struct vmthread *vt, bool blocked)
{
	vmthread_set_awake(vt, !blocked);
	if (off || vt->cpu < 0)
		return;
	pthread_mutex_lock(&place_lock);
	if (blocked) {
		deactivate(vt);
		if (load[vt->cpu] == 0)
			pull(vt->cpu);
	} else {
		activate(vt);
	}
	pthread_mutex_unlock(&place_lock);
}

void
vmthread_affinity(struct vmthread *vt, uint64_t mask)
{
	int to;

	if (off || vt->cpu < 0)
		return;
	pthread_mutex_lock(&place_lock);
	vt->allowed = mask;
	to = least_loaded(vt, vt->cpu);
	if (to != vt->cpu)
		move_to(vt, to);
	pthread_mutex_unlock(&place_lock);
}
