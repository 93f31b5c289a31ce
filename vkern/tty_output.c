/*
 * tty_output.c - the output half of the line discipline: column-keeping output
 * processing, echo, flow control, packet mode's news.
 *
 * Output and echo go through the same processing into `out`.  An echo waits in
 * the echo queue until it has room there and output is not stopped; whatever is
 * written later goes behind it.
 *
 * All functions want tty.lock.  Nothing here sleeps.
 */
#include "vkern/tty_impl.h"

static uint8_t
to_upper(uint8_t c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 0xdf && c != 0xf7))
		return c - 32;
	return c;
}

/* --- output --- */

size_t
ldisc_out_room(struct tty *t)
{
	uint32_t n = ring_count(&t->out);

	if (t->stopped || n >= TTY_OUT_LIMIT)
		return 0;
	return TTY_OUT_LIMIT - n;
}

static bool
output_newline(struct tty *t, size_t room)
{
	if (O_FLAG(t, ONLRET))
		t->column = 0;
	if (O_FLAG(t, ONLCR)) {
		if (room < 2)
			return false;
		t->canon_column = t->column = 0;
		ring_put(&t->out, '\r');
	} else
		t->canon_column = t->column;
	ring_put(&t->out, '\n');
	return true;
}

static bool
output_return(struct tty *t)
{
	if (O_FLAG(t, ONOCR) && t->column == 0)
		return true;
	if (O_FLAG(t, OCRNL)) {
		if (O_FLAG(t, ONLRET))
			t->canon_column = t->column = 0;
		ring_put(&t->out, '\n');
		return true;
	}
	t->canon_column = t->column = 0;
	ring_put(&t->out, '\r');
	return true;
}

static bool
output_tab(struct tty *t, size_t room)
{
	unsigned spaces = 8 - (t->column & 7);

	if ((t->tio.oflag & TABDLY) != XTABS) {
		t->column += spaces;
		ring_put(&t->out, '\t');
		return true;
	}
	if (room < spaces)
		return false;
	t->column += spaces;
	while (spaces-- > 0)
		ring_put(&t->out, ' ');
	return true;
}

/* One byte through output processing; false: no room, nothing done. */
static bool
output_char(struct tty *t, uint8_t c, size_t room)
{
	if (room == 0)
		return false;
	switch (c) {
	case '\n':
		return output_newline(t, room);
	case '\r':
		return output_return(t);
	case '\t':
		return output_tab(t, room);
	case '\b':
		if (t->column > 0)
			t->column--;
		break;
	default:
		if (is_cntrl(c))
			break;
		if (O_FLAG(t, OLCUC))
			c = to_upper(c);
		if (!is_continuation(t, c))
			t->column++;
	}
	ring_put(&t->out, c);
	return true;
}

size_t
ldisc_write(struct tty *t, const uint8_t *p, size_t n)
{
	bool opost = O_FLAG(t, OPOST);
	size_t i, room;

	ldisc_echoes(t);
	for (i = 0; i < n; i++) {
		room = ldisc_out_room(t);
		if (room == 0)
			break;
		if (!opost)
			ring_put(&t->out, p[i]);
		else if (!output_char(t, p[i], room))
			break;
	}
	if (i > 0)
		tty_wake(t, TTY_MASTER, EPOLLIN | EPOLLRDNORM);
	return i;
}

size_t
ldisc_take(struct tty *t, uint8_t *p, size_t n)
{
	size_t i, have = ring_count(&t->out);

	if (n > have)
		n = have;
	for (i = 0; i < n; i++)
		p[i] = ring_get(&t->out);
	if (n > 0)
		tty_wake(t, TTY_SLAVE, EPOLLOUT | EPOLLWRNORM);
	return n;
}

/* --- flow --- */

void
tty_stop(struct tty *t)
{
	if (t->stopped)
		return;
	t->stopped = true;
	if (t->packet) {
		t->pktstatus = (t->pktstatus & ~TIOCPKT_START) | TIOCPKT_STOP;
		tty_wake(t, TTY_MASTER, EPOLLIN | EPOLLPRI);
	}
}

void
tty_start(struct tty *t)
{
	if (!t->stopped || t->tco_stopped)
		return;
	t->stopped = false;
	if (t->packet) {
		t->pktstatus = (t->pktstatus & ~TIOCPKT_STOP) | TIOCPKT_START;
		tty_wake(t, TTY_MASTER, EPOLLIN | EPOLLPRI);
	}
	tty_wake(t, TTY_SLAVE, EPOLLOUT | EPOLLWRNORM);
}

void
ldisc_restart(struct tty *t)
{
	tty_start(t);
	ldisc_echoes(t);
}

/* --- echo --- */

/*
 * The echo queue holds bytes and marked operations, which are carried out when
 * they come to the output: the columns they depend on are known only then.
 * Echoes are worked off at the end of a piece of input, or every ECHO_BLOCK
 * bytes in it; a signal key drops those that still wait, as on Linux.
 */
#define ECHO_MARK	0xffu
#define ECHO_BACK_COL	0x80u	/* one column back */
#define ECHO_SET_COL	0x81u	/* canon_column is here */
#define ECHO_ERASE_TAB	0x82u	/* with a byte more: columns, bit 7: after a tab */
#define ECHO_BLOCK	256u
#define ECHO_DISCARD	(TTY_ECHO_SIZE - (ECHO_BLOCK + 32))

