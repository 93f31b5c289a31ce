/*
 * trace.h - --strace (trace.c).
 */
#ifndef TRACE_H
#define TRACE_H

#include "vksup/base.h"

struct watcher;

struct trace_options {
	const char	*expr;		/* -e, NULL: all */
	const char	*output;	/* -o, NULL: standard error */
	bool		follow;		/* -f */
	bool		count;		/* -c */
	bool		stacks;		/* -k */
};

/* -EINVAL with a sentence in err. */
int trace_start(const struct trace_options *o, char *err, size_t errlen) must_check;
/* To be added to the kernel's watchers after it has booted. */
extern struct watcher trace_watcher;
void trace_finish(int status);

#endif
