/*
 * file_epoll.h - epoll sets, for the handlers in sys_event_fd.c.
 */
#ifndef VKSUP_FILE_EPOLL_H
#define VKSUP_FILE_EPOLL_H

#include "vkern/file_impl.h"

struct file *epoll_new(void);
bool file_is_epoll(const struct file *f);
/* ev is NULL for EPOLL_CTL_DEL.  Errors as epoll_ctl(2); f is an epoll or not. */
int epoll_control(struct file *epf, int op, struct file *f, int fd,
    const struct epoll_event *ev) must_check;
/* Events stored at `to`; 0 at the deadline (0: do not wait); -EINTR. */
long epoll_wait_events(struct file *epf, gaddr_t to, int max, ktime_t deadline);

#endif
