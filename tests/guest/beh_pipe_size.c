/* How much a pipe holds: 64 KiB, F_SETPIPE_SZ, atomic writes up to PIPE_BUF, partial writes beyond. */
#include "vktest.h"

static long fill(int fd, size_t piece)
{
	static char b[1 << 20];
	long total = 0;
	ssize_t n;
	while ((n = write(fd, b, piece)) > 0)
		total += n;
	return total;
}

int main(void)
{
	static char b[1 << 20];
	int p[2], n;
	MUST(pipe2(p, O_NONBLOCK));
	SHOW(fcntl(p[0], F_GETPIPE_SZ));
	SHOW(fill(p[1], 4096));
	SHOW(write(p[1], b, 1));
	SHOW(ioctl(p[0], FIONREAD, &n) ? -1 : n);

	SECTION("space comes back page by page");
	SHOW(read(p[0], b, 1));
	SHOW(write(p[1], b, 1));
	SHOW(read(p[0], b, 4095));
	SHOW(write(p[1], b, 4096));
	SHOW(write(p[1], b, 1));
	SHOW(read(p[0], b, 10000));
	SHOW(write(p[1], b, 4097));
	SHOW(write(p[1], b, 70000));
	SHOW(write(p[1], b, 4096));
	SHOW(read(p[0], b, sizeof b));
	SHOW(read(p[0], b, sizeof b));

	SECTION("small writes are packed");
	SHOW(fill(p[1], 1));
	SHOW(read(p[0], b, sizeof b));
	SHOW(fill(p[1], 100000));
	SHOW(read(p[0], b, sizeof b));

	SECTION("F_SETPIPE_SZ");
	SHOW(fcntl(p[0], F_SETPIPE_SZ, 4096));
	SHOW(fill(p[1], 4096));
	SHOW(read(p[0], b, sizeof b));
	SHOW(fcntl(p[1], F_SETPIPE_SZ, 5000));
	SHOW(fcntl(p[1], F_SETPIPE_SZ, 100000));
	SHOW(fcntl(p[0], F_GETPIPE_SZ));
	SHOW(fill(p[1], 4096));
	SHOW(fcntl(p[1], F_SETPIPE_SZ, 65536));
	SHOW(read(p[0], b, 70000));
	SHOW(fcntl(p[1], F_SETPIPE_SZ, 65536));
	SHOW(fcntl(p[1], F_SETPIPE_SZ, 0));
	SHOW(fcntl(p[1], F_GETPIPE_SZ));
	SHOW(fcntl(p[1], F_SETPIPE_SZ, 1 << 20));
	SHOW(fcntl(p[1], F_SETPIPE_SZ, -1));
	return 0;
}
