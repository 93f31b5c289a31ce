/*
 * view.h - what the rules of a run (vkern.h) make of a name: for people who
 * want to know before they trust it.
 */
#ifndef VKSUP_VIEW_H
#define VKSUP_VIEW_H

#include <limits.h>

#include "vksup/base.h"

enum view_kind {
	VIEW_COPY,		/* the host's; changes are kept in memory */
	VIEW_THROUGH,		/* the host's; changes are made there */
	VIEW_MEMORY,		/* in memory only */
	VIEW_KERNEL,		/* /proc, /dev: the vkernel's own */
	VIEW_HIDDEN,		/* a rule says that it is not there */
	VIEW_MISSING,		/* it is not there */
};

struct view_answer {
	enum view_kind	kind;
	enum view_kind	above;		/* VIEW_HIDDEN, VIEW_MISSING: of the nearest directory */
	bool		ro;		/* cannot be changed there */
	int		rule;		/* the number of the rule that says so; -1: none */
	char		path[PATH_MAX];	/* where links led to */
	unsigned	mode;		/* as the guest sees it; 0: nothing is there */
	uint32_t	uid, gid;
};

/* In a kernel that has booted, without a guest.  path is absolute, the guest's. */
int view_explain(const char *path, struct view_answer *a) must_check;

#endif
