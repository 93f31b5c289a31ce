/*
 * template.c - the two processes made at start: the warden and the template.
 *
 * The warden leads the process group of all carriers and holds one end of a
 * pipe.  When the kernel is gone, however it went, the pipe ends and the
 * warden gives the host's terminal its modes back and kills the group, itself
 * included.  Carriers also have a parent-death
 * signal; each of the two is enough.
 *
 * The template is a process that has forgotten everything but the trampoline,
 * the vDSO and one slot, with the filter on: cloning it gives a clean carrier.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/futex.h>
#include <unistd.h>

#include "carrier.h"
#include "monitor.h"
#include "term.h"
#include "trampoline_syms.h"
#include "vksup/host.h"

#define FILTER_MAX	128
#define CARRIER_NOFILE	64
#define STACK_SIZE	0x10000

extern const char trampoline_blob[], trampoline_blob_end[];

struct vmthread *template_thread;
pthread_mutex_t template_lock = PTHREAD_MUTEX_INITIALIZER;

static pid_t warden = -1;
static int warden_pipe = -1;

/* The host's vDSO and its data pages, found before forking, moved after. */
static struct { uint64_t start, vdso, end; } vdso_here, vdso_there;

static bool vsyscall_page;

pid_t
warden_pid(void)
{
	return warden;
}

static void
signals_default(void)
{
	int i;

	for (i = 1; i <= 64; i++)
		signal(i, SIG_DFL);
}

static void
warden_main(int fd)
{
	char c;

	setpgid(0, 0);
	signals_default();
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_NAME, "vksup-warden");
	if (fd != 3)
		dup2(fd, 3);
	syscall(SYS_close_range, 4, ~0U, 0);
	while (read(3, &c, 1) < 0 && errno == EINTR)
		;
	term_restore();
	monitor_unlink();
	kill(0, SIGKILL);
	_exit(0);
}

int
warden_start(void)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC) != 0)
		return -errno;
	warden = fork();
	if (warden < 0)
		return -errno;
	if (warden == 0) {
		close(p[1]);
		warden_main(p[0]);
	}
	setpgid(warden, warden);
	close(p[0]);
	warden_pipe = p[1];
	return 0;
}

void
warden_stop(void)
{
	pid_t w = warden;

	if (w <= 0)
		return;
	warden = -1;
	killpg(w, SIGKILL);
	close(warden_pipe);
}

/* [vvar...][vdso] lie side by side; nothing else is named so. */
static int
vdso_find(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[256];
	unsigned long a, b;

	if (f == NULL)
		return -errno;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%lx-%lx", &a, &b) != 2)
			continue;
		if (strstr(line, "[vvar") != NULL || strstr(line, "[vdso]") != NULL) {
			if (vdso_here.start == 0)
				vdso_here.start = a;
			vdso_here.end = b;
		}
		if (strstr(line, "[vdso]") != NULL)
			vdso_here.vdso = a;
		if (strstr(line, "[vsyscall]") != NULL)
			vsyscall_page = true;
	}
	fclose(f);
	if (vdso_here.vdso == 0 || vdso_here.end - vdso_here.start > VDSO_MAX) {
		memset(&vdso_here, 0, sizeof(vdso_here));
		return 0;
	}
	vdso_there.end = VDSO_END;
	vdso_there.start = VDSO_END - (vdso_here.end - vdso_here.start);
	vdso_there.vdso = vdso_there.start + (vdso_here.vdso - vdso_here.start);
	return 0;
}

bool
template_vsyscall(void)
{
	if (vdso_here.end == 0 && vdso_find() != 0)
		return false;
	return vsyscall_page;
}

void
vmspace_vdso(uint64_t *start, uint64_t *vdso, uint64_t *end)
{
	*start = vdso_there.start;
	*vdso = vdso_there.vdso;
	*end = vdso_there.end;
}

/* Each mapping is moved by itself: mremap takes one at a time. */
static int
vdso_move(void)
{
	uint64_t a, delta = vdso_there.start - vdso_here.start;

	for (a = vdso_here.start; a < vdso_here.end; a += PAGE_SIZE)
		if (mremap((void *)a, PAGE_SIZE, PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
		    (void *)(a + delta)) == MAP_FAILED)
			break;
	return a == vdso_here.end ? 0 : -1;
}

/* Whole mappings, where the kernel insists on that (vdso_mremap). */
static int
vdso_move_whole(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[256];
	unsigned long a, b;
	struct { unsigned long a, b; } m[8];
	int n = 0, i;

	if (f == NULL)
		return -1;
	while (n < 8 && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%lx-%lx", &a, &b) == 2 &&
		    a >= vdso_here.start && b <= vdso_here.end) {
			m[n].a = a;
			m[n++].b = b;
		}
	fclose(f);
	for (i = 0; i < n; i++)
		if (mremap((void *)m[i].a, m[i].b - m[i].a, m[i].b - m[i].a,
		    MREMAP_MAYMOVE | MREMAP_FIXED,
		    (void *)(m[i].a - vdso_here.start + vdso_there.start)) == MAP_FAILED)
			return -1;
	return n > 0 ? 0 : -1;
}

struct k_sigaction_host {
	uint64_t handler, flags, restorer, mask;
};

