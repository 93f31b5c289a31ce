/*
 * trace_json.c - --trace-json: one object a line for each event of the kernel;
 * --trace-perfetto: the same as Chrome's trace events, for ui.perfetto.dev and
 * chrome://tracing: guests are processes, calls and waits slices, wakes flows.
 *
 * Lines are made in memory of the thread they are about, without a lock, and
 * written whole under one that is a leaf.  Times are nanoseconds of
 * CLOCK_MONOTONIC since the start (microseconds in Chrome's format).
 */
#include "trace_json.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "abi/abi.h"
#include "feature.h"
#include "report.h"
#include "vksup/proc.h"
#include "vksup/strace.h"
#include "vksup/watch.h"

extern const struct abi_mem guest_mem;

/* Text may be escaped to six times its length. */
#define LINE_MAX_	(STRACE_LINE_MAX * 6 + 1024)
#define NFLOWS		4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int json_fd = -1, monitor_fd = -1, chrome_fd = -1;	/* [lock] */
static const char *json_file, *chrome_file;
static int64_t start;

/* Chrome's: what is not written yet. */
static char chrome_buf[1 << 16];	/* [lock] */
static size_t chrome_n;			/* [lock] */
static bool chrome_first = true;	/* [lock] */
/* Wakes on their way to a sleeper, by its tid: two threads that share a place
 * may lose an arrow. */
static struct flow { int tid; uint64_t id; } flows[NFLOWS];	/* [lock] */
static uint64_t last_flow;		/* [lock] */

/* Of a guest thread, on its kthread. */
struct work {
	int64_t		entered, slept;	/* when; 0: not in it */
	size_t		n;
	char		text[STRACE_LINE_MAX];	/* of the call */
	size_t		len;
	char		line[LINE_MAX_];
};
static __thread struct work *work;

static struct work *
work_get(void)
{
	if (work == NULL)
		work = calloc(1, sizeof(*work));
	return work;
}

static int64_t
now(void)
{
	return host_clock(CLOCK_MONOTONIC) - start;
}

/* --- text --- */

struct text {
	char	*p;
	size_t	n, max;
};

static void put(struct text *t, const char *fmt, ...) printf_like(2, 3);
static void
put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->p + t->n, t->max - t->n, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->n = min_of(t->n + (size_t)n, t->max - 1);
}

/* Bytes that are no ASCII, as names may have, stand for Latin-1. */
static void
put_string(struct text *t, const char *s, size_t len)
{
	size_t i;

	put(t, "\"");
	for (i = 0; i < len && t->n + 8 < t->max; i++) {
		if (s[i] == '"' || s[i] == '\\') {
			t->p[t->n++] = '\\';
			t->p[t->n++] = s[i];
		} else if ((unsigned char)s[i] < 0x20 || (unsigned char)s[i] > 0x7e) {
			put(t, "\\u%04x", (unsigned char)s[i]);
		} else {
			t->p[t->n++] = s[i];
		}
	}
	put(t, "\"");
}

static const char *
call_name(int nr)
{
	const struct abi_row *row = abi_row((unsigned)nr);

	return row != NULL ? row->name : "unknown";
}

/* --- output --- */

static void
json_write(struct text *t)
{
	put(t, "}\n");
	if (json_fd >= 0)
		(void)write_all(json_fd, t->p, t->n);
	if (monitor_fd >= 0 && !write_all(monitor_fd, t->p, t->n)) {
		close(monitor_fd);
		monitor_fd = -1;
	}
}

static void
chrome_flush(void)
{
	(void)write_all(chrome_fd, chrome_buf, chrome_n);
	chrome_n = 0;
}

static void
chrome_write(struct text *t)
{
	put(t, "}");
	if (chrome_n + t->n + 2 > sizeof(chrome_buf))
		chrome_flush();
	if (!chrome_first)
		chrome_buf[chrome_n++] = ',';
	chrome_buf[chrome_n++] = '\n';
	chrome_first = false;
	if (t->n + 2 > sizeof(chrome_buf)) {
		chrome_flush();
		(void)write_all(chrome_fd, t->p, t->n);
		return;
	}
	memcpy(chrome_buf + chrome_n, t->p, t->n);
	chrome_n += t->n;
}

static bool
json_wanted(void)
{
	return json_fd >= 0 || monitor_fd >= 0;
}

/* --- JSON lines --- */

static void
json_begin(struct text *t, const char *type, const struct thread *th, int64_t at)
{
	put(t, "{\"type\": \"%s\", \"time\": %ld, \"pid\": %d, \"tid\": %d", type, (long)at,
	    th->proc->pid, th->tid);
}

