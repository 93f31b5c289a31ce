/*
 * vms_space.c - libvmspace (vksup/vms.h): the sigsys machine without a kernel.
 *
 * A space is claimed for whatever changes or runs it; who finds it claimed gets
 * EBUSY.  spaces_lock covers the list and the claims.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

#include "carrier.h"
#include "crash.h"
#include "supervisor.h"
#include "term.h"
#include "monitor.h"
#include "vksup/host.h"
#include "vksup/vms.h"
#include "vksup/inject.h"

#define VPT_RANGES	8
#define VPT_LEVELS	4

struct vpt {
	uint64_t	start, end, root;
	int		fd;		/* our own duplicate; -1: unused */
	bool		set;		/* there is a root */
};

struct space {
	LIST_ENTRY(space) link;		/* [spaces_lock] */
	void		*id;		/* [I] */
	struct vmspace	*vs;		/* [I] */
	struct vmthread	*vt;		/* [I] */
	bool		claimed;	/* [spaces_lock] */
	int		lookers;	/* [spaces_lock] in pread, pwrite */
	struct vpt	vpt[VPT_RANGES]; /* whoever claimed it */
};

static LIST_HEAD(, space) spaces = LIST_HEAD_INITIALIZER(spaces);
static pthread_mutex_t spaces_lock = PTHREAD_MUTEX_INITIALIZER;

static struct space *
find(void *id)
{
	struct space *s;

	LIST_FOREACH(s, &spaces, link)
		if (s->id == id)
			return s;
	return NULL;
}

static int
claim(void *id, struct space **out)
{
	int err = 0;

	pthread_mutex_lock(&spaces_lock);
	*out = find(id);
	if (*out == NULL)
		err = -ENOENT;
	else if ((*out)->claimed)
		err = -EBUSY;
	else
		(*out)->claimed = true;
	pthread_mutex_unlock(&spaces_lock);
	return err;
}

static int
release(struct space *s, int err)
{
	pthread_mutex_lock(&spaces_lock);
	s->claimed = false;
	pthread_mutex_unlock(&spaces_lock);
	return err;
}

static bool
range_ok(uint64_t addr, uint64_t len)
{
	return ((addr | len) & PAGE_MASK) == 0 && len > 0 && addr >= GUEST_MIN &&
	    addr < GUEST_TOP && len <= GUEST_TOP - addr;
}

/* --- life --- */

int
vms_start(void)
{
	int err;

	stdio_guard();
	place_init();
	host_info_init();
	err = warden_start();
	if (err == 0)
		err = template_start();
	if (err == 0)
		err = reaper_start();
	if (err == 0)
		err = template_wait();
	return err;
}

void
vms_finish(void)
{
	carriers_kill_all();
	warden_stop();
}

int
vms_create(void *id)
{
	struct space *s = calloc(1, sizeof(*s));
	int i, err = 0;

	if (s == NULL)
		return -ENOMEM;
	s->id = id;
	for (i = 0; i < VPT_RANGES; i++)
		s->vpt[i].fd = -1;
	pthread_mutex_lock(&spaces_lock);
	if (find(id) != NULL)
		err = -EEXIST;
	if (err == 0)
		err = vmspace_create(&s->vs, &s->vt);
	if (err == 0)
		LIST_INSERT_HEAD(&spaces, s, link);
	pthread_mutex_unlock(&spaces_lock);
	if (err != 0)
		free(s);
	return err;
}

int
vms_destroy(void *id)
{
	struct space *s;
	int i, err = 0;

	pthread_mutex_lock(&spaces_lock);
	s = find(id);
	if (s == NULL)
		err = -ENOENT;
	else if (s->claimed || s->lookers > 0)
		err = -EBUSY;
	else
		LIST_REMOVE(s, link);
	pthread_mutex_unlock(&spaces_lock);
	if (err != 0)
		return err;
	vmspace_kill(s->vs);
	vmthread_exit(s->vt);
	vmspace_unref(s->vs);
	for (i = 0; i < VPT_RANGES; i++)
		if (s->vpt[i].fd >= 0)
			close(s->vpt[i].fd);
	free(s);
	return 0;
}

/* --- memory --- */

static int
order(void *id, const struct vmorder *o)
{
	struct space *s;
	int failed, err;

	if (!range_ok(o->addr, o->len))
		return -EINVAL;
	err = claim(id, &s);
	if (err != 0)
		return err;
	return release(s, vmthread_orders(s->vt, o, 1, &failed));
}

