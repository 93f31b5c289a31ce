/*
 * sys_file_fd.c - calls about descriptors rather than data: close, dup,
 * fcntl, the common part of ioctl, flock, and the making of pipes and memfds.
 */
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "abi/abi.h"
#include "vkern/file_impl.h"

/* What the headers of Debian 12 lack or hide. */
#define K_F_DUPFD_QUERY		1027
#define K_CLOSE_RANGE_UNSHARE	2u
#define K_CLOSE_RANGE_CLOEXEC	4u
#define K_LOCK_MAND		32
#define K_O_NOTIFICATION_PIPE	0200u

/* --- close and dup --- */

long
sys_close(struct thread *t, struct close_args *a)
{
	(void)t;
	return fd_close(a->fd);
}

/* CLOSE_RANGE_UNSHARE: a table of its own for this thread. */
static void
fds_unshare(struct thread *t)
{
	struct fdtable *old = t->fds, *fdt;

	if (old->refs == 1)
		return;
	fdt = fdtable_copy(old);
	mutex_lock(&vk->proc_lock);
	t->fds = fdt;
	mutex_unlock(&vk->proc_lock);
	fdtable_unref(old);
}

long
sys_close_range(struct thread *t, struct close_range_args *a)
{
	struct fdtable *fdt;
	int fd;

	if (a->first > a->last)
		return -EINVAL;
	if (a->flags & K_CLOSE_RANGE_UNSHARE)
		fds_unshare(t);
	fdt = t->fds;
	if (a->first > INT32_MAX)
		return 0;
	for (fd = (int)a->first; (fd = fdtable_next(fdt, fd)) >= 0; fd++) {
		if ((unsigned)fd > a->last)
			break;
		if (!(a->flags & K_CLOSE_RANGE_CLOEXEC)) {
			(void)!fd_close(fd);
			continue;
		}
		mutex_lock(&fdt->lock);
		if (fdt->ents[fd].file != NULL)
			fdt->ents[fd].cloexec = true;
		mutex_unlock(&fdt->lock);
	}
	return 0;
}

static long
fd_dup(int fd, int min, bool cloexec)
{
	struct file *f = file_get_any(fd);
	int r;

	if (f == NULL)
		return -EBADF;
	r = fd_install(f, min, cloexec);
	if (r < 0)
		file_put(f);
	return r;
}

static long
fd_dup_to(int oldfd, int newfd, bool cloexec)
{
	struct file *f;
	int r;

	if (newfd < 0 || (uint64_t)newfd >= rlimit_cur(RLIMIT_NOFILE))
		return -EBADF;
	f = file_get_any(oldfd);
	if (f == NULL)
		return -EBADF;
	r = fd_install_at(f, newfd, cloexec);
	file_put(f);
	return r;
}

long
sys_dup(struct thread *t, struct dup_args *a)
{
	(void)t;
	return fd_dup(a->oldfd, 0, false);
}

long
sys_dup2(struct thread *t, struct dup2_args *a)
{
	struct file *f;

	(void)t;
	if (a->oldfd != a->newfd)
		return fd_dup_to(a->oldfd, a->newfd, false);
	f = file_get_any(a->oldfd);
	if (f == NULL)
		return -EBADF;
	file_put(f);
	return a->newfd;
}

long
sys_dup3(struct thread *t, struct dup3_args *a)
{
	(void)t;
	if (a->oldfd == a->newfd)
		return -EINVAL;
	return fd_dup_to(a->oldfd, a->newfd, (a->flags & O_CLOEXEC) != 0);
}

/* --- fcntl --- */

static int
fd_get_cloexec(int fd)
{
	struct file *f;
	bool cloexec;

	f = fdtable_get(curthread->fds, fd, &cloexec);
	if (f == NULL)
		return -EBADF;
	file_put(f);
	return cloexec ? FD_CLOEXEC : 0;
}

static int
fd_set_cloexec(int fd, bool on)
{
	struct fdtable *fdt = curthread->fds;
	int err = -EBADF;

	mutex_lock(&fdt->lock);
	if (fd >= 0 && fd < fdt->size && fdt->ents[fd].file != NULL) {
		fdt->ents[fd].cloexec = on;
		err = 0;
	}
	mutex_unlock(&fdt->lock);
	return err;
}

