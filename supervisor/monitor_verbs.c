/*
 * monitor_verbs.c - what the monitor can be asked about a run: ps, bt, vm, fds,
 * locks, stats, trace, and the few things it can do: kill, wait, stop.
 *
 * What is shown is made in memory, under the kernel's locks where it has to be,
 * and sent when none is held.
 */
#include <errno.h>
#include <limits.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/abi.h"
#include "debug.h"
#include "events.h"
#include "monitor.h"
#include "options.h"
#include "stack.h"
#include "supervisor.h"
#include "trace_json.h"
#include "vksup/proc.h"
#include "vksup/strace.h"

#define THREADS_SHOWN	256

/* Text on its way; f is never NULL. */
struct page {
	FILE	*f;
	char	*text;
	size_t	n;
};

static bool
page_open(struct page *p)
{
	*p = (struct page){ 0 };
	p->f = open_memstream(&p->text, &p->n);
	return p->f != NULL;
}

static int
page_send(struct page *p, struct monitor_call *c)
{
	size_t at, n;

	fclose(p->f);
	for (at = 0; at < p->n; at += n) {
		n = min_of(p->n - at, (size_t)FRAME_DATA_MAX);
		if (!monitor_send(c, FRAME_OUT, p->text + at, n))
			break;
	}
	free(p->text);
	return 0;
}

/* The number in argv[1], alone: a guest pid. */
static bool
pid_arg(struct monitor_call *c, int argc, char **argv, int *pid)
{
	char *end;
	long v;

	if (argc != 2) {
		monitor_usage(c, argv[0]);
		return false;
	}
	v = strtol(argv[1], &end, 10);
	if (argv[1][0] < '0' || argv[1][0] > '9' || *end != '\0' || v > INT_MAX) {
		monitor_error(c, "vksup: %s %s: a guest pid is needed\n", argv[0], argv[1]);
		return false;
	}
	*pid = (int)v;
	return true;
}

static int
no_process(struct monitor_call *c, const char *verb, int pid)
{
	monitor_error(c, "vksup: %s %d: no such guest process\n", verb, pid);
	return EXIT_OURS;
}

/* --- ps --- */

static const char *
call_name(const struct thread *t)
{
	const struct abi_row *row = t->nr >= 0 ? abi_row((unsigned)t->nr) : NULL;

	if (t->in_guest)
		return "-";
	return row != NULL ? row->name : "?";
}

static char
proc_state(const struct proc *p)
{
	struct thread *t = p->leader;

	if (p->state != PS_ALIVE)
		return 'Z';
	if (p->stopped)
		return 'T';
	if (t == NULL)
		return p == vk->init ? 'S' : 'R';
	return t->parked != 0 ? t->parked : 'R';
}

static const char *
proc_name(const struct proc *p)
{
	if (p == vk->init)
		return "init";
	return p->leader != NULL ? p->leader->comm : p->exit_comm;
}

static int
run_ps(struct monitor_call *c, int argc, char **argv)
{
	struct page pg;
	struct proc *p;
	struct vmusage u;
	int64_t ut, st;

	(void)argv;
	if (argc != 1)
		return monitor_usage(c, "ps");
	if (!page_open(&pg))
		return EXIT_OURS;
	fprintf(pg.f, "%5s %5s %5s %5s S %4s %8s %9s %-12s %s\n", "PID", "PPID", "PGID", "SID", "THR",
	    "RSS", "TIME", "CALL", "NAME");
	mutex_lock(&vk->proc_lock);
	TAILQ_FOREACH(p, &vk->procs, all) {
		memset(&u, 0, sizeof(u));
		if (p->vm != NULL)
			vmspace_usage(p->vm->space, &u);
		proc_times(p, &ut, &st);
		fprintf(pg.f, "%5d %5d %5d %5d %c %4d %7luK %9.3f %-12s %s\n", p->pid,
		    p->parent != NULL ? p->parent->pid : 0, p->pgid,
		    p->session != NULL ? p->session->sid : 0, proc_state(p), p->nthreads,
		    (unsigned long)(u.rss >> 10), (double)(ut + st) / 1e9,
		    p->leader != NULL ? call_name(p->leader) : "-", proc_name(p));
	}
	mutex_unlock(&vk->proc_lock);
	return page_send(&pg, c);
}

