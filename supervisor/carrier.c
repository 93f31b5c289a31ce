/*
 * carrier.c - carriers as processes: made, found, killed, reaped.
 *
 * All carriers are children of this process (CLONE_PARENT), so a pid cannot be
 * reused before we reap it; vmspace.lock orders reaping against kill().  What
 * a carrier says of its children is only believed when the host agrees.
 */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <linux/futex.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "carrier.h"
#include "vksup/host.h"
#include "vksup/inject.h"

#define NBUCKETS	256

LIST_HEAD(bucket, vmspace);
static struct bucket buckets[NBUCKETS];
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;

static struct bucket *
bucket_of(pid_t pid)
{
	return &buckets[(unsigned)pid % NBUCKETS];
}

static struct vmspace *
registry_find(pid_t pid)
{
	struct vmspace *vs;

	LIST_FOREACH(vs, bucket_of(pid), hash)
		if (vs->hpid == pid)
			break;
	return vs;
}

struct vmspace *
vmspace_alloc(int sock)
{
	struct vmspace *vs = calloc(1, sizeof(*vs));

	if (vs == NULL)
		return NULL;
	vs->refs = 1;
	vs->users = 1;
	pthread_mutex_init(&vs->lock, NULL);
	pthread_mutex_init(&vs->fd_lock, NULL);
	vs->pid = vs->hpid = -1;
	vs->sock = sock;
	vs->mem = -1;
	TAILQ_INIT(&vs->threads);
	return vs;
}

void
vmspace_put(struct vmspace *vs)
{
	if (atomic_fetch_sub(&vs->refs, 1) != 1)
		return;
	if (vs->sock >= 0)
		close(vs->sock);
	if (vs->mem >= 0)
		close(vs->mem);
	pthread_mutex_destroy(&vs->lock);
	pthread_mutex_destroy(&vs->fd_lock);
	free(vs->slots);
	free(vs);
}

/* The registry holds a reference until the carrier is reaped. */
void
vmspace_register(struct vmspace *vs, pid_t pid)
{
	vs->refs++;
	vs->pid = vs->hpid = pid;
	pthread_mutex_lock(&registry_lock);
	LIST_INSERT_HEAD(bucket_of(pid), vs, hash);
	pthread_mutex_unlock(&registry_lock);
}

struct vmspace *
vmspace_find(pid_t pid)
{
	struct vmspace *vs;

	pthread_mutex_lock(&registry_lock);
	vs = registry_find(pid);
	if (vs != NULL)
		vs->refs++;
	pthread_mutex_unlock(&registry_lock);
	return vs;
}

bool
vmspace_known(pid_t pid)
{
	bool known;

	pthread_mutex_lock(&registry_lock);
	known = registry_find(pid) != NULL;
	pthread_mutex_unlock(&registry_lock);
	return known;
}

void
vmthread_set_awake(struct vmthread *vt, bool on)
{
	if (vt->awake == on)
		return;
	vt->awake = on;
	strays_awake(on);
}

/* A slot number that no thread of the carrier uses any more; -1 if none. */
int
vmspace_slot_get(struct vmspace *vs)
{
	struct slot_use *n;
	int i, size;

	pthread_mutex_lock(&vs->lock);
	for (i = 0; i < vs->nslots; i++) {
		if (vs->slots[i].used)
			continue;
		if (vs->slots[i].exiting == 0 || vs->pid <= 0 ||
		    syscall(SYS_tgkill, vs->pid, vs->slots[i].exiting, 0) != 0)
			break;
	}
	if (i == vs->nslots) {
		size = vs->nslots ? vs->nslots * 2 : 4;
		n = i < SLOT_MAX ? realloc(vs->slots, (size_t)size * sizeof(*n)) : NULL;
		if (n == NULL) {
			pthread_mutex_unlock(&vs->lock);
			return -1;
		}
		memset(n + i, 0, (size_t)(size - i) * sizeof(*n));
		vs->slots = n;
		vs->nslots = size;
	}
	vs->slots[i].used = true;
	vs->slots[i].exiting = 0;
	pthread_mutex_unlock(&vs->lock);
	return i;
}

void
vmspace_slot_put(struct vmspace *vs, int index)
{
	pthread_mutex_lock(&vs->lock);
	vs->slots[index].used = false;
	pthread_mutex_unlock(&vs->lock);
}

