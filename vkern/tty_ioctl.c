/*
 * tty_ioctl.c - termios and the other requests on terminals.
 *
 * The master of a pair answers for its slave: modes, size, foreground group.
 * What it has of its own are its queues, packet mode, the lock and the number.
 *
 * A hung up slave answers EIO to everything (ENOTTY to TIOCSPGRP).  The order
 * of checks is tty_ioctl()'s of Linux.
 */
#include "vksup/tty.h"

#include <asm/termbits.h>
#include <string.h>

#include "vksup/proc.h"

#define CAP_SYS_ADMIN_	21
#define KERNEL_TERMIOS	36	/* bytes of struct termios without the speeds */

/* Requests that <sys/ioctl.h> may not know. */
#define K_TIOCGPTPEER	0x5441u
#define K_TIOCGEXCL	0x80045440u
#define K_TCGETX	0x5432u
#define K_TCSETXW	0x5435u

/* struct termio of System V. */
struct k_termio {
	uint16_t	iflag, oflag, cflag, lflag;
	uint8_t		line;
	uint8_t		cc[8];
};

void
termios_init(struct tty_termios *tio)
{
	static const uint8_t cc[TTY_NCCS] = {
		[VINTR] = 3, [VQUIT] = 28, [VERASE] = 127, [VKILL] = 21, [VEOF] = 4,
		[VMIN] = 1, [VSTART] = 17, [VSTOP] = 19, [VSUSP] = 26, [VREPRINT] = 18,
		[VDISCARD] = 15, [VWERASE] = 23, [VLNEXT] = 22,
	};

	*tio = (struct tty_termios){
		.iflag = ICRNL | IXON,
		.oflag = OPOST | ONLCR,
		.cflag = B38400 | CS8 | CREAD,
		.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
		.ispeed = 38400, .ospeed = 38400,
	};
	memcpy(tio->cc, cc, sizeof(cc));
}

/* --- speeds --- */

static const uint32_t baud_table[] = {
	0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600,
	19200, 38400, 57600, 115200, 230400, 460800, 500000, 576000, 921600,
	1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000,
};

/* The speed of a Bfoo code; BOTHER: as given. */
static uint32_t
baud_rate(uint32_t code, uint32_t given)
{
	if (code == BOTHER)
		return given;
	if (code & CBAUDEX)
		code = (code & ~(uint32_t)CBAUDEX) + 15;
	return code < nitems(baud_table) ? baud_table[code] : 0;
}

static void
termios_speeds(struct tty_termios *tio)
{
	uint32_t out = tio->cflag & CBAUD, in = (tio->cflag >> IBSHIFT) & CBAUD;

	tio->ospeed = baud_rate(out, tio->ospeed);
	tio->ispeed = in == B0 ? tio->ospeed : baud_rate(in, tio->ispeed);
}

/* --- modes --- */

enum mode_form { FORM_TERMIOS, FORM_TERMIOS2, FORM_TERMIO };

static long
modes_get(struct tty *t, unsigned long arg, enum mode_form form)
{
	struct tty_termios tio;
	struct k_termio old;

	mutex_lock(&t->lock);
	tio = t->tio;
	mutex_unlock(&t->lock);
	if (form == FORM_TERMIOS)
		return copyout(ga(arg), &tio, KERNEL_TERMIOS);
	if (form == FORM_TERMIOS2)
		return copyout(ga(arg), &tio, sizeof(tio));
	memset(&old, 0, sizeof(old));
	old.iflag = (uint16_t)tio.iflag;
	old.oflag = (uint16_t)tio.oflag;
	old.cflag = (uint16_t)tio.cflag;
	old.lflag = (uint16_t)tio.lflag;
	old.line = tio.line;
	memcpy(old.cc, tio.cc, sizeof(old.cc));
	/* The padding behind cc is the guest's. */
	return copyout(ga(arg), &old, offsetof(struct k_termio, cc) + sizeof(old.cc));
}

static int
modes_copyin(struct tty_termios *tio, unsigned long arg, enum mode_form form)
{
	struct k_termio old;

	if (form == FORM_TERMIOS)
		return copyin(tio, ga(arg), KERNEL_TERMIOS);
	if (form == FORM_TERMIOS2)
		return copyin(tio, ga(arg), sizeof(*tio));
	if (copyin(&old, ga(arg), offsetof(struct k_termio, cc) + sizeof(old.cc)))
		return -EFAULT;
	tio->iflag = (tio->iflag & 0xffff0000) | old.iflag;
	tio->oflag = (tio->oflag & 0xffff0000) | old.oflag;
	tio->cflag = (tio->cflag & 0xffff0000) | old.cflag;
	tio->lflag = (tio->lflag & 0xffff0000) | old.lflag;
	tio->line = old.line;
	memcpy(tio->cc, old.cc, sizeof(old.cc));
	return 0;
}

