/* flock: belongs to the open file, not to the process. */
#include "vktest.h"
#include <sys/file.h>

int main(void)
{
	t_write_file("f", "x");
	int a = MUST(open("f", O_RDWR)), b = MUST(open("f", O_RDONLY)), c = MUST(dup(a));

	SECTION("shared and exclusive");
	SHOW(flock(a, LOCK_SH));
	SHOW(flock(b, LOCK_SH | LOCK_NB));
	SHOW(flock(b, LOCK_EX | LOCK_NB));
	SHOW(flock(a, LOCK_UN));
	SHOW(flock(b, LOCK_EX | LOCK_NB));
	SHOW(flock(a, LOCK_SH | LOCK_NB));
	SHOW(flock(a, LOCK_EX | LOCK_NB));
	SHOW(flock(b, LOCK_UN));
	SHOW(flock(b, LOCK_UN));

	SECTION("a dup is the same lock");
	SHOW(flock(a, LOCK_EX | LOCK_NB));
	SHOW(flock(c, LOCK_EX | LOCK_NB));
	SHOW(flock(c, LOCK_UN));
	SHOW(flock(b, LOCK_EX | LOCK_NB));
	SHOW(flock(b, LOCK_UN));

	SECTION("upgrade and downgrade");
	SHOW(flock(a, LOCK_SH | LOCK_NB));
	SHOW(flock(a, LOCK_EX | LOCK_NB));
	SHOW(flock(b, LOCK_SH | LOCK_NB));
	SHOW(flock(a, LOCK_SH | LOCK_NB));
	SHOW(flock(b, LOCK_SH | LOCK_NB));
	SHOW(flock(a, LOCK_EX | LOCK_NB));
	SHOW(flock(b, LOCK_EX | LOCK_NB));
	flock(a, LOCK_UN);
	flock(b, LOCK_UN);

	SECTION("a child has its parent's lock; closing the last descriptor ends it");
	SHOW(flock(a, LOCK_EX));
	pid_t p = t_fork();
	if (p == 0) {
		SHOW(flock(a, LOCK_EX | LOCK_NB));
		SHOW(flock(b, LOCK_EX | LOCK_NB));
		t_exit(0);
	}
	t_waitpid(p);
	SHOW(close(a));
	SHOW(flock(b, LOCK_SH | LOCK_NB));
	SHOW(close(c));
	SHOW(flock(b, LOCK_SH | LOCK_NB));

	SECTION("record locks are another world");
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int rw = MUST(open("f", O_RDWR));
	SHOW(fcntl(rw, F_OFD_SETLK, &fl));
	close(rw);

	SECTION("waiting");
	volatile int *stage = t_shared(4096);
	struct t_gate g = t_gate();
	p = t_fork();
	if (p == 0) {
		int d = MUST(open("f", O_RDWR));
		t_gate_open(&g);
		long r = flock(d, LOCK_EX);
		printf("child: flock = %ld, after the parent's unlock %d\n", r, *stage == 1);
		t_exit(0);
	}
	t_gate_pass(&g);
	t_sleep_ms(30);
	*stage = 1;
	flock(b, LOCK_UN);
	t_waitpid(p);
	SHOW(flock(b, LOCK_EX | LOCK_NB));

	SECTION("interrupted, and ended with its owner");
	p = t_fork();
	if (p == 0) {
		int d = MUST(open("f", O_RDWR));
		t_interrupt(30, 0);
		SHOW(flock(d, LOCK_EX));
		t_exit(0);
	}
	t_waitpid(p);
	close(b);
	p = t_fork();
	if (p == 0) {
		MUST(flock(MUST(open("f", O_RDWR)), LOCK_EX));
		_exit(0);
	}
	t_waitpid(p);
	b = MUST(open("f", O_RDONLY));
	SHOW(flock(b, LOCK_EX | LOCK_NB));

	SECTION("errors");
	SHOW(flock(-1, LOCK_EX));
	SHOW(flock(b, 0));
	SHOW(flock(b, LOCK_SH | LOCK_EX));
	SHOW(flock(-1, 0));
	SHOW(flock(MUST(open(".", O_RDONLY)), LOCK_EX | LOCK_NB));
	return 0;
}
