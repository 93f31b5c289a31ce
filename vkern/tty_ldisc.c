/*
 * tty_ldisc.c - the input half of the line discipline, as Linux's n_tty: from
 * the raw queue by way of signals, flow control, editing and echo to buf.
 * The output half is tty_output.c.
 *
 * Indices of buf run free and are masked.  read_tail <= canon_head <= read_head;
 * in canonical mode bytes before canon_head belong to whole lines, in raw mode
 * bytes before commit_head can be read.  A byte that ends a line has its bit in
 * eol; end-of-file is a NUL with that bit, which no reader sees.
 *
 * All functions want tty.lock.  Nothing here sleeps.
 */
#include <string.h>

#include "vkern/tty_impl.h"

/* Latin-1, as the kernel's: the lead bytes of UTF-8 count as letters. */
static bool
is_alnum(uint8_t c)
{
	if (c >= 0xc0)
		return c != 0xd7 && c != 0xf7;
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static uint8_t
to_lower(uint8_t c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7))
		return c + 32;
	return c;
}

/* Is c the special character of slot idx?  A disabled one matches nothing. */
static bool
is_cc(const struct tty *t, int idx, uint8_t c)
{
	return t->tio.cc[idx] != DISABLED && t->tio.cc[idx] == c;
}

static void
eol_set(struct tty *t, size_t i)
{
	i &= BUF_MASK;
	t->eol[i / 64] |= 1ULL << (i % 64);
}

static void
eol_clear(struct tty *t, size_t i)
{
	i &= BUF_MASK;
	t->eol[i / 64] &= ~(1ULL << (i % 64));
}

static bool
eol_test(const struct tty *t, size_t i)
{
	i &= BUF_MASK;
	return (t->eol[i / 64] >> (i % 64)) & 1;
}

/* --- echo --- */

static void
echo_back_space_back(struct tty *t)
{
	ldisc_echo_raw(t, '\b');
	ldisc_echo_raw(t, ' ');
	ldisc_echo_raw(t, '\b');
}

static void
finish_erasing(struct tty *t)
{
	if (t->erasing) {
		ldisc_echo_raw(t, '/');
		t->erasing = false;
	}
}

/* Go back over a tab.  How far depends on what stands before it. */
static void
echo_erase_tab(struct tty *t)
{
	unsigned chars = 0;
	bool after_tab = false;
	size_t i = t->read_head;
	uint8_t c;

	while (i != t->canon_head) {
		c = t->buf[--i & BUF_MASK];
		if (c == '\t') {
			after_tab = true;
			break;
		}
		if (is_cntrl(c))
			chars += L_FLAG(t, ECHOCTL) ? 2 : 0;
		else if (!is_continuation(t, c))
			chars++;
	}
	ldisc_echo_erase_tab(t, chars, after_tab);
}

/* ECHOPRT: what is erased is printed again, between \ and /. */
static void
echo_printed_erase(struct tty *t, size_t head, size_t cnt)
{
	if (!t->erasing) {
		ldisc_echo_raw(t, '\\');
		t->erasing = true;
	}
	ldisc_echo_char(t, t->buf[head & BUF_MASK]);
	while (--cnt > 0) {
		ldisc_echo_raw(t, t->buf[++head & BUF_MASK]);
		ldisc_echo_back_col(t);
	}
}

enum kill_type { KILL_ERASE, KILL_WERASE, KILL_LINE };

static void
echo_erased(struct tty *t, enum kill_type kind, size_t cnt)
{
	uint8_t c = t->buf[t->read_head & BUF_MASK];

	if (!L_FLAG(t, ECHO))
		return;
	if (L_FLAG(t, ECHOPRT))
		echo_printed_erase(t, t->read_head, cnt);
	else if (kind == KILL_ERASE && !L_FLAG(t, ECHOE))
		ldisc_echo_char(t, t->tio.cc[VERASE]);
	else if (c == '\t')
		echo_erase_tab(t);
	else {
		if (is_cntrl(c) && L_FLAG(t, ECHOCTL))
			echo_back_space_back(t);
		if (!is_cntrl(c) || L_FLAG(t, ECHOCTL))
			echo_back_space_back(t);
	}
}

/* The line is gone at once; true: nothing is left to erase one by one. */
static bool
kill_line(struct tty *t)
{
	if (!L_FLAG(t, ECHO)) {
		t->read_head = t->canon_head;
		return true;
	}
	if (L_FLAG(t, ECHOK) && L_FLAG(t, ECHOKE) && L_FLAG(t, ECHOE))
		return false;
	t->read_head = t->canon_head;
	finish_erasing(t);
	ldisc_echo_char(t, t->tio.cc[VKILL]);
	if (L_FLAG(t, ECHOK))
		ldisc_echo_raw(t, '\n');
	return true;
}

