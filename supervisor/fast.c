/*
 * fast.c - --slow: leave out ways of saving time, one by one or all.
 */
#include <stdio.h>
#include <string.h>

#include "feature.h"

static const struct { const char *name; unsigned bit; } ways[] = {
	{ "serve", SLOW_SERVE },
	{ "window", SLOW_WINDOW },
	{ "batch", SLOW_BATCH },
	{ "patch", SLOW_PATCH },
	{ "spin", SLOW_SPIN },
	{ "all", ~0u },
};

static unsigned slow;

static unsigned
way_of(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < nitems(ways); i++)
		if (strlen(ways[i].name) == len && strncmp(ways[i].name, name, len) == 0)
			return ways[i].bit;
	return 0;
}

static void
slow_option(struct options *o, const char *name, const char *arg)
{
	const char *p = arg, *end;
	unsigned bit;

	(void)o;
	(void)name;
	for (;; p = end + 1) {
		end = strchrnul(p, ',');
		bit = way_of(p, (size_t)(end - p));
		if (bit == 0)
			bad_value("--slow", *arg != '\0' ? arg : "''",
			    "serve, window, batch, patch, spin or all are needed, with commas between");
		slow |= bit;
		if (*end == '\0')
			return;
	}
}

static void
slow_prepare(struct options *o, struct vkern_config *cfg)
{
	(void)o;
	cfg->slow |= slow;
}

static const struct feature_option slow_options[] = {
	{ "slow", "WAY,...", "leave out ways of saving time: serve window batch patch spin; all" },
	{ NULL, NULL, NULL },
};

const struct feature feature_fast = {
	.name = "fast", .options = slow_options, .option = slow_option, .prepare = slow_prepare,
};
