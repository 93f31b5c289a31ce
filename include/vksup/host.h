/*
 * host.h - every service that vkern/ asks of its host, but for address spaces
 * (vmspace.h).  Two machines implement it: supervisor/host_*.c on Linux, and
 * tests/unit/fakehost*.c in memory.  Clock, randomness and directory order
 * come into the kernel through here and nowhere else.
 *
 * Errors: 0 or a count, else a negative errno, already the guest's number.
 * Path arguments are single names (or "" for the directory itself): the host
 * never resolves more than one component, and never follows a symbolic link.
 */
#ifndef VKSUP_HOST_H
#define VKSUP_HOST_H

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "vksup/base.h"

/* --- time and chance --- */
/* ns of a Linux clockid (REALTIME, MONOTONIC, BOOTTIME, TAI, *_COARSE, RAW). */
int64_t host_clock(int clockid);
void host_random(void *buf, size_t n);

/* --- threads of the kernel --- */
/* Detached.  name at most 15 bytes. */
int host_thread(void (*fn)(void *), void *arg, const char *name) must_check;
/* A binary semaphore to sleep on.  One sleeper; unpark before park is kept. */
struct host_parker { uint32_t word; };
/* 0 when unparked, -ETIMEDOUT at the deadline (CLOCK_MONOTONIC ns or NEVER). */
int host_park(struct host_parker *p, ktime_t deadline);
void host_unpark(struct host_parker *p);

/* --- the host's files --- */
/* O_PATH descriptor of the host's root directory; the caller closes it. */
int host_open_root(hfd_t *fd) must_check;
/* flags: O_RDONLY|O_WRONLY|O_RDWR, O_PATH, O_DIRECTORY; always O_NOFOLLOW,
 * O_CLOEXEC, O_NOCTTY, O_NONBLOCK.  dir may be an O_PATH descriptor. */
int host_openat(hfd_t dir, const char *name, int flags, hfd_t *fd) must_check;
int host_close(hfd_t fd);
int host_dup(hfd_t fd, hfd_t *out) must_check;
int host_stat(hfd_t dir, const char *name, struct stat *st) must_check;
/* Bytes put into buf (not terminated). */
ssize_t host_readlink(hfd_t dir, const char *name, char *buf, size_t n) must_check;
ssize_t host_pread(hfd_t fd, void *buf, size_t n, int64_t off) must_check;
ssize_t host_pwrite(hfd_t fd, const void *buf, size_t n, int64_t off) must_check;
int64_t host_seek(hfd_t fd, int64_t off, int whence) must_check;	/* DATA, HOLE */
/* At the end of the file, wherever that is by then. */
ssize_t host_append(hfd_t fd, const void *buf, size_t n) must_check;
int host_truncate(hfd_t fd, int64_t len) must_check;
int host_fallocate(hfd_t fd, int mode, int64_t off, int64_t len) must_check;
/* Raw linux_dirent64 records from a directory opened O_RDONLY|O_DIRECTORY. */
ssize_t host_getdents(hfd_t fd, void *buf, size_t n) must_check;
int host_rewinddir(hfd_t fd) must_check;
int host_statfs(hfd_t fd, struct statfs *st) must_check;
/* name may be NULL for a list; of the file `name` in dir. */
ssize_t host_getxattr(hfd_t dir, const char *name, const char *attr, void *buf, size_t n) must_check;
ssize_t host_listxattr(hfd_t dir, const char *name, char *buf, size_t n) must_check;
/*
 * Changes of the host's tree, for what the user let the guest write to.  name
 * is one component, not "." or "..", and what is made did not exist (EEXIST).
 * The host's umask applies.  Devices are never made.
 */
int host_create(hfd_t dir, const char *name, unsigned mode, hfd_t *fd) must_check; /* O_RDWR */
int host_tmpfile(hfd_t dir, unsigned mode, hfd_t *fd) must_check;	/* O_TMPFILE, O_RDWR */
int host_mkdir(hfd_t dir, const char *name, unsigned mode) must_check;
int host_mknod(hfd_t dir, const char *name, unsigned mode) must_check;	/* S_IFIFO, S_IFSOCK */
int host_symlink(const char *target, hfd_t dir, const char *name) must_check;
int host_unlink(hfd_t dir, const char *name, bool isdir) must_check;
int host_rename(hfd_t odir, const char *oname, hfd_t ndir, const char *nname,
    unsigned flags) must_check;
