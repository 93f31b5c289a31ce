/* A controlling terminal: TIOCSCTTY, /dev/tty, and the characters and sizes that become signals for the foreground group. */
#include "vktest.h"
#include <termios.h>

static volatile sig_atomic_t last;
static void on(int sig)
{
	last = sig;
}
static int m, s;
static void expect(const char *what)
{
	for (int i = 0; i < 200 && !last; i++)
		t_sleep_ms(5);
	printf("%s: %s\n", what, last ? t_signame(last) : "nothing");
	last = 0;
}
static void drain(const char *what)
{
	char b[256];
	struct pollfd p = {m, POLLIN, 0};
	ssize_t n = poll(&p, 1, 100) == 1 ? read(m, b, sizeof b) : 0;
	t_quote(what, b, n);
}

static int session(void)
{
	char b[64];
	struct termios t;
	MUST(setsid());
	SECTION("no controlling terminal yet");
	SHOW_OK(open("/dev/tty", O_RDWR));
	SHOW(tcgetpgrp(s));
	SHOW(tcsetpgrp(s, getpgrp()));
	SHOW(ioctl(s, TIOCNOTTY));

	SECTION("TIOCSCTTY");
	SHOW(ioctl(s, TIOCSCTTY, 0));
	SHOW(ioctl(s, TIOCSCTTY, 0));
	CHECK(tcgetpgrp(s) == getpid());
	CHECK(tcgetsid(s) == getpid());
	CHECK(tcgetsid(m) == getpid());
	int tty = SHOW_OK(open("/dev/tty", O_RDWR));
	SHOW(write(tty, "via tty\n", 8));
	drain("master");
	SHOW(isatty(tty));
	SHOW_STR(ttyname(tty));

	SECTION("characters");
	static const int sigs[] = {SIGINT, SIGQUIT, SIGTSTP, SIGWINCH};
	for (size_t i = 0; i < T_COUNT(sigs); i++)
		signal(sigs[i], on);
	MUST(write(m, "\003", 1));
	expect("^C");
	drain("echo");
	MUST(write(m, "\034", 1));
	expect("^\\");
	drain("echo");
	MUST(write(m, "\032", 1));
	expect("^Z");
	drain("echo");

	SECTION("they flush what was typed, unless NOFLSH");
	fcntl(s, F_SETFL, O_NONBLOCK);
	MUST(write(m, "typed", 5));
	MUST(write(m, "\003", 1));
	expect("^C");
	MUST(write(m, "x\n", 2));
	t_sleep_ms(40);
	ssize_t n = read(s, b, sizeof b);
	t_quote("line", b, n > 0 ? n : 0);
	MUST(tcgetattr(s, &t));
	t.c_lflag |= NOFLSH;
	MUST(tcsetattr(s, TCSANOW, &t));
	MUST(write(m, "typed", 5));
	MUST(write(m, "\003", 1));
	expect("^C");
	MUST(write(m, "x\n", 2));
	t_sleep_ms(40);
	n = read(s, b, sizeof b);
	t_quote("line", b, n > 0 ? n : 0);
	tcflush(m, TCIFLUSH);

	SECTION("ISIG off: a character like others; another VINTR");
	t.c_lflag &= ~(ISIG | ECHO);
	MUST(tcsetattr(s, TCSANOW, &t));
	MUST(write(m, "\003\n", 2));
	t_sleep_ms(40);
	n = read(s, b, sizeof b);
	t_quote("line", b, n > 0 ? n : 0);
	SHOW(last);
	t.c_lflag |= ISIG;
	t.c_cc[VINTR] = 'k';
	t.c_cc[VQUIT] = 0; /* _POSIX_VDISABLE */
	MUST(tcsetattr(s, TCSANOW, &t));
	MUST(write(m, "k", 1));
	expect("k");
	MUST(write(m, "\034\n", 2));
	t_sleep_ms(40);
	SHOW(last);
	n = read(s, b, sizeof b);
	t_quote("line", b, n > 0 ? n : 0);

	SECTION("window size");
	struct winsize w = {24, 80, 0, 0};
	SHOW(ioctl(m, TIOCSWINSZ, &w));
	expect("set from the master");
	SHOW(ioctl(m, TIOCSWINSZ, &w));
	t_sleep_ms(20);
	SHOW(last);
	w.ws_col = 132;
	SHOW(ioctl(s, TIOCSWINSZ, &w));
	expect("set from the slave");
	memset(&w, 0, sizeof w);
	SHOW(ioctl(tty, TIOCGWINSZ, &w));
	printf("%d x %d\n", w.ws_row, w.ws_col);
	SHOW(ioctl(s, TIOCSWINSZ, BADP));

	SECTION("a read is interrupted");
	fcntl(s, F_SETFL, 0);
	struct sigaction sa = {.sa_handler = on};
	sigaction(SIGINT, &sa, NULL);
	pid_t p = t_fork();
	if (p == 0) {
		t_sleep_ms(40);
		write(m, "k", 1);
		_exit(0);
	}
	SHOW(read(s, b, sizeof b));
	t_waitpid(p);

	SECTION("TIOCSIG from the master");
	last = 0;
	SHOW(ioctl(m, TIOCSIG, SIGQUIT));
	expect("TIOCSIG");

	SECTION("TIOCNOTTY lets go of it");
	signal(SIGHUP, on);
	signal(SIGCONT, on);
	SHOW(ioctl(s, TIOCNOTTY));
	CHECK(last == SIGHUP || last == SIGCONT);
	SHOW_OK(open("/dev/tty", O_RDWR));
	return 0;
}

int main(void)
{
	m = MUST(posix_openpt(O_RDWR | O_NOCTTY));
	MUST(unlockpt(m));
	s = MUST(open(ptsname(m), O_RDWR | O_NOCTTY));
	printf("session: %s\n", t_status(t_child(session)));
	return 0;
}
