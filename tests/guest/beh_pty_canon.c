/* The canonical line discipline: lines, echo, erase, kill, end of file, carriage returns, control characters. */
#include "vktest.h"
#include <termios.h>

static int m, s;
static struct termios first;
static void type(const char *text, size_t n)
{
	MUST(write(m, text, n));
}
#define TYPE(t) type(t, sizeof(t) - 1)
static void slave(void)
{
	char b[8192];
	struct pollfd p = {s, POLLIN, 0};
	poll(&p, 1, 300); /* what the other end wrote comes through a queue */
	ssize_t n = read(s, b, sizeof b);
	if (n < 0)
		printf("slave: %s\n", t_errname(errno));
	else
		t_quote("slave", b, n);
}
static void master(void)
{
	char b[8192];
	size_t have = 0;
	struct pollfd p = {m, POLLIN, 0};
	while (have < sizeof b && poll(&p, 1, 60) == 1) {
		ssize_t n = read(m, b + have, sizeof b - have);
		if (n <= 0)
			break;
		have += n;
	}
	t_quote("master", b, have);
}
static void set(tcflag_t i, tcflag_t o, tcflag_t l)
{
	struct termios t = first;
	t.c_iflag = i, t.c_oflag = o, t.c_lflag = l;
	MUST(tcsetattr(s, TCSANOW, &t));
}

int main(void)
{
	setsid();
	m = MUST(posix_openpt(O_RDWR | O_NOCTTY));
	MUST(grantpt(m));
	MUST(unlockpt(m));
	s = MUST(open(ptsname(m), O_RDWR | O_NOCTTY | O_NONBLOCK));
	MUST(tcgetattr(s, &first));

	SECTION("nothing before the line ends");
	TYPE("abc");
	slave();
	TYPE("def\n");
	slave();
	master();

	SECTION("one line a read; a short read leaves the rest");
	TYPE("one\ntwo\n");
	char b[8];
	int n;
	t_sleep_ms(50);
	SHOW(ioctl(s, FIONREAD, &n) ? -1 : n);
	SHOW(read(s, b, 2));
	t_quote("b", b, 2);
	slave();
	slave();
	slave();
	master();

	SECTION("erase, kill, word erase, literal next, reprint");
	TYPE("abx\177c\n");
	slave();
	master();
	TYPE("wrong\025right\n");
	slave();
	master();
	TYPE("two words\027ones\n");
	slave();
	master();
	TYPE("a\026\177b\n");
	slave();
	master();
	TYPE("ab\022c\n");
	slave();
	master();
	TYPE("\177\177x\n");
	slave();
	master();
	TYPE("tab\there\177\177\177\177\177\n");
	slave();
	master();

	SECTION("end of file");
	TYPE("\004");
	slave();
	TYPE("text\004");
	slave();
	TYPE("a\004b\n");
	slave();
	slave();
	master();

	SECTION("carriage returns in");
	TYPE("cr\r");
	slave();
	set(first.c_iflag & ~ICRNL, first.c_oflag, first.c_lflag);
	TYPE("cr\rlf\n");
	slave();
	set((first.c_iflag & ~ICRNL) | INLCR, first.c_oflag, first.c_lflag);
	TYPE("lf\ncr\r\004");
	slave();
	set(IGNCR, first.c_oflag, first.c_lflag);
	TYPE("a\rb\n");
	slave();
	set(first.c_iflag | ISTRIP | IUCLC, first.c_oflag, first.c_lflag | IEXTEN);
	TYPE("A\301B\n");
	slave();
	master();

	SECTION("echo off, echo of control characters, newline only");
	set(first.c_iflag, first.c_oflag, first.c_lflag & ~ECHO);
	TYPE("silent\n");
	slave();
	master();
	set(first.c_iflag, first.c_oflag, (first.c_lflag & ~ECHO) | ECHONL);
	TYPE("silent\n");
	slave();
	master();
	set(first.c_iflag, first.c_oflag, first.c_lflag);
	TYPE("\001\033[A\n");
	slave();
	master();
	set(first.c_iflag, first.c_oflag, first.c_lflag & ~ECHOCTL);
	TYPE("\001x\n");
	slave();
	master();
	set(first.c_iflag, first.c_oflag, first.c_lflag & ~ECHOE);
	TYPE("ab\177c\n");
	slave();
	master();
	set(first.c_iflag, first.c_oflag, first.c_lflag & ~(ECHOK | ECHOKE));
	TYPE("ab\025c\n");
	slave();
	master();

	SECTION("VEOL ends lines, too");
	struct termios t = first;
	t.c_cc[VEOL] = ';';
	MUST(tcsetattr(s, TCSANOW, &t));
	TYPE("a;b\n");
	slave();
	slave();
	master();

	SECTION("output: ONLCR, OCRNL, tabs, OPOST off");
	MUST(write(s, "a\nb\tc\n", 6));
	master();
	set(first.c_iflag, OPOST | OCRNL, first.c_lflag);
	MUST(write(s, "a\rb\n", 4));
	master();
	set(first.c_iflag, OPOST | ONLCR | XTABS, first.c_lflag);
	MUST(write(s, "a\tb\n", 4));
	master();
	set(first.c_iflag, 0, first.c_lflag);
	MUST(write(s, "a\nb\n", 4));
	master();
	set(first.c_iflag, OPOST | OLCUC | ONLCR | ONOCR, first.c_lflag);
	MUST(write(s, "\rab\r\n", 5));
	master();

	SECTION("a line of more than 4095 bytes is cut");
	set(first.c_iflag & ~IMAXBEL, first.c_oflag, first.c_lflag & ~ECHO);
	fcntl(m, F_SETFL, O_NONBLOCK);
	char big[5000];
	memset(big, 'L', sizeof big);
	size_t done = 0;
	for (int i = 0; i < 100 && done < sizeof big; i++) {
		ssize_t w = write(m, big + done, sizeof big - done);
		if (w > 0)
			done += w;
		else
			t_sleep_ms(2);
	}
	SHOW(done);
	for (int i = 0; i < 100 && write(m, "\n", 1) != 1; i++)
		t_sleep_ms(2);
	t_sleep_ms(20);
	static char got[8192];
	SHOW(read(s, got, sizeof got));
	SHOW(got[0] == 'L' && got[4094] == 'L' && got[4095] == '\n');
	return 0;
}
