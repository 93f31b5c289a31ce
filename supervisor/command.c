/*
 * command.c - the table of commands.
 */
#include "command.h"
#include "cmd_ctl.h"

#include <stdio.h>
#include <string.h>

#include "cmd_overlay.h"
#include "options.h"
#include "vksup/base.h"

/* cmd_*.c */
int cmd_policy(int argc, char **argv);
int cmd_doctor(int argc, char **argv);

static int
cmd_version(int argc, char **argv)
{
	if (argc > 1)
		return command_usage(argv[0], "takes no arguments");
	puts("vksup " VKSUP_VERSION);
	return 0;
}

static const struct command commands[] = {
	{ "policy", "explain PATH [OPTIONS] | show [-p NAME]", "what options make of a path; profiles",
	    cmd_policy },
	{ "doctor", "[--json]", "what this host offers, what is missing, and what follows", cmd_doctor },
	{ "ls", "", "the runs there are", cmd_ls },
	{ "ctl", "ID VERB [ARG...]", "ask or tell a run; `vksup ctl ID help` lists the verbs", cmd_ctl },
	{ "attach", "ID", "watch a run: its events, as JSON", cmd_attach },
	{ "exec", "ID COMMAND [ARG...]", "run another program in it", cmd_exec },
	{ "wait", "ID", "until it ends; with its status", cmd_wait },
	{ "stop", "ID [SECONDS]", "end it, by force after 5 or SECONDS", cmd_stop },
	{ "top", "ID [-n TIMES]", "what its processes use", cmd_top },
	{ "diff", "DIR [--stat|--patch|--json] [PATH...]", "what an overlay changes", cmd_diff },
	{ "commit", "DIR [PATH...]", "make the changes of an overlay the host's", cmd_commit },
	{ "discard", "DIR", "remove an overlay", cmd_discard },
	{ "export", "DIR FILE.tar.zst", "an overlay as an archive (.tar .tar.gz .tar.xz .zip...)", cmd_export },
	{ "version", "", "the version", cmd_version },
};

const struct command *
command_find(const char *name)
{
	size_t i;

	for (i = 0; i < nitems(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

void
commands_print(void)
{
	size_t i;

	for (i = 0; i < nitems(commands); i++)
		printf("  vksup %s %s\n      %s\n", commands[i].name, commands[i].usage, commands[i].help);
}

int
command_usage(const char *name, const char *what)
{
	const struct command *c = command_find(name);

	fprintf(stderr, "vksup %s: %s\nusage: vksup %s %s\n", name, what, name,
	    c != NULL ? c->usage : "");
	return EXIT_OURS;
}
