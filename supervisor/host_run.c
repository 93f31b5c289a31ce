/*
 * host_run.c - host.h: what belongs to one run: the root of the host's tree,
 * and descriptors 0, 1, 2.  In library mode lib_host.c has these, per kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor.h"
#include "vksup/host.h"

int
host_open_root(hfd_t *fd)
{
	fd->v = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd->v < 0 ? -errno : 0;
}

/* --- the run's own descriptors --- */

static bool stdio_closed[3];

/*
 * Descriptors 0, 1 and 2 that are closed must not become our own ones by
 * being the next free number.
 */
void
stdio_guard(void)
{
	int n;

	for (n = 0; n < 3; n++)
		if (fcntl(n, F_GETFD) < 0)
			stdio_closed[n] = open("/dev/null", O_RDWR | O_CLOEXEC) == n;
}

int
host_stdio_stat(int n, struct stat *st)
{
	if (stdio_closed[n])
		return -EBADF;
	return fstat(n, st) < 0 ? -errno : 0;
}

unsigned
host_stdio_flags(int n)
{
	int fl = fcntl(n, F_GETFL);

	return fl < 0 ? O_RDWR : (unsigned)fl & (O_ACCMODE | O_APPEND | O_NONBLOCK);
}

int
host_stdio(int n, hfd_t *fd)
{
	fd->v = fcntl(n, F_DUPFD_CLOEXEC, 3);
	return fd->v < 0 ? -errno : 0;
}