int
vms_mmap(void *id, uint64_t addr, uint64_t len, int prot, int flags, int fd, int64_t off)
{
	bool anon = (flags & MAP_ANONYMOUS) != 0;
	struct vmorder o = { .op = VMO_MMAP, .addr = addr, .len = len, .prot = (uint64_t)prot,
		.flags = (uint64_t)flags | MAP_FIXED, .fd = { anon ? -1 : fd }, .off = (uint64_t)off };

	if ((off & (int64_t)PAGE_MASK) != 0 || off < 0 || (!anon && fd < 0) ||
	    (anon && (flags & MAP_SHARED) != 0) ||
	    (flags & ~(MAP_SHARED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE)) != 0)
		return -EINVAL;
	return order(id, &o);
}

int
vms_munmap(void *id, uint64_t addr, uint64_t len)
{
	return order(id, &(struct vmorder){ .op = VMO_MUNMAP, .addr = addr, .len = len, .fd = HFD_NONE });
}

int
vms_mprotect(void *id, uint64_t addr, uint64_t len, int prot)
{
	return order(id, &(struct vmorder){ .op = VMO_MPROTECT, .addr = addr, .len = len,
	    .prot = (uint64_t)prot, .fd = HFD_NONE });
}

/* A space to look into, which may be running. */
static struct space *
look(void *id, int by)
{
	struct space *s;

	pthread_mutex_lock(&spaces_lock);
	s = find(id);
	if (s != NULL)
		s->lookers += by;
	pthread_mutex_unlock(&spaces_lock);
	return s;
}

ssize_t
vms_pread(void *id, void *buf, size_t n, uint64_t addr)
{
	struct space *s = look(id, 1);
	ssize_t r;

	if (s == NULL)
		return -ENOENT;
	n = addr < GUEST_TOP ? min_of(n, GUEST_TOP - addr) : 0;
	r = vmspace_pread(s->vs, buf, n, ga(addr));
	look(id, -1);
	return r;
}

ssize_t
vms_pwrite(void *id, const void *buf, size_t n, uint64_t addr)
{
	struct space *s = look(id, 1);
	ssize_t r;

	if (s == NULL)
		return -ENOENT;
	n = addr < GUEST_TOP ? min_of(n, GUEST_TOP - addr) : 0;
	r = vmspace_pwrite(s->vs, buf, n, ga(addr));
	look(id, -1);
	return r;
}

/* --- software page tables --- */

static struct vpt *
vpt_at(struct space *s, uint64_t addr)
{
	int i;

	for (i = 0; i < VPT_RANGES; i++)
		if (s->vpt[i].fd >= 0 && addr >= s->vpt[i].start && addr < s->vpt[i].end)
			return &s->vpt[i];
	return NULL;
}

static int
vpt_show_nothing(struct space *s, uint64_t addr, uint64_t len)
{
	struct vmorder o = { .op = VMO_MMAP, .addr = addr, .len = len, .prot = PROT_NONE,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, .fd = HFD_NONE };
	int failed;

	return vmthread_orders(s->vt, &o, 1, &failed);
}

static int
vpt_add(struct space *s, uint64_t addr, uint64_t len, int fd)
{
	int i, err;

	for (i = 0; i < VPT_RANGES && s->vpt[i].fd >= 0; i++)
		if (addr < s->vpt[i].end && addr + len > s->vpt[i].start)
			return -EEXIST;
	if (i == VPT_RANGES)
		return -ENOMEM;
	err = vpt_show_nothing(s, addr, len);
	if (err != 0)
		return err;
	fd = dup(fd);
	if (fd < 0)
		return -errno;
	s->vpt[i] = (struct vpt){ .start = addr, .end = addr + len, .fd = fd };
	return 0;
}

int
vms_vpagetable(void *id, uint64_t addr, uint64_t len, int fd)
{
	struct space *s;
	int err;

	if (!range_ok(addr, len))
		return -EINVAL;
	err = claim(id, &s);
	if (err != 0)
		return err;
	return release(s, vpt_add(s, addr, len, fd));
}

static int
control(struct space *s, uint64_t addr, uint64_t len, int behav, uint64_t value)
{
	struct vpt *v = vpt_at(s, addr);

	if (v == NULL || len > v->end - addr)
		return -EINVAL;
	if (behav == VMS_SETMAP) {
		if (addr != v->start || addr + len != v->end || (value & PAGE_MASK) != 0)
			return -EINVAL;
		v->root = value;
		v->set = true;
	} else if (behav != VMS_INVAL) {
		return -EOPNOTSUPP;
	}
	return vpt_show_nothing(s, addr, len);
}

int
vms_mcontrol(void *id, uint64_t addr, uint64_t len, int behav, uint64_t value)
{
	struct space *s;
	int err;

	if (!range_ok(addr, len))
		return -EINVAL;
	err = claim(id, &s);
	if (err != 0)
		return err;
	return release(s, control(s, addr, len, behav, value));
}

