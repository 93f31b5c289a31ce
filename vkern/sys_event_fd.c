/*
 * sys_event_fd.c - the calls around epoll, eventfd, timerfd, signalfd and
 * inotify descriptors.  What they do is in the file_*.c of that name; here
 * are the checks, in Linux's order.
 */
#include <limits.h>
#include <sys/inotify.h>

#include "abi/abi.h"
#include "vkern/file_epoll.h"
#include "vkern/file_event.h"
#include "vkern/file_poll.h"

#define K_CAP_WAKE_ALARM	35
#define K_EFD_SEMAPHORE		1u
#define K_TFD_SETTIME		3u

/* The flag bits that become the descriptor's: all have O_CLOEXEC's value. */
static long
install(struct file *f, unsigned long flags)
{
	return fd_install_or_put(f, (flags & O_CLOEXEC) != 0);
}

/* --- epoll --- */

long
sys_epoll_create(struct thread *t, struct epoll_create_args *a)
{
	(void)t;
	if (a->size <= 0)
		return -EINVAL;
	return install(epoll_new(), 0);
}

long
sys_epoll_create1(struct thread *t, struct epoll_create1_args *a)
{
	(void)t;
	return install(epoll_new(), a->flags);
}

long
sys_epoll_ctl(struct thread *t, struct epoll_ctl_args *a)
{
	struct epoll_event ev = { 0 }, *evp = NULL;
	struct file *epf, *f;
	long r = -EBADF;

	(void)t;
	if (a->op != EPOLL_CTL_DEL) {
		r = copyin(&ev, a->event, sizeof(ev));
		if (r != 0)
			return r;
		evp = &ev;
		r = -EBADF;
	}
	epf = file_get(a->epfd);
	f = file_get(a->fd);
	if (epf != NULL && f != NULL)
		r = epoll_control(epf, a->op, f, a->fd, evp);
	file_put(f);
	file_put(epf);
	return r;
}

static long
do_epoll_wait(int epfd, gaddr_t events, int max, ktime_t deadline)
{
	struct file *f = file_get(epfd);
	long r;

	if (f == NULL)
		return -EBADF;
	if (max <= 0 || max > INT_MAX / (int)sizeof(struct epoll_event))
		r = -EINVAL;
	else if (!guest_range_ok(events, (size_t)max * sizeof(struct epoll_event)))
		r = -EFAULT;
	else if (!file_is_epoll(f))
		r = -EINVAL;
	else
		r = epoll_wait_events(f, events, max, deadline);
	file_put(f);
	return r;
}

long
sys_epoll_wait(struct thread *t, struct epoll_wait_args *a)
{
	(void)t;
	return do_epoll_wait(a->epfd, a->events, a->maxevents, deadline_msec(a->timeout));
}

long
sys_epoll_pwait(struct thread *t, struct epoll_pwait_args *a)
{
	long r;

	temp_mask_begin(t, a->sigmask);
	r = do_epoll_wait(a->epfd, a->events, a->maxevents, deadline_msec(a->timeout));
	temp_mask_end(t, r == -EINTR);
	return r;
}

long
sys_epoll_pwait2(struct thread *t, struct epoll_pwait2_args *a)
{
	ktime_t deadline = NEVER;
	long r;

	if (a->timeout != NULL && deadline_timespec(a->timeout, &deadline) != 0)
		return -EINVAL;
	temp_mask_begin(t, a->sigmask);
	r = do_epoll_wait(a->epfd, a->events, a->maxevents, deadline);
	temp_mask_end(t, r == -EINTR);
	return r;
}

/* --- eventfd --- */

long
sys_eventfd(struct thread *t, struct eventfd_args *a)
{
	(void)t;
	return install(eventfd_new(a->initval, false, 0), 0);
}

long
sys_eventfd2(struct thread *t, struct eventfd2_args *a)
{
	(void)t;
	return install(eventfd_new(a->initval, (a->flags & K_EFD_SEMAPHORE) != 0,
	    (unsigned)a->flags & O_NONBLOCK), a->flags);
}

/* --- timerfd --- */

static bool
clock_is_alarm(int clockid)
{
	return clockid == CLOCK_REALTIME_ALARM || clockid == CLOCK_BOOTTIME_ALARM;
}

long
sys_timerfd_create(struct thread *t, struct timerfd_create_args *a)
{
	int c = a->clockid;

	(void)t;
	if (c != CLOCK_REALTIME && c != CLOCK_MONOTONIC && c != CLOCK_BOOTTIME &&
	    !clock_is_alarm(c))
		return -EINVAL;
	if (clock_is_alarm(c) && !capable(K_CAP_WAKE_ALARM))
		return -EPERM;
	return install(timerfd_new(c, (unsigned)a->flags & O_NONBLOCK), a->flags);
}

static bool
timespec_ok(const struct timespec *ts)
{
	return ts->tv_sec >= 0 && (uint64_t)ts->tv_nsec < NSEC_PER_SEC;
}

