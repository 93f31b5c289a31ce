/*
 * feature.h - parts of vksup that a run may have: options, what they set up,
 * and what they say at the end (audits, statistics, traces, limits...).
 *
 * A feature lives in a file of its own and has a row in feature.c; neither
 * options.c nor main.c knows it.  All functions run on the main thread.
 */
#ifndef SUPERVISOR_FEATURE_H
#define SUPERVISOR_FEATURE_H

#include "options.h"
#include "vksup/vkern.h"

struct feature_option {
	const char	*name;		/* without "--" */
	const char	*arg;		/* what its argument is, as in --help; NULL: none;
					 * "[=...]": it may be left out (then NULL) */
	const char	*help;		/* half a line */
};

struct run_end {
	int		status;		/* wait status word of the program */
	int		code;		/* what vksup will exit with; a feature may change it */
	const char	*reason;	/* "exit", "signal", "timeout", or what a limit says */
	int64_t		wall;		/* ns */
};

struct feature {
	const char	*name;
	const struct feature_option *options;	/* ends with a NULL name */
	/* One of its options was given; exits with a message if it is wrong. */
	void		(*option)(struct options *o, const char *name, const char *arg);
	/* All options are known.  Before any process is made: no threads. */
	void		(*prepare)(struct options *o, struct vkern_config *cfg);
	/* The kernel has booted, the program has not been started. */
	void		(*boot)(const struct options *o, struct vkern *k);
	/* The kernel could not boot: says so and exits, if that was its doing. */
	void		(*boot_failed)(void);
	/* The program runs; or err, why it could not be started. */
	void		(*started)(const struct options *o, struct vkern *k, int err);
	/* The program has ended, other guests may still run. */
	void		(*end)(const struct options *o, struct vkern *k, struct run_end *e);
	/* Every guest is dead; gives what vksup will exit with. */
	int		(*gone)(int code);
};

extern const struct feature feature_fast;
extern const struct feature feature_events;
extern const struct feature feature_crash;
extern const struct feature feature_debug;
extern const struct feature feature_confine;
extern const struct feature feature_audit;
extern const struct feature feature_inputs;
extern const struct feature feature_limits;
extern const struct feature feature_stats;
extern const struct feature feature_status;
extern const struct feature feature_trace_json;
extern const struct feature feature_monitor;
extern const struct feature feature_module;
extern const struct feature feature_inject;
extern const struct feature feature_overlay;

/* The feature with this option, or NULL. */
const struct feature *feature_of_option(const char *name);
/* All options of all features, by number; false: no such number. */
bool feature_option_at(unsigned n, const struct feature_option **fo, const struct feature **f);
void features_prepare(struct options *o, struct vkern_config *cfg);
void features_boot(const struct options *o, struct vkern *k);
void features_boot_failed(void);
int features_gone(int code);
void features_started(const struct options *o, struct vkern *k, int err);
void features_end(const struct options *o, struct vkern *k, struct run_end *e);

#endif