static void
file_flags_set(struct file *f, unsigned mask, unsigned value)
{
	unsigned old = f->flags;

	while (!atomic_compare_exchange_weak(&f->flags, &old, (old & ~mask) | (value & mask)))
		;
}

static int
file_setfl(struct file *f, int fd, unsigned flags)
{
	const unsigned mask = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME;
	unsigned old = f->flags;
	struct inode *ino = f->inode;
	int err = 0;

	if ((flags & ~old & O_NOATIME) && curthread->cred->fsuid != ino->uid &&
	    !capable(3 /* CAP_FOWNER */))
		return -EPERM;
	if ((flags & O_DIRECT) && !S_ISREG(ino->mode) && !S_ISBLK(ino->mode) &&
	    f->ops->setfl == NULL)
		return -EINVAL;
	if (f->ops->setfl != NULL)
		err = f->ops->setfl(f, (old & ~(mask | O_ASYNC)) | (flags & (mask | O_ASYNC)));
	if (err == 0 && ((flags ^ old) & O_ASYNC))
		err = fasync_set(f, fd, (flags & O_ASYNC) != 0);
	if (err == 0)
		file_flags_set(f, mask, flags);
	return err;
}

struct k_owner_ex {
	int32_t	type;
	int32_t	pid;
};

/* Does anybody of that kind exist?  Otherwise F_SETOWN says ESRCH. */
static bool
owner_exists(int type, int pid)
{
	bool ok;

	mutex_lock(&vk->proc_lock);
	if (type == F_OWNER_TID)
		ok = thread_find(pid) != NULL;
	else if (type == F_OWNER_PID)
		ok = proc_find(pid) != NULL;
	else
		ok = pgrp_exists(pid, 0) || proc_find(pid) != NULL;
	mutex_unlock(&vk->proc_lock);
	return ok;
}

static int
file_set_owner(struct file *f, int type, int pid)
{
	if (pid != 0 && !owner_exists(type, pid))
		return -ESRCH;
	f->owner_type = type;
	f->owner_pid = pid;
	return 0;
}

static int
file_setown(struct file *f, int who)
{
	if (who == INT32_MIN)
		return -EINVAL;
	if (who < 0)
		return file_set_owner(f, F_OWNER_PGRP, -who);
	return file_set_owner(f, F_OWNER_PID, who);
}

static int
file_getown(struct file *f)
{
	int pid = f->owner_pid, type = f->owner_type;

	if (pid == 0 || !owner_exists(type, pid))
		return 0;
	return type == F_OWNER_PGRP ? -pid : pid;
}

static int
file_setown_ex(struct file *f, gaddr_t arg)
{
	struct k_owner_ex ex;
	int err;

	err = copyin(&ex, arg, sizeof(ex));
	if (err != 0)
		return err;
	if (ex.type != F_OWNER_TID && ex.type != F_OWNER_PID && ex.type != F_OWNER_PGRP)
		return -EINVAL;
	if (ex.pid < 0)
		return -ESRCH;
	return file_set_owner(f, ex.type, ex.pid);
}

static int
file_getown_ex(struct file *f, gaddr_t arg)
{
	struct k_owner_ex ex = { f->owner_type, f->owner_pid };

	if (ex.pid != 0 && !owner_exists(ex.type, ex.pid))
		ex.pid = 0;
	return copyout(arg, &ex, sizeof(ex));
}

static int
file_setsig(struct file *f, unsigned long sig)
{
	if (sig > NSIG_MAX)
		return -EINVAL;
	f->owner_sig = (int)sig;
	return 0;
}

/* The signals go to whoever asks for them, unless somebody else was named. */
static int
file_notify(struct file *f, int fd, unsigned long arg)
{
	int err;

	err = dnotify_set(f, fd, arg);
	if (err == 0 && f->owner_pid == 0)
		err = file_set_owner(f, F_OWNER_PID, curthread->proc->pid);
	return err;
}

static int
file_rw_hint(struct file *f, int cmd, gaddr_t arg)
{
	uint64_t hint = f->inode->rw_hint;
	int err;

	if (cmd == F_GET_RW_HINT)
		return copyout_u64(arg, hint);
	err = copyin_u64(arg, &hint);
	if (err != 0)
		return err;
	if (hint > RWH_WRITE_LIFE_EXTREME)
		return -EINVAL;
	f->inode->rw_hint = (uint8_t)hint;
	return 0;
}

