/*
 * trace.c - --strace: lines in strace(1)'s format, made from the table.
 *
 * A call's line is begun at entry, when its arguments still are what the guest
 * gave, and written whole at its exit, so lines never interleave.  Each
 * kthread has its own buffer.  Without -f only the program itself is traced.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

struct line {
	size_t		n;
	int64_t		start;
	char		buf[STRACE_LINE_MAX];
};
static __thread struct line *line;

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

static size_t
prefix(char *buf, size_t len, struct thread *t)
{
	if (!opt.follow)
		return 0;
	return (size_t)snprintf(buf, len, opt.output != NULL ? "%d " : "[pid %5d] ", t->tid);
}

static void
line_write(const char *buf, size_t n)
{
	if (write(out, buf, n) < 0)
		return;
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
	if (counts != NULL)
		return;
	l->n += strace_format_enter(l->buf + l->n, sizeof(l->buf) - l->n - 64, row, raw, &guest_mem);
	if (row->ret == ABI_RET_NORETURN && strcmp(row->name, "rt_sigreturn") != 0) {
		width = (int)(l->n - prefix(NULL, 0, t));
		l->n += (size_t)snprintf(l->buf + l->n, 64, "%-*s = ?\n", width < 39 ? 39 - width : 1, ")");
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
	line_end(l, t);
}

static bool
wanted(const struct thread *t, const struct abi_row *row)
{
	return row != NULL && strace_filter_match(&filter, row->nr) &&
	    (opt.follow || t->proc == vk->main_proc);
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

struct watcher trace_watcher = { .every_call = true, .call_enter = call_enter, .call_exit = call_exit };

void
trace_finish(int status)
{
	const char *name;
	char *buf, sig[16];
	size_t n;

	if (counts != NULL) {
		buf = malloc(STRACE_COUNT_MAX);
		if (buf != NULL) {
			n = strace_count_format(buf, STRACE_COUNT_MAX, counts);
			line_write(buf, n);
			free(buf);
		}
		return;
	}
	if ((status & 0x7f) == 0) {
		dprintf(out, "+++ exited with %d +++\n", status >> 8 & 0xff);
		return;
	}
	name = sigabbrev_np(status & 0x7f);
	if (name != NULL)
		n = (size_t)snprintf(sig, sizeof(sig), "SIG%s", name);
	else
		n = (size_t)snprintf(sig, sizeof(sig), "SIGRT_%d", (status & 0x7f) - 32);
	dprintf(out, "+++ killed by %.*s%s +++\n", (int)n, sig, (status & 0x80) != 0 ? " (core dumped)" : "");
}
