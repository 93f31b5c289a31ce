/*
 * term.h - the host's terminal, when vksup runs on one.
 *
 * Guests see a terminal of their own (vksup/tty.h); term.c moves bytes between
 * it and the host's.  Without a terminal on descriptors 0, 1, 2 all of these
 * do nothing.
 *
 * kill -9 of vksup: term_probe() before the warden is forked, and in the warden,
 * when vksup is gone, term_restore().  It has what it needs: the descriptor and
 * the modes were noted before the fork, and whether they were changed since is
 * in a page that both share.
 */
#ifndef SUPERVISOR_TERM_H
#define SUPERVISOR_TERM_H

#include "vksup/base.h"

/* Find the terminal and note its modes.  Early, once; term_start() does it if
 * nobody has. */
void term_probe(void);
/* After vkern_boot() (vk is set), before vkern_start(). */
int term_start(void) must_check;
/* The host's terminal has another size (SIGWINCH). */
void term_winsize(void);
/* A signal that the host's terminal sent (SIGINT, SIGQUIT, SIGTSTP, SIGHUP):
 * false if there is no terminal, and the signal is for the program.  SIGTSTP
 * stops vksup too: returns when it goes on. */
bool term_signal(int sig);
/* Around a stop of vksup itself: the modes the user's shell wants; ours again.
 * term_resume() is also right after any SIGCONT. */
void term_suspend(void);
void term_resume(void);
/* All guests are gone: what they wrote goes out, then the modes are restored.
 * Waits as long as the terminal does not take it, or for a signal to end us. */
void term_finish(void);
/* The host's modes as they were, at once, from anywhere: any thread, a signal
 * handler, a forked process.  Harmless twice. */
void term_restore(void);

#endif