/* --- bt --- */

/* SIGURG is what debuggers pass on by themselves; the kernel has no other use
 * for it. */
#define SIGSTACK	SIGURG
#define ANSWER_NS	(NSEC_PER_SEC / 2)

static pthread_mutex_t asking = PTHREAD_MUTEX_INITIALIZER;
static struct {
	_Atomic(struct thread *) whom;
	struct stack	s;
	sem_t		done;
} ask;

static void
stack_asked(int sig, siginfo_t *si, void *uc)
{
	struct thread *me = curthread;
	int err = errno;

	(void)sig;
	(void)si;
	if (me == NULL || !atomic_compare_exchange_strong(&ask.whom, &me, NULL))
		return;
	stack_kernel(&ask.s, uc);
	sem_post(&ask.done);
	errno = err;
}

static void
asks_prepare(void)
{
	struct sigaction sa = { .sa_sigaction = stack_asked, .sa_flags = SA_SIGINFO | SA_RESTART };

	sem_init(&ask.done, 0, 0);
	sigaction(SIGSTACK, &sa, NULL);
}

/* Called with `asking` held.  False: it does not answer. */
static bool
kernel_stack_of(struct thread *t)
{
	int64_t at = host_clock(CLOCK_REALTIME) + ANSWER_NS;
	struct timespec ts = { at / NSEC_PER_SEC, at % NSEC_PER_SEC };
	struct thread *none;

	ask.whom = t;
	host_threads_signal(SIGSTACK);
	while (sem_timedwait(&ask.done, &ts) != 0) {
		if (errno == EINTR)
			continue;
		none = t;
		if (atomic_compare_exchange_strong(&ask.whom, &none, NULL))
			return false;
		/* It is just answering. */
		while (sem_wait(&ask.done) != 0)
			;
		return true;
	}
	return true;
}

static void
bt_thread(FILE *f, struct thread *t, struct vm_map *vm)
{
	static struct stack guest;		/* [asking] */
	static char call[STRACE_LINE_MAX], text[STACK_MAX * 256];
	int err;

	fprintf(f, "process %d, thread %d (%s):", t->proc->pid, t->tid, t->comm);
	if (t->in_guest) {
		fprintf(f, " runs its own code\n");
		return;
	}
	stack_call_text(call, sizeof(call), t, vm);
	fprintf(f, " %s\n", call[0] != '\0' ? call : "in no call");
	if (kernel_stack_of(t)) {
		stack_text(text, sizeof(text), &ask.s, "  ");
		fprintf(f, " kernel:\n%s", text);
	}
	err = stack_guest(&guest, vm, &t->regs);
	stack_text(text, sizeof(text), &guest, "  ");
	fprintf(f, " guest:%s\n%s", err ? " not to be had" : "", text);
}

/* The threads of process pid (0: of all) with references; their maps too. */
static int
threads_get(int pid, struct thread **ts, struct vm_map **vms, bool *there)
{
	struct proc *p;
	struct thread *t;
	int n = 0;

	*there = false;
	mutex_lock(&vk->proc_lock);
	TAILQ_FOREACH(p, &vk->procs, all) {
		if (pid != 0 && p->pid != pid)
			continue;
		*there = true;
		if (p->vm == NULL)
			continue;
		TAILQ_FOREACH(t, &p->threads, link) {
			if (n == THREADS_SHOWN)
				break;
			ts[n] = thread_ref(t);
			vms[n++] = vm_map_ref(p->vm);
		}
	}
	mutex_unlock(&vk->proc_lock);
	return n;
}

