/*
 * status.c - --json-status-fd: a line of JSON when the program runs, and one
 * when it has ended.
 *
 *	{"event":"start","pid":2}
 *	{"event":"end","pid":2,"exit":0,"signal":null,"reason":"exit","status":0,"limits":[]}
 *
 * exit is the program's own status, or null; status is what vksup exits with.
 * A program that could not be started has no pid, and the reason "start".
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "feature.h"
#include "report.h"
#include "vksup/limit.h"

#define PROGRAM_PID	2

static int fd = -1;

static void
status_option(struct options *o, const char *name, const char *arg)
{
	char *end;
	long n = strtol(arg, &end, 10);

	(void)o;
	(void)name;
	if (*arg < '0' || *arg > '9' || *end != '\0' || n > INT32_MAX)
		bad_value("--json-status-fd", *arg != '\0' ? arg : "''", "a number is needed");
	if ((fcntl((int)n, F_GETFL) & O_ACCMODE) == O_RDONLY || fcntl((int)n, F_GETFL) < 0)
		bad_value("--json-status-fd", arg, "not a descriptor that is open for writing");
	/* One of our own, so that nobody closes it. */
	fd = fcntl((int)n, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		bad_value("--json-status-fd", arg, "cannot be duplicated");
}

static struct json_object *
event_new(const char *event)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "event", json_object_new_string(event));
	return o;
}

static struct json_object *
limits_crossed(const struct vkern *k)
{
	struct json_object *a = json_object_new_array();
	int i;

	for (i = 0; i < LIMIT_KINDS; i++)
		if ((k->limits.crossed & 1u << i) != 0)
			json_object_array_add(a, json_object_new_string(limit_name((enum limit_kind)i)));
	return a;
}

static void
status_started(const struct options *o, struct vkern *k, int err)
{
	struct json_object *j;
	char buf[16];

	(void)o;
	(void)k;
	if (fd < 0)
		return;
	j = event_new(err == 0 ? "start" : "end");
	if (err == 0) {
		json_object_object_add(j, "pid", json_object_new_int(PROGRAM_PID));
	} else {
		json_object_object_add(j, "pid", NULL);
		json_object_object_add(j, "exit", NULL);
		json_object_object_add(j, "signal", NULL);
		json_object_object_add(j, "reason", json_object_new_string("start"));
		json_object_object_add(j, "errno", json_object_new_string(errno_text(-err, buf, sizeof(buf))));
		json_object_object_add(j, "status",
		    json_object_new_int(err == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN));
	}
	json_line(fd, j);
}

static void
status_end(const struct options *o, struct vkern *k, struct run_end *e)
{
	struct json_object *j;
	int sig = e->status & 0x7f;
	char buf[16];
	/* When time was up it may not have ended at all. */
	bool ended = k->main_proc == NULL;

	(void)o;
	if (fd < 0)
		return;
	j = event_new("end");
	json_object_object_add(j, "pid", json_object_new_int(PROGRAM_PID));
	json_object_object_add(j, "exit",
	    ended && sig == 0 ? json_object_new_int(e->status >> 8 & 0xff) : NULL);
	json_object_object_add(j, "signal",
	    ended && sig != 0 ? json_object_new_string(signal_text(sig, buf, sizeof(buf))) : NULL);
	json_object_object_add(j, "reason", json_object_new_string(e->reason));
	json_object_object_add(j, "status", json_object_new_int(e->code));
	json_object_object_add(j, "limits", limits_crossed(k));
	json_line(fd, j);
}

static const struct feature_option status_options[] = {
	{ "json-status-fd", "FD", "lines of JSON when the program starts and has ended" },
	{ NULL, NULL, NULL },
};

const struct feature feature_status = {
	.name = "status", .options = status_options, .option = status_option,
	.started = status_started, .end = status_end,
};
