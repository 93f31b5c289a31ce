/*
 * channel.c - slots and the hand-over of the turn between a kthread and the
 * host thread it serves.
 *
 * Everything in a slot is hostile once its carrier has run: indices, the
 * frame's address, results.  Each is read once, checked, then used.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "carrier.h"
#include "trampoline_syms.h"
#include "vksup/host.h"
#include "vksup/inject.h"

#define CS_USER		0x33UL
#define SS_USER		0x2bUL
#define UC_SS_FLAGS	6UL	/* UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS */
#define SURE_MAX	(256UL << 20)
#define EFLAGS_IF	0x202UL
/* The kernel's ucontext up to and with the 8-byte signal mask. */
#define UC_SIZE		(offsetof(ucontext_t, uc_sigmask) + 8)

static long
futex(_Atomic uint32_t *word, int op, uint32_t val)
{
	return syscall(SYS_futex, word, op, val, NULL, NULL, 0);
}

uint64_t
slot_addr(int index)
{
	return SLOTS_BASE + (uint64_t)index * SLOT_SIZE;
}

/* A new slot, mapped here; *slotfd is for the carrier and then closed. */
struct vmthread *
vmthread_alloc(struct vmspace *vs, int index, int *slotfd)
{
	struct vmthread *vt = calloc(1, sizeof(*vt));
	int fd = memfd_create("slot", MFD_CLOEXEC);

	if (vt == NULL || fd < 0 || ftruncate(fd, SLOT_SIZE) != 0)
		goto fail;
	vt->slot = mmap(NULL, SLOT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (vt->slot == MAP_FAILED)
		goto fail;
	vt->vs = vs;
	vt->index = index;
	vt->cpu = vt->kcpu = -1;
	vt->allowed = ~0UL;
	vt->fresh = true;
	vt->slot->self = slot_addr(index);
	*slotfd = fd;
	return vt;
fail:
	if (fd >= 0)
		close(fd);
	free(vt);
	return NULL;
}

void
vmthread_free(struct vmthread *vt)
{
	munmap(vt->slot, SLOT_SIZE);
	free(vt);
}

static int
send_fds(struct vmspace *vs, const int *fds, int n)
{
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	union {
		struct cmsghdr	h;
		char		buf[CMSG_SPACE(WIRE_FDS * sizeof(int))];
	} u;
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = u.buf,
		.msg_controllen = CMSG_SPACE((size_t)n * sizeof(int)) };
	struct cmsghdr *c;

	memset(&u, 0, sizeof(u));
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, (size_t)n * sizeof(int));
	return sendmsg(vs->sock, &m, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 ? 0 : -errno;
}

/* The frame a thread first resumes from when nothing of its own exists. */
void
uc_boot(struct slot *s, int index, const struct vregs *r, bool masked)
{
	ucontext_t *uc = (void *)((char *)s + SLOT_BOOT_UC);
	uint64_t mask = masked ? ~0UL : 0;

	memset(uc, 0, UC_SIZE);
	uc->uc_flags = UC_SS_FLAGS;
	uc->uc_stack.ss_sp = (void *)(slot_addr(index) + SLOT_STACK);
	uc->uc_stack.ss_size = SLOT_SIZE - SLOT_STACK;
	memcpy(uc->uc_mcontext.gregs, r, sizeof(uc->uc_mcontext.gregs));
	uc->uc_mcontext.gregs[REG_CSGSFS] = (greg_t)(CS_USER | SS_USER << 48);
	if (masked)
		uc->uc_mcontext.gregs[REG_EFL] = EFLAGS_IF;
	memcpy(&uc->uc_sigmask, &mask, 8);
	s->uc = slot_addr(index) + SLOT_BOOT_UC;
	s->fs_base = r->fs_base;
	s->gs_base = r->gs_base;
}

/* The live frame, whose place was checked when the carrier reported it. */
static ucontext_t *
live_uc(struct vmthread *vt)
{
	return (ucontext_t *)((char *)vt->slot + vt->uc_off);
}

/* Take the frame's address from the slot: inside it, aligned, whole. */
static bool
uc_check(struct vmthread *vt)
{
	uint64_t uc = *(volatile uint64_t *)&vt->slot->uc;
	uint64_t off = uc - slot_addr(vt->index);

	if (off < SLOT_BOOT_UC || off > SLOT_SIZE - UC_SIZE || (off & 7) != 0)
		return false;
	vt->uc_off = (uint32_t)off;
	return true;
}

