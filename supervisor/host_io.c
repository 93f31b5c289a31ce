/*
 * host_io.c - host.h: the host's files, one name at a time.
 *
 * No path string is ever given to the host beyond one component, no symbolic
 * link is ever followed by it, and nothing is opened that could block or
 * become a controlling terminal.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "vksup/host.h"
#include "vksup/inject.h"

/* What is not the guest's affair becomes an error it can make sense of. */
static int
host_err(void)
{
	return errno == EINTR ? -EAGAIN : -errno;
}

static int
check(long r)
{
	return r < 0 ? host_err() : 0;
}

/* One component; "", "." and ".." are the caller's business. */
static bool
name_ok(const char *name)
{
	return strchr(name, '/') == NULL;
}

int
host_openat(hfd_t dir, const char *name, int flags, hfd_t *fd)
{
	HOST_FAULT(openat);
	if (!name_ok(name))
		return -EINVAL;
	flags = (flags & (O_ACCMODE | O_PATH | O_DIRECTORY)) | O_NOFOLLOW | O_CLOEXEC;
	if (!(flags & O_PATH))
		flags |= O_NOCTTY | O_NONBLOCK;
	fd->v = openat(dir.v, name, flags);
	return check(fd->v);
}

int
host_close(hfd_t fd)
{
	return check(close(fd.v));
}

int
host_dup(hfd_t fd, hfd_t *out)
{
	HOST_FAULT(dup);
	out->v = fcntl(fd.v, F_DUPFD_CLOEXEC, 3);
	return check(out->v);
}

int
host_stat(hfd_t dir, const char *name, struct stat *st)
{
	HOST_FAULT(stat);
	if (!name_ok(name))
		return -EINVAL;
	return check(fstatat(dir.v, name, st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT));
}

ssize_t
host_readlink(hfd_t dir, const char *name, char *buf, size_t n)
{
	HOST_FAULT(readlink);
	ssize_t r = name_ok(name) ? readlinkat(dir.v, name, buf, n) : (errno = EINVAL, -1);

	return r < 0 ? host_err() : r;
}

ssize_t
host_pread(hfd_t fd, void *buf, size_t n, int64_t off)
{
	ssize_t r;

	HOST_FAULT(pread);
	do
		r = pread(fd.v, buf, n, off);
	while (r < 0 && errno == EINTR);
	return r < 0 ? host_err() : r;
}

ssize_t
host_pwrite(hfd_t fd, const void *buf, size_t n, int64_t off)
{
	ssize_t r;

	HOST_FAULT(pwrite);
	do
		r = pwrite(fd.v, buf, n, off);
	while (r < 0 && errno == EINTR);
	return r < 0 ? host_err() : r;
}

int64_t
host_seek(hfd_t fd, int64_t off, int whence)
{
	HOST_FAULT(seek);
	off_t r = lseek(fd.v, off, whence);

	return r < 0 ? host_err() : r;
}

int
host_truncate(hfd_t fd, int64_t len)
{
	HOST_FAULT(truncate);
	return check(ftruncate(fd.v, len));
}

int
host_fallocate(hfd_t fd, int mode, int64_t off, int64_t len)
{
	int r;

	HOST_FAULT(fallocate);
	do
		r = fallocate(fd.v, mode, off, len);
	while (r < 0 && errno == EINTR);
	return check(r);
}

ssize_t
host_getdents(hfd_t fd, void *buf, size_t n)
{
	HOST_FAULT(getdents);
	long r = syscall(SYS_getdents64, fd.v, buf, n);

	/* A directory that has been removed has no names any more. */
	if (r < 0 && errno == ENOENT)
		return 0;
	return r < 0 ? host_err() : r;
}

int
host_rewinddir(hfd_t fd)
{
	HOST_FAULT(rewinddir);
	return check(lseek(fd.v, 0, SEEK_SET));
}

int
host_statfs(hfd_t fd, struct statfs *st)
{
	HOST_FAULT(statfs);
	return check(fstatfs(fd.v, st));
}

/*
 * Attributes are read through /proc/self/fd, the only way to a symlink's or an
 * O_PATH descriptor's own.  The name is opened first, so that the number is
 * all that the host resolves.
 */
