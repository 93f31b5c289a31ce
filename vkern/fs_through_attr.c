/*
 * fs_through_attr.c - --rw: changes of attributes, made to the host's file by
 * way of a descriptor of it.
 */
#include "vkern/fs_through.h"

static int
through_set_size(struct mnode *m, int64_t size)
{
	struct hfile *hf = NULL;
	hfd_t fd;
	int err;

	if (!S_ISREG(m->i.mode))
		return -EINVAL;
	mutex_lock(&m->i.lock);
	if (m->lhf != NULL && tnode_of(&m->i)->lhf_writes)
		hf = hfile_ref(m->lhf);
	mutex_unlock(&m->i.lock);
	if (hf != NULL) {
		err = host_truncate(hf->fd, size);
		hfile_unref(hf);
		return err;
	}
	err = through_open_host(m, O_WRONLY, &fd);
	if (err != 0)
		return err;
	err = host_truncate(fd, size);
	host_close(fd);
	return err;
}

/* Files of the host do not become setuid or setgid by a guest. */
static bool
mode_forbidden(const struct inode *ino, unsigned mode)
{
	return !S_ISDIR(ino->mode) && (mode & ~ino->mode & (S_ISUID | S_ISGID)) != 0;
}

static int
through_set_attrs(const struct inode *ino, hfd_t fd, const struct iattr *a)
{
	struct timespec ts[2] = { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } };
	uint32_t uid = (uint32_t)-1, gid = (uint32_t)-1;
	int err = 0;

	if ((a->valid & ATTR_UID) && a->uid != ino->uid)
		uid = through_host_uid(a->uid);
	if ((a->valid & ATTR_GID) && a->gid != ino->gid)
		gid = through_host_gid(a->gid);
	if (uid != (uint32_t)-1 || gid != (uint32_t)-1)
		err = host_chown(fd, uid, gid);
	if (err == 0 && (a->valid & ATTR_MODE))
		err = host_chmod(fd, a->mode & 07777);
	if (a->valid & ATTR_ATIME)
		ts[0] = a->atime;
	if (a->valid & ATTR_MTIME)
		ts[1] = a->mtime;
	if (err == 0 && (a->valid & (ATTR_ATIME | ATTR_MTIME)))
		err = host_utimes(fd, ts);
	return err;
}

int
through_setattr(struct inode *ino, const struct iattr *a)
{
	struct mnode *m = mnode_of(ino);
	hfd_t fd;
	int err = 0;

	if ((a->valid & ATTR_MODE) && mode_forbidden(ino, a->mode))
		return -EPERM;
	if (a->valid & ATTR_SIZE)
		err = through_set_size(m, a->size);
	if (err == 0 && (a->valid & ~ATTR_SIZE)) {
		err = through_handle(m, &fd);
		if (err == 0) {
			err = through_set_attrs(ino, fd, a);
			host_close(fd);
		}
	}
	through_changed(ino);
	(void)through_getattr(ino);
	return err;
}

/* --- extended attributes --- */

ssize_t
through_getxattr(struct inode *ino, const char *name, void *buf, size_t n)
{
	ssize_t r;
	hfd_t fd;

	r = through_handle(mnode_of(ino), &fd);
	if (r != 0)
		return r;
	r = host_getxattr(fd, "", name, buf, n);
	host_close(fd);
	return r;
}

ssize_t
through_listxattr(struct inode *ino, char *buf, size_t n)
{
	ssize_t r;
	hfd_t fd;

	r = through_handle(mnode_of(ino), &fd);
	if (r != 0)
		return r;
	r = host_listxattr(fd, "", buf, n);
	host_close(fd);
	return r == -EOPNOTSUPP ? 0 : r;
}

/* security.* would give rights, trusted.* and system.* are root's. */
static int
through_change_xattr(struct inode *ino, const char *name, hfd_t *fd)
{
	if (strncmp(name, "user.", 5) != 0)
		return -EOPNOTSUPP;
	return through_handle(mnode_of(ino), fd);
}

int
through_setxattr(struct inode *ino, const char *name, const void *buf, size_t n, int flags)
{
	hfd_t fd;
	int err;

	err = through_change_xattr(ino, name, &fd);
	if (err != 0)
		return err;
	err = host_setxattr(fd, name, buf, n, flags);
	host_close(fd);
	through_changed(ino);
	return err;
}

int
through_removexattr(struct inode *ino, const char *name)
{
	hfd_t fd;
	int err;

	err = through_change_xattr(ino, name, &fd);
	if (err != 0)
		return err;
	err = host_removexattr(fd, name);
	host_close(fd);
	through_changed(ino);
	return err;
}