/* Take slot `index` in a new carrier. */
static int
slot_take(struct vmspace *vs, int index)
{
	int size = index + 4;

	vs->slots = calloc((size_t)size, sizeof(*vs->slots));
	if (vs->slots == NULL)
		return -ENOMEM;
	vs->nslots = size;
	vs->slots[index].used = true;
	return 0;
}

/*
 * Is pid a live child of ours that is no carrier yet?  What the cloning
 * carrier reports may be anything.
 */
static bool
child_is_new(pid_t pid)
{
	siginfo_t si;

	if (pid <= 1 || waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT) != 0)
		return false;
	return !vmspace_known(pid) && pid != warden_pid();
}

/*
 * Have by's carrier clone itself; the child's first thread resumes from what
 * prepare() put into its slot.
 */
int
carrier_clone(struct vmthread *by, struct vmspace **out, struct vmthread **first,
    void (*prepare)(struct vmthread *, struct vmthread *, const struct vregs *),
    const struct vregs *r)
{
	struct vmspace *vs;
	struct vmthread *vt = NULL;
	struct flight flight;
	int sv[2], fds[2] = { -1, -1 }, err = -EAGAIN;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) != 0)
		return -EAGAIN;
	fds[1] = sv[1];
	flight_begin(&flight, by->vs);
	vs = vmspace_alloc(sv[0]);
	if (vs == NULL) {
		close(sv[0]);
		goto out;
	}
	if (slot_take(vs, by->index) != 0)
		goto out;
	vt = vmthread_alloc(vs, by->index, &fds[0]);
	if (vt == NULL)
		goto out;
	prepare(vt, by, r);
	vs->refs++;
	TAILQ_INSERT_TAIL(&vs->threads, vt, link);
	err = slot_command_fds(by, CMD_FORK, fds, 2);
	if (err == 0) {
		pid = (pid_t)*(volatile uint32_t *)&by->slot->ret;
		if (child_is_new(pid)) {
			vt->tid = pid;
			vmspace_register(vs, pid);
			place_new(vt, by);
			vmthread_set_awake(vt, true);
			*out = vs;
			*first = vt;
			vt = NULL;
		} else {
			err = -EAGAIN;
		}
	}
out:
	flight_end(&flight);
	close(fds[1]);
	if (fds[0] >= 0)
		close(fds[0]);
	if (err) {
		if (vt != NULL)
			vmthread_exit(vt);
		if (vs != NULL)
			vmspace_put(vs);
	}
	return err == -ENOMEM ? -ENOMEM : err ? -EAGAIN : 0;
}

/* A clean carrier starts in the trampoline and reports EV_BOOT. */
int
vmspace_create(struct vmspace **vs, struct vmthread **first)
{
	HOST_FAULT(space);
	
	struct vregs none = { 0 };
	struct slot *s;
	int err;

	pthread_mutex_lock(&template_lock);
	place_template();
	err = carrier_clone(template_thread, vs, first, template_prepare, &none);
	pthread_mutex_unlock(&template_lock);
	if (err)
		return err;
	s = (*first)->slot;
	while (atomic_load(&s->turn) == TURN_CARRIER && !(*first)->dead)
		syscall(SYS_futex, &s->turn, FUTEX_WAIT, TURN_CARRIER, NULL, NULL, 0);
	(*first)->uc_off = 0;
	return 0;
}

void
vmspace_ref(struct vmspace *vs)
{
	vs->users++;
	vs->refs++;
}

void
vmspace_unref(struct vmspace *vs)
{
	if (atomic_fetch_sub(&vs->users, 1) == 1)
		vmspace_kill(vs);
	vmspace_put(vs);
}

void
vmspace_kill(struct vmspace *vs)
{
	pthread_mutex_lock(&vs->lock);
	if (vs->pid > 0)
		kill(vs->pid, SIGKILL);
	pthread_mutex_unlock(&vs->lock);
}

void
vmthread_kick(struct vmthread *vt)
{
	struct vmspace *vs = vt->vs;

	pthread_mutex_lock(&vs->lock);
	if (vs->pid > 0 && vt->tid > 0)
		syscall(SYS_tgkill, vs->pid, vt->tid, SIGKICK);
	pthread_mutex_unlock(&vs->lock);
}

