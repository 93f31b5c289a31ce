/*
 * sys_path_xattr.c - extended attributes.
 *
 * Names are checked before the file is looked for, and the value is fetched
 * before it too, as in fs/xattr.c.  user.* follows the file's permissions and
 * exists on files and directories only; trusted.* is invisible without
 * CAP_SYS_ADMIN; POSIX access lists are not supported.
 */
#include <linux/capability.h>
#include <stdio.h>

#include "abi/abi.h"
#include "vkern/fs_impl.h"

#define XATTR_SIZE_MAX	65536u
#define XATTR_NAME_MAX	255u

static bool
has_prefix(const char *name, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(name, prefix, n) == 0 && name[n] != '\0';
}

static int
xattr_name_check(const char *name)
{
	size_t len = strlen(name);

	return len == 0 || len > XATTR_NAME_MAX ? -ERANGE : 0;
}

static int
xattr_user_allowed(struct inode *ino, int may)
{
	if (!S_ISREG(ino->mode) && !S_ISDIR(ino->mode))
		return may & MAY_WRITE ? -EPERM : -ENODATA;
	if (S_ISDIR(ino->mode) && (ino->mode & S_ISVTX) && (may & MAY_WRITE) &&
	    !inode_owner_or_capable(ino))
		return -EPERM;
	return inode_permission(ino, may);
}

