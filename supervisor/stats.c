/*
 * stats.c - --stats: what a run cost and did, told at its end.
 *
 * Calls are those that the kernel saw: what carriers answer by themselves is
 * one number, because watching each would change what is measured.  A call's
 * time is from its entry to its exit in the kernel, sleeping included; calls
 * that do not return have none.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "abi/abi.h"
#include "feature.h"
#include "report.h"
#include "stats.h"
#include "vksup/proc.h"
#include "vksup/watch.h"

#define SOURCES_MAX	16

struct call_count {
	_Atomic uint64_t n, errors, ns;
};

struct stats {
	FILE		*text;		/* or */
	struct json_object *json;
};

static bool wanted, as_json;
static int out = 2;
static struct call_count *calls;	/* ABI_NR_LIMIT of them, and one for all other numbers */
static _Atomic uint64_t bytes_read, bytes_written, denied, procs, biggest;
static __thread int64_t entered;
static void (*sources[SOURCES_MAX])(struct stats *s, struct vkern *k);
static int nsources;

/* --- counting --- */

static struct call_count *
count_of(const struct abi_row *row)
{
	return &calls[row != NULL ? row->nr : ABI_NR_LIMIT];
}

static void
stats_enter(struct watcher *w, struct thread *t, const struct abi_row *row)
{
	(void)w;
	(void)t;
	count_of(row)->n++;
	entered = host_clock(CLOCK_MONOTONIC);
}

/* Which way bytes go is in the table: a buffer, and a size as the result. */
static void
bytes_count(const struct abi_row *row, uint64_t n)
{
	unsigned i;

	if (row->ret != ABI_RET_SIZE || row->family == ABI_FAMILY_path)
		return;
	for (i = 0; i < row->nargs; i++) {
		switch (row->args[i].kind) {
		case ABI_KIND_OUTBUF:
		case ABI_KIND_OUTVEC:
			bytes_read += n;
			return;
		case ABI_KIND_INBUF:
		case ABI_KIND_INVEC:
			bytes_written += n;
			return;
		default:
			break;
		}
	}
}

static void
stats_exit(struct watcher *w, struct thread *t, const struct abi_row *row, long ret)
{
	struct call_count *c = count_of(row);

	(void)w;
	(void)t;
	c->ns += (uint64_t)(host_clock(CLOCK_MONOTONIC) - entered);
	if (ret < 0 && ret >= -4095)
		c->errors++;
	else if (row != NULL && ret > 0)
		bytes_count(row, (uint64_t)ret);
}

static void
stats_denied(struct watcher *w, struct thread *t, const struct watch_denial *d)
{
	(void)w;
	(void)t;
	(void)d;
	denied++;
}

static void
stats_thread(struct watcher *w, struct thread *t, struct thread *parent)
{
	(void)w;
	procs += parent == NULL || t->proc != parent->proc;
}

static void
stats_proc_end(struct watcher *w, struct proc *p, int status)
{
	uint64_t now = biggest;

	(void)w;
	(void)status;
	while (p->maxrss > now && !atomic_compare_exchange_weak(&biggest, &now, p->maxrss))
		;
}

static struct watcher watcher = {
	.call_enter = stats_enter, .call_exit = stats_exit, .denied = stats_denied,
	.thread_start = stats_thread, .proc_end = stats_proc_end,
};

/* --- rows --- */

void
stats_source(void (*fn)(struct stats *s, struct vkern *k))
{
	if (nsources < SOURCES_MAX)
		sources[nsources++] = fn;
}

