/*
 * overlay.h - the directory that an overlay is in, for a run that uses it and
 * for the commands that look at it.
 *
 *	DIR/lock	held (flock) by whoever uses the directory
 *	DIR/journal	names and attributes (vksup/overlay_meta.h)
 *	DIR/data/N	the contents of file number N, N in hexadecimal
 *
 * What is in the directory is hostile: descriptors of it are of regular files,
 * opened without following links.  Functions that can fail say why on standard
 * error, "vksup: DIR: why", and exit with 125.
 */
#ifndef SUPERVISOR_OVERLAY_H
#define SUPERVISOR_OVERLAY_H

#include <stdio.h>

#include "vksup/overlay_meta.h"

struct overlay {
	const char	*name;		/* as given, for messages */
	int		dir, data, lock, journal;
	int64_t		end;		/* of what is whole in the journal */
	struct om_tree	*tree;
};

/* make: an empty directory, or none, becomes an overlay. */
void overlay_open(struct overlay *o, const char *name, bool make);
/* The same directory, still locked, as it is now; `o` may be used no more, but
 * for its descriptors, which are shared. */
void overlay_again(struct overlay *again, const struct overlay *o);
/* As overlay_open(), but whatever is in the journal: to be removed. */
void overlay_open_damaged(struct overlay *o, const char *name);
/* Cut off what is not whole, remove data files that nobody needs, write the
 * journal anew if it has become long.  For who is going to write. */
void overlay_tidy(struct overlay *o);
/* Write the journal anew from the tree as it is now. */
void overlay_rewrite(struct overlay *o);
/* The contents of a node with OM_DATA: a descriptor, or -1 with errno set. */
int overlay_data(const struct overlay *o, const struct om_node *n);
/* All that an overlay consists of, and DIR itself if that was all. */
void overlay_remove(struct overlay *o);
void overlay_close(struct overlay *o);
void overlay_fail(const struct overlay *o, const char *what, const char *why) no_return;

/* --- what has changed (overlay_diff.c) --- */

enum change { CHANGE_ADDED, CHANGE_DELETED, CHANGE_MODIFIED, CHANGE_ATTR, CHANGE_TYPE };

/*
 * A name that is not what it is at the host.  path is absolute, without a
 * slash at its end.
 */
struct difference {
	enum change	change;
	const char	*path;
	struct om_node	*node;		/* NULL: deleted */
	struct stat	host;		/* what is there now; st_mode 0: nothing */
	int		dir;		/* the host's directory that it is in, or -1 */
	const char	*name;		/* in that directory */
};
/*
 * Call fn for each difference: directory by directory, in each in the order of
 * names, a directory before what is in it.  paths: only these and what is below
 * them (and with parents, the directories that they are in); NULL: all.  Stops
 * at the first result that is not 0, and returns it.  What a directory that was
 * renamed shows of the host's has become names of its own in the tree.
 */
int overlay_diff(struct overlay *o, char *const *paths, bool parents,
    int (*fn)(void *arg, const struct difference *d), void *arg);
/* The directory at path, without following links; -1 with errno set. */
int host_dir_open(const char *path);
/* The path of a name of the host's or of the tree; free() it. */
char *lower_path(const struct om_lower *l);
char *node_path(const struct om_node *n);
/* The contents as the guest sees them: a descriptor; -1 with errno set. */
int node_open(const struct overlay *o, const struct om_node *n);
/* Its attributes as the guest sees them; false: they cannot be known. */
bool node_stat(const struct overlay *o, const struct om_node *n, struct stat *st);
/* The target of a symbolic link; free() it; NULL with errno set. */
char *node_target(const struct om_node *n);
/* Absolute paths without "." and "..", of arguments; NULL if there are none. */
char **paths_resolve(char **args);

/* The commands on an open overlay, as --keep uses them; 0 or 1. */
/* Lines and a sum to f; the number of differences. */
int overlay_stat_print(struct overlay *o, char *const *paths, FILE *f);
int overlay_commit(struct overlay *o, char *const *paths);

#endif
