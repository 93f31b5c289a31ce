/*
 * limits.c - --limit: what a run may use (vksup/limit.h), and how that ended.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feature.h"
#include "vksup/limit.h"

static uint64_t max[LIMIT_KINDS];
static char reason[32];

static bool
value_parse(enum limit_kind kind, const char *s, uint64_t *v)
{
	const char *rest;
	int64_t ns;

	if (kind == LIMIT_CPU) {
		*v = duration_parse(s, '\0', &ns, &rest) ? (uint64_t)ns : 0;
		return *v != 0;
	}
	*v = size_parse(s);
	return *v != 0;
}

/* NAME=VALUE: is all of it right? */
static bool
limit_parse(char *one)
{
	char *value = strchr(one, '=');
	int i;

	if (value == NULL)
		return false;
	*value++ = '\0';
	for (i = 0; i < LIMIT_KINDS; i++)
		if (strcmp(one, limit_name((enum limit_kind)i)) == 0)
			return value_parse((enum limit_kind)i, value, &max[i]);
	return false;
}

static void
limits_option(struct options *o, const char *name, const char *arg)
{
	char *copy = strdup(arg), *at = copy, *one;

	(void)o;
	(void)name;
	while (copy != NULL && (one = strsep(&at, ",")) != NULL)
		if (!limit_parse(one))
			bad_value("--limit", *arg != '\0' ? arg : "''",
			    "NAME=VALUE,... is needed, of memory, processes, threads, files, fsize, "
			    "written, output, signals (64, 10M...), cpu (seconds)");
	free(copy);
}

static void
limits_prepare(struct options *o, struct vkern_config *cfg)
{
	bool any = false;
	int i;

	(void)o;
	for (i = 0; i < LIMIT_KINDS; i++) {
		any |= max[i] != 0;
		if (max[i] == 0)
			max[i] = LIMIT_NONE;
	}
	if (any)
		cfg->limits = max;
}

static void
limits_end(const struct options *o, struct vkern *k, struct run_end *e)
{
	int kind = k->limits.ended_by, sig = e->status & 0x7f;

	(void)o;
	if (kind < 0 && sig == SIGXCPU && (k->limits.crossed & 1u << LIMIT_CPU) != 0)
		kind = LIMIT_CPU;
	if (kind < 0 && sig == SIGXFSZ && (k->limits.crossed & 1u << LIMIT_FSIZE) != 0)
		kind = LIMIT_FSIZE;
	if (kind < 0)
		return;
	snprintf(reason, sizeof(reason), "limit %s", limit_name((enum limit_kind)kind));
	e->reason = reason;
}

static const struct feature_option limits_options[] = {
	{ "limit", "NAME=VALUE,...", "of memory processes threads files fsize written output cpu signals" },
	{ NULL, NULL, NULL },
};

const struct feature feature_limits = {
	.name = "limits", .options = limits_options, .option = limits_option,
	.prepare = limits_prepare, .end = limits_end,
};