/*
 * A copy of by's frame becomes the first frame of child, whose slot may be at
 * another address: pointers into the slot move along.
 */
static void
uc_copy(struct vmthread *child, struct vmthread *by, const struct vregs *r)
{
	uint64_t from = slot_addr(by->index), to = slot_addr(child->index), fp;
	ucontext_t *uc;

	memcpy((char *)child->slot + by->uc_off, (char *)by->slot + by->uc_off,
	    SLOT_SIZE - by->uc_off);
	child->uc_off = by->uc_off;
	uc = live_uc(child);
	memcpy(uc->uc_mcontext.gregs, r, sizeof(uc->uc_mcontext.gregs));
	fp = (uint64_t)uc->uc_mcontext.fpregs;
	if (fp != 0)
		fp = fp - from < SLOT_SIZE ? fp - from + to : 0;
	uc->uc_mcontext.fpregs = (void *)fp;
	uc->uc_stack.ss_sp = (void *)(to + SLOT_STACK);
	uc->uc_stack.ss_size = SLOT_SIZE - SLOT_STACK;
	uc->uc_stack.ss_flags = 0;
	child->slot->uc = to + child->uc_off;
	child->slot->fs_base = r->fs_base;
	child->slot->gs_base = r->gs_base;
	child->slot->turn = TURN_KERNEL;	/* it starts when it is first run */
	child->fresh = false;
}

struct vmserve *
vmthread_serve(struct vmthread *vt)
{
	return (struct vmserve *)((char *)vt->slot + SLOT_SERVE);
}

/* --- memory that travels along --- */

/* Read once what the carrier says of the window, and keep what fits. */
static void
window_read(struct vmthread *vt)
{
	volatile struct slot *s = vt->slot;
	struct wire_piece w;
	uint32_t i, n = s->nin;

	vt->nin = 0;
	for (i = 0; i < n && i < WIRE_PIECES; i++) {
		w.addr = s->in[i].addr;
		w.len = s->in[i].len;
		w.off = s->in[i].off;
		if (w.off <= SLOT_WINDOW && w.len <= SLOT_WINDOW - w.off)
			vt->in[vt->nin++] = w;
	}
}

const void *
vmthread_window(struct vmthread *vt, gaddr_t addr, size_t *n)
{
	const struct wire_piece *w;
	uint32_t i;

	for (i = 0; i < vt->nin; i++) {
		w = &vt->in[i];
		if (addr.v < w->addr || addr.v - w->addr >= w->len)
			continue;
		*n = min_of(*n, (size_t)(w->len - (addr.v - w->addr)));
		return (const char *)vt->slot + SLOT_IN + w->off + (addr.v - w->addr);
	}
	return NULL;
}

void
vmthread_window_drop(struct vmthread *vt)
{
	vt->nin = 0;
}

bool
vmthread_reply(struct vmthread *vt, gaddr_t dst, const void *src, size_t n)
{
	struct wire_piece *w = &vt->out[vt->nout];

	if (vt->nout == WIRE_PIECES || n > SLOT_WINDOW - vt->out_used || vt->fresh)
		return false;
	if (dst.v >= GUEST_TOP || n > GUEST_TOP - dst.v)
		return false;
	w->addr = dst.v;
	w->len = (uint32_t)n;
	w->off = vt->out_used;
	memcpy((char *)vt->slot + SLOT_OUT + vt->out_used, src, n);
	vt->out_used += ((uint32_t)n + 7) & ~7u;
	vt->nout++;
	return true;
}

int
vmthread_reply_now(struct vmthread *vt)
{
	uint32_t i, n = vt->nout;
	const struct wire_piece *w;

	vt->nout = vt->out_used = 0;
	for (i = 0; i < n; i++) {
		w = &vt->out[i];
		if (vmspace_pwrite(vt->vs, (char *)vt->slot + SLOT_OUT + w->off, w->len,
		    ga(w->addr)) != (ssize_t)w->len)
			return -EFAULT;
	}
	return 0;
}

