/* Raw mode: VMIN and VTIME, non-blocking, flushing, changing modes with input waiting, polling. */
#include "vktest.h"
#include <termios.h>

static int m, s;
static struct termios raw;
static void mode(int min, int time)
{
	raw.c_cc[VMIN] = min, raw.c_cc[VTIME] = time;
	MUST(tcsetattr(s, TCSANOW, &raw));
}
/* Writes to the master and waits until it has come through. */
static void type(const char *text, size_t n)
{
	struct pollfd p = {s, POLLIN, 0};
	int have = 0;
	MUST(write(m, text, n));
	poll(&p, 1, 300);
	for (int i = 0; i < 100 && ioctl(s, FIONREAD, &have) == 0 && have < (int)n; i++)
		t_sleep_ms(1);
}
static pid_t later(const char *text, int ms)
{
	pid_t p = t_fork();
	if (p == 0) {
		for (; *text; text++) {
			t_sleep_ms(ms);
			write(m, text, 1);
		}
		_exit(0);
	}
	return p;
}

int main(void)
{
	char b[64];
	int n;
	long t0;
	struct termios cooked;
	setsid();
	m = MUST(posix_openpt(O_RDWR | O_NOCTTY));
	MUST(unlockpt(m));
	s = MUST(open(ptsname(m), O_RDWR | O_NOCTTY));
	MUST(tcgetattr(s, &cooked));
	raw = cooked;
	cfmakeraw(&raw);
	printf("cfmakeraw: iflag 0%o oflag 0%o cflag 0%o lflag 0%o\n", raw.c_iflag, raw.c_oflag, raw.c_cflag, raw.c_lflag);

	SECTION("every byte as it is, no echo, no signals");
	mode(1, 0);
	type("a\r\n\003\004\177", 6);
	ssize_t r = SHOW(read(s, b, sizeof b));
	t_quote("slave", b, r);
	MUST(write(s, "x\n", 2));
	r = SHOW(read(m, b, sizeof b));
	t_quote("master", b, r);

	SECTION("VMIN 1: waits for one");
	pid_t p = later("x", 40);
	SHOW(read(s, b, sizeof b));
	t_waitpid(p);

	SECTION("VMIN 3: waits for three, or as many as are asked for");
	mode(3, 0);
	p = later("abc", 15);
	SHOW(read(s, b, sizeof b));
	t_waitpid(p);
	p = later("de", 15);
	SHOW(read(s, b, 2));
	t_waitpid(p);

	SECTION("VMIN 0 VTIME 0: what is there");
	mode(0, 0);
	SHOW(read(s, b, sizeof b));
	type("now", 3);
	SHOW(read(s, b, sizeof b));

	SECTION("VMIN 0 VTIME 1: waits a tenth of a second");
	mode(0, 1);
	t0 = t_now_ms();
	SHOW(read(s, b, sizeof b));
	t0 = t_now_ms() - t0;
	CHECK(t0 >= 80 && t0 < 3000);
	p = later("q", 30);
	SHOW(read(s, b, sizeof b));
	t_waitpid(p);

	SECTION("VMIN 5 VTIME 2: the time between bytes counts");
	mode(5, 2);
	p = later("ab", 20);
	SHOW(read(s, b, sizeof b));
	t_waitpid(p);

	SECTION("O_NONBLOCK");
	mode(1, 0);
	MUST(fcntl(s, F_SETFL, O_RDWR | O_NONBLOCK));
	SHOW(read(s, b, sizeof b));
	type("nb", 2);
	SHOW(read(s, b, sizeof b));
	mode(0, 5);
	SHOW(read(s, b, sizeof b));
	mode(3, 0);
	type("1", 1);
	SHOW(read(s, b, sizeof b));
	MUST(fcntl(s, F_SETFL, O_RDWR));

	SECTION("flushing");
	mode(1, 0);
	type("lost", 4);
	SHOW(ioctl(s, FIONREAD, &n) ? -1 : n);
	SHOW(tcflush(s, TCIFLUSH));
	SHOW(ioctl(s, FIONREAD, &n) ? -1 : n);
	type("lost", 4);
	SHOW(tcsetattr(s, TCSAFLUSH, &raw));
	SHOW(ioctl(s, FIONREAD, &n) ? -1 : n);
	type("kept", 4);
	SHOW(tcsetattr(s, TCSADRAIN, &raw));
	SHOW(ioctl(s, FIONREAD, &n) ? -1 : n);
	SHOW(tcflush(s, 9));
	SHOW(tcdrain(s));
	SHOW(tcsendbreak(s, 0));
	SHOW(read(s, b, sizeof b));

	SECTION("poll");
	struct pollfd pf[2] = {{s, POLLIN | POLLOUT, 0}, {m, POLLIN | POLLOUT, 0}};
	SHOW(poll(pf, 2, 0));
	printf("slave 0x%x master 0x%x\n", pf[0].revents, pf[1].revents);
	type("x", 1);
	MUST(write(s, "y", 1));
	t_sleep_ms(30);
	SHOW(poll(pf, 2, 0));
	printf("slave 0x%x master 0x%x\n", pf[0].revents, pf[1].revents);
	SHOW(read(s, b, 10));
	SHOW(read(m, b, 10));
	MUST(tcsetattr(s, TCSANOW, &cooked));
	MUST(write(m, "half a line", 11));
	t_sleep_ms(30);
	SHOW(poll(pf, 1, 0));
	printf("slave 0x%x\n", pf[0].revents);
	MUST(write(m, "\n", 1));
	t_sleep_ms(30);
	SHOW(poll(pf, 1, 0));
	printf("slave 0x%x\n", pf[0].revents);

	SECTION("raw lets through what the line discipline held back");
	SHOW(read(s, b, sizeof b));
	MUST(write(m, "held", 4));
	t_sleep_ms(30);
	MUST(tcsetattr(s, TCSANOW, &raw));
	SHOW(read(s, b, sizeof b));
	return 0;
}
