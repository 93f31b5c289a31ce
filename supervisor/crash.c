/*
 * crash.c - crash reports: a fault or a failed assertion of the kernel.
 *
 * Everything is made in static memory, by the thread that failed, without
 * locks of the kernel: whoever holds them may be the one that is broken.  What
 * still hangs is ended by an alarm.  The first thread that fails reports; a
 * failure while reporting ends the run at once.
 */
#include "confine.h"
#include "crash.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "abi/abi.h"
#include "carrier.h"
#include "debug.h"
#include "events.h"
#include "feature.h"
#include "monitor.h"
#include "stack.h"
#include "supervisor.h"
#include "term.h"
#include "vksup/proc.h"
#include "vksup/strace.h"
#include "vksup/watch.h"

#define EVENTS_SHOWN	50
#define REPORT_SECONDS	10

static _Atomic pid_t crashing;		/* the thread that reports */
static const char *report_file;

static struct report {
	const char	*why;
	int		sig, code;
	uint64_t	addr;
	struct stack	kernel, guest;
	int		guest_err;
	char		call[STRACE_LINE_MAX];
	struct event	events[EVENTS_SHOWN];
	int		nevents;
	int64_t		now;
	char		file[256];
} rep;

/* --- output: whole lines, straight to the descriptor --- */

struct out {
	int	fd;
	size_t	n;
	char	buf[4096];
};

static void
out_flush(struct out *o)
{
	size_t at = 0;
	ssize_t r;

	while (at < o->n) {
		r = write(o->fd, o->buf + at, o->n - at);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			break;
		at += (size_t)r;
	}
	o->n = 0;
}

static void
out_bytes(struct out *o, const char *s, size_t len)
{
	size_t n;

	while (len > 0) {
		n = min_of(len, sizeof(o->buf) - o->n);
		memcpy(o->buf + o->n, s, n);
		o->n += n;
		s += n;
		len -= n;
		if (o->n == sizeof(o->buf))
			out_flush(o);
	}
}

static void out(struct out *o, const char *fmt, ...) printf_like(2, 3);
static void
out(struct out *o, const char *fmt, ...)
{
	char buf[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (n > 0)
		out_bytes(o, buf, min_of((size_t)n, sizeof(buf) - 1));
}

/* --- text --- */

static void
text_stack(struct out *o, const struct stack *s)
{
	static char buf[STACK_MAX * 256];

	stack_text(buf, sizeof(buf), s, "  ");
	out_bytes(o, buf, strlen(buf));
}

static void
text_thread(struct out *o)
{
	struct thread *t = curthread;

	if (t == NULL) {
		out(o, "not on behalf of a guest\n");
		return;
	}
	out(o, "guest process %d, thread %d (%.15s)", t->proc->pid, t->tid, t->comm);
	if (rep.call[0] != '\0') {
		out(o, ", in the call\n  ");
		out_bytes(o, rep.call, strlen(rep.call));
		out(o, "\n");
	} else {
		out(o, ", in no call\n");
	}
	out(o, "guest stack:\n");
	if (rep.guest_err)
		out(o, "  not to be had: %s\n", strerror(-rep.guest_err));
	text_stack(o, &rep.guest);
}

static void
report_text(int fd)
{
	static struct out o;
	char line[512];
	int i;

	o.fd = fd;
	out(&o, "vksup: internal error: %s\n", rep.why);
	out(&o, "kernel stack:\n");
	text_stack(&o, &rep.kernel);
	text_thread(&o);
	out(&o, "last events (seconds, thread, what):\n");
	for (i = 0; i < rep.nevents; i++) {
		event_text(line, sizeof(line), &rep.events[i], rep.now);
		out(&o, "  %s\n", line);
	}
	if (rep.file[0] != '\0')
		out(&o, "vksup: report saved in %s\n", rep.file);
	out_flush(&o);
}

/* --- JSON: by hand, because a library would allocate --- */

static void
json_string(struct out *o, const char *s)
{
	out_bytes(o, "\"", 1);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			out(o, "\\%c", *s);
		else if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e)
			out(o, "\\u%04x", (unsigned char)*s);
		else
			out_bytes(o, s, 1);
	}
	out_bytes(o, "\"", 1);
}