static long
do_timerfd(int fd, unsigned flags, const struct k_itimerspec *new, struct k_itimerspec *old)
{
	struct file *f = file_get(fd);
	long r;

	if (f == NULL)
		return -EBADF;
	r = timerfd_set(f, flags, new, old);
	file_put(f);
	return r;
}

long
sys_timerfd_settime(struct thread *t, struct timerfd_settime_args *a)
{
	unsigned flags = (unsigned)a->flags;

	(void)t;
	if ((flags & ~K_TFD_SETTIME) || !timespec_ok(&a->new_value->it_value) ||
	    !timespec_ok(&a->new_value->it_interval))
		return -EINVAL;
	return do_timerfd(a->fd, flags, a->new_value, a->old_value);
}

long
sys_timerfd_gettime(struct thread *t, struct timerfd_gettime_args *a)
{
	(void)t;
	return do_timerfd(a->fd, 0, NULL, a->curr_value);
}

/* --- signalfd --- */

static long
do_signalfd(int fd, const uint64_t *mask, unsigned flags)
{
	struct file *f;
	long r;

	if (mask == NULL)
		return -EFAULT;
	if (flags & ~(unsigned)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	if (fd == -1)
		return install(signalfd_new(*mask, flags & O_NONBLOCK), flags);
	f = file_get(fd);
	if (f == NULL)
		return -EBADF;
	r = signalfd_set(f, *mask);
	file_put(f);
	return r != 0 ? r : fd;
}

long
sys_signalfd(struct thread *t, struct signalfd_args *a)
{
	(void)t;
	return do_signalfd(a->fd, a->mask, 0);
}

long
sys_signalfd4(struct thread *t, struct signalfd4_args *a)
{
	(void)t;
	return do_signalfd(a->fd, a->mask, (unsigned)a->flags);
}

/* --- inotify --- */

/* Bits that add_watch() takes; what only events have does no harm. */
#define IN_VALID (IN_ALL_EVENTS | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED | IN_ONLYDIR | \
	IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_CREATE | IN_MASK_ADD | IN_ISDIR | IN_ONESHOT)

static long
do_inotify_init(unsigned flags)
{
	if (flags & ~(unsigned)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	return install(inotify_new(flags & O_NONBLOCK), flags);
}

long
sys_inotify_init(struct thread *t, struct inotify_init_args *a)
{
	(void)t;
	(void)a;
	return do_inotify_init(0);
}

long
sys_inotify_init1(struct thread *t, struct inotify_init1_args *a)
{
	(void)t;
	return do_inotify_init((unsigned)a->flags);
}

/* The inode that is to be watched, with a reference. */
static int
watch_target(const char *name, uint32_t mask, struct inode **out)
{
	unsigned flags = 0;
	struct path p;
	int err;

	if (!(mask & IN_DONT_FOLLOW))
		flags |= LOOKUP_FOLLOW;
	if (mask & IN_ONLYDIR)
		flags |= LOOKUP_DIRECTORY;
	err = path_lookup(AT_FDCWD, name, flags, &p);
	if (err != 0)
		return err;
	mutex_lock(&vk->ns_lock);
	*out = p.dentry->inode != NULL ? inode_ref(p.dentry->inode) : NULL;
	mutex_unlock(&vk->ns_lock);
	path_put(p);
	if (*out == NULL)
		return -ENOENT;
	err = inode_permission(*out, MAY_READ);
	if (err != 0)
		inode_put(*out);
	return err;
}

/* The name is fetched after everything else has been looked at. */
static long
do_inotify_add(struct file *f, gaddr_t pathname, uint32_t mask)
{
	struct inode *ino = NULL;
	char name[PATH_MAX];
	long r;

	if ((mask & IN_MASK_ADD) && (mask & IN_MASK_CREATE))
		return -EINVAL;
	if (!file_is_inotify(f))
		return -EINVAL;
	r = copyinstr(name, pathname, sizeof(name));
	if (r >= 0)
		r = watch_target(name, mask, &ino);
	if (r != 0)
		return r;
	r = inotify_watch_inode(f, ino, mask);
	inode_put(ino);
	return r;
}

long
sys_inotify_add_watch(struct thread *t, struct inotify_add_watch_args *a)
{
	uint32_t mask = (uint32_t)a->mask;
	struct file *f;
	long r;

	(void)t;
	if (!(mask & IN_VALID))
		return -EINVAL;
	f = file_get(a->fd);
	if (f == NULL)
		return -EBADF;
	r = do_inotify_add(f, a->pathname, mask);
	file_put(f);
	return r;
}

long
sys_inotify_rm_watch(struct thread *t, struct inotify_rm_watch_args *a)
{
	struct file *f = file_get(a->fd);
	long r;

	(void)t;
	if (f == NULL)
		return -EBADF;
	r = file_is_inotify(f) ? inotify_unwatch(f, a->wd) : -EINVAL;
	file_put(f);
	return r;
}
