/*
 * fs_dev.c - /dev, and the character devices that need no hardware.
 *
 * The directory is an in-memory file system that starts out with the usual
 * nodes; guests may add to it.  What a device node does when opened depends on
 * its number alone, wherever it lies (chrdev_open).
 */
#include <linux/capability.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#include "vkern/fs_impl.h"
#include "vksup/tty.h"

#define MAJOR_MEM	1
#define MAJOR_TTYAUX	5
#define MAJOR_PTS	136
#define MAJOR_PTS_LAST	143

/* ioctls of /dev/random: linux/random.h */
#define K_RNDGETENTCNT	0x80045200u
#define K_RNDADDTOENTCNT 0x40045201u
#define K_RNDGETPOOL	0x80085202u
#define K_RNDADDENTROPY	0x40085203u
#define K_RNDZAPENTCNT	0x5204u
#define K_RNDCLEARPOOL	0x5206u
#define K_RNDRESEEDCRNG	0x5207u
#define ENTROPY_AVAIL	256

/* --- reading and writing --- */

static ssize_t
read_eof(struct file *f, struct uio *u, int64_t *pos)
{
	(void)f;
	(void)u;
	(void)pos;
	return 0;
}

/* In pieces, so that a signal need not wait for gigabytes of nothing. */
static ssize_t
read_zero(struct file *f, struct uio *u, int64_t *pos)
{
	ssize_t done = 0, r;
	size_t n;

	(void)f;
	(void)pos;
	while (u->resid > 0) {
		n = min_of(u->resid, (size_t)1 << 20);
		r = uio_put_zero(u, n);
		if (r < 0)
			return done > 0 ? done : r;
		done += r;
		if ((size_t)r < n || signal_pending(curthread))
			break;
	}
	return done;
}

static ssize_t
read_random(struct file *f, struct uio *u, int64_t *pos)
{
	char buf[1024];
	ssize_t done = 0, r;
	size_t n;

	(void)f;
	(void)pos;
	while (u->resid > 0) {
		n = min_of(u->resid, sizeof(buf));
		host_random(buf, n);
		r = uio_put(u, buf, n);
		if (r < 0)
			return done > 0 ? done : r;
		done += r;
		if ((size_t)r < n)
			break;
		if (done % (ssize_t)PAGE_SIZE == 0 && signal_pending(curthread))
			break;
	}
	memset(buf, 0, sizeof(buf));
	return done;
}

/* Linux does not look at what is written to /dev/null. */
static ssize_t
write_null(struct file *f, struct uio *u, int64_t *pos)
{
	ssize_t n = (ssize_t)u->resid;

	(void)f;
	(void)pos;
	u->resid = 0;
	return n;
}

static ssize_t
write_full(struct file *f, struct uio *u, int64_t *pos)
{
	(void)f;
	(void)u;
	(void)pos;
	return -ENOSPC;
}

/* Read, so that a bad address is found, and not mixed into anything. */
static ssize_t
write_random(struct file *f, struct uio *u, int64_t *pos)
{
	char buf[1024];
	ssize_t done = 0, r;
	size_t n;

	(void)f;
	(void)pos;
	while (u->resid > 0) {
		n = min_of(u->resid, sizeof(buf));
		r = uio_get(u, buf, n);
		if (r < 0)
			return done > 0 ? done : r;
		done += r;
		if ((size_t)r < n)
			break;
	}
	return done;
}

static int64_t
lseek_null(struct file *f, int64_t off, int whence)
{
	(void)off;
	(void)whence;
	return f->pos = 0;
}

static int64_t
lseek_noop(struct file *f, int64_t off, int whence)
{
	(void)off;
	(void)whence;
	return f->pos;
}

static int
mmap_zero(struct file *f, int prot, int flags, struct vm_backing *b)
{
	(void)f;
	(void)prot;
	(void)flags;
	*b = (struct vm_backing){ .anon = true };
	return 0;
}

static long
ioctl_random(struct file *f, unsigned cmd, unsigned long arg)
{
	(void)f;
	switch (cmd) {
	case K_RNDGETENTCNT:
		return copyout_u32(ga(arg), ENTROPY_AVAIL);
	case K_RNDADDTOENTCNT:
	case K_RNDADDENTROPY:
	case K_RNDZAPENTCNT:
	case K_RNDCLEARPOOL:
	case K_RNDRESEEDCRNG:
		/* The pool is the host's; what is added is not needed. */
		return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
	case K_RNDGETPOOL:
	default:
		return -EINVAL;
	}
}

static const struct file_ops null_ops = {
	.name = "null", .read = read_eof, .write = write_null, .lseek = lseek_null,
};
static const struct file_ops zero_ops = {
	.name = "zero", .read = read_zero, .write = write_null, .lseek = lseek_null,
	.mmap = mmap_zero,
};
static const struct file_ops full_ops = {
	.name = "full", .read = read_zero, .write = write_full, .lseek = lseek_null,
};
static const struct file_ops random_ops = {
	.name = "random", .read = read_random, .write = write_random, .lseek = lseek_noop,
	.ioctl = ioctl_random,
};

/* --- by number --- */

static int
mem_open_minor(unsigned minor, struct inode *ino, const struct path *p, unsigned flags,
    struct file **out)
{
	const struct file_ops *ops;

