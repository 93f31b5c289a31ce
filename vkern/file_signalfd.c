/*
 * file_signalfd.c - signals as data.
 *
 * A read takes pending signals of the set off the queues of the thread that
 * reads, whoever opened the file.  Who polls is registered with its own
 * process, and the file keeps a reference to every process that was: the
 * queue must outlive the waiters on it (an epoll set may outlive a process).
 */
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "vkern/file_event.h"

struct sig_proc {
	LIST_ENTRY(sig_proc) link;
	struct proc	*proc;		/* reference */
};

struct signalfd {
	_Atomic ksigset_t mask;
	struct mutex	lock;		/* RANK_OBJ */
	LIST_HEAD(, sig_proc) procs;	/* [m] */
};

static const struct file_ops signalfd_ops;

/* Which of siginfo's forms it is depends on code and number. */
static void
fill_by_number(struct signalfd_siginfo *ss, const siginfo_t *si)
{
	switch (si->si_signo) {
	case SIGCHLD:
		ss->ssi_pid = (uint32_t)si->si_pid;
		ss->ssi_uid = si->si_uid;
		ss->ssi_status = si->si_status;
		ss->ssi_utime = (uint64_t)si->si_utime;
		ss->ssi_stime = (uint64_t)si->si_stime;
		break;
	case SIGILL:
	case SIGFPE:
	case SIGSEGV:
	case SIGBUS:
	case SIGTRAP:
		ss->ssi_addr = (uintptr_t)si->si_addr;
		break;
	case SIGIO:
		ss->ssi_band = (uint32_t)si->si_band;
		ss->ssi_fd = si->si_fd;
		break;
	case SIGSYS:
		ss->ssi_call_addr = (uintptr_t)si->si_call_addr;
		ss->ssi_syscall = si->si_syscall;
		ss->ssi_arch = si->si_arch;
		break;
	default:
		ss->ssi_pid = (uint32_t)si->si_pid;
		ss->ssi_uid = si->si_uid;
		break;
	}
}

static void
siginfo_fill(struct signalfd_siginfo *ss, const siginfo_t *si)
{
	memset(ss, 0, sizeof(*ss));
	ss->ssi_signo = (uint32_t)si->si_signo;
	ss->ssi_errno = si->si_errno;
	ss->ssi_code = si->si_code;
	switch (si->si_code) {
	case SI_TIMER:
		ss->ssi_tid = (uint32_t)si->si_timerid;
		ss->ssi_overrun = (uint32_t)si->si_overrun;
		break;
	case SI_USER:
	case SI_TKILL:
	case SI_KERNEL:
		ss->ssi_pid = (uint32_t)si->si_pid;
		ss->ssi_uid = si->si_uid;
		return;
	case SI_SIGIO:
		ss->ssi_band = (uint32_t)si->si_band;
		ss->ssi_fd = si->si_fd;
		return;
	default:
		if (si->si_code > 0) {
			fill_by_number(ss, si);
			return;
		}
		ss->ssi_pid = (uint32_t)si->si_pid;
		ss->ssi_uid = si->si_uid;
		break;
	}
	ss->ssi_ptr = (uintptr_t)si->si_ptr;
	ss->ssi_int = si->si_int;
}

/* One signal: its number, -EAGAIN, -ERESTARTSYS. */
static int
signalfd_take(struct signalfd *s, siginfo_t *si, bool nowait)
{
	struct thread *t = curthread;
	int sig, err = 0;

	mutex_lock(&vk->proc_lock);
	while ((sig = signal_dequeue(t, s->mask, si)) == 0 && err == 0)
		err = nowait ? -EAGAIN : waitq_wait(&t->proc->signal_wq, &vk->proc_lock, NEVER);
	mutex_unlock(&vk->proc_lock);
	return sig != 0 ? sig : err;
}

static ssize_t
signalfd_read(struct file *f, struct uio *u, int64_t *pos)
{
	bool nowait = file_nowait(f, u);
	struct signalfd_siginfo ss;
	ssize_t done = 0, r;
	siginfo_t si;
	int sig;

	(void)pos;
	if (u->resid < sizeof(ss))
		return -EINVAL;
	while (u->resid >= sizeof(ss)) {
		sig = signalfd_take(f->priv, &si, nowait || done > 0);
		if (sig <= 0)
			return done > 0 ? done : sig;
		siginfo_fill(&ss, &si);
		r = uio_put(u, &ss, sizeof(ss));
		if (r < (ssize_t)sizeof(ss))
			return done > 0 ? done : -EFAULT;
		done += r;
	}
	return done;
}

static void
signalfd_keep(struct signalfd *s, struct proc *p)
{
	struct sig_proc *sp;

	mutex_lock(&s->lock);
	LIST_FOREACH(sp, &s->procs, link)
		if (sp->proc == p)
			break;
	if (sp == NULL) {
		sp = xcalloc(1, sizeof(*sp));
		sp->proc = proc_ref(p);
		LIST_INSERT_HEAD(&s->procs, sp, link);
	}
	mutex_unlock(&s->lock);
}

static unsigned
signalfd_poll(struct file *f, struct poll_table *pt)
{
	struct signalfd *s = f->priv;
	struct thread *t = curthread;
	unsigned ev;

	if (pt != NULL)
		signalfd_keep(s, t->proc);
	mutex_lock(&vk->proc_lock);
	poll_wait(pt, f, &t->proc->signal_wq);
	ev = signal_pending_set(t) & s->mask ? EPOLLIN : 0;
	mutex_unlock(&vk->proc_lock);
	return ev;
}

static size_t
signalfd_fdinfo(struct file *f, char *buf, size_t n)
{
	struct signalfd *s = f->priv;
	int k;

	k = snprintf(buf, n, "sigmask:\t%016llx\n", (unsigned long long)s->mask);
	return k < 0 ? 0 : min_of((size_t)k, n);
}

static void
signalfd_release(struct file *f)
{
	struct signalfd *s = f->priv;
	struct sig_proc *sp;

	while ((sp = LIST_FIRST(&s->procs)) != NULL) {
		LIST_REMOVE(sp, link);
		proc_put(sp->proc);
		kfree(sp);
	}
	mutex_destroy(&s->lock);
	kfree(s);
}

static const struct file_ops signalfd_ops = {
	.name = "signalfd",
	.read = signalfd_read,
	.poll = signalfd_poll,
	.lseek = file_lseek_none,
	.release = signalfd_release,
	.fdinfo = signalfd_fdinfo,
};

struct file *
signalfd_new(ksigset_t mask, unsigned flags)
{
	struct signalfd *s;

	s = xcalloc(1, sizeof(*s));
	s->mask = mask & ~SIG_UNBLOCKABLE;
	mutex_init(&s->lock, RANK_OBJ);
	LIST_INIT(&s->procs);
	return anon_file(&signalfd_ops, "anon_inode:[signalfd]", s, O_RDWR | flags);
}

int
signalfd_set(struct file *f, ksigset_t mask)
{
	struct signalfd *s = f->priv;

	if (f->ops != &signalfd_ops)
		return -EINVAL;
	s->mask = mask & ~SIG_UNBLOCKABLE;
	waitq_wake_all(&curthread->proc->signal_wq, EPOLLIN);
	return 0;
}
