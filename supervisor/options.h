/*
 * options.h - what the command line asks for.
 */
#ifndef SUPERVISOR_OPTIONS_H
#define SUPERVISOR_OPTIONS_H

#include <limits.h>

#include "trace.h"
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
	bool		ids_set;
	struct vkern_ids ids;
	const char	*hostname;
	char		cwd[PATH_MAX];	/* of the program */
	bool		chdir;		/* it was asked for, and must be there */
	char		**env;
	size_t		nenv;
	int64_t		timeout, kill_after;	/* ns; 0: none */
	char		**argv;
};

/* Parses, or says on standard error what is wrong, and exits with 125. */
void options_parse(int argc, char **argv, char **envp, struct options *o);
/* "vksup: what[: error]", and exits with 125. */
void fail(const char *what, int err) no_return;
/* A rule that the kernel could not apply: says which, and exits with 125. */
void options_rule_failed(const struct options *o);

#endif
