/*
 * test_tty.c - pseudo terminals: the line discipline, echo, signals, job
 * control, hangup.
 */
#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <asm/termbits.h>

static struct guest *g;
static int master, slave;
static uint64_t buf;

static void
boot(void)
{
	char name[32] = "/dev/pts/";
	uint64_t at;

	g = fake_boot();
	buf = guest_alloc(g, 8192);
	at = guest_alloc(g, 4);
	master = (int)must(guest_call(g, SYS_open, guest_str(g, "/dev/ptmx"),
	    O_RDWR | O_NOCTTY | O_NONBLOCK));
	expect(guest_call(g, SYS_ioctl, master, TIOCSPTLCK, at), 0);
	expect(guest_call(g, SYS_ioctl, master, TIOCGPTN, at), 0);
	name[9] = (char)('0' + guest_u32(g, at));
	slave = (int)must(guest_call(g, SYS_open, guest_str(g, name), O_RDWR | O_NOCTTY | O_NONBLOCK));
}

static struct termios
get_termios(void)
{
	struct termios tio;

	expect(guest_call(g, SYS_ioctl, slave, TCGETS, buf), 0);
	guest_get(g, buf, &tio, sizeof(tio));
	return tio;
}

static void
set_termios(const struct termios *tio)
{
	expect(guest_call(g, SYS_ioctl, slave, TCSETS, guest_buf(g, tio, sizeof(*tio))), 0);
}

static void
set_lflag(unsigned off, unsigned on)
{
	struct termios tio = get_termios();

	tio.c_lflag = (tio.c_lflag & ~off) | on;
	set_termios(&tio);
}

static void
type(const char *text)
{
	expect(guest_call(g, SYS_write, master, guest_str(g, text), strlen(text)), strlen(text));
}

/* What can be read now; "" when nothing. */
static const char *
take(int fd)
{
	static char text[2][8192];
	char *t = text[fd == master];
	long n = guest_call(g, SYS_read, fd, buf, 8000);

	if (n == -EAGAIN)
		n = 0;
	ck_assert_msg(n >= 0, "read: %ld", n);
	guest_get(g, buf, t, (size_t)n);
	t[n] = '\0';
	return t;
}

/* Typed characters; what the program reads, what the screen shows. */
START_TEST(canonical_editing)
{
	static const struct { const char *typed, *read, *echo; } t[] = {
		{ "abc\n", "abc\n", "abc\r\n" },
		{ "abc\r", "abc\n", "abc\r\n" },
		{ "abd\177c\n", "abc\n", "abd\b \bc\r\n" },
		{ "\177\177x\n", "x\n", "x\r\n" },
		{ "abc\025xy\n", "xy\n", "abc\b \b\b \b\b \bxy\r\n" },
		{ "one two\027three\n", "one three\n", "one two\b \b\b \b\b \bthree\r\n" },
		{ "a\026\003b\n", "a\003b\n", "a^\b^Cb\r\n" },
		{ "ab\004", "ab", "ab" },
		{ "\001\n", "\001\n", "^A\r\n" },
		{ "\n", "\n", "\r\n" },
	};
	const char *s;
	size_t i;

	boot();
	for (i = 0; i < nitems(t); i++) {
		type(t[i].typed);
		s = take(slave);
		ck_assert_msg(strcmp(s, t[i].read) == 0, "row %zu: read \"%s\"", i, s);
		s = take(master);
		ck_assert_msg(strcmp(s, t[i].echo) == 0, "row %zu: echo \"%s\"", i, s);
	}
}
END_TEST

START_TEST(lines)
{
	boot();
	type("no newline yet");
	ck_assert_str_eq(take(slave), "");
	type("\nsecond\nthird");
	ck_assert_str_eq(take(slave), "no newline yet\n");
	/* A read takes one line, or a part of it. */
	expect(guest_call(g, SYS_read, slave, buf, 3), 3);
	ck_assert_str_eq(take(slave), "ond\n");
	ck_assert_str_eq(take(slave), "");
	/* End of file at the start of a line: 0 bytes. */
	type("\004");
	expect(guest_call(g, SYS_read, slave, buf, 100), 5);
	type("\004");
	expect(guest_call(g, SYS_read, slave, buf, 100), 0);
	expect(guest_call(g, SYS_read, slave, buf, 100), -EAGAIN);
}
END_TEST

