/*
 * sys_path_dir.c - where a process is, what a link says, what a file system
 * is: chdir, chroot, getcwd, umask, readlink, statfs.
 */
#include <linux/capability.h>
#include <sys/statvfs.h>

#include "abi/abi.h"
#include "vkern/fs_impl.h"

/* --- root, directory, umask --- */

/* Takes over the reference in p. */
static void
ctx_set(struct path *at, struct fs_ctx *c, struct path p)
{
	struct path old;

	mutex_lock(&c->lock);
	old = *at;
	*at = p;
	mutex_unlock(&c->lock);
	path_put(old);
	fs_reap();
}

long
sys_chdir(struct thread *t, struct chdir_args *a)
{
	struct path p;
	int err;

	err = path_lookup(AT_FDCWD, a->path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &p);
	if (err != 0)
		return err;
	err = inode_permission(p.dentry->inode, MAY_EXEC);
	if (err != 0)
		path_put(p);
	else
		ctx_set(&t->fs->cwd, t->fs, p);
	return err;
}

long
sys_fchdir(struct thread *t, struct fchdir_args *a)
{
	struct file *f = file_get_any(a->fd);
	int err;

	if (f == NULL)
		return -EBADF;
	if (!inode_is_dir(f->inode) || f->path.dentry == NULL)
		err = -ENOTDIR;
	else
		err = inode_permission(f->inode, MAY_EXEC);
	if (err == 0)
		ctx_set(&t->fs->cwd, t->fs, path_ref(f->path));
	file_put(f);
	return err;
}

long
sys_chroot(struct thread *t, struct chroot_args *a)
{
	struct path p;
	int err;

	err = path_lookup(AT_FDCWD, a->path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &p);
	if (err != 0)
		return err;
	err = inode_permission(p.dentry->inode, MAY_EXEC);
	if (err == 0 && !capable(CAP_SYS_CHROOT))
		err = -EPERM;
	if (err != 0)
		path_put(p);
	else
		ctx_set(&t->fs->root, t->fs, p);
	return err;
}

static bool
cwd_is_gone(const struct path *p)
{
	bool gone;

	mutex_lock(&vk->ns_lock);
	gone = p->dentry->unhashed && p->dentry->parent != p->dentry;
	mutex_unlock(&vk->ns_lock);
	return gone;
}

long
sys_getcwd(struct thread *t, struct getcwd_args *a)
{
	struct path cwd;
	char *buf;
	long n;

	buf = kalloc(PATH_MAX_LEN);
	if (buf == NULL)
		return -ENOMEM;
	mutex_lock(&t->fs->lock);
	cwd = path_ref(t->fs->cwd);
	mutex_unlock(&t->fs->lock);
	n = cwd_is_gone(&cwd) ? -ENOENT : path_name(&cwd, buf, PATH_MAX_LEN);
	path_put(cwd);
	if (n >= 0 && (unsigned long)++n > a->size)
		n = -ERANGE;
	if (n >= 0 && copyout(a->buf, buf, (size_t)n) != 0)
		n = -EFAULT;
	kfree(buf);
	return n;
}

long
sys_umask(struct thread *t, struct umask_args *a)
{
	unsigned old;

	mutex_lock(&t->fs->lock);
	old = t->fs->umask;
	t->fs->umask = a->mask & 0777;
	mutex_unlock(&t->fs->lock);
	return old;
}

/* --- symbolic links --- */

static long
link_text(struct inode *ino, gaddr_t out, int size)
{
	char *buf;
	long n;

	if (ino->ops == NULL || ino->ops->readlink == NULL)
		return -EINVAL;
	buf = kalloc(PATH_MAX_LEN);
	if (buf == NULL)
		return -ENOMEM;
	n = ino->ops->readlink(ino, buf, PATH_MAX_LEN);
	if (n > size)
		n = size;
	if (n > 0 && copyout(out, buf, (size_t)n) != 0)
		n = -EFAULT;
	kfree(buf);
	return n;
}

static long
do_readlink(int dirfd, const char *name, gaddr_t out, int size)
{
	struct path p;
	long r;

	if (size <= 0)
		return -EINVAL;
	r = path_lookup(dirfd, name, LOOKUP_EMPTY, &p);
	if (r != 0)
		return r;
	if (S_ISLNK(p.dentry->inode->mode))
		r = link_text(p.dentry->inode, out, size);
	else
		r = *name == '\0' ? -ENOENT : -EINVAL;
	path_put(p);
	return r;
}

long
sys_readlink(struct thread *t, struct readlink_args *a)
{
	(void)t;
	return do_readlink(AT_FDCWD, a->pathname, a->buf, a->bufsiz);
}

long
sys_readlinkat(struct thread *t, struct readlinkat_args *a)
{
	(void)t;
	return do_readlink(a->dirfd, a->pathname, a->buf, a->bufsiz);
}

/* --- file systems --- */

#define K_ST_VALID	0x20		/* include/linux/statfs.h */

static int
path_statfs(const struct path *p, struct inode *ino, struct statfs *st)
{
	struct superblock *sb = ino->sb;
	int err;

	if (sb == NULL || sb->ops == NULL || sb->ops->statfs == NULL)
		return -ENOSYS;
	err = sb->ops->statfs(sb, ino, st);
	/* How the host has mounted what is below is not how the guest sees it. */
	if (err == 0 && p->mnt != NULL)
		st->f_flags = K_ST_VALID | ST_RELATIME |
		    (p->mnt->flags & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC));
	return err;
}

long
sys_statfs(struct thread *t, struct statfs_args *a)
{
	struct path p;
	int err;

	(void)t;
	err = path_lookup(AT_FDCWD, a->path, LOOKUP_FOLLOW, &p);
	if (err != 0)
		return err;
	err = path_statfs(&p, p.dentry->inode, a->buf);
	path_put(p);
	return err;
}

long
sys_fstatfs(struct thread *t, struct fstatfs_args *a)
{
	struct file *f = file_get_any(a->fd);
	int err;

	(void)t;
	if (f == NULL)
		return -EBADF;
	err = path_statfs(&f->path, f->inode, a->buf);
	file_put(f);
	return err;
}