/* With the next RUN the carrier stores them. */
static void
replies_hand_over(struct vmthread *vt)
{
	vt->slot->nout = vt->nout;
	if (vt->nout > 0)
		memcpy(vt->slot->out, vt->out, vt->nout * sizeof(vt->out[0]));
	vt->nout = vt->out_used = 0;
}

int
slot_turn(struct vmthread *vt)
{
	struct slot *s = vt->slot;

	if (vt->dead)
		return -ESRCH;
	atomic_store(&s->turn, TURN_CARRIER);
	futex(&s->turn, FUTEX_WAKE, 1);
	while (atomic_load(&s->turn) == TURN_CARRIER) {
		if (vt->dead)
			return -ESRCH;
		futex(&s->turn, FUTEX_WAIT, TURN_CARRIER);
	}
	return vt->dead ? -ESRCH : 0;
}

/* The thread that this kthread serves. */
static __thread struct vmthread *served;

/* What the map says and the carrier has must not differ: then it has to go. */
static void
orders_refused(struct vmthread *vt)
{
	host_log("the host refused a change of a guest's memory; it is killed");
	vmspace_kill(vt->vs);
}

static int
orders_now(struct vmthread *vt)
{
	int err;

	vt->slot->norders = vt->norders;
	vt->slot->nfds = vt->nfds;
	vt->norders = vt->nfds = 0;
	vt->slot->cmd = CMD_ORDERS;
	err = slot_turn(vt);
	if (err == 0 && *(volatile int32_t *)&vt->slot->err != 0)
		orders_refused(vt);
	return err;
}

void
orders_flush(struct vmspace *vs)
{
	if (served != NULL && served->vs == vs && served->norders > 0)
		(void)!orders_now(served);
}

int
slot_command(struct vmthread *vt, uint32_t cmd)
{
	int err;

	if (vt->norders > 0)
		orders_flush(vt->vs);
	vt->slot->cmd = cmd;
	err = slot_turn(vt);
	if (err)
		return err;
	err = *(volatile int32_t *)&vt->slot->err;
	return err > 0 || err < -4095 ? -EFAULT : err;
}

int
slot_command_fds(struct vmthread *vt, uint32_t cmd, const int *fds, int n)
{
	int err;

	pthread_mutex_lock(&vt->vs->fd_lock);
	err = send_fds(vt->vs, fds, n);
	if (err == 0)
		err = slot_command(vt, cmd);
	pthread_mutex_unlock(&vt->vs->fd_lock);
	return err;
}

static void
event_read(struct vmthread *vt, struct vregs *r, struct vmevent *ev)
{
	volatile struct slot *s = vt->slot;
	uint32_t e = s->event;

	memcpy(r, live_uc(vt)->uc_mcontext.gregs, offsetof(struct vregs, fs_base));
	r->fs_base = s->fs_base;
	r->gs_base = s->gs_base;
	ev->signo = s->signo;
	ev->code = s->code;
	ev->addr = s->addr;
	ev->arch = s->arch;
	ev->cause = e == EV_SYSCALL ? VMC_SYSCALL : e == EV_KICK ? VMC_KICK : VMC_FAULT;
	if (ev->cause == VMC_SYSCALL)
		window_read(vt);
	if (ev->cause == VMC_FAULT && (ev->signo < 1 || ev->signo > 64))
		ev->signo = SIGSEGV;
}

static void
frame_write(struct vmthread *vt, const struct vregs *r)
{
	ucontext_t *uc;

	if (vt->fresh) {
		uc_boot(vt->slot, vt->index, r, false);
		vt->uc_off = SLOT_BOOT_UC;
		return;
	}
	uc = live_uc(vt);
	memcpy(uc->uc_mcontext.gregs, r, offsetof(struct vregs, fs_base));
	vt->slot->uc = slot_addr(vt->index) + vt->uc_off;
	vt->slot->fs_base = r->fs_base;
	vt->slot->gs_base = r->gs_base;
}

