/*
 * fakehost_guest.c - guests: threads of address spaces, driven by the test.
 *
 * A guest's processor knows one instruction: at GUEST_SYSCALL_IP it makes a
 * system call, anywhere else it waits for the test.  So the kernel restarts a
 * call as on a real machine, by setting rip back to it.
 *
 * A guest handle outlives its vmthread: exec replaces the vmthread, and a
 * thread that has ended leaves the handle with the test.
 */
#include "fakehost_vm.h"

#include <elf.h>
#include <linux/audit.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MAGIC1		0x46505853U
#define MAGIC2		0x46505845U
#define SA_RESTORER_	0x04000000UL

/* Where guest_alloc() is in one address space. */
struct arena {
	int		refs;		/* [fk.lock] */
	uint64_t	next;		/* [fk.lock] */
};

struct guest {
	TAILQ_ENTRY(guest) link;	/* by age */
	struct vmthread	*vt;		/* [fk.lock] NULL: in exec, or gone */
	struct guest	*parent;
	bool		ran, gone, claimed; /* [fk.lock] */
	long		nr;		/* of the last call, for reports */
	guest_handler	*handler[NSIG];
	struct arena	*arena;		/* [fk.lock] reference */
};

static TAILQ_HEAD(, guest) guests = TAILQ_HEAD_INITIALIZER(guests);
static __thread struct guest *serving;	/* of a kernel thread */

/* --- life of guests and vmthreads --- */

static struct arena *
arena_new(uint64_t next)
{
	struct arena *a = calloc(1, sizeof(*a));

	FAKE_ASSERT(a != NULL);
	a->refs = 1;
	a->next = next;
	return a;
}

static void
arena_put(struct arena *a)
{
	if (--a->refs == 0)
		free(a);
}

/* shares: the parent's memory is the child's. */
static struct guest *
guest_new(struct guest *parent, bool shares)
{
	struct guest *g = calloc(1, sizeof(*g));

	FAKE_ASSERT(g != NULL);
	g->nr = -1;
	g->parent = parent;
	if (parent != NULL)
		memcpy(g->handler, parent->handler, sizeof(g->handler));
	if (parent != NULL && shares) {
		g->arena = parent->arena;
		g->arena->refs++;
	} else {
		g->arena = arena_new(parent != NULL ? parent->arena->next : GUEST_ARENA);
	}
	TAILQ_INSERT_TAIL(&guests, g, link);
	return g;
}

static void
xs_initial(struct vmthread *vt)
{
	uint16_t fcw = 0x37f;
	uint32_t mxcsr = 0x1f80, mask = 0xffff, sw[2] = { MAGIC1, XSTATE_SIZE }, magic2 = MAGIC2;
	uint64_t features = 7;

	memset(vt->xs, 0, sizeof(vt->xs));
	memcpy(vt->xs, &fcw, 2);
	memcpy(vt->xs + 24, &mxcsr, 4);
	memcpy(vt->xs + 28, &mask, 4);
	memcpy(vt->xs + 464, sw, 8);
	memcpy(vt->xs + 472, &features, 8);
	memcpy(vt->xs + XSTATE_SIZE - 4, &magic2, 4);
	vt->xs_valid = true;
}

struct vmthread *
vmthread_new(struct vmspace *vs)
{
	struct vmthread *vt = calloc(1, sizeof(*vt));

	FAKE_ASSERT(vt != NULL);
	space_get(vs);
	vt->vs = vs;
	vt->fresh = true;
	pthread_cond_init(&vt->cond, NULL);
	return vt;
}

int
vmspace_create(struct vmspace **vs, struct vmthread **first)
{
	FAIL_POINT();
	*vs = space_new();
	*first = vmthread_new(*vs);
	return 0;
}