/* Erase, word erase, kill: take from the line that is being typed. */
static void
eraser(struct tty *t, uint8_t key)
{
	enum kill_type kind = KILL_LINE;
	size_t head, cnt;
	int alnums = 0;
	uint8_t c;

	if (t->read_head == t->canon_head)
		return;
	if (key == t->tio.cc[VERASE])
		kind = KILL_ERASE;
	else if (key == t->tio.cc[VWERASE])
		kind = KILL_WERASE;
	else if (kill_line(t))
		return;
	while (t->read_head != t->canon_head) {
		head = t->read_head;
		do
			c = t->buf[--head & BUF_MASK];
		while (is_continuation(t, c) && head != t->canon_head);
		if (is_continuation(t, c))
			break;	/* never a part of a character */
		if (kind == KILL_WERASE) {
			if (is_alnum(c) || c == '_')
				alnums++;
			else if (alnums > 0)
				break;
		}
		cnt = t->read_head - head;
		t->read_head = head;
		echo_erased(t, kind, cnt);
		if (kind == KILL_ERASE)
			break;
	}
	if (t->read_head == t->canon_head && L_FLAG(t, ECHO))
		finish_erasing(t);
}

/* --- input --- */

static void
queue_char(struct tty *t, uint8_t c)
{
	t->buf[t->read_head++ & BUF_MASK] = c;
}

/* PARMRK: a real 377 is told from a mark by being doubled. */
static void
queue_marked(struct tty *t, uint8_t c)
{
	if (c == 0377 && I_FLAG(t, PARMRK))
		queue_char(t, c);
	queue_char(t, c);
}

/* The column where the line being typed begins, for erasing tabs. */
static void
note_canon_column(struct tty *t)
{
	if (t->canon_head == t->read_head)
		ldisc_echo_set_col(t);
}

static void
end_line(struct tty *t, uint8_t c)
	REQUIRES(t->lock)
{
	eol_set(t, t->read_head);
	queue_char(t, c);
	t->canon_head = t->read_head;
	tty_wake(t, TTY_SLAVE, EPOLLIN | EPOLLRDNORM);
}

static void
reprint(struct tty *t, uint8_t c)
{
	size_t i;

	finish_erasing(t);
	ldisc_echo_char(t, c);
	ldisc_echo_raw(t, '\n');
	for (i = t->canon_head; i != t->read_head; i++)
		ldisc_echo_char(t, t->buf[i & BUF_MASK]);
}

static void
literal_next(struct tty *t)
{
	t->lnext = true;
	if (!L_FLAG(t, ECHO))
		return;
	finish_erasing(t);
	if (L_FLAG(t, ECHOCTL)) {
		ldisc_echo_raw(t, '^');
		ldisc_echo_raw(t, '\b');
	}
}

/* Line editing: true if c was one of its keys. */
static bool
input_canon(struct tty *t, uint8_t c)
	REQUIRES(t->lock)
{
	bool iexten = L_FLAG(t, IEXTEN);

	if (is_cc(t, VERASE, c) || is_cc(t, VKILL, c) || (iexten && is_cc(t, VWERASE, c)))
		eraser(t, c);
	else if (iexten && is_cc(t, VLNEXT, c))
		literal_next(t);
	else if (iexten && L_FLAG(t, ECHO) && is_cc(t, VREPRINT, c))
		reprint(t, c);
	else if (c == '\n') {
		if (L_FLAG(t, ECHO) || L_FLAG(t, ECHONL))
			ldisc_echo_raw(t, '\n');
		end_line(t, c);
	} else if (is_cc(t, VEOF, c))
		end_line(t, DISABLED);
	else if (is_cc(t, VEOL, c) || (iexten && is_cc(t, VEOL2, c))) {
		if (L_FLAG(t, ECHO)) {
			note_canon_column(t);
			ldisc_echo_char(t, c);
		}
		if (c == 0377 && I_FLAG(t, PARMRK))
			queue_char(t, c);
		end_line(t, c);
	} else
		return false;
	return true;
}

void
ldisc_signal(struct tty *t, int sig)
{
	tty_signal_fg(t, sig);
	if (L_FLAG(t, NOFLSH))
		return;
	t->echo.head = t->echo.tail = t->echo_seen = t->echo_old = 0;
	ldisc_flush_output(t);
	ldisc_flush_input(t);
}

