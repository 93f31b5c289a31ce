/* How a session gets its terminal by opening one, who has it, and what /dev/tty then is; script(1)-like use of a pty. */
#include "vktest.h"
#include <pty.h>
#include <termios.h>
#include <utmp.h>

static char name[64];
static int m;
static void has(const char *what)
{
	int fd = open("/dev/tty", O_RDWR);
	printf("%s: /dev/tty %s\n", what, fd >= 0 ? "opens" : t_errname(errno));
	close(fd);
}
static int opener(void)
{
	MUST(setsid());
	has("a new session");
	int s = MUST(open(name, O_RDWR | O_NOCTTY));
	has("opened with O_NOCTTY");
	close(s);
	s = MUST(open(name, O_RDWR));
	has("opened without");
	CHECK(tcgetsid(s) == getpid() && tcgetpgrp(s) == getpid());
	pid_t p = t_fork();
	if (p == 0) {
		has("a child");
		setpgid(0, 0);
		has("in its own group");
		SHOW(setsid());
		t_exit(0);
	}
	t_waitpid(p);
	p = t_fork();
	if (p == 0) {
		setsid();
		has("a child in its own session");
		SHOW(ioctl(s, TIOCSCTTY, 0));
		t_exit(0);
	}
	t_waitpid(p);
	char b[512], *c;
	t_read_file("/proc/self/stat", b, sizeof b);
	c = strrchr(b, ')') + 2;
	int tty = 0, tpgid = 0;
	sscanf(c, "%*c %*d %*d %*d %d %d", &tty, &tpgid);
	struct stat st;
	MUST(fstat(s, &st));
	CHECK(tty == (int)st.st_rdev && tpgid == getpid());
	return 0;
}
static int not_leader(void)
{
	MUST(setsid());
	pid_t p = t_fork();
	if (p == 0) {
		int s = MUST(open(name, O_RDWR));
		has("not the leader, opened");
		SHOW(ioctl(s, TIOCSCTTY, 0));
		t_exit(0);
	}
	t_waitpid(p);
	return 0;
}

int main(void)
{
	char b[4096];
	m = MUST(posix_openpt(O_RDWR | O_NOCTTY));
	MUST(unlockpt(m));
	snprintf(name, sizeof name, "%s", ptsname(m));
	t_child(opener);
	t_child(not_leader);

	SECTION("forkpty: a shell that believes it is interactive");
	int master;
	fflush(stdout);
	pid_t p = forkpty(&master, NULL, NULL, &(struct winsize){24, 80, 0, 0});
	if (p == 0) {
		execl("/bin/sh", "sh", "-c", "test -t 0 && test -t 1 && echo terminal; stty size; read x; echo got $x; exit 7", NULL);
		_exit(127);
	}
	MUST(write(master, "typed line\n", 11));
	size_t have = 0;
	ssize_t n;
	while (have < sizeof b && (n = read(master, b + have, sizeof b - have)) > 0)
		have += n;
	/* the echo of what is typed may come before or after the first lines */
	b[have] = 0;
	static const char *const parts[] = {"terminal\r\n", "24 80\r\n", "typed line\r\n", "got typed line\r\n"};
	for (size_t i = 0; i < T_COUNT(parts); i++)
		CHECK(strstr(b, parts[i]) != NULL);
	SHOW(have);
	printf("shell: %s\n", t_status(t_waitpid(p)));

	SECTION("cat until end of file");
	p = forkpty(&master, NULL, NULL, NULL);
	if (p == 0) {
		execl("/bin/cat", "cat", NULL);
		_exit(127);
	}
	struct termios t;
	MUST(tcgetattr(master, &t));
	t.c_lflag &= ~ECHO;
	MUST(tcsetattr(master, TCSANOW, &t));
	MUST(write(master, "one\ntwo\n\004", 9));
	have = 0;
	while (have < sizeof b && (n = read(master, b + have, sizeof b - have)) > 0)
		have += n;
	t_quote("cat", b, have);
	printf("cat: %s\n", t_status(t_waitpid(p)));

	SECTION("^C ends it");
	p = forkpty(&master, NULL, NULL, NULL);
	if (p == 0) {
		execl("/bin/cat", "cat", NULL);
		_exit(127);
	}
	t_wait_asleep(p);
	MUST(write(master, "\003", 1));
	printf("cat: %s\n", t_status(t_waitpid(p)));
	return 0;
}