void
vmthread_exit(struct vmthread *vt)
{
	struct vmspace *vs = vt->vs;
	struct slot *s = vt->slot;
	/*
	 * The carrier's first thread sleeps on until the carrier ends: a process
	 * whose leader is gone has no memory that /proc or process_vm_readv(2)
	 * would find.
	 */
	bool leader = vt->tid == vs->hpid;

	place_forget(vt);
	vmthread_set_awake(vt, false);
	pthread_mutex_lock(&vs->lock);
	TAILQ_REMOVE(&vs->threads, vt, link);
	if (vt->index < vs->nslots && !leader) {
		vs->slots[vt->index].used = false;
		vs->slots[vt->index].exiting = vt->tid;
	}
	pthread_mutex_unlock(&vs->lock);
	if (!vt->dead && vt->tid != 0 && !leader) {
		s->cmd = CMD_EXIT;
		atomic_store(&s->turn, TURN_CARRIER);
		syscall(SYS_futex, &s->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
	}
	vmthread_free(vt);
	vmspace_put(vs);
}

struct vmspace *
vmthread_space(struct vmthread *vt)
{
	return vt->vs;
}

hpid_t
vmspace_hpid(struct vmspace *vs)
{
	return (hpid_t){ vs->hpid };
}

static void (*death_fn)(struct vmspace *, void *);
static void *death_arg;

void
vmspace_on_death(void (*fn)(struct vmspace *, void *), void *arg)
{
	death_arg = arg;
	death_fn = fn;
}

bool
vmspace_look(struct vmspace *vs)
{
	atomic_fetch_add(&vs->lookers, 1);
	if (!vs->dead)
		return true;
	atomic_fetch_sub(&vs->lookers, 1);
	return false;
}

void
vmspace_looked(struct vmspace *vs)
{
	atomic_fetch_sub(&vs->lookers, 1);
}

/* The carrier has died: whoever waits for one of its threads is told. */
static void
vmspace_died(struct vmspace *vs)
{
	struct vmthread *vt;

	pthread_mutex_lock(&vs->lock);
	vs->pid = -1;
	TAILQ_FOREACH(vt, &vs->threads, link) {
		vt->dead = true;
		atomic_store(&vt->slot->turn, TURN_KERNEL);
		/* All: a parent of the carrier may have kept the slot and sleep there too. */
		syscall(SYS_futex, &vt->slot->turn, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	}
	pthread_mutex_unlock(&vs->lock);
}

static void
child_died(pid_t pid)
{
	struct vmspace *vs;
	siginfo_t si;

	pthread_mutex_lock(&registry_lock);
	vs = registry_find(pid);
	if (vs != NULL)
		LIST_REMOVE(vs, hash);
	pthread_mutex_unlock(&registry_lock);
	if (vs != NULL) {
		vs->dead = true;
		while (vs->lookers > 0)
			sched_yield();
		pthread_mutex_lock(&vs->lock);
		waitid(P_PID, (id_t)pid, &si, WEXITED);
		pthread_mutex_unlock(&vs->lock);
		vmspace_died(vs);
		if (vs->users > 0 && death_fn != NULL)
			death_fn(vs, death_arg);
		vmspace_put(vs);
		return;
	}
	waitid(P_PID, (id_t)pid, &si, WEXITED);
	if (pid == warden_pid())
		host_panic("the guard process died");
}

static void *
reaper_main(void *arg)
{
	siginfo_t si;

	(void)arg;
	for (;;) {
		si.si_pid = 0;
		if (waitid(P_ALL, 0, &si, WEXITED | WNOWAIT) == 0 && si.si_pid > 0)
			child_died(si.si_pid);
		else if (errno == ECHILD)
			return NULL;
	}
}

int
reaper_start(void)
{
	pthread_t th;
	int err = pthread_create(&th, NULL, reaper_main, NULL);

	if (err == 0)
		pthread_detach(th);
	return -err;
}

void
carriers_kill_all(void)
{
	struct vmspace *vs;
	int i;

	pthread_mutex_lock(&registry_lock);
	for (i = 0; i < NBUCKETS; i++)
		LIST_FOREACH(vs, &buckets[i], hash)
			kill(vs->hpid, SIGKILL);
	pthread_mutex_unlock(&registry_lock);
}
