/*
 * sys_path_attr.c - calls that ask for or change attributes of files.
 *
 * The change of mode, owner or times is checked here (setattr_prepare() in
 * Linux) and done by inode_setattr().
 */
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

#include "abi/abi.h"
#include "vkern/fs_impl.h"

/* --- stat --- */

/* fstat, and the *at calls with "" for a name: no walk. */
static int
fd_stat(int fd, struct stat *st)
{
	struct file *f = file_get_any(fd);
	int err;

	if (f == NULL)
		return -EBADF;
	err = inode_stat(f->inode, st);
	file_put(f);
	return err;
}

static int
path_stat(int dirfd, const char *name, unsigned lookup, struct stat *st)
{
	struct path p;
	int err;

	if ((lookup & LOOKUP_EMPTY) && *name == '\0' && dirfd != AT_FDCWD)
		return fd_stat(dirfd, st);
	err = path_lookup(dirfd, name, lookup, &p);
	if (err != 0)
		return err;
	err = inode_stat(p.dentry->inode, st);
	path_put(p);
	return err;
}

static unsigned
at_lookup(unsigned flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
	    (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

long
sys_stat(struct thread *t, struct stat_args *a)
{
	(void)t;
	return path_stat(AT_FDCWD, a->pathname, LOOKUP_FOLLOW, a->statbuf);
}

long
sys_lstat(struct thread *t, struct lstat_args *a)
{
	(void)t;
	return path_stat(AT_FDCWD, a->pathname, 0, a->statbuf);
}

long
sys_fstat(struct thread *t, struct fstat_args *a)
{
	(void)t;
	return fd_stat(a->fd, a->statbuf);
}

long
sys_newfstatat(struct thread *t, struct newfstatat_args *a)
{
	(void)t;
	return path_stat(a->dirfd, a->pathname, at_lookup((unsigned)a->flags), a->statbuf);
}

static struct statx_timestamp
statx_time(struct timespec ts)
{
	return (struct statx_timestamp){ .tv_sec = ts.tv_sec, .tv_nsec = (uint32_t)ts.tv_nsec };
}

static int
path_statx(const struct path *p, struct statx *sx)
{
	struct inode *ino = p->dentry->inode;
	struct stat st;
	int err;

	err = inode_stat(ino, &st);
	if (err != 0)
		return err;
	*sx = (struct statx){
		.stx_mask = STATX_BASIC_STATS | STATX_MNT_ID,
		.stx_blksize = (uint32_t)st.st_blksize,
		.stx_nlink = (uint32_t)st.st_nlink, .stx_uid = st.st_uid, .stx_gid = st.st_gid,
		.stx_mode = (uint16_t)st.st_mode, .stx_ino = st.st_ino,
		.stx_size = (uint64_t)st.st_size, .stx_blocks = (uint64_t)st.st_blocks,
		.stx_atime = statx_time(st.st_atim), .stx_ctime = statx_time(st.st_ctim),
		.stx_mtime = statx_time(st.st_mtim),
		.stx_rdev_major = major(st.st_rdev), .stx_rdev_minor = minor(st.st_rdev),
		.stx_dev_major = major(st.st_dev), .stx_dev_minor = minor(st.st_dev),
		.stx_attributes_mask = STATX_ATTR_MOUNT_ROOT,
	};
	if (ino->btime.tv_sec != 0) {
		sx->stx_mask |= STATX_BTIME;
		sx->stx_btime = statx_time(ino->btime);
	}
	if (p->mnt != NULL) {
		sx->stx_mnt_id = (uint64_t)p->mnt->id;
		if (p->dentry == p->mnt->root)
			sx->stx_attributes |= STATX_ATTR_MOUNT_ROOT;
	}
	return 0;
}

long
sys_statx(struct thread *t, struct statx_args *a)
{
	const unsigned sync = AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC;
	struct path p;
	int err;

	(void)t;
	if ((a->mask & STATX__RESERVED) || (a->flags & sync) == sync)
		return -EINVAL;
	err = path_lookup(a->dirfd, a->pathname, at_lookup((unsigned)a->flags), &p);
	if (err != 0)
		return err;
	err = path_statx(&p, a->statxbuf);
	path_put(p);
	return err;
}

/* --- access --- */

/* The credentials with which access(2) asks: the real ids. */
static struct cred *
real_cred(const struct cred *c)
{
	uint64_t caps = c->uid == 0 ? c->cap_permitted : 0;
	struct cred *n;

	if (c->securebits & SECBIT_NO_SETUID_FIXUP)
		caps = c->cap_effective;
	if (c->fsuid == c->uid && c->fsgid == c->gid && c->cap_effective == caps)
		return NULL;
	n = cred_dup(c);
	n->fsuid = c->uid;
	n->fsgid = c->gid;
	n->cap_effective = caps;
	return n;
}

/* Others may look at t->cred under proc_lock. */
static struct cred *
cred_swap(struct thread *t, struct cred *c)
{
	struct cred *old;

	mutex_lock(&vk->proc_lock);
	old = t->cred;
	t->cred = c;
	mutex_unlock(&vk->proc_lock);
	return old;
}

static int
access_check(const struct path *p, int mode)
{
	struct inode *ino = p->dentry->inode;
	int err;

	if ((mode & MAY_EXEC) && S_ISREG(ino->mode) && p->mnt != NULL &&
	    (p->mnt->flags & MS_NOEXEC))
		return -EACCES;
	err = inode_permission(ino, mode);
	if (err != 0 || !(mode & MAY_WRITE))
		return err;
	if (S_ISREG(ino->mode) || S_ISDIR(ino->mode) || S_ISLNK(ino->mode))
		err = mount_writable(p->mnt);
	return err;
}

static long
do_access(struct thread *t, int dirfd, const char *name, unsigned mode, unsigned flags)
{
	struct cred *other = NULL;
	struct path p;
	int err;

	if (mode & ~7u)
		return -EINVAL;
	if (!(flags & AT_EACCESS))
		other = real_cred(t->cred);
	if (other != NULL)
		other = cred_swap(t, other);
	err = path_lookup(dirfd, name, at_lookup(flags), &p);
	if (err == 0) {
		err = access_check(&p, (int)mode);
		path_put(p);
	}
	if (other != NULL)
		cred_put(cred_swap(t, other));
	return err;
}

long
sys_access(struct thread *t, struct access_args *a)
{
	return do_access(t, AT_FDCWD, a->pathname, (unsigned)a->mode, 0);
}

long
sys_faccessat(struct thread *t, struct faccessat_args *a)
{
	return do_access(t, a->dirfd, a->pathname, (unsigned)a->mode, 0);
}

long
sys_faccessat2(struct thread *t, struct faccessat2_args *a)
{
	return do_access(t, a->dirfd, a->pathname, (unsigned)a->mode, (unsigned)a->flags);
}

/* --- mode --- */

static int
setattr_notify(struct inode *ino, struct dentry *d, const struct iattr *ia, uint32_t mask)
{
	int err;

	err = inode_setattr(ino, ia);
	if (err != 0)
		return err;
	if (d != NULL)
		fsnotify_dentry(d, mask);
	else
		fsnotify(ino, mask, NULL, 0);
	return 0;
}

static int
do_chmod(const struct path *p, struct inode *ino, unsigned mode)
{
	struct iattr ia = { .valid = ATTR_MODE, .mode = mode & 07777 };
	int err;

	err = mount_writable(p->mnt);
	if (err != 0)
		return err;
	if (S_ISLNK(ino->mode))
		return -EOPNOTSUPP;
	if (!inode_owner_or_capable(ino))
		return -EPERM;
	if (!fs_in_group(ino->gid) && !fs_capable(CAP_FSETID))
		ia.mode &= ~(unsigned)S_ISGID;
	return setattr_notify(ino, p->dentry, &ia, IN_ATTRIB);
}

static long
do_fchmodat(int dirfd, const char *name, unsigned mode, unsigned flags)
{
	struct path p;
	int err;

	err = path_lookup(dirfd, name, at_lookup(flags), &p);
	if (err != 0)
		return err;
	err = do_chmod(&p, p.dentry->inode, mode);
	if (err == 0)
		path_used(USE_WRITE, &p, 0);
	path_put(p);
	return err;
}

long
sys_chmod(struct thread *t, struct chmod_args *a)
{
	(void)t;
	return do_fchmodat(AT_FDCWD, a->pathname, a->mode, 0);
}

long
sys_fchmodat(struct thread *t, struct fchmodat_args *a)
{
	(void)t;
	return do_fchmodat(a->dirfd, a->pathname, a->mode, 0);
}

long
sys_fchmodat2(struct thread *t, struct fchmodat2_args *a)
{
	(void)t;
	if (a->flags & ~(unsigned long)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return do_fchmodat(a->dirfd, a->pathname, a->mode, (unsigned)a->flags);
}

long
sys_fchmod(struct thread *t, struct fchmod_args *a)
{
	struct file *f = file_get(a->fd);
	long r;

	(void)t;
	if (f == NULL)
		return -EBADF;
	r = do_chmod(&f->path, f->inode, a->mode);
	file_put(f);
	return r;
}

/* --- owner --- */

static int
chown_allowed(struct inode *ino, const struct iattr *ia)
{
	bool owner = fs_fsuid() == ino->uid;

	if ((ia->valid & ATTR_UID) && !(owner && ia->uid == ino->uid) &&
	    !fs_capable(CAP_CHOWN))
		return -EPERM;
	if ((ia->valid & ATTR_GID) &&
	    !(owner && (ia->gid == ino->gid || fs_in_group(ia->gid))) &&
	    !fs_capable(CAP_CHOWN))
		return -EPERM;
	return 0;
}

/* Whoever gives a program away, it is not setuid any more. */
static void
chown_drop_privs(struct inode *ino, struct iattr *ia)
{
	unsigned mode = ino->mode;

	if (S_ISDIR(mode) || !(mode & (S_ISUID | S_ISGID)))
		return;
	mode &= ~(unsigned)S_ISUID;
	if ((mode & S_IXGRP) || (!fs_in_group(ino->gid) && !fs_capable(CAP_FSETID)))
		mode &= ~(unsigned)S_ISGID;
	if (mode == ino->mode)
		return;
	ia->valid |= ATTR_MODE;
	ia->mode = mode & 07777;
}

static int
do_chown(const struct path *p, struct inode *ino, unsigned uid, unsigned gid)
{
	struct iattr ia = { .uid = uid, .gid = gid };
	int err;

	err = mount_writable(p->mnt);
	if (err != 0)
		return err;
	ia.valid = (uid != (unsigned)-1 ? ATTR_UID : 0) | (gid != (unsigned)-1 ? ATTR_GID : 0);
	err = chown_allowed(ino, &ia);
	if (err != 0)
		return err;
	chown_drop_privs(ino, &ia);
	return setattr_notify(ino, p->dentry, &ia, IN_ATTRIB);
}

static long
do_fchownat(int dirfd, const char *name, unsigned uid, unsigned gid, unsigned flags)
{
	struct path p;
	int err;

	err = path_lookup(dirfd, name, at_lookup(flags), &p);
	if (err != 0)
		return err;
	err = do_chown(&p, p.dentry->inode, uid, gid);
	path_put(p);
	return err;
}

long
sys_chown(struct thread *t, struct chown_args *a)
{
	(void)t;
	return do_fchownat(AT_FDCWD, a->pathname, a->owner, a->group, 0);
}

long
sys_lchown(struct thread *t, struct lchown_args *a)
{
	(void)t;
	return do_fchownat(AT_FDCWD, a->pathname, a->owner, a->group, AT_SYMLINK_NOFOLLOW);
}

long
sys_fchownat(struct thread *t, struct fchownat_args *a)
{
	(void)t;
	return do_fchownat(a->dirfd, a->pathname, a->owner, a->group, (unsigned)a->flags);
}

long
sys_fchown(struct thread *t, struct fchown_args *a)
{
	struct file *f = file_get(a->fd);
	long r;

	(void)t;
	if (f == NULL)
		return -EBADF;
	r = do_chown(&f->path, f->inode, a->owner, a->group);
	file_put(f);
	return r;
}

/* --- times --- */

static bool
nsec_valid(long nsec)
{
	return nsec == UTIME_NOW || nsec == UTIME_OMIT || (nsec >= 0 && nsec < NSEC_PER_SEC);
}

static void
utimes_fill(struct iattr *ia, const struct timespec ts[2])
{
	struct timespec now = fs_now();

	if (ts == NULL || ts[0].tv_nsec != UTIME_OMIT) {
		ia->valid |= ATTR_ATIME;
		ia->atime = ts == NULL || ts[0].tv_nsec == UTIME_NOW ? now : ts[0];
	}
	if (ts == NULL || ts[1].tv_nsec != UTIME_OMIT) {
		ia->valid |= ATTR_MTIME;
		ia->mtime = ts == NULL || ts[1].tv_nsec == UTIME_NOW ? now : ts[1];
	}
}

/* vfs_utimes(): ts NULL, or twice UTIME_NOW, needs only write permission. */
static int
do_utimes(const struct path *p, struct inode *ino, const struct timespec ts[2])
{
	struct iattr ia = { .valid = 0 };
	int err;

	if (ts != NULL && (!nsec_valid(ts[0].tv_nsec) || !nsec_valid(ts[1].tv_nsec)))
		return -EINVAL;
	if (ts != NULL && ts[0].tv_nsec == UTIME_NOW && ts[1].tv_nsec == UTIME_NOW)
		ts = NULL;
	err = mount_writable(p->mnt);
	if (err != 0)
		return err;
	if (!inode_owner_or_capable(ino)) {
		if (ts != NULL)
			return -EPERM;
		err = inode_permission(ino, MAY_WRITE);
		if (err != 0)
			return err;
	}
	utimes_fill(&ia, ts);
	return setattr_notify(ino, p->dentry, &ia,
	    ia.valid == ATTR_ATIME ? IN_ACCESS : ia.valid == ATTR_MTIME ? IN_MODIFY : IN_ATTRIB);
}

static long
utimes_path(int dirfd, const char *name, const struct timespec ts[2], unsigned flags)
{
	struct path p;
	int err;

	if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (name == NULL)
		return -EFAULT;
	err = path_lookup(dirfd, name, at_lookup(flags), &p);
	if (err != 0)
		return err;
	err = do_utimes(&p, p.dentry->inode, ts);
	path_put(p);
	return err;
}

static long
utimes_any(int dirfd, const char *name, const struct timespec ts[2], unsigned flags)
{
	struct file *f;
	long r;

	if (name != NULL || dirfd == AT_FDCWD)
		return utimes_path(dirfd, name, ts, flags);
	if (flags != 0)
		return -EINVAL;
	f = file_get(dirfd);
	if (f == NULL)
		return -EBADF;
	r = do_utimes(&f->path, f->inode, ts);
	file_put(f);
	return r;
}

long
sys_utimensat(struct thread *t, struct utimensat_args *a)
{
	struct timespec ts[2];
	int err;

	(void)t;
	if (ga_null(a->times))
		return utimes_any(a->dirfd, a->pathname, NULL, (unsigned)a->flags);
	err = copyin(ts, a->times, sizeof(ts));
	if (err != 0)
		return err;
	/* Nothing to do, not even to look whether the file is there. */
	if (ts[0].tv_nsec == UTIME_OMIT && ts[1].tv_nsec == UTIME_OMIT)
		return 0;
	return utimes_any(a->dirfd, a->pathname, ts, (unsigned)a->flags);
}

static long
futimesat_common(int dirfd, const char *name, gaddr_t times)
{
	struct timeval tv[2];
	struct timespec ts[2];
	int err, i;

	if (ga_null(times))
		return utimes_any(dirfd, name, NULL, 0);
	err = copyin(tv, times, sizeof(tv));
	if (err != 0)
		return err;
	for (i = 0; i < 2; i++) {
		if (tv[i].tv_usec < 0 || tv[i].tv_usec >= 1000000)
			return -EINVAL;
		ts[i] = (struct timespec){ tv[i].tv_sec, tv[i].tv_usec * 1000 };
	}
	return utimes_any(dirfd, name, ts, 0);
}

long
sys_futimesat(struct thread *t, struct futimesat_args *a)
{
	(void)t;
	return futimesat_common(a->dirfd, a->pathname, a->times);
}

long
sys_utimes(struct thread *t, struct utimes_args *a)
{
	(void)t;
	return futimesat_common(AT_FDCWD, a->filename, a->times);
}

long
sys_utime(struct thread *t, struct utime_args *a)
{
	struct timespec ts[2];

	(void)t;
	if (a->times == NULL)
		return utimes_path(AT_FDCWD, a->filename, NULL, 0);
	ts[0] = (struct timespec){ a->times->actime, 0 };
	ts[1] = (struct timespec){ a->times->modtime, 0 };
	return utimes_path(AT_FDCWD, a->filename, ts, 0);
}

/* --- size --- */

static int
do_truncate(const struct path *p, int64_t size)
{
	struct iattr ia = { .valid = ATTR_SIZE, .size = size };
	struct inode *ino = p->dentry->inode;
	struct stat st;
	int err;

	if (S_ISDIR(ino->mode))
		return -EISDIR;
	if (!S_ISREG(ino->mode))
		return -EINVAL;
	err = mount_writable(p->mnt);
	if (err == 0)
		err = inode_permission(ino, MAY_WRITE);
	if (err == 0 && ino->execs > 0)
		err = -ETXTBSY;
	if (err == 0)
		err = inode_stat(ino, &st);
	if (err == 0 && size > st.st_size)
		err = fs_check_length(size);
	return err != 0 ? err : setattr_notify(ino, p->dentry, &ia, IN_MODIFY);
}

long
sys_truncate(struct thread *t, struct truncate_args *a)
{
	struct path p;
	int err;

	(void)t;
	if (a->length < 0)
		return -EINVAL;
	err = path_lookup(AT_FDCWD, a->path, LOOKUP_FOLLOW, &p);
	if (err != 0)
		return err;
	err = do_truncate(&p, a->length);
	if (err == 0)
		path_used(USE_WRITE, &p, 0);
	path_put(p);
	return err;
}
