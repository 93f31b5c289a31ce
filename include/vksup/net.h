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

/* The rows of /proc/net/NAME below its heading (unix, tcp, tcp6, udp, udp6):
 * a text to kfree(), or NULL when there are none. */
char *net_proc_rows(const char *name) must_check;

#endif
