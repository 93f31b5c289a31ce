/*
 * tty_job.c - sessions and job control of terminals.
 *
 * session.tty and tty.session point at each other under proc_lock; the session
 * holds a reference to the terminal.  A reference is dropped only after
 * proc_lock, because the last one frees.
 *
 * The rules are those of Linux's drivers/tty/tty_jobctrl.c, in its order of
 * checks.  Signals sent here come from the kernel (SI_KERNEL).
 */
#include "vksup/tty.h"

#include <string.h>

#include "vksup/proc.h"

#define CAP_SYS_ADMIN_	21

/* --- who has which terminal --- */

struct tty *
tty_current(void)
{
	struct proc *p = curthread->proc;

	if (p->session == NULL || p->no_tty)
		return NULL;
	return p->session->tty;
}

static bool
is_session_leader(const struct proc *p)
	REQUIRES(vk->proc_lock)
{
	return p->session != NULL && p->session->sid == p->pid;
}

void
tty_make_ctty(struct tty *t, struct proc *p)
{
	struct session *s = p->session;

	KASSERT(s->tty == NULL);
	s->tty = tty_ref(t);
	s->old_pgrp = 0;
	p->no_tty = false;
	t->session = s;
	t->pgrp = p->pgid;
}

/* s has no terminal any more; what the caller must unref, or NULL. */
static struct tty *
session_clear_tty(struct session *s)
	REQUIRES(vk->proc_lock)
{
	struct tty *t = s->tty;

	s->tty = NULL;
	return t;
}

void
tty_open_ctty(struct tty *t)
{
	if (curthread == NULL)
		return;
	mutex_lock(&vk->proc_lock);
	if (is_session_leader(curthread->proc) && tty_current() == NULL &&
	    curthread->proc->session->tty == NULL && t->session == NULL)
		tty_make_ctty(t, curthread->proc);
	mutex_unlock(&vk->proc_lock);
}

/* --- signals --- */

static void
kernel_signal_pgrp(int pgid, int sig)
	REQUIRES(vk->proc_lock)
{
	siginfo_t si;

	if (pgid <= 0)
		return;
	siginfo_kernel(&si, sig);
	signal_pgrp(pgid, sig, &si);
}

void
tty_signal_fg(struct tty *t, int sig)
{
	mutex_lock(&vk->proc_lock);
	kernel_signal_pgrp(t->pgrp, sig);
	mutex_unlock(&vk->proc_lock);
}

/* Blocked, or ignored on purpose: the default of SIGTTIN and SIGTTOU stops. */
static bool
job_signal_ignored(struct thread *th, int sig)
	REQUIRES(vk->proc_lock)
{
	return (th->sigmask & SIGBIT(sig)) != 0 || signal_ignored(th->proc, sig);
}

int
tty_check_change(struct tty *t, int sig)
{
	struct thread *th = curthread;
	int pgid, err = 0;

	if (th == NULL)
		return 0;
	mutex_lock(&vk->proc_lock);
	pgid = th->proc->pgid;
	if (tty_current() != t || t->pgrp == 0 || t->pgrp == pgid)
		goto out;
	if (job_signal_ignored(th, sig))
		err = sig == SIGTTIN ? -EIO : 0;
	else if (pgrp_orphaned(pgid))
		err = -EIO;
	else {
		kernel_signal_pgrp(pgid, sig);
		err = -ERESTARTSYS;
	}
out:
	mutex_unlock(&vk->proc_lock);
	return err;
}

/* --- hanging up --- */

/* SIGHUP and SIGCONT to the session leader, whose exit tells the others. */
static struct tty *
hangup_session(struct tty *t)
	REQUIRES(vk->proc_lock)
{
	struct session *s = t->session;
	struct proc *leader;
	struct tty *drop;
	siginfo_t si;

	if (s == NULL)
		return NULL;
	drop = session_clear_tty(s);
	s->old_pgrp = t->pgrp;
	t->session = NULL;
	t->pgrp = 0;
	leader = proc_find(s->sid);
	if (leader == NULL || leader->session != s)
		return drop;
	siginfo_kernel(&si, SIGHUP);
	signal_proc(leader, SIGHUP, &si);
	siginfo_kernel(&si, SIGCONT);
	signal_proc(leader, SIGCONT, &si);
	return drop;
}

void
tty_hangup(struct tty *t)
{
	struct tty *drop;

	mutex_lock(&t->lock);
	t->hup_gen++;
	ldisc_flush_input(t);
	tty_wake(t, TTY_SLAVE, EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLERR);
	tty_wake(t, TTY_MASTER, EPOLLIN | EPOLLHUP);
	mutex_lock(&vk->proc_lock);
	drop = hangup_session(t);
	mutex_unlock(&vk->proc_lock);
	mutex_unlock(&t->lock);
	if (drop != NULL)
		tty_unref(drop);
}

void
tty_vhangup_current(void)
{
	struct tty *t;

	mutex_lock(&vk->proc_lock);
	t = tty_current();
	if (t != NULL)
		tty_ref(t);
	mutex_unlock(&vk->proc_lock);
	if (t == NULL)
		return;
	tty_hangup(t);
	tty_unref(t);
}

/*
 * The session's leader lets go of the terminal, by TIOCNOTTY or by exit.  A pty
 * is not hung up by that: another session may use it.
 */
