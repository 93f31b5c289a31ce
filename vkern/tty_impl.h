/*
 * tty_impl.h - what the two halves of the line discipline share.
 */
#ifndef VKSUP_TTY_IMPL_H
#define VKSUP_TTY_IMPL_H

#include <asm/termbits.h>

#include "vksup/proc.h"
#include "vksup/tty.h"

#define BUF_MASK	(TTY_BUF_SIZE - 1)
#define DISABLED	'\0'

#define I_FLAG(t, f)	(((t)->tio.iflag & (f)) != 0)
#define O_FLAG(t, f)	(((t)->tio.oflag & (f)) != 0)
#define L_FLAG(t, f)	(((t)->tio.lflag & (f)) != 0)

/* Control characters as the kernel's ctype knows them: ASCII only. */
static inline bool
is_cntrl(uint8_t c)
{
	return c < 32 || c == 127;
}

static inline bool
is_continuation(const struct tty *t, uint8_t c)
{
	return I_FLAG(t, IUTF8) && (c & 0xc0) == 0x80;
}

/* Into the echo queue: a byte for output processing, the same or ^X, and the
 * operations on columns.  commit: a key has been echoed whole. */
void ldisc_echo_raw(struct tty *t, uint8_t c);
void ldisc_echo_char(struct tty *t, uint8_t c);
void ldisc_echo_back_col(struct tty *t);
void ldisc_echo_set_col(struct tty *t);
void ldisc_echo_erase_tab(struct tty *t, unsigned chars, bool after_tab);
void ldisc_echo_commit(struct tty *t) REQUIRES(t->lock);
/* tty_start(), and what echo waited for it. */
void ldisc_restart(struct tty *t) REQUIRES(t->lock);
/* TIOCPKT_* bits to tell the master. */
void ldisc_packet_status(struct tty *t, uint8_t bits) REQUIRES(t->lock);

#endif