/*
 * Output is never waited for (TCSETSW): a pty counts as sent what is in the
 * queue to the master.
 */
static long
modes_set(struct tty_file *tf, unsigned long arg, enum mode_form form, bool flush)
{
	struct tty *t = tf->tty;
	struct tty_termios tio, old;
	int err;

	err = tty_check_change(t, SIGTTOU);
	if (err)
		return err;
	mutex_lock(&t->lock);
	tio = t->tio;
	mutex_unlock(&t->lock);
	if (modes_copyin(&tio, arg, form))
		return -EFAULT;
	termios_speeds(&tio);
	mutex_lock(&t->lock);
	if (flush) {
		ldisc_flush_input(t);
		ldisc_pull(t);
	}
	old = t->tio;
	tio.line = old.line;
	t->tio = tio;
	ldisc_termios_changed(t, &old);
	t->modes_set = true;
	tty_want(t);
	mutex_unlock(&t->lock);
	return 0;
}

static long
ioctl_modes(struct tty_file *tf, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case TCGETS:
		return modes_get(tf->tty, arg, FORM_TERMIOS);
	case TCSETS:
	case TCSETSW:
		return modes_set(tf, arg, FORM_TERMIOS, false);
	case TCSETSF:
		return modes_set(tf, arg, FORM_TERMIOS, true);
	case TCGETS2:
		return modes_get(tf->tty, arg, FORM_TERMIOS2);
	case TCSETS2:
	case TCSETSW2:
		return modes_set(tf, arg, FORM_TERMIOS2, false);
	case TCSETSF2:
		return modes_set(tf, arg, FORM_TERMIOS2, true);
	case TCGETA:
		return modes_get(tf->tty, arg, FORM_TERMIO);
	case TCSETA:
	case TCSETAW:
		return modes_set(tf, arg, FORM_TERMIO, false);
	case TCSETAF:
		return modes_set(tf, arg, FORM_TERMIO, true);
	default:
		return -ENOTTY;
	}
}

static long
ioctl_softcar(struct tty *t, unsigned cmd, unsigned long arg)
{
	uint32_t v;

	if (cmd == TIOCGSOFTCAR) {
		mutex_lock(&t->lock);
		v = (t->tio.cflag & CLOCAL) != 0;
		mutex_unlock(&t->lock);
		return copyout_u32(ga(arg), v);
	}
	if (copyin_u32(ga(arg), &v))
		return -EFAULT;
	mutex_lock(&t->lock);
	t->tio.cflag = v ? t->tio.cflag | CLOCAL : t->tio.cflag & ~(uint32_t)CLOCAL;
	mutex_unlock(&t->lock);
	return 0;
}

/* --- size --- */

static void
winch(struct tty *t)
{
	tty_signal_fg(t, SIGWINCH);
}

void
tty_resize(struct tty *t, const struct winsize *ws)
{
	bool changed;

	mutex_lock(&t->lock);
	changed = memcmp(&t->ws, ws, sizeof(*ws)) != 0;
	t->ws = *ws;
	if (changed)
		winch(t);
	mutex_unlock(&t->lock);
}

static long
ioctl_winsize(struct tty *t, unsigned cmd, unsigned long arg)
{
	struct winsize ws;

	if (cmd == TIOCGWINSZ) {
		mutex_lock(&t->lock);
		ws = t->ws;
		mutex_unlock(&t->lock);
		return copyout(ga(arg), &ws, sizeof(ws));
	}
	if (copyin(&ws, ga(arg), sizeof(ws)))
		return -EFAULT;
	tty_resize(t, &ws);
	return 0;
}

/* --- flow and flushing --- */

/* Send a flow control character the other way, as if written; output that was
 * stopped by a key lets it through. */
static void
send_xchar(struct tty *t, int side, uint8_t c)
	REQUIRES(t->lock)
{
	bool was_stopped = t->stopped && side == TTY_SLAVE;

	if (c == 0)
		return;
	if (side == TTY_MASTER) {
		ldisc_input(t, &c, 1);
		return;
	}
	if (was_stopped)
		tty_start(t);
	if (ldisc_out_room(t) > 0) {
		ring_put(&t->out, c);
		tty_wake(t, TTY_MASTER, EPOLLIN);
	}
	if (was_stopped)
		tty_stop(t);
}

