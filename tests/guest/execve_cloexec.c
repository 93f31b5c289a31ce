/* Descriptors over exec: close-on-exec ones go, others stay with offset and flags; a failed exec closes none. */
#define VK_KEEP_FDS
#include "vkproc.h"

int main(int argc, char **argv)
{
	if (argc > 1) {
		printf("in %s:\n", argv[1]);
		for (int fd = 100; fd < 110; fd++)
			SHOW_AS(fcntl(fd, F_GETFD), "fd %d", fd);
		if (strcmp(argv[1], "second") == 0)
			return 0;
		SHOW(lseek(100, 0, SEEK_CUR));
		SHOW_X(fcntl(104, F_GETFL) & (O_APPEND | O_NONBLOCK));
		MUST(fcntl(100, F_SETFD, FD_CLOEXEC));
		MUST(fcntl(108, F_SETFD, FD_CLOEXEC));
		execl(p_self(), "self", "second", NULL);
		return 1;
	}
	t_write_file("f", "0123456789");
	int fd = MUST(open("f", O_RDWR));
	MUST(dup2(fd, 100));
	MUST(lseek(100, 4, SEEK_SET));
	MUST(dup3(fd, 101, O_CLOEXEC));
	fd = MUST(open("f", O_RDONLY | O_CLOEXEC));
	MUST(dup2(fd, 102));
	MUST(fcntl(102, F_SETFD, FD_CLOEXEC));
	MUST(fcntl(102, F_SETFD, 0));
	MUST(fcntl(fd, F_DUPFD_CLOEXEC, 103));
	fd = MUST(open("f", O_WRONLY | O_APPEND | O_NONBLOCK));
	MUST(dup2(fd, 104));
	int p[2];
	MUST(pipe2(p, O_CLOEXEC));
	MUST(dup2(p[0], 105));
	MUST(dup3(p[1], 106, O_CLOEXEC));
	MUST(fcntl(105, F_DUPFD, 107));
	MUST(dup2(2, 108));

	execl("/no/such", "x", NULL);
	for (int i = 100; i < 110; i++)
		SHOW_AS(fcntl(i, F_GETFD), "after a failed exec, fd %d", i);
	IN_CHILD("first")
		execl(p_self(), "self", "first", NULL);
	SHOW(fcntl(101, F_GETFD));
	/* Close-on-exec is at exec, not at fork. */
	IN_CHILD("fork only")
		SHOW(fcntl(106, F_GETFD));
	/* The write end of a pipe that goes with the exec: the reader sees the end. */
	pid_t c = t_fork();
	if (c == 0)
		execl("/bin/sh", "sh", "-c", "exit 0", NULL);
	p_wait("sh", c);
	for (int i = 0; i < 110; i++)
		if (i > 2 && i != 105)
			close(i);
	char ch;
	SHOW(read(105, &ch, 1));
	return 0;
}