START_TEST(echo_off)
{
	boot();
	set_lflag(ECHO, 0);
	type("secret\n");
	ck_assert_str_eq(take(master), "");
	ck_assert_str_eq(take(slave), "secret\n");
	set_lflag(0, ECHONL);
	type("x\n");
	ck_assert_str_eq(take(master), "\r\n");
}
END_TEST

START_TEST(raw)
{
	struct termios tio;
	struct pollfd p;

	boot();
	tio = get_termios();
	tio.c_lflag &= ~(unsigned)(ICANON | ECHO | ISIG | IEXTEN);
	tio.c_iflag &= ~(unsigned)(ICRNL | IXON);
	tio.c_oflag &= ~(unsigned)OPOST;
	tio.c_cc[VMIN] = 1;
	tio.c_cc[VTIME] = 0;
	set_termios(&tio);
	type("a\r\003\177");
	ck_assert_str_eq(take(slave), "a\r\003\177");
	expect(guest_call(g, SYS_write, slave, guest_str(g, "x\n"), 2), 2);
	ck_assert_str_eq(take(master), "x\n");
	/* VMIN 3: a read waits for three. */
	tio.c_cc[VMIN] = 3;
	set_termios(&tio);
	expect(guest_call(g, SYS_fcntl, slave, F_SETFL, O_RDWR), 0);
	type("ab");
	p = (struct pollfd){ slave, POLLIN, 0 };
	expect(guest_call(g, SYS_poll, guest_buf(g, &p, sizeof(p)), 1, 0), 0);
	guest_post(g, SYS_read, slave, buf, 10);
	ck_assert(guest_waits(g));
}
END_TEST

START_TEST(read_times_out)
{
	struct termios tio;

	boot();
	tio = get_termios();
	tio.c_lflag &= ~(unsigned)(ICANON | ECHO);
	tio.c_cc[VMIN] = 0;
	tio.c_cc[VTIME] = 5;
	set_termios(&tio);
	expect(guest_call(g, SYS_fcntl, slave, F_SETFL, O_RDWR), 0);
	guest_post(g, SYS_read, slave, buf, 10);
	ck_assert(guest_waits(g));
	fake_clock_advance(500 * 1000000);
	expect(guest_result(g), 0);
}
END_TEST

START_TEST(output)
{
	boot();
	expect(guest_call(g, SYS_write, slave, guest_str(g, "a\nb\n"), 4), 4);
	ck_assert_str_eq(take(master), "a\r\nb\r\n");
}
END_TEST

START_TEST(window_size)
{
	struct winsize ws = { 24, 80, 0, 0 };

	boot();
	expect(guest_call(g, SYS_ioctl, master, TIOCSWINSZ, guest_buf(g, &ws, sizeof(ws))), 0);
	expect(guest_call(g, SYS_ioctl, slave, TIOCGWINSZ, buf), 0);
	ck_assert_uint_eq(guest_u32(g, buf), 80 << 16 | 24);
	expect(guest_call(g, SYS_ioctl, slave, 0x9999, buf), -ENOTTY);
	expect(guest_call(g, SYS_ioctl, slave, TCGETS, 16), -EFAULT);
}
END_TEST

/* A session of its own with the slave as its terminal. */
static struct guest *
session(int *pid)
{
	struct guest *c = guest_fork(g, pid);

	expect(guest_call(c, SYS_setsid), *pid);
	expect(guest_call(c, SYS_ioctl, slave, TIOCSCTTY, 0), 0);
	expect(guest_call(c, SYS_fcntl, slave, F_SETFL, O_RDWR), 0);
	return c;
}