/* One number more, and that is all. */
static void
json_event(const char *type, const struct thread *th, const char *key, long v)
{
	char buf[256];
	struct text t = { buf, 0, sizeof(buf) };

	if (!json_wanted())
		return;
	json_begin(&t, type, th, now());
	put(&t, ", \"%s\": %ld", key, v);
	pthread_mutex_lock(&lock);
	json_write(&t);
	pthread_mutex_unlock(&lock);
}

static void
json_call(struct work *w, struct thread *th, bool returns, long ret)
{
	struct text t = { w->line, 0, sizeof(w->line) };
	const char *err = NULL;
	int i;

	if (!json_wanted())
		return;
	json_begin(&t, "call", th, w->entered);
	put(&t, ", \"name\": \"%s\", \"number\": %d, \"args\": [", call_name(th->nr), th->nr);
	for (i = 0; i < 6; i++)
		put(&t, "%s%lu", i > 0 ? ", " : "", (unsigned long)th->args[i]);
	put(&t, "]");
	if (returns) {
		if (ret < 0 && ret > -512)
			err = strerrorname_np((int)-ret);
		put(&t, ", \"result\": %ld, \"duration\": %ld", ret, (long)(now() - w->entered));
	}
	if (err != NULL)
		put(&t, ", \"error\": \"%s\"", err);
	put(&t, ", \"text\": ");
	put_string(&t, w->text, w->n);
	pthread_mutex_lock(&lock);
	json_write(&t);
	pthread_mutex_unlock(&lock);
}

/* --- Chrome's trace events --- */

static void
chrome_begin(struct text *t, char ph, const char *name, int pid, int tid, int64_t at)
{
	put(t, "{\"ph\":\"%c\",\"name\":\"%s\",\"pid\":%d,\"tid\":%d,\"ts\":%ld.%03ld", ph, name, pid,
	    tid, (long)(at / 1000), (long)(at % 1000));
}

static void
chrome_put(char ph, const char *name, int pid, int tid, int64_t at, const char *more)
{
	char buf[512];
	struct text t = { buf, 0, sizeof(buf) };

	chrome_begin(&t, ph, name, pid, tid, at);
	put(&t, "%s", more);
	chrome_write(&t);
}

static void
chrome_event(char ph, const char *name, const struct thread *th, const char *more)
{
	if (chrome_fd < 0)
		return;
	pthread_mutex_lock(&lock);
	if (chrome_fd >= 0)
		chrome_put(ph, name, th->proc->pid, th->tid, now(), more);
	pthread_mutex_unlock(&lock);
}

static void
chrome_name(const char *what, int pid, int tid, const char *name)
{
	char buf[512];
	struct text t = { buf, 0, sizeof(buf) };

	chrome_begin(&t, 'M', what, pid, tid, 0);
	put(&t, ",\"args\":{\"name\":");
	put_string(&t, name, strnlen(name, 64));
	put(&t, "}");
	chrome_write(&t);
}

static void
chrome_call(struct work *w, struct thread *th)
{
	struct text t = { w->line, 0, sizeof(w->line) };

	if (chrome_fd < 0)
		return;
	chrome_begin(&t, 'B', call_name(th->nr), th->proc->pid, th->tid, w->entered);
	put(&t, ",\"cat\":\"call\",\"args\":{\"call\":");
	put_string(&t, w->text, w->n);
	put(&t, "}");
	pthread_mutex_lock(&lock);
	if (chrome_fd >= 0)
		chrome_write(&t);
	pthread_mutex_unlock(&lock);
}

/* An arrow begins at whoever wakes; the kernel's own threads are process 0. */
static void
chrome_wake(struct thread *th)
{
	struct thread *by = curthread;
	int pid = by != NULL ? by->proc->pid : 0, tid = by != NULL ? by->tid : 0;
	struct flow *f = &flows[(unsigned)th->tid % NFLOWS];
	int64_t at;
	char more[64];

	pthread_mutex_lock(&lock);
	at = now();
	if (chrome_fd >= 0 && f->id == 0) {
		f->tid = th->tid;
		f->id = ++last_flow;
		if (by == NULL)
			chrome_put('X', "wake", 0, 0, at, ",\"dur\":0.001");
		snprintf(more, sizeof(more), ",\"cat\":\"wake\",\"id\":%lu", (unsigned long)f->id);
		chrome_put('s', "wake", pid, tid, at, more);
	}
	pthread_mutex_unlock(&lock);
}

