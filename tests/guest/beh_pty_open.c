/* Pseudo-terminals: /dev/ptmx, the lock, the name, both ends, the terminal's first settings. */
#include "vktest.h"
#include <termios.h>

static void flags(const char *what, int fd)
{
	struct termios t;
	if (tcgetattr(fd, &t) < 0) {
		printf("%s: %s\n", what, t_errname(errno));
		return;
	}
	printf("%s: iflag 0%o oflag 0%o cflag 0%o lflag 0%o ispeed %u ospeed %u cc", what, t.c_iflag, t.c_oflag, t.c_cflag,
	       t.c_lflag, cfgetispeed(&t), cfgetospeed(&t));
	for (int i = 0; i < 17; i++)
		printf(" %d", t.c_cc[i]);
	putchar('\n');
}

int main(void)
{
	char name[64], b[64];
	struct stat st;
	int n = -1;
	setsid();

	SECTION("the master");
	int m = SHOW_OK(posix_openpt(O_RDWR | O_NOCTTY));
	SHOW(isatty(m));
	SHOW_X(fcntl(m, F_GETFL));
	SHOW(ioctl(m, TIOCGPTN, &n));
	snprintf(name, sizeof name, "/dev/pts/%d", n);
	CHECK(!strcmp(ptsname(m), name));
	SHOW(ioctl(m, TIOCGPTLCK, &n));
	SHOW(n);
	SHOW_OK(open(name, O_RDWR | O_NOCTTY));
	SHOW(grantpt(m));
	SHOW(unlockpt(m));
	SHOW(ioctl(m, TIOCGPTLCK, &n));
	SHOW(n);

	SECTION("the slave");
	int s = SHOW_OK(open(name, O_RDWR | O_NOCTTY));
	SHOW(isatty(s));
	CHECK(!strcmp(ttyname(s), name));
	MUST(fstat(s, &st));
	CHECK(S_ISCHR(st.st_mode) && st.st_rdev >> 8 == 136 && st.st_uid == geteuid());
	MUST(stat("/dev/pts", &st));
	CHECK(S_ISDIR(st.st_mode));
	SHOW(ioctl(s, TIOCGPTN, &n));
	int peer = ioctl(m, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	CHECK(peer >= 0);
	CHECK(peer >= 0 && !strcmp(ttyname(peer), name));

	SECTION("first settings; both ends show the same");
	flags("slave", s);
	flags("master", m);
	struct winsize w = {1, 1, 1, 1};
	SHOW(ioctl(s, TIOCGWINSZ, &w));
	printf("%d %d %d %d\n", w.ws_row, w.ws_col, w.ws_xpixel, w.ws_ypixel);

	SECTION("data both ways");
	SHOW(write(m, "in\n", 3));
	SHOW(read(s, b, sizeof b));
	ssize_t k, r = SHOW(read(m, b, sizeof b));
	t_quote("echo", b, r);
	SHOW(write(s, "out\n", 4));
	/* The line discipline may hand it over in pieces. */
	for (r = 0; r < 5; r += k) {
		k = read(m, b + r, sizeof b - (size_t)r);
		if (k <= 0)
			break;
	}
	t_quote("output", b, r);
	SHOW(lseek(s, 0, SEEK_SET));
	SHOW(pread(s, b, 1, 0));

	SECTION("a second pair is another");
	int m2 = MUST(open("/dev/ptmx", O_RDWR | O_NOCTTY));
	CHECK(strcmp(ptsname(m2), name) != 0);
	SHOW(unlockpt(m2));
	close(m2);

	SECTION("the name goes with the master");
	close(peer);
	SHOW(access(name, F_OK));
	SHOW(close(m));
	SHOW(access(name, F_OK));
	SHOW_OK(open(name, O_RDWR | O_NOCTTY));
	SHOW(read(s, b, sizeof b));
	SHOW(write(s, "x", 1));
	SHOW(tcgetattr(s, &(struct termios){0}));

	SECTION("errors");
	SHOW(ioctl(0 + MUST(open("/dev/null", O_RDWR)), TIOCGPTN, &n));
	SHOW(grantpt(-1));
	SHOW(unlockpt(MUST(open("/dev/null", O_RDWR))));
	SHOW_OK(open("/dev/pts/99999", O_RDWR));
	return 0;
}