static bool
bt_page(FILE *f, int pid)
{
	struct thread *ts[THREADS_SHOWN];
	struct vm_map *vms[THREADS_SHOWN];
	bool there;
	int i, n = threads_get(pid, ts, vms, &there);

	pthread_mutex_lock(&asking);
	for (i = 0; i < n; i++)
		bt_thread(f, ts[i], vms[i]);
	pthread_mutex_unlock(&asking);
	for (i = 0; i < n; i++) {
		vm_map_unref(vms[i]);
		thread_put(ts[i]);
	}
	if (n == THREADS_SHOWN)
		fprintf(f, "(more threads are not shown)\n");
	return there;
}

static int
run_bt(struct monitor_call *c, int argc, char **argv)
{
	struct page pg;
	int pid;

	if (!pid_arg(c, argc, argv, &pid))
		return EXIT_OURS;
	if (!page_open(&pg))
		return EXIT_OURS;
	if (!bt_page(pg.f, pid)) {
		fclose(pg.f);
		free(pg.text);
		return no_process(c, argv[0], pid);
	}
	return page_send(&pg, c);
}

/* --- vm, fds --- */

static int
run_vm(struct monitor_call *c, int argc, char **argv)
{
	char path[64], *buf;
	struct page pg;
	struct file *f;
	struct path p;
	int64_t off = 0;
	ssize_t n = -ENOENT;
	int pid, err;

	if (!pid_arg(c, argc, argv, &pid))
		return EXIT_OURS;
	/* The kernel writes it already, for guests. */
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	err = path_lookup_kernel(path, LOOKUP_FOLLOW, &p);
	if (err)
		return no_process(c, argv[0], pid);
	err = p.dentry->inode->ops->open(p.dentry->inode, &p, O_RDONLY, &f);
	path_put(p);
	buf = err == 0 ? malloc(PAGE_SIZE) : NULL;
	if (err || buf == NULL || !page_open(&pg)) {
		free(buf);
		return no_process(c, argv[0], pid);
	}
	while ((n = file_pread(f, buf, PAGE_SIZE, off)) > 0) {
		fwrite(buf, 1, (size_t)n, pg.f);
		off += n;
	}
	free(buf);
	file_put(f);
	fs_reap();
	return page_send(&pg, c);
}

static void
fd_line(FILE *out, int fd, struct file *f, bool cloexec)
{
	char name[PATH_MAX + 32];

	if (file_name(f, name, sizeof(name)) < 0)
		name[0] = '\0';
	fprintf(out, "%4d %-12s %08o %10ld %s%s\n", fd, f->ops->name, f->flags, (long)f->pos, name,
	    cloexec ? " (close-on-exec)" : "");
}

static int
run_fds(struct monitor_call *c, int argc, char **argv)
{
	struct fdtable *fds = NULL;
	struct thread *t;
	struct proc *p;
	struct page pg;
	struct file *f;
	bool cloexec;
	int pid, fd;

	if (!pid_arg(c, argc, argv, &pid))
		return EXIT_OURS;
	mutex_lock(&vk->proc_lock);
	p = proc_find(pid);
	t = p != NULL ? TAILQ_FIRST(&p->threads) : NULL;
	if (t != NULL && t->fds != NULL)
		fds = fdtable_ref(t->fds);
	mutex_unlock(&vk->proc_lock);
	if (fds == NULL)
		return no_process(c, argv[0], pid);
	if (page_open(&pg)) {
		fprintf(pg.f, "%4s %-12s %8s %10s %s\n", "FD", "KIND", "FLAGS", "POS", "NAME");
		for (fd = 0; (fd = fdtable_next(fds, fd)) >= 0; fd++) {
			f = fdtable_get(fds, fd, &cloexec);
			if (f == NULL)
				continue;
			fd_line(pg.f, fd, f, cloexec);
			file_put(f);
		}
		page_send(&pg, c);
	}
	fdtable_unref(fds);
	fs_reap();
	return 0;
}

/* --- locks --- */

static void
lock_line(FILE *f, const char *name, const struct mutex *m)
{
	int owner = __atomic_load_n(&m->m.__data.__owner, __ATOMIC_RELAXED);

	if (owner != 0)
		fprintf(f, "%-16s held by host thread %d\n", name, owner);
	else
		fprintf(f, "%-16s free\n", name);
}

