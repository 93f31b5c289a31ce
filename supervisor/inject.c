/*
 * inject.c - --inject: failures on demand (vksup/inject.h has the rules).
 */
#include <stdlib.h>

#include "feature.h"
#include "vksup/inject.h"

static const char **rules;
static unsigned nrules;

static void
inject_option(struct options *o, const char *name, const char *arg)
{
	char why[256];

	(void)o;
	(void)name;
	if (inject_check(arg, why, sizeof(why)) != 0)
		bad_value("--inject", *arg != '\0' ? arg : "''", why);
	rules = reallocarray(rules, nrules + 1, sizeof(*rules));
	if (rules == NULL)
		fail("out of memory", 0);
	rules[nrules++] = arg;
}

static void
inject_boot(const struct options *o, struct vkern *k)
{
	char why[256];
	unsigned i;

	(void)o;
	for (i = 0; i < nrules; i++)
		if (inject_add(k, rules[i], why, sizeof(why)) != 0)
			bad_value("--inject", rules[i], why);
}

static const struct feature_option inject_options[] = {
	{ "inject", "CALL:ERRNO[@N]", "make a call fail; also host:NAME:ERRNO, alloc; @N+ %PERCENT ~SEED" },
	{ NULL, NULL, NULL },
};

const struct feature feature_inject = {
	.name = "inject", .options = inject_options, .option = inject_option, .boot = inject_boot,
};