/* A thread that starts as `by` is now. */
static struct vmthread *
vmthread_like(struct vmthread *by, struct vmspace *vs, bool shares)
{
	struct vmthread *vt = vmthread_new(vs);

	memcpy(vt->xs, by->xs, sizeof(vt->xs));
	vt->xs_valid = by->xs_valid;
	vt->fresh = by->fresh;
	pthread_mutex_lock(&fk.lock);
	FAKE_ASSERT(!by->in_run);
	vt->guest = guest_new(by->guest, shares);
	vt->guest->vt = vt;
	pthread_mutex_unlock(&fk.lock);
	return vt;
}

int
vmspace_fork(struct vmthread *by, const struct vregs *regs, struct vmspace **vs,
    struct vmthread **first)
{
	(void)regs;
	FAIL_POINT();
	*vs = space_copy(by->vs);
	*first = vmthread_like(by, *vs, false);
	return 0;
}

int
vmthread_create(struct vmthread *by, const struct vregs *regs, struct vmthread **vt)
{
	(void)regs;
	FAIL_POINT();
	*vt = vmthread_like(by, by->vs, true);
	return 0;
}

void
vmthread_exit(struct vmthread *vt)
{
	struct guest *g;

	pthread_mutex_lock(&fk.lock);
	FAKE_ASSERT(!vt->in_run);
	g = vt->guest;
	if (g != NULL && g->vt == vt) {
		g->vt = NULL;
		g->gone = !g->ran;	/* else when its kernel thread ends */
		pthread_cond_broadcast(&fk.changed);
	}
	pthread_mutex_unlock(&fk.lock);
	space_put(vt->vs);
	pthread_cond_destroy(&vt->cond);
	free(vt);
}

struct vmspace *
vmthread_space(struct vmthread *vt)
{
	return vt->vs;
}

void
fake_serving_ends(void)
{
	if (serving != NULL)
		serving->gone = true;
	serving = NULL;
}

/* --- running --- */

static void
vt_wake(struct vmthread *vt)
{
	if (vt->in_run && !vt->awake) {
		vt->awake = true;
		fake_wakes();
	}
	pthread_cond_signal(&vt->cond);
}

/* A vmthread's first run says whose it is: after exec, the same guest's. */
static void
guest_bind(struct vmthread *vt)
{
	if (vt->guest == NULL)
		vt->guest = serving != NULL ? serving : guest_new(NULL, false);
	if (vt->guest->vt != vt && serving != NULL) {
		memset(serving->handler, 0, sizeof(serving->handler));
		arena_put(serving->arena);
		serving->arena = arena_new(GUEST_ARENA);
	}
	serving = vt->guest;
	serving->vt = vt;
	serving->ran = true;
}

static void
guest_runs(struct vmthread *vt)
{
	vt->in_run = true;
	vt->awake = false;
	fake_sleeps();
	while (!vt->posted && !vt->kicked && !vt->vs->dead)
		pthread_cond_wait(&vt->cond, &fk.lock);
	if (!vt->awake)
		fake_wakes();
	vt->in_run = false;
}

static void
event_make(struct vmthread *vt, struct vmevent *ev)
{
	struct vregs *r = &vt->regs;

	memset(ev, 0, sizeof(*ev));
	if (vt->vs->dead) {
		ev->cause = VMC_DEAD;
	} else if (vt->kicked && !vt->posted) {
		vt->kicked = false;
		ev->cause = VMC_KICK;
	} else if (vt->posted && vt->ev.cause == VMC_FAULT) {
		*ev = vt->ev;
	} else {
		r->rip += 2;
		r->rcx = r->rip;
		r->r11 = r->eflags;
		ev->cause = VMC_SYSCALL;
		ev->addr = r->rip;
		ev->arch = AUDIT_ARCH_X86_64;
	}
	vt->posted = false;
}

void
vmthread_run(struct vmthread *vt, struct vregs *regs, struct vmevent *ev)
{
	pthread_mutex_lock(&fk.lock);
	FAKE_ASSERT(!vt->in_run);
	guest_bind(vt);
	vt->regs = *regs;
	vt->fresh = false;
	if (!vt->kicked && !vt->vs->dead && regs->rip != GUEST_SYSCALL_IP)
		guest_runs(vt);
	event_make(vt, ev);
	if (!vt->xs_valid)
		xs_initial(vt);
	*regs = vt->regs;
	pthread_mutex_unlock(&fk.lock);
}