/* The kernel's main call. */
void
vmthread_run(struct vmthread *vt, struct vregs *regs, struct vmevent *ev)
{
	int err;

	memset(ev, 0, sizeof(*ev));
	served = vt;
	place_kthread(vt);
	frame_write(vt, regs);
	vt->slot->norders = vt->norders;
	vt->slot->nfds = vt->nfds;
	vt->norders = vt->nfds = 0;
	vt->slot->cmd = CMD_RUN;
	replies_hand_over(vt);
	err = slot_turn(vt);
	if (err == 0 && *(volatile uint32_t *)&vt->slot->event == EV_DONE) {
		orders_refused(vt);
		err = -ESRCH;
	}
	if (err == 0 && *(volatile uint32_t *)&vt->slot->event == EV_UNSTORED) {
		/* It has not run: the same again, with the error. */
		regs->rax = (uint64_t)-EFAULT;
		frame_write(vt, regs);
		vt->slot->nout = 0;
		err = slot_turn(vt);
	}
	vt->fresh = false;
	vt->nin = 0;
	if (err == 0 && !uc_check(vt)) {
		vmspace_kill(vt->vs);
		err = -ESRCH;
	}
	if (err) {
		ev->cause = VMC_DEAD;
		return;
	}
	event_read(vt, regs, ev);
}

static uint32_t
order_nr(enum vmop op)
{
	switch (op) {
	case VMO_MMAP: return SYS_mmap;
	case VMO_MUNMAP: return SYS_munmap;
	case VMO_MPROTECT: return SYS_mprotect;
	case VMO_MREMAP: return SYS_mremap;
	case VMO_MADVISE: return SYS_madvise;
	}
	return SYS_munmap;
}

static void
order_write(struct wire_order *w, const struct vmorder *o, int fd_index)
{
	memset(w, 0, sizeof(*w));
	w->nr = order_nr(o->op);
	w->fd_index = fd_index;
	w->arg[0] = o->addr;
	w->arg[1] = o->len;
	switch (o->op) {
	case VMO_MMAP:
		w->arg[2] = o->prot;
		w->arg[3] = o->flags;
		w->arg[4] = (uint64_t)-1;
		w->arg[5] = o->off;
		break;
	case VMO_MPROTECT:
		w->arg[2] = o->prot;
		break;
	case VMO_MADVISE:
		w->arg[2] = o->flags;
		break;
	case VMO_MREMAP:
		w->arg[2] = o->len2;
		w->arg[3] = o->flags;
		w->arg[4] = o->addr2;
		break;
	case VMO_MUNMAP:
		break;
	}
}

/* One slot full of orders. */
static int
orders_batch(struct vmthread *vt, const struct vmorder *o, int n, int *failed)
{
	int i, nfds = 0, fds[WIRE_FDS], err;
	uint32_t bad;

	for (i = 0; i < n; i++) {
		order_write(&vt->slot->orders[i], &o[i], hfd_ok(o[i].fd) && o[i].op == VMO_MMAP ? nfds : -1);
		if (vt->slot->orders[i].fd_index >= 0)
			fds[nfds++] = o[i].fd.v;
	}
	vt->slot->norders = (uint32_t)n;
	vt->slot->nfds = (uint32_t)nfds;
	err = nfds > 0 ? slot_command_fds(vt, CMD_ORDERS, fds, nfds) : slot_command(vt, CMD_ORDERS);
	bad = *(volatile uint32_t *)&vt->slot->failed;
	*failed = bad < (uint32_t)n ? (int)bad : n - 1;
	return err;
}

int
vmthread_orders(struct vmthread *by, const struct vmorder *o, int n, int *failed)
{
	int done = 0, batch, nfds, err = 0, bad = 0;

	if (failed != NULL)
		*failed = 0;
	HOST_FAULT(orders);
	orders_flush(by->vs);
	/* A thread that never ran has no trampoline loop of its own but boot's. */
	while (done < n && err == 0) {
		nfds = 0;
		for (batch = 0; done + batch < n && batch < WIRE_ORDERS; batch++) {
			if (o[done + batch].op == VMO_MMAP && hfd_ok(o[done + batch].fd) &&
			    ++nfds > WIRE_FDS)
				break;
		}
		err = orders_batch(by, o + done, batch, &bad);
		if (err == 0)
			done += batch;
	}
	if (failed != NULL)
		*failed = done + bad;
	return err;
}

/* Nobody else runs in the space, or could have it changed. */
static bool
alone(struct vmthread *vt)
{
	struct vmspace *vs = vt->vs;
	bool one;

	pthread_mutex_lock(&vs->lock);
	one = TAILQ_FIRST(&vs->threads) == vt && TAILQ_NEXT(vt, link) == NULL;
	pthread_mutex_unlock(&vs->lock);
	return one && vs->users == 1 && !vt->fresh;
}

