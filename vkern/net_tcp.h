/*
 * net_tcp.h - what net_tcp.c and net_tcp_data.c share.
 */
#ifndef VKSUP_NET_TCP_H
#define VKSUP_NET_TCP_H

#include "vkern/net_impl.h"

/* The connection of s is reset, if there is one; err positive. */
void tcp_reset(struct socket *s, int err) REQUIRES(s->lock);
int tcp_disconnect(struct socket *s);
ssize_t tcp_send(struct socket *s, struct msgio *io);
ssize_t tcp_recv(struct socket *s, struct msgio *io);
unsigned tcp_poll(struct socket *s);

#endif
