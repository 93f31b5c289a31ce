/*
 * trace.c - --strace: lines in strace(1)'s format, made from the table.
 *
 * A call's line is begun at entry, when its arguments still are what the guest
 * gave, and written whole at its exit, so lines never interleave.  Each
 * kthread has its own buffer.  Without -f only the program itself is traced.
 *
 * Signals and ends happen with the kernel's proc_lock held, when nobody may
 * wait for whoever reads the trace.  Their lines go to a queue; a thread of
 * ours writes it, or whoever writes next, so that lines keep their order.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stack.h"
#include "trace.h"
#include "vksup/proc.h"
#include "vksup/strace.h"
#include "vksup/watch.h"

extern const struct abi_mem guest_mem;

static struct trace_options opt;
static struct strace_filter filter;
static struct strace_count *counts;
static pthread_mutex_t count_lock = PTHREAD_MUTEX_INITIALIZER;
static int out = 2;
static pthread_mutex_t out_lock = PTHREAD_MUTEX_INITIALIZER;	/* held while writing */
static pthread_mutex_t late_lock = PTHREAD_MUTEX_INITIALIZER;	/* a leaf: late */
static pthread_cond_t late_more = PTHREAD_COND_INITIALIZER;
static struct { char *buf; size_t n, size; } late;

struct line {
	size_t		n;
	int64_t		start;
	bool		open;		/* a call has begun and is not written */
	char		buf[STRACE_LINE_MAX];
};
static __thread struct line *line;

static size_t
prefix(char *buf, size_t len, struct thread *t)
{
	if (!opt.follow)
		return 0;
	return (size_t)snprintf(buf, len, opt.output != NULL ? "%d " : "[pid %5d] ", t->tid);
}

static void
out_write(const char *buf, size_t n)
{
	ssize_t w;

	while (n > 0) {
		w = write(out, buf, n);
		if (w < 0 && errno != EINTR)
			return;
		buf += max_of(w, (ssize_t)0);
		n -= (size_t)max_of(w, (ssize_t)0);
	}
}

/* What is on the queue, and then the line.  No lock of the kernel is held. */
static void
line_write(const char *buf, size_t n)
{
	char *queued;
	size_t nqueued;

	pthread_mutex_lock(&out_lock);
	pthread_mutex_lock(&late_lock);
	queued = late.buf;
	nqueued = late.n;
	late.buf = NULL;
	late.n = late.size = 0;
	pthread_mutex_unlock(&late_lock);
	out_write(queued, nqueued);
	free(queued);
	out_write(buf, n);
	pthread_mutex_unlock(&out_lock);
}

/* For the queue; what there is no memory for is lost. */
static void
line_late(const char *buf, size_t n)
{
	size_t size;
	char *p;

	pthread_mutex_lock(&late_lock);
	if (late.n + n > late.size) {
		size = 2 * late.size + n + 4096;
		p = realloc(late.buf, size);
		if (p == NULL) {
			pthread_mutex_unlock(&late_lock);
			return;
		}
		late.buf = p;
		late.size = size;
	}
	memcpy(late.buf + late.n, buf, n);
	late.n += n;
	pthread_cond_signal(&late_more);
	pthread_mutex_unlock(&late_lock);
}

static void *
late_main(void *arg)
{
	(void)arg;
	for (;;) {
		pthread_mutex_lock(&late_lock);
		while (late.n == 0)
			pthread_cond_wait(&late_more, &late_lock);
		pthread_mutex_unlock(&late_lock);
		line_write("", 0);
	}
	return NULL;
}