/* Flow control and signal keys: true if c was one. */
static bool
input_control(struct tty *t, uint8_t c)
	REQUIRES(t->lock)
{
	int sig;

	if (I_FLAG(t, IXON) && is_cc(t, VSTART, c)) {
		ldisc_restart(t);
		return true;
	}
	if (I_FLAG(t, IXON) && is_cc(t, VSTOP, c)) {
		tty_stop(t);
		return true;
	}
	if (!L_FLAG(t, ISIG))
		return false;
	if (is_cc(t, VINTR, c))
		sig = SIGINT;
	else if (is_cc(t, VQUIT, c))
		sig = SIGQUIT;
	else if (is_cc(t, VSUSP, c))
		sig = SIGTSTP;
	else
		return false;
	ldisc_signal(t, sig);
	if (I_FLAG(t, IXON))
		tty_start(t);
	if (L_FLAG(t, ECHO))
		ldisc_echo_char(t, c);
	else
		ldisc_echoes(t);
	return true;
}

/* newline: the key was one that means it, so it is not shown as ^J. */
static void
input_plain(struct tty *t, uint8_t c, bool newline)
{
	if (L_FLAG(t, ECHO)) {
		finish_erasing(t);
		if (newline)
			ldisc_echo_raw(t, '\n');
		else {
			note_canon_column(t);
			ldisc_echo_char(t, c);
		}
	}
	queue_marked(t, c);
}

static void
input_restart(struct tty *t)
	REQUIRES(t->lock)
{
	if (t->stopped && !t->tco_stopped && I_FLAG(t, IXON) && I_FLAG(t, IXANY))
		ldisc_restart(t);
}

static void
input_char(struct tty *t, uint8_t c)
	REQUIRES(t->lock)
{
	bool literal = t->lnext, newline = false;

	t->lnext = false;
	if (I_FLAG(t, ISTRIP))
		c &= 0x7f;
	if (I_FLAG(t, IUCLC) && L_FLAG(t, IEXTEN))
		c = to_lower(c);
	if (L_FLAG(t, EXTPROC)) {
		queue_char(t, c);
		return;
	}
	if (!literal && input_control(t, c))
		return;
	input_restart(t);
	if (c == '\r' && !literal) {
		if (I_FLAG(t, IGNCR))
			return;
		newline = I_FLAG(t, ICRNL);
		c = newline ? '\n' : '\r';
	} else if (c == '\n' && !literal && I_FLAG(t, INLCR))
		c = '\r';
	if (t->icanon && !literal && input_canon(t, c))
		return;
	input_plain(t, c, newline);
}

static void
input_key(struct tty *t, uint8_t c)
	REQUIRES(t->lock)
{
	input_char(t, c);
	ldisc_echo_commit(t);
}

/*
 * May one more byte come into buf?  An unfinished line that fills it goes on
 * to take bytes, each over the last, so that its end can be typed.
 */
static bool
input_has_room(struct tty *t)
{
	long room = (long)TTY_BUF_SIZE - (long)(t->read_head - t->read_tail);

	if (I_FLAG(t, PARMRK))
		room = (room + 2) / 3;
	if (--room > 0)
		return true;
	if (!t->icanon || t->canon_head != t->read_tail)
		return false;
	if (room < 0)
		t->read_head--;
	return true;
}

/* The end of a piece of input: echo, and tell whoever waits. */
static void
input_done(struct tty *t)
	REQUIRES(t->lock)
{
	if ((L_FLAG(t, ECHO) || L_FLAG(t, ECHONL)) && t->echo.head != t->echo_seen)
		ldisc_echoes(t);
	t->pulling = false;
	if (t->icanon && !L_FLAG(t, EXTPROC))
		return;
	t->commit_head = t->read_head;
	if (t->read_head != t->read_tail)
		tty_wake(t, TTY_SLAVE, EPOLLIN | EPOLLRDNORM);
}

void
ldisc_pull(struct tty *t)
{
	uint32_t before = ring_count(&t->raw);

	if (before == 0)
		return;
	t->pulling = true;
	t->pull_mark = t->out.head;
	while (ring_count(&t->raw) > 0 && input_has_room(t))
		input_key(t, ring_get(&t->raw));
	if (ring_count(&t->raw) == before) {
		t->pulling = false;
		return;
	}
	input_done(t);
	tty_wake(t, TTY_MASTER, EPOLLOUT | EPOLLWRNORM);
}

size_t
ldisc_input_room(struct tty *t)
{
	return TTY_RAW_SIZE - ring_count(&t->raw);
}

size_t
ldisc_input(struct tty *t, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (ldisc_input_room(t) == 0) {
			ldisc_pull(t);
			if (ldisc_input_room(t) == 0)
				break;
		}
		ring_put(&t->raw, p[i]);
	}
	ldisc_pull(t);
	return i;
}

void
ldisc_inject(struct tty *t, uint8_t c)
{
	if (!input_has_room(t))
		return;
	t->pulling = true;
	t->pull_mark = t->out.head;
	input_key(t, c);
	input_done(t);
}

/* --- reading --- */

bool
ldisc_readable(struct tty *t, bool poll)
{
	size_t want = 1;

	if (t->icanon && !L_FLAG(t, EXTPROC))
		return t->canon_head != t->read_tail;
	if (poll && t->tio.cc[VTIME] == 0 && t->tio.cc[VMIN] != 0)
		want = t->tio.cc[VMIN];
	return t->commit_head - t->read_tail >= want;
}

