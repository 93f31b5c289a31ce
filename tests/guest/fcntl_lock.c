/* POSIX record locks: ranges, splitting and merging, F_GETLK, per process, gone with any close. */
#include "vktest.h"

static int fd;
static long lk(int cmd, int type, off_t start, off_t len)
{
	struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
	return fcntl(fd, cmd, &l);
}
/* As another process: who is in the way of a write lock on each of the first 40 bytes? */
static int map(void)
{
	pid_t parent = getppid();
	char m[41] = "";
	for (int i = 0; i < 40; i++) {
		struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = i, .l_len = 1};
		MUST(fcntl(fd, F_GETLK, &l));
		m[i] = l.l_type == F_UNLCK ? '.' : l.l_pid != parent ? '?' : l.l_type == F_RDLCK ? 'r' : 'w';
	}
	printf("   %s\n", m);
	return 0;
}
static void show(void)
{
	t_child(map);
}
static int child_tries(void)
{
	SHOW(lk(F_SETLK, F_WRLCK, 0, 5));
	SHOW(lk(F_SETLK, F_RDLCK, 0, 5));
	SHOW(lk(F_SETLK, F_WRLCK, 10, 5));
	SHOW(lk(F_SETLK, F_RDLCK, 10, 5));
	SHOW(lk(F_SETLK, F_UNLCK, 0, 0));
	struct flock l = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 100};
	SHOW(fcntl(fd, F_GETLK, &l));
	printf("type %d whence %d start %ld len %ld parent's %d\n", l.l_type, l.l_whence, (long)l.l_start, (long)l.l_len,
	       l.l_pid == getppid());
	l = (struct flock){.l_type = F_RDLCK, .l_whence = SEEK_CUR, .l_start = 10, .l_len = 2, .l_pid = 77};
	SHOW(fcntl(fd, F_GETLK, &l));
	printf("type %d whence %d start %ld len %ld pid %d\n", l.l_type, l.l_whence, (long)l.l_start, (long)l.l_len, l.l_pid);
	return 0;
}

int main(void)
{
	t_write_file("f", "0123456789012345678901234567890123456789");
	fd = MUST(open("f", O_RDWR));

	SECTION("ranges join and split");
	lk(F_SETLK, F_WRLCK, 5, 5);
	show();
	lk(F_SETLK, F_WRLCK, 10, 5);
	show();
	lk(F_SETLK, F_RDLCK, 8, 4);
	show();
	lk(F_SETLK, F_UNLCK, 9, 1);
	show();
	lk(F_SETLK, F_WRLCK, 0, 20);
	show();
	lk(F_SETLK, F_UNLCK, 15, 0);
	show();
	lk(F_SETLK, F_RDLCK, 30, 0);
	show();
	lk(F_SETLK, F_WRLCK, 25, -3);
	show();
	struct flock l = {.l_type = F_RDLCK, .l_whence = SEEK_END, .l_start = -5, .l_len = 2};
	SHOW(fcntl(fd, F_SETLK, &l));
	show();
	lseek(fd, 18, SEEK_SET);
	l = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_start = -1, .l_len = 2};
	SHOW(fcntl(fd, F_SETLK, &l));
	show();
	lk(F_SETLK, F_UNLCK, 0, 0);
	show();

	SECTION("conflicts with another process");
	lseek(fd, 0, SEEK_SET);
	lk(F_SETLK, F_WRLCK, 0, 5);
	lk(F_SETLK, F_RDLCK, 10, 5);
	t_child(child_tries);
	SHOW(lk(F_GETLK, F_WRLCK, 0, 0));

	SECTION("closing any descriptor of the file drops all locks");
	show();
	close(MUST(open("f", O_RDONLY)));
	show();

	SECTION("errors");
	int r = MUST(open("f", O_RDONLY)), w = MUST(open("f", O_WRONLY)), p[2];
	MUST(pipe(p));
	l = (struct flock){.l_type = F_WRLCK};
	SHOW(fcntl(r, F_SETLK, &l));
	l.l_type = F_RDLCK;
	SHOW(fcntl(w, F_SETLK, &l));
	SHOW(fcntl(-1, F_SETLK, &l));
	SHOW(fcntl(p[0], F_SETLK, &l));
	l.l_type = 9;
	SHOW(fcntl(fd, F_SETLK, &l));
	SHOW(fcntl(fd, F_GETLK, &l));
	l = (struct flock){.l_type = F_UNLCK};
	SHOW(fcntl(fd, F_GETLK, &l));
	l = (struct flock){.l_type = F_RDLCK, .l_whence = 7};
	SHOW(fcntl(fd, F_SETLK, &l));
	l = (struct flock){.l_type = F_RDLCK, .l_start = -1};
	SHOW(fcntl(fd, F_SETLK, &l));
	l = (struct flock){.l_type = F_RDLCK, .l_start = 5, .l_len = -6};
	SHOW(fcntl(fd, F_SETLK, &l));
	l = (struct flock){.l_type = F_RDLCK, .l_start = INT64_MAX, .l_len = 2};
	SHOW(fcntl(fd, F_SETLK, &l));
	SHOW(fcntl(fd, F_SETLK, BADP));
	SHOW(fcntl(fd, F_GETLK, BADP));
	SHOW(fcntl(-1, F_SETLK, BADP));
	return 0;
}
