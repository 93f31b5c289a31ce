/*
 * lib_proc.c - kernels and handles of library mode; calls in steps; handlers.
 */
#include "lib_impl.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SA_RESTORER_	0x04000000UL
#define STACK_SIZE	(256UL << 10)
#define HEAP_CHUNK	(1UL << 20)

/* --- calls --- */

/* Under lock: does it wait for the next call? */
static bool
idle(const struct vk_proc *p)
{
	return p->vt != NULL && p->vt->in_run && !p->vt->posted && !p->vt->kicked;
}

/* Under lock: until p is idle (true) or gone (false). */
static bool
wait_idle(struct vk_proc *p)
{
	while (!p->gone && !idle(p))
		pthread_cond_wait(&p->k->changed, &p->k->lock);
	return !p->gone;
}

/* rsp 0: the stack stays where it is. */
static void
post(struct vk_proc *p, unsigned nr, const uint64_t args[6], uint64_t rsp)
{
	struct vregs *r;

	pthread_mutex_lock(&p->k->lock);
	if (wait_idle(p)) {
		r = &p->vt->regs;
		r->rax = nr;
		r->rdi = args[0];
		r->rsi = args[1];
		r->rdx = args[2];
		r->r10 = args[3];
		r->r8 = args[4];
		r->r9 = args[5];
		r->rip = SYSCALL_IP;
		if (rsp != 0)
			r->rsp = rsp;
		p->vt->posted = true;
		p->vt->ev.cause = VMC_SYSCALL;
		pthread_cond_signal(&p->vt->cond);
	}
	pthread_mutex_unlock(&p->k->lock);
}

/* The signal whose handler p is at the start of, or 0. */
static int
handler_of(const struct vregs *r)
{
	uint64_t n = (r->rip - HANDLER_IP(0)) / 16;

	return n > 0 && n < VK_SIGNALS && r->rip == HANDLER_IP(n) ? (int)n : 0;
}

static void
post_sigreturn(struct vk_proc *p, uint64_t rsp)
{
	static const uint64_t none[6];

	post(p, ABI_NR_rt_sigreturn, none, rsp);
}

static void
handler_run(struct vk_proc *p, int sig, const struct vregs *r)
{
	struct vmspace *vs = lib_space(p);
	siginfo_t si;

	memset(&si, 0, sizeof(si));
	if (vs != NULL)
		space_access(vs, r->rsi, &si, sizeof(si), PROT_READ);
	p->handler[sig](p, (int)r->rdi, &si);
	post_sigreturn(p, r->rsp + 8);
}

void
vk_start_v(struct vk_proc *p, unsigned nr, const uint64_t args[6])
{
	post(p, nr, args, 0);
}

long
vk_end(struct vk_proc *p)
{
	struct vregs r;
	bool alive;
	int sig;

	for (;;) {
		pthread_mutex_lock(&p->k->lock);
		alive = wait_idle(p);
		if (alive)
			r = p->vt->regs;
		pthread_mutex_unlock(&p->k->lock);
		if (!alive)
			return VK_GONE;
		sig = handler_of(&r);
		if (sig == 0)
			return (long)r.rax;
		if (p->handler[sig] == NULL)
			return VK_HANDLER;
		handler_run(p, sig, &r);
	}
}

bool
vk_waits(struct vk_proc *p)
{
	bool waits;

	pthread_mutex_lock(&p->k->lock);
	while (!p->gone && !idle(p) && !(p->vt != NULL && p->vt->blocked))
		pthread_cond_wait(&p->k->changed, &p->k->lock);
	waits = !p->gone && !idle(p);
	pthread_mutex_unlock(&p->k->lock);
	return waits;
}

long
vk_raw_v(struct vk_proc *p, unsigned nr, const uint64_t args[6])
{
	vk_start_v(p, nr, args);
	return vk_end(p);
}

long
vk_fault(struct vk_proc *p, int sig, int code, uint64_t addr)
{
	pthread_mutex_lock(&p->k->lock);
	if (wait_idle(p)) {
		p->vt->ev = (struct vmevent){ .cause = VMC_FAULT, .signo = sig, .code = code,
			.addr = addr };
		p->vt->regs.trapno = 14;
		p->vt->regs.err = 6;
		p->vt->regs.cr2 = addr;
		p->vt->posted = true;
		pthread_cond_signal(&p->vt->cond);
	}
	pthread_mutex_unlock(&p->k->lock);
	return vk_end(p);
}

bool
vk_proc_gone(struct vk_proc *p)
{
	bool gone;

	pthread_mutex_lock(&p->k->lock);
	gone = p->gone;
	pthread_mutex_unlock(&p->k->lock);
	return gone;
}

/* --- handlers --- */

