/* Futexes between processes: anonymous shared memory, one file mapped at different addresses, private memory that is not shared. */
#include "vkproc.h"
#include <linux/futex.h>

static long wait_(int *u, int v, struct timespec *ts)
{
	return syscall(SYS_futex, u, FUTEX_WAIT, v, ts, NULL, 0);
}
static long wake(int *u, int n)
{
	return syscall(SYS_futex, u, FUTEX_WAKE, n, NULL, NULL, 0);
}

static int private_word;

/* A child that waits on u; we wake v until it has gone. */
static void pair(const char *what, int *u, int *v)
{
	pid_t p = t_fork();
	if (p == 0)
		t_exit(wait_(u, 0, NULL) == 0 ? 11 : 12);
	p_asleep(p, p);
	long n = wake(v, 1);
	if (n != 1) {
		printf("%s: woke %ld\n", what, n);
		kill(p, SIGKILL);
	}
	p_wait(what, p);
}

int main(void)
{
	int *s = t_shared(T_PAGE);
	pair("anonymous shared", s, s);
	pair("in the middle of the page", s + 77, s + 77);
	pair("another word", s, s + 1);
	pair("private memory, not shared", &private_word, &private_word);
	t_write_bytes("f", (char[T_PAGE]){0}, T_PAGE);
	int fd = MUST(open("f", O_RDWR));
	int *m1 = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	int *m2 = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	pair("one file, two mappings", m1, m2);
	int *m3 = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	pair("a file's private mapping", m1, m3);
	fd = MUST(memfd_create("m", 0));
	MUST(ftruncate(fd, 2 * T_PAGE));
	m1 = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, T_PAGE);
	m2 = mmap(NULL, 2 * T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	pair("memfd at different offsets of the mapping", m1 + 3, m2 + T_PAGE / 4 + 3);
	/* A child that has opened it itself. */
	pid_t p = t_fork();
	if (p == 0) {
		char path[40];
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		int *q = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, MUST(open(path, O_RDWR)), T_PAGE);
		t_exit(wait_(q, 0, NULL) == 0 ? 13 : 14);
	}
	p_asleep(p, p);
	while (wake(m1, 1) == 0 && waitpid(p, NULL, WNOHANG) == 0)
		t_sleep_ms(1);
	p_wait("opened anew", p);

	/* Several processes in turn. */
	pid_t k[4];
	for (int i = 0; i < 4; i++)
		if ((k[i] = t_fork()) == 0) {
			for (int j = i; j < 40; j += 4) {
				int v;
				while ((v = __atomic_load_n(s, __ATOMIC_SEQ_CST)) != j)
					wait_(s, v, NULL);
				__atomic_store_n(s, j + 1, __ATOMIC_SEQ_CST);
				wake(s, INT_MAX);
			}
			t_exit(0);
		}
	for (int i = 0; i < 4; i++)
		p_wait("turn", k[i]);
	SHOW(s[0]);
	/* A waiter that is killed is no longer counted. */
	s[0] = 0;
	p = t_fork();
	if (p == 0)
		t_exit(wait_(s, 0, NULL));
	p_asleep(p, p);
	kill(p, SIGKILL);
	p_wait("killed", p);
	SHOW(wake(s, 9));
	return 0;
}