/* The page behind an offset: its place in the file, and is it writable now? */
static bool
vpt_walk(const struct vpt *v, uint64_t off, bool write, uint64_t *frame, int *prot)
{
	uint64_t table = v->root, pte = 0, at = 0, below = 0;
	int level, shift;

	for (level = 0; level < VPT_LEVELS; level++) {
		shift = 12 + 9 * (VPT_LEVELS - 1 - level);
		at = table + (off >> shift & 511) * sizeof(pte);
		if (pread(v->fd, &pte, sizeof(pte), (off_t)at) != sizeof(pte) || (pte & VPTE_V) == 0)
			return false;
		table = pte & VPTE_FRAME;
		below = (1UL << shift) - PAGE_SIZE;
		if ((pte & VPTE_PS) != 0)
			break;
	}
	if (write && (pte & VPTE_RW) == 0)
		return false;
	pte |= VPTE_A | (write ? VPTE_M : 0);
	if (pwrite(v->fd, &pte, sizeof(pte), (off_t)at) != sizeof(pte))
		return false;
	*frame = table + (off & below);
	/* Not writable until it has been written to, so that M is seen. */
	*prot = PROT_READ | PROT_EXEC | ((pte & VPTE_M) != 0 && (pte & VPTE_RW) != 0 ? PROT_WRITE : 0);
	return true;
}

/* Was it a fault that the table answers? */
static bool
vpt_fault(struct space *s, const struct vregs *regs, const struct vmevent *ev)
{
	struct vmorder o = { .op = VMO_MMAP, .len = PAGE_SIZE, .flags = MAP_SHARED | MAP_FIXED };
	struct vpt *v;
	int failed, prot;

	if (ev->cause != VMC_FAULT || ev->signo != SIGSEGV)
		return false;
	v = vpt_at(s, ev->addr);
	if (v == NULL || !v->set ||
	    !vpt_walk(v, ev->addr - v->start, (regs->err & 2) != 0, &o.off, &prot))
		return false;
	o.addr = page_down(ev->addr);
	o.prot = (uint64_t)prot;
	o.fd = (hfd_t){ v->fd };
	return vmthread_orders(s->vt, &o, 1, &failed) == 0;
}

/* --- running --- */

struct limit {
	pthread_mutex_t	lock;
	pthread_cond_t	cond;
	struct vmthread	*vt;
	int64_t		at;
	bool		over, reached;
};

static void *
limit_main(void *arg)
{
	struct limit *l = arg;
	struct timespec ts = { l->at / NSEC_PER_SEC, l->at % NSEC_PER_SEC };
	int err = 0;

	pthread_mutex_lock(&l->lock);
	while (!l->over && err == 0)
		err = pthread_cond_clockwait(&l->cond, &l->lock, CLOCK_MONOTONIC, &ts);
	if (!l->over) {
		l->reached = true;
		vmthread_kick(l->vt);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

static int
run_limited(struct space *s, struct vregs *regs, struct vmevent *ev, int64_t timeout)
{
	struct limit l = { .lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER,
		.vt = s->vt, .at = host_clock(CLOCK_MONOTONIC) + timeout };
	pthread_t th;
	bool limited = timeout != NEVER;

	if (limited && pthread_create(&th, NULL, limit_main, &l) != 0)
		return -EAGAIN;
	do
		vmthread_run(s->vt, regs, ev);
	while (vpt_fault(s, regs, ev));
	if (!limited)
		return 0;
	pthread_mutex_lock(&l.lock);
	l.over = true;
	pthread_cond_signal(&l.cond);
	pthread_mutex_unlock(&l.lock);
	pthread_join(th, NULL);
	return l.reached && ev->cause == VMC_KICK ? -ETIMEDOUT : 0;
}

int
vms_run(void *id, struct vregs *regs, struct vmevent *ev, int64_t timeout)
{
	struct space *s;
	int err;

	if (timeout < 0)
		return -EINVAL;
	err = claim(id, &s);
	if (err != 0)
		return err;
	return release(s, run_limited(s, regs, ev, timeout));
}

int
vms_kick(void *id)
{
	struct space *s;

	pthread_mutex_lock(&spaces_lock);
	s = find(id);
	if (s != NULL)
		vmthread_kick(s->vt);
	pthread_mutex_unlock(&spaces_lock);
	return s != NULL ? 0 : -ENOENT;
}

/* --- what the machine's files ask of their program --- */

void
crash(const char *why)
{
	fprintf(stderr, "vmspace: %s\n", why);
	carriers_kill_all();
	warden_stop();
	abort();
}

void
supervisor_stop(const char *msg)
{
	crash(msg);
}

/* Without a kernel nobody has host calls fail, and there is no monitor. */
__thread struct vkern *vk;

int
inject_host_slow(enum inject_host which)
{
	(void)which;
	return 0;
}

void
monitor_unlink(void)
{
}

void
crash_thread(void *stack)
{
	(void)stack;
}

void
term_restore(void)
{
}