static void
handlers_install(void)
{
	static const int sigs[] = { SIGSYS, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGKICK };
	struct k_sigaction_host sa = {
		.handler = TRAMP_SYM_tramp_handler,
		.flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | 0x04000000 /* SA_RESTORER */,
		.restorer = TRAMP_SYM_tramp_restorer,
		.mask = ~(1UL << (SIGSEGV - 1) | 1UL << (SIGBUS - 1)),
	};
	uint64_t all = ~0UL;
	size_t i;

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8);
	for (i = 0; i < nitems(sigs); i++)
		syscall(SYS_rt_sigaction, sigs[i], &sa, NULL, 8);
}

static void
limits_set(void)
{
	struct rlimit none = { 0, 0 }, nofile = { CARRIER_NOFILE, CARRIER_NOFILE };

	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_MEMLOCK, &none);
	setrlimit(RLIMIT_NOFILE, &nofile);
}

/* What needs no right should have none: madvise(2), mmap(2) know privileged users. */
static int
caps_drop(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	return (int)syscall(SYS_capset, &h, none);
}

/* glibc registered these with the kernel for memory that goes away. */
static void
libc_forget(void)
{
	extern const ptrdiff_t __rseq_offset __attribute__((weak));
	extern const unsigned __rseq_size __attribute__((weak));
	uint64_t fs;

	__asm__ volatile("rdfsbase %0" : "=r"(fs));
	if (&__rseq_offset != NULL && __rseq_size != 0)
		syscall(SYS_rseq, (void *)(fs + (uint64_t)__rseq_offset), 32, 1, 0x53053053);
	syscall(SYS_set_robust_list, NULL, 24);
	syscall(SYS_set_tid_address, NULL);
}

struct template_args {
	int	sock, slotfd;
	struct slot *slot;
};

/*
 * Runs as the new process on a stack of its own, in memory that it is about
 * to unmap.  No libc beyond plain system calls after the trampoline is in.
 */
static int
template_main(void *arg)
{
	struct template_args *a = arg;
	size_t len = (size_t)(trampoline_blob_end - trampoline_blob);
	stack_t ss = { (void *)(SLOTS_BASE + SLOT_STACK), 0, SLOT_SIZE - SLOT_STACK };

	signals_default();
	handlers_install();
	setpgid(0, warden);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "vksup-guest");
	limits_set();
	if (caps_drop() != 0)
		return 4;
	libc_forget();
	if (vdso_here.start != 0 && vdso_move_whole() != 0 && vdso_move() != 0)
		return 1;
	if (mmap((void *)TRAMP_BASE, TRAMP_MAX, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return 2;
	memcpy((void *)TRAMP_BASE, trampoline_blob, len);
	mprotect((void *)TRAMP_BASE, TRAMP_MAX, PROT_READ | PROT_EXEC);
	if (mmap((void *)SLOTS_BASE, SLOT_SIZE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_FIXED, a->slotfd, 0) == MAP_FAILED)
		return 3;
	madvise((void *)SLOTS_BASE, SLOT_SIZE, MADV_DONTFORK);
	syscall(SYS_sigaltstack, &ss, NULL);
	dup2(a->sock, 0);
	syscall(SYS_close_range, 1, ~0U, 0);
	__asm__ volatile("mov %0, %%rdi; mov %1, %%rsp; jmp *%2" : :
	    "r"(SLOTS_BASE), "r"(SLOTS_BASE + SLOT_SIZE - 72), "r"(TRAMP_SYM_tramp_start)
	    : "rdi", "memory");
	__builtin_unreachable();
}

/* A clean carrier's first frame: tramp_boot(slot) with every signal masked. */
void
template_prepare(struct vmthread *child, struct vmthread *by, const struct vregs *none)
{
	struct vregs r = *none;

	(void)by;
	r.rip = TRAMP_SYM_tramp_boot;
	r.rdi = slot_addr(child->index);
	r.rsp = slot_addr(child->index) + SLOT_SIZE - 72;
	uc_boot(child->slot, child->index, &r, true);
	child->slot->cmd = CMD_RUN;	/* and its turn: it starts at once */
}

int
template_start(void)
{
	struct template_args a;
	struct vmspace *vs;
	char *stack;
	int sv[2], n;
	pid_t pid;

	if (vdso_here.end == 0 && vdso_find() != 0)
		return -EIO;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) != 0)
		return -errno;
	vs = vmspace_alloc(sv[0]);
	if (vs == NULL)
		return -ENOMEM;
	a.sock = sv[1];
	template_thread = vmthread_alloc(vs, 0, &a.slotfd);
	stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (template_thread == NULL || stack == MAP_FAILED)
		return -ENOMEM;
	a.slot = template_thread->slot;
	n = carrier_filter((struct sock_filter *)((char *)a.slot + SLOT_BOOT_UC), FILTER_MAX);
	if (n < 0)
		return -EINVAL;
	a.slot->filter_len = (uint64_t)n;
	pid = clone(template_main, stack + STACK_SIZE, SIGCHLD, &a);
	if (pid < 0)
		return -errno;
	setpgid(pid, warden);
	munmap(stack, STACK_SIZE);
	close(sv[1]);
	close(a.slotfd);
	template_thread->tid = pid;
	TAILQ_INSERT_TAIL(&vs->threads, template_thread, link);
	vmspace_register(vs, pid);
	return 0;
}

/* The template's first report; -EIO when it died instead. */
int
template_wait(void)
{
	struct slot *s = template_thread->slot;

	while (atomic_load(&s->turn) == TURN_CARRIER) {
		if (template_thread->dead)
			return -EIO;
		syscall(SYS_futex, &s->turn, FUTEX_WAIT, TURN_CARRIER, NULL, NULL, 0);
	}
	return template_thread->dead ? -EIO : 0;
}