static void
value_text(enum stats_unit unit, uint64_t v, char *buf, size_t n)
{
	static const char *const sizes[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double d = (double)v;
	size_t i;

	switch (unit) {
	case STATS_COUNT:
		snprintf(buf, n, "%llu", (unsigned long long)v);
		break;
	case STATS_NS:
		snprintf(buf, n, "%.6f s", d / NSEC_PER_SEC);
		break;
	case STATS_PERCENT:
		snprintf(buf, n, "%.2f %%", d / 100);
		break;
	case STATS_BYTES:
		for (i = 0; d >= 1024 && i < nitems(sizes) - 1; i++)
			d /= 1024;
		snprintf(buf, n, i == 0 ? "%.0f %s" : "%.1f %s", d, sizes[i]);
	}
}

void
stats_put(struct stats *s, const char *key, const char *label, enum stats_unit unit, uint64_t value)
{
	char buf[64];

	if (s->json != NULL) {
		json_object_object_add(s->json, key, unit == STATS_PERCENT ?
		    json_object_new_double((double)value / 100) : json_object_new_uint64(value));
		return;
	}
	value_text(unit, value, buf, sizeof(buf));
	fprintf(s->text, "%-24s %14s\n", label, buf);
}

static uint64_t
tv_ns(struct timeval tv)
{
	return (uint64_t)tv.tv_sec * NSEC_PER_SEC + (uint64_t)tv.tv_usec * 1000;
}

static void
rows_of_run(struct stats *s, struct vkern *k, int64_t wall)
{
	struct rusage ru;
	int64_t cpu;

	mutex_lock(&vk->proc_lock);
	cpu = limit_cpu_used();
	mutex_unlock(&vk->proc_lock);
	getrusage(RUSAGE_SELF, &ru);
	stats_put(s, "wall_ns", "wall clock", STATS_NS, (uint64_t)wall);
	stats_put(s, "guests_cpu_ns", "CPU of guests", STATS_NS, (uint64_t)cpu);
	stats_put(s, "vkernel_cpu_ns", "CPU of the vkernel", STATS_NS, tv_ns(ru.ru_utime) + tv_ns(ru.ru_stime));
	stats_put(s, "memory_peak_bytes", "most memory promised", STATS_BYTES, k->limits.memory_peak);
	stats_put(s, "process_peak_bytes", "most of one process", STATS_BYTES, biggest);
	stats_put(s, "vkernel_peak_bytes", "most of the vkernel", STATS_BYTES, (uint64_t)ru.ru_maxrss * 1024);
	stats_put(s, "processes", "processes", STATS_COUNT, procs);
	stats_put(s, "read_bytes", "bytes read", STATS_BYTES, bytes_read);
	stats_put(s, "written_bytes", "bytes written", STATS_BYTES, bytes_written);
	stats_put(s, "output_bytes", "of them output", STATS_BYTES, k->limits.output);
	stats_put(s, "denied", "refused", STATS_COUNT, denied);
	stats_put(s, "calls_served", "calls by carriers alone", STATS_COUNT, k->calls_served);
}

static int
by_count(const void *a, const void *b)
{
	uint64_t x = calls[*(const unsigned *)a].n, y = calls[*(const unsigned *)b].n;

	return x != y ? (x < y ? 1 : -1) : *(const unsigned *)a < *(const unsigned *)b ? -1 : 1;
}

static const char *
call_name(unsigned nr)
{
	const struct abi_row *row = nr < ABI_NR_LIMIT ? abi_row(nr) : NULL;

	return row != NULL ? row->name : "others";
}

static void
call_row(struct stats *s, struct json_object *all, unsigned nr)
{
	const struct call_count *c = &calls[nr];
	struct json_object *o;

	if (all == NULL) {
		fprintf(s->text, "%-24s %10llu %8llu %14.6f\n", call_name(nr), (unsigned long long)c->n,
		    (unsigned long long)c->errors, (double)c->ns / NSEC_PER_SEC);
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "count", json_object_new_uint64(c->n));
	json_object_object_add(o, "errors", json_object_new_uint64(c->errors));
	json_object_object_add(o, "ns", json_object_new_uint64(c->ns));
	json_object_object_add(all, call_name(nr), o);
}

static void
rows_of_calls(struct stats *s)
{
	struct json_object *all = s->json != NULL ? json_object_new_object() : NULL;
	unsigned order[ABI_NR_LIMIT + 1], n = 0, i;

	for (i = 0; i <= ABI_NR_LIMIT; i++)
		if (calls[i].n > 0)
			order[n++] = i;
	qsort(order, n, sizeof(*order), by_count);
	if (all == NULL)
		fprintf(s->text, "\n%-24s %10s %8s %14s\n", "call", "count", "errors", "seconds");
	for (i = 0; i < n; i++)
		call_row(s, all, order[i]);
	if (all != NULL)
		json_object_object_add(s->json, "calls", all);
}

/* --- the feature --- */

/* [text|json][:FILE] */
static void
stats_option(struct options *o, const char *name, const char *arg)
{
	const char *file = arg != NULL ? strchrnul(arg, ':') : "";
	size_t n = arg != NULL ? (size_t)(file - arg) : 0;

	(void)o;
	(void)name;
	wanted = true;
	as_json = n == 4 && strncmp(arg, "json", 4) == 0;
	if ((n != 0 && !as_json && (n != 4 || strncmp(arg, "text", 4) != 0)) ||
	    (*file == ':' && file[1] == '\0') || (arg != NULL && *arg == '\0'))
		bad_value("--stats", *arg != '\0' ? arg : "''", "text, json, json:FILE or text:FILE is needed");
	if (*file == ':')
		out = report_open("--stats", file + 1);
}

static void
stats_boot(const struct options *o, struct vkern *k)
{
	(void)o;
	if (!wanted)
		return;
	calls = xcalloc(ABI_NR_LIMIT + 1, sizeof(*calls));
	if (watch_add(k, &watcher) != 0)
		fail("--stats: cannot watch", 0);
}

static void
stats_end(const struct options *o, struct vkern *k, struct run_end *e)
{
	struct stats s = { NULL, NULL };
	size_t size = 0;
	char *text = NULL;
	int i;

	(void)o;
	if (!wanted)
		return;
	if (as_json)
		s.json = json_object_new_object();
	else
		s.text = open_memstream(&text, &size);
	if (s.json == NULL && s.text == NULL)
		return;
	rows_of_run(&s, k, e->wall);
	for (i = 0; i < nsources; i++)
		sources[i](&s, k);
	rows_of_calls(&s);
	if (s.json != NULL) {
		json_line(out, s.json);
		return;
	}
	fclose(s.text);
	(void)write_all(out, text, size);
	free(text);
}

static const struct feature_option stats_options[] = {
	{ "stats", "[=json][:FILE]", "at the end: time, memory, calls, bytes" },
	{ NULL, NULL, NULL },
};

const struct feature feature_stats = {
	.name = "stats", .options = stats_options, .option = stats_option,
	.boot = stats_boot, .end = stats_end,
};
