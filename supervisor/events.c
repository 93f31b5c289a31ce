/*
 * events.c - the ring of events, and the probes.
 */
#include "events.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/sdt.h>

#include "abi/abi.h"
#include "feature.h"
#include "vksup/proc.h"
#include "vksup/watch.h"

const char *const event_names[EVENT_KINDS] = {
	[EVENT_CALL] = "call", [EVENT_RETURN] = "return", [EVENT_FAULT] = "fault",
	[EVENT_SIGNAL] = "signal", [EVENT_WAIT] = "wait", [EVENT_AWAKE] = "awake",
	[EVENT_WAKE] = "wake", [EVENT_START] = "start", [EVENT_END] = "end", [EVENT_EXEC] = "exec",
};

/* seq: which event it is, from 1; 0 while it is written. */
static struct entry {
	_Atomic uint64_t seq;
	struct event	e;
} __attribute__((aligned(128))) ring[EVENTS_KEPT];
static _Atomic uint64_t next;

/* Times are taken in the processor's ticks, a tenth of the cost of the clock,
 * and turned into nanoseconds by what both said at boot and say now. */
static uint64_t boot_ticks;
static int64_t boot_time;

static uint64_t
ticks(void)
{
	return __builtin_ia32_rdtsc();
}

static int64_t
ticks_time(uint64_t t, uint64_t now_ticks, int64_t now)
{
	double rate = now_ticks > boot_ticks ?
	    (double)(now - boot_time) / (double)(now_ticks - boot_ticks) : 0;

	return boot_time + (int64_t)((double)(int64_t)(t - boot_ticks) * rate);
}

static struct entry *
entry_begin(struct thread *t, enum event_kind kind, uint64_t *seq)
{
	struct entry *en;

	*seq = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed) + 1;
	en = &ring[*seq % EVENTS_KEPT];
	atomic_store_explicit(&en->seq, 0, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	en->e.time = (int64_t)ticks();
	en->e.kind = kind;
	en->e.pid = t->proc->pid;
	en->e.tid = t->tid;
	return en;
}

static void
entry_end(struct entry *en, uint64_t seq)
{
	atomic_store_explicit(&en->seq, seq, memory_order_release);
}

static void
event_add(struct thread *t, enum event_kind kind, int nr, uint64_t v)
{
	uint64_t seq;
	struct entry *en = entry_begin(t, kind, &seq);

	en->e.nr = nr;
	en->e.v[0] = v;
	entry_end(en, seq);
}

static void
call_enter(struct watcher *w, struct thread *t, const struct abi_row *row)
{
	uint64_t seq;
	struct entry *en = entry_begin(t, EVENT_CALL, &seq);

	(void)w;
	(void)row;
	en->e.nr = t->nr;
	memcpy(en->e.v, t->args, sizeof(en->e.v));
	entry_end(en, seq);
	DTRACE_PROBE8(vksup, call_enter, t->tid, t->nr, t->args[0], t->args[1], t->args[2],
	    t->args[3], t->args[4], t->args[5]);
}

static void
call_exit(struct watcher *w, struct thread *t, const struct abi_row *row, long ret)
{
	(void)w;
	(void)row;
	event_add(t, EVENT_RETURN, t->nr, (uint64_t)ret);
	DTRACE_PROBE3(vksup, call_exit, t->tid, t->nr, ret);
}

static void
fault(struct watcher *w, struct thread *t, const struct vmevent *ev)
{
	(void)w;
	event_add(t, EVENT_FAULT, ev->signo, ev->addr);
	DTRACE_PROBE3(vksup, fault, t->tid, ev->signo, ev->addr);
}

static void
signal_taken(struct watcher *w, struct thread *t, const siginfo_t *si)
{
	(void)w;
	event_add(t, EVENT_SIGNAL, si->si_signo, 0);
}

static void
sleeps(struct watcher *w, struct thread *t)
{
	(void)w;
	event_add(t, EVENT_WAIT, 0, 0);
	DTRACE_PROBE1(vksup, wait, t->tid);
}

static void
awake(struct watcher *w, struct thread *t, int err)
{
	(void)w;
	event_add(t, EVENT_AWAKE, 0, (uint64_t)(int64_t)err);
	DTRACE_PROBE2(vksup, awake, t->tid, err);
}

static void
wake(struct watcher *w, struct thread *t)
{
	int by = curthread != NULL ? curthread->tid : 0;

	(void)w;
	event_add(t, EVENT_WAKE, by, 0);
	DTRACE_PROBE2(vksup, wake, t->tid, by);
}

