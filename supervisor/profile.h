/*
 * profile.h - options from elsewhere: profiles in JSON, words from a descriptor.
 *
 * A profile is an object.  Each key is the name of an option without "--", and
 * is used in the order of the file:
 *
 *	"ro": "/usr"			--ro /usr
 *	"hide": ["a", "b"]		--hide a --hide b
 *	"env": {"A": "1", "B": null}	--env A=1 --env B (pass B on)
 *	"fakeroot": true		--fakeroot; false: as if it were not there
 *	"uid": 1000			--uid 1000
 *	"description": "..."		for people
 *
 * A path may begin with "~/".  A key that is no option is an error.
 */
#ifndef SUPERVISOR_PROFILE_H
#define SUPERVISOR_PROFILE_H

/*
 * All of these say on standard error what is wrong, and exit with 125.
 * Vectors begin with the program's name and end with NULL; nobody frees them.
 */
char **profile_words(const char *name);
/* The words, each ended by a NUL, that descriptor `arg` has; it is closed. */
char **args_read(const char *arg);
/* For `vksup policy show`: the JSON text, and where it is from. */
void profile_show(const char *name);
/* The names of the built-in ones and the user's own. */
void profile_list(void);

#endif
