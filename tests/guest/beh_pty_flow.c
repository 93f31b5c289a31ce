/* Flow control and packet mode: ^S and ^Q, tcflow, TIOCPKT, full buffers, TIOCEXCL, TIOCINQ and TIOCOUTQ. */
#include "vktest.h"
#include <termios.h>

static int m, s;
static ssize_t take(char *b, size_t n, int ms)
{
	struct pollfd p = {m, POLLIN, 0};
	return poll(&p, 1, ms) == 1 ? read(m, b, n) : -2;
}

int main(void)
{
	static char b[70000];
	int n, on = 1, off = 0;
	setsid();
	m = MUST(posix_openpt(O_RDWR | O_NOCTTY));
	MUST(unlockpt(m));
	s = MUST(open(ptsname(m), O_RDWR | O_NOCTTY));

	SECTION("^S holds the output, ^Q lets it go");
	MUST(write(m, "\023", 1));
	t_sleep_ms(40);
	MUST(fcntl(s, F_SETFL, O_NONBLOCK));
	SHOW(write(s, "held", 4));
	SHOW(take(b, sizeof b, 30));
	MUST(write(m, "\021", 1));
	t_sleep_ms(40);
	SHOW(write(s, "free", 4));
	SHOW(take(b, sizeof b, 500));

	SECTION("tcflow");
	SHOW(tcflow(s, TCOOFF));
	SHOW(write(s, "x", 1));
	SHOW(tcflow(s, TCOON));
	SHOW(write(s, "y", 1));
	SHOW(take(b, sizeof b, 500));
	SHOW(tcflow(s, TCIOFF));
	ssize_t r = take(b, sizeof b, 500);
	t_quote("master", b, r > 0 ? r : 0);
	SHOW(tcflow(s, TCION));
	r = take(b, sizeof b, 500);
	t_quote("master", b, r > 0 ? r : 0);
	SHOW(tcflow(s, 9));

	SECTION("packet mode");
	SHOW(ioctl(m, TIOCPKT, &on));
	SHOW(ioctl(m, TIOCGPKT, &n) ? -1 : n);
	MUST(write(s, "data", 4));
	r = take(b, sizeof b, 500);
	t_quote("packet", b, r > 0 ? r : 0);
	SHOW(tcflush(s, TCIFLUSH));
	r = take(b, sizeof b, 500);
	t_quote("packet", b, r > 0 ? r : 0);
	SHOW(tcflow(s, TCOOFF));
	r = take(b, sizeof b, 500);
	t_quote("packet", b, r > 0 ? r : 0);
	SHOW(tcflow(s, TCOON));
	r = take(b, sizeof b, 500);
	t_quote("packet", b, r > 0 ? r : 0);
	struct termios t, old;
	MUST(tcgetattr(s, &old));
	t = old;
	t.c_iflag &= ~IXON;
	MUST(tcsetattr(s, TCSANOW, &t));
	r = take(b, sizeof b, 500);
	t_quote("packet", b, r > 0 ? r : 0);
	MUST(tcsetattr(s, TCSANOW, &old));
	r = take(b, sizeof b, 500);
	t_quote("packet", b, r > 0 ? r : 0);
	struct pollfd p = {m, POLLIN | POLLPRI, 0};
	MUST(tcflush(s, TCIFLUSH));
	SHOW(poll(&p, 1, 500));
	SHOW_X(p.revents);
	SHOW(take(b, sizeof b, 500));
	SHOW(ioctl(m, TIOCPKT, &off));
	SHOW(ioctl(s, TIOCPKT, &on));

	SECTION("TIOCOUTQ, TIOCINQ");
	MUST(write(m, "four\n", 5));
	t_sleep_ms(40);
	SHOW(ioctl(s, TIOCINQ, &n) ? -1 : n);
	SHOW(ioctl(s, TIOCOUTQ, &n) ? -1 : n);
	SHOW(take(b, sizeof b, 500));
	SHOW(read(s, b, sizeof b));

	SECTION("nobody reads: writers fill the buffers and get EAGAIN");
	cfmakeraw(&t);
	MUST(tcsetattr(s, TCSANOW, &t));
	MUST(fcntl(m, F_SETFL, O_NONBLOCK));
	long total = 0;
	memset(b, 'o', sizeof b);
	while ((r = write(s, b, 1000)) > 0 && total < 10000000)
		total += r;
	int err = errno;
	SHOW_AS((errno = err, r), "slave write");
	CHECK(total >= 4096 && total < 1000000);
	long back = 0;
	for (int i = 0; i < 2000 && back < total; i++) {
		r = take(b, sizeof b, 100);
		if (r > 0)
			back += r;
	}
	CHECK(back == total);
	total = 0;
	int idle = 0;
	while (total < 1000000 && idle < 20) {
		r = write(m, b, 1000);
		if (r > 0)
			total += r, idle = 0;
		else
			err = errno, idle++, t_sleep_ms(2);
	}
	SHOW_AS((errno = err, r), "master write");
	CHECK(total >= 4095 && total < 1000000);

	SECTION("TIOCEXCL: no more opens, except by root");
	SHOW(ioctl(s, TIOCGEXCL, &n) ? -1 : n);
	SHOW(ioctl(s, TIOCEXCL));
	SHOW(ioctl(s, TIOCGEXCL, &n) ? -1 : n);
	SHOW(ioctl(s, TIOCNXCL));
	SHOW_OK(open(ptsname(m), O_RDWR | O_NOCTTY));
	return 0;
}
