/*
 * net_scm.c - control messages: SCM_RIGHTS, SCM_CREDENTIALS; those of IP are in
 * net_inet_cmsg.c.
 *
 * What is sent is parsed from a kernel copy of the guest's buffer; nothing in
 * it is believed: every length is checked against what is left.  Files under
 * way are references; they become descriptors when they are received.
 */
#include "vkern/net_impl.h"

#include <string.h>

#define CAP_SETGID_	6
#define CAP_SETUID_	7
#define OVERFLOW_ID	65534u

void
scm_free(struct scm *scm)
{
	struct scm_fds *fds = scm->fds;
	int i;

	if (fds == NULL)
		return;
	scm->fds = NULL;
	for (i = 0; i < fds->n; i++)
		file_put_later(fds->f[i]);
	kfree(fds);
}

struct scm_fds *
scm_fds_dup(const struct scm_fds *fds)
{
	struct scm_fds *d = kalloc(sizeof(*d));
	int i;

	if (d == NULL)
		return NULL;
	for (i = 0; i < fds->n; i++)
		d->f[i] = file_ref(fds->f[i]);
	d->n = fds->n;
	return d;
}

/* --- sending --- */

static int
send_rights(struct msgio *io, const int *fd, size_t n)
{
	struct scm_fds *fds = io->scm.fds;
	size_t i;

	if (n == 0)
		return 0;
	if (n > SCM_MAX_FD_)
		return -EINVAL;
	if (fds == NULL) {
		fds = kalloc(sizeof(*fds));
		if (fds == NULL)
			return -ENOMEM;
		io->scm.fds = fds;
	}
	if ((size_t)fds->n + n > SCM_MAX_FD_)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		struct file *f = fd[i] < 0 ? NULL : file_get_any(fd[i]);

		if (f == NULL)
			return -EBADF;
		fds->f[fds->n++] = f;
	}
	return 0;
}

/* One may claim to be what one is; root may claim anything that exists. */
static int
check_creds(const struct ucred *uc)
{
	const struct cred *c = curthread->cred;

	if (uc->pid != curthread->proc->pid && !capable(CAP_SYS_ADMIN_))
		return -EPERM;
	if (uc->uid != c->uid && uc->uid != c->euid && uc->uid != c->suid && !capable(CAP_SETUID_))
		return -EPERM;
	if (uc->gid != c->gid && uc->gid != c->egid && uc->gid != c->sgid && !capable(CAP_SETGID_))
		return -EPERM;
	return 0;
}

static int
send_creds(struct msgio *io, const struct ucred *uc)
{
	bool exists;
	int err;

	err = check_creds(uc);
	if (err)
		return err;
	mutex_lock(&vk->proc_lock);
	exists = proc_find(uc->pid) != NULL || thread_find(uc->pid) != NULL;
	mutex_unlock(&vk->proc_lock);
	if (!exists)
		return -ESRCH;
	if (uc->uid == ~0u || uc->gid == ~0u)
		return -EINVAL;
	io->scm.has_cred = true;
	io->scm.pid = uc->pid;
	io->scm.uid = uc->uid;
	io->scm.gid = uc->gid;
	return 0;
}

static int
send_one(struct socket *s, struct msgio *io, const struct cmsghdr *h, const void *data)
{
	size_t n = h->cmsg_len - sizeof(*h);
	struct ucred uc;
	int fd[SCM_MAX_FD_ + 1];

	switch (h->cmsg_type) {
	case SCM_RIGHTS:
		if (s->family == AF_NETLINK)
			return -EINVAL;
		if (s->family != AF_UNIX)
			return 0;	/* not for it, and not its business */
		n /= sizeof(int);
		if (n > SCM_MAX_FD_)
			return -EINVAL;
		memcpy(fd, data, n * sizeof(int));
		return send_rights(io, fd, n);
	case SCM_CREDENTIALS:
		if (s->family == AF_INET || s->family == AF_INET6)
			return 0;
		if (n != sizeof(uc))
			return -EINVAL;
		memcpy(&uc, data, sizeof(uc));
		return send_creds(io, &uc);
	default:
		return -EINVAL;
	}
}

