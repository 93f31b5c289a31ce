/* Open file description locks: between descriptors of one process, against POSIX locks, kept until the last close. */
#include "vktest.h"

static long ofd(int fd, int cmd, int type, off_t start, off_t len)
{
	struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
	return fcntl(fd, cmd, &l);
}

int main(void)
{
	t_write_file("f", "0123456789");
	int a = MUST(open("f", O_RDWR)), b = MUST(open("f", O_RDWR)), c = MUST(dup(a));

	SECTION("two opens conflict, a dup does not");
	SHOW(ofd(a, F_OFD_SETLK, F_WRLCK, 0, 5));
	SHOW(ofd(c, F_OFD_SETLK, F_WRLCK, 0, 5));
	SHOW(ofd(b, F_OFD_SETLK, F_WRLCK, 0, 5));
	SHOW(ofd(b, F_OFD_SETLK, F_RDLCK, 4, 1));
	SHOW(ofd(b, F_OFD_SETLK, F_WRLCK, 5, 5));

	SECTION("F_OFD_GETLK says pid -1");
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
	SHOW(fcntl(b, F_OFD_GETLK, &l));
	printf("type %d start %ld len %ld pid %d\n", l.l_type, (long)l.l_start, (long)l.l_len, l.l_pid);
	l = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
	SHOW(fcntl(b, F_GETLK, &l));
	printf("type %d start %ld len %ld pid %d\n", l.l_type, (long)l.l_start, (long)l.l_len, l.l_pid);

	SECTION("against this process's POSIX locks");
	SHOW(ofd(b, F_SETLK, F_WRLCK, 0, 1));
	SHOW(ofd(b, F_SETLK, F_RDLCK, 0, 1));
	SHOW(ofd(b, F_SETLK, F_WRLCK, 20, 1));
	SHOW(ofd(a, F_OFD_SETLK, F_WRLCK, 20, 1));

	SECTION("closing another descriptor keeps them, the last close drops them");
	close(MUST(open("f", O_RDONLY)));
	SHOW(ofd(b, F_OFD_SETLK, F_WRLCK, 0, 5));
	SHOW(close(a));
	SHOW(ofd(b, F_OFD_SETLK, F_WRLCK, 0, 5));
	SHOW(close(c));
	SHOW(ofd(b, F_OFD_SETLK, F_WRLCK, 0, 5));

	SECTION("a child shares them, waiting works");
	volatile int *stage = t_shared(4096);
	pid_t p = t_fork();
	if (p == 0) {
		SHOW(ofd(b, F_OFD_SETLK, F_WRLCK, 0, 1));
		int d = MUST(open("f", O_RDWR));
		SHOW(ofd(d, F_OFD_SETLK, F_WRLCK, 0, 1));
		stage[0] = 1;
		SHOW(ofd(d, F_OFD_SETLKW, F_WRLCK, 0, 1));
		printf("after the unlock: %d\n", stage[1]);
		t_exit(0);
	}
	while (!stage[0])
		t_sleep_ms(5);
	t_sleep_ms(30);
	stage[1] = 1;
	ofd(b, F_OFD_SETLK, F_UNLCK, 0, 0);
	t_waitpid(p);

	SECTION("errors");
	l = (struct flock){.l_type = F_WRLCK, .l_pid = 1};
	SHOW(fcntl(b, F_OFD_SETLK, &l));
	SHOW(fcntl(b, F_OFD_GETLK, &l));
	SHOW(ofd(MUST(open("f", O_RDONLY)), F_OFD_SETLK, F_WRLCK, 0, 1));
	SHOW(ofd(-1, F_OFD_SETLK, F_WRLCK, 0, 1));
	SHOW(fcntl(b, F_OFD_SETLK, BADP));
	return 0;
}