static void
thread_starts(struct watcher *w, struct thread *t, struct thread *parent)
{
	(void)w;
	event_add(t, EVENT_START, parent != NULL ? parent->tid : 0, 0);
}

static void
thread_ends(struct watcher *w, struct thread *t, int status)
{
	(void)w;
	event_add(t, EVENT_END, 0, (uint64_t)status);
}

static void
execs(struct watcher *w, struct thread *t, const char *path)
{
	(void)w;
	(void)path;
	event_add(t, EVENT_EXEC, 0, 0);
}

static struct watcher events_watcher = {
	.call_enter = call_enter, .call_exit = call_exit, .fault = fault, .signal = signal_taken,
	.sleep = sleeps, .awake = awake, .wake = wake, .thread_start = thread_starts,
	.thread_end = thread_ends, .exec = execs,
};

uint64_t
events_count(void)
{
	return next;
}

int
events_last(struct event *out, int max)
{
	uint64_t last = next, seq, now_ticks = ticks();
	int64_t now = host_clock(CLOCK_MONOTONIC);
	struct entry *en;
	struct event e;
	int i, n = 0;

	for (seq = last; seq > 0 && seq + EVENTS_KEPT > last && n < max; seq--) {
		en = &ring[seq % EVENTS_KEPT];
		if (atomic_load_explicit(&en->seq, memory_order_acquire) != seq)
			continue;
		out[n] = en->e;
		out[n].time = ticks_time((uint64_t)out[n].time, now_ticks, now);
		atomic_thread_fence(memory_order_acquire);
		if (atomic_load_explicit(&en->seq, memory_order_relaxed) == seq)
			n++;
	}
	for (i = 0; i < n / 2; i++) {
		e = out[i];
		out[i] = out[n - 1 - i];
		out[n - 1 - i] = e;
	}
	return n;
}

static int
text_call(char *buf, size_t len, const struct event *e)
{
	const struct abi_row *row = abi_row((unsigned)e->nr);
	unsigned i, nargs = row != NULL ? row->nargs : 6;
	int n;

	if (row != NULL)
		n = snprintf(buf, len, "%s(", row->name);
	else
		n = snprintf(buf, len, "syscall_%#x(", (unsigned)e->nr);
	for (i = 0; i < nargs; i++)
		n += snprintf(buf + n, len - (size_t)n, "%s%#lx", i > 0 ? ", " : "", (unsigned long)e->v[i]);
	return n + snprintf(buf + n, len - (size_t)n, ")");
}

static int
text_return(char *buf, size_t len, const struct event *e)
{
	const struct abi_row *row = abi_row((unsigned)e->nr);
	const char *err = NULL;
	long ret = (long)e->v[0];

	if (ret < 0 && ret > -512)
		err = strerrorname_np((int)-ret);
	return snprintf(buf, len, "%s = %ld%s%s", row != NULL ? row->name : "syscall", ret,
	    err != NULL ? " " : "", err != NULL ? err : "");
}

static int
text_what(char *buf, size_t len, const struct event *e)
{
	switch (e->kind) {
	case EVENT_CALL:
		return text_call(buf, len, e);
	case EVENT_RETURN:
		return text_return(buf, len, e);
	case EVENT_FAULT:
		return snprintf(buf, len, "signal %d at %#lx", e->nr, (unsigned long)e->v[0]);
	case EVENT_SIGNAL:
		return snprintf(buf, len, "%d", e->nr);
	case EVENT_WAKE:
	case EVENT_START:
		return snprintf(buf, len, "by %d", e->nr);
	case EVENT_AWAKE:
	case EVENT_END:
		return snprintf(buf, len, "%ld", (long)e->v[0]);
	default:
		return snprintf(buf, len, "%s", "");
	}
}

/* At most some 200 bytes; len must have room for them. */
size_t
event_text(char *buf, size_t len, const struct event *e, int64_t now)
{
	int n = snprintf(buf, len, "%+.6f %5d %-6s ", (double)(e->time - now) / 1e9, e->tid,
	    event_names[e->kind]);

	return (size_t)(n + text_what(buf + n, len - (size_t)n, e));
}

static void
events_boot(const struct options *o, struct vkern *k)
{
	(void)o;
	boot_ticks = ticks();
	boot_time = host_clock(CLOCK_MONOTONIC);
	if (watch_add(k, &events_watcher) != 0)
		fail("cannot watch", 0);
}

const struct feature feature_events = { .name = "events", .boot = events_boot };
