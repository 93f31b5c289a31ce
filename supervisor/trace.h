/*
 * trace.h - --strace (trace.c).
 */
#ifndef TRACE_H
#define TRACE_H

#include "vksup/base.h"

struct vkern;

struct trace_options {
	const char	*expr;		/* -e, NULL: all */
	const char	*output;	/* -o, NULL: standard error */
	bool		follow;		/* -f */
	bool		count;		/* -c */
	bool		stacks;		/* -k */
	char *const	*argv, *const *envp;	/* the program's, for its first line */
};

/* -EINVAL with a sentence in err. */
int trace_start(const struct trace_options *o, char *err, size_t errlen) must_check;
/* The kernel has booted; threads may be made. */
int trace_boot(struct vkern *k) must_check;
/* hurry: rather without the last lines than wait for who should read them. */
void trace_finish(int status, bool hurry);

#endif