static uint8_t
echo_at(const struct tty *t, uint32_t i)
{
	return t->echo.data[(t->echo.tail + i) & (TTY_ECHO_SIZE - 1)];
}

static uint32_t
echo_len(const struct tty *t)
{
	if (echo_at(t, 0) != ECHO_MARK)
		return 1;
	return echo_at(t, 1) == ECHO_ERASE_TAB ? 3 : 2;
}

static void
put_column_back(struct tty *t)
{
	if (t->column > 0)
		t->column--;
}

static bool
echo_do_erase_tab(struct tty *t, unsigned chars, size_t room)
{
	unsigned n;

	if (!(chars & 0x80))
		chars += t->canon_column;
	n = 8 - (chars & 7);
	if (n > room)
		return false;
	while (n-- > 0) {
		ring_put(&t->out, '\b');
		put_column_back(t);
	}
	return true;
}

/* ^X for a control character; the mark itself stands for the byte 0377. */
static bool
echo_do_marked(struct tty *t, uint8_t op, size_t room)
{
	switch (op) {
	case ECHO_ERASE_TAB:
		return echo_do_erase_tab(t, echo_at(t, 2), room);
	case ECHO_SET_COL:
		t->canon_column = t->column;
		return true;
	case ECHO_BACK_COL:
		put_column_back(t);
		return true;
	case ECHO_MARK:
		if (room == 0)
			return false;
		ring_put(&t->out, ECHO_MARK);
		t->column++;
		return true;
	default:
		if (room < 2)
			return false;
		ring_put(&t->out, '^');
		ring_put(&t->out, op ^ 0100);
		t->column += 2;
		return true;
	}
}

static bool
echo_do(struct tty *t, size_t room)
{
	uint8_t c = echo_at(t, 0);

	if (c == ECHO_MARK)
		return echo_do_marked(t, echo_at(t, 1), room);
	if (O_FLAG(t, OPOST))
		return output_char(t, c, room);
	if (room == 0)
		return false;
	ring_put(&t->out, c);
	return true;
}

void
ldisc_echoes(struct tty *t)
{
	uint32_t before = ring_count(&t->out);

	t->echo_seen = t->echo.head;
	if (ring_count(&t->echo) == 0)
		return;
	while (ring_count(&t->echo) > 0 && echo_do(t, ldisc_out_room(t)))
		t->echo.tail += echo_len(t);
	while (ring_count(&t->echo) >= ECHO_DISCARD)
		t->echo.tail += echo_len(t);
	if (ring_count(&t->out) != before)
		tty_wake(t, TTY_MASTER, EPOLLIN | EPOLLRDNORM);
}

void
ldisc_echo_commit(struct tty *t)
{
	uint32_t n = ring_count(&t->echo), old = t->echo_old;

	t->echo_old = n;
	if (n >= ECHO_BLOCK && n % ECHO_BLOCK <= old % ECHO_BLOCK) {
		ldisc_echoes(t);
		t->echo_old = ring_count(&t->echo);
	}
}

/* A byte or an operation goes in whole or, when there is no room, not at all. */
static void
echo_put(struct tty *t, const uint8_t *p, size_t n)
{
	if (t->echo.size - ring_count(&t->echo) < n)
		return;
	while (n-- > 0)
		ring_put(&t->echo, *p++);
}

static void
echo_op(struct tty *t, uint8_t op)
{
	echo_put(t, (const uint8_t[]){ ECHO_MARK, op }, 2);
}

void
ldisc_echo_back_col(struct tty *t)
{
	echo_op(t, ECHO_BACK_COL);
}

void
ldisc_echo_set_col(struct tty *t)
{
	echo_op(t, ECHO_SET_COL);
}

void
ldisc_echo_erase_tab(struct tty *t, unsigned chars, bool after_tab)
{
	uint8_t op[3] = { ECHO_MARK, ECHO_ERASE_TAB, (chars & 7) | (after_tab ? 0x80 : 0) };

	echo_put(t, op, sizeof(op));
}

void
ldisc_echo_raw(struct tty *t, uint8_t c)
{
	if (c == ECHO_MARK)
		echo_op(t, c);
	else
		echo_put(t, &c, 1);
}

void
ldisc_echo_char(struct tty *t, uint8_t c)
{
	if (c != ECHO_MARK && L_FLAG(t, ECHOCTL) && is_cntrl(c) && c != '\t')
		echo_op(t, c);
	else
		ldisc_echo_raw(t, c);
}

/* --- flushing --- */

void
ldisc_packet_status(struct tty *t, uint8_t bits)
{
	if (!t->packet)
		return;
	t->pktstatus |= bits;
	tty_wake(t, TTY_MASTER, EPOLLIN | EPOLLPRI | EPOLLRDNORM);
}

/*
 * What the master's own discipline has taken already is out of reach.  On Linux
 * a worker moves it there; what came out of the piece of input that is being
 * worked on has not been moved yet.
 */
void
ldisc_flush_output(struct tty *t)
{
	uint32_t keep = TTY_MASTER_CHUNK;

	if (t->pulling && t->pull_mark - t->out.tail < keep)
		keep = t->pull_mark - t->out.tail;
	if (ring_count(&t->out) > keep)
		t->out.head = t->out.tail + keep;
	ldisc_packet_status(t, TIOCPKT_FLUSHWRITE);
	tty_wake(t, TTY_SLAVE, EPOLLOUT | EPOLLWRNORM);
}