static void
json_stack(struct out *o, const char *key, const struct stack *s)
{
	int i;

	out(o, " \"%s\": [", key);
	for (i = 0; i < s->n; i++) {
		out(o, "%s\n  {\"pc\": \"%#lx\", \"function\": ", i > 0 ? "," : "",
		    (unsigned long)s->f[i].pc);
		json_string(o, s->f[i].name);
		out(o, ", \"offset\": %lu, \"object\": ", (unsigned long)s->f[i].off);
		json_string(o, s->f[i].object);
		out(o, "}");
	}
	out(o, "],\n");
}

static void
json_thread(struct out *o)
{
	struct thread *t = curthread;
	const struct abi_row *row;
	int i;

	if (t == NULL) {
		out(o, " \"thread\": null,\n");
		return;
	}
	out(o, " \"thread\": {\"pid\": %d, \"tid\": %d, \"comm\": ", t->proc->pid, t->tid);
	json_string(o, t->comm);
	out(o, "},\n");
	if (rep.call[0] == '\0')
		return;
	row = abi_row((unsigned)t->nr);
	out(o, " \"call\": {\"number\": %d, \"name\": ", t->nr);
	json_string(o, row != NULL ? row->name : "");
	out(o, ", \"text\": ");
	json_string(o, rep.call);
	out(o, ", \"args\": [");
	for (i = 0; i < 6; i++)
		out(o, "%s%lu", i > 0 ? ", " : "", (unsigned long)t->args[i]);
	out(o, "]},\n");
}

static void
json_events(struct out *o)
{
	const struct event *e;
	char line[512];
	int i;

	out(o, " \"events\": [");
	for (i = 0; i < rep.nevents; i++) {
		e = &rep.events[i];
		event_text(line, sizeof(line), e, rep.now);
		out(o, "%s\n  {\"time\": %ld, \"pid\": %d, \"tid\": %d, \"kind\": \"%s\", \"number\": %d, "
		    "\"text\": ", i > 0 ? "," : "", (long)e->time, e->pid, e->tid,
		    event_names[e->kind], e->nr);
		json_string(o, line);
		out(o, "}");
	}
	out(o, "]\n");
}

static void
report_json(int fd)
{
	static struct out o;

	o.fd = fd;
	out(&o, "{\n \"vksup\": \"" VKSUP_VERSION "\",\n \"pid\": %d,\n \"time\": %ld,\n \"reason\": ",
	    getpid(), (long)time(NULL));
	json_string(&o, rep.why);
	out(&o, ",\n \"signal\": %d,\n \"address\": \"%#lx\",\n", rep.sig, (unsigned long)rep.addr);
	json_thread(&o);
	json_stack(&o, "kernel_stack", &rep.kernel);
	json_stack(&o, "guest_stack", &rep.guest);
	json_events(&o);
	out(&o, "}\n");
	out_flush(&o);
}

static const char *
report_dir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir != NULL && dir[0] == '/' ? dir : "/tmp";
}

/* Nothing that is there is written to, and nothing that a link leads to. */
static void
report_save(void)
{
	int fd;

	if (report_file != NULL)
		snprintf(rep.file, sizeof(rep.file), "%s", report_file);
	else
		snprintf(rep.file, sizeof(rep.file), "%.200s/vksup-crash.%d.json", report_dir(),
		    getpid());
	fd = open(rep.file, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
	    (report_file != NULL ? O_TRUNC : O_EXCL), 0600);
	if (fd < 0) {
		rep.file[0] = '\0';
		return;
	}
	report_json(fd);
	close(fd);
}

/* --- the end --- */

static void no_return
leave(void)
{
	monitor_unlink();
	warden_stop();
	_exit(EXIT_OURS);
}

static void
gives_up(int sig)
{
	static const char msg[] = "vksup: the report cannot be finished\n";

	(void)sig;
	(void)!write(2, msg, sizeof(msg) - 1);
	leave();
}