void
vmthread_kick(struct vmthread *vt)
{
	pthread_mutex_lock(&fk.lock);
	vt->kicked = true;
	vt_wake(vt);
	pthread_mutex_unlock(&fk.lock);
}

void
vmspace_kill(struct vmspace *vs)
{
	struct guest *g;

	pthread_mutex_lock(&fk.lock);
	vs->dead = true;
	TAILQ_FOREACH(g, &guests, link)
		if (g->vt != NULL && g->vt->vs == vs)
			vt_wake(g->vt);
	pthread_mutex_unlock(&fk.lock);
}

void
vmspace_on_death(void (*fn)(struct vmspace *, void *), void *arg)
{
	(void)fn;
	(void)arg;
}

void
vmthread_affinity(struct vmthread *vt, uint64_t mask)
{
	(void)vt;
	(void)mask;
}

void
vmthread_blocked(struct vmthread *vt, bool blocked)
{
	pthread_mutex_lock(&fk.lock);
	vt->blocked = blocked;
	pthread_mutex_unlock(&fk.lock);
}

void
vmthread_cputime(struct vmthread *vt, int64_t *user, int64_t *sys)
{
	pthread_mutex_lock(&fk.lock);
	*user = vt->utime;
	*sys = vt->stime;
	pthread_mutex_unlock(&fk.lock);
}

void *
vmthread_xstate(struct vmthread *vt, size_t *len)
{
	FAKE_ASSERT(!vt->in_run);
	*len = 0;
	if (vt->fresh || !vt->xs_valid)
		return NULL;
	*len = XSTATE_SIZE;
	return vt->xs;
}

int
vmthread_set_xstate(struct vmthread *vt, const void *buf, size_t len)
{
	uint32_t mxcsr;

	FAKE_ASSERT(!vt->in_run);
	vt->xs_valid = false;
	if (buf == NULL)
		return 0;
	xs_initial(vt);
	if (len < 512 || len > XSTATE_SIZE)
		return -EINVAL;
	memcpy(&mxcsr, (const uint8_t *)buf + 24, 4);
	if ((mxcsr & ~0xffffU) != 0)
		return -EINVAL;
	memcpy(vt->xs, buf, 464);
	if (len > 512)
		memcpy(vt->xs + 512, (const uint8_t *)buf + 512, len - 512);
	return 0;
}

/* --- the test's side --- */

/* What the test expects of a guest is not so: its mistake, unless failures are
 * what it is about. */
#define guest_die(...) do {						\
	if (fake_stuck != NULL)						\
		fake_stuck();						\
	fake_die(__VA_ARGS__);						\
} while (0)
#define guest_die_locked(...) do {					\
	pthread_mutex_unlock(&fk.lock);					\
	guest_die(__VA_ARGS__);						\
} while (0)

static bool
idle(const struct guest *g)
{
	const struct vmthread *vt = g->vt;

	return vt != NULL && vt->in_run && !vt->awake;
}

/* Under fk.lock: until g is idle (true) or gone (false). */
static bool
wait_idle(struct guest *g, const char *what)
{
	struct timespec since = { 0 };

	while (!g->gone && !idle(g)) {
		if (fake_stuck != NULL && fk.running == 0) {
			pthread_mutex_unlock(&fk.lock);
			fake_stuck();
			pthread_mutex_lock(&fk.lock);
		}
		fake_wait_changed(&since, what);
	}
	return !g->gone;
}

/* rsp 0: the stack stays where it is. */
static void
post_call(struct guest *g, long nr, const uint64_t args[6], uint64_t rsp)
{
	struct vregs *r;

	pthread_mutex_lock(&fk.lock);
	if (wait_idle(g, "for a guest to make a call")) {
		r = &g->vt->regs;
		g->nr = nr;
		r->rax = (uint64_t)nr;
		r->rdi = args[0];
		r->rsi = args[1];
		r->rdx = args[2];
		r->r10 = args[3];
		r->r8 = args[4];
		r->r9 = args[5];
		r->rip = GUEST_SYSCALL_IP;
		if (rsp != 0)
			r->rsp = rsp;
		g->vt->posted = true;
		g->vt->ev.cause = VMC_SYSCALL;
		vt_wake(g->vt);
	}
	pthread_mutex_unlock(&fk.lock);
}

