/* Hang-ups: the master goes, the slave goes, the session leader goes; vhangup-like ends for readers, writers and pollers. */
#include "vktest.h"
#include <termios.h>

static volatile sig_atomic_t hups, conts;
static void on(int sig)
{
	if (sig == SIGHUP)
		hups++;
	else
		conts++;
}
static int m, s;
static void pair(void)
{
	m = MUST(posix_openpt(O_RDWR | O_NOCTTY));
	MUST(unlockpt(m));
	s = MUST(open(ptsname(m), O_RDWR | O_NOCTTY));
}

static int leader(void)
{
	char b[16];
	signal(SIGHUP, on);
	signal(SIGCONT, on);
	MUST(setsid());
	pair();
	MUST(ioctl(s, TIOCSCTTY, 0));
	pid_t p = t_fork();
	if (p == 0) { /* foreground, not the leader */
		close(m);
		for (int i = 0; i < 100 && !hups; i++)
			t_sleep_ms(5);
		printf("foreground process: SIGHUP %d SIGCONT %d\n", hups, conts);
		t_exit(0);
	}
	t_sleep_ms(30);
	close(m);
	t_waitpid(p);
	printf("leader: SIGHUP %d SIGCONT %d\n", hups, conts);
	SHOW(read(s, b, sizeof b));
	SHOW(write(s, "x", 1));
	SHOW(ioctl(s, FIONREAD, b));
	SHOW(tcgetpgrp(s));
	SHOW_OK(open("/dev/tty", O_RDWR));
	struct pollfd pf = {s, POLLIN | POLLOUT, 0};
	SHOW(poll(&pf, 1, 0));
	SHOW_X(pf.revents);
	return 0;
}

static int leader_exits(void)
{
	pair();
	struct t_gate ready = t_gate(), done = t_gate();
	pid_t p = t_fork();
	if (p == 0) { /* the leader: ends while its child is in the foreground */
		MUST(setsid());
		MUST(ioctl(s, TIOCSCTTY, 0));
		if (t_fork() == 0) {
			signal(SIGHUP, on);
			signal(SIGCONT, on);
			t_gate_open(&ready);
			for (int i = 0; i < 400 && !hups; i++)
				t_sleep_ms(5);
			printf("child of the leader: SIGHUP %d\n", hups);
			t_sleep_ms(20);
			SHOW(write(s, "x", 1));
			SHOW_OK(open("/dev/tty", O_RDWR));
			fflush(stdout);
			t_gate_open(&done);
			_exit(0);
		}
		t_gate_pass(&ready);
		_exit(0);
	}
	t_waitpid(p);
	t_gate_pass(&done);
	return 0;
}

int main(void)
{
	char b[64];
	SECTION("the slave closes: EIO for the master, until it is opened again");
	pair();
	char name[64];
	snprintf(name, sizeof name, "%s", ptsname(m));
	MUST(write(s, "last", 4));
	close(s);
	SHOW(read(m, b, sizeof b));
	SHOW(read(m, b, sizeof b));
	struct pollfd p = {m, POLLIN | POLLOUT, 0};
	SHOW(poll(&p, 1, 0));
	SHOW_X(p.revents);
	SHOW(write(m, "kept\n", 5));
	s = SHOW_OK(open(name, O_RDWR | O_NOCTTY));
	t_sleep_ms(40);
	SHOW(poll(&p, 1, 0));
	SHOW_X(p.revents);
	SHOW(write(s, "again", 5));
	t_sleep_ms(40);
	SHOW(read(m, b, 5));

	SECTION("before the slave was ever opened the master just waits");
	int fresh = MUST(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK));
	SHOW(read(fresh, b, sizeof b));
	p.fd = fresh;
	SHOW(poll(&p, 1, 0));
	SHOW_X(p.revents);

	SECTION("the master closes: a waiting reader gets EIO, later ones end of file");
	pair();
	pid_t c = t_fork();
	if (c == 0) {
		close(m);
		ssize_t n = read(s, b, sizeof b);
		printf("reader: %zd %s\n", n, n < 0 ? t_errname(errno) : "");
		n = read(s, b, sizeof b);
		printf("again: %zd\n", n);
		n = write(s, b, 1);
		printf("write: %zd %s\n", n, t_errname(errno));
		t_exit(0);
	}
	close(s);
	t_wait_asleep(c);
	close(m);
	t_waitpid(c);

	SECTION("the master of a session's terminal closes");
	printf("leader: %s\n", t_status(t_child(leader)));

	SECTION("the session leader ends");
	leader_exits();
	return 0;
}
