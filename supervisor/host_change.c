/*
 * host_change.c - host.h: changes of the host's tree, below directories that
 * the user let the guest write to.
 *
 * As in host_io.c: one component, no link is followed.  What is done to a file
 * as such is done through the descriptor of it, by way of /proc/self/fd, which
 * is the only one that takes O_PATH descriptors; so nobody who moves names
 * meanwhile can make it another file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "vksup/host.h"

#define FD_PATH	40

static int
check(long r)
{
	if (r >= 0)
		return 0;
	return errno == EINTR ? -EAGAIN : -errno;
}

static bool
name_ok(const char *name)
{
	return *name != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
	    strcmp(name, "..") != 0;
}

static const char *
fd_path(hfd_t fd, char buf[FD_PATH])
{
	snprintf(buf, FD_PATH, "/proc/self/fd/%d", fd.v);
	return buf;
}

int
host_create(hfd_t dir, const char *name, unsigned mode, hfd_t *fd)
{
	if (!name_ok(name))
		return -EINVAL;
	fd->v = openat(dir.v, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY |
	    O_NONBLOCK, mode & 01777);
	return check(fd->v);
}

int
host_tmpfile(hfd_t dir, unsigned mode, hfd_t *fd)
{
	fd->v = openat(dir.v, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, mode & 01777);
	return check(fd->v);
}

int
host_mkdir(hfd_t dir, const char *name, unsigned mode)
{
	if (!name_ok(name))
		return -EINVAL;
	return check(mkdirat(dir.v, name, mode & 01777));
}

int
host_mknod(hfd_t dir, const char *name, unsigned mode)
{
	if (!name_ok(name) || !(S_ISFIFO(mode) || S_ISSOCK(mode)))
		return -EINVAL;
	return check(mknodat(dir.v, name, mode & (S_IFMT | 0777), 0));
}

int
host_symlink(const char *target, hfd_t dir, const char *name)
{
	if (!name_ok(name))
		return -EINVAL;
	return check(symlinkat(target, dir.v, name));
}

int
host_unlink(hfd_t dir, const char *name, bool isdir)
{
	if (!name_ok(name))
		return -EINVAL;
	return check(unlinkat(dir.v, name, isdir ? AT_REMOVEDIR : 0));
}

int
host_rename(hfd_t odir, const char *oname, hfd_t ndir, const char *nname, unsigned flags)
{
	if (!name_ok(oname) || !name_ok(nname))
		return -EINVAL;
	return check(syscall(SYS_renameat2, odir.v, oname, ndir.v, nname,
	    flags & (RENAME_NOREPLACE | RENAME_EXCHANGE)));
}

int
host_link(hfd_t fd, hfd_t dir, const char *name)
{
	char path[FD_PATH];

	if (!name_ok(name))
		return -EINVAL;
	return check(linkat(AT_FDCWD, fd_path(fd, path), dir.v, name, AT_SYMLINK_FOLLOW));
}

int
host_reopen(hfd_t fd, int flags, hfd_t *out)
{
	char path[FD_PATH];
	struct stat st;

	if (fstat(fd.v, &st) != 0)
		return check(-1);
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	out->v = open(fd_path(fd, path), (flags & O_ACCMODE) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return check(out->v);
}

int
host_chmod(hfd_t fd, unsigned mode)
{
	char path[FD_PATH];

	return check(chmod(fd_path(fd, path), mode & 07777));
}

/* AT_EMPTY_PATH takes O_PATH descriptors, and those of links too. */
int
host_chown(hfd_t fd, uint32_t uid, uint32_t gid)
{
	return check(fchownat(fd.v, "", uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW));
}

int
host_utimes(hfd_t fd, const struct timespec ts[2])
{
	char path[FD_PATH];
	long r;

	r = syscall(SYS_utimensat, fd.v, "", ts, AT_EMPTY_PATH);
	/* Before Linux 5.8 there was no AT_EMPTY_PATH here. */
	if (r < 0 && (errno == EINVAL || errno == ENOENT))
		r = utimensat(AT_FDCWD, fd_path(fd, path), ts, 0);
	return check(r);
}

int
host_setxattr(hfd_t fd, const char *attr, const void *buf, size_t n, int flags)
{
	char path[FD_PATH];

	return check(setxattr(fd_path(fd, path), attr, buf, n, flags));
}

int
host_removexattr(hfd_t fd, const char *attr)
{
	char path[FD_PATH];

	return check(removexattr(fd_path(fd, path), attr));
}

int
host_fsync(hfd_t fd, bool data_only)
{
	return check(data_only ? fdatasync(fd.v) : fsync(fd.v));
}

ssize_t
host_append(hfd_t fd, const void *buf, size_t n)
{
	struct iovec v = { (void *)buf, n };
	ssize_t r;

	do
		r = pwritev2(fd.v, &v, 1, 0, RWF_APPEND);
	while (r < 0 && errno == EINTR);
	return r < 0 ? check(r) : r;
}