void
guest_post_v(struct guest *g, long nr, const uint64_t args[6])
{
	post_call(g, nr, args, 0);
}

/* Idle regs, or false when it is gone. */
static bool
regs_idle(struct guest *g, struct vregs *r)
{
	bool alive;

	pthread_mutex_lock(&fk.lock);
	alive = wait_idle(g, "for the end of a call");
	if (alive)
		*r = g->vt->regs;
	pthread_mutex_unlock(&fk.lock);
	return alive;
}

static int
handler_of(uint64_t rip)
{
	uint64_t n = (rip - GUEST_HANDLER_IP(0)) / 16;

	return rip > GUEST_HANDLER_IP(0) && n < NSIG && rip == GUEST_HANDLER_IP(n) ? (int)n : 0;
}

/* The guest is at rip with that stack, and asks to return from the handler. */
static void
post_sigreturn(struct guest *g, uint64_t rsp)
{
	static const uint64_t none[6];

	post_call(g, SYS_rt_sigreturn, none, rsp);
}

static void
handler_run(struct guest *g, int sig, const struct vregs *r)
{
	siginfo_t si;

	memset(&si, 0, sizeof(si));
	space_access(g->vt->vs, r->rsi, &si, sizeof(si), PROT_READ);
	g->handler[sig](g, (int)r->rdi, &si);
	post_sigreturn(g, r->rsp + 8);
}

long
guest_result(struct guest *g)
{
	struct vregs r;
	int sig;

	while (regs_idle(g, &r)) {
		sig = handler_of(r.rip);
		if (sig == 0)
			return (long)r.rax;
		if (g->handler[sig] == NULL)
			return GUEST_HANDLER;
		handler_run(g, sig, &r);
	}
	return GUEST_GONE;
}

long
guest_call_v(struct guest *g, long nr, const uint64_t args[6])
{
	guest_post_v(g, nr, args);
	return guest_result(g);
}

bool
guest_waits(struct guest *g)
{
	struct vregs r = { 0 };
	bool waits;
	int sig;

	for (;;) {
		fake_settle();
		pthread_mutex_lock(&fk.lock);
		waits = !g->gone && !idle(g);
		if (!g->gone && !waits)
			r = g->vt->regs;
		pthread_mutex_unlock(&fk.lock);
		sig = handler_of(r.rip);
		if (waits || sig == 0 || g->handler[sig] == NULL)
			return waits;
		handler_run(g, sig, &r);
		r.rip = 0;
	}
}

bool
guest_gone(struct guest *g)
{
	bool gone;

	fake_settle();
	pthread_mutex_lock(&fk.lock);
	gone = g->gone;
	pthread_mutex_unlock(&fk.lock);
	return gone;
}

long
guest_fault(struct guest *g, int signo, int code, uint64_t addr)
{
	pthread_mutex_lock(&fk.lock);
	if (!wait_idle(g, "for a guest to meet a fault"))
		guest_die_locked("a fault of a guest that is gone");
	g->vt->ev = (struct vmevent){ .cause = VMC_FAULT, .signo = signo, .code = code,
		.addr = addr };
	g->vt->regs.trapno = 14;
	g->vt->regs.err = 6;
	g->vt->regs.cr2 = addr;
	g->vt->posted = true;
	vt_wake(g->vt);
	pthread_mutex_unlock(&fk.lock);
	return guest_result(g);
}

struct vregs *
guest_regs(struct guest *g)
{
	struct vregs *r;

	pthread_mutex_lock(&fk.lock);
	if (!wait_idle(g, "for a guest's registers"))
		guest_die_locked("registers of a guest that is gone");
	r = &g->vt->regs;
	pthread_mutex_unlock(&fk.lock);
	return r;
}