/* ... and ends in the wait that it ended. */
static void
chrome_awake(struct thread *th, int err)
{
	struct flow *f = &flows[(unsigned)th->tid % NFLOWS];
	int64_t at;
	char more[64];

	pthread_mutex_lock(&lock);
	at = now();
	if (chrome_fd >= 0) {
		if (f->id != 0 && f->tid == th->tid) {
			snprintf(more, sizeof(more), ",\"cat\":\"wake\",\"id\":%lu,\"bp\":\"e\"",
			    (unsigned long)f->id);
			chrome_put('f', "wake", th->proc->pid, th->tid, at, more);
			f->id = 0;
		}
		snprintf(more, sizeof(more), ",\"args\":{\"error\":%d}", err);
		chrome_put('E', "wait", th->proc->pid, th->tid, at, more);
	}
	pthread_mutex_unlock(&lock);
}

/* --- the watcher --- */

static void
call_enter(struct watcher *wt, struct thread *th, const struct abi_row *row)
{
	struct work *w = work_get();

	(void)wt;
	if (w == NULL)
		return;
	if (row != NULL)
		w->n = strace_format_enter(w->text, sizeof(w->text) - 1, row, th->args, &guest_mem);
	else
		w->n = strace_format_unknown(w->text, sizeof(w->text), (unsigned)th->nr, th->args, -ENOSYS);
	w->entered = now();
	chrome_call(w, th);
	if (row != NULL && row->ret == ABI_RET_NORETURN)
		json_call(w, th, false, 0);
}

static void
call_exit(struct watcher *wt, struct thread *th, const struct abi_row *row, long ret)
{
	struct work *w = work_get();
	char more[64];

	(void)wt;
	/* Watching began in the middle of the call. */
	if (w == NULL || w->entered == 0)
		return;
	if (row != NULL && json_wanted())
		w->n = strace_format_resume(w->text, sizeof(w->text), w->n, row, th->args, &guest_mem, ret);
	if (row == NULL || row->ret != ABI_RET_NORETURN)
		json_call(w, th, true, ret);
	w->entered = 0;
	snprintf(more, sizeof(more), ",\"args\":{\"result\":%ld}", ret);
	chrome_event('E', call_name(th->nr), th, more);
}

static void
fault(struct watcher *wt, struct thread *th, const struct vmevent *ev)
{
	char more[96];

	(void)wt;
	json_event("fault", th, "address", (long)ev->addr);
	snprintf(more, sizeof(more), ",\"s\":\"t\",\"args\":{\"address\":\"%#lx\",\"signal\":%d}",
	    (unsigned long)ev->addr, ev->signo);
	chrome_event('i', "fault", th, more);
}

static void
signal_taken(struct watcher *wt, struct thread *th, const siginfo_t *si)
{
	char more[64];

	(void)wt;
	json_event("signal", th, "signal", si->si_signo);
	snprintf(more, sizeof(more), ",\"s\":\"t\",\"args\":{\"signal\":%d}", si->si_signo);
	chrome_event('i', "signal", th, more);
}

static void
sleeps(struct watcher *wt, struct thread *th)
{
	struct work *w = work_get();

	(void)wt;
	if (w == NULL)
		return;
	w->slept = now();
	chrome_event('B', "wait", th, ",\"cat\":\"wait\"");
}

static void
awake(struct watcher *wt, struct thread *th, int err)
{
	struct work *w = work_get();
	char buf[256];
	struct text t = { buf, 0, sizeof(buf) };

	(void)wt;
	if (w == NULL || w->slept == 0)
		return;
	chrome_awake(th, err);
	if (json_wanted()) {
		json_begin(&t, "wait", th, w->slept);
		put(&t, ", \"duration\": %ld, \"error\": %d", (long)(now() - w->slept), err);
		pthread_mutex_lock(&lock);
		json_write(&t);
		pthread_mutex_unlock(&lock);
	}
	w->slept = 0;
}

static void
wake(struct watcher *wt, struct thread *th)
{
	(void)wt;
	json_event("wake", th, "by", curthread != NULL ? curthread->tid : 0);
	chrome_wake(th);
}

static void
names(struct thread *th)
{
	if (chrome_fd < 0)
		return;
	pthread_mutex_lock(&lock);
	if (chrome_fd >= 0) {
		chrome_name("process_name", th->proc->pid, th->tid, th->comm);
		chrome_name("thread_name", th->proc->pid, th->tid, th->comm);
	}
	pthread_mutex_unlock(&lock);
}