/*
 * Of the file behind a descriptor, which may be an O_PATH one, whatever has
 * become of its name.  uid and gid -1: as it is.  times as utimensat(2).
 */
int host_link(hfd_t fd, hfd_t dir, const char *name) must_check;
int host_reopen(hfd_t fd, int flags, hfd_t *out) must_check;	/* O_ACCMODE; regular files */
int host_chmod(hfd_t fd, unsigned mode) must_check;
int host_chown(hfd_t fd, uint32_t uid, uint32_t gid) must_check;
int host_utimes(hfd_t fd, const struct timespec ts[2]) must_check;
int host_setxattr(hfd_t fd, const char *attr, const void *buf, size_t n, int flags) must_check;
int host_removexattr(hfd_t fd, const char *attr) must_check;
int host_fsync(hfd_t fd, bool data_only) must_check;
/* An anonymous memory file, read-write, size 0. */
int host_memfd(const char *name, hfd_t *fd) must_check;
/* The same file opened anew, read-only (for mappings that may not write). */
int host_reopen_ro(hfd_t fd, hfd_t *out) must_check;
/* Map a memory file into the kernel, shared, read-write. */
int host_map(hfd_t fd, size_t len, void **p) must_check;
void host_unmap(void *p, size_t len);

/* --- the run's own descriptors 0, 1, 2 --- */
/* The kind of file descriptor n is (st_mode, st_rdev; -EBADF if closed). */
int host_stdio_stat(int n, struct stat *st) must_check;
/* How n was opened: of O_ACCMODE, O_APPEND and O_NONBLOCK. */
unsigned host_stdio_flags(int n);
/* Duplicates descriptor n for the kernel's use. */
int host_stdio(int n, hfd_t *fd) must_check;
/* Plain read(2)/write(2) that do not wait: -EAGAIN when they would. */
ssize_t host_read_nb(hfd_t fd, void *buf, size_t n) must_check;
ssize_t host_write_nb(hfd_t fd, const void *buf, size_t n) must_check;
/* POLL* bits true now. */
int host_poll(hfd_t fd, int events);
/*
 * Call fn (on a host thread, no kernel lock held) once when one of events is
 * true of fd.  cancel returns after fn can no longer run.
 */
struct host_watch;
int host_watch(hfd_t fd, int events, void (*fn)(void *arg, int revents), void *arg,
    struct host_watch **w) must_check;
void host_watch_cancel(struct host_watch *w);

/* --- the machine --- */
struct host_info {
	int		ncpu;		/* CPUs this run may use */
	int		ncpu_online;	/* CPUs there are, as in /sys/devices/system/cpu */
	uint64_t	mem_total, mem_free, mem_avail;	/* bytes */
	uint64_t	hwcap, hwcap2, clktck, minsigstksz;	/* for auxv */
	char		platform[16];
	char		release[65], version[65], machine[65], nodename[65];
	uint32_t	uid, gid, ngroups;
	uint32_t	groups[64];
	bool		vsyscall;	/* the host emulates the vsyscall page */
	int64_t		boot_ns;	/* CLOCK_REALTIME of the host's boot */
	/* what a program inherits from whoever starts vksup */
	struct rlimit	rlim[16];
	uint64_t	sig_ignored, sig_blocked;	/* bit n-1: signal n */
	unsigned	umask;
	int		nice;
	uint64_t	caps, caps_bset;
};
const struct host_info *host_info(void);
/* Text of one of the host's own /proc files that guests may see as they are:
 * "cpuinfo", "filesystems"...  Bytes, or -ENOENT. */
ssize_t host_proc_text(const char *name, char *buf, size_t n) must_check;

/* --- what the kernel has to say --- */
/* One line to vksup's standard error (a message of the program vksup). */
void host_log(const char *fmt, ...) printf_like(1, 2);
/* The kernel cannot go on: report and end the run with status 125. */
void host_panic(const char *fmt, ...) printf_like(1, 2) no_return;

/* --- failures on demand --- */
/* NULL; or, once set, asked by functions that may fail (enum inject_host):
 * 0, or the -errno to fail with.  Every machine has this pointer. */
extern int (*host_fault)(unsigned which);

#endif