static int
xattr_path(hfd_t dir, const char *name, hfd_t *fd, char *path, size_t n)
{
	int err;

	if (*name == '\0')
		err = host_dup(dir, fd);
	else
		err = host_openat(dir, name, O_PATH, fd);
	if (err)
		return err;
	snprintf(path, n, "/proc/self/fd/%d", fd->v);
	return 0;
}

ssize_t
host_getxattr(hfd_t dir, const char *name, const char *attr, void *buf, size_t n)
{
	HOST_FAULT(getxattr);
	char path[40];
	hfd_t fd;
	ssize_t r = xattr_path(dir, name, &fd, path, sizeof(path));

	if (r < 0)
		return r;
	r = getxattr(path, attr, buf, n);
	if (r < 0)
		r = host_err();
	close(fd.v);
	return r;
}

ssize_t
host_listxattr(hfd_t dir, const char *name, char *buf, size_t n)
{
	HOST_FAULT(listxattr);
	char path[40];
	hfd_t fd;
	ssize_t r = xattr_path(dir, name, &fd, path, sizeof(path));

	if (r < 0)
		return r;
	r = listxattr(path, buf, n);
	if (r < 0)
		r = host_err();
	close(fd.v);
	return r;
}

int
host_memfd(const char *name, hfd_t *fd)
{
	HOST_FAULT(memfd);
	fd->v = memfd_create(name, MFD_CLOEXEC);
	return check(fd->v);
}

int
host_reopen_ro(hfd_t fd, hfd_t *out)
{
	char path[40];

	HOST_FAULT(reopen_ro);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd.v);
	out->v = open(path, O_RDONLY | O_CLOEXEC);
	return check(out->v);
}

int
host_map(hfd_t fd, size_t len, void **p)
{
	HOST_FAULT(map);
	*p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd.v, 0);
	return *p == MAP_FAILED ? host_err() : 0;
}

void
host_unmap(void *p, size_t len)
{
	munmap(p, len);
}

/* --- descriptors that others wait at --- */

int
host_poll(hfd_t fd, int events)
{
	struct pollfd p = { fd.v, (short)events, 0 };

	if (poll(&p, 1, 0) < 0)
		return 0;
	return p.revents;
}

/*
 * The description may be shared with other programs, so O_NONBLOCK must not be
 * set on it.  RWF_NOWAIT is not known for ttys; readiness is asked first, and
 * then at most what fits without waiting is moved.
 */
ssize_t
host_read_nb(hfd_t fd, void *buf, size_t n)
{
	ssize_t r;

	HOST_FAULT(read_nb);
	if (!(host_poll(fd, POLLIN) & (POLLIN | POLLHUP | POLLERR)))
		return -EAGAIN;
	r = read(fd.v, buf, n);
	return r < 0 ? host_err() : r;
}

ssize_t
host_write_nb(hfd_t fd, const void *buf, size_t n)
{
	HOST_FAULT(write_nb);
	struct stat st;
	int ev = host_poll(fd, POLLOUT);
	ssize_t r;

	if (!(ev & (POLLOUT | POLLHUP | POLLERR)))
		return -EAGAIN;
	if (fstat(fd.v, &st) == 0 && !S_ISREG(st.st_mode)) {
		r = send(fd.v, buf, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (r >= 0 || errno != ENOTSOCK)
			return r < 0 ? host_err() : r;
		if (n > 4096)		/* PIPE_BUF is free when POLLOUT says so */
			n = 4096;
	}
	r = write(fd.v, buf, n);
	return r < 0 ? host_err() : r;
}

ssize_t
host_proc_text(const char *name, char *buf, size_t n)
{
	HOST_FAULT(proc_text);
	static const char *const allowed[] = { "cpuinfo", "filesystems", "devices", "misc",
		"version", "cmdline", "loadavg", "meminfo", "stat", "vmstat" };
	char path[64];
	size_t i, got = 0;
	ssize_t r = 0;
	int fd;

	for (i = 0; i < nitems(allowed); i++)
		if (strcmp(name, allowed[i]) == 0)
			break;
	if (i == nitems(allowed))
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -ENOENT;
	while (got < n && (r = read(fd, buf + got, n - got)) > 0)
		got += (size_t)r;
	close(fd);
	return r < 0 ? host_err() : (ssize_t)got;
}
