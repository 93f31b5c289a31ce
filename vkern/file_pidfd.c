/*
 * file_pidfd.c - a process as a file: readable once it has ended.
 */
#include <stdio.h>

#include "vkern/file_impl.h"

static const struct file_ops pidfd_ops;

struct proc *
pidfd_proc(struct file *f)
{
	return f->ops == &pidfd_ops ? f->priv : procfs_pid_dir(f);
}

static unsigned
pidfd_poll(struct file *f, struct poll_table *pt)
{
	struct proc *p = f->priv;
	unsigned ev = 0;

	mutex_lock(&vk->proc_lock);
	poll_wait(pt, f, &p->exit_wq);
	if (p->state != PS_ALIVE)
		ev |= EPOLLIN | EPOLLRDNORM;
	if (p->state == PS_DEAD)
		ev |= EPOLLHUP;
	mutex_unlock(&vk->proc_lock);
	return ev;
}

static size_t
pidfd_fdinfo(struct file *f, char *buf, size_t n)
{
	struct proc *p = f->priv;
	int pid, k;

	mutex_lock(&vk->proc_lock);
	pid = p->state == PS_DEAD ? -1 : p->pid;
	mutex_unlock(&vk->proc_lock);
	k = snprintf(buf, n, "Pid:\t%d\nNSpid:\t%d\n", pid, pid);
	return k < 0 ? 0 : min_of((size_t)k, n);
}

static void
pidfd_release(struct file *f)
{
	proc_put(f->priv);
}

static const struct file_ops pidfd_ops = {
	.name = "pidfd",
	.poll = pidfd_poll,
	.release = pidfd_release,
	.fdinfo = pidfd_fdinfo,
};

struct file *
pidfd_create(struct proc *p, unsigned flags)
{
	struct inode *ino;
	struct file *f;

	ino = anon_inode(0700, "anon_inode:[pidfd]");
	f = file_alloc(&pidfd_ops, NULL, ino, O_RDWR | (flags & O_NONBLOCK));
	f->priv = proc_ref(p);
	inode_put(ino);
	return f;
}