static long
fcntl_dup(int fd, unsigned long min, bool cloexec)
{
	if (min >= rlimit_cur(RLIMIT_NOFILE) || min > INT32_MAX)
		return -EINVAL;
	return fd_dup(fd, (int)min, cloexec);
}

/* Is arg the same open file? */
static long
fcntl_dupfd_query(struct file *f, unsigned long arg)
{
	struct file *g = file_get_any((int)arg);
	long r;

	if (g == NULL)
		return -EBADF;
	r = f == g;
	file_put(g);
	return r;
}

/* The commands that an O_PATH descriptor takes as well; -ENOSYS: another. */
static long
fcntl_descriptor(struct file *f, struct fcntl_args *a)
{
	switch (a->cmd) {
	case F_DUPFD:
		return fcntl_dup(a->fd, a->arg, false);
	case F_DUPFD_CLOEXEC:
		return fcntl_dup(a->fd, a->arg, true);
	case F_GETFD:
		return fd_get_cloexec(a->fd);
	case F_SETFD:
		return fd_set_cloexec(a->fd, (a->arg & FD_CLOEXEC) != 0);
	case F_GETFL:
		return (long)f->flags;
	case K_F_DUPFD_QUERY:
		return fcntl_dupfd_query(f, a->arg);
	default:
		return -ENOSYS;
	}
}

static long
fcntl_file(struct file *f, struct fcntl_args *a)
{
	switch (a->cmd) {
	case F_SETFL:
		return file_setfl(f, a->fd, (unsigned)a->arg);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return fcntl_lock(f, a->fd, a->cmd, ga(a->arg));
	case F_SETOWN:
		return file_setown(f, (int)a->arg);
	case F_GETOWN:
		return file_getown(f);
	case F_SETOWN_EX:
		return file_setown_ex(f, ga(a->arg));
	case F_GETOWN_EX:
		return file_getown_ex(f, ga(a->arg));
	case F_SETSIG:
		return file_setsig(f, a->arg);
	case F_GETSIG:
		return f->owner_sig;
	case F_SETPIPE_SZ:
		return pipe_set_size(f, a->arg);
	case F_GETPIPE_SZ:
		return pipe_get_size(f);
	case F_ADD_SEALS:
		return memfd_add_seals(f, (unsigned)a->arg);
	case F_GET_SEALS:
		return memfd_get_seals(f);
	case F_GETLEASE:
		return F_UNLCK;		/* nobody can have one */
	case F_NOTIFY:
		return file_notify(f, a->fd, a->arg);
	case F_GET_RW_HINT:
	case F_SET_RW_HINT:
		return file_rw_hint(f, a->cmd, ga(a->arg));
	default:
		return -EINVAL;		/* setting leases, and the unknown */
	}
}

long
sys_fcntl(struct thread *t, struct fcntl_args *a)
{
	struct file *f = file_get_any(a->fd);
	long r;

	(void)t;
	if (f == NULL)
		return -EBADF;
	r = fcntl_descriptor(f, a);
	if (r == -ENOSYS)
		r = f->mode & FMODE_PATH ? -EBADF : fcntl_file(f, a);
	file_put(f);
	return r;
}

/* --- ioctl --- */

static long
ioctl_flag(struct file *f, int fd, unsigned flag, gaddr_t arg)
{
	uint32_t on;
	int err;

	err = copyin_u32(arg, &on);
	if (err != 0)
		return err;
	if (flag != O_ASYNC) {
		file_flags_set(f, flag, on != 0 ? flag : 0);
		return 0;
	}
	if ((on != 0) == ((f->flags & O_ASYNC) != 0))
		return 0;
	return fasync_possible(f) ? fasync_set(f, fd, on != 0) : -ENOTTY;
}

/* FIONREAD of a regular file: what is left; FIOQSIZE: all of it. */
static long
ioctl_size(struct file *f, unsigned cmd, gaddr_t arg)
{
	int64_t size;

	mutex_lock(&f->inode->lock);
	size = f->inode->size;
	mutex_unlock(&f->inode->lock);
	if (cmd == FIOQSIZE)
		return copyout_u64(arg, (uint64_t)size);
	mutex_lock(&f->pos_lock);
	size -= f->pos;
	mutex_unlock(&f->pos_lock);
	return copyout_u32(arg, (uint32_t)size);
}