/* No lock is taken: that may be what is wrong. */
static void
locks_global(FILE *f)
{
	lock_line(f, "proc_lock", &vk->proc_lock);
	lock_line(f, "ns_lock", &vk->ns_lock);
	lock_line(f, "rename_lock", &vk->rename_lock);
	lock_line(f, "timer_lock", &vk->timer_lock);
	lock_line(f, "uts_lock", &vk->uts_lock);
	lock_line(f, "watch_lock", &vk->watch_lock);
}

static void
locks_threads(FILE *f)
{
	struct thread *ts[THREADS_SHOWN];
	struct vm_map *vms[THREADS_SHOWN];
	char name[32];
	bool there;
	int i, n = threads_get(0, ts, vms, &there);

	fprintf(f, "%5s %5s %-15s %-14s %s\n", "PID", "TID", "NAME", "CALL", "SLEEPS ON");
	for (i = 0; i < n; i++) {
		fprintf(f, "%5d %5d %-15s %-14s ", ts[i]->proc->pid, ts[i]->tid, ts[i]->comm,
		    call_name(ts[i]));
		if (ts[i]->sleeping_on != NULL)
			fprintf(f, "queue %p\n", (void *)ts[i]->sleeping_on);
		else
			fprintf(f, "%s\n", ts[i]->parked != 0 ? "several things" : "-");
	}
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "vm of %d", ts[i]->proc->pid);
		if (ts[i]->tid == ts[i]->proc->pid)
			lock_line(f, name, &vms[i]->lock);
		vm_map_unref(vms[i]);
		thread_put(ts[i]);
	}
}

static int
run_locks(struct monitor_call *c, int argc, char **argv)
{
	struct page pg;

	(void)argv;
	if (argc != 1)
		return monitor_usage(c, "locks");
	if (!page_open(&pg))
		return EXIT_OURS;
	locks_global(pg.f);
	page_send(&pg, c);
	/* This asks for proc_lock; if that is what hangs, the rest has been said. */
	if (!page_open(&pg))
		return EXIT_OURS;
	locks_threads(pg.f);
	return page_send(&pg, c);
}

/* --- stats, info --- */

static int
run_stats(struct monitor_call *c, int argc, char **argv)
{
	int procs = 0, threads, asleep = 0;
	struct thread *t;
	struct proc *p;

	(void)argv;
	if (argc != 1)
		return monitor_usage(c, "stats");
	mutex_lock(&vk->proc_lock);
	TAILQ_FOREACH(p, &vk->procs, all) {
		procs++;
		TAILQ_FOREACH(t, &p->threads, link)
			asleep += t->parked != 0;
	}
	threads = vk->nthreads;
	mutex_unlock(&vk->proc_lock);
	monitor_print(c, "uptime_seconds %.3f\nprocesses %d\nthreads %d\nthreads_asleep %d\nforks %lu\n"
	    "switches %lu\nevents %lu\ncalls_served_by_carriers %lu\n",
	    (double)(host_clock(CLOCK_MONOTONIC) - vk->boot_time) / 1e9, procs, threads, asleep,
	    (unsigned long)vk->forks, (unsigned long)vk->switches, (unsigned long)events_count(),
	    (unsigned long)vk->calls_served);
	return 0;
}

/* For `vksup ls`: seconds, processes, the program's name. */
static int
run_info(struct monitor_call *c, int argc, char **argv)
{
	char name[16] = "-";
	struct proc *p;
	int n = 0;

	(void)argc;
	(void)argv;
	mutex_lock(&vk->proc_lock);
	TAILQ_FOREACH(p, &vk->procs, all)
		n += p->state == PS_ALIVE && p != vk->init;
	if (vk->main_proc != NULL)
		snprintf(name, sizeof(name), "%s", proc_name(vk->main_proc));
	mutex_unlock(&vk->proc_lock);
	monitor_print(c, "%ld %d %s\n", (long)((host_clock(CLOCK_MONOTONIC) - vk->boot_time) / NSEC_PER_SEC),
	    n, name);
	return 0;
}