static int
status_of(int pid, int options)
{
	fake_settle();
	expect(guest_call(g, SYS_wait4, pid, buf, options | WNOHANG, 0), pid);
	return (int)guest_u32(g, buf);
}

START_TEST(keys_that_signal)
{
	static const struct { const char *key; int sig; } t[] = {
		{ "\003", SIGINT }, { "\034", SIGQUIT },
	};
	struct guest *c;
	size_t i;
	int pid;

	for (i = 0; i < nitems(t); i++) {
		boot();
		c = session(&pid);
		guest_post(c, SYS_read, slave, buf, 10);
		ck_assert(guest_waits(c));
		type("gone");
		type(t[i].key);
		ck_assert_int_eq(status_of(pid, 0) & 0x7f, t[i].sig);
		fake_shutdown();
		fake_init();
	}
}
END_TEST

START_TEST(suspend_key)
{
	struct guest *c, *job;
	int pid, jpid, st;

	boot();
	c = session(&pid);
	job = guest_fork(c, &jpid);
	expect(guest_call(c, SYS_setpgid, jpid, jpid), 0);
	/* In the background: reading stops it, and so does tcsetpgrp. */
	guest_post(job, SYS_read, slave, buf, 10);
	fake_settle();
	expect(guest_call(c, SYS_wait4, jpid, buf, WUNTRACED | WNOHANG, 0), jpid);
	st = (int)guest_u32(c, buf);
	ck_assert_int_eq(st, SIGTTIN << 8 | 0x7f);
	expect(guest_call(c, SYS_ioctl, slave, TIOCSPGRP, guest_buf(c, &jpid, 4)), 0);
	expect(guest_call(c, SYS_kill, jpid, SIGCONT), 0);
	ck_assert(guest_waits(job));
	type("line\n");
	expect(guest_result(job), 5);
	guest_post(job, SYS_read, slave, buf, 10);
	ck_assert(guest_waits(job));
	type("\032");
	fake_settle();
	expect(guest_call(c, SYS_wait4, jpid, buf, WUNTRACED | WNOHANG, 0), jpid);
	ck_assert_int_eq((int)guest_u32(c, buf), SIGTSTP << 8 | 0x7f);
	/* The shell is in the background now. */
	expect(guest_signal(c, SIGTTOU, 1), 0);
	expect(guest_call(c, SYS_ioctl, slave, TIOCSPGRP, guest_buf(c, &pid, 4)), 0);
	expect(guest_call(c, SYS_ioctl, slave, TIOCGPGRP, buf), 0);
	ck_assert_int_eq((int)guest_u32(c, buf), pid);
	expect(guest_call(g, SYS_ioctl, slave, TIOCGPGRP, buf), -ENOTTY);
}
END_TEST

START_TEST(hangup)
{
	struct guest *c;
	int pid;

	boot();
	c = session(&pid);
	expect(guest_sigaction(c, SIGHUP, NULL, 0, 0), 0);
	expect(guest_call(c, SYS_close, master), 0);
	guest_post(c, SYS_read, slave, buf, 10);
	ck_assert(guest_waits(c));
	expect(guest_call(g, SYS_close, master), 0);
	fake_settle();
	expect(guest_result(c), GUEST_HANDLER);
	guest_sigreturn(c);
	expect(guest_call(c, SYS_read, slave, buf, 10), 0);
	expect(guest_call(c, SYS_write, slave, buf, 1), -EIO);
}
END_TEST

START_TEST(slave_closes)
{
	boot();
	expect(guest_call(g, SYS_write, slave, guest_str(g, "last"), 4), 4);
	expect(guest_call(g, SYS_close, slave), 0);
	ck_assert_str_eq(take(master), "last");
	expect(guest_call(g, SYS_read, master, buf, 10), -EIO);
}
END_TEST

UNIT_MAIN("tty", canonical_editing, lines, echo_off, raw, read_times_out, output, window_size,
    keys_that_signal, suspend_key, hangup, slave_closes)
