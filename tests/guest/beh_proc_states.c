/* The state letter in /proc/PID/stat: sleeping, running, stopped, zombie; and what status says of them. */
#include "vktest.h"

static char state(pid_t p)
{
	char path[64], b[1024];
	snprintf(path, sizeof path, "/proc/%d/stat", p);
	if (t_read_file(path, b, sizeof b) < 0)
		return '-';
	char *c = strrchr(b, ')');
	return c ? c[2] : '?';
}
/* Waits until it is so (or says what it is). */
static void expect(const char *what, pid_t p, char want)
{
	char s = 0;
	for (int i = 0; i < 300 && (s = state(p)) != want; i++)
		t_sleep_ms(5);
	printf("%s: %c\n", what, s);
}

int main(void)
{
	char path[64], b[4096];
	int pp[2];
	MUST(pipe(pp));
	pid_t p = t_fork();
	if (p == 0) {
		char c;
		read(pp[0], &c, 1);
		for (;;)
			if (read(pp[0], &c, 1) == 1)
				_exit(0);
	}
	expect("waits in read", p, 'S');
	kill(p, SIGSTOP);
	expect("SIGSTOP", p, 'T');
	snprintf(path, sizeof path, "/proc/%d/status", p);
	t_read_file(path, b, sizeof b);
	char *c = strstr(b, "State:");
	if (!c)
		return 1;
	printf("%.*s\n", (int)strcspn(c, "\n"), c);
	kill(p, SIGCONT);
	expect("SIGCONT", p, 'S');
	kill(p, SIGKILL);
	expect("SIGKILL", p, 'Z');
	t_read_file(path, b, sizeof b);
	c = strstr(b, "State:");
	if (!c)
		return 1;
	printf("%.*s\n", (int)strcspn(c, "\n"), c);
	CHECK(strstr(b, "VmSize") == NULL);
	CHECK(strstr(b, "Threads:\t1\n") != NULL);
	t_waitpid(p);
	expect("reaped", p, '-');

	p = t_fork();
	if (p == 0)
		for (;;)
			__asm__ volatile("pause");
	expect("spins", p, 'R');
	kill(p, SIGKILL);
	t_waitpid(p);

	p = t_fork();
	if (p == 0) {
		t_sleep_ms(10000);
		_exit(0);
	}
	expect("sleeps", p, 'S');
	kill(p, SIGKILL);
	t_waitpid(p);
	return 0;
}