void
guest_cputime(struct guest *g, int64_t user, int64_t sys)
{
	guest_regs(g);
	pthread_mutex_lock(&fk.lock);
	g->vt->utime = user;
	g->vt->stime = sys;
	pthread_mutex_unlock(&fk.lock);
}

void
guest_set_xstate(struct guest *g, const void *buf, size_t len)
{
	guest_regs(g);
	FAKE_ASSERT(len <= XSTATE_SIZE);
	xs_initial(g->vt);
	memcpy(g->vt->xs, buf, min_of(len, (size_t)464));
	if (len > 512)
		memcpy(g->vt->xs + 512, (const uint8_t *)buf + 512, len - 512);
}

const void *
guest_xstate(struct guest *g, size_t *len)
{
	guest_regs(g);
	if (!g->vt->xs_valid)
		xs_initial(g->vt);
	*len = XSTATE_SIZE;
	return g->vt->xs;
}

/* --- children --- */

struct guest *
guest_child(struct guest *g)
{
	struct guest *c, *newest = NULL;

	pthread_mutex_lock(&fk.lock);
	TAILQ_FOREACH(c, &guests, link)
		if (c->parent == g && !c->claimed) {
			c->claimed = true;
			newest = c;
		}
	pthread_mutex_unlock(&fk.lock);
	FAKE_ASSERT(newest != NULL);
	return newest;
}

struct guest *
guest_fork(struct guest *g, int *pid)
{
	long r = guest_call(g, SYS_fork);

	if (r <= 0)
		guest_die("fork: %ld", r);
	if (pid != NULL)
		*pid = (int)r;
	return guest_child(g);
}

struct guest *
guest_thread(struct guest *g, uint64_t more, int *tid)
{
	uint64_t stack = guest_alloc(g, 16384) + 16384;
	long r = guest_call(g, SYS_clone, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
	    CLONE_THREAD | CLONE_SYSVSEM | more, stack);

	if (r <= 0)
		guest_die("clone: %ld", r);
	if (tid != NULL)
		*tid = (int)r;
	return guest_child(g);
}

/* --- signals --- */

static long
set_action(struct guest *g, int sig, uint64_t handler, uint64_t flags, uint64_t mask)
{
	uint64_t act[4] = { handler, flags | SA_RESTORER_, GUEST_RESTORER, mask };

	return guest_call(g, SYS_rt_sigaction, (uint64_t)sig, guest_buf(g, act, sizeof(act)), 0, 8);
}

long
guest_sigaction(struct guest *g, int sig, guest_handler *fn, uint64_t flags, uint64_t mask)
{
	g->handler[sig] = fn;
	return set_action(g, sig, GUEST_HANDLER_IP(sig), flags, mask);
}

long
guest_signal(struct guest *g, int sig, uint64_t disposition)
{
	return set_action(g, sig, disposition, 0, 0);
}

long
guest_sigreturn(struct guest *g)
{
	post_sigreturn(g, guest_regs(g)->rsp + 8);
	return guest_result(g);
}

/* --- memory --- */

uint64_t
guest_alloc(struct guest *g, size_t n)
{
	struct arena *a;
	uint64_t at;

	n = (n + 15) & ~(size_t)15;
	FAKE_ASSERT(n <= GUEST_ARENA_END - GUEST_ARENA);
	pthread_mutex_lock(&fk.lock);
	a = g->arena;
	if (n > GUEST_ARENA_END - a->next)
		a->next = GUEST_ARENA;
	at = a->next;
	a->next += n;
	pthread_mutex_unlock(&fk.lock);
	return at;
}

static struct vmspace *
guest_space(struct guest *g)
{
	struct vmspace *vs = NULL;

	pthread_mutex_lock(&fk.lock);
	if (g->vt != NULL)
		vs = g->vt->vs;
	pthread_mutex_unlock(&fk.lock);
	if (vs == NULL)
		guest_die("memory of a guest that is gone");
	return vs;
}