	switch (minor) {
	case 3:
		ops = &null_ops;
		break;
	case 5:
		ops = &zero_ops;
		break;
	case 7:
		ops = &full_ops;
		break;
	case 8:
	case 9:
		ops = &random_ops;
		break;
	default:
		return -ENXIO;
	}
	*out = file_alloc(ops, p, ino, flags);
	return 0;
}

static int
console_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out)
{
	struct tty *t = tty_state()->console;

	/* /dev/console never becomes the controlling terminal. */
	return t == NULL ? -ENXIO : tty_open_slave(t, ino, p, flags | O_NOCTTY, out);
}

int
chrdev_open(struct inode *ino, const struct path *p, unsigned flags, struct file **out)
{
	unsigned major = major(ino->rdev), minor = minor(ino->rdev);

	if (major == MAJOR_MEM)
		return mem_open_minor(minor, ino, p, flags, out);
	if (major >= MAJOR_PTS && major <= MAJOR_PTS_LAST)
		return pts_open(ino, p, flags, out);
	if (major == MAJOR_MODULE)
		return mod_dev_open(ino, p, flags, out);
	if (major != MAJOR_TTYAUX)
		return -ENXIO;
	switch (minor) {
	case 0:
		return tty_open_current(ino, p, flags, out);
	case 1:
		return console_open(ino, p, flags, out);
	case 2:
		return ptmx_open(ino, p, flags, out);
	default:
		return -ENXIO;
	}
}

/* --- the directory --- */

#define GID_TTY	5		/* of Debian */

static const struct dev_node {
	const char	*name;
	unsigned	mode;
	unsigned	major, minor;
	uint32_t	gid;
	const char	*target;	/* of a link */
} dev_nodes[] = {
	{ "null", S_IFCHR | 0666, MAJOR_MEM, 3, 0, NULL },
	{ "zero", S_IFCHR | 0666, MAJOR_MEM, 5, 0, NULL },
	{ "full", S_IFCHR | 0666, MAJOR_MEM, 7, 0, NULL },
	{ "random", S_IFCHR | 0666, MAJOR_MEM, 8, 0, NULL },
	{ "urandom", S_IFCHR | 0666, MAJOR_MEM, 9, 0, NULL },
	{ "tty", S_IFCHR | 0666, MAJOR_TTYAUX, 0, GID_TTY, NULL },
	{ "console", S_IFCHR | 0600, MAJOR_TTYAUX, 1, 0, NULL },
	{ "ptmx", S_IFCHR | 0666, MAJOR_TTYAUX, 2, GID_TTY, NULL },
	{ "pts", S_IFDIR | 0755, 0, 0, 0, NULL },
	{ "shm", S_IFDIR | 01777, 0, 0, 0, NULL },
	{ "fd", S_IFLNK, 0, 0, 0, "/proc/self/fd" },
	{ "stdin", S_IFLNK, 0, 0, 0, "/proc/self/fd/0" },
	{ "stdout", S_IFLNK, 0, 0, 0, "/proc/self/fd/1" },
	{ "stderr", S_IFLNK, 0, 0, 0, "/proc/self/fd/2" },
};

static int
dev_add(struct dentry *root, const struct dev_node *n) REQUIRES(vk->ns_lock)
{
	struct inode *dir = root->inode;
	struct dentry *d;
	int err;

	d = dentry_new(root, n->name, strlen(n->name));
	dentry_hash(d, true);
	if (n->target != NULL)
		err = dir->ops->symlink(dir, d, n->target);
	else
		err = dir->ops->mknod(dir, d, n->mode, makedev(n->major, n->minor));
	if (err == 0)
		d->inode->gid = n->gid;
	dentry_put(d);
	return err;
}

struct superblock *
devfs_new(void)
{
	struct superblock *sb = tmpfs_new(0755);
	struct thread *t = curthread;
	size_t i;
	int err = 0;

	sb->type = "devtmpfs";
	/* Without a thread the nodes are root's. */
	curthread = NULL;
	mutex_lock(&vk->ns_lock);
	for (i = 0; err == 0 && i < nitems(dev_nodes); i++)
		err = dev_add(sb->root, &dev_nodes[i]);
	mutex_unlock(&vk->ns_lock);
	curthread = t;
	if (err != 0)
		host_log("cannot fill /dev: error %d", -err);
	return sb;
}

static int
devfs_add_locked(struct dentry *root, const struct dev_node *n) REQUIRES(vk->ns_lock)
{
	struct dentry *d = dentry_find(root, n->name, strlen(n->name));

	return d != NULL && d->inode != NULL ? -EEXIST : dev_add(root, n);
}

int
devfs_add_node(const char *name, unsigned mode, uint64_t rdev)
{
	const struct dev_node n = { name, mode, major(rdev), minor(rdev), 0, NULL };
	struct thread *t = curthread;
	struct path dev;
	int err;

	err = path_lookup_kernel("/dev", LOOKUP_DIRECTORY, &dev);
	if (err != 0)
		return err;
	curthread = NULL;
	mutex_lock(&vk->ns_lock);
	err = devfs_add_locked(dev.dentry, &n);
	mutex_unlock(&vk->ns_lock);
	curthread = t;
	path_put(dev);
	return err;
}