/* --- trace --- */

static int
run_trace(struct monitor_call *c, int argc, char **argv)
{
	int fd, err;

	if (argc != 2 || (strcmp(argv[1], "on") != 0 && strcmp(argv[1], "off") != 0))
		return monitor_usage(c, "trace");
	if (strcmp(argv[1], "off") == 0)
		return trace_json_to(-1) != 0 ? EXIT_OURS : 0;
	fd = monitor_take_fd(c);
	err = fd >= 0 ? trace_json_to(fd) : -EBADF;
	if (err == 0)
		return 0;
	monitor_error(c, "vksup: trace: %s\n", strerror(-err));
	return EXIT_OURS;
}

/* To the client's output until it goes away, or the run ends. */
static int
run_attach(struct monitor_call *c, int argc, char **argv)
{
	int fd, code;

	(void)argv;
	if (argc != 1)
		return monitor_usage(c, "attach");
	fd = monitor_take_fd(c);
	if (fd < 0 || trace_json_to(fd) != 0)
		return EXIT_OURS;
	while (!monitor_wait_end(host_clock(CLOCK_MONOTONIC) + NSEC_PER_SEC / 5, &code))
		if (!monitor_send(c, FRAME_OUT, "", 0) || !trace_json_on())
			break;
	return trace_json_to(-1) != 0 ? EXIT_OURS : 0;
}

/* --- kill, wait, stop --- */

static int
signal_number(const char *s)
{
	int sig;

	if (strncasecmp(s, "SIG", 3) == 0)
		s += 3;
	for (sig = 1; sig <= NSIG_MAX; sig++)
		if (sigabbrev_np(sig) != NULL && strcasecmp(sigabbrev_np(sig), s) == 0)
			return sig;
	sig = atoi(s);
	return sig >= 1 && sig <= NSIG_MAX ? sig : 0;
}

/* To pid, or the program (0). */
static bool
signal_guest(int pid, int sig)
{
	siginfo_t si;
	struct proc *p;

	siginfo_kernel(&si, sig);
	si.si_code = SI_USER;
	mutex_lock(&vk->proc_lock);
	p = pid != 0 ? proc_find(pid) : vk->main_proc;
	if (p != NULL && p != vk->init)
		(void)!signal_proc(p, sig, &si);
	mutex_unlock(&vk->proc_lock);
	return p != NULL && p != vk->init;
}

static int
run_kill(struct monitor_call *c, int argc, char **argv)
{
	int sig, pid = 0;

	if (argc != 2 && argc != 3)
		return monitor_usage(c, "kill");
	sig = signal_number(argv[1]);
	if (sig == 0) {
		monitor_error(c, "vksup: kill %s: no such signal\n", argv[1]);
		return EXIT_OURS;
	}
	if (argc == 3 && !pid_arg(c, 2, argv + 1, &pid))
		return EXIT_OURS;
	return signal_guest(pid, sig) ? 0 : no_process(c, "kill", pid);
}

static int
run_wait(struct monitor_call *c, int argc, char **argv)
{
	int code;

	(void)argv;
	if (argc != 1)
		return monitor_usage(c, "wait");
	while (!monitor_wait_end(host_clock(CLOCK_MONOTONIC) + NSEC_PER_SEC, &code))
		if (!monitor_send(c, FRAME_OUT, "", 0))
			return EXIT_OURS;
	return code;
}

/* SIGTERM, and after a while SIGKILL; SIGCONT, so that a program that stands
 * still hears it. */