/*
 * Up to n bytes of the first line.  An end-of-file mark is taken but not
 * given, also when it stands right behind what fills the reader's buffer.
 */
static size_t
read_line(struct tty *t, uint8_t *p, size_t n, bool *done)
{
	size_t got = 0;
	uint8_t c;

	*done = false;
	while (t->read_tail != t->canon_head) {
		bool eol = eol_test(t, t->read_tail);

		c = t->buf[t->read_tail & BUF_MASK];
		if (got == n && !(eol && c == DISABLED))
			return got;
		t->read_tail++;
		if (!eol || c != DISABLED)
			p[got++] = c;
		if (eol) {
			eol_clear(t, t->read_tail - 1);
			t->push = false;
			*done = true;
			return got;
		}
	}
	return got;
}

size_t
ldisc_read(struct tty *t, uint8_t *p, size_t n, bool *done)
{
	size_t i, have;

	if (t->icanon && !L_FLAG(t, EXTPROC))
		return read_line(t, p, n, done);
	*done = false;
	have = t->commit_head - t->read_tail;
	if (n > have)
		n = have;
	for (i = 0; i < n; i++)
		p[i] = t->buf[t->read_tail++ & BUF_MASK];
	return n;
}

size_t
ldisc_inq(struct tty *t)
{
	size_t i, n;

	if (!t->icanon || L_FLAG(t, EXTPROC))
		return t->read_head - t->read_tail;
	n = t->canon_head - t->read_tail;
	for (i = t->read_tail; i != t->canon_head; i++)
		if (eol_test(t, i) && t->buf[i & BUF_MASK] == DISABLED)
			n--;
	return n;
}

/* --- flushing, modes --- */

void
ldisc_flush_input(struct tty *t)
{
	t->read_head = t->commit_head = t->canon_head = t->read_tail = 0;
	t->erasing = t->push = false;
	memset(t->eol, 0, sizeof(t->eol));
	ldisc_packet_status(t, TIOCPKT_FLUSHREAD);
	tty_wake(t, TTY_MASTER, EPOLLOUT | EPOLLWRNORM);
}

/* Canonical mode comes or goes: what is in buf becomes a line, or bytes. */
static void
ldisc_switch(struct tty *t)
{
	memset(t->eol, 0, sizeof(t->eol));
	if (!L_FLAG(t, ICANON) || t->read_head == t->read_tail) {
		t->canon_head = t->read_tail;
		t->push = false;
	} else {
		eol_set(t, t->read_head - 1);
		t->canon_head = t->read_head;
		t->push = true;
	}
	t->commit_head = t->read_head;
	t->erasing = t->lnext = false;
}

static bool
has_xon_flow(const struct tty_termios *tio)
{
	return (tio->iflag & IXON) && tio->cc[VSTOP] == 023 && tio->cc[VSTART] == 021;
}

static void
packet_modes(struct tty *t, const struct tty_termios *old)
	REQUIRES(t->lock)
{
	bool flow = has_xon_flow(&t->tio);

	if (!t->packet)
		return;
	if (has_xon_flow(old) != flow) {
		t->pktstatus &= ~(TIOCPKT_DOSTOP | TIOCPKT_NOSTOP);
		ldisc_packet_status(t, flow ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP);
	}
	if ((old->lflag | t->tio.lflag) & EXTPROC)
		ldisc_packet_status(t, TIOCPKT_IOCTL);
}

void
ldisc_termios_changed(struct tty *t, const struct tty_termios *old)
{
	packet_modes(t, old);
	/* A pty moves bytes of eight bits, whatever is asked for. */
	t->tio.cflag = (t->tio.cflag & ~(CSIZE | PARENB)) | CS8 | CREAD;
	if ((old->lflag ^ t->tio.lflag) & (ICANON | EXTPROC))
		ldisc_switch(t);
	t->icanon = L_FLAG(t, ICANON);
	if (!I_FLAG(t, IXON) && (old->iflag & IXON) && !t->tco_stopped)
		ldisc_restart(t);
	ldisc_pull(t);
	tty_wake(t, TTY_SLAVE, 0);
}

void
ldisc_init(struct tty *t)
{
	t->raw.size = TTY_RAW_SIZE;
	t->echo.size = TTY_ECHO_SIZE;
	t->out.size = TTY_OUT_SIZE;
	t->raw.data = xcalloc(1, TTY_RAW_SIZE + TTY_ECHO_SIZE + TTY_OUT_SIZE);
	t->echo.data = t->raw.data + TTY_RAW_SIZE;
	t->out.data = t->echo.data + TTY_ECHO_SIZE;
	t->icanon = true;
}
