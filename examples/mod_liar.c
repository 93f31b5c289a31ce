/*
 * mod_liar.c - a getpid that lies.
 *
 *	vksup -L ./mod_liar.so -- sh -c 'echo $$'
 *	vksup -L ./mod_liar.so,pid=7 -- sh -c 'echo $$'
 */
#include <stdlib.h>

#include <vksup/module.h>

static long
liar_getpid(struct mod_call *c, void *arg)
{
	long truth = mod_next(c);

	return truth < 0 ? truth : (long)(intptr_t)arg;
}

static int
liar_init(struct mod *m, const char *args)
{
	char buf[16];
	long pid = 4711;

	if (mod_option(args, "pid", buf, sizeof(buf)) > 0)
		pid = strtol(buf, NULL, 10);
	if (pid <= 0)
		return mod_error(m, "pid=%s: a number above 0 is needed", buf);
	return mod_wrap(m, "getpid", liar_getpid, (void *)pid);
}

VKSUP_MODULE("liar", liar_init, NULL);
