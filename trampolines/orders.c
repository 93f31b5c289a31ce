/*
 * orders.c - what the kernel can tell a carrier to do with itself.
 *
 * Descriptors come over the socket (always descriptor 0), all those of one
 * command in one message, and are closed when the command is done.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "trampoline.h"

struct fdbuf {
	struct cmsghdr	h;
	int		fd[WIRE_FDS];
};

/* Receive n descriptors into b.  0, or -errno. */
static long
fds_receive(struct fdbuf *b, unsigned n)
{
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m;
	long r;

	m.msg_name = 0;
	m.msg_namelen = 0;
	m.msg_iov = &iov;
	m.msg_iovlen = 1;
	m.msg_control = b;
	m.msg_controllen = sizeof(*b);
	m.msg_flags = 0;
	r = tramp_syscall(__NR_recvmsg, 0, (long)&m, 0, 0, 0, 0);
	if (r < 0)
		return r;
	if (m.msg_controllen < sizeof(b->h) + n * sizeof(int))
		return -EMFILE;
	return 0;
}

static void
fds_close(const struct fdbuf *b, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		tramp_syscall(__NR_close, b->fd[i], 0, 0, 0, 0, 0);
}

static long
order_run(const struct wire_order *o, const struct fdbuf *b, unsigned nfds)
{
	long fd = (long)o->arg[4];

	if (o->fd_index >= 0) {
		if ((unsigned)o->fd_index >= nfds)
			return -EBADF;
		fd = b->fd[o->fd_index];
	}
	return tramp_syscall(o->nr, (long)o->arg[0], (long)o->arg[1], (long)o->arg[2],
	    (long)o->arg[3], fd, (long)o->arg[5]);
}

void
tramp_orders(struct slot *s)
{
	struct fdbuf b;
	unsigned i, n = s->norders, nfds = s->nfds;
	long r = 0;

	if (nfds > 0)
		r = fds_receive(&b, nfds);
	for (i = 0; r >= 0 && i < n && i < WIRE_ORDERS; i++) {
		r = order_run(&s->orders[i], &b, nfds);
		if (r < 0 && r > -4096)
			break;
		r = 0;
	}
	s->norders = 0;
	s->failed = i;
	s->err = (int)r;
	if (nfds > 0)
		fds_close(&b, nfds);
}

static void
command_fork(struct slot *s)
{
	struct fdbuf b;
	long r = fds_receive(&b, 2);

	if (r == 0) {
		r = tramp_fork(s, b.fd[0], b.fd[1]);
		fds_close(&b, 2);
	}
	s->err = r < 0 ? (int)r : 0;
	s->ret = (uint64_t)r;
}

static void
command_thread(struct slot *s)
{
	struct fdbuf b;
	long addr = (long)s->arg[0], r = fds_receive(&b, 1);

	if (r == 0) {
		r = tramp_syscall(__NR_mmap, addr, SLOT_SIZE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED, b.fd[0], 0);
		fds_close(&b, 1);
	}
	if (r == addr) {
		tramp_syscall(__NR_madvise, addr, SLOT_SIZE, MADV_DONTFORK, 0, 0, 0);
		r = tramp_thread((struct slot *)addr);
	}
	s->err = r < 0 ? (int)r : 0;
	s->ret = (uint64_t)r;
}

void
tramp_command(struct slot *s)
{
	uint32_t old = 0;

	switch (s->cmd) {
	case CMD_ORDERS:
		tramp_orders(s);
		break;
	case CMD_FORK:
		command_fork(s);
		break;
	case CMD_THREAD:
		command_thread(s);
		break;
	case CMD_ATOMIC:
		s->err = (int)tramp_atomic_op((long)s->arg[0], (uint32_t *)s->arg[1],
		    (uint32_t)s->arg[2], (uint32_t)s->arg[3], &old);
		s->ret = old;
		break;
	case CMD_EXIT:
		tramp_exit(s);
	default:
		s->err = -ENOSYS;
	}
}
