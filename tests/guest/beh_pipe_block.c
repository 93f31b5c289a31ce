/* Blocking pipes: readers wait for data, writers for space; big writes arrive whole; many writers do not mix small writes. */
#include "vktest.h"
#include <pthread.h>

static int p[2];
static void *slow_reader(void *arg)
{
	(void)arg;
	static char b[5000];
	long total = 0, sum = 0;
	ssize_t n;
	while ((n = read(p[0], b, sizeof b)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			sum += (unsigned char)b[i] * ((total + i) % 7 + 1);
		total += n;
	}
	printf("reader: total %ld, checksum %ld, last read %zd\n", total, sum, n);
	return NULL;
}

int main(void)
{
	static char big[300000];
	char b[64];
	pthread_t t;
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = i * 31 % 251;

	SECTION("one big write");
	MUST(pipe(p));
	pthread_create(&t, NULL, slow_reader, NULL);
	SHOW(write(p[1], big, sizeof big));
	close(p[1]);
	pthread_join(t, NULL);
	close(p[0]);

	SECTION("a reader waits");
	MUST(pipe(p));
	pid_t pid = t_fork();
	if (pid == 0) {
		t_sleep_ms(50);
		write(p[1], "late", 4);
		_exit(0);
	}
	SHOW(read(p[0], b, sizeof b));
	t_waitpid(pid);

	SECTION("four writers of 512 bytes: each message is whole");
	pid_t kids[4];
	for (int k = 0; k < 4; k++) {
		kids[k] = t_fork();
		if (kids[k] == 0) {
			char m[512];
			memset(m, 'a' + k, sizeof m);
			for (int i = 0; i < 200; i++)
				write(p[1], m, sizeof m);
			_exit(0);
		}
	}
	close(p[1]);
	int mixed = 0, count = 0;
	for (;;) {
		char m[512];
		size_t have = 0;
		ssize_t n = 0;
		while (have < sizeof m && (n = read(p[0], m + have, sizeof m - have)) > 0)
			have += n;
		if (have < sizeof m)
			break;
		count++;
		for (size_t i = 1; i < sizeof m; i++)
			mixed += m[i] != m[0];
	}
	for (int k = 0; k < 4; k++)
		t_waitpid(kids[k]);
	printf("messages %d mixed %d\n", count, mixed);
	close(p[0]);

	SECTION("interrupted: nothing moved is EINTR, something moved is its length");
	MUST(pipe(p));
	t_interrupt(50, 0);
	SHOW(read(p[0], b, sizeof b));
	SHOW(write(p[1], big, 100000));
	SHOW(write(p[1], big, 1));
	SHOW(ioctl(p[0], FIONREAD, b) ? -1 : *(int *)b);
	int q[2];
	MUST(pipe(q));
	pid = t_fork();
	if (pid == 0) {
		t_sleep_ms(120);
		write(q[1], "abc", 3);
		_exit(0);
	}
	t_interrupt(20, SA_RESTART);
	SHOW(read(q[0], b, sizeof b));
	CHECK(t_interrupts_ > 0);
	t_interrupt_stop();
	t_waitpid(pid);

	SECTION("a writer that waits is told when the last reader goes");
	signal(SIGPIPE, SIG_IGN);
	MUST(pipe(q));
	pid = t_fork();
	if (pid == 0) {
		close(q[1]);
		t_sleep_ms(60);
		_exit(0);
	}
	close(q[0]);
	SHOW(write(q[1], big, 65536));
	SHOW(write(q[1], big, 10));
	t_waitpid(pid);
	return 0;
}
