/*
 * feature.c - the table of features, in the order they are set up; they end
 * the other way round.
 */
#include "feature.h"

#include <string.h>

#include "parent.h"

static const struct feature *const features[] = {
	&feature_parent,
	&feature_fast,
	&feature_events,
	&feature_crash,
	&feature_debug,
	&feature_trace_json,
	&feature_monitor,
	&feature_overlay,
	/* What is told at the end, in the reverse order. */
	&feature_status,
	&feature_stats,
	&feature_inputs,
	&feature_audit,
	&feature_limits,
	&feature_module,
	&feature_inject,
	&feature_confine,
	NULL,				/* ends it */
};

const struct feature *
feature_of_option(const char *name)
{
	const struct feature_option *fo;
	const struct feature *f;
	unsigned n;

	for (n = 0; feature_option_at(n, &fo, &f); n++)
		if (strcmp(fo->name, name) == 0)
			return f;
	return NULL;
}

bool
feature_option_at(unsigned n, const struct feature_option **fo, const struct feature **f)
{
	const struct feature *const *p;

	for (p = features; *p != NULL; p++) {
		if ((*p)->options == NULL)
			continue;
		for (*fo = (*p)->options; (*fo)->name != NULL; (*fo)++) {
			if (n-- == 0) {
				*f = *p;
				return true;
			}
		}
	}
	return false;
}

void
features_prepare(struct options *o, struct vkern_config *cfg)
{
	const struct feature *const *p;

	for (p = features; *p != NULL; p++)
		if ((*p)->prepare != NULL)
			(*p)->prepare(o, cfg);
}

void
features_boot(const struct options *o, struct vkern *k)
{
	const struct feature *const *p;

	for (p = features; *p != NULL; p++)
		if ((*p)->boot != NULL)
			(*p)->boot(o, k);
}

void
features_boot_failed(void)
{
	const struct feature *const *p;

	for (p = features; *p != NULL; p++)
		if ((*p)->boot_failed != NULL)
			(*p)->boot_failed();
}

int
features_gone(int code)
{
	size_t i;

	for (i = nitems(features) - 1; i-- > 0;)
		if (features[i]->gone != NULL)
			code = features[i]->gone(code);
	return code;
}

void
features_started(const struct options *o, struct vkern *k, int err)
{
	const struct feature *const *p;

	for (p = features; *p != NULL; p++)
		if ((*p)->started != NULL)
			(*p)->started(o, k, err);
}

void
features_end(const struct options *o, struct vkern *k, struct run_end *e)
{
	size_t i;

	for (i = nitems(features) - 1; i-- > 0;)
		if (features[i]->end != NULL)
			features[i]->end(o, k, e);
}
