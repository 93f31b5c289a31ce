/*
 * mod_latency.c - slow calls: what does a program do on a slow disk?
 *
 *	vksup -L ./mod_latency.so,call=openat,ms=200 -- ls
 *
 * call: a name, or * for all; ms: how long each of them waits first.  At the
 * end it says how many there were.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include <vksup/module.h>

static int64_t delay;			/* ns */
static _Atomic unsigned slept;

static long
latency_call(struct mod_call *c, void *arg)
{
	int err;

	(void)arg;
	slept++;
	err = mod_sleep(delay);
	/* A signal came: the call has not begun, so this is the whole truth. */
	return err != 0 ? err : mod_next(c);
}

static int
latency_init(struct mod *m, const char *args)
{
	char call[64], ms[16];

	if (mod_option(args, "call", call, sizeof(call)) <= 0)
		return mod_error(m, "call=NAME is needed");
	if (mod_option(args, "ms", ms, sizeof(ms)) <= 0 || strtol(ms, NULL, 10) <= 0)
		return mod_error(m, "ms=MILLISECONDS is needed");
	delay = strtol(ms, NULL, 10) * 1000000;
	if (mod_wrap(m, call, latency_call, NULL) != 0)
		return mod_error(m, "call=%s: there is no such call", call);
	return 0;
}

static void
latency_fini(struct mod *m)
{
	(void)m;
	mod_log("latency: %u calls were slowed down", slept);
}

VKSUP_MODULE("latency", latency_init, latency_fini);
