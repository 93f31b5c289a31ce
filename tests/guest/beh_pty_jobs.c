/* Job control: foreground and background groups, SIGTTIN, SIGTTOU, TOSTOP, tcsetpgrp, orphaned groups. */
#include "vktest.h"
#include <termios.h>

static int m, s;
static pid_t job(int (*fn)(void))
{
	pid_t p = t_fork();
	if (p == 0) {
		setpgid(0, 0);
		t_exit(fn());
	}
	setpgid(p, p);
	return p;
}
static void wait_show(const char *what, pid_t p)
{
	int st = 0;
	while (waitpid(p, &st, WUNTRACED | WCONTINUED) < 0 && errno == EINTR)
		;
	printf("%s: %s\n", what, t_status(st));
}
static int reads(void)
{
	char b[32];
	ssize_t n = read(s, b, sizeof b);
	printf("job: read = %zd%s%s\n", n, n < 0 ? " " : "", n < 0 ? t_errname(errno) : "");
	return 0;
}
static int reads_ignoring(void)
{
	signal(SIGTTIN, SIG_IGN);
	return reads();
}
static int writes(void)
{
	ssize_t n = write(s, "out\n", 4);
	printf("job: write = %zd\n", n);
	return 0;
}
static int sets(void)
{
	struct termios t;
	tcgetattr(s, &t);
	SHOW(tcsetattr(s, TCSANOW, &t));
	return 0;
}
static int sets_ignoring(void)
{
	signal(SIGTTOU, SIG_IGN);
	SHOW(tcsetpgrp(s, getpgrp()));
	CHECK(tcgetpgrp(s) == getpgrp());
	return 0;
}
static int takes(void)
{
	SHOW(tcsetpgrp(s, getpgrp()));
	CHECK(tcgetpgrp(s) == getpgrp());
	return 0;
}
static int waits(void)
{
	pause();
	return 0;
}

static int shell(void)
{
	pid_t p;
	struct termios t;
	MUST(setsid());
	MUST(ioctl(s, TIOCSCTTY, 0));
	signal(SIGTTOU, SIG_DFL);

	SECTION("a background job that reads is stopped; in the foreground it goes on");
	p = job(reads);
	wait_show("background read", p);
	SHOW(tcsetpgrp(s, p));
	CHECK(tcgetpgrp(s) == p);
	kill(-p, SIGCONT);
	wait_show("SIGCONT", p);
	MUST(write(m, "line\n", 5));
	wait_show("done", p);
	signal(SIGTTOU, SIG_IGN);
	SHOW(tcsetpgrp(s, getpgrp()));
	signal(SIGTTOU, SIG_DFL);

	SECTION("SIGTTIN ignored: EIO");
	p = job(reads_ignoring);
	wait_show("background read", p);

	SECTION("background output is let through, unless TOSTOP");
	p = job(writes);
	wait_show("background write", p);
	MUST(tcgetattr(s, &t));
	t.c_lflag |= TOSTOP;
	MUST(tcsetattr(s, TCSANOW, &t));
	p = job(writes);
	wait_show("background write, TOSTOP", p);
	t.c_lflag &= ~TOSTOP;
	MUST(tcsetattr(s, TCSANOW, &t));
	kill(-p, SIGCONT);
	wait_show("SIGCONT", p);
	wait_show("done", p);

	SECTION("background tcsetattr and tcsetpgrp: SIGTTOU");
	p = job(sets);
	wait_show("background tcsetattr", p);
	kill(-p, SIGKILL);
	wait_show("killed", p);
	p = job(takes);
	wait_show("background tcsetpgrp", p);
	kill(-p, SIGKILL);
	wait_show("killed", p);
	p = job(sets_ignoring);
	wait_show("background tcsetpgrp, ignoring", p);

	SECTION("we are in the background now");
	signal(SIGTTOU, SIG_IGN);
	SHOW(tcsetpgrp(s, getpgrp()));

	SECTION("^Z and ^C go to the foreground job");
	p = job(waits);
	SHOW(tcsetpgrp(s, p));
	t_wait_asleep(p);
	MUST(write(m, "\032", 1));
	wait_show("^Z", p);
	kill(-p, SIGCONT);
	wait_show("SIGCONT", p);
	MUST(write(m, "\003", 1));
	wait_show("^C", p);
	SHOW(tcsetpgrp(s, getpgrp()));

	SECTION("errors");
	SHOW(tcsetpgrp(s, 99999999));
	SHOW(tcsetpgrp(s, -1));
	SHOW(tcsetpgrp(-1, getpgrp()));
	SHOW(tcgetpgrp(-1));
	SHOW(tcsetpgrp(MUST(open("/dev/null", O_RDWR)), getpgrp()));
	SHOW(ioctl(s, TIOCSPGRP, BADP));
	SHOW(ioctl(s, TIOCGPGRP, BADP));
	return 0;
}

static int orphan_reads(void)
{
	MUST(setsid());
	MUST(ioctl(s, TIOCSCTTY, 0));
	struct t_gate g = t_gate();
	pid_t p = t_fork();
	if (p == 0) { /* its child is in a group of its own, and becomes an orphan when this one ends */
		pid_t parent = getpid();
		pid_t q = t_fork();
		if (q == 0) {
			setpgid(0, 0);
			while (getppid() == parent)
				t_sleep_ms(5);
			reads();
			t_gate_open(&g);
			t_exit(0);
		}
		_exit(0);
	}
	t_waitpid(p);
	t_gate_pass(&g);
	return 0;
}

int main(void)
{
	m = MUST(posix_openpt(O_RDWR | O_NOCTTY));
	MUST(unlockpt(m));
	s = MUST(open(ptsname(m), O_RDWR | O_NOCTTY));
	printf("shell: %s\n", t_status(t_child(shell)));
	SECTION("an orphaned group in the background: EIO, no stop");
	close(s);
	close(m);
	m = MUST(posix_openpt(O_RDWR | O_NOCTTY));
	MUST(unlockpt(m));
	s = MUST(open(ptsname(m), O_RDWR | O_NOCTTY));
	printf("orphan: %s\n", t_status(t_child(orphan_reads)));
	return 0;
}