/* False: another thread is at it already. */
static bool
crash_begin(void)
{
	pid_t none = 0, me = (pid_t)syscall(SYS_gettid);
	struct sigaction sa = { .sa_handler = gives_up };
	sigset_t set;

	if (!atomic_compare_exchange_strong(&crashing, &none, me)) {
		if (none == me)
			gives_up(0);
		return false;
	}
	sigaction(SIGALRM, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	alarm(REPORT_SECONDS);
	return true;
}

static void no_return
crash_report(const char *why, ucontext_t *uc)
{
	supervisor_ends();
	term_restore();
	rep.why = why;
	rep.now = host_clock(CLOCK_MONOTONIC);
	rep.nevents = events_last(rep.events, EVENTS_SHOWN);
	stack_kernel(&rep.kernel, uc);
	if (curthread != NULL) {
		stack_call_text(rep.call, sizeof(rep.call), curthread, curthread->proc->vm);
		rep.guest_err = stack_guest(&rep.guest, curthread->proc->vm, &curthread->regs);
	}
	report_save();
	report_text(2);
	leave();
}

void
crash(const char *why)
{
	debug_stop();
	if (!crash_begin())
		for (;;)
			pause();
	crash_report(why, NULL);
}

static void
fault_of_ours(int sig, siginfo_t *si, void *uc)
{
	static char why[128];

	if (!crash_begin())
		for (;;)
			pause();
	rep.sig = sig;
	rep.code = si->si_code;
	rep.addr = (uint64_t)si->si_addr;
	if (sig == SIGABRT)
		snprintf(why, sizeof(why), "SIGABRT");
	else
		snprintf(why, sizeof(why), "SIG%s at address %#lx", sigabbrev_np(sig), rep.addr);
	crash_report(why, uc);
}

void
crash_thread(void *stack)
{
	stack_t ss = { .ss_sp = stack, .ss_size = CRASH_STACK };

	sigaltstack(&ss, NULL);
}

static void
handlers_install(void)
{
	static const int sigs[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	struct sigaction sa = { .sa_sigaction = fault_of_ours,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	size_t i;

	sigfillset(&sa.sa_mask);
	for (i = 0; i < nitems(sigs); i++)
		sigdelset(&sa.sa_mask, sigs[i]);
	sigdelset(&sa.sa_mask, SIGALRM);
	for (i = 0; i < nitems(sigs); i++)
		sigaction(sigs[i], &sa, NULL);
}

/* --- --panic-on: a crash to order --- */

static const char *const ways[] = { "assert", "segv", "abort", "stack", NULL };
static int panic_nr = -1, panic_way;

static volatile int deepest = 1 << 30;

static int __attribute__((noinline))
stack_eat(int depth)
{
	volatile char more[4096];

	more[0] = (char)depth;
	return depth < deepest ? stack_eat(depth + 1) + more[0] : 0;
}

static int *volatile nowhere = (int *)16;

static void
panic_enter(struct watcher *w, struct thread *t, const struct abi_row *row)
{
	(void)w;
	(void)t;
	if (row == NULL || (int)row->nr != panic_nr)
		return;
	switch (panic_way) {
	case 0:
		host_panic("--panic-on %s", row->name);
	case 1:
		*(volatile int *)nowhere = 0;
		break;
	case 2:
		abort();
	default:
		stack_eat(0);
	}
}

static struct watcher panic_watcher = { .every_call = true, .call_enter = panic_enter };

static void
crash_option(struct options *o, const char *name, const char *arg)
{
	const struct abi_row *row;
	char call[64];
	const char *way = strchr(arg, ':');

	(void)o;
	if (strcmp(name, "crash-report") == 0) {
		report_file = arg;
		return;
	}
	snprintf(call, sizeof(call), "%.*s", way != NULL ? (int)(way - arg) : 63, arg);
	row = abi_row_by_name(call);
	if (row == NULL)
		bad_value("--panic-on", *arg != '\0' ? arg : "''", "no such system call");
	panic_nr = (int)row->nr;
	for (panic_way = 0; way != NULL && ways[panic_way] != NULL; panic_way++)
		if (strcmp(way + 1, ways[panic_way]) == 0)
			break;
	if (ways[panic_way] == NULL)
		bad_value("--panic-on", arg, "after the colon: assert, segv, abort or stack");
}

static void
crash_prepare(struct options *o, struct vkern_config *cfg)
{
	static char stack[CRASH_STACK];

	(void)o;
	(void)cfg;
	crash_thread(stack);
	handlers_install();
	if (report_file != NULL)
		confine_need_write(report_file);
	else
		confine_need_new_files(report_dir());
}

static void
crash_boot(const struct options *o, struct vkern *k)
{
	(void)o;
	if (panic_nr >= 0 && watch_add(k, &panic_watcher) != 0)
		fail("cannot watch", 0);
}

static const struct feature_option crash_options[] = {
	{ "crash-report", "FILE", "where a crash of vksup itself is written down" },
	{ "panic-on", "NAME[:HOW]", "crash at call NAME, to see one: assert segv abort stack" },
	{ NULL, NULL, NULL },
};

const struct feature feature_crash = {
	.name = "crash", .options = crash_options, .option = crash_option,
	.prepare = crash_prepare, .boot = crash_boot,
};