long
vk_handle(struct vk_proc *p, int sig, vk_handler *fn, unsigned long flags, uint64_t mask)
{
	struct k_sigaction act = { HANDLER_IP(sig), flags | SA_SIGINFO | SA_RESTORER_,
		RESTORER_IP, mask };
	long r;

	if (sig <= 0 || sig >= VK_SIGNALS)
		return -EINVAL;
	r = vk_sys_rt_sigaction(p, sig, &act, NULL, 8);
	if (r == 0)
		p->handler[sig] = fn;
	return r;
}

long
vk_sigreturn(struct vk_proc *p)
{
	uint64_t rsp = 0;

	pthread_mutex_lock(&p->k->lock);
	if (wait_idle(p))
		rsp = p->vt->regs.rsp + 8;
	pthread_mutex_unlock(&p->k->lock);
	post_sigreturn(p, rsp);
	return vk_end(p);
}

/* --- memory --- */

struct vmspace *
lib_space(struct vk_proc *p)
{
	struct vmspace *vs = NULL;

	pthread_mutex_lock(&p->k->lock);
	if (wait_idle(p))
		vs = p->vt->vs;
	pthread_mutex_unlock(&p->k->lock);
	return vs;
}

static uint64_t
map_more(struct vk_proc *p, uint64_t n)
{
	long r = vk_raw(p, ABI_NR_mmap, 0, n, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, (uint64_t)-1, 0);

	return r > 0 ? (uint64_t)r : 0;
}

/* What was mapped for us before exec is gone. */
static bool
own_space(struct vk_proc *p)
{
	struct vmspace *vs = lib_space(p);

	if (vs == NULL)
		return false;
	if (p->vs != vs)
		p->stage = p->heap = p->heap_end = 0;
	p->vs = vs;
	return true;
}

uint64_t
lib_stage(struct vk_proc *p)
{
	if (!own_space(p))
		return 0;
	if (p->stage == 0)
		p->stage = map_more(p, VK_BUFFER_MAX + VK_STAGE_MORE);
	return p->stage;
}

gaddr_t
vk_alloc(struct vk_proc *p, size_t n)
{
	uint64_t at;

	n = (n + 15) & ~(size_t)15;
	if (n > GUEST_TOP || !own_space(p))
		return ga(0);
	if (n > p->heap_end - p->heap) {
		at = map_more(p, max_of(page_up(n), HEAP_CHUNK));
		if (at == 0)
			return ga(0);
		p->heap = at;
		p->heap_end = at + max_of(page_up(n), HEAP_CHUNK);
	}
	at = p->heap;
	p->heap += n;
	return ga(at);
}

int
vk_poke(struct vk_proc *p, gaddr_t at, const void *from, size_t n)
{
	struct vmspace *vs = lib_space(p);

	if (vs == NULL || n > GUEST_TOP || at.v > GUEST_TOP - n)
		return -EFAULT;
	return space_access(vs, at.v, (void *)(uintptr_t)from, n, PROT_WRITE) == n ? 0 : -EFAULT;
}

int
vk_get(struct vk_proc *p, gaddr_t at, void *to, size_t n)
{
	struct vmspace *vs = lib_space(p);

	if (vs == NULL || n > GUEST_TOP || at.v > GUEST_TOP - n)
		return -EFAULT;
	return space_access(vs, at.v, to, n, PROT_READ) == n ? 0 : -EFAULT;
}

gaddr_t
vk_put(struct vk_proc *p, const void *from, size_t n)
{
	gaddr_t at = vk_alloc(p, n);

	if (at.v == 0 || vk_poke(p, at, from, n) != 0)
		return ga(0);
	return at;
}

bool
vk_may(struct vk_proc *p, gaddr_t at, size_t n, int prot)
{
	struct vmspace *vs = lib_space(p);

	return vs != NULL && n <= GUEST_TOP && at.v <= GUEST_TOP - n &&
	    space_access(vs, at.v, NULL, n, prot) == n;
}

/* --- processes --- */

struct vk_proc *
vk_proc_child(struct vk_proc *p)
{
	struct vk_proc *c, *newest = NULL;

	pthread_mutex_lock(&p->k->lock);
	TAILQ_FOREACH(c, &p->k->procs, link)
		if (c->parent == p && !c->claimed) {
			c->claimed = true;
			newest = c;
		}
	pthread_mutex_unlock(&p->k->lock);
	return newest;
}

static int
made(struct vk_proc *p, long r, struct vk_proc **out)
{
	if (r == VK_GONE || r == VK_HANDLER)
		return -ESRCH;
	if (r < 0)
		return (int)r;
	*out = vk_proc_child(p);
	return 0;
}

int
vk_proc_fork(struct vk_proc *p, struct vk_proc **child)
{
	return made(p, vk_raw(p, ABI_NR_fork), child);
}

int
vk_proc_thread(struct vk_proc *p, unsigned long flags, struct vk_proc **thread)
{
	gaddr_t stack = vk_alloc(p, 16384);

	if (stack.v == 0)
		return -ENOMEM;
	return made(p, vk_raw(p, ABI_NR_clone, flags | CLONE_VM | CLONE_FS | CLONE_FILES |
	    CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, stack.v + 16384), thread);
}