static struct tty *
session_disassociate(struct session *s, bool on_exit)
	REQUIRES(vk->proc_lock)
{
	struct tty *t = session_clear_tty(s);

	if (t == NULL) {
		if (on_exit) {
			kernel_signal_pgrp(s->old_pgrp, SIGHUP);
			kernel_signal_pgrp(s->old_pgrp, SIGCONT);
			s->old_pgrp = 0;
		}
		return NULL;
	}
	kernel_signal_pgrp(t->pgrp, SIGHUP);
	if (!on_exit)
		kernel_signal_pgrp(t->pgrp, SIGCONT);
	t->session = NULL;
	t->pgrp = 0;
	return t;
}

void
tty_session_exit(struct session *s)
{
	struct tty *t;

	mutex_lock(&vk->proc_lock);
	t = session_disassociate(s, true);
	mutex_unlock(&vk->proc_lock);
	if (t != NULL)
		tty_unref(t);
}

void
tty_of_session(struct session *s, uint64_t *dev, int *fg)
{
	struct tty *t = s != NULL ? s->tty : NULL;

	*dev = 0;
	*fg = -1;
	if (t == NULL)
		return;
	*dev = (uint64_t)(136 + t->index / 256) << 8 | (unsigned)(t->index % 256);
	*fg = t->pgrp;
}

/* --- ioctls --- */

static long
ioctl_notty(struct tty_file *tf)
{
	struct proc *p = curthread->proc;
	struct tty *drop = NULL;

	mutex_lock(&vk->proc_lock);
	if (tf->side != TTY_SLAVE || tty_current() != tf->tty) {
		mutex_unlock(&vk->proc_lock);
		return -ENOTTY;
	}
	if (is_session_leader(p))
		drop = session_disassociate(p->session, false);
	else
		p->no_tty = true;
	mutex_unlock(&vk->proc_lock);
	if (drop != NULL)
		tty_unref(drop);
	return 0;
}

static long
set_ctty(struct file *f, struct tty *t, unsigned long steal, struct tty **drop)
	REQUIRES(vk->proc_lock)
{
	struct proc *p = curthread->proc;

	if (is_session_leader(p) && t->session == p->session)
		return 0;
	if (!is_session_leader(p) || p->session->tty != NULL)
		return -EPERM;
	if (t->session != NULL && (steal != 1 || !capable(CAP_SYS_ADMIN_)))
		return -EPERM;
	if (t->session != NULL) {
		*drop = session_clear_tty(t->session);
		t->session = NULL;
	}
	if (!(f->mode & FMODE_READ) && !capable(CAP_SYS_ADMIN_))
		return -EPERM;
	tty_make_ctty(t, p);
	return 0;
}

static long
ioctl_sctty(struct file *f, struct tty *t, unsigned long steal)
{
	struct tty *drop = NULL;
	long err;

	mutex_lock(&vk->proc_lock);
	err = set_ctty(f, t, steal, &drop);
	mutex_unlock(&vk->proc_lock);
	if (drop != NULL)
		tty_unref(drop);
	return err;
}

/* The master may ask about its slave; a slave only its own session. */
static long
ioctl_gpgrp(struct tty_file *tf, unsigned long arg)
{
	struct tty *t = tf->tty;
	bool mine;
	int pgrp;

	mutex_lock(&vk->proc_lock);
	mine = tf->side == TTY_MASTER || tty_current() == t;
	pgrp = t->pgrp;
	mutex_unlock(&vk->proc_lock);
	if (!mine)
		return -ENOTTY;
	return copyout_u32(ga(arg), (uint32_t)pgrp);
}

static long
ioctl_gsid(struct tty_file *tf, unsigned long arg)
{
	struct tty *t = tf->tty;
	int sid = -1;

	mutex_lock(&vk->proc_lock);
	if ((tf->side == TTY_MASTER || tty_current() == t) && t->session != NULL)
		sid = t->session->sid;
	mutex_unlock(&vk->proc_lock);
	if (sid < 0)
		return -ENOTTY;
	return copyout_u32(ga(arg), (uint32_t)sid);
}

/* The session of a group or, failing that, of the process of that number. */
static long
pgrp_in_session(int pgid, struct session *s)
	REQUIRES(vk->proc_lock)
{
	struct thread *th;
	struct proc *p;

	TAILQ_FOREACH(p, &vk->procs, all)
		if (p->pgid == pgid && p->state != PS_DEAD)
			return p->session == s ? 0 : -EPERM;
	p = proc_find(pgid);
	if (p != NULL)
		return p->session == s ? 0 : -EPERM;
	th = thread_find(pgid);
	return th == NULL ? -ESRCH : -EPERM;
}

static long
ioctl_spgrp(struct tty *t, unsigned long arg)
{
	struct session *s;
	uint32_t pgid;
	long err;

	err = tty_check_change(t, SIGTTOU);
	if (err)
		return err == -EIO ? -ENOTTY : err;
	if (copyin_u32(ga(arg), &pgid))
		return -EFAULT;
	if ((int)pgid < 0)
		return -EINVAL;
	mutex_lock(&vk->proc_lock);
	s = curthread->proc->session;
	if (tty_current() != t || t->session != s)
		err = -ENOTTY;
	else
		err = pgrp_in_session((int)pgid, s);
	if (err == 0)
		t->pgrp = (int)pgid;
	mutex_unlock(&vk->proc_lock);
	return err;
}

long
tty_job_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct tty_file *tf = f->priv;

	switch (cmd) {
	case TIOCNOTTY:
		return ioctl_notty(tf);
	case TIOCSCTTY:
		return ioctl_sctty(f, tf->tty, arg);
	case TIOCGPGRP:
		return ioctl_gpgrp(tf, arg);
	case TIOCSPGRP:
		return ioctl_spgrp(tf->tty, arg);
	case TIOCGSID:
		return ioctl_gsid(tf, arg);
	default:
		return -ENOTTY;
	}
}
