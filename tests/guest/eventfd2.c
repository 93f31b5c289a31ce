/* eventfd and eventfd2: counting, semaphores, limits, blocking. */
#include "vktest.h"
#include <pthread.h>
#include <sys/eventfd.h>

static int fd;
static void *later(void *arg)
{
	uint64_t v = (uintptr_t)arg;
	t_sleep_ms(40);
	if (v)
		write(fd, &v, 8);
	else
		read(fd, &v, 8);
	return NULL;
}
static long rd(int f)
{
	uint64_t v = 0;
	ssize_t n = read(f, &v, 8);
	return n == 8 ? (long)v : n;
}
static long wr(int f, uint64_t v)
{
	return write(f, &v, 8);
}

int main(void)
{
	char b[16];
	pthread_t t;
	SECTION("counter");
	int e = SHOW_OK(eventfd(3, EFD_NONBLOCK));
	SHOW(rd(e));
	SHOW(rd(e));
	SHOW(wr(e, 5));
	SHOW(wr(e, 6));
	SHOW(rd(e));
	SHOW(wr(e, 0));
	SHOW(rd(e));
	SHOW(wr(e, UINT64_MAX));
	SHOW(wr(e, UINT64_MAX - 1));
	SHOW(wr(e, 1));
	SHOW(wr(e, 0));
	CHECK(rd(e) == (long)(UINT64_MAX - 1));

	SECTION("EFD_SEMAPHORE");
	int s = SHOW_OK(eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC));
	SHOW(fcntl(s, F_GETFD));
	SHOW_X(fcntl(s, F_GETFL));
	SHOW(rd(s));
	SHOW(rd(s));
	SHOW(rd(s));

	SECTION("sizes");
	SHOW(wr(e, 7));
	SHOW(read(e, b, 7));
	SHOW(read(e, b, 0));
	SHOW(read(e, b, 16));
	SHOW(write(e, "1234567", 7));
	SHOW(write(e, "\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 16));
	SHOW(rd(e));
	SHOW(read(e, BADP, 8));
	SHOW(write(e, BADP, 8));
	SHOW(lseek(e, 0, SEEK_SET));
	SHOW(pread(e, b, 8, 0));

	SECTION("blocking");
	fd = MUST(eventfd(0, 0));
	pthread_create(&t, NULL, later, (void *)9);
	SHOW(rd(fd));
	pthread_join(t, NULL);
	MUST(wr(fd, UINT64_MAX - 1));
	pthread_create(&t, NULL, later, NULL);
	SHOW(wr(fd, 4));
	pthread_join(t, NULL);
	SHOW(rd(fd));
	t_interrupt(30, 0);
	SHOW(rd(fd));
	t_interrupt_stop();

	SECTION("shared over fork");
	pid_t p = t_fork();
	if (p == 0)
		_exit(wr(fd, 42) == 8 ? 0 : 1);
	SHOW(rd(fd));
	t_waitpid(p);

	SECTION("creation");
	SHOW_OK(syscall(SYS_eventfd, 5));
	SHOW_OK(syscall(SYS_eventfd2, 5, 0x100));
	SHOW_OK(syscall(SYS_eventfd2, 0xffffffffU, 0));
	SHOW_X(fcntl(MUST(eventfd(0, 0)), F_GETFL));
	return 0;
}
