/*
 * fs_devpts.c - /dev/pts: the names of pseudo terminals.
 *
 * The directory holds nothing of its own: lookup, revalidation and listing ask
 * the table of terminals, so that a name comes and goes with its master.  The
 * inode of a slave is made with the pair and kept by it, because chmod and
 * chown of it must last.
 */
#include "vksup/tty.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vksup/proc.h"

#define DEVPTS_MAGIC	0x1cd1
#define PTMX_INO	2
#define PTS_FIRST_INO	3

/* The N of a name, or -1. */
static int
name_index(const char *name)
{
	unsigned long n;
	char *end;

	if (name[0] < '0' || name[0] > '9' || (name[0] == '0' && name[1] != '\0'))
		return -1;
	n = strtoul(name, &end, 10);
	return *end == '\0' && n < TTY_MAX ? (int)n : -1;
}

/* What a name leads to now, with a reference; NULL: no such name. */
static struct inode *
name_inode(const char *name)
{
	struct tty_state *st = tty_state();
	struct inode *ino = NULL;
	int i;

	if (strcmp(name, "ptmx") == 0)
		return inode_ref(st->ptmx);
	i = name_index(name);
	if (i < 0)
		return NULL;
	mutex_lock(&st->lock);
	if (st->tab[i] != NULL && st->tab[i]->inode != NULL)
		ino = inode_ref(st->tab[i]->inode);
	mutex_unlock(&st->lock);
	return ino;
}

static int
devpts_lookup(struct inode *dir, struct dentry *d)
{
	(void)dir;
	d->inode = name_inode(d->name);
	return 0;
}

static bool
devpts_revalidate(struct dentry *d)
{
	struct inode *ino;
	bool same;

	if (d->parent == d)
		return true;
	ino = name_inode(d->name);
	same = ino == d->inode;
	if (ino != NULL)
		inode_put(ino);
	return same;
}

static int
devpts_open_node(struct inode *ino, const struct path *p, unsigned flags, struct file **out)
{
	if (ino->ino == PTMX_INO)
		return ptmx_open(ino, p, flags, out);
	return pts_open(ino, p, flags, out);
}

/* --- the directory --- */

/* Is there a slave N to list?  The next one from *n on, or false. */
static bool
next_slave(int *n)
{
	struct tty_state *st = tty_state();

	mutex_lock(&st->lock);
	while (*n < TTY_MAX && (st->tab[*n] == NULL || st->tab[*n]->inode == NULL))
		(*n)++;
	mutex_unlock(&st->lock);
	return *n < TTY_MAX;
}

/* Positions: 0 ".", 1 "..", 2 "ptmx", then 3 + N. */
static int
devpts_getdents(struct file *f, struct dir_ctx *c)
{
	static const char *const fixed[] = { ".", "..", "ptmx" };
	char name[16];
	int n;

	for (; f->pos < 3; f->pos++)
		if (!c->emit(c, fixed[f->pos], strlen(fixed[f->pos]),
		    f->pos < 2 ? f->inode->ino : PTMX_INO,
		    f->pos < 2 ? 4 : 2, f->pos + 1))
			return 0;
	if (f->pos > 3 + TTY_MAX)
		return 0;
	for (n = (int)f->pos - 3; next_slave(&n); n++) {
		snprintf(name, sizeof(name), "%d", n);
		if (!c->emit(c, name, strlen(name), (uint64_t)PTS_FIRST_INO + n, 2, n + 4))
			break;
		f->pos = n + 4;
	}
	return 0;
}

static int64_t
devpts_lseek(struct file *f, int64_t off, int whence)
{
	if (whence == SEEK_CUR)
		off += f->pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (off < 0)
		return -EINVAL;
	f->pos = off;
	return off;
}

static const struct file_ops devpts_dir_ops = {
	.name = "devpts", .getdents = devpts_getdents, .lseek = devpts_lseek,
};

static int
devpts_open_dir(struct inode *ino, const struct path *p, unsigned flags, struct file **out)
{
	*out = file_alloc(&devpts_dir_ops, p, ino, flags);
	return 0;
}

/* --- inodes --- */

static int
devpts_statfs(struct superblock *sb, struct inode *ino, struct statfs *st)
{
	(void)ino;
	memset(st, 0, sizeof(*st));
	st->f_type = (long)sb->magic;
	st->f_bsize = PAGE_SIZE;
	st->f_frsize = PAGE_SIZE;
	st->f_namelen = 255;
	return 0;
}

static const struct super_ops devpts_super_ops = {
	.statfs = devpts_statfs, .revalidate = devpts_revalidate,
};
static const struct inode_ops devpts_root_ops = {
	.lookup = devpts_lookup, .open = devpts_open_dir,
};
static const struct inode_ops devpts_node_ops = {
	.open = devpts_open_node,
};

static struct inode *
node_new(struct superblock *sb, const struct inode_ops *ops, unsigned mode, uint64_t ino,
    uint64_t rdev)
{
	struct inode *i = inode_new(sb, ops, mode);

	i->ino = ino;
	i->rdev = rdev;
	return i;
}

struct inode *
devpts_inode(struct tty *t)
{
	struct superblock *sb = tty_state()->devpts;
	uint64_t rdev = (uint64_t)(136 + t->index / 256) << 8 | (unsigned)(t->index % 256);
	struct inode *ino;

	if (sb == NULL)
		return NULL;
	ino = node_new(sb, &devpts_node_ops, S_IFCHR | 0620, (uint64_t)PTS_FIRST_INO + t->index, rdev);
	/* Debian mounts it gid=5 (tty). */
	ino->gid = 5;
	if (curthread != NULL)
		ino->uid = curthread->cred->fsuid;
	else
		ino->uid = vk->cfg.ids != NULL ? vk->cfg.ids->uid : host_info()->uid;
	return ino;
}

struct superblock *
devpts_new(void)
{
	struct tty_state *st = tty_state();
	struct superblock *sb = xcalloc(1, sizeof(*sb));

	sb->nocache = true;
	sb_init(sb, &devpts_super_ops, "devpts", DEVPTS_MAGIC,
	    node_new(sb, &devpts_root_ops, S_IFDIR | 0755, 1, 0));
	st->ptmx = node_new(sb, &devpts_node_ops, S_IFCHR | 0666, PTMX_INO, 5 << 8 | 2);
	st->devpts = sb;
	return sb;
}
