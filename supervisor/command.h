/*
 * command.h - what vksup does besides running a program: `vksup NAME ARG...`.
 *
 * A command lives in supervisor/cmd_NAME.c and has a row in command.c.  A
 * program that is named like one is run by `vksup -- NAME`.
 */
#ifndef SUPERVISOR_COMMAND_H
#define SUPERVISOR_COMMAND_H

struct command {
	const char	*name;
	const char	*usage;		/* of its arguments */
	const char	*help;		/* half a line */
	/* argv[0] is its name; the result is vksup's exit status. */
	int		(*run)(int argc, char **argv);
};

/* The command of this name, or NULL. */
const struct command *command_find(const char *name);
/* For --help: a line for each. */
void commands_print(void);
/* "vksup NAME: what" and how it is used; 125. */
int command_usage(const char *name, const char *what);

#endif
