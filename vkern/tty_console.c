/*
 * tty_console.c - the terminal of the run: a pair whose master end is held by
 * the supervisor, which moves bytes between it and the host's terminal.
 *
 * Every function may run on a thread that serves no guest (curthread NULL).
 * None of them sleeps.
 */
#include "vksup/tty.h"

#include <string.h>

#include "vksup/proc.h"

/* stdio_files() found that descriptor n of the run is a terminal. */
static int
console_stdio(int n, const struct stat *st, struct file **out)
{
	struct tty *t = tty_state()->console;

	(void)n;
	if (t == NULL || (t->console_rdev != 0 && t->console_rdev != st->st_rdev))
		return -ENXIO;
	return tty_open_peer(t, O_RDWR, out);
}

int
tty_console_create(const struct tty_termios *tio, const struct winsize *ws,
    uint64_t rdev, void (*kick)(void *arg), void *arg)
{
	struct tty *t;
	int err;

	err = tty_new(&t);
	if (err)
		return err;
	mutex_lock(&t->lock);
	t->lock_flag = false;
	t->console_rdev = rdev;
	t->kick = kick;
	t->kick_arg = arg;
	if (tio != NULL) {
		struct tty_termios old = t->tio;

		t->tio = *tio;
		ldisc_termios_changed(t, &old);
	}
	if (ws != NULL)
		t->ws = *ws;
	mutex_unlock(&t->lock);
	tty_state()->console = t;
	stdio_tty = console_stdio;
	return 0;
}

void
tty_console_attach(struct proc *p)
{
	struct tty *t = tty_state()->console;

	if (t == NULL)
		return;
	mutex_lock(&vk->proc_lock);
	if (t->session == NULL && p->session != NULL && p->session->tty == NULL)
		tty_make_ctty(t, p);
	mutex_unlock(&vk->proc_lock);
}

size_t
tty_console_input(const void *buf, size_t n)
{
	struct tty *t = tty_state()->console;
	size_t done;

	mutex_lock(&t->lock);
	done = ldisc_input(t, buf, n);
	mutex_unlock(&t->lock);
	return done;
}

size_t
tty_console_output(void *buf, size_t n)
{
	struct tty *t = tty_state()->console;
	size_t done;

	mutex_lock(&t->lock);
	done = ldisc_take(t, buf, n);
	mutex_unlock(&t->lock);
	done = limit_output(done);
	limit_output_done(done);
	return done;
}

void
tty_console_modes(const struct tty_termios *tio)
{
	struct tty *t = tty_state()->console;
	struct tty_termios old;

	mutex_lock(&t->lock);
	if (!t->modes_set) {
		old = t->tio;
		t->tio = *tio;
		ldisc_termios_changed(t, &old);
	}
	mutex_unlock(&t->lock);
}

bool
tty_console_wanted(void)
{
	struct tty *t = tty_state()->console;
	bool wanted;

	mutex_lock(&t->lock);
	wanted = t->wanted;
	mutex_unlock(&t->lock);
	return wanted;
}

void
tty_console_winsize(const struct winsize *ws)
{
	tty_resize(tty_state()->console, ws);
}

/*
 * The host's shell stops the run.  The guests' group is orphaned if no shell of
 * theirs looks after it, and SIGTSTP does not stop it then.
 */
static void
console_stop(struct tty *t)
{
	mutex_lock(&vk->proc_lock);
	if (t->pgrp > 0 && pgrp_orphaned(t->pgrp)) {
		siginfo_t si;

		siginfo_kernel(&si, SIGSTOP);
		signal_pgrp(t->pgrp, SIGSTOP, &si);
	}
	mutex_unlock(&vk->proc_lock);
}

void
tty_console_signal(int sig)
{
	struct tty *t = tty_state()->console;

	if (sig == SIGHUP) {
		tty_master_close(t);
		return;
	}
	mutex_lock(&t->lock);
	if (sig == SIGINT || sig == SIGQUIT || sig == SIGTSTP)
		ldisc_signal(t, sig);
	else
		tty_signal_fg(t, sig);
	if (sig == SIGTSTP)
		console_stop(t);
	mutex_unlock(&t->lock);
}