static long
ioctl_flow(struct tty_file *tf, unsigned long arg)
{
	struct tty *t = tf->tty;
	long err = tf->side == TTY_SLAVE ? tty_check_change(t, SIGTTOU) : 0;

	if (err)
		return err;
	mutex_lock(&t->lock);
	switch (arg) {
	case TCOOFF:
		if (tf->side == TTY_SLAVE && !t->tco_stopped) {
			t->tco_stopped = true;
			tty_stop(t);
		}
		break;
	case TCOON:
		if (tf->side == TTY_SLAVE && t->tco_stopped) {
			t->tco_stopped = false;
			tty_start(t);
		}
		break;
	case TCIOFF:
		send_xchar(t, tf->side, t->tio.cc[VSTOP]);
		break;
	case TCION:
		send_xchar(t, tf->side, t->tio.cc[VSTART]);
		break;
	default:
		err = -EINVAL;
	}
	mutex_unlock(&t->lock);
	return err;
}

static void
flush_in(struct tty *t, int side)
	REQUIRES(t->lock)
{
	if (side == TTY_SLAVE) {
		t->raw.tail = t->raw.head;
		ldisc_flush_input(t);
		return;
	}
	t->out.tail = t->out.head;
	ldisc_echoes(t);
	tty_wake(t, TTY_SLAVE, EPOLLOUT | EPOLLWRNORM);
}

static void
flush_out(struct tty *t, int side)
	REQUIRES(t->lock)
{
	if (side == TTY_SLAVE)
		ldisc_flush_output(t);
	else
		t->raw.tail = t->raw.head;
}

static long
ioctl_flush(struct tty_file *tf, unsigned long arg)
{
	struct tty *t = tf->tty;
	long err = tf->side == TTY_SLAVE ? tty_check_change(t, SIGTTOU) : 0;

	if (err)
		return err;
	if (arg > TCIOFLUSH)
		return -EINVAL;
	mutex_lock(&t->lock);
	if (arg == TCIFLUSH || arg == TCIOFLUSH)
		flush_in(t, tf->side);
	if (arg == TCOFLUSH || arg == TCIOFLUSH)
		flush_out(t, tf->side);
	mutex_unlock(&t->lock);
	return 0;
}

/* tcsendbreak, tcdrain: a pty has no line to send a break on. */
static long
ioctl_break(struct tty_file *tf)
{
	long err = tf->side == TTY_SLAVE ? tty_check_change(tf->tty, SIGTTOU) : 0;

	if (err)
		return err;
	return signal_pending(curthread) ? -EINTR : 0;
}

static long
ioctl_inq(struct tty_file *tf, unsigned long arg)
{
	struct tty *t = tf->tty;
	size_t n;

	mutex_lock(&t->lock);
	n = tf->side == TTY_SLAVE ? ldisc_inq(t) : min_of(ring_count(&t->out), TTY_MASTER_CHUNK);
	mutex_unlock(&t->lock);
	return copyout_u32(ga(arg), (uint32_t)n);
}

/*
 * Input faked from inside: into one's own terminal only, as Linux with
 * dev.tty.legacy_tiocsti=1, its default.
 */
static long
ioctl_sti(struct tty_file *tf, unsigned long arg)
{
	struct tty *t = tf->tty;
	bool own;
	uint8_t c;

	mutex_lock(&vk->proc_lock);
	own = tf->side == TTY_SLAVE && tty_current() == t;
	mutex_unlock(&vk->proc_lock);
	if (!own && !capable(CAP_SYS_ADMIN_))
		return -EPERM;
	if (copyin(&c, ga(arg), 1))
		return -EFAULT;
	mutex_lock(&t->lock);
	if (tf->side == TTY_SLAVE)
		ldisc_inject(t, c);
	else if (ring_count(&t->out) < t->out.size) {
		ring_put(&t->out, c);
		tty_wake(t, TTY_MASTER, EPOLLIN);
	}
	mutex_unlock(&t->lock);
	return 0;
}

static long
ioctl_excl(struct tty_file *tf, unsigned cmd, unsigned long arg)
{
	struct tty *t = tf->tty;
	bool on;

	mutex_lock(&t->lock);
	if (cmd != K_TIOCGEXCL)
		t->excl[tf->side] = cmd == TIOCEXCL;
	on = t->excl[tf->side];
	mutex_unlock(&t->lock);
	return cmd == K_TIOCGEXCL ? copyout_u32(ga(arg), on) : 0;
}

/* --- the master's own --- */

