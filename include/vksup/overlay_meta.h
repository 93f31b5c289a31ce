/*
 * overlay_meta.h - what an overlay on disk knows besides the contents of files:
 * its journal, read into a tree, and the records that it is made of.
 *
 * A journal is a header and frames.  A frame is a length, checksums and records
 * that belong together: either all of them happened or none.  A frame that the
 * end of the file cuts off was being written when the writer was killed, and is
 * as if it had never been; any other damage is an error.  Numbers are little-
 * endian.  Everything read is taken for hostile: what overlay_meta_parse()
 * returns is a tree whose invariants (below) hold whatever the bytes were.
 *
 * Nothing here does input or output, or has locks: one thread, one tree.
 */
#ifndef VKSUP_OVERLAY_META_H
#define VKSUP_OVERLAY_META_H

#include <sys/queue.h>
#include <sys/stat.h>

#include "vksup/base.h"

#define OM_VERSION	1
#define OM_ROOT		1ULL		/* the number of the root directory, and of the host's */
#define OM_ID_MAX	(1ULL << 48)
#define OM_XATTRS_MAX	(128u * 1024)

/* Flags of a node. */
#define OM_LOWER_ATTR	1u	/* attributes are the host's (as long as it is there) */
#define OM_LOWER_DATA	2u	/* contents are the host's: regular files with a lower */
#define OM_LOWER_XATTR	4u	/* extended attributes are the host's */
#define OM_DATA		8u	/* contents are in the data file of its number */
#define OM_OPAQUE	16u	/* directories: the lower's names do not show */
#define OM_SHARED	32u	/* the lower has several names */
#define OM_ALL		63u

/* Flags of a name. */
#define OM_WHITEOUT	1u	/* hides the host's name, be there a node or not */
#define OM_LOWER_NAME	2u	/* the node is the host's of this very name */

struct om_attr {
	uint64_t	id;
	uint32_t	mode, uid, gid, nlink, flags;
	uint64_t	rdev;
	uint64_t	lower;		/* number of an om_lower; 0: none */
	struct timespec	atime, mtime, ctime;
	struct timespec	data_mtime;	/* the data file's, when mtime was this */
	const char	*target;	/* of a symlink; NULL: ask the lower */
};

/* A name of the host's tree. */
struct om_lower {
	uint64_t	id;
	struct om_lower	*parent;	/* NULL: "/" itself */
	void		*user;		/* whoever uses the tree */
	char		name[];
};

struct om_xattr {
	SLIST_ENTRY(om_xattr) link;
	uint32_t	len;
	char		*value;
	char		name[];
};

struct om_node;
struct om_name {
	TAILQ_ENTRY(om_name) link;	/* in its directory */
	struct om_name	*hash_next;
	struct om_node	*dir;
	struct om_node	*node;		/* NULL: only a whiteout */
	uint8_t		flags;
	char		name[];
};

struct om_node {
	struct om_attr	a;		/* target is the node's own */
	struct om_lower	*lower;
	TAILQ_HEAD(, om_name) names;	/* of a directory */
	SLIST_HEAD(, om_xattr) xattrs;
	size_t		xattr_bytes;
	uint32_t	nnames;		/* that it has itself */
	struct om_name	*at;		/* one of them */
	bool		live;		/* can be reached, or is OM_SHARED */
	void		*user;
};

struct om_map {
	uint64_t	*keys;		/* 0: free */
	void		**values;
	size_t		n, size;
};

/*
 * Invariants: the root is a directory and has no name; a directory has at most
 * one name, all live ones reach the root; names are 1 to 255 bytes without '/'
 * and are not "." or ".."; a node's type never changes; OM_LOWER_DATA and
 * OM_DATA exclude each other and are regular files'; nanoseconds are below 1e9.
 */
struct om_tree {
	struct om_node	*root;
	struct om_map	nodes;		/* om_node by number; dead ones are gone */
	struct om_map	lowers;		/* om_lower by number */
	struct om_name	**hash;		/* all names */
	size_t		nhash, nnames;
	uint64_t	max_id, max_lower;
	size_t		end;		/* bytes of the journal that are whole */
	size_t		records;	/* in them */
};

/* 0; or -EINVAL, and why with the place in `why`.  *out is freed by om_free(). */
int overlay_meta_parse(const void *data, size_t size, struct om_tree **out, char *why,
    size_t whysize) must_check;
void om_free(struct om_tree *t);
struct om_node *om_node_find(const struct om_tree *t, uint64_t id);
struct om_name *om_name_find(const struct om_tree *t, const struct om_node *dir,
    const char *name, size_t len);
/* All live nodes: *i is 0 at the start.  NULL: the end. */
struct om_node *om_node_next(const struct om_tree *t, size_t *i);

/* --- changing a tree; numbers are made --- */

struct om_tree *om_new(void);
/* a: all but the number.  target is copied. */
struct om_node *om_add_node(struct om_tree *t, const struct om_attr *a, struct om_lower *lower);
struct om_name *om_add_name(struct om_tree *t, struct om_node *dir, const char *name,
    struct om_node *node, unsigned flags);
/* The name alone: a directory's own names are lost with it when the tree is
 * written and read again. */
void om_drop_name(struct om_tree *t, struct om_name *n);
struct om_lower *om_add_lower(struct om_tree *t, struct om_lower *parent, const char *name);

/* --- writing --- */

/* A frame under way.  All zero is an empty one; om_buf_free() at the end. */
struct om_buf {
	char		*p;
	size_t		n, size;
};
#define OM_HEADER_SIZE	16
void om_header(char buf[OM_HEADER_SIZE]);
void om_begin(struct om_buf *b);
void om_put_node(struct om_buf *b, const struct om_attr *a);
/* node 0 and no whiteout: the name is gone.  now: the directory's times. */
void om_put_name(struct om_buf *b, uint64_t dir, uint64_t node, unsigned flags,
    const char *name, size_t len, const struct timespec *now);
void om_put_lower(struct om_buf *b, uint64_t id, uint64_t parent, const char *name);
void om_put_xattr(struct om_buf *b, uint64_t node, const char *name, const void *value, size_t n);
void om_del_xattr(struct om_buf *b, uint64_t node, const char *name);
/* Lengths and checksums; false: there is nothing to write. */
bool om_end(struct om_buf *b);
void om_buf_free(struct om_buf *b);
/* All of a tree, as frames for `write`, which gives 0 or an error. */
int om_snapshot(const struct om_tree *t, int (*write)(void *arg, const void *p, size_t n),
    void *arg) must_check;

#endif
