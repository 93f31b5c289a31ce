/*
 * fs_through.h - between fs_through.c (inodes, names), fs_through_file.c (open
 * files) and fs_through_attr.c (changes of attributes).
 */
#ifndef VKSUP_FS_THROUGH_H
#define VKSUP_FS_THROUGH_H

#include "vkern/fs_impl.h"

/*
 * m.lhf and m.lopens: a descriptor for what is done to the inode itself, as
 * long as somebody has it open; one that may write, if there is one.
 */
struct tnode {
	struct mnode	m;
	bool		lhf_writes;	/* [i] m.lhf may write */
	struct hfile	*made;		/* [i] as it was made: for who opens it first */
};

static inline struct tnode *
tnode_of(struct inode *ino)
{
	return (struct tnode *)ino;
}

/* What the host said of the inode is not true any more. */
void through_changed(struct inode *ino);
/* A descriptor of the inode, good for what needs no right to read or write; the
 * caller closes it.  -ENOENT: it is gone. */
int through_handle(struct mnode *m, hfd_t *fd) must_check;
/* Opened by its name, or, when it has none, by a descriptor that we have. */
int through_open_host(struct mnode *m, int flags, hfd_t *fd) must_check;

int through_getattr(struct inode *ino);

/* Who that is on the host. */
static inline uint32_t
through_host_uid(uint32_t uid)
{
	return uid == vk->fs->as_uid ? vk->fs->own_uid : uid;
}

static inline uint32_t
through_host_gid(uint32_t gid)
{
	return gid == vk->fs->as_gid ? vk->fs->own_gid : gid;
}

/* inode_ops of fs_through_file.c and fs_through_attr.c */
int through_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out);
int through_setattr(struct inode *ino, const struct iattr *a);
ssize_t through_getxattr(struct inode *ino, const char *name, void *buf, size_t n);
ssize_t through_listxattr(struct inode *ino, char *buf, size_t n);
int through_setxattr(struct inode *ino, const char *name, const void *buf, size_t n, int flags);
int through_removexattr(struct inode *ino, const char *name);

#endif
