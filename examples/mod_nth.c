/*
 * mod_nth.c - the n-th call fails: does the program notice?
 *
 *	vksup -L ./mod_nth.so,call=write,n=2,errno=28 -- sh -c 'echo a; echo b; echo c'
 *
 * errno: a number, here ENOSPC.  (--inject write:ENOSPC@2 is the same, ready
 * made; this shows how it is done.)
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <vksup/module.h>

static long nth, error = EIO;
static _Atomic long seen;

static long
nth_call(struct mod_call *c, void *arg)
{
	(void)arg;
	if (++seen == nth)
		return -error;		/* mod_next() is not called: nothing happens */
	return mod_next(c);
}

static int
nth_init(struct mod *m, const char *args)
{
	char call[64], number[16];

	if (mod_option(args, "call", call, sizeof(call)) <= 0)
		return mod_error(m, "call=NAME is needed");
	if (mod_option(args, "n", number, sizeof(number)) > 0)
		nth = strtol(number, NULL, 10);
	if (nth <= 0)
		return mod_error(m, "n=NUMBER is needed");
	if (mod_option(args, "errno", number, sizeof(number)) > 0)
		error = strtol(number, NULL, 10);
	if (error <= 0 || error > 4095)
		return mod_error(m, "errno=%s: a number from 1 to 4095 is needed", number);
	if (mod_wrap(m, call, nth_call, NULL) != 0)
		return mod_error(m, "call=%s: there is no such call", call);
	return 0;
}

VKSUP_MODULE("nth", nth_init, NULL);