static int
xattr_security_allowed(const char *name, int may)
{
	if (!(may & MAY_WRITE))
		return 0;
	if (strcmp(name, "security.capability") == 0)
		return fs_capable(CAP_SETFCAP) ? 0 : -EPERM;
	return fs_capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

/* "user." and no more. */
static bool
is_bare_prefix(const char *name)
{
	return strcmp(name, "user.") == 0 || strcmp(name, "trusted.") == 0 ||
	    strcmp(name, "security.") == 0;
}

static int
xattr_allowed(struct inode *ino, const char *name, int may)
{
	int err;

	if (has_prefix(name, "user."))
		return xattr_user_allowed(ino, may);
	if (has_prefix(name, "trusted."))
		return fs_capable(CAP_SYS_ADMIN) ? 0 : may & MAY_WRITE ? -EPERM : -ENODATA;
	if (has_prefix(name, "security."))
		return xattr_security_allowed(name, may);
	if (has_prefix(name, "system.posix_acl_"))
		return may & MAY_WRITE || S_ISLNK(ino->mode) ? -EOPNOTSUPP : -ENODATA;
	err = inode_permission(ino, may);
	if (err == 0)
		err = is_bare_prefix(name) ? -EINVAL : -EOPNOTSUPP;
	return err;
}

/* --- on an inode --- */

static int
xattr_set(const struct path *p, struct inode *ino, const char *name, const void *value,
    size_t size, int flags)
{
	int err;

	err = mount_writable(p->mnt);
	if (err == 0)
		err = xattr_allowed(ino, name, MAY_WRITE);
	if (err == 0 && (ino->ops == NULL || ino->ops->setxattr == NULL))
		err = -EOPNOTSUPP;
	if (err == 0)
		err = ino->ops->setxattr(ino, name, value, size, flags);
	if (err == 0 && p->dentry != NULL)
		fsnotify_dentry(p->dentry, 4 /* IN_ATTRIB */);
	return err;
}

static long
xattr_get(struct inode *ino, const char *name, gaddr_t out, size_t size)
{
	char *buf = NULL;
	long r;

	r = xattr_allowed(ino, name, MAY_READ);
	if (r != 0)
		return r;
	if (ino->ops == NULL || ino->ops->getxattr == NULL)
		return -EOPNOTSUPP;
	size = min_of(size, (size_t)XATTR_SIZE_MAX);
	if (size > 0) {
		buf = kalloc(size);
		if (buf == NULL)
			return -ENOMEM;
	}
	r = ino->ops->getxattr(ino, name, buf, size);
	if (r > 0 && size > 0 && copyout(out, buf, (size_t)r) != 0)
		r = -EFAULT;
	kfree(buf);
	return r;
}

/* Drop what the caller may not see; the bytes left. */
static size_t
list_filter(char *buf, size_t n)
{
	size_t at, len, kept = 0;

	if (fs_capable(CAP_SYS_ADMIN))
		return n;
	for (at = 0; at < n; at += len) {
		len = strlen(buf + at) + 1;
		if (has_prefix(buf + at, "trusted."))
			continue;
		memmove(buf + kept, buf + at, len);
		kept += len;
	}
	return kept;
}

static long
xattr_list(struct inode *ino, gaddr_t out, size_t size)
{
	char *buf;
	long r;

	if (ino->ops == NULL || ino->ops->listxattr == NULL)
		return 0;
	buf = kalloc(XATTR_SIZE_MAX + 1);
	if (buf == NULL)
		return -ENOMEM;
	r = ino->ops->listxattr(ino, buf, XATTR_SIZE_MAX);
	if (r > 0)
		r = (long)list_filter(buf, (size_t)r);
	if (r > 0 && size > 0) {
		if ((size_t)r > size)
			r = -ERANGE;
		else if (copyout(out, buf, (size_t)r) != 0)
			r = -EFAULT;
	}
	kfree(buf);
	return r;
}

static int
xattr_remove(const struct path *p, struct inode *ino, const char *name)
{
	int err;

	err = mount_writable(p->mnt);
	if (err == 0)
		err = xattr_allowed(ino, name, MAY_WRITE);
	if (err == 0 && (ino->ops == NULL || ino->ops->removexattr == NULL))
		err = -EOPNOTSUPP;
	if (err == 0)
		err = ino->ops->removexattr(ino, name);
	if (err == 0 && p->dentry != NULL)
		fsnotify_dentry(p->dentry, 4 /* IN_ATTRIB */);
	return err;
}

/* --- the calls --- */

/* The file meant: by path, or by descriptor when path is NULL. */
struct target {
	struct path	path;
	struct inode	*inode;		/* reference held by path or file */
	struct file	*file;
};

static int
target_get(struct target *tg, const char *path, bool follow, int fd)
{
	int err;

	*tg = (struct target){ .inode = NULL };
	if (path != NULL) {
		err = path_lookup(AT_FDCWD, path, follow ? LOOKUP_FOLLOW : 0, &tg->path);
		if (err == 0)
			tg->inode = tg->path.dentry->inode;
		return err;
	}
	tg->file = file_get(fd);
	if (tg->file == NULL)
		return -EBADF;
	tg->path = path_ref(tg->file->path);
	tg->inode = tg->file->inode;
	return 0;
}

static void
target_put(struct target *tg)
{
	path_put(tg->path);
	if (tg->file != NULL)
		file_put(tg->file);
}

static long
do_setxattr(const char *path, bool follow, int fd, const char *name, gaddr_t value,
    size_t size, int flags)
{
	struct target tg;
	void *buf = NULL;
	long r;

	r = xattr_name_check(name);
	if (r == 0 && size > XATTR_SIZE_MAX)
		r = -E2BIG;
	if (r != 0)
		return r;
	if (size > 0) {
		buf = kalloc(size);
		r = buf == NULL ? -ENOMEM : copyin(buf, value, size);
	}
	if (r == 0)
		r = target_get(&tg, path, follow, fd);
	if (r == 0) {
		r = xattr_set(&tg.path, tg.inode, name, buf, size, flags);
		target_put(&tg);
	}
	kfree(buf);
	return r;
}

static long
do_getxattr(const char *path, bool follow, int fd, const char *name, gaddr_t value,
    size_t size)
{
	struct target tg;
	long r;

	r = xattr_name_check(name);
	if (r == 0)
		r = target_get(&tg, path, follow, fd);
	if (r != 0)
		return r;
	r = xattr_get(tg.inode, name, value, size);
	target_put(&tg);
	return r;
}

static long
do_listxattr(const char *path, bool follow, int fd, gaddr_t list, size_t size)
{
	struct target tg;
	long r;

	r = target_get(&tg, path, follow, fd);
	if (r != 0)
		return r;
	r = xattr_list(tg.inode, list, size);
	target_put(&tg);
	return r;
}

static long
do_removexattr(const char *path, bool follow, int fd, const char *name)
{
	struct target tg;
	long r;

	r = xattr_name_check(name);
	if (r == 0)
		r = target_get(&tg, path, follow, fd);
	if (r != 0)
		return r;
	r = xattr_remove(&tg.path, tg.inode, name);
	target_put(&tg);
	return r;
}

long
sys_setxattr(struct thread *t, struct setxattr_args *a)
{
	(void)t;
	return do_setxattr(a->path, true, -1, a->name, a->value, a->size, (int)a->flags);
}

long
sys_lsetxattr(struct thread *t, struct lsetxattr_args *a)
{
	(void)t;
	return do_setxattr(a->path, false, -1, a->name, a->value, a->size, (int)a->flags);
}

long
sys_fsetxattr(struct thread *t, struct fsetxattr_args *a)
{
	(void)t;
	return do_setxattr(NULL, false, a->fd, a->name, a->value, a->size, (int)a->flags);
}

long
sys_getxattr(struct thread *t, struct getxattr_args *a)
{
	(void)t;
	return do_getxattr(a->path, true, -1, a->name, a->value, a->size);
}

long
sys_lgetxattr(struct thread *t, struct lgetxattr_args *a)
{
	(void)t;
	return do_getxattr(a->path, false, -1, a->name, a->value, a->size);
}

long
sys_fgetxattr(struct thread *t, struct fgetxattr_args *a)
{
	(void)t;
	return do_getxattr(NULL, false, a->fd, a->name, a->value, a->size);
}

long
sys_listxattr(struct thread *t, struct listxattr_args *a)
{
	(void)t;
	return do_listxattr(a->path, true, -1, a->list, a->size);
}

long
sys_llistxattr(struct thread *t, struct llistxattr_args *a)
{
	(void)t;
	return do_listxattr(a->path, false, -1, a->list, a->size);
}

long
sys_flistxattr(struct thread *t, struct flistxattr_args *a)
{
	(void)t;
	return do_listxattr(NULL, false, a->fd, a->list, a->size);
}

long
sys_removexattr(struct thread *t, struct removexattr_args *a)
{
	(void)t;
	return do_removexattr(a->path, true, -1, a->name);
}

long
sys_lremovexattr(struct thread *t, struct lremovexattr_args *a)
{
	(void)t;
	return do_removexattr(a->path, false, -1, a->name);
}

long
sys_fremovexattr(struct thread *t, struct fremovexattr_args *a)
{
	(void)t;
	return do_removexattr(NULL, false, a->fd, a->name);
}
