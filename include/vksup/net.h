/*
 * net.h - what the rest of the kernel may know of sockets.
 *
 * Their state (vk->net) is made when the first socket is; the calls are in
 * vkern/sys_net.c, the families in vkern/net_*.c.
 */
#ifndef VKSUP_NET_H
#define VKSUP_NET_H

#include "vksup/vkern.h"

/* Free vk->net when the kernel goes down; no socket may be open any more. */
void net_fini(void);

/* /proc/net/unix, tcp, tcp6, udp, udp6 ("unix"...): text, bytes; -ENOENT. */
ssize_t net_proc_text(const char *name, char *buf, size_t n) must_check;

#endif
