/*
 * command.c - the table of commands.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>

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
