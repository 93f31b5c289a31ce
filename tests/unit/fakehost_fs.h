/*
 * fakehost_fs.h - between fakehost_fs.c, fakehost_change.c and fakehost_io.c.
 *
 * files.lock covers everything here.
 */
#ifndef FAKEHOST_FS_H
#define FAKEHOST_FS_H

#include "fakehost_impl.h"

struct fnode;
struct stream;

struct fent {
	struct fent	*next;
	char		*name;
	struct fnode	*node;		/* reference */
};

struct fxattr {
	struct fxattr	*next;
	char		*name, *value;
};

/* A file of the fake host. */
struct fnode {
	int		refs;
	unsigned	mode, nlink;
	uint32_t	uid, gid;
	uint64_t	ino, rdev;
	int64_t		mtime;
	struct fent	*ents;		/* directories */
	struct fxattr	*xattrs;
	char		*text;		/* contents until opened; link's target */
	int64_t		size;		/* of text */
	int		memfd;		/* contents since then, or -1 */
	struct stream	*stream;	/* one of the run's descriptors */
};

struct fdesc {
	struct fnode	*node;		/* reference; NULL: free */
	int		flags;
	int64_t		pos;		/* directories; the run's regular files */
};

struct fake_files {
	pthread_mutex_t	lock;
	struct fnode	*root;
	struct fdesc	*fds;
	int		nfds;
	uint64_t	last_ino;
};
extern struct fake_files files;

struct fnode *fnode_new(unsigned mode);
void fnode_put(struct fnode *n);
struct fent *fnode_find(struct fnode *dir, const char *name, size_t len);
/* Takes over the reference to n. */
void fnode_add(struct fnode *dir, const char *name, size_t len, struct fnode *n);
void fnode_remove(struct fnode *dir, const char *name);
/* The node called name in dir: "", "." or one component. */
int fnode_lookup(hfd_t dir, const char *name, struct fnode **out);
/* As whoever started the run: 4, 2, 1 as in a mode. */
int fnode_may(const struct fnode *n, unsigned want);
int fnode_open_check(struct fnode *n, int flags);
/* Contents move to a memory file. */
void fnode_memory(struct fnode *n);
/* The memory file behind a descriptor; -errno. */
int fd_memory(hfd_t fd, bool write);
void fnode_stat(struct fnode *n, struct stat *st);
int fd_new(struct fnode *n, int flags, hfd_t *out);
struct fdesc *fd_get(hfd_t fd);

void fake_streams_init(void);
void fake_streams_fini(void);

#endif