static void
thread_starts(struct watcher *wt, struct thread *th, struct thread *parent)
{
	(void)wt;
	json_event("start", th, "parent", parent != NULL ? parent->tid : 0);
	names(th);
}

/* What it was in the middle of ends with it. */
static void
thread_ends(struct watcher *wt, struct thread *th, int status)
{
	(void)wt;
	json_event("end", th, "status", status);
	if (th != curthread || work == NULL)
		return;
	if (work->slept != 0)
		chrome_event('E', "wait", th, "");
	if (work->entered != 0)
		chrome_event('E', call_name(th->nr), th, "");
	free(work);
	work = NULL;
}

static void
execs(struct watcher *wt, struct thread *th, const char *path)
{
	char buf[4096 * 6];
	struct text t = { buf, 0, sizeof(buf) };

	(void)wt;
	names(th);
	if (!json_wanted())
		return;
	json_begin(&t, "exec", th, now());
	put(&t, ", \"path\": ");
	put_string(&t, path, strlen(path));
	pthread_mutex_lock(&lock);
	json_write(&t);
	pthread_mutex_unlock(&lock);
}

static struct watcher json_watcher = {
	.every_call = true, .call_enter = call_enter, .call_exit = call_exit, .fault = fault,
	.signal = signal_taken, .sleep = sleeps, .awake = awake, .wake = wake,
	.thread_start = thread_starts, .thread_end = thread_ends, .exec = execs,
};
static bool watching;			/* main thread, then the monitor's */

static int
watch(struct vkern *k)
{
	int err = watching ? 0 : watch_add(k, &json_watcher);

	watching |= err == 0;
	return err;
}

/* --- for the monitor --- */

bool
trace_json_on(void)
{
	return monitor_fd >= 0;
}

int
trace_json_to(int fd)
{
	int old, err = fd >= 0 ? watch(vk) : 0;

	if (err)
		return err;
	pthread_mutex_lock(&lock);
	old = monitor_fd;
	monitor_fd = fd;
	pthread_mutex_unlock(&lock);
	if (old >= 0)
		close(old);
	if (fd < 0 && json_fd < 0 && chrome_fd < 0 && watching) {
		watch_remove(vk, &json_watcher);
		watching = false;
	}
	return 0;
}

/* --- options --- */

static void
trace_option(struct options *o, const char *name, const char *arg)
{
	(void)o;
	if (strcmp(name, "trace-json") == 0)
		json_file = arg;
	else
		chrome_file = arg;
}

static int
file_open(const char *option, const char *file)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0)
		bad_value(option, *file != '\0' ? file : "''", strerror(errno));
	return fd;
}

static void
trace_prepare(struct options *o, struct vkern_config *cfg)
{
	(void)o;
	(void)cfg;
	start = host_clock(CLOCK_MONOTONIC);
	if (json_file != NULL)
		json_fd = file_open("--trace-json", json_file);
	if (chrome_file != NULL)
		chrome_fd = file_open("--trace-perfetto", chrome_file);
}

static void
json_boot(const struct options *o, struct vkern *k)
{
	(void)o;
	if (json_fd < 0 && chrome_fd < 0)
		return;
	if (watch(k) != 0)
		fail("cannot watch", 0);
	if (chrome_fd < 0)
		return;
	chrome_n = (size_t)snprintf(chrome_buf, sizeof(chrome_buf),
	    "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"vksup\":\"%s\"},\"traceEvents\":[", VKSUP_VERSION);
	chrome_name("process_name", 0, 0, "vksup");
	chrome_name("thread_name", 0, 0, "timers");
}

static void
trace_end(const struct options *o, struct vkern *k, struct run_end *e)
{
	(void)o;
	(void)k;
	(void)e;
	pthread_mutex_lock(&lock);
	if (chrome_fd >= 0) {
		chrome_flush();
		(void)write_all(chrome_fd, "\n]}\n", 4);
		close(chrome_fd);
		chrome_fd = -1;
	}
	if (json_fd >= 0)
		close(json_fd);
	json_fd = -1;
	pthread_mutex_unlock(&lock);
}

static const struct feature_option trace_options_[] = {
	{ "trace-json", "FILE", "what happens in the kernel, an object of JSON a line" },
	{ "trace-perfetto", "FILE", "the same for ui.perfetto.dev and chrome://tracing" },
	{ NULL, NULL, NULL },
};

const struct feature feature_trace_json = {
	.name = "trace-json", .options = trace_options_, .option = trace_option,
	.prepare = trace_prepare, .boot = json_boot, .end = trace_end,
};
