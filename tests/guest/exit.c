/* _exit, exit, exit_group: status bits, atexit order, buffers, descriptors closed, return from main. */
#include "vkproc.h"

static void one(void) { puts("atexit one"); }
static void two(void) { puts("atexit two"); }

int main(void)
{
	static const int codes[] = {0, 1, 127, 128, 255, 256, 257, -1, 0x12345678};
	for (size_t i = 0; i < T_COUNT(codes); i++) {
		pid_t p = t_fork();
		if (p == 0)
			_exit(codes[i]);
		int st = t_waitpid(p);
		printf("_exit(%d): status 0x%04x, %s\n", codes[i], (unsigned)st, t_status(st));
	}
	pid_t p = t_fork();
	if (p == 0)
		syscall(SYS_exit, 0x1ff);
	p_wait("raw exit", p);
	p = t_fork();
	if (p == 0)
		syscall(SYS_exit_group, 0x2fe);
	p_wait("raw exit_group", p);
	p = t_fork();
	if (p == 0) {
		atexit(one);
		atexit(two);
		printf("buffered");
		exit(3);
	}
	p_wait("\nexit", p);
	p = t_fork();
	if (p == 0) {
		atexit(one);
		printf("lost");
		_exit(4);
	}
	p_wait("_exit", p);
	/* Exit closes the descriptors: the reader sees the end. */
	int fd[2];
	char c;
	MUST(pipe(fd));
	p = t_fork();
	if (p == 0) {
		close(fd[0]);
		_exit(0);
	}
	close(fd[1]);
	SHOW(read(fd[0], &c, 1));
	p_wait("closer", p);
	atexit(one);
	return 258;
}