static int
run_stop(struct monitor_call *c, int argc, char **argv)
{
	int64_t grace = 5 * NSEC_PER_SEC;
	const char *rest;
	int code;

	if (argc > 2)
		return monitor_usage(c, "stop");
	if (argc == 2 && !duration_parse(argv[1], '\0', &grace, &rest)) {
		monitor_error(c, "vksup: stop %s: seconds are needed\n", argv[1]);
		return EXIT_OURS;
	}
	signal_guest(0, SIGTERM);
	signal_guest(0, SIGCONT);
	if (monitor_wait_end(host_clock(CLOCK_MONOTONIC) + grace, &code))
		return 0;
	signal_guest(0, SIGKILL);
	return monitor_wait_end(host_clock(CLOCK_MONOTONIC) + 10 * NSEC_PER_SEC, &code) ? 0 : EXIT_OURS;
}

/* --- top: numbers, for the client to compare --- */

static int
run_top(struct monitor_call *c, int argc, char **argv)
{
	struct page pg;
	struct proc *p;
	struct vmusage u;
	int64_t ut, st;

	(void)argv;
	if (argc != 1)
		return monitor_usage(c, "top");
	if (!page_open(&pg))
		return EXIT_OURS;
	fprintf(pg.f, "%ld\n", (long)host_clock(CLOCK_MONOTONIC));
	mutex_lock(&vk->proc_lock);
	TAILQ_FOREACH(p, &vk->procs, all) {
		if (p == vk->init || p->state != PS_ALIVE)
			continue;
		memset(&u, 0, sizeof(u));
		if (p->vm != NULL)
			vmspace_usage(p->vm->space, &u);
		proc_times(p, &ut, &st);
		fprintf(pg.f, "%d %c %d %lu %ld %s %s\n", p->pid, proc_state(p), p->nthreads,
		    (unsigned long)(u.rss >> 10), (long)(ut + st),
		    p->leader != NULL ? call_name(p->leader) : "-", proc_name(p));
	}
	mutex_unlock(&vk->proc_lock);
	return page_send(&pg, c);
}

/* --- SIGQUIT --- */

static void
report_main(void *arg)
{
	struct page pg;
	int fd = (int)(intptr_t)arg;

	vk = debug_kernel;
	if (!page_open(&pg))
		return;
	fprintf(pg.f, "vksup: %d: what its guests do\n", getpid());
	locks_global(pg.f);
	bt_page(pg.f, 0);
	fclose(pg.f);
	(void)!write(fd, pg.text, pg.n);
	free(pg.text);
}

/* On a thread of its own: the kernel may be stuck, and whoever asks must not be. */
void
monitor_report(int fd)
{
	(void)!host_thread(report_main, (void *)(intptr_t)fd, "report");
}

static struct monitor_verb verbs[] = {
	{ .name = "ps", .usage = "", .help = "processes", .run = run_ps },
	{ .name = "bt", .usage = "PID", .help = "stacks of its threads, in the kernel and in the guest",
	    .run = run_bt },
	{ .name = "vm", .usage = "PID", .help = "what is mapped", .run = run_vm },
	{ .name = "fds", .usage = "PID", .help = "open files", .run = run_fds },
	{ .name = "locks", .usage = "", .help = "who holds what, and what is waited for", .run = run_locks },
	{ .name = "stats", .usage = "", .help = "numbers", .run = run_stats },
	{ .name = "info", .usage = "", .help = "what `vksup ls` shows", .run = run_info },
	{ .name = "top", .usage = "", .help = "what `vksup top` compares", .run = run_top },
	{ .name = "trace", .usage = "on | off", .help = "events as JSON to your standard output, until off",
	    .run = run_trace },
	{ .name = "attach", .usage = "", .help = "the same, until you go", .run = run_attach },
	{ .name = "kill", .usage = "SIGNAL [PID]", .help = "a signal to a guest, or the program",
	    .run = run_kill },
	{ .name = "wait", .usage = "", .help = "until the run ends; its status", .run = run_wait },
	{ .name = "stop", .usage = "[SECONDS]", .help = "end the program, by force after 5 or SECONDS",
	    .run = run_stop },
};

void
monitor_verbs_add(void)
{
	size_t i;

	asks_prepare();
	for (i = nitems(verbs); i-- > 0;)
		monitor_verb_add(&verbs[i]);
}
