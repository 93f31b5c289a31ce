/*
 * file_event.h - eventfd, timerfd, signalfd and inotify objects, for the
 * handlers in sys_event_fd.c.  flags: O_NONBLOCK.
 */
#ifndef VKSUP_FILE_EVENT_H
#define VKSUP_FILE_EVENT_H

#include "vkern/file_impl.h"

struct file *eventfd_new(unsigned count, bool semaphore, unsigned flags);

struct file *timerfd_new(int clockid, unsigned flags);
/* -EINVAL if f is no timerfd.  old may be NULL; new NULL: only look. */
int timerfd_set(struct file *f, unsigned flags, const struct k_itimerspec *new,
    struct k_itimerspec *old) must_check;

struct file *signalfd_new(ksigset_t mask, unsigned flags);
int signalfd_set(struct file *f, ksigset_t mask) must_check;

struct file *inotify_new(unsigned flags);
bool file_is_inotify(const struct file *f);
/* Watch descriptor, or -errno. */
int inotify_watch_inode(struct file *f, struct inode *ino, uint32_t mask) must_check;
int inotify_unwatch(struct file *f, int wd) must_check;

#endif
