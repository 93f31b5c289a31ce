/*
 * options.h - what the command line asks for.
 */
#ifndef SUPERVISOR_OPTIONS_H
#define SUPERVISOR_OPTIONS_H

#include <limits.h>

#include "trace.h"
#include "vksup/base.h"
#include "vksup/vkern.h"

enum { EXIT_TIMEOUT = 124, EXIT_OURS = 125, EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 };

struct options {
	bool		strace, verbose;
	struct trace_options trace;
	/* what the guest sees: secrets first, then in the order given */
	struct vkern_rule *rules;
	const char	**rule_texts;	/* as given, for messages; NULL: a secret */
	unsigned	nrules;
	bool		show_secrets;
	bool		root;		/* --root */
	bool		ids_set;
	struct vkern_ids ids;
	const char	*hostname;
	char		cwd[PATH_MAX];	/* of the program */
	bool		chdir;		/* it was asked for, and must be there */
	const char	*chdir_to;	/* as it was given */
	char		*const *host_env;	/* vksup's own */
	char		**env;
	size_t		nenv;
	int64_t		timeout, kill_after;	/* ns; 0: none */
	char		**argv;
};

/* Parses, or says on standard error what is wrong, and exits with 125. */
void options_parse(int argc, char **argv, char **envp, struct options *o);
/* The same without a command; what follows the options. */
char **options_only(int argc, char **argv, char **envp, struct options *o);
/* Is there an option --name? */
bool option_known(const char *name, bool *has_arg);
/* "vksup: what[: error]", and exits with 125. */
void fail(const char *what, int err) no_return;
/* "vksup: OPTION VALUE: why", and exits with 125. */
void bad_value(const char *option, const char *value, const char *why) no_return;
/* Bytes, with a suffix of K, M, G or T; 0: not one. */
uint64_t size_parse(const char *s);
/* Seconds, with decimals, and s, m, h or d behind them, up to the NUL or `stop`;
 * false: not one. */
bool duration_parse(const char *s, char stop, int64_t *ns, const char **rest);
/* A rule that the kernel could not apply: says which, and exits with 125. */
void options_rule_failed(const struct options *o);

#endif