int
trace_start(const struct trace_options *o, char *err, size_t errlen)
{
	opt = *o;
	if (strace_filter_parse(&filter, o->expr != NULL ? o->expr : "all", err, errlen) != 0)
		return -EINVAL;
	if (o->output != NULL) {
		out = open(o->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (out < 0) {
			snprintf(err, errlen, "%s: %s", o->output, strerror(errno));
			return -EINVAL;
		}
	} else {
		out = fcntl(2, F_DUPFD_CLOEXEC, 10);
	}
	if (o->count)
		counts = calloc(ABI_NR_LIMIT, sizeof(*counts));
	return 0;
}

static int
frame_text(char *buf, size_t len, const struct frame *f)
{
	if (f->name[0] == '\0')
		return snprintf(buf, len, " > %s() [%#lx]\n", f->object, (unsigned long)f->pc);
	return snprintf(buf, len, " > %s(%s+%#lx) [%#lx]\n", f->object, f->name, (unsigned long)f->off,
	    (unsigned long)f->pc);
}

/* As strace -k has it: a line for each frame of the guest's stack. */
static void
stack_write(struct thread *t)
{
	static struct stack s;			/* [stack_lock] */
	static char text[STACK_MAX * 256];	/* [stack_lock] */
	const struct frame *f;
	int n = 0;

	if (stack_guest(&s, t->proc->vm, &t->regs) != 0)
		n = snprintf(text, sizeof(text), " > (not to be had)\n");
	for (f = s.f; f < s.f + s.n; f++)
		n += frame_text(text + n, sizeof(text) - (size_t)n, f);
	line_write(text, (size_t)n);
}

static void
line_end(const struct line *l, struct thread *t)
{
	static pthread_mutex_t stack_lock = PTHREAD_MUTEX_INITIALIZER;

	if (!opt.stacks) {
		line_write(l->buf, l->n);
		return;
	}
	pthread_mutex_lock(&stack_lock);
	line_write(l->buf, l->n);
	stack_write(t);
	pthread_mutex_unlock(&stack_lock);
}

static void
trace_enter(struct thread *t, const struct abi_row *row, const uint64_t raw[6])
{
	struct line *l = line;
	int width;

	if (l == NULL)
		line = l = malloc(sizeof(*l));
	if (l == NULL)
		return;
	l->n = prefix(l->buf, sizeof(l->buf), t);
	l->start = host_clock(CLOCK_MONOTONIC);
	l->open = counts == NULL;
	if (counts != NULL)
		return;
	l->n += strace_format_enter(l->buf + l->n, sizeof(l->buf) - l->n - 64, row, raw, &guest_mem);
	if (row->ret == ABI_RET_NORETURN && strcmp(row->name, "rt_sigreturn") != 0) {
		width = (int)(l->n - prefix(NULL, 0, t));
		l->n += (size_t)snprintf(l->buf + l->n, 64, "%-*s = ?\n", width < 39 ? 39 - width : 1, ")");
		l->open = false;
		line_end(l, t);
	}
}

static void
trace_exit(struct thread *t, const struct abi_row *row, const uint64_t raw[6], long ret)
{
	struct line *l = line;
	size_t at;

	if (l == NULL)
		return;
	if (counts != NULL) {
		pthread_mutex_lock(&count_lock);
		strace_count_add(counts, row->nr, ret,
		    (uint64_t)(host_clock(CLOCK_MONOTONIC) - l->start));
		pthread_mutex_unlock(&count_lock);
		return;
	}
	at = prefix(NULL, 0, t);
	l->n = at + strace_format_resume(l->buf + at, sizeof(l->buf) - at - 2, l->n - at, row, raw,
	    &guest_mem, ret);
	l->buf[l->n++] = '\n';
	l->open = false;
	line_end(l, t);
}

static bool
traced(const struct thread *t)
{
	return opt.follow || t->proc == vk->main_proc;
}

static bool
wanted(const struct thread *t, const struct abi_row *row)
{
	return row != NULL && strace_filter_match(&filter, row->nr) && traced(t);
}

static void
call_enter(struct watcher *w, struct thread *t, const struct abi_row *row)
{
	(void)w;
	if (wanted(t, row))
		trace_enter(t, row, t->args);
}

static void
call_exit(struct watcher *w, struct thread *t, const struct abi_row *row, long ret)
{
	(void)w;
	if (wanted(t, row))
		trace_exit(t, row, t->args, ret);
}

static void
signal_taken(struct watcher *w, struct thread *t, const siginfo_t *si)
{
	char buf[512];
	size_t n;

	(void)w;
	if (counts != NULL || !traced(t))
		return;
	n = prefix(buf, sizeof(buf), t);
	n += strace_format_signal(buf + n, sizeof(buf) - n - 1, si);
	buf[n++] = '\n';
	line_late(buf, n);
}

static size_t
end_format(char *buf, size_t len, int status)
{
	const char *name;
	char sig[16];

	if ((status & 0x7f) == 0)
		return (size_t)snprintf(buf, len, "+++ exited with %d +++\n", status >> 8 & 0xff);
	name = sigabbrev_np(status & 0x7f);
	if (name != NULL)
		snprintf(sig, sizeof(sig), "SIG%s", name);
	else
		snprintf(sig, sizeof(sig), "SIGRT_%d", (status & 0x7f) - 32);
	return (size_t)snprintf(buf, len, "+++ killed by %s%s +++\n", sig,
	    (status & 0x80) != 0 ? " (core dumped)" : "");
}

/* The kthread ends as well: its buffer is not needed any more. */
static void
thread_end(struct watcher *w, struct thread *t, int status)
{
	struct line *l = line;
	char buf[96];
	size_t n;

	(void)w;
	if (l != NULL && l->open) {
		line_late(l->buf, l->n);
		line_late(" <unfinished ...>\n", 18);
	}
	free(l);
	line = NULL;
	if (counts != NULL || !opt.follow)
		return;
	n = prefix(buf, sizeof(buf), t);
	n += end_format(buf + n, sizeof(buf) - n, status);
	line_late(buf, n);
}

static int
own_copyin(void *ctx, void *dst, gaddr_t src, size_t n)
{
	(void)ctx;
	memcpy(dst, (const void *)(uintptr_t)src.v, n);
	return 0;
}

static long
own_copyinstr(void *ctx, char *dst, gaddr_t src, size_t max)
{
	const char *s = (const char *)(uintptr_t)src.v;
	size_t n = strnlen(s, max);

	(void)ctx;
	memcpy(dst, s, min_of(n + 1, max));
	return (long)n;
}

/*
 * The execve that made the program is vksup's own and no call of a guest's;
 * its arguments are in vksup's memory.
 */
static void
first_exec(struct watcher *w, struct thread *t, const char *path)
{
	static const struct abi_mem own = { NULL, own_copyin, NULL, own_copyinstr };
	static bool shown;
	const uint64_t raw[6] = { (uintptr_t)path, (uintptr_t)opt.argv, (uintptr_t)opt.envp };
	const struct abi_row *row = abi_row(SYS_execve);
	char *buf;
	size_t n;

	(void)w;
	if (__atomic_exchange_n(&shown, true, __ATOMIC_RELAXED) || counts != NULL ||
	    !strace_filter_match(&filter, row->nr))
		return;
	buf = malloc(STRACE_LINE_MAX);
	if (buf == NULL)
		return;
	n = prefix(buf, STRACE_LINE_MAX, t);
	n += strace_format_exit(buf + n, STRACE_LINE_MAX - n - 1, row, raw, &own, 0);
	buf[n++] = '\n';
	line_write(buf, n);
	free(buf);
}

static struct watcher trace_watcher = {
	.every_call = true,
	.call_enter = call_enter,
	.call_exit = call_exit,
	.signal = signal_taken,
	.thread_end = thread_end,
	.exec = first_exec,
};

int
trace_boot(struct vkern *k)
{
	pthread_t writer;

	if (pthread_create(&writer, NULL, late_main, NULL) != 0)
		return -EAGAIN;
	pthread_detach(writer);
	return watch_add(k, &trace_watcher);
}

static void
counts_write(void)
{
	char *buf = malloc(STRACE_COUNT_MAX);

	if (buf == NULL)
		return;
	line_write(buf, strace_count_format(buf, STRACE_COUNT_MAX, counts));
	free(buf);
}

/* Would the last lines be taken without a wait? */
static bool
out_ready(void)
{
	struct pollfd p = { out, POLLOUT, 0 };

	if (pthread_mutex_trylock(&out_lock) != 0)
		return false;
	pthread_mutex_unlock(&out_lock);
	return poll(&p, 1, 0) == 1;
}

void
trace_finish(int status, bool hurry)
{
	char buf[96];

	if (hurry && !out_ready())
		return;
	if (counts != NULL)
		counts_write();
	else if (opt.follow)
		line_write("", 0);
	else
		line_write(buf, end_format(buf, sizeof(buf), status));
}
