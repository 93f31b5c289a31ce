/*
 * uses.h - what files a run used: collected for --inputs and for learn.
 */
#ifndef SUPERVISOR_USES_H
#define SUPERVISOR_USES_H

#include <stdbool.h>
#include <uthash.h>

#include "vksup/vkern.h"
#include "vksup/watch.h"

#define USE_BIT(use)	(1u << (use))
#define HASH_TEXT	65		/* SHA-256 in hexadecimal, and NUL */

struct used {
	UT_hash_handle	hh;
	unsigned	uses;		/* USE_BIT()s that succeeded */
	enum watch_use	first;		/* what came first */
	char		before[HASH_TEXT]; /* at the first reading; "": not a regular file */
	char		path[];
};

/* From boot on; with hashes of what is read, as it was when it was first. */
void uses_collect(struct vkern *k, bool hashes);
/* All of them, sorted by path.  Nothing is collected any more. */
struct used *uses_all(struct vkern *k);
/* Of a regular file of the guest's tree as it is now; "" if it is none. */
void hash_file(const char *path, char text[HASH_TEXT]);

#endif
