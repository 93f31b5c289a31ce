/*
 * audit.c - --audit FILE: a line of JSON for each refusal; and without it a
 * few lines on standard error when the program fails, because what was refused
 * may be why.
 *
 *	{"time":1.250,"pid":2,"tid":2,"program":"cp","call":"openat",
 *	 "object":"/etc/shadow","rule":"hide","errno":"ENOENT"}
 *
 * Rules: hide, ro (of the view), network (beyond the loopback), limit NAME,
 * ptrace, enosys (a call that is not there), permission, privilege (Linux's
 * own, for this user).  The summary leaves out those that programs meet
 * anywhere: the last three; and limits, which have a line of their own.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "abi/abi.h"
#include "feature.h"
#include "report.h"
#include "vksup/proc.h"
#include "vksup/watch.h"

#define SUMMARY_LINES	10
#define REFUSALS_MAX	1000		/* different ones that are remembered */

/* What the summary says once. */
struct refusal {
	UT_hash_handle	hh;
	unsigned	times;
	int		err;
	const char	*rule, *call;
	char		*object;	/* into key */
	char		key[];
};

static bool quiet;
static int fd = -1;
static int64_t start;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct refusal *refusals;	/* [lock] in the order they came */
static unsigned forgotten;		/* [lock] */

static const char *
call_of(const struct thread *t)
{
	const struct abi_row *row = t->nr >= 0 ? abi_row((unsigned)t->nr) : NULL;

	return row != NULL ? row->name : "?";
}

static void
audit_write(const struct thread *t, const struct watch_denial *d)
{
	struct json_object *o = json_object_new_object();
	char buf[32];

	snprintf(buf, sizeof(buf), "%.6f", (double)(host_clock(CLOCK_MONOTONIC) - start) / NSEC_PER_SEC);
	json_object_object_add(o, "time", json_object_new_double_s(strtod(buf, NULL), buf));
	json_object_object_add(o, "pid", json_object_new_int(t->proc->pid));
	json_object_object_add(o, "tid", json_object_new_int(t->tid));
	json_object_object_add(o, "program", json_text(t->comm));
	json_object_object_add(o, "call", abi_row((unsigned)t->nr) != NULL ?
	    json_object_new_string(call_of(t)) : json_object_new_int(t->nr));
	json_object_object_add(o, "object", json_text(d->object));
	json_object_object_add(o, "rule", json_object_new_string(d->rule));
	json_object_object_add(o, "errno", json_object_new_string(errno_text(d->err, buf, sizeof(buf))));
	json_line(fd, o);
}

/* Is it one for the summary? */
static bool
tells(const struct watch_denial *d)
{
	return strcmp(d->rule, "hide") == 0 || strcmp(d->rule, "ro") == 0 ||
	    strcmp(d->rule, "network") == 0 || strcmp(d->rule, "ptrace") == 0;
}

static void
refusal_note(const char *call, const struct watch_denial *d)
{
	const char *object = d->object != NULL ? d->object : "";
	size_t n = strlen(d->rule) + strlen(call) + strlen(object) + 3;
	struct refusal *r = xcalloc(1, sizeof(*r) + n), *old;

	snprintf(r->key, n, "%s %s %s", d->rule, call, object);
	pthread_mutex_lock(&lock);
	HASH_FIND_STR(refusals, r->key, old);
	if (old == NULL && HASH_COUNT(refusals) < REFUSALS_MAX) {
		r->times = 1;
		r->err = d->err;
		r->rule = d->rule;
		r->call = call;
		r->object = r->key + n - 1 - strlen(object);
		HASH_ADD_STR(refusals, key, r);
		r = NULL;
	} else if (old != NULL) {
		old->times++;
	} else {
		forgotten++;
	}
	pthread_mutex_unlock(&lock);
	free(r);
}

static void
audit_denied(struct watcher *w, struct thread *t, const struct watch_denial *d)
{
	(void)w;
	if (fd >= 0)
		audit_write(t, d);
	if (!quiet && tells(d))
		refusal_note(call_of(t), d);
}

static struct watcher watcher = { .denied = audit_denied };

/* --- the end --- */

/* Bytes that are no text might do things to a terminal. */
static void
print_object(const char *s)
{
	for (; *s != '\0'; s++)
		fputc((unsigned char)*s < ' ' || *s == 127 ? '?' : *s, stderr);
}

static void
refusal_print(const struct refusal *r)
{
	char buf[32];

	fprintf(stderr, "vksup: refused: %s", r->call);
	if (*r->object != '\0') {
		fputc(' ', stderr);
		print_object(r->object);
	}
	fprintf(stderr, ": %s (%s)", r->rule, errno_text(r->err, buf, sizeof(buf)));
	if (r->times > 1)
		fprintf(stderr, ", %u times", r->times);
	fputc('\n', stderr);
}

static void
audit_end(const struct options *o, struct vkern *k, struct run_end *e)
{
	struct refusal *r, *next;
	unsigned n = 0;

	(void)o;
	(void)k;
	if (quiet || e->code == 0)
		return;
	pthread_mutex_lock(&lock);
	HASH_ITER(hh, refusals, r, next)
		if (n++ < SUMMARY_LINES)
			refusal_print(r);
	n += forgotten;
	pthread_mutex_unlock(&lock);
	if (n > SUMMARY_LINES)
		fprintf(stderr, "vksup: refused: %u more (--audit FILE writes all)\n", n - SUMMARY_LINES);
}

static void
audit_option(struct options *o, const char *name, const char *arg)
{
	(void)o;
	if (strcmp(name, "quiet") == 0)
		quiet = true;
	else
		fd = report_open("--audit", arg);
}

static void
audit_boot(const struct options *o, struct vkern *k)
{
	(void)o;
	if (quiet && fd < 0)
		return;
	start = host_clock(CLOCK_MONOTONIC);
	if (watch_add(k, &watcher) != 0)
		fail("--audit: cannot watch", 0);
}

static const struct feature_option audit_options[] = {
	{ "audit", "FILE", "a line of JSON for each refusal" },
	{ "quiet", NULL, "no summary of refusals when the program fails" },
	{ NULL, NULL, NULL },
};

const struct feature feature_audit = {
	.name = "audit", .options = audit_options, .option = audit_option,
	.boot = audit_boot, .end = audit_end,
};