int
vk_proc_new(struct vk *k, struct vk_proc **p)
{
	int err;

	pthread_mutex_lock(&k->first_lock);
	err = vk_proc_fork(k->first, p);
	pthread_mutex_unlock(&k->first_lock);
	if (err == 0)
		err = (int)vk_sys_rt_sigaction(*p, SIGCHLD, &(struct k_sigaction){ 0 }, NULL, 8);
	return err;
}

/* --- kernels --- */

/* A directory that nobody else can name, with nothing in it. */
static int
root_empty(void)
{
	const char *tmp = getenv("TMPDIR");
	char path[PATH_MAX];
	int fd, err;

	snprintf(path, sizeof(path), "%s/vk.XXXXXX", tmp != NULL && *tmp != '\0' ? tmp : "/tmp");
	if (mkdtemp(path) == NULL)
		return -errno;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	err = -errno;
	if (fd >= 0)
		(void)!fchmodat(AT_FDCWD, path, 0755, 0);
	rmdir(path);
	return fd >= 0 ? fd : err;
}

static int
root_open(const char *path)
{
	int fd;

	if (path == NULL)
		return root_empty();
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}

static int
stdio_open(struct vk *k, const int *stdio)
{
	int n;

	for (n = 0; n < 3; n++) {
		if (stdio == NULL || stdio[n] < 0)
			continue;
		k->stdio[n] = fcntl(stdio[n], F_DUPFD_CLOEXEC, 3);
		if (k->stdio[n] < 0)
			return -errno;
	}
	return 0;
}

static void
machine_free(struct vk *k)
{
	struct vk_proc *p;
	int n;

	while ((p = TAILQ_FIRST(&k->procs)) != NULL) {
		TAILQ_REMOVE(&k->procs, p, link);
		free(p);
	}
	for (n = 0; n < 3; n++)
		if (k->stdio[n] >= 0)
			close(k->stdio[n]);
	if (k->root >= 0)
		close(k->root);
	pthread_cond_destroy(&k->changed);
	pthread_mutex_destroy(&k->lock);
	pthread_mutex_destroy(&k->first_lock);
	free(k);
}

static void
on_exit_hook(void *arg, int status)
{
	(void)arg;
	(void)status;
}

/* Pid 2: a stack for handlers, and children that need no waiting for. */
static int
first_start(struct vk *k)
{
	struct k_sigaction reap = { .flags = SA_NOCLDWAIT };
	static char none[] = "";
	char *const empty[] = { none, NULL };
	uint64_t stack;
	int err;

	err = vkern_start(k->kern, NULL, empty, empty + 1, "/");
	if (err != 0)
		return err;
	pthread_mutex_lock(&k->lock);
	while ((k->first = TAILQ_FIRST(&k->procs)) == NULL)
		pthread_cond_wait(&k->changed, &k->lock);
	pthread_mutex_unlock(&k->lock);
	stack = map_more(k->first, STACK_SIZE);
	if (stack == 0)
		return -ENOMEM;
	pthread_mutex_lock(&k->lock);
	wait_idle(k->first);
	k->first->vt->regs.rsp = stack + STACK_SIZE;
	pthread_mutex_unlock(&k->lock);
	return (int)vk_sys_rt_sigaction(k->first, SIGCHLD, &reap, NULL, 8);
}

int
vk_boot(const struct vk_options *opt, struct vk **out)
{
	static const struct vk_options plain;
	struct vkern_config cfg = { .on_exit = on_exit_hook };
	struct vk *k = calloc(1, sizeof(*k));
	int err;

	if (k == NULL)
		return -ENOMEM;
	if (opt == NULL)
		opt = &plain;
	pthread_mutex_init(&k->lock, NULL);
	pthread_mutex_init(&k->first_lock, NULL);
	pthread_cond_init(&k->changed, NULL);
	TAILQ_INIT(&k->procs);
	k->log = opt->log;
	k->log_arg = opt->log_arg;
	k->stdio[0] = k->stdio[1] = k->stdio[2] = -1;
	lib_info_init(&k->info, opt);
	k->root = err = root_open(opt->root);
	if (err >= 0)
		err = stdio_open(k, opt->stdio);
	if (err == 0) {
		cfg.arg = k;
		err = vkern_boot(&cfg, &k->kern);
		if (err == 0)
			err = first_start(k);
		if (err == 0) {
			*out = k;
			return 0;
		}
	}
	vk_shutdown(k);
	return err;
}

void
vk_shutdown(struct vk *k)
{
	if (k == NULL)
		return;
	if (k->kern != NULL)
		vkern_shutdown(k->kern);
	pthread_mutex_lock(&k->lock);
	while (k->nthreads > 0)
		pthread_cond_wait(&k->changed, &k->lock);
	pthread_mutex_unlock(&k->lock);
	machine_free(k);
}

struct vkern *
vk_kernel(struct vk *k)
{
	return k->kern;
}