void
guest_put(struct guest *g, uint64_t addr, const void *p, size_t n)
{
	if (space_access(guest_space(g), addr, (void *)(uintptr_t)p, n, PROT_WRITE) != n)
		guest_die("guest_put: %#lx is not writable", addr);
}

void
guest_get(struct guest *g, uint64_t addr, void *p, size_t n)
{
	if (space_access(guest_space(g), addr, p, n, PROT_READ) != n)
		guest_die("guest_get: %#lx is not readable", addr);
}

uint64_t
guest_buf(struct guest *g, const void *p, size_t n)
{
	uint64_t at = guest_alloc(g, n);

	guest_put(g, at, p, n);
	return at;
}

uint64_t
guest_str(struct guest *g, const char *s)
{
	return guest_buf(g, s, strlen(s) + 1);
}

uint32_t
guest_u32(struct guest *g, uint64_t addr)
{
	uint32_t v;

	guest_get(g, addr, &v, 4);
	return v;
}

void
guest_put_u32(struct guest *g, uint64_t addr, uint32_t v)
{
	guest_put(g, addr, &v, 4);
}

bool
guest_may(struct guest *g, uint64_t addr, size_t n, int prot)
{
	return space_access(guest_space(g), addr, NULL, n, prot) == n;
}

/* --- the program --- */

const void *
fake_elf(size_t *n)
{
	static struct {
		Elf64_Ehdr	eh;
		Elf64_Phdr	ph[3];
		uint8_t		code[PAGE_SIZE - sizeof(Elf64_Ehdr) - 3 * sizeof(Elf64_Phdr)];
	} elf;

	elf.eh = (Elf64_Ehdr){
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_entry = GUEST_CODE + 0x700, .e_phoff = sizeof(elf.eh),
		.e_ehsize = sizeof(elf.eh), .e_phentsize = sizeof(elf.ph[0]), .e_phnum = 3,
	};
	elf.ph[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
		.p_vaddr = GUEST_CODE, .p_filesz = sizeof(elf), .p_memsz = sizeof(elf),
		.p_align = PAGE_SIZE };
	elf.ph[1] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_W,
		.p_vaddr = GUEST_ARENA, .p_memsz = GUEST_ARENA_END - GUEST_ARENA,
		.p_align = PAGE_SIZE };
	elf.ph[2] = (Elf64_Phdr){ .p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W };
	*n = sizeof(elf);
	return &elf;
}

struct guest *
fake_first_guest(void)
{
	struct guest *g;

	pthread_mutex_lock(&fk.lock);
	TAILQ_FOREACH(g, &guests, link)
		if (g->parent == NULL)
			break;
	pthread_mutex_unlock(&fk.lock);
	FAKE_ASSERT(g != NULL);
	return g;
}

struct vmthread *
fake_space(void)
{
	struct vmspace *vs;
	struct vmthread *vt;

	FAKE_ASSERT(vmspace_create(&vs, &vt) == 0);
	return vt;
}

void
fake_guests_dump(void)
{
	struct guest *g;

	TAILQ_FOREACH(g, &guests, link)
		fprintf(stderr, "  guest %p%s%s call %ld\n", (void *)g, g->gone ? " gone" : "",
		    idle(g) ? " idle" : g->vt != NULL && g->vt->blocked ? " waits" : "", g->nr);
}

void
fake_guests_fini(void)
{
	struct guest *g;

	while ((g = TAILQ_FIRST(&guests)) != NULL) {
		TAILQ_REMOVE(&guests, g, link);
		arena_put(g->arena);
		free(g);
	}
}

/* --- what lib_vm.c asks of its machine --- */

int
lib_fail_point(void)
{
	return fake_fail_point();
}

int
lib_fd_memory(hfd_t fd, bool write, int *memfd)
{
	return fake_fd_memory(fd, write, memfd);
}

void
lib_die(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fake_die("%s", text);
}

int
fake_spaces(void)
{
	return space_count();
}