static long
ioctl_master_flag(struct tty *t, unsigned cmd, unsigned long arg)
{
	uint32_t v;

	if ((cmd == TIOCSPTLCK || cmd == TIOCPKT) && copyin_u32(ga(arg), &v))
		return -EFAULT;
	mutex_lock(&t->lock);
	switch (cmd) {
	case TIOCSPTLCK:
		t->lock_flag = v != 0;
		break;
	case TIOCPKT:
		if (v != 0 && !t->packet)
			t->pktstatus = 0;
		t->packet = v != 0;
		break;
	case TIOCGPTLCK:
		v = t->lock_flag;
		break;
	default:	/* TIOCGPKT */
		v = t->packet;
	}
	mutex_unlock(&t->lock);
	if (cmd == TIOCGPTLCK || cmd == TIOCGPKT)
		return copyout_u32(ga(arg), v);
	return 0;
}

static long
ioctl_peer(struct tty *t, unsigned flags)
{
	struct file *f;
	int fd, err;

	err = tty_open_peer(t, flags & ~(unsigned)O_CLOEXEC, &f);
	if (err)
		return err;
	fd = fd_install(f, 0, (flags & O_CLOEXEC) != 0);
	if (fd < 0)
		file_put(f);
	return fd;
}

static long
ioctl_master(struct tty *t, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case TIOCSPTLCK:
	case TIOCGPTLCK:
	case TIOCPKT:
	case TIOCGPKT:
		return ioctl_master_flag(t, cmd, arg);
	case TIOCGPTN:
		return copyout_u32(ga(arg), (uint32_t)t->index);
	case TIOCSIG:
		if (arg != SIGINT && arg != SIGQUIT && arg != SIGTSTP)
			return -EINVAL;
		tty_signal_fg(t, (int)arg);
		return 0;
	default:
		return -ENOTTY;
	}
}

/* --- all --- */

static long
ioctl_device(struct tty_file *tf, unsigned cmd, unsigned long arg)
{
	struct tty *t = tf->tty;

	switch (cmd) {
	case TIOCCONS:
		return tf->side == TTY_MASTER ? -EINVAL : capable(CAP_SYS_ADMIN_) ? 0 : -EPERM;
	case TIOCGETD:
		return copyout_u32(ga(arg), 0);		/* N_TTY */
	case TIOCSETD: {
		uint32_t v;

		if (copyin_u32(ga(arg), &v))
			return -EFAULT;
		return v == 0 ? 0 : -EINVAL;
	}
	case TIOCGDEV:
		return copyout_u32(ga(arg), (uint32_t)((136 + t->index / 256) << 8 | t->index % 256));
	case TIOCVHANGUP:
		if (!capable(CAP_SYS_ADMIN_))
			return -EPERM;
		tty_hangup(t);
		return 0;
	case K_TIOCGPTPEER:
		return tf->side == TTY_MASTER ? ioctl_peer(t, (unsigned)arg) : -EIO;
	case TIOCOUTQ:
		return copyout_u32(ga(arg), 0);
	default:
		return -ENOTTY;
	}
}

static bool
is_hung(struct tty_file *tf)
{
	bool hung;

	mutex_lock(&tf->tty->lock);
	hung = tty_file_hung(tf->tty, tf);
	mutex_unlock(&tf->tty->lock);
	return hung;
}

static long
ioctl_common(struct file *f, unsigned cmd, unsigned long arg)
{
	struct tty_file *tf = f->priv;

	switch (cmd) {
	case TIOCSTI:
		return ioctl_sti(tf, arg);
	case TIOCGWINSZ:
	case TIOCSWINSZ:
		return ioctl_winsize(tf->tty, cmd, arg);
	case TIOCEXCL:
	case TIOCNXCL:
	case K_TIOCGEXCL:
		return ioctl_excl(tf, cmd, arg);
	case TCSBRK:
	case TCSBRKP:
	case TIOCSBRK:
	case TIOCCBRK:
		return ioctl_break(tf);
	case TCXONC:
		return ioctl_flow(tf, arg);
	case TCFLSH:
		return ioctl_flush(tf, arg);
	case TIOCINQ:
		return ioctl_inq(tf, arg);
	case TIOCGSOFTCAR:
	case TIOCSSOFTCAR:
		return ioctl_softcar(tf->tty, cmd, arg);
	case TIOCNOTTY:
	case TIOCSCTTY:
	case TIOCGPGRP:
	case TIOCSPGRP:
	case TIOCGSID:
		return tty_job_ioctl(f, cmd, arg);
	default:
		return ioctl_device(tf, cmd, arg);
	}
}

long
tty_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct tty_file *tf = f->priv;
	long r;

	if (is_hung(tf))
		return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
	r = ioctl_common(f, cmd, arg);
	if (r == -ENOTTY && tf->side == TTY_MASTER)
		r = ioctl_master(tf->tty, cmd, arg);
	if (r == -ENOTTY)
		r = ioctl_modes(tf, cmd, arg);
	return r;
}
