/* ioctl: what is for every descriptor (FIOCLEX, FIONBIO, FIOASYNC), FIONREAD per kind, tty requests on what is no tty. */
#include "vktest.h"
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <termios.h>

int main(void)
{
	int p[2], s[2], n = -7;
	struct termios t;
	struct winsize w;
	t_write_file("f", "0123456789");
	int f = MUST(open("f", O_RDWR)), d = MUST(open(".", O_RDONLY)), null = MUST(open("/dev/null", O_RDWR));
	MUST(pipe(p));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));

	SECTION("FIOCLEX, FIONCLEX");
	SHOW(ioctl(f, FIOCLEX));
	SHOW(fcntl(f, F_GETFD));
	SHOW(ioctl(f, FIONCLEX));
	SHOW(fcntl(f, F_GETFD));
	SHOW(ioctl(-1, FIOCLEX));
	SHOW(ioctl(MUST(open("f", O_PATH)), FIOCLEX));

	SECTION("FIONBIO, FIOASYNC");
	int on = 1, off = 0;
	SHOW(ioctl(p[0], FIONBIO, &on));
	SHOW_X(fcntl(p[0], F_GETFL));
	SHOW(ioctl(p[0], FIONBIO, &off));
	SHOW_X(fcntl(p[0], F_GETFL));
	SHOW(ioctl(f, FIONBIO, &on));
	SHOW_X(fcntl(f, F_GETFL));
	SHOW(ioctl(f, FIONBIO, BADP));
	SHOW(ioctl(p[0], FIOASYNC, &on));
	SHOW_X(fcntl(p[0], F_GETFL));
	SHOW(ioctl(p[0], FIOASYNC, &off));
	SHOW(ioctl(f, FIOASYNC, &on));

	SECTION("FIONREAD");
	SHOW(ioctl(f, FIONREAD, &n));
	SHOW(n);
	SHOW(lseek(f, 4, SEEK_SET));
	SHOW(ioctl(f, FIONREAD, &n));
	SHOW(n);
	SHOW(lseek(f, 14, SEEK_SET));
	SHOW(ioctl(f, FIONREAD, &n));
	SHOW(n);
	MUST(write(p[1], "abc", 3));
	SHOW(ioctl(p[0], FIONREAD, &n));
	SHOW(n);
	MUST(write(s[1], "abcd", 4));
	SHOW(ioctl(s[0], FIONREAD, &n));
	SHOW(n);
	SHOW(ioctl(s[1], TIOCOUTQ, &n));
	CHECK(n > 0);
	SHOW(ioctl(d, FIONREAD, &n));
	SHOW(ioctl(null, FIONREAD, &n));
	SHOW(ioctl(MUST(eventfd(0, 0)), FIONREAD, &n));
	SHOW(ioctl(p[0], FIONREAD, BADP));

	SECTION("no tty");
	int fds[] = {f, d, null, p[0], s[0], MUST(eventfd(0, 0))};
	static const char *const names[] = {"file", "dir", "null", "pipe", "socket", "eventfd"};
	for (int i = 0; i < 6; i++) {
		SHOW_AS(ioctl(fds[i], TCGETS, &t), "%s TCGETS", names[i]);
		SHOW_AS(ioctl(fds[i], TIOCGWINSZ, &w), "%s TIOCGWINSZ", names[i]);
		SHOW_AS(ioctl(fds[i], TIOCGPGRP, &n), "%s TIOCGPGRP", names[i]);
		SHOW_AS(isatty(fds[i]) ? 1 : errno == ENOTTY ? 0 : -1, "%s isatty", names[i]);
	}
	SHOW(ioctl(f, 0x12345678, &n));
	SHOW(ioctl(null, 0x12345678, &n));
	SHOW(ioctl(p[0], 0x12345678, &n));
	SHOW(ioctl(f, TCGETS, BADP));

	SECTION("bad descriptors");
	SHOW(ioctl(-1, TCGETS, &t));
	SHOW(ioctl(999, FIONREAD, &n));
	SHOW(ioctl(999, 0x12345678, BADP));
	SHOW(ioctl(MUST(open("f", O_PATH)), TCGETS, &t));
	return 0;
}