/* Does the host count memory strictly, or limit that of processes? */
static bool
host_counts(void)
{
	struct rlimit as, data;
	char c = '2';
	int fd = open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (read(fd, &c, 1) != 1)
			c = '2';
		close(fd);
	}
	return c == '2' || getrlimit(RLIMIT_AS, &as) != 0 || as.rlim_cur != RLIM_INFINITY ||
	    getrlimit(RLIMIT_DATA, &data) != 0 || data.rlim_cur != RLIM_INFINITY;
}

/* Is it such that the host has room for it, whatever it is? */
static bool
sure(const struct vmorder *o)
{
	static _Atomic int counts = -1;

	if (counts < 0)
		counts = host_counts();
	if (counts || o->len > SURE_MAX)
		return false;
	switch (o->op) {
	case VMO_MMAP:
		return !hfd_ok(o->fd) || ((o->flags & MAP_PRIVATE) != 0 && (o->prot & PROT_EXEC) == 0);
	case VMO_MUNMAP:
		return true;
	case VMO_MPROTECT:
		return (o->prot & PROT_EXEC) == 0;
	default:
		return false;
	}
}

int
vmthread_order_late(struct vmthread *by, const struct vmorder *o)
{
	bool fd = hfd_ok(o->fd) && o->op == VMO_MMAP;

	if (by != served || by->norders == WIRE_ORDERS || (fd && by->nfds > 0) ||
	    !sure(o) || !alone(by))
		return vmthread_orders(by, o, 1, NULL);
	if (fd && send_fds(by->vs, &o->fd.v, 1) != 0)
		return vmthread_orders(by, o, 1, NULL);
	order_write(&by->slot->orders[by->norders++], o, fd ? (int)by->nfds++ : -1);
	return 0;
}

int
vmthread_atomic(struct vmthread *by, enum vmatomic op, gaddr_t addr, uint32_t arg,
    uint32_t cmp, uint32_t *old)
{
	int err;

	if (addr.v >= GUEST_TOP - 4)
		return -EFAULT;
	by->slot->arg[0] = (uint64_t)op;
	by->slot->arg[1] = addr.v;
	by->slot->arg[2] = arg;
	by->slot->arg[3] = cmp;
	err = slot_command(by, CMD_ATOMIC);
	*old = *(volatile uint32_t *)&by->slot->ret;
	return err;
}

/* A fork's child: the parent's slot address, the parent's frame. */
static void
prepare_fork(struct vmthread *child, struct vmthread *by, const struct vregs *r)
{
	uc_copy(child, by, r);
}

int
vmspace_fork(struct vmthread *by, const struct vregs *regs, struct vmspace **vs,
    struct vmthread **first)
{
	HOST_FAULT(fork);
	return carrier_clone(by, vs, first, prepare_fork, regs);
}

int
vmthread_create(struct vmthread *by, const struct vregs *regs, struct vmthread **out)
{
	struct vmspace *vs = by->vs;
	struct vmthread *vt;
	int fd, index, err;

	HOST_FAULT(clone);
	index = vmspace_slot_get(vs);
	if (index < 0)
		return -EAGAIN;
	vt = vmthread_alloc(vs, index, &fd);
	if (vt == NULL) {
		vmspace_slot_put(vs, index);
		return -EAGAIN;
	}
	vs->refs++;
	uc_copy(vt, by, regs);
	by->slot->arg[0] = slot_addr(index);
	pthread_mutex_lock(&vs->lock);
	TAILQ_INSERT_TAIL(&vs->threads, vt, link);
	vt->dead = vs->dead;
	pthread_mutex_unlock(&vs->lock);
	err = slot_command_fds(by, CMD_THREAD, &fd, 1);
	/* Hostile, and only ever used with tgkill(), which checks it. */
	vt->tid = (pid_t)*(volatile uint32_t *)&by->slot->ret;
	close(fd);
	if (err) {
		vt->tid = 0;
		vmthread_exit(vt);
		return err == -ENOMEM || err == -EAGAIN || err == -ESRCH ? err : -EAGAIN;
	}
	place_new(vt, by);
	vmthread_set_awake(vt, true);
	*out = vt;
	return 0;
}