static long
ioctl_own(struct file *f, unsigned cmd, unsigned long arg)
{
	return f->ops->ioctl != NULL ? f->ops->ioctl(f, cmd, arg) : -ENOTTY;
}

static long
file_ioctl(struct file *f, int fd, unsigned cmd, unsigned long arg)
{
	unsigned type = f->inode->mode & S_IFMT;

	switch (cmd) {
	case FIOCLEX:
		return fd_set_cloexec(fd, true);
	case FIONCLEX:
		return fd_set_cloexec(fd, false);
	case FIONBIO:
		return ioctl_flag(f, fd, O_NONBLOCK, ga(arg));
	case FIOASYNC:
		return ioctl_flag(f, fd, O_ASYNC, ga(arg));
	case FIOQSIZE:
		if (type == S_IFREG || type == S_IFDIR)
			return ioctl_size(f, cmd, ga(arg));
		return -ENOTTY;
	case FIGETBSZ:
		return copyout_u32(ga(arg), PAGE_SIZE);
	case FIONREAD:
		if (type == S_IFREG)
			return ioctl_size(f, cmd, ga(arg));
		return ioctl_own(f, cmd, arg);
	default:
		return ioctl_own(f, cmd, arg);
	}
}

long
sys_ioctl(struct thread *t, struct ioctl_args *a)
{
	struct file *f = file_get(a->fd);
	long r;

	(void)t;
	if (f == NULL)
		return -EBADF;
	r = file_ioctl(f, a->fd, (unsigned)a->cmd, a->arg);
	file_put(f);
	return r;
}

/* --- flock, pipe, memfd_create --- */

static int
flock_type(int op)
{
	switch (op & ~LOCK_NB) {
	case LOCK_SH:
		return F_RDLCK;
	case LOCK_EX:
		return F_WRLCK;
	case LOCK_UN:
		return F_UNLCK;
	default:
		return -EINVAL;
	}
}

long
sys_flock(struct thread *t, struct flock_args *a)
{
	int op = (int)a->operation, type;
	struct file *f;
	long r;

	(void)t;
	/* Mandatory locks are gone; Linux says yes and does nothing. */
	if (op & K_LOCK_MAND)
		return 0;
	type = flock_type(op);
	if (type < 0)
		return type;
	f = file_get(a->fd);
	if (f == NULL)
		return -EBADF;
	if (type != F_UNLCK && !(f->mode & (FMODE_READ | FMODE_WRITE)))
		r = -EBADF;
	else
		r = flock_whole(f, type, (op & LOCK_NB) != 0);
	file_put(f);
	return r;
}

/* Both ends as descriptors, told to the guest; or nothing at all. */
static int
pipe_install(struct file *rd, struct file *wr, bool cloexec, gaddr_t out)
{
	int fds[2], err;

	fds[0] = fd_install_or_put(rd, cloexec);
	if (fds[0] < 0) {
		file_put(wr);
		return fds[0];
	}
	fds[1] = fd_install_or_put(wr, cloexec);
	if (fds[1] < 0) {
		(void)!fd_close(fds[0]);
		return fds[1];
	}
	err = copyout(out, fds, sizeof(fds));
	if (err != 0) {
		(void)!fd_close(fds[0]);
		(void)!fd_close(fds[1]);
	}
	return err;
}

static int
pipe_new(gaddr_t out, unsigned flags)
{
	struct file *rd, *wr;
	int err;

	if (flags & K_O_NOTIFICATION_PIPE)
		return -ENOPKG;
	err = pipe_create(flags & (O_NONBLOCK | O_DIRECT), &rd, &wr);
	if (err != 0)
		return err;
	return pipe_install(rd, wr, (flags & O_CLOEXEC) != 0, out);
}

long
sys_pipe(struct thread *t, struct pipe_args *a)
{
	(void)t;
	return pipe_new(a->pipefd, 0);
}

long
sys_pipe2(struct thread *t, struct pipe2_args *a)
{
	(void)t;
	return pipe_new(a->pipefd, (unsigned)a->flags);
}

long
sys_memfd_create(struct thread *t, struct memfd_create_args *a)
{
	struct file *f;
	int err;

	(void)t;
	err = memfd_create_file(a->name, (unsigned)a->flags, &f);
	if (err != 0)
		return err;
	return fd_install_or_put(f, (a->flags & 1 /* MFD_CLOEXEC */) != 0);
}
