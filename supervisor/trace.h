/*
 * trace.h - --strace (trace.c).
 */
#ifndef TRACE_H
#define TRACE_H

#include "vksup/base.h"

struct thread;

struct trace_options {
	const char	*expr;		/* -e, NULL: all */
	const char	*output;	/* -o, NULL: standard error */
	bool		follow;		/* -f */
	bool		count;		/* -c */
};

/* -EINVAL with a sentence in err. */
int trace_start(const struct trace_options *o, char *err, size_t errlen) must_check;
/* vkern_config.trace */
void trace_call(struct thread *t, const void *row, const uint64_t raw[6], bool ret_valid, long ret);
void trace_finish(int status);

#endif