int
scm_send(struct socket *s, struct msgio *io, const void *ctl, size_t len)
{
	const char *p = ctl;
	struct cmsghdr h;
	size_t off = 0;
	int err;

	while (off + sizeof(h) <= len) {
		memcpy(&h, p + off, sizeof(h));
		if (h.cmsg_len < sizeof(h) || h.cmsg_len > len - off)
			return -EINVAL;
		if (h.cmsg_level == SOL_SOCKET)
			err = send_one(s, io, &h, p + off + sizeof(h));
		else
			err = inet_cmsg_send(s, io, &h, p + off + sizeof(h));
		if (err)
			return err;
		/* No overflow: cmsg_len is at most len, which is an int. */
		off += CMSG_ALIGN(h.cmsg_len);
	}
	return 0;
}

/* --- receiving --- */

/* put_cmsg() of Linux: what does not fit is cut, and MSG_CTRUNC says so.  A
 * bad address is not an error either. */
void
ctl_put(struct ctl_out *o, int level, int type, const void *data, size_t n)
{
	struct cmsghdr h = { .cmsg_len = CMSG_LEN(n), .cmsg_level = level, .cmsg_type = type };
	size_t step;

	if (ga_null(o->at) || o->left < sizeof(h)) {
		o->io->out_flags |= MSG_CTRUNC;
		return;
	}
	if (o->left < h.cmsg_len) {
		o->io->out_flags |= MSG_CTRUNC;
		h.cmsg_len = o->left;
	}
	if (copyout(o->at, &h, sizeof(h)) ||
	    copyout(ga_add(o->at, sizeof(h)), data, h.cmsg_len - sizeof(h)))
		return;
	step = min_of(CMSG_SPACE(n), o->left);
	o->at = ga_add(o->at, step);
	o->left -= step;
}

static void
recv_creds(struct ctl_out *o, const struct scm *scm)
{
	struct ucred uc = { 0, OVERFLOW_ID, OVERFLOW_ID };

	if (scm->has_cred)
		uc = (struct ucred){ scm->pid, scm->uid, scm->gid };
	ctl_put(o, SOL_SOCKET, SCM_CREDENTIALS, &uc, sizeof(uc));
}

/* As many of the files as there is room for become descriptors. */
static void
recv_rights(struct ctl_out *o, const struct scm_fds *fds, bool cloexec)
{
	struct cmsghdr h = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
	gaddr_t data = ga_add(o->at, sizeof(h));
	int max = 0, i, fd;
	size_t step;

	if (!ga_null(o->at) && o->left > sizeof(h))
		max = (int)min_of((o->left - sizeof(h)) / sizeof(int), (size_t)fds->n);
	for (i = 0; i < max; i++) {
		fd = fd_install(file_ref(fds->f[i]), 0, cloexec);
		if (fd < 0) {
			file_put(fds->f[i]);
			break;
		}
		if (copyout_u32(ga_add(data, (uint64_t)i * sizeof(int)), (uint32_t)fd)) {
			(void)!fd_close(fd);
			break;
		}
	}
	if (i > 0) {
		h.cmsg_len = CMSG_LEN((size_t)i * sizeof(int));
		if (copyout(o->at, &h, sizeof(h)) == 0) {
			step = min_of(CMSG_SPACE((size_t)i * sizeof(int)), o->left);
			o->at = ga_add(o->at, step);
			o->left -= step;
		}
	}
	if (i < fds->n)
		o->io->out_flags |= MSG_CTRUNC;
}

void
scm_recv(struct socket *s, struct msgio *io, gaddr_t ctl, size_t *len, bool cloexec)
{
	struct ctl_out o = { .at = ctl, .left = *len, .io = io };
	bool passcred = sock_flag(s, SF_PASSCRED) && s->family == AF_UNIX;

	if (io->has_ctl)
		inet_cmsg_recv(&o, s, io);
	if (ga_null(ctl)) {
		if (passcred || io->scm.fds != NULL)
			io->out_flags |= MSG_CTRUNC;
	} else {
		if (passcred)
			recv_creds(&o, &io->scm);
		if (io->scm.fds != NULL)
			recv_rights(&o, io->scm.fds, cloexec);
	}
	scm_free(&io->scm);
	*len -= o.left;
}
